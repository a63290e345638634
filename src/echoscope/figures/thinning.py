"""What is shown of more than a picture holds: of what is there, evenly over its order, never by
accuracy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import TypeVar

from echoscope.analysis.findings import Findings, Group
from echoscope.errors import listed
from echoscope.runs.table import none_last
from echoscope.settings import Value

MOST_GROUPS = 2000  # that all figures of a page are drawn from

Item = TypeVar("Item")
Key = tuple[Value, ...]


def evenly(values: Sequence[Item], most: int) -> list[Item]:
    """At most so many of the values, evenly over their order, with the first and the last.

    >>> evenly([1, 2, 3, 4, 5, 6, 7], 3)
    [1, 4, 7]
    """
    if len(values) <= most:
        return list(values)
    return [values[round(place * (len(values) - 1) / max(1, most - 1))] for place in range(most)]


def combinations(keys: Sequence[Key], most: int) -> list[Key]:
    """At most so many of the keys, and at least one of any: a grid stays a grid, of fewer values.

    Of keys that are no grid they are chosen one by one, since few or none of them have the chosen
    values together.

    >>> combinations([(1, "a"), (1, "b"), (2, "a"), (2, "b"), (3, "a"), (3, "b")], 4)
    [(1, 'a'), (1, 'b'), (3, 'a'), (3, 'b')]
    >>> combinations([(1, "a"), (2, "b"), (3, "c"), (4, "d")], 2)
    [(1, 'a'), (4, 'd')]
    """
    left = list(keys)
    while len(left) > most:
        values = [sorted_values((key[place],) for key in left) for place in range(len(left[0]))]
        place = max(range(len(values)), key=lambda item: len(values[item]))
        number = len(values[place])
        if number == len(left):
            return evenly(left, most)
        fewer = min(number - 1, max(ceil(number * most / len(left)), number // 2))
        kept = {value for (value,) in evenly(values[place], fewer)}
        some = [key for key in left if key[place] in kept]
        if len(some) < most / 2:
            return evenly(left, most)
        left = some
    return left


def thinned(groups: Sequence[Group], most: Mapping[str, int]) -> tuple[list[Group], list[str]]:
    """The groups of at most so many values of some settings, evenly chosen one setting after the
    other, and what to say of the others. A setting that does not vary leaves all groups.
    """
    left, parts = list(groups), []
    for name, number in most.items():
        known = values_of(left, name) if left and name in left[0].settings else []
        kept = evenly(known, number)
        if len(kept) < len(known):
            chosen = set(kept)
            left = [group for group in left if group.settings[name] in chosen]
            parts.append(f"{len(kept)} of {len(known)} values of {name}")
    return left, parts


def fewer(findings: Findings) -> tuple[Findings, str]:
    """Findings of at most `MOST_GROUPS` groups, evenly chosen, and a sentence for it; all of few
    groups.
    """
    if len(findings.groups) <= MOST_GROUPS:
        return findings, ""
    keys = {tuple(group.settings.values()): group for group in findings.groups}
    kept = combinations(sorted_values(keys), MOST_GROUPS)
    groups = tuple([keys[key] for key in kept])
    counted = (
        (name, len(values_of(groups, name)), len(values_of(findings.groups, name)))
        for name in findings.varied
    )
    parts = [f"{some} of {there} values of {name}" for name, some, there in counted if some < there]
    number = f"{len(groups):,} of {len(findings.groups):,} groups"
    chosen = f"{listed(parts)}, evenly chosen" if parts else "evenly chosen"
    return (
        replace(findings, groups=groups),
        f"Figures of {number} ({chosen}): narrow them with --where.",
    )


def values_of(groups: Iterable[Group], name: str) -> list[Value]:
    """The different values of one setting, sorted."""
    return [
        value
        for (value,) in sorted_values(
            (value,) for value in {group.settings[name] for group in groups}
        )
    ]


def sorted_values(values: Iterable[Key]) -> list[Key]:
    """Different values of several settings, sorted; a None (no window, no stop) comes last."""
    result = set(values)
    if any(None in key for key in result):
        return sorted(result, key=none_last)
    return sorted(result)  # twice as quick, for which very many groups are thankful
