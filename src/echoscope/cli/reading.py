"""Reading a person's integers: words on the line, a column or array of a file, the bytes of a text, standard input."""

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from echoscope.errors import ExtraError, IntegerError
from echoscope.integers import integer

BYTES = 256


def from_file(name: str, column: str | None, symbols: int, gaps: bool = False) -> list[int]:
    """Integers of a file, by its ending: .npy, .parquet, or else CSV."""
    kind = Path(name).suffix.lower()
    if kind == ".npy":
        if column:
            raise IntegerError(f"{name} is one array and has no column {column!r}: leave --column out.")
        return from_array(name, symbols, gaps)
    return (from_parquet if kind == ".parquet" else from_csv)(name, column, symbols, gaps)


def from_array(name: str, symbols: int, gaps: bool) -> list[int]:
    """A NumPy file of one axis of integers."""
    try:
        array = np.load(name, allow_pickle=False)
    except OSError as error:
        raise IntegerError(
            f"{name} cannot be read ({error.strerror or 'not a NumPy file'}): name a .npy file."
        ) from None
    except ValueError:
        raise IntegerError(f"{name} must be one NumPy array of integers: save it with numpy.save.") from None
    if not isinstance(array, np.ndarray) or array.ndim != 1:
        raise IntegerError(f"{name} must hold integers in one axis, not an array of shape {np.shape(array)}.")
    return [
        integer(value, symbols, f"integer {place} of {name}", gaps) for place, value in enumerate(array.tolist(), 1)
    ]


def from_parquet(name: str, column: str | None, symbols: int, gaps: bool) -> list[int]:
    """One column of a Parquet file, by its name, or the only one. Needs pyarrow."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ExtraError(f"Reading {name} needs pyarrow, which is not installed: pip install 'echoscope[parquet]'."
                         ) from None  # fmt: skip
    try:
        with Path(name).open("rb") as file:
            table: Any = parquet.read_table(file)
    except OSError as error:
        raise IntegerError(f"{name} cannot be read ({error.strerror or 'not a Parquet file'}): name a Parquet file."
                           ) from None  # fmt: skip
    except pyarrow.ArrowInvalid:
        raise IntegerError(f"{name} cannot be read (not a Parquet file): name a Parquet file.") from None
    place = _named(name, column, table.column_names)
    values = table.column(place).to_pylist()
    said = f"column {table.column_names[place]}"
    return [integer("" if value is None else value, symbols, f"row {row} of {name}, {said},", gaps)
            for row, value in enumerate(values, 1)]  # fmt: skip


def _named(name: str, column: str | None, names: Sequence[str]) -> int:
    """The place of a column among those named, or of the only one."""
    if column is not None:
        if column not in names:
            raise IntegerError(f"{name} has no column {column!r}: it has {', '.join(names)}.")
        return list(names).index(column)
    if len(names) != 1:
        raise IntegerError(f"{name} has {len(names)} columns ({', '.join(names)}): choose one with --column.")
    return 0


def from_words(words: tuple[str, ...], symbols: int, gaps: bool = False) -> list[int]:
    """Integers given on the command line, also with commas between."""
    parts = [part for word in words for part in word.replace(",", " ").split()]
    return [integer(part, symbols, f"integer {place}", gaps) for place, part in enumerate(parts, 1)]


def from_input(symbols: int, gaps: bool = False) -> list[int]:
    """Integers on standard input, with blanks, commas or new lines between."""
    if sys.stdin is None or sys.stdin.isatty():
        raise IntegerError(
            "No integers were given: write them after predict, name a --file or --text, or pipe them in."
        )
    found = []
    for row, line in enumerate(_lines(sys.stdin), 1):
        where = f"line {row} of standard input"
        found += [integer(part, symbols, where, gaps) for part in line.replace(",", " ").split()]
    return found


def _lines(source: Iterator[str]) -> Iterator[str]:
    try:
        yield from source
    except UnicodeDecodeError:
        raise IntegerError("Standard input must be text with integers in it, not other bytes: use --text FILE for "
                           "bytes.") from None  # fmt: skip


def from_csv(name: str, column: str | None, symbols: int, gaps: bool = False) -> list[int]:
    """One column of a CSV file, by its name in the first row, or the only column."""
    try:
        with Path(name).open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error):
        raise IntegerError(f"{name} must be a CSV text in UTF-8: use --text for other bytes.") from None
    except OSError as error:
        raise IntegerError(f"{name} cannot be read ({error.strerror}): name a CSV file.") from None
    if not rows or not any(rows):
        raise IntegerError(f"{name} is empty: it must hold a column of integers.")
    place, skip = _column(name, column, rows)
    said = f"column {column}" if column else "column 1"
    found = []
    for number, row in enumerate(rows[skip:], 1 + skip):
        cell = row[place] if place < len(row) else ""
        found.append(integer(cell, symbols, f"row {number} of {name}, {said},", gaps))
    return found


def _column(name: str, column: str | None, rows: list[list[str]]) -> tuple[int, int]:
    """Which column to read, and how many rows of heading to skip."""
    heading = [cell.strip() for cell in rows[0]]
    if column is not None:
        if column not in heading:
            raise IntegerError(f"{name} has no column {column!r}: its first row names {', '.join(heading)}.")
        return heading.index(column), 1
    if len(heading) > 1:
        raise IntegerError(f"{name} has {len(heading)} columns ({', '.join(heading)}): choose one with --column.")
    return 0, 0 if heading[0].lstrip("+-").isdecimal() else 1


def from_text(name: str, symbols: int) -> list[int]:
    """The bytes of a file, each an integer from 0 to 255."""
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise IntegerError(f"{name} cannot be read ({error.strerror}): name a file.") from None
    if symbols < BYTES and content and max(content) >= symbols:
        place = next(place for place, byte in enumerate(content) if byte >= symbols)
        raise IntegerError(f"byte {place + 1} of {name} is {content[place]} ({chr(content[place])!r}), outside 0 to "
                           f"{symbols - 1}: use a record trained with --symbols {BYTES}.")  # fmt: skip
    return list(content)
