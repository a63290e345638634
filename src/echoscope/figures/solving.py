"""What it takes to solve, in pictures: steps, and units. What was not reached is drawn open, as
more than was tried.
"""

from collections.abc import Sequence

from echoscope.analysis.estimate import Estimate
from echoscope.analysis.findings import Group
from echoscope.analysis.time_to_solve import StepsToSolve
from echoscope.figures.axes import main_axis
from echoscope.figures.evidence import Evidence
from echoscope.figures.layout import MOST_ALONG, NOTHING_MORE, Layout, Place, Wish, layout
from echoscope.figures.style import (
    STEPS,
    Channel,
    Chart,
    LackingError,
    Values,
    axis_title,
    beside,
    composed,
    layer,
    lines_of,
    told,
    tooltips,
    whole_axis,
)
from echoscope.settings import Value
from echoscope.studies.axis import bare, one_text

FOUND, MORE, FEWER = "found", "more than tried", "or fewer: none were tried"


def steps(evidence: Evidence) -> Chart:
    """The median of steps to solve with its interval, along the difficulty (or what varies); open
    where half never solve.
    """
    import altair as alt

    result = evidence.findings
    if not any(group.steps.solved for group in result.groups):
        raise LackingError(
            "steps",
            f"no run reaches an accuracy of {result.target_accuracy:.4g} in training. Ask for a"
            " lower target_accuracy.",
        )
    setting = main_axis(result)
    groups = [group for group in result.groups if _seen(group) > 0]
    groups = [
        group for group in groups if setting and isinstance(bare(group.settings[setting]), int)
    ] or groups
    wish = (
        Wish({setting: lambda group: group.settings[setting]}, {setting: MOST_ALONG}, _any_solved)
        if setting
        else NOTHING_MORE
    )
    place = layout(result, [setting] if setting else [], groups, wish, evidence.where)
    values = [_step_value(item, setting) for item in place.places]
    numeric = all(isinstance(value["x"], int | float) for value in values)
    x = _numbers(values, setting, place) if numeric else _texts(values, setting)
    base = layer().encode(x=x)
    y = alt.Y(
        "y:Q",
        title=STEPS,
        scale=alt.Scale(type="log", nice=False, padding=14),
        axis=alt.Axis(tickCount=6),
    )
    line = lines_of(place, "strokeDash", "strokeDash")
    joined = base.transform_filter(f"datum.state == '{FOUND}'")
    bars = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=1.2)
    layers = [
        *([joined.mark_line(strokeWidth=1.5).encode(y=y, **line)] if numeric else []),
        bars.encode(y=alt.Y("low:Q", title=STEPS), y2=alt.Y2("high"), color=line["color"]),
        *marks(
            values,
            base.encode(y=y),
            line["color"],
            tooltips(
                ("sentence", "steps to solve"),
                ("solved", "solved (Wilson's)"),
                ("runs", "runs"),
                accuracy_said=False,
            ),
        ),
    ]
    notes = [
        (
            f"Median of steps to an accuracy of {result.target_accuracy:.4g} (Kaplan-Meier); bars:"
            " 95 % interval (Brookmeyer and"
        ),
        "Crowley's), cut at the horizon where it has no upper end",
        key(values),
    ]
    return composed(layers, values, place, "Steps to solve", notes)


def _numbers(values: list[Values], setting: str, place: Layout) -> Channel:
    """The values of a setting along a picture, the points of several lines beside each other."""
    import altair as alt

    beside(values, "x", place)
    along = {value["x"] for value in values}
    axis = (
        whole_axis(along)
        if all(isinstance(item, int) for item in along)
        else alt.Axis(values=sorted(along), labelOverlap="greedy")
    )
    return alt.X(
        "at:Q",
        title=axis_title(setting),
        scale=alt.Scale(zero=False, nice=False, padding=14),
        axis=axis,
    )


def _texts(values: list[Values], setting: str) -> Channel:
    """The values of a setting as texts, in the order of their places."""
    import altair as alt

    texts = {
        str(value["x"]): None for value in sorted(values, key=lambda value: _ordered(value["x"]))
    }
    for value in values:
        value["x"] = str(value["x"])
    return alt.X(
        "x:N",
        title=axis_title(setting),
        sort=list(texts),
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy"),
    )


def _is_number(value: Value) -> bool:
    """Whether a value has a place on an axis of numbers, as true and false have not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ordered(value: Value) -> tuple[bool, Value]:
    return isinstance(value, str), value


def several_units(name: str, groups: Sequence[Group]) -> bool:
    """Whether both a difficulty and units vary in groups."""
    return (
        len({group.settings[name] for group in groups}) > 1
        and len({group.settings["units"] for group in groups}) > 1
    )


def _any_solved(groups: Sequence[Group]) -> bool:
    return any(group.steps.solved for group in groups)


def _step_value(place: Place, setting: str) -> Values:
    group, result = place.group, place.group.steps
    median, seen = result.median, _seen(group)
    value = bare(group.settings[setting]) if setting else "all runs"
    reached = median.value is not None
    short = f"more than {seen:,}: {result.solved} of {result.runs.number} solve"
    text = f"{median.value:,.0f} ({ends_said(median)})" if reached else short
    return told(group) | {
        "panel": place.panel,
        "line": place.line,
        "x": value if _is_number(value) else one_text(value),
        "y": median.value if reached else seen,
        "state": FOUND if reached else MORE,
        "sentence": text,
        "low": median.low,
        "high": None if median.low is None else seen if median.high is None else median.high,
    }


def ends_said(result: Estimate) -> str:
    """The two ends of an interval of steps; ? where there is none.

    >>> ends_said(Estimate(80, 40, None, ""))
    '40 to ?'
    """
    return " to ".join("?" if end is None else f"{end:,.0f}" for end in (result.low, result.high))


def _seen(group: Group) -> int:
    """The most steps that a run of the group is known to have had."""
    result: StepsToSolve = group.steps
    return max([result.horizon, *(int(fall.step) for fall in result.falls)])


def marks(values: list[Values], base: Chart, colour: Channel, tips: list[Channel]) -> list[Chart]:
    """Points: filled where a number was found, open and pointing where it is only known to be more,
    or maybe fewer.
    """
    import altair as alt

    shapes = {FOUND: ("circle", True), MORE: ("triangle-up", False), FEWER: ("triangle-down", True)}
    layers = []
    for state, (shape, filled) in shapes.items():
        if not any(value["state"] == state for value in values):
            continue
        some = base.transform_filter(f"datum.state == '{state}'")
        fill = {} if filled else {"fill": alt.FillValue("white")}
        layers.append(
            some.mark_point(shape=shape, filled=filled, size=70, opacity=1, strokeWidth=1.8).encode(
                color=colour, tooltip=tips, **fill
            )
        )
    return layers


def key(values: list[Values]) -> str:
    """What the marks of a picture mean, in a sentence."""
    there = {value["state"] for value in values}
    texts = [
        text
        for state, text in (
            (MORE, "open, upward: more than was tried"),
            (FEWER, "filled, downward: so many or fewer"),
        )
        if state in there
    ]
    several = len({value["line"] for value in values}) > 1
    key = "; ".join(
        [*texts, *(["points side by side are in the order of the legend"] if several else [])]
    )
    return key[:1].upper() + key[1:]
