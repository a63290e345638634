"""What a notebook shows as a page of its own: the page is made elsewhere, and only when it is asked
for.
"""

from importlib import import_module
from typing import ClassVar


class HtmlRepr:
    """A thing with a page in `echoscope.notebook`; Jupyter, marimo and their like ask for it.

    `shown_by` is the module there that knows how a class of things, and those derived from it, are
    shown.
    """

    _shown_by: ClassVar[str] = "runs"

    def __init_subclass__(cls, shown_by: str = "") -> None:
        cls._shown_by = shown_by or cls._shown_by

    def _repr_html_(self) -> str:
        return import_module(f"echoscope.notebook.{self._shown_by}").page_of(self)
