"""Scores in pictures: against the lag, the parameters or the state, and as a heat map of lag and units."""

from collections.abc import Callable, Sequence
from typing import Any

from echoscope.figures.evidence import Evidence
from echoscope.figures.grammar import (
    BARS,
    HEAT,
    SCORE,
    Values,
    axis_title,
    beside,
    composed,
    guides,
    lacking,
    layer,
    lines_of,
    share_axis,
    told,
    tooltips,
)
from echoscope.figures.layout import Layout, layout, left_out, thinned
from echoscope.study.axis import bare
from echoscope.summary.findings import Group

FEW = 16  # points along a line that may be large
MOST_CELLS = 24  # rows or columns of a heat map
NUMBERED = 200  # cells that have their number printed, at most


def against_lag(evidence: Evidence) -> Any:
    """Score against lag, a line for each other group of words, with intervals over seeds, chance and bound."""
    groups = single_lags("lag", evidence)
    groups, few = thinned(groups, "lag")
    place = layout(evidence.found, ["lag"], groups)
    return _scored(place, lambda group: group.words["lag"][0], axis_title("lag"), "Score against lag", few, log=False)


def against_parameters(evidence: Evidence) -> Any:
    """Score against the number of weights; the points of one line differ in units."""
    return _sized("parameters", evidence, lambda group: group.parameters, "parameters (weights of the network)")


def against_state(evidence: Evidence) -> Any:
    """Score against how many numbers a network carries from step to step; the points of one line differ in units."""
    return _sized("state", evidence, lambda group: group.state_size, "state size (numbers carried from step to step)")


def heat(evidence: Evidence) -> Any:
    """Scores over lag and units, a panel for each other group of words; numbers are printed where cells are few."""
    import altair as alt

    groups = single_lags("heat", evidence)
    if len({group.words.get("units") for group in groups}) < 2:
        raise lacking("heat", "their units do not vary. Sweep some, as --units 8..64*2, or draw figure lag.")
    groups, few_lags = thinned(groups, "lag", MOST_CELLS)
    groups, few_units = thinned(groups, "units", MOST_CELLS)
    place = layout(evidence.found, ["lag", "units"], groups, lined=False)
    values = [_told(one.group, one.panel, one.line) | {"lag": one.group.words["lag"][0],
              "units": one.group.words["units"]} for one in place.places]  # fmt: skip
    lags, units = ({value[name] for value in values} for name in ("lag", "units"))
    several = len(place.panels) > 1
    side = max(14, min(44, (300 if several else 620) // len(lags)))
    base = layer().encode(
        x=alt.X("lag:O", title=axis_title("lag"), axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("units:O", title=axis_title("units"), sort="descending"),
        tooltip=tooltips(),
    )
    score = alt.Color("score:Q", title="score", scale=alt.Scale(domain=[0, 1], scheme=HEAT),
                      legend=alt.Legend(format="%", gradientLength=120))  # fmt: skip
    layers = [base.mark_rect(stroke="white").encode(color=score)]
    chance = _shares(value["chance"] for value in values)
    notes = [f"Mean over seeds; chance is {chance}", left_out(few_lags, few_units)]
    if side >= 26 and len(values) <= NUMBERED:
        dark = alt.condition("datum.score < 0.6", alt.value("white"), alt.value("black"))
        layers.append(base.mark_text(fontSize=10).encode(text=alt.Text("number:N"), color=dark))
        notes[0] = f"Numbers: score in %, mean over seeds; chance is {chance}"
    size = side * len(lags), (max(26, min(side, 40)) if len(layers) > 1 else 14) * len(units)
    return composed(layers, values, place, "Score over lag and units", notes, size)


def single_lags(figure: str, evidence: Evidence) -> list[Group]:
    """The groups that ask one lag; a `RecordError` where those have not two lags at least."""
    groups = [group for group in evidence.found.groups if len(group.words.get("lag", ())) == 1]
    if len({group.words["lag"] for group in groups}) < 2:
        raise lacking(figure, "their lag does not vary. Sweep some, as --lag 1..8, or ask for other records.")
    return groups


def _sized(figure: str, evidence: Evidence, size: Callable[[Group], int | None], title: str) -> Any:
    groups = [group for group in evidence.found.groups if size(group)]
    name = title.partition(" (")[0]
    if len({size(group) for group in groups}) < 2:
        raise lacking(figure, f"it takes several values of {name}. Sweep --units 8..64*2.")
    groups, few = thinned(groups, "units")
    place = layout(evidence.found, ["units"], groups)
    return _scored(place, size, title, f"Score against {name}", few, log=True)


def _scored(place: Layout, x: Callable[[Group], Any], title: str, heading: str, few: str, *, log: bool) -> Any:
    """Points with their intervals, joined along x, over chance and bound."""
    import altair as alt

    values = [_told(one.group, one.panel, one.line) | {"x": bare(x(one.group))} for one in place.places]
    if not log:
        beside(values, "x", place)
    scale = {"type": "log", "padding": 12} if log else {"zero": False, "padding": 14}
    ticks = {"tickCount": 6, "labelOverlap": True, "labelSeparation": 6} if log else {"tickMinStep": 1, "format": "d"}
    axis = alt.X("x:Q" if log else "at:Q", title=title, scale=alt.Scale(nice=False, **scale), axis=alt.Axis(**ticks))
    base = layer().transform_filter("isValid(datum.score)").encode(x=axis)
    along = {value["x"] for value in values}
    line, point = lines_of(place, "strokeDash"), lines_of(place, "shape")
    layers = [
        *guides(),
        base.mark_line(strokeWidth=1.8).encode(y=share_axis(), **line),
        base.mark_rule(strokeWidth=1.2).encode(y=share_axis("low", SCORE), y2=alt.Y2("high"), color=line["color"]),
        base.mark_point(size=55 if len(along) <= FEW else 18, filled=True, opacity=1).encode(
            y=share_axis(), tooltip=tooltips(), **point
        ),
    ]
    return composed(layers, values, place, heading, [_intervals(place), unmeasured(place), left_out(few)])


def _told(group: Group, panel: str, line: str) -> Values:
    score = group.standing.score
    number = "div." if score is None or score.value is None else f"{100 * score.value:.0f}"
    return told(group) | {"panel": panel, "line": line, "number": number}


def _intervals(place: Layout) -> str:
    over = any(one.group.standing.runs.number > 1 for one in place.places)
    if not over:
        return f"One run each; {BARS} on its answers (Wilson's)"
    return f"Mean over seeds; {BARS} (Student's, never narrower than Wilson's on all answers)"


def unmeasured(place: Layout) -> str:
    """How many groups have no point, because all of their runs diverged."""
    lost = sum(one.group.standing.score is None for one in place.places)
    return f"Not drawn: {lost} groups of which all runs diverged" if lost else ""


def _shares(chances: Any) -> str:
    found: Sequence[float] = sorted(set(chances))
    return f"{100 * found[0]:.3g} %" if len(found) == 1 else f"{100 * found[0]:.3g} to {100 * found[-1]:.3g} %"
