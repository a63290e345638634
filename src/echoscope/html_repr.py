"""What a notebook shows as a page of its own: the page is made elsewhere, and only when it is asked
for.
"""

from importlib import import_module


class HtmlRepr:
    """A thing with a page in `echoscope.notebook`; Jupyter and its like ask for it."""

    def _repr_html_(self) -> str:
        return import_module("echoscope.notebook").page_of(self)
