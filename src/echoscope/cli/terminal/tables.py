"""Tables that fit: aligned columns where they are wide enough, else what is equal said once, else a
block a row.
"""

import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache

from echoscope.analysis.estimate import Estimate
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.write import say
from echoscope.errors import plain
from echoscope.studies.axis import one_text

FIRST = 40  # rows that a terminal is shown unless more are asked for
BETWEEN = "  "
# Columns that may be said once where they are equal in all rows and room is short; what was found
# is always a column.
ASIDE = {
    "seeds",
    "runs",
    "lag",
    "tried",
    "censored",
    "cells",
    "pairs",
    "unpaired",
    "chance",
    "ceiling",
    "preset",
    "outcome",
    "steps",
    "seed",
}

Cells = Sequence[str]


def most(limit: int | None) -> int | None:
    """How many rows to show: as many as were asked for, the first 40 on a terminal, or all (None)
    in a pipe.
    """
    return limit or (FIRST if sys.stdout.isatty() else None)


def show(
    heads: Cells,
    rows: Sequence[Cells],
    named: int,
    limit: int | None = None,
    there: int | None = None,
) -> None:
    """Print a table, the first `named` columns of which name a row, and how to see the rows that
    `limit` leaves out: `there` are so many, if `rows` has no more than are shown.

    In a pipe a row is one line, however wide; on a terminal no line is wider than it.
    """
    kept = rows[: most(limit)]
    wide = screen.width() if sys.stdout.isatty() else None
    say("\n".join(lines(heads, kept, named, wide)))
    count = there or len(rows)
    if len(kept) < count:
        screen.paragraph(
            f"... and {count - len(kept):,} more (echoscope summary --limit {count} shows them)"
        )


def lines(heads: Cells, rows: Sequence[Cells], named: int, wide: int | None) -> Iterator[str]:
    """The lines of a table, none wider than `wide` (None: any width), unless a single value is.

    >>> rows = [["1", "99%", "1%"], ["2", "98%", "1%"]]
    >>> list(lines(["lag", "accuracy", "chance"], rows, named=1, wide=15))
    ['lag  accuracy', '  1       99%', '  2       98%', 'in each row: chance', '1%']
    """
    columns = [tuple(map(plain, column)) for column in zip(heads, *rows, strict=True)]
    if _width(columns) <= (wide or sys.maxsize):
        yield from _aligned(columns)
        return
    equal = [
        place
        for place, (head, *values) in enumerate(columns)
        if head in ASIDE and len(values) > 1 and len(set(values)) == 1
    ]
    left = [column for place, column in enumerate(columns) if place not in equal]
    if _width(left) <= (wide or 0):
        yield from _aligned(left)
    else:
        names, *values = zip(*left, strict=True)
        for row in values:
            text = [f"{name} {value}" for name, value in zip(names, row, strict=True)]
            yield from screen.items(text[:named], wide or 0) if named else ()
            yield from screen.items(text[named:], wide or 0, "  ")
    if equal:
        same = [f"{columns[place][0]} {columns[place][1]}" for place in equal]
        yield from screen.items([f"in each row: {same[0]}", *same[1:]], wide or 0)


def _width(columns: Sequence[Cells]) -> int:
    return sum(max(map(len, column)) for column in columns) + len(BETWEEN) * (len(columns) - 1)


def _aligned(columns: Sequence[Cells]) -> Iterator[str]:
    row = BETWEEN.join(f"{{:>{max(map(len, column))}}}" for column in columns)
    return map(row.format, *columns)


def setting(value: object) -> str:
    """A setting's value as flags say it, several lags as 4,3."""
    return one_text(value).replace("+", ",") if isinstance(value, tuple) else one_text(value)


@lru_cache
def percent(value: float | None) -> str:
    """A share in percent, as short as it can be; - for none.

    >>> percent(0.01), percent(1.0), percent(0.123456)
    ('1%', '100%', '12.3%')
    """
    return "-" if value is None else f"{100 * value:.3g}%"


def accuracy(result: Estimate | None, sign: str = "") -> str:
    """An accuracy and its interval, in percent.

    >>> accuracy(Estimate(0.9978, 0.9966, 0.9989, ""))
    '99.78% (99.66 to 99.89)'
    """
    if result is None or result.value is None:
        return "-"
    low = "?" if result.low is None else f"{100 * result.low:{sign}.2f}"
    high = "?" if result.high is None else f"{100 * result.high:{sign}.2f}"
    return f"{result.value:{sign}.2%} ({low} to {high})"


def solved(result: Estimate, runs: int) -> str:
    """How many of the runs solve it, and Wilson's interval of their share.

    >>> solved(Estimate(0.8, 0.3755, 0.9638, ""), 5)
    '4/5 (38 to 96%)'
    """
    return _solved(result.value or 0, result.low or 0, result.high or 0, runs)


def amount(result: Estimate) -> str:
    """A number with its interval: ? for an end that nothing bounds, - where there is no number.

    >>> amount(Estimate(1040.0, 960.0, None, ""))
    '1,040 (960 to ?)'
    """
    if result.value is None and result.low is None:
        return "-"
    value = "-" if result.value is None else _number(result.value)
    low, high = ("?" if end is None else _number(end) for end in (result.low, result.high))
    return f"{value} ({low} to {high})"


@lru_cache
def _number(value: float) -> str:
    return f"{round(value, 1):,.10g}"


@lru_cache
def _solved(share: float, low: float, high: float, runs: int) -> str:
    return f"{round(share * runs)}/{runs} ({100 * low:.0f} to {100 * high:.0f}%)"
