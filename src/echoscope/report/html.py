"""A document as one HTML page with everything in it: its looks, its charts, and once, the program
that draws them.
"""

import re
from html import escape
from importlib.resources import files

from echoscope.analysis.table import Table
from echoscope.figures.page import drawing, head, place_of
from echoscope.report.document import Block, Command, Document, Heading, Picture, Sentences


def page_of(document: Document) -> str:
    """The page of a document."""
    style = (files("echoscope.report") / "page.css").read_text()
    pictures = [block for block in document.blocks if isinstance(block, Picture)]
    scripts = drawing({picture.name: picture.chart for picture in pictures}) if pictures else ""
    heads = [block.text for block in document.blocks if isinstance(block, Heading)]
    contents = " ".join(f'<a href="#{_anchor(text)}">{escape(text)}</a>' for text in heads)
    return (
        f"{head(document.title, style)}<main>\n"
        f"<h1>{escape(document.title)}</h1>\n<nav>{contents}</nav>\n"
        + "\n".join(map(part, document.blocks))
        + f"\n</main>\n{scripts}</body>\n</html>\n"
    )


def part(block: Block) -> str:
    """One block as HTML, its texts escaped."""
    if isinstance(block, Heading):
        return f'<h2 id="{_anchor(block.text)}">{escape(block.text)}</h2>'
    if isinstance(block, Sentences):
        if block.listed:
            return (
                "<ul>\n" + "\n".join(f"<li>{escape(text)}</li>" for text in block.texts) + "\n</ul>"
            )
        return "\n".join(f"<p>{escape(text)}</p>" for text in block.texts)
    if isinstance(block, Command):
        return f"<pre><code>{escape(block.text)}</code></pre>"
    if isinstance(block, Picture):
        return f"<figure>{place_of(block.name, block.says)}</figure>"
    return _table(block)


def _table(block: Table) -> str:
    kinds = [
        ' class="number"' if all(map(_numeric, column)) else ""
        for column in zip(*block.rows, strict=True)
    ]
    kinds = kinds or [""] * len(block.heads)
    heads = "".join(
        f'<th scope="col"{kind}>{escape(head)}</th>'
        for head, kind in zip(block.heads, kinds, strict=True)
    )
    rows = "\n".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in block.rows
    )
    notes = "\n".join(f'<p class="caption">{escape(note)}</p>' for note in block.notes)
    return (
        f'<div class="wide"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n'
        f"</table></div>\n{notes}"
    )


def _numeric(cell: str) -> bool:
    """Whether a cell is a number, with or without its interval, or says that there is none."""
    return bool(re.match(r"[+-]?\d|-$|> \d", cell)) and len(cell) < 40


def _anchor(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower())
