"""Which column of several: by its name, or by its number where no column has that name."""

from collections.abc import Sequence

from echoscope.errors import IntegerError, plain, shown
from echoscope.integers import INTEGER

LISTED = 12  # names that a sentence lists


def chosen(name: str, column: str | None, names: Sequence[str] | None, count: int) -> int:
    """The place of the column that was asked for, or of the only one, among `count` with these
    names (None: none).

    >>> chosen("a.csv", "n", ["day", "n"], 2), chosen("a.csv", "1", None, 2)
    (1, 0)
    """
    if column is None:
        if count == 1:
            return 0
        raise IntegerError(
            f"{name} has {count} columns {_said(names)}: choose one with column="
            f"{'NAME' if names else f'N, a number from 1 to {count}'}."
        )
    heading = column.strip()
    places = [place for place, known in enumerate(names or ()) if known.strip() == heading]
    if len(places) == 1:
        return places[0]
    if places:
        numbers = [str(place + 1) for place in places]
        raise IntegerError(
            f"{name} has {len(places)} columns {shown(column)}, numbers {' and '.join(numbers)}:"
            f" choose one by its number, as column={numbers[0]}."
        )
    if INTEGER.fullmatch(heading) and len(heading) < 10 and 1 <= int(heading) <= count:
        return int(heading) - 1
    if names is None:
        raise IntegerError(
            f"{name} has no heading, so no column {shown(column)}: choose one with column=N, a"
            f" number from 1 to {count}."
        )
    raise IntegerError(f"{name} has no column {shown(column)}: it has {_said(names)[1:-1]}.")


def _said(names: Sequence[str] | None) -> str:
    if names is None:
        return "and no heading"
    listed = ", ".join(plain(item.strip(), 30) for item in names[:LISTED])
    return f"({listed}{f', ... {len(names) - LISTED} more' if len(names) > LISTED else ''})"
