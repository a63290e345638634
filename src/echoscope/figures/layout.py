"""A layout: which groups share a panel, which of them are one line, and what is left out where there are too many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, TypeVar

from echoscope.figures.evidence import words_said
from echoscope.study.axis import bare, one_text
from echoscope.summary.findings import Findings, Group
from echoscope.summary.judged import listed
from echoscope.summary.spans import FOLLOWS

MOST_LINES = 7  # that colour, dash and shape tell apart
MOST_PANELS = 6
MOST_ALONG = 40  # values along an axis
MOST_GROUPS = 2000  # that all figures of a page are drawn from
TOGETHER = 4  # lines of several words that one panel holds; more are parted into panels
PREFERRED = ("units", "model", "lag")  # which word tells the lines of a panel apart

Value = TypeVar("Value")


@dataclass(frozen=True)
class Place:
    """One group in a picture: in which panel, and as part of which line. Both are empty where there is but one."""

    group: Group
    panel: str
    line: str


@dataclass(frozen=True)
class Layout:
    """Places in the order of their groups; panels and lines in the order of their words' values.

    `legend` says what tells lines apart, empty where their names do. `left_out` says how much is not shown, empty for
    nothing.
    """

    places: tuple[Place, ...]
    panels: tuple[str, ...]
    lines: tuple[str, ...]
    legend: str
    left_out: str


def layout(found: Findings, axes: Sequence[str], groups: Sequence[Group] | None = None, lined: bool = True) -> Layout:
    """Panels and lines for the words of groups (all by default) that are not on `axes`.

    At most `MOST_PANELS` panels of `MOST_LINES` lines: of more, some values are chosen evenly over their order, the
    first and the last among them. Not `lined`, each panel is one picture, as of a heat map.
    """
    given = found.groups if groups is None else groups
    words = telling(given, [name for name in found.varied if name not in axes], axes)
    combined = sorted_values(tuple(group.words[name] for name in words) for group in given)
    if not lined:
        line: list[str] = []
    elif len(combined) <= TOGETHER:
        line = words
    else:
        line = [_line_word(given, words)]
    panel = [name for name in words if name not in line]
    known = {name: _values(given, name) for name in panel}
    shown = {name: set(values) for name, values in _few(known).items()}
    lines = sorted_values({tuple(group.words[name] for name in line) for group in given})
    drawn = set(evenly(lines, MOST_LINES))
    one = len(line) == 1
    places = [Place(group, _said(group, panel), one_text(bare(group.words[line[0]])) if one else _said(group, line))
              for group in given if all(group.words[name] in shown[name] for name in panel)
              and tuple(group.words[name] for name in line) in drawn]  # fmt: skip
    left = [f"{len(shown[name])} of {len(known[name])} values of {name}" for name in panel
            if len(shown[name]) < len(known[name])]  # fmt: skip
    left += [f"{len(drawn)} of {len(lines)} values of {listed(line)}"] if len(drawn) < len(lines) else []
    ordered = sorted(places, key=lambda place: _in_order(place.group, [*panel, *line]))
    panels = dict.fromkeys(place.panel for place in sorted(places, key=lambda place: _in_order(place.group, panel)))
    named = dict.fromkeys(place.line for place in sorted(places, key=lambda place: _in_order(place.group, line)))
    return Layout(tuple(ordered), tuple(panels), tuple(named), line[0] if one else "", left_out(*left))


def left_out(*parts: str) -> str:
    """What is shown of more, in a sentence; nothing where no part says anything.

    >>> left_out("", "3 of 6 values of lag")
    'Shown: 3 of 6 values of lag, evenly chosen; --where chooses others'
    """
    said = [part for part in parts if part]
    return f"Shown: {listed(said)}, evenly chosen; --where chooses others" if said else ""


def thinned(groups: Sequence[Group], word: str, most: int = MOST_ALONG) -> tuple[list[Group], str]:
    """The groups of at most so many values of a word, evenly chosen, and what to say of the others (nothing for none).

    A word that does not vary leaves all groups.
    """
    given = list(groups)
    known = _values(given, word) if given and word in given[0].words else []
    kept = evenly(known, most)
    if len(kept) == len(known):
        return given, ""
    chosen = set(kept)
    return [group for group in given if group.words[word] in chosen], f"{len(kept)} of {len(known)} values of {word}"


def telling(groups: Sequence[Group], words: Sequence[str], axes: Sequence[str]) -> list[str]:
    """Those of the words that it takes to tell groups apart: a window that follows the lag does not.

    Only words that may follow from others are left out; a task or a network is never part of another's line.
    """
    kept = list(words)
    varied = [name for name in (*words, *axes) if groups and name in groups[0].words]
    counts = {name: len({group.words[name] for group in groups}) for name in varied}
    for name in words:
        rest = [word for word in varied if word != name]
        enough = name in FOLLOWS and prod(counts[word] for word in rest) >= len(groups)  # else surely not apart
        if enough and len({tuple(group.words[word] for word in rest) for group in groups}) == len(groups):
            kept, varied = [word for word in kept if word != name], rest
    return kept


def evenly(values: Sequence[Value], most: int) -> list[Value]:
    """At most so many of the values, evenly over their order, with the first and the last.

    >>> evenly([1, 2, 3, 4, 5, 6, 7], 3)
    [1, 4, 7]
    """
    if len(values) <= most:
        return list(values)
    return [values[round(place * (len(values) - 1) / max(1, most - 1))] for place in range(most)]


def fewer(found: Findings) -> tuple[Findings, str]:
    """Findings of at most `MOST_GROUPS` groups, of values evenly chosen, and a sentence for it; all of few groups."""
    if len(found.groups) <= MOST_GROUPS:
        return found, ""
    known = {name: _values(found.groups, name) for name in found.varied}
    few = _few(known, MOST_GROUPS)
    shown = {name: set(few[name]) for name in known if len(few[name]) < len(known[name])}
    groups = tuple(group for group in found.groups if all(group.words[name] in some for name, some in shown.items()))
    said = listed([f"{len(some)} of {len(known[name])} values of {name}" for name, some in shown.items()])
    number = f"{len(groups):,} of {len(found.groups):,} groups"
    return replace(found, groups=groups), f"Figures of {number} ({said}, evenly chosen): narrow them with --where."


def _few(values: dict[str, list[Any]], most: int = MOST_PANELS) -> dict[str, list[Any]]:
    """Fewer values of some words, until their combinations are few enough: of the word that has most, one less."""
    few = dict(values)
    while prod(map(len, few.values())) > most:
        name = max(few, key=lambda name: len(few[name]))
        few[name] = evenly(values[name], len(few[name]) - 1)
    return few


def _values(groups: Iterable[Group], name: str) -> list[Any]:
    return [value for (value,) in sorted_values((value,) for value in {group.words[name] for group in groups})]


def _said(group: Group, names: Sequence[str]) -> str:
    return words_said({name: group.words[name] for name in names})


def _in_order(group: Group, names: Sequence[str]) -> list[tuple[bool, Any]]:
    return [(group.words[name] is None, group.words[name]) for name in names]


def sorted_values(values: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Different values of several words, sorted; a None (no window, no stop) comes last."""
    found = set(values)
    if any(None in key for key in found):
        return sorted(found, key=lambda key: [(value is None, value) for value in key])
    return sorted(found)  # twice as quick, for which very many groups are thankful


def main_axis(found: Findings) -> str:
    """The word to put along a picture: the lag, else the units, else the one that takes the most values.

    Of findings in which nothing varies it is the empty text.
    """
    for name in ("lag", "units"):
        if name in found.varied:
            return name
    counts = {name: len({group.words[name] for group in found.groups}) for name in found.varied}
    return max(counts, key=lambda name: counts[name], default="")


def _line_word(groups: Sequence[Group], words: Sequence[str]) -> str:
    counts = {name: len({group.words[name] for group in groups}) for name in words}
    for name in PREFERRED:
        if 1 < counts.get(name, 0) <= MOST_LINES:
            return name
    return max(counts, key=lambda name: (counts[name] <= MOST_LINES, counts[name]))
