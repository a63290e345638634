"""A layout: which groups share a panel, which of them are one line, and what is left out where
there are too many.

Panels and lines are combinations of values that groups have, so that none is empty.
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from echoscope.analysis.findings import Findings, Group
from echoscope.errors import listed, many
from echoscope.experiment.fields import difficulties
from echoscope.figures.axes import OF_TRAINING, telling
from echoscope.figures.evidence import settings_text
from echoscope.figures.narrowing import Enough, another, flag
from echoscope.figures.thinning import Key, combinations, sorted_values, thinned, values_of
from echoscope.runs.table import none_last
from echoscope.settings import Value
from echoscope.studies.axis import bare, one_text

MOST_LINES = 7  # that colour, dash and shape tell apart
MOST_PANELS = 6
MOST_ALONG = 40  # values along an axis
TOGETHER = 4  # lines of several settings that one panel holds; more are parted into panels
NAMED = 3  # settings that a name may have, if fewer would do
LONG = 44  # letters of a panel's name in one line
PREFERRED = ("units", "model", *difficulties())  # which setting tells the lines of a panel apart

Of = Callable[[Group], Value]


@dataclass(frozen=True)
class Place:
    """One group in a picture: in which panel, and as part of which line. Both are empty where there
    is but one.
    """

    group: Group
    panel: str
    line: str


@dataclass(frozen=True)
class Layout:
    """Places in the order of their groups; panels and lines in the order of their settings' values.

    `legend` says what tells lines apart, empty where their names do. `notes` say what is not shown
    and how to see it, none where everything is.
    """

    places: tuple[Place, ...]
    panels: tuple[str, ...]
    lines: tuple[str, ...]
    legend: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Wish:
    """What a figure wants of a layout: `along`, by which names and values the groups of a line
    shall differ; `most` values of some settings; what is `enough` to draw it; `lined`, whether a
    panel has lines, or is one picture.
    """

    along: Mapping[str, Of]
    most: Mapping[str, int]
    enough: Enough = bool
    lined: bool = True


NOTHING_MORE = Wish({}, {})


def layout(
    findings: Findings,
    axes: Sequence[str],
    groups: Sequence[Group] | None = None,
    wish: Wish = NOTHING_MORE,
    where: str | None = None,
) -> Layout:
    """Panels and lines for the settings of groups (all by default) that are not on `axes`.

    At most `MOST_PANELS` panels and `MOST_LINES` lines: of more, some are chosen evenly over
    their order. Where that takes choosing, groups that have none beside them `along`
    the axis give way. `where` is what the runs were asked for by. Shapes: at least one group.
    """
    every = list(findings.groups if groups is None else groups)
    candidates = every
    if wish.along and len(_lots(every, *_parted(findings, axes, every, wish))) > (
        MOST_LINES if wish.lined else 1
    ):
        some = varying(findings, axes, every, wish)
        candidates = some if some and wish.enough(some) else every
    kept, parts = thinned(candidates, wish.most)
    panel, line = _parted(findings, axes, kept, wish)
    lines = sorted_values(_key(group, line) for group in kept)
    drawn = combinations(lines, MOST_LINES)
    inside = set(drawn)
    some = [group for group in kept if _key(group, line) in inside]
    panels = sorted_values(_key(group, panel) for group in some)
    shown = combinations(panels, MOST_PANELS)
    inside = set(shown)
    some = [group for group in some if _key(group, panel) in inside]
    parts += _fewer(shown, sorted_values(_key(group, panel) for group in kept), panel, "panels")
    parts += _fewer(
        [key for key in drawn if key in {_key(group, line) for group in some}], lines, line, "lines"
    )
    notes = [
        *alone(len(every) - len(candidates), wish.along),
        *_chosen(parts, _condition(findings, candidates, some, [*panel, *line], wish), where),
    ]
    return _placed(some, panel, line, notes)


def _placed(
    groups: Sequence[Group], panel: Sequence[str], line: Sequence[str], notes: list[str]
) -> Layout:
    panels, lines = (
        sorted_values(_key(group, names) for group in groups) for names in (panel, line)
    )
    of_panel, short = _names(panels, panel)
    alone = {key: one_text(bare(key[0])) for key in lines} if len(line) == 1 else {}
    of_line, shorter = (alone, False) if alone else _names(lines, line)
    of_panel = {key: "\n".join(textwrap.wrap(name, LONG)) for key, name in of_panel.items()}
    if short or shorter:
        notes = [*notes, "Names have the fewest settings that tell apart what is shown"]
    ordered = sorted(groups, key=lambda group: none_last(_key(group, [*panel, *line])))
    places = tuple(
        [
            Place(group, of_panel[_key(group, panel)], of_line[_key(group, line)])
            for group in ordered
        ]
    )
    legend = line[0] if len(line) == 1 else ""
    return Layout(places, tuple(of_panel.values()), tuple(of_line.values()), legend, tuple(notes))


def _parted(
    findings: Findings, axes: Sequence[str], groups: Sequence[Group], wish: Wish
) -> tuple[list[str], list[str]]:
    """Which settings tell panels apart, and which lines: panels where most hold several lines, else
    lines alone.
    """
    settings = telling(groups, [name for name in findings.varied if name not in axes], axes)
    settings = [name for name in settings if len({group.settings[name] for group in groups}) > 1]
    if not wish.lined:
        return settings, []
    combined = {_key(group, settings) for group in groups}
    if len(combined) <= TOGETHER:
        return [], settings
    line = _line_setting(groups, settings)
    panel = [name for name in settings if name != line]
    if len(combined) < 2 * len({_key(group, panel) for group in groups}):
        return [], settings
    return panel, [line]


def _line_setting(groups: Sequence[Group], settings: Sequence[str]) -> str:
    counts = {name: len({group.settings[name] for group in groups}) for name in settings}
    for name in PREFERRED:
        if 1 < counts.get(name, 0) <= MOST_LINES:
            return name
    return max(counts, key=lambda name: (counts[name] <= MOST_LINES, counts[name]))


def _lots(
    groups: Sequence[Group], panel: Sequence[str], line: Sequence[str]
) -> dict[Key, list[Group]]:
    lots: dict[Key, list[Group]] = {}
    for group in groups:
        lots.setdefault(_key(group, [*panel, *line]), []).append(group)
    return lots


def _names(keys: Sequence[Key], settings: Sequence[str]) -> tuple[dict[Key, str], bool]:
    """A name for each key, and whether some settings are left out of all, because fewer tell them
    apart.
    """
    places = list(range(len(settings)))
    if len(settings) > NAMED:  # what is read and by what tells more than how it was trained
        least = _apart(keys, [place for place in places if settings[place] not in OF_TRAINING])
        places = (
            least if least is not None and len(least) <= NAMED + 1 else _apart(keys, places) or []
        )
    names = {key: settings_text({settings[place]: key[place] for place in places}) for key in keys}
    return names, len(places) < len(settings)


def _apart(keys: Sequence[Key], places: Sequence[int]) -> list[int] | None:
    """Few of the places that tell the keys apart, the most telling first; None where not even all
    of them do.
    """
    named: list[int] = []
    if len({tuple(key[place] for place in places) for key in keys}) < len(keys):
        return None
    while len({tuple(key[place] for place in named) for key in keys}) < len(keys):
        apart = [
            len({tuple(key[item] for item in (*named, place)) for key in keys}) for place in places
        ]
        named.append(places[apart.index(max(apart))])
    return sorted(named)


def _fewer(
    shown: Sequence[Key], there: Sequence[Key], settings: Sequence[str], noun: str
) -> list[str]:
    """What is shown of more: by the values of each setting where these leave out nothing else, or
    by number.
    """
    if len(shown) == len(there):
        return []
    some = [
        ({key[place] for key in shown}, {key[place] for key in there})
        for place in range(len(settings))
    ]
    names = [
        f"{len(few)} of {len(every)} values of {name}"
        for name, (few, every) in zip(settings, some, strict=True)
        if len(few) < len(every)
    ]
    inside = sum(all(key[place] in few for place, (few, _) in enumerate(some)) for key in there)
    return (
        names
        if inside == len(shown) and len(names) <= NAMED
        else [f"{len(shown)} of {len(there)} {noun}"]
    )


def _chosen(parts: Sequence[str], condition: str, where: str | None) -> list[str]:
    if not parts:
        return []
    see = f"others, as {flag(condition, where)}" if condition else "see all with echoscope summary"
    return [f"Shown: {listed(list(parts))}, evenly chosen; {see}"]


def _condition(
    findings: Findings,
    candidates: Sequence[Group],
    shown: Sequence[Group],
    settings: Sequence[str],
    wish: Wish,
) -> str:
    """A condition by which lots are drawn that are left out; where none are, the first values of
    what is thinned.
    """
    inside = set(map(id, shown))
    lots = _lots(candidates, [], settings).values()
    left = [lot for lot in lots if not any(id(group) in inside for group in lot)]
    if left:
        drawn = [lot for lot in lots if any(id(group) in inside for group in lot)]
        return another(drawn, left, findings.groups, wish.enough)
    for name, most in wish.most.items():
        known = values_of(candidates, name) if name in candidates[0].settings else []
        last = bare(known[most - 1]) if len(known) > most else None
        if isinstance(last, int | float):
            return f"{name} <= {last!r}"
    return ""


def _key(group: Group, names: Sequence[str]) -> Key:
    return tuple([group.settings[name] for name in names])


def varying(
    findings: Findings, axes: Sequence[str], groups: Sequence[Group], wish: Wish
) -> list[Group]:
    """Those of the groups that have others beside them, all else equal, `along` the axis; along
    each of two, too.
    """
    lots = _lots(groups, *_parted(findings, axes, groups, wish))
    several = {
        key for key, lot in lots.items() if all(_vary(lot, of, wish) for of in wish.along.values())
    }
    return [group for key, lot in lots.items() if key in several for group in lot]


def _vary(lot: Sequence[Group], of: Of, wish: Wish) -> bool:
    number = len(set(map(of, lot)))
    return number > 1 and (
        len(wish.along) < 2 or number < len(lot)
    )  # of two, some differ in the other alone


def alone(number: int, along: Mapping[str, Of]) -> list[str]:
    """What to say of groups that are not drawn because none is beside them; nothing of none."""
    return (
        [
            f"Not drawn: {many(number, 'group')} with no other equal in all but"
            f" {listed(list(along))}: see echoscope summary"
        ]
        if number
        else []
    )
