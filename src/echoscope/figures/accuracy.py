"""Accuracies in pictures: against what makes a task harder, such as the lag, against the parameters
or the state, and as a heat map of difficulty and units.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from echoscope.analysis.findings import Group
from echoscope.errors import many
from echoscope.experiment.fields import plural
from echoscope.figures.evidence import Evidence
from echoscope.figures.layout import MOST_ALONG, Layout, Of, Wish, alone, layout, varying
from echoscope.figures.reference_lines import guides
from echoscope.figures.style import (
    ACCURACY,
    BARS,
    HEAT,
    Chart,
    LackingError,
    Values,
    axis_title,
    beside,
    composed,
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


def against(
    name: str,
    evidence: Evidence,
    more: Sequence[str] = (),
    lines_beside: Callable[[Group], Values] = lambda _: {},
) -> Chart:
    """Accuracy against a difficulty, such as the lag, a line for each other group of settings, with
    intervals over seeds, chance and ceiling, or the `lines_beside` that take their place, and with
    `more` notes.
    """
    singles = single_values(name, name, evidence)
    groups = _measured(name, singles)
    value = value_of(name)
    wish = Wish({name: value}, {name: MOST_ALONG}, lambda some: len(set(map(value, some))) > 1)
    if not wish.enough(groups):
        raise LackingError(
            name, f"of all but one {name} all runs diverged. Try a smaller learning_rate."
        )
    place = layout(evidence.findings, [name], groups, wish, evidence.where)
    values = [bare(group.settings.get(name)) for group in evidence.findings.groups]
    without = values.count(None)
    several = len(values) - len(singles) - without
    notes = [
        *more,
        _unmeasured(singles),
        f"Not drawn: {several} of several {plural(name)} at once" if several else "",
        f"Not drawn: {without} of tasks without {name}" if without else "",
    ]
    heading = f"Accuracy against {name}"
    return _points_chart(place, value, axis_title(name), heading, notes, lines_beside, log=False)


def against_parameters(evidence: Evidence) -> Chart:
    """Accuracy against the number of weights; the points of one line differ in units."""
    return _sized(
        "parameters",
        evidence,
        lambda group: group.parameters,
        "parameters (weights of the network)",
    )


def against_state(evidence: Evidence) -> Chart:
    """Accuracy against how many numbers a network carries from step to step; the points of one line
    differ in units.
    """
    return _sized(
        "state",
        evidence,
        lambda group: group.state_size,
        "state size (numbers carried from step to step)",
    )


def heat(evidence: Evidence) -> Chart:
    """Accuracies over a task's difficulty and units, a panel for each other group of settings;
    numbers are printed where cells are few.
    """
    import altair as alt

    name = evidence.difficulty
    axes, value = (name, "units"), value_of(name)
    groups = single_values("heat", name, evidence)
    if len({group.settings.get("units") for group in groups}) < 2:
        raise LackingError(
            "heat",
            f"their units do not vary. Sweep some, as units=8..64*2, or draw figure {name}.",
        )
    wish = Wish(
        {name: value, "units": lambda group: group.settings["units"]},
        {name: MOST_CELLS, "units": MOST_CELLS},
        lined=False,
    )
    wish = replace(wish, enough=lambda some: bool(varying(evidence.findings, axes, some, wish)))
    singles = groups
    groups = varying(evidence.findings, axes, singles, wish)
    _measured("heat", groups)
    if not groups:
        raise LackingError(
            "heat",
            f"no two of them that differ in units are equal in all but {name} and units. Sweep"
            f" both, as {name}=1..8 units=8..64*2, or draw figure {name}.",
        )
    place = layout(evidence.findings, axes, groups, wish, evidence.where)
    values = [
        _told(item.group, item.panel, item.line)
        | {"at": value(item.group), "units": item.group.settings["units"]}
        for item in place.places
    ]
    along, units = ({item[axis] for item in values} for axis in ("at", "units"))
    side = max(14, min(44, (300 if len(place.panels) > 1 else 620) // len(along)))
    base = layer().encode(
        x=alt.X("at:O", title=axis_title(name), axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("units:O", title="units", sort="descending"),  # a panel may have two rows
        tooltip=tooltips(),
    )
    accuracy = alt.Color(
        "accuracy:Q",
        title="accuracy",
        scale=alt.Scale(domain=[0, 1], scheme=HEAT),
        legend=alt.Legend(format="%", gradientLength=120),
    )
    layers = [base.mark_rect(stroke="white").encode(color=accuracy)]
    chance = _shares(value["chance"] for value in values)
    notes = [f"Mean over seeds; chance is {chance}", *alone(len(singles) - len(groups), wish.along)]
    if side >= 26 and len(values) <= NUMBERED:
        dark = alt.condition("datum.accuracy < 0.6", alt.value("white"), alt.value("black"))
        layers.append(base.mark_text(fontSize=10).encode(text=alt.Text("number:N"), color=dark))
        notes[0] = f"Numbers: accuracy in %, mean over seeds; chance is {chance}"
    size = side * len(along), (max(26, min(side, 40)) if len(layers) > 1 else 14) * len(units)
    return composed(layers, values, place, f"Accuracy over {name} and units", notes, size)


def value_of(name: str) -> Callable[[Group], int]:
    """What gives the one value of a difficulty, of a group that has one."""

    def value(group: Group) -> int:
        result: int = bare(group.settings[name])
        return result

    return value


def single_values(figure: str, name: str, evidence: Evidence) -> list[Group]:
    """The groups that have one value of a difficulty; a `StoreError` where those have not two
    values at least.
    """
    groups = [
        group
        for group in evidence.findings.groups
        if isinstance(bare(group.settings.get(name)), int)
    ]
    if len({group.settings[name] for group in groups}) < 2:
        raise LackingError(
            figure,
            f"their {name} {'do' if name == plural(name) else 'does'} not vary. Sweep some, as"
            f" {name}=1..8, or ask for other runs.",
        )
    return groups


def _sized(
    figure: str, evidence: Evidence, size: Callable[[Group], int | None], title: str
) -> Chart:
    name = title.partition(" (")[0]
    wish = Wish({name: size}, {"units": MOST_ALONG}, lambda some: len(set(map(size, some))) > 1)
    sized = [group for group in evidence.findings.groups if size(group)]
    without = len(evidence.findings.groups) - len(sized)
    groups = _measured(figure, sized) if wish.enough(sized) else sized
    if not wish.enough(groups):
        raise LackingError(figure, f"it takes several values of {name}. Sweep units=8..64*2.")
    place = layout(evidence.findings, ["units"], groups, wish, evidence.where)
    notes = [
        _unmeasured(sized),
        f"Not drawn: {many(without, 'group')} without {figure}" if without else "",
    ]
    return _points_chart(place, size, title, f"Accuracy against {name}", notes, log=True)


def _measured(figure: str, groups: Sequence[Group]) -> list[Group]:
    measured = [group for group in groups if group.aggregate.accuracy]
    if groups and not measured:
        raise LackingError(figure, "all of their runs diverged. Try a smaller learning_rate.")
    return measured


def _points_chart(
    place: Layout,
    x: Of,
    title: str,
    heading: str,
    notes: Sequence[str],
    lines_beside: Callable[[Group], Values] = lambda _: {},
    *,
    log: bool,
) -> Chart:
    """Points with their intervals, joined along x, over chance and ceiling."""
    import altair as alt

    values = [
        _told(item.group, item.panel, item.line)
        | {"x": bare(x(item.group))}
        | lines_beside(item.group)
        for item in place.places
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
    base = layer().transform_filter("isValid(datum.accuracy)").encode(x=axis)
    along = {value["x"] for value in values}
    line, point = lines_of(place, "strokeDash"), lines_of(place, "shape")
    layers = [
        *guides(values, place),
        base.mark_line(strokeWidth=1.8).encode(y=share_axis(), **line),
        base.mark_rule(strokeWidth=1.2).encode(
            y=share_axis("low", ACCURACY), y2=alt.Y2("high"), color=line["color"]
        ),
        base.mark_point(size=55 if len(along) <= FEW else 18, filled=True, opacity=1).encode(
            y=share_axis(), tooltip=tooltips(), **point
        ),
    ]
    return composed(layers, values, place, heading, [_intervals(place), *notes])


def _told(group: Group, panel: str, line: str) -> Values:
    accuracy = group.aggregate.accuracy
    number = "div." if accuracy is None or accuracy.value is None else f"{100 * accuracy.value:.0f}"
    return told(group) | {"panel": panel, "line": line, "number": number}


def _intervals(place: Layout) -> str:
    over = any(item.group.aggregate.runs.number > 1 for item in place.places)
    if not over:
        return f"One run each; {BARS} on its targets (Wilson's)"
    if any(item.group.aggregate.runs.folds for item in place.places):
        return (
            f"Mean over folds and seeds; {BARS} (Student's over both, never narrower than Wilson's)"
        )
    return f"Mean over seeds; {BARS} (Student's, never narrower than Wilson's on all targets)"


def _unmeasured(groups: Sequence[Group]) -> str:
    """How many groups have no point, because all of their runs diverged."""
    lost = sum(group.aggregate.accuracy is None for group in groups)
    return f"Not drawn: {many(lost, 'group')} of which all runs diverged" if lost else ""


def _shares(chances: Iterable[float]) -> str:
    result: Sequence[float] = sorted(set(chances))
    return (
        f"{100 * result[0]:.3g} %"
        if len(result) == 1
        else f"{100 * result[0]:.3g} to {100 * result[-1]:.3g} %"
    )
