"""Scores in pictures: against the lag, the parameters or the state, and as a heat map of lag and
units.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from echoscope.analysis.findings import Group
from echoscope.figures.evidence import Evidence
from echoscope.figures.layout import MOST_ALONG, Layout, Of, Wish, alone, layout, varying
from echoscope.figures.reference_lines import guides
from echoscope.figures.style import (
    BARS,
    HEAT,
    SCORE,
    Values,
    axis_title,
    beside,
    composed,
    lacking,
    layer,
    lines_of,
    share_axis,
    told,
    tooltips,
    whole_axis,
)
from echoscope.studies.axis import bare

FEW = 16  # points along a line that may be large
MOST_CELLS = 24  # rows or columns of a heat map
NUMBERED = 200  # cells that have their number printed, at most
AXES = ("lag", "units")


def against_lag(evidence: Evidence) -> Any:
    """Score against lag, a line for each other group of words, with intervals over seeds, chance
    and bound.
    """
    singles = single_lags("lag", evidence)
    groups = _measured("lag", singles)
    wish = Wish({"lag": lag_of}, {"lag": MOST_ALONG}, lambda some: len(set(map(lag_of, some))) > 1)
    if not wish.enough(groups):
        raise lacking("lag", "of all but one lag all runs diverged. Try a smaller --rate.")
    place = layout(evidence.found, ["lag"], groups, wish, evidence.where)
    several = len(evidence.found.groups) - len(singles)
    notes = [
        _unmeasured(singles),
        f"Not drawn: {several} of several lags at once" if several else "",
    ]
    return _scored(place, lag_of, axis_title("lag"), "Score against lag", notes, log=False)


def against_parameters(evidence: Evidence) -> Any:
    """Score against the number of weights; the points of one line differ in units."""
    return _sized(
        "parameters",
        evidence,
        lambda group: group.parameters,
        "parameters (weights of the network)",
    )


def against_state(evidence: Evidence) -> Any:
    """Score against how many numbers a network carries from step to step; the points of one line
    differ in units.
    """
    return _sized(
        "state",
        evidence,
        lambda group: group.state_size,
        "state size (numbers carried from step to step)",
    )


def heat(evidence: Evidence) -> Any:
    """Scores over lag and units, a panel for each other group of words; numbers are printed where
    cells are few.
    """
    import altair as alt

    groups = single_lags("heat", evidence)
    if len({group.words.get("units") for group in groups}) < 2:
        raise lacking(
            "heat", "their units do not vary. Sweep some, as --units 8..64*2, or draw figure lag."
        )
    wish = Wish(
        {"lag": lag_of, "units": lambda group: group.words["units"]},
        {"lag": MOST_CELLS, "units": MOST_CELLS},
        lined=False,
    )
    wish = replace(wish, enough=lambda some: bool(varying(evidence.found, AXES, some, wish)))
    singles = groups
    groups = varying(evidence.found, AXES, singles, wish)
    _measured("heat", groups)
    if not groups:
        raise lacking(
            "heat",
            "no two of them that differ in units are equal in all but lag and units. Sweep both, as"
            " --lag 1..8 --units 8..64*2, or draw figure lag.",
        )
    place = layout(evidence.found, AXES, groups, wish, evidence.where)
    values = [
        _told(one.group, one.panel, one.line)
        | {"lag": one.group.words["lag"][0], "units": one.group.words["units"]}
        for one in place.places
    ]
    lags, units = ({value[name] for value in values} for name in ("lag", "units"))
    several = len(place.panels) > 1
    side = max(14, min(44, (300 if several else 620) // len(lags)))
    base = layer().encode(
        x=alt.X("lag:O", title=axis_title("lag"), axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("units:O", title=axis_title("units"), sort="descending"),
        tooltip=tooltips(),
    )
    score = alt.Color(
        "score:Q",
        title="score",
        scale=alt.Scale(domain=[0, 1], scheme=HEAT),
        legend=alt.Legend(format="%", gradientLength=120),
    )
    layers = [base.mark_rect(stroke="white").encode(color=score)]
    chance = _shares(value["chance"] for value in values)
    notes = [f"Mean over seeds; chance is {chance}", *alone(len(singles) - len(groups), wish.along)]
    if side >= 26 and len(values) <= NUMBERED:
        dark = alt.condition("datum.score < 0.6", alt.value("white"), alt.value("black"))
        layers.append(base.mark_text(fontSize=10).encode(text=alt.Text("number:N"), color=dark))
        notes[0] = f"Numbers: score in %, mean over seeds; chance is {chance}"
    size = side * len(lags), (max(26, min(side, 40)) if len(layers) > 1 else 14) * len(units)
    return composed(layers, values, place, "Score over lag and units", notes, size)


def lag_of(group: Group) -> int:
    """The one lag of a group that asks one."""
    lag: int = group.words["lag"][0]
    return lag


def single_lags(figure: str, evidence: Evidence) -> list[Group]:
    """The groups that ask one lag; a `RecordError` where those have not two lags at least."""
    groups = [group for group in evidence.found.groups if len(group.words.get("lag", ())) == 1]
    if len({group.words["lag"] for group in groups}) < 2:
        raise lacking(
            figure, "their lag does not vary. Sweep some, as --lag 1..8, or ask for other records."
        )
    return groups


def _sized(figure: str, evidence: Evidence, size: Callable[[Group], int | None], title: str) -> Any:
    name = title.partition(" (")[0]
    wish = Wish({name: size}, {"units": MOST_ALONG}, lambda some: len(set(map(size, some))) > 1)
    sized = [group for group in evidence.found.groups if size(group)]
    groups = _measured(figure, sized) if wish.enough(sized) else sized
    if not wish.enough(groups):
        raise lacking(figure, f"it takes several values of {name}. Sweep --units 8..64*2.")
    place = layout(evidence.found, ["units"], groups, wish, evidence.where)
    return _scored(place, size, title, f"Score against {name}", [_unmeasured(sized)], log=True)


def _measured(figure: str, groups: Sequence[Group]) -> list[Group]:
    measured = [group for group in groups if group.standing.score]
    if groups and not measured:
        raise lacking(figure, "all of their runs diverged. Try a smaller --rate.")
    return measured


def _scored(
    place: Layout, x: Of, title: str, heading: str, notes: Sequence[str], *, log: bool
) -> Any:
    """Points with their intervals, joined along x, over chance and bound."""
    import altair as alt

    values = [
        _told(one.group, one.panel, one.line) | {"x": bare(x(one.group))} for one in place.places
    ]
    if not log:
        beside(values, "x", place)
    scale = {"type": "log", "padding": 12} if log else {"zero": False, "padding": 14}
    ticks = (
        alt.Axis(tickCount=6, labelOverlap=True, labelSeparation=6)
        if log
        else whole_axis(value["x"] for value in values)
    )
    axis = alt.X(
        "x:Q" if log else "at:Q", title=title, scale=alt.Scale(nice=False, **scale), axis=ticks
    )
    base = layer().transform_filter("isValid(datum.score)").encode(x=axis)
    along = {value["x"] for value in values}
    line, point = lines_of(place, "strokeDash"), lines_of(place, "shape")
    layers = [
        *guides(values, place),
        base.mark_line(strokeWidth=1.8).encode(y=share_axis(), **line),
        base.mark_rule(strokeWidth=1.2).encode(
            y=share_axis("low", SCORE), y2=alt.Y2("high"), color=line["color"]
        ),
        base.mark_point(size=55 if len(along) <= FEW else 18, filled=True, opacity=1).encode(
            y=share_axis(), tooltip=tooltips(), **point
        ),
    ]
    return composed(layers, values, place, heading, [_intervals(place), *notes])


def _told(group: Group, panel: str, line: str) -> Values:
    score = group.standing.score
    number = "div." if score is None or score.value is None else f"{100 * score.value:.0f}"
    return told(group) | {"panel": panel, "line": line, "number": number}


def _intervals(place: Layout) -> str:
    over = any(one.group.standing.runs.number > 1 for one in place.places)
    if not over:
        return f"One run each; {BARS} on its answers (Wilson's)"
    return f"Mean over seeds; {BARS} (Student's, never narrower than Wilson's on all answers)"


def _unmeasured(groups: Sequence[Group]) -> str:
    """How many groups have no point, because all of their runs diverged."""
    lost = sum(group.standing.score is None for group in groups)
    return (
        f"Not drawn: {lost} {'group' if lost == 1 else 'groups'} of which all runs diverged"
        if lost
        else ""
    )


def _shares(chances: Any) -> str:
    found: Sequence[float] = sorted(set(chances))
    return (
        f"{100 * found[0]:.3g} %"
        if len(found) == 1
        else f"{100 * found[0]:.3g} to {100 * found[-1]:.3g} %"
    )
