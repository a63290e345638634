"""A document as a file: one HTML page that asks no host for anything, or Markdown with its pictures
beside it.
"""

import tempfile
from pathlib import Path
from urllib.parse import quote

from echoscope.atomic_file import put
from echoscope.errors import StoreError, check_place
from echoscope.figures import save
from echoscope.report import markdown
from echoscope.report.document import Document, Picture

KINDS = (".html", ".md")


def check_file(path: str) -> str:
    """The ending that says the kind of page; a `StoreError` for another one, or a folder that is
    not there.
    """
    return check_place(path, KINDS, "A report")


def write_document(document: Document, path: str) -> None:
    """Write a document as a page, in place of what was there, whole or not at all.

    Markdown has its pictures as SVG in a folder of its own name beside it, `study/` for `study.md`,
    which are written before it. Raises `StoreError` for another ending and for what cannot be
    written.
    """
    from echoscope.report import html

    kind = check_file(path)
    try:
        if kind == ".html":
            put(Path(path), html.page_of(document).encode())
        else:
            _write_markdown(document, Path(path))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}): name a place that may be written and has"
            " room."
        ) from None


def _write_markdown(document: Document, path: Path) -> None:
    folder = path.with_suffix("")
    with tempfile.TemporaryDirectory() as made:
        for block in document.blocks:
            if isinstance(block, Picture):
                save(block.chart, str(Path(made) / f"{block.name}.svg"))
        pictures = sorted(Path(made).iterdir())
        if pictures:
            folder.mkdir(exist_ok=True)
        for picture in pictures:
            put(folder / picture.name, picture.read_bytes())
    put(path, markdown.text_of(document, quote(folder.name)).encode())
