"""Tables that fit: aligned columns where they are wide enough, else what is equal said once, else a
block a row.
"""

import sys
from collections.abc import Iterator, Sequence

from echoscope.analysis.table import Table
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.write import say
from echoscope.errors import plain

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


def show(table: Table, limit: int | None = None) -> None:
    """Print a table with its notes, and how to see the rows that are left out.

    In a pipe a row is one line, however wide; on a terminal no line is wider than it.
    """
    short = table.without(table.aside)
    kept = short.rows[: most(limit)]
    wide = screen.width() if sys.stdout.isatty() else None
    say("\n".join(lines(short.heads, kept, short.named, wide)))
    if len(kept) < table.row_count:
        screen.paragraph(
            f"... and {table.row_count - len(kept):,} more (echoscope summary --limit"
            f" {table.row_count} shows them)"
        )
    for note in table.notes:
        screen.paragraph(note)


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
            cells = [f"{name} {value}" for name, value in zip(names, row, strict=True)]
            yield from screen.items(cells[:named], wide or 0) if named else ()
            yield from screen.items(cells[named:], wide or 0, "  ")
    if equal:
        same = [f"{columns[place][0]} {columns[place][1]}" for place in equal]
        yield from screen.items([f"in each row: {same[0]}", *same[1:]], wide or 0)


def _width(columns: Sequence[Cells]) -> int:
    return sum(max(map(len, column)) for column in columns) + len(BETWEEN) * (len(columns) - 1)


def _aligned(columns: Sequence[Cells]) -> Iterator[str]:
    row = BETWEEN.join(f"{{:>{max(map(len, column))}}}" for column in columns)
    return map(row.format, *columns)
