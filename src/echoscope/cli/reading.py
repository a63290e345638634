"""Reading a person's integers: words on the line, a CSV column, the bytes of a text, or standard input."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from echoscope.errors import IntegerError
from echoscope.framing import integer

BYTES = 256


def from_words(words: tuple[str, ...], symbols: int) -> list[int]:
    """Integers given on the command line, also with commas between."""
    parts = [part for word in words for part in word.replace(",", " ").split()]
    return [integer(part, symbols, f"integer {place}") for place, part in enumerate(parts, 1)]


def from_input(symbols: int) -> list[int]:
    """Integers on standard input, with blanks, commas or new lines between."""
    if sys.stdin is None or sys.stdin.isatty():
        raise IntegerError(
            "No integers were given: write them after predict, name a --file or --text, or pipe them in."
        )
    found = []
    for row, line in enumerate(_lines(sys.stdin), 1):
        found += [integer(part, symbols, f"line {row} of standard input") for part in line.replace(",", " ").split()]
    return found


def _lines(source: Iterator[str]) -> Iterator[str]:
    try:
        yield from source
    except UnicodeDecodeError:
        raise IntegerError("Standard input must be text with integers in it, not other bytes: use --text FILE for "
                           "bytes.") from None  # fmt: skip


def from_csv(name: str, column: str | None, symbols: int) -> list[int]:
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
        found.append(integer(cell, symbols, f"row {number} of {name}, {said},"))
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
