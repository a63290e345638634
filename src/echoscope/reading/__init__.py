"""Reading user data: integers on the line, a column of a file, the bytes of a text, standard
input.

Whatever the source, `integers` says what an integer is and what is missing; what cannot be read is
one sentence.
"""

import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from echoscope.errors import IntegerError, shown
from echoscope.integers import Integers, integers
from echoscope.reading.array_file import from_array
from echoscope.reading.csv_file import digits, from_csv
from echoscope.reading.parquet_file import from_parquet

__all__ = [
    "BYTES",
    "from_arguments",
    "from_array",
    "from_csv",
    "from_file",
    "from_input",
    "from_parquet",
    "from_text",
    "no_file",
]

BYTES = 256


def from_file(
    name: str, column: str | None, vocab_size: int, gaps: bool = False, header: bool | None = None
) -> Integers:
    """Integers of a file [time], by its ending: .npy, .parquet, or else a text of rows (CSV).

    `column` is a name, or a number from 1 where no column has that name. `header` says whether a
    text's first row names its columns; without it that is seen, and refused where it cannot be.
    """
    kind = Path(name).suffix.lower()
    if kind in (".npy", ".parquet") and header is not None:
        raise IntegerError(f"{name} says itself how its columns are named: leave header out.")
    if kind == ".npy":
        return from_array(name, column, vocab_size, gaps)
    if kind == ".parquet":
        return from_parquet(name, column, vocab_size, gaps)
    return from_csv(name, column, vocab_size, gaps, header)


def no_file(column: str | None, header: bool | None) -> None:
    """Refuse what is said of a file where there is none."""
    if column:
        raise IntegerError("column names a column of a file: give the file too.")
    if header is not None:
        raise IntegerError("header is said of a file: give the file too.")


def from_arguments(arguments: tuple[str, ...], vocab_size: int, gaps: bool = False) -> Integers:
    """Integers given on the command line, also with commas between."""
    return integers(
        [part for text in arguments for part in text.replace(",", " ").split()],
        vocab_size,
        gaps=gaps,
    )


def from_input(vocab_size: int, gaps: bool = False) -> Integers:
    """Integers on standard input, with blanks, commas or new lines between."""
    if sys.stdin is None or sys.stdin.isatty():
        raise IntegerError(
            "No integers were given: write them after predict, name a file or a text, or pipe"
            " them in."
        )
    try:
        text = sys.stdin.read()
    except UnicodeDecodeError:
        raise IntegerError(
            "Standard input must be text with integers in it, not other bytes: use text=FILE for"
            " bytes."
        ) from None
    result = digits(text)
    if result is not None:
        with suppress(IntegerError):  # the line that is to blame is found below
            return integers(result, vocab_size, gaps=gaps)
    parts = [
        (part, row)
        for row, line in enumerate(text.splitlines(), 1)
        for part in line.replace(",", " ").split()
    ]
    return integers(
        [part for part, _ in parts],
        vocab_size,
        lambda place: f"line {parts[place - 1][1]} of standard input",
        gaps,
    )


def from_text(name: str, vocab_size: int) -> Integers:
    """The bytes of a file, each an integer from 0 to 255."""
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise IntegerError(f"{name} cannot be read ({error.strerror}): name a file.") from None
    result = np.frombuffer(content, np.uint8)
    if len(result) and result.max() >= vocab_size:
        place = int(np.argmax(result >= vocab_size))
        raise IntegerError(
            f"byte {place + 1} of {name} is {result[place]} ({shown(chr(result[place]))}), outside"
            f" 0 to {vocab_size - 1}: use a run trained with vocab_size={BYTES}."
        )
    return result.astype(np.int64)
