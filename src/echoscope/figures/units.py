"""The fewest units that solve each lag, in a picture."""

from collections.abc import Sequence
from typing import Any

from echoscope.analysis.findings import Group
from echoscope.analysis.spans import FewestUnits
from echoscope.figures.evidence import Evidence, words_said
from echoscope.figures.layout import MOST_ALONG, Place, Wish, layout
from echoscope.figures.solving import FEWER, FOUND, MORE, key, marks, several_units
from echoscope.figures.style import (
    Values,
    axis_title,
    beside,
    composed,
    lacking,
    layer,
    lines_of,
    share_said,
    tooltips,
    whole_axis,
)


def fewest(evidence: Evidence) -> Any:
    """The fewest units that solve each lag, a line for each other group of words; open marks where
    none of those do.
    """
    import altair as alt

    found = evidence.found
    over = [one for one in found.over if one.fewest]
    if not over:
        raise lacking(
            "units", "it takes several lags and several units. Sweep --lag 1..8 --units 8..64*2."
        )
    kinds, asked = {tuple(one.words) for one in over}, {tuple(one.words.items()) for one in over}
    groups = [
        group
        for group in found.groups
        if len(group.words.get("lag", ())) == 1 and any(_of(group, kind) in asked for kind in kinds)
    ]
    if len({group.words["lag"] for group in groups}) < 2:
        raise lacking(
            "units",
            "it takes several lags and several units, all else equal. Sweep --lag 1..8 "
            "--units 8..64*2.",
        )
    place = layout(
        found,
        ["lag", "units"],
        groups,
        Wish({}, {"lag": MOST_ALONG}, several_units),
        evidence.where,
    )
    lags = {one.group.words["lag"] for one in place.places}
    places = {kind: _placed(place.places, kind) for kind in kinds}
    values = [
        _unit_value(there, one.words, of_lag)
        for one in over
        if (there := places[tuple(one.words)].get(tuple(one.words.values())))
        for of_lag in one.fewest
        if of_lag.lag in lags
    ]
    beside(values, "lag", place)
    tried = sorted({each.units for one in over for lag in one.fewest for each in lag.tried})
    base = layer().encode(
        x=alt.X(
            "at:Q",
            title=axis_title("lag"),
            scale=alt.Scale(zero=False, nice=False, padding=14),
            axis=whole_axis(lag for (lag,) in lags),
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
        scored=False,
    )
    layers = [
        found_ones.mark_line(strokeWidth=1.5).encode(**line),
        *marks(values, base, line["color"], tips),
    ]
    share = over[0].fewest[0].share
    notes = [
        (
            f"Solved: {share:.0%} of seeds or more reach a score of {found.wanted:.4g}; lines join"
            " what was found"
        ),
        key(values),
    ]
    return composed(layers, values, place, "Fewest units that solve each lag", notes)


def _of(group: Group, names: Sequence[str]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, group.words.get(name)) for name in names)


def _placed(places: Sequence[Place], names: Sequence[str]) -> dict[tuple[Any, ...], Place]:
    """The first place of every combination of values of some words."""
    return {tuple(one.group.words.get(name) for name in names): one for one in reversed(places)}


def _unit_value(place: Place, words: dict[str, Any], one: FewestUnits) -> Values:
    state = MORE if one.units is None else FEWER if one.below is None else FOUND
    units = one.below if one.units is None else one.units
    tried = next((each for each in one.tried if each.units == units), one.tried[-1])
    text = {
        MORE: f"more than {units}, the most tried",
        FEWER: f"{units} or fewer: the least tried",
        FOUND: f"{units}; {one.below} are too few",
    }[state]
    if state != MORE and not one.steady:
        text += "; some larger ones fail"
    return {
        "panel": place.panel,
        "line": place.line,
        "lag": one.lag[0],
        "units": units,
        "state": state,
        "sentence": text,
        "words": words_said(words | {"lag": one.lag}),
        "solved": share_said(tried.solved.value, tried.solved.low, tried.solved.high),
        "chance": one.runs.chance,
    }
