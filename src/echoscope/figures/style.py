"""The grammar of every picture: colours, dashes, shapes, scales, chance and ceiling, in one place.

A line is told apart by its dash and the shape of its points as well as by its colour, so a picture
can be read in grey and by the colour-blind. Source: Okabe and Ito 2008 for the colours; van der
Walt and Smith 2015 for those of heat.
"""

import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from echoscope.analysis.findings import Group
from echoscope.analysis.table import runs_counted, share
from echoscope.errors import StoreError
from echoscope.figures.evidence import settings_text
from echoscope.figures.layout import MOST_ALONG, Layout

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9"]
DASHES = [[1, 0], [6, 2], [2, 2], [8, 2, 2, 2], [12, 3], [4, 4], [10, 2, 2, 2, 2, 2]]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right"]
HEAT = "viridis"
GUIDES = "#666666"
GUIDES_SIZE = 10
NOTE_WIDE = 100  # letters of a line below a title
WIDE, HIGH = 520, 300
PANEL_WIDE, PANEL_HIGH = 270, 190

ACCURACY = "accuracy (share of targets correct)"  # no longer than a panel is high
STEPS = "steps (weight updates)"
BARS = "bars: 95 % interval"
DATA = "points"
UNITS = {
    "lag": "steps back",
    "delay": "time steps to hold",
    "items": "symbols to copy",
    "pairs": "keys with a value",
    "units": "width of the memory",
    "window": "integers read",
    "learning_rate": "of Adam",
    "vocab_size": "different integers",
    "length": "integers",
    "batch_size": "samples a step",
}

Chart = Any  # a chart of Altair, which is imported where one is drawn
Channel = Any  # what such a chart is told of one channel: x, color, a tooltip
Values = dict[str, Any]  # what a point, or a part of a chart, says: plain values by name


def axis_title(setting: str) -> str:
    """A setting of an experiment as the title of an axis, with its unit.

    >>> axis_title("lag")
    'lag (steps back)'
    """
    return f"{setting} ({UNITS[setting]})" if setting in UNITS else setting or "all runs"


def whole_axis(values: Iterable[int]) -> Channel:
    """An axis of whole numbers, with a tick at those that there are (of very many, at some)."""
    import altair as alt

    there = sorted(set(values))
    ticks: Values = {"values": there} if len(there) <= MOST_ALONG else {"tickMinStep": 1}
    return alt.Axis(format="d", labelOverlap="greedy", labelSeparation=4, **ticks)


def share_axis(field: str = "accuracy", title: str = ACCURACY) -> Channel:
    """The axis of a share, always 0 to 100 %: no difference looks larger than it is."""
    import altair as alt

    return alt.Y(
        f"{field}:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")
    )


def told(group: Group) -> Values:
    """What a tooltip says of a group: settings, accuracy with interval and method, runs, share
    solved, chance and ceiling.
    """
    aggregate, runs = group.aggregate, group.aggregate.runs
    accuracy, solved = aggregate.accuracy, aggregate.solved
    return {
        "settings": settings_text(group.settings) or "all runs",
        "accuracy": accuracy and accuracy.value,
        "low": accuracy and accuracy.low,
        "high": accuracy and accuracy.high,
        "said": share(accuracy.value, accuracy.low, accuracy.high) if accuracy else "not measured",
        "runs": runs_counted(runs),
        "solved": share(solved.value, solved.low, solved.high),
        "chance": runs.chance,
        "ceiling": group.ceiling,
    }


def tooltips(*more: tuple[str, str], accuracy_said: bool = True) -> list[Channel]:
    """Tooltips of fields under their titles; by default, with those of `told`."""
    import altair as alt

    known = (
        ("said", "accuracy (95 % interval)"),
        ("runs", "runs"),
        ("solved", "solved (Wilson's)"),
        ("chance", "chance"),
        ("ceiling", "ceiling"),
    )
    fields = (("settings", "settings"), *more, *(known if accuracy_said else ()))
    return [alt.Tooltip(f"{name}:N", title=title) for name, title in fields]


def lines_of(place: Layout, channel: str, legend: str = "shape") -> dict[str, Channel]:
    """Colour and, by `channel`, strokeDash or shape of a line, by its name; one line alone needs no
    legend.

    `legend` says which channel the legend shows: dashes in a picture without points.
    """
    import altair as alt

    if len(place.lines) < 2:
        return {"color": alt.ColorValue(COLOURS[0])}
    lines, title = list(place.lines), place.legend or None
    stroke = {"symbolType": "stroke", "symbolOpacity": 1} if legend == "strokeDash" else {}
    keyed = alt.Legend(
        labelLimit=320, symbolSize=150 if stroke else 80, symbolStrokeWidth=2, **stroke
    )
    ranges = {"color": COLOURS, "strokeDash": DASHES, "shape": SHAPES}
    kinds = {"color": alt.Color, "strokeDash": alt.StrokeDash, "shape": alt.Shape}
    # Legends of equal domains are one legend: dashes that it does not show have a field and a
    # domain of their own.
    apart, encodings = {"strokeDash"} - {legend}, {}
    for name in ("color", channel):
        scale: Values = {"range": ranges[name][: len(lines)]} | (
            {} if name in apart else {"domain": lines}
        )
        encodings[name] = kinds[name](
            "dash:N" if name in apart else "line:N",
            title=title,
            sort=lines,
            legend=None if name in apart else keyed,
            scale=alt.Scale(**scale),
        )
    return encodings


def layer() -> Chart:
    """An empty chart to make a layer of a picture from.

    Altair copies layers, with all that is in them, some ten times a picture; nobody changes these,
    so they stay as they are.
    """
    return _layer()()


@cache
def _layer() -> Any:
    import altair as alt

    class Layer(alt.Chart):
        def __deepcopy__(self, _: object) -> "Layer":
            return self

    return Layer


def beside(values: Sequence[Values], field: str, place: Layout) -> None:
    """Move the points of each line a little along the axis, so that none hides another: their field
    `at` says where.
    """
    along = sorted({value[field] for value in values})
    gap = min((after - before for before, after in pairwise(along)), default=1)
    for value in values:
        shift = place.lines.index(value["line"]) - (len(place.lines) - 1) / 2
        value["at"] = round(value[field] + shift * gap * min(0.09, 0.4 / len(place.lines)), 4)


def composed(
    layers: Sequence[Chart],
    values: Sequence[Values],
    place: Layout,
    title: str,
    notes: Sequence[str] = (),
    size: tuple[int, int] | None = None,
) -> Chart:
    """Layers over the same values, a panel each where there are several, under a title that says
    what they show.

    What is set on a chart that nobody else has needs no copy of it, of which Altair's own methods
    make one each.
    """
    import altair as alt

    several = len(place.panels) > 1
    wide, high = size or ((PANEL_WIDE, PANEL_HIGH) if several else (WIDE, HIGH))
    chart: Chart = alt.layer(*layers, data=alt.NamedData(DATA))
    chart.width, chart.height = wide, high
    if len(place.lines) > 1:
        chart.transform = [alt.CalculateTransform(**{"calculate": "datum.line", "as": "dash"})]
    if several:
        chart = chart.facet(
            facet=alt.Facet("panel:N", title=None, sort=list(place.panels)), columns=2
        )
    title_and_looks(chart, title, [*notes, *place.notes])
    if not several:  # of panels the legend knows how far these names go
        names = (
            str(value.get(name, "")) for value in values for name in ("chance_said", "ceiling_said")
        )
        chart.config.legend.offset = 18 + round(
            max(map(len, names), default=0) * GUIDES_SIZE * 0.55
        )
    chart.datasets = {
        DATA: list(values)
    }  # as they are: Altair would check each of thousands of values
    return chart


def specification(chart: Chart) -> Values:
    """The Vega-Lite specification of a chart, as plain values, without a check of its data."""
    import altair as alt

    values = chart.datasets
    bare = chart.copy(deep=False)
    bare.datasets = alt.Undefined
    return bare.to_dict(validate=False) | ({} if values is alt.Undefined else {"datasets": values})


def title_and_looks(chart: Chart, title: str, notes: Sequence[str]) -> None:
    """Set on a chart its title, below it how to read it, and the looks that all of them share."""
    import altair as alt

    lines = [line for note in notes for line in textwrap.wrap(note, NOTE_WIDE)]
    subtitle: Values = {"subtitle": lines} if lines else {}
    chart.title = alt.TitleParams(title, anchor="start", **subtitle)
    chart.config = alt.Config(
        background="white",
        lineBreak="\n",  # so labels are texts: with it Vega 6.2 draws no number as a nominal one
        font="Arial, Helvetica, Liberation Sans, sans-serif",
        title=alt.TitleConfig(fontSize=14, subtitleFontSize=11, subtitleColor=GUIDES, offset=10),
        axis=alt.AxisConfig(
            labelFontSize=11, titleFontSize=12, titleFontWeight="normal", gridColor="#e8e8e8"
        ),
        legend=alt.LegendConfig(labelFontSize=11, titleFontSize=12, titleFontWeight="normal"),
        header=alt.HeaderConfig(labelFontSize=12),
        view=alt.ViewConfig(stroke="#cccccc"),
    )


class LackingError(StoreError):
    """Runs do not have a figure, for a `reason`."""

    def __init__(self, figure: str, reason: str) -> None:
        super().__init__(f"These runs have no figure {figure}: {reason}")
        self.reason = reason
