"""Charts as files: SVG, PNG, PDF, or a page that needs no network; each is written whole or not at
all.
"""

import tempfile
from pathlib import Path

from echoscope.atomic_file import put
from echoscope.errors import StoreError, ending_of
from echoscope.figures.page import page_of
from echoscope.figures.style import Chart

KINDS = (".svg", ".png", ".pdf", ".html")


def kind_of(path: str) -> str:
    """The ending that says the kind of picture; a `StoreError` for another one."""
    return ending_of(path, KINDS, "A picture")


def save(chart: Chart, path: str) -> None:
    """Write a chart; the ending says its kind. Raises `StoreError` for another one, or what cannot
    be written.
    """
    kind = kind_of(path)
    try:
        put(Path(path), page_of(chart).encode() if kind == ".html" else _picture(chart, kind))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}): name a folder that is there."
        ) from None


def _picture(chart: Chart, kind: str) -> bytes:
    options: dict[str, int] = {"scale_factor": 2} if kind == ".png" else {}
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / f"chart{kind}"
        chart.save(str(made), **options)
        return made.read_bytes()
