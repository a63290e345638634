"""A text of rows: a column of it, or its one row. Delimiter, encoding and heading are seen, or
asked for in a sentence.

Blank lines before and after the rows are no rows, and where there are several columns none is; in a
file of one column a blank line between others is a missing integer, as pandas writes it.
"""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import IntegerError, plain
from echoscope.integers import NUMBER, Integers, integer, integers, missing
from echoscope.reading.column import chosen

MOST_BYTES = 1 << 30  # that a compressed text may unpack to
DELIMITERS = "\t;|, "  # the first that parts every row into equally many cells
LOOKED_AT = 30  # rows that decide
LONGEST = 10_000  # characters of such a row, about
DIGITS = b"0123456789 ,\t\r\n"
GZIP = b"\x1f\x8b"
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
BINARY = {
    b"PK\x03\x04": "a ZIP or Excel file",
    b"SQLite": "a database",
    b"\x93NUMPY": "a NumPy file, of ending .npy",
    b"PAR1": "a Parquet file, of ending .parquet",
    b"\xfd7zXZ": "an xz archive",
    b"BZh": "a bzip2 archive",
    b"%PDF": "a PDF",
}

Row = tuple[int, list[str]]  # its number from 1, blank lines counted, and its cells


def from_csv(
    name: str, column: str | None, vocab_size: int, gaps: bool = False, header: bool | None = None
) -> Integers:
    """The integers of one column, by its name or number, or the only one; of a single row all of
    them.
    """
    text = _text(name)
    delimiter = _delimiter(text)
    first = list(islice(_rows(name, text, delimiter), 2))
    if not first:
        raise IntegerError(f"{name} is empty: it must hold a column of integers.")
    row, top = first[0]
    if (
        len(first) == 1
        and len(top) > 1
        and column is None
        and not header
        and not any(map(_is_text, top))
    ):
        return integers(top, vocab_size, lambda place: f"integer {place} of {name}", gaps)
    names = top if _heading(name, top, header) else None
    place = chosen(name, column, names, len(top))
    skip = row if names else row - 1
    result = _at_once(text, delimiter, place, skip, len(top))
    if result is not None:
        with suppress(IntegerError):  # the row that is to blame is found below
            return integers(result, vocab_size, gaps=gaps)
    which = f"column {(plain(names[place].strip(), 30) if names else '') or place + 1}"
    values: list[int] = []
    for number, cells in islice(_rows(name, text, delimiter), 1 if names else 0, None):
        try:
            values.append(
                integer(cells[place], vocab_size, f"row {number} of {name}, {which},", gaps)
            )
        except IntegerError as error:
            hint = header is None and number == row
            raise IntegerError(
                f"{str(error)[:-1]}; where it is a heading, say header=True." if hint else error
            ) from None
    if not values:
        raise IntegerError(
            f"{name} has a heading and no row below it: it must hold a column of integers."
        )
    return np.array(values, np.int64)


def digits(text: str) -> NDArray[np.float64] | None:
    """The numbers of a text of nothing but ASCII digits and what is between them; None for any
    other text.
    """
    if not text.isascii() or text.encode().translate(None, DIGITS):
        return None
    return np.fromstring(text.replace(",", " "), sep=" ")


def _at_once(
    text: str, delimiter: str, place: int, skip: int, count: int
) -> NDArray[np.float64] | None:
    """A column of plain numbers, below `skip` rows; None where each row must be looked at."""
    if '"' in text or delimiter == " ":
        return None
    lines = text.replace("\r\n", "\n").split("\n", skip)
    body = lines[-1].rstrip("\n")
    if len(lines) <= skip or not body or any("\r" in line for line in lines):
        return None
    if count == 1 and re.search(r"^\n|\n\n|[ \t]", body):  # a gap, or no number
        return None
    if count == 1 and "," not in body:
        result = digits(body)
        if result is not None:
            return result
    try:
        result = np.loadtxt(
            io.StringIO(body), delimiter=delimiter, usecols=place, comments=None, ndmin=1
        )
    except ValueError:
        return None
    whole = body.count(delimiter) == len(result) * (count - 1) and not np.isnan(result).any()
    return result if whole else None


def _rows(name: str, text: str, delimiter: str) -> Iterator[Row]:
    """Rows of equally many cells, and between them what is blank."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        skipinitialspace=delimiter == " ",
        strict=True,
    )
    count, number, blank = 0, 0, list[Row]()
    try:
        for number, cells in enumerate(reader, 1):
            if delimiter == " " and len(cells) > 1 and not cells[-1]:
                cells.pop()  # a space at the end of a row parts nothing
            if not any(cell.strip() for cell in cells) and cells != [""]:
                blank.append((number, cells))
                continue
            begins = not count
            count = count or len(cells)
            if not begins:
                yield from (
                    (place, [""] * count) for place, empty in blank if count == 1 or len(empty) > 1
                )
            blank = []
            if len(cells) < count or any(cell.strip() for cell in cells[count:]):
                raise IntegerError(
                    f"row {number} of {name} has {_cells(len(cells))} and the first row"
                    f" {_cells(count)}: give every row as many, or remove it."
                )
            yield number, cells[:count]
    except csv.Error as error:
        raise IntegerError(
            f"row {number + 1} of {name} is no row of a CSV text ({error}): close its quotes."
        ) from None


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _delimiter(text: str) -> str:
    """What parts most of the first rows into equally many cells; a comma where nothing does."""
    begin = text[: LOOKED_AT * LONGEST].splitlines()  # a carriage return alone ends a line here too
    lines = list(islice(filter(str.strip, begin), LOOKED_AT))
    best, most = ",", len(lines) / 2
    for delimiter in DELIMITERS:
        rows = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ")
        try:
            counts = Counter(map(len, rows))
        except csv.Error:  # a cell longer than any that the reader takes: this one parts nothing
            continue
        count, times = counts.most_common(1)[0] if counts else (1, 0)
        if count > 1 and times > most:
            best, most = delimiter, times
    return best


def _heading(name: str, top: list[str], header: bool | None) -> bool:
    """Whether the first row names the columns: only what is clearly text does."""
    if header is not None:
        return header
    texts, lost = sum(map(_is_text, top)), sum(map(missing, top))
    if texts and texts + lost == len(top):
        return True
    numbers = sum(NUMBER.fullmatch(cell.strip()) is not None for cell in top)
    if numbers == len(top) or (len(top) == 1 and not lost):
        return False
    text = plain(", ".join(top[:LOOKED_AT]), 60)
    raise IntegerError(
        f"The first row of {name} ({text}) may be a heading or not: say header=True or"
        " header=False."
    )


def _is_text(cell: str) -> bool:
    begins = cell.strip()[:1]
    return (begins.isalpha() or begins == "_") and not missing(cell)


def _text(name: str) -> str:
    """The content of a file, unpacked where it is compressed."""
    try:
        content = Path(name).read_bytes()
        if content[:2] == GZIP:
            with gzip.open(io.BytesIO(content)) as file:
                content = file.read(MOST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise IntegerError(f"{name} is a damaged gzip file: compress it again.") from None
    except OSError as error:
        raise IntegerError(f"{name} cannot be read ({error.strerror}): name a CSV file.") from None
    if len(content) > MOST_BYTES:
        raise IntegerError(f"{name} has more than {MOST_BYTES >> 30} GiB of text: give less of it.")
    for begin, kind in BINARY.items():
        if content.startswith(begin):
            raise IntegerError(f"{name} is {kind}, not a CSV text: save it as one.")
    encoding = next((MARKS[mark] for mark in MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\0" if encoding != "utf-8" else content.decode("latin-1")
    if "\0" in text:
        raise IntegerError(f"{name} must be a CSV text: use text for other bytes.")
    return text
