"""A document as Markdown, its texts escaped, its pictures as links to SVG files."""

import re

from echoscope.analysis.table import Table
from echoscope.report.document import Block, Command, Document, Heading, Picture, Sentences


def text_of(document: Document, folder: str) -> str:
    """The Markdown of a document whose pictures are in `folder`, a relative address."""
    parts = [f"# {escaped(document.title)}", *(_part(block, folder) for block in document.blocks)]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""A text that Markdown shows as it is, in one line.

    >>> escaped("a|b <i> & *")
    'a\\|b &lt;i&gt; &amp; \\*'
    """
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", plain)


def _part(block: Block, folder: str) -> str:
    if isinstance(block, Heading):
        return f"## {escaped(block.text)}"
    if isinstance(block, Sentences):
        return (
            "\n".join(f"- {escaped(text)}" for text in block.texts)
            if block.listed
            else "\n\n".join(map(escaped, block.texts))
        )
    if isinstance(block, Picture):
        return f"![{escaped(block.says)}]({folder}/{block.name}.svg)"
    if isinstance(block, Command):
        return f"    {block.text}"
    return table(block)


def table(block: Table) -> str:
    """A table with its notes."""
    rows = [block.heads, tuple("---" for _ in block.heads), *block.rows]
    lines = [
        "| " + " | ".join(cell if cell == "---" else escaped(cell) for cell in row) + " |"
        for row in rows
    ]
    return "\n\n".join(["\n".join(lines), *map(escaped, block.notes)])
