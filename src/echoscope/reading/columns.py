"""Several columns of one source, read together: rows of as many values as there are columns."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echoscope.errors import IntegerError, listed, many, shown
from echoscope.integers import GAP, Integers
from echoscope.reading.column import Column
from echoscope.reading.source import Source
from echoscope.recoding import Value

ALL = "all"
RANGE = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})", re.ASCII)
Name = str | int  # of a column: its name, or its number from 1


@dataclass(frozen=True, eq=False, repr=False)
class Columns:
    """Columns [time] of one source, side by side."""

    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.columns[0])

    def __repr__(self) -> str:
        return f"<Columns of {self.name}: {self.understood}>"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, or their numbers where they have none."""
        return tuple(column.column for column in self.columns)

    @property
    def name(self) -> str:
        """The source's name."""
        return self.columns[0].name

    @property
    def header(self) -> bool | None:
        """Whether a text's first row is a heading."""
        return self.columns[0].header

    @property
    def starts(self) -> Integers:
        """Where each of several sequences begins."""
        return self.columns[0].starts

    @property
    def understood(self) -> str:
        """How the source was read, in a sentence."""
        first = self.columns[0]
        several = f"columns {listed(self.names)}"
        gaps = sum(column.missing for column in self.columns)
        rows = f"{many(len(self), 'row')}, {f'{gaps:,}' if gaps else 'none'} missing"
        return first.understood_as(several, rows)

    @property
    def ends(self) -> tuple[list[list[Value | None]], list[list[Value | None]]]:
        """Its first rows and its last ones."""
        ends = [column.ends for column in self.columns]
        first, last = (list(zip(*(end[at] for end in ends), strict=True)) for at in range(2))
        return [list(row) for row in first], [list(row) for row in last]

    def missing_at(self) -> tuple[int, int] | None:
        """The position and the column of the first value that is missing."""
        gaps = np.stack([column.codes == GAP for column in self.columns], axis=1)
        return divmod(int(np.argmax(gaps)), len(self.columns)) if gaps.any() else None


def names_of(columns: Sequence[Name | None]) -> list[Name | None]:
    """The columns that are named: 2..7 stands for six numbers.

    >>> names_of(["day", "2..4"])
    ['day', 2, 3, 4]
    """
    result: list[Name | None] = []
    for name in columns:
        ends = RANGE.fullmatch(str(name).strip())
        if ends and int(ends[1]) <= int(ends[2]) < int(ends[1]) + 1000:
            result += range(int(ends[1]), int(ends[2]) + 1)
        else:
            result.append(name)
    return result


def together(
    columns: Sequence[Name | None],
    count: Callable[[], int],
    read: Callable[[Name | None], Column],
) -> Column | Columns:
    """The columns that are named, or all of them, each read by `read`; one alone, or the only one
    (None), is a `Column`.

    Raises `IntegerError` where one is named twice, or has another length.
    """
    every = list(columns) == [ALL]
    names = [*range(1, count() + 1)] if every else names_of(columns)
    if not names:
        raise IntegerError("No column is named: name one, or leave column out.")
    parts = [read(name) for name in names]
    if len(parts) == 1:
        return parts[0]
    for place, part in enumerate(parts):
        if part.column and any(same_column(part, other) for other in parts[:place]):
            raise IntegerError(
                f"{part.name}, column {part.column}, is named twice: name each column once."
            )
        if len(part) != len(parts[0]):
            raise IntegerError(
                f"{part.name} has {len(parts[0]):,} values in column {parts[0].column} and"
                f" {len(part):,} in column {part.column}: give columns of one length."
            )
    return Columns(tuple(parts))


def same_column(part: Column, other: Column) -> bool:
    """Whether two columns are one: they have one name, and the same values."""
    return part.column == other.column and np.array_equal(part.codes, other.codes)


def count_of(source: Source) -> int:
    """How many columns a source has."""
    if source.kind == "text":
        from echoscope.reading.text_table import columns_of_text

        return columns_of_text(source)
    if source.kind in ("npy", "zip"):
        from echoscope.reading.array_file import columns_of_arrays

        return columns_of_arrays(source)
    if source.kind == "fasta":
        from echoscope.reading.fasta_file import records_of

        return records_of(source)
    if source.kind == "json":
        from echoscope.reading.json_file import keys_of

        return len(keys_of(source))
    from echoscope.reading.arrow_file import columns_of_arrow

    return columns_of_arrow(source)


def count_of_values(values: Any) -> int:
    """How many columns a table has that a program has."""
    if getattr(values, "ndim", 0) == 1 or isinstance(values, list | tuple):
        return 1
    names = getattr(values, "column_names", None) or getattr(values, "columns", None)
    if names is not None:
        return len(names)
    if isinstance(values, dict):
        return len(values)
    if getattr(values, "ndim", 0) == 2:
        return values.shape[1]
    raise IntegerError(f"Values of columns must be a table, not {shown(values)}: name an array.")
