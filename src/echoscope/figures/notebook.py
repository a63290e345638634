"""Charts that a notebook shows without a network: as SVG, which is drawn here."""

from functools import cache
from io import StringIO

from echoscope.figures.style import Chart


def offline(chart: Chart) -> Chart:
    """The same chart, of a class that shows itself as SVG; Altair's own asks a host for what draws
    it.
    """
    if not isinstance(chart, _Offline):
        object.__setattr__(
            chart, "__class__", _kind(type(chart))
        )  # Altair's own would take it for a part of the chart
    return chart


def svg_of(chart: Chart) -> str:
    """A chart as the text of an SVG picture."""
    drawn = StringIO()
    chart.save(drawn, format="svg")
    return drawn.getvalue()


class _Offline:
    """What a notebook asks of a chart: a picture alone, for Jupyter adds the text by itself, and
    marimo would offer a choice of both.
    """

    def _repr_mimebundle_(self, *_: object, **__: object) -> dict[str, str]:
        return {"image/svg+xml": svg_of(self)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: .save(FILE) keeps it as .svg, .png, .pdf or .html>"


@cache
def _kind(kind: type) -> type:
    return type(kind.__name__, (_Offline, kind), {"__doc__": kind.__doc__})
