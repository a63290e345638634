"""The fewest units that solve a task as hard as that, such as each lag, in a picture."""

from collections.abc import Sequence
from functools import partial

from echoscope.analysis.findings import Group
from echoscope.analysis.spans import FewestUnits
from echoscope.analysis.table import share
from echoscope.experiment.fields import plural
from echoscope.figures.evidence import Evidence, settings_text
from echoscope.figures.layout import MOST_ALONG, Place, Wish, layout
from echoscope.figures.solving import FEWER, FOUND, MORE, key, marks, several_units
from echoscope.figures.style import (
    Chart,
    LackingError,
    Values,
    axis_title,
    beside,
    composed,
    layer,
    lines_of,
    tooltips,
    whole_axis,
)
from echoscope.settings import ByName, Value
from echoscope.studies.axis import bare


def fewest(evidence: Evidence) -> Chart:
    """The fewest units that solve each lag, or what else makes a task harder, a line for each other
    group of settings; open marks where none of those do.
    """
    import altair as alt

    result, name = evidence.findings, evidence.difficulty
    over = [item for item in result.over if item.fewest and item.fewest[0].difficulty == name]
    why, try_ = (
        f"it takes several {plural(name)} and several units",
        f"{name}=1..8 units=8..64*2",
    )
    if not over:
        raise LackingError("units", f"{why}. Sweep {try_}.")
    kinds, wanted = (
        {tuple(item.settings) for item in over},
        {tuple(item.settings.items()) for item in over},
    )
    groups = [
        group
        for group in result.groups
        if isinstance(bare(group.settings.get(name)), int)
        and any(_of(group, kind) in wanted for kind in kinds)
    ]
    if len({group.settings[name] for group in groups}) < 2:
        raise LackingError("units", f"{why}, all else equal. Sweep {try_}.")
    place = layout(
        result,
        [name, "units"],
        groups,
        Wish({}, {name: MOST_ALONG}, partial(several_units, name)),
        evidence.where,
    )
    along = {item.group.settings[name] for item in place.places}
    places = {kind: _placed(place.places, kind) for kind in kinds}
    values = [
        _unit_value(there, item.settings, each)
        for item in over
        if (there := places[tuple(item.settings)].get(tuple(item.settings.values())))
        for each in item.fewest
        if each.value in along
    ]
    beside(values, "x", place)
    tried = sorted({each.units for item in over for some in item.fewest for each in some.tried})
    base = layer().encode(
        x=alt.X(
            "at:Q",
            title=axis_title(name),
            scale=alt.Scale(zero=False, nice=False, padding=14),
            axis=whole_axis(map(bare, along)),
        ),
        y=alt.Y(
            "units:Q",
            title=axis_title("units"),
            axis=alt.Axis(values=tried, format="d", labelOverlap=True),
            scale=alt.Scale(
                type="log", base=2, nice=False, padding=14, domain=[tried[0], tried[-1]]
            ),
        ),
    )
    line = lines_of(place, "strokeDash", "strokeDash")
    found_ones = base.transform_filter(f"datum.state != '{MORE}'")
    tips = tooltips(
        ("sentence", "fewest units"),
        ("solved", "solved there (Wilson's)"),
        ("chance", "chance"),
        accuracy_said=False,
    )
    layers = [
        found_ones.mark_line(strokeWidth=1.5).encode(**line),
        *marks(values, base, line["color"], tips),
    ]
    share = over[0].fewest[0].share
    notes = [
        (
            f"Solved: {share:.0%} of seeds or more reach an accuracy of"
            f" {result.target_accuracy:.4g}; lines join what was found"
        ),
        key(values),
    ]
    return composed(layers, values, place, f"Fewest units that solve each {name}", notes)


def _of(group: Group, names: Sequence[str]) -> tuple[tuple[str, Value], ...]:
    return tuple((name, group.settings.get(name)) for name in names)


def _placed(places: Sequence[Place], names: Sequence[str]) -> dict[tuple[Value, ...], Place]:
    """The first place of every combination of values of some settings."""
    return {
        tuple(item.group.settings.get(name) for name in names): item for item in reversed(places)
    }


def _unit_value(place: Place, settings: ByName, item: FewestUnits) -> Values:
    state = MORE if item.units is None else FEWER if item.below is None else FOUND
    units = item.below if item.units is None else item.units
    tried = next((each for each in item.tried if each.units == units), item.tried[-1])
    text = {
        MORE: f"more than {units}, the most tried",
        FEWER: f"{units} or fewer: the least tried",
        FOUND: f"{units}; {item.below} are too few",
    }[state]
    if state != MORE and not item.steady:
        text += "; some larger ones fail"
    return {
        "panel": place.panel,
        "line": place.line,
        "x": bare(item.value),
        "units": units,
        "state": state,
        "sentence": text,
        "settings": settings_text(settings | {item.difficulty: item.value}),
        "solved": share(tried.solved.value, tried.solved.low, tried.solved.high),
        "chance": item.runs.chance,
    }
