"""How to see what a picture leaves out: a condition for `--where`, in SQL, that it is drawn from
instead.
"""

import shlex
from collections.abc import Callable, Sequence

from echoscope.analysis.findings import Group
from echoscope.settings import Value
from echoscope.studies.axis import bare

Enough = Callable[[Sequence[Group]], bool]


def another(
    shown: Sequence[Sequence[Group]],
    left: Sequence[Sequence[Group]],
    every: Sequence[Group],
    enough: Enough,
) -> str:
    """A condition for the first lot that is left out, with another beside it where it alone is not
    enough for the figure; empty where no lots are left out, or none are told apart by a condition.
    """
    for lot in left[:1]:
        if enough(lot):
            return condition_of(lot, every)
        for other in (*left[1:], *shown):
            parts = [condition_of(item, every) for item in (lot, other)]
            if enough([*lot, *other]) and all(parts):
                return f"({' OR '.join(parts)})"
    return ""


def condition_of(groups: Sequence[Group], every: Sequence[Group]) -> str:
    """The shortest condition that groups meet, and as few others of `every` as may be; empty if it
    would be of all.
    """
    first, inside = groups[0].settings, set(map(id, groups))
    names = [name for name in first if all(group.settings[name] == first[name] for group in groups)]
    others, conditions = [group for group in every if id(group) not in inside], []
    while names and others:
        counts = {
            name: sum(group.settings[name] == first[name] for group in others) for name in names
        }
        name = min(names, key=lambda item: counts[item])
        if counts[name] == len(others):
            break
        others = [group for group in others if group.settings[name] == first[name]]
        conditions.append(f"{name} {equal(first[name])}")
    return " AND ".join(conditions)


def equal(value: Value) -> str:
    """The rest of a condition that a setting has a value.

    >>> equal((4, 3)), equal(None), equal(0.01)
    ("= '4,3'", 'IS NULL', '= 0.01')
    """
    item = bare(value)
    if item is None:
        return "IS NULL"
    text = ",".join(map(str, item)) if isinstance(item, tuple) else item
    return f"= {text!r}" if isinstance(text, int | float) else "= '" + text.replace("'", "''") + "'"


def flag(condition: str, where: str | None) -> str:
    """The condition as it is typed, beside the one that the runs were asked for by.

    >>> flag("units = 8", "lag < 3")
    '--where "(lag < 3) AND units = 8"'
    """
    whole = f"({where}) AND {condition}" if where else condition
    return (
        f'--where "{whole}"' if not set(whole) & set('"$`\\!') else f"--where {shlex.quote(whole)}"
    )
