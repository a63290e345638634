"""How a text of rows is written, seen from how it begins: encoding, delimiter, its first rows."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from echoscope.errors import IntegerError
from echoscope.reading.source import HEAD, Source

DELIMITERS = "\t;|, "  # the first that parts every row into equally many cells
LOOKED_AT = 30  # rows that decide
LONGEST = 10_000  # characters of such a row, about
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
BREAK = re.compile(rb"\r\n|\r|\n")
csv.field_size_limit(1 << 30)


@dataclass(frozen=True, eq=False)
class Dialect:
    """How a text is written. `rows` are its first ones that are not blank, `skip` how many blank
    lines stand before them, `end` where its last row that is not blank ends, in bytes; `single`
    says whether it has one row only.
    """

    encoding: str
    delimiter: str
    rows: list[list[str]]
    skip: int
    end: int
    single: bool


def dialect_of(source: Source) -> Dialect:
    """How a source is written; an `IntegerError` where it is no text."""
    encoding = next((MARKS[mark] for mark in MARKS if source.head.startswith(mark)), "")
    text, encoding = _decoded(source.head, encoding)
    if "\0" in text:
        raise IntegerError(f"{source.name} must be a text of rows: use text for other bytes.")
    lines = text[: LOOKED_AT * LONGEST].splitlines()
    skip = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    sniffed = _delimiter(lines[skip:])
    with source.open() as file:
        end = _end(file, sniffed) if encoding != "utf-16" else 0
    rows = list(islice(_parted(text, sniffed, skip), LOOKED_AT))
    whole = len(source.head) < HEAD
    single = len(rows) == 1 or (not whole and not BREAK.search(source.head.strip()))
    return Dialect(encoding, sniffed, rows, skip, end, single and bool(rows))


def reader_of(text: io.TextIOBase | list[str], delimiter: str) -> Iterator[list[str]]:
    """Rows of cells, as Python's own reader parts them."""
    return csv.reader(text, delimiter=delimiter, skipinitialspace=delimiter == " ", strict=True)


def _decoded(head: bytes, encoding: str) -> tuple[str, str]:
    """How a source begins, and in which encoding: UTF-8 unless it cannot be."""
    if encoding:
        return head.decode(encoding, "ignore"), encoding
    cut = head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1] if len(head) == HEAD else head
    try:
        return cut.decode("utf-8") or head.decode("utf-8", "ignore"), "utf-8"
    except UnicodeDecodeError:
        return head.decode("latin-1"), "latin-1"


def _parted(text: str, delimiter: str, skip: int) -> Iterator[list[str]]:
    """The rows at the beginning that are not blank, of equally many cells; the last may be cut off,
    and what cannot be parted ends them.
    """
    count = 0
    rows = reader_of(io.StringIO(text, newline=""), delimiter)
    try:
        for cells in islice(rows, skip, None):
            if delimiter == " " and len(cells) > 1 and not cells[-1]:
                cells.pop()  # a space at the end of a row parts nothing
            if any(cell.strip() for cell in cells):
                count = count or len(cells)
                yield [*cells, *[""] * count][:count]
    except csv.Error:
        return


def _delimiter(lines: list[str]) -> str:
    """What parts most of the first rows into equally many cells; a comma where nothing does."""
    some = list(islice(filter(str.strip, lines), LOOKED_AT))
    best, most = ",", len(some) / 2
    for delimiter in DELIMITERS:
        counts = Counter(map(len, reader_of(some, delimiter))) if _parts(some, delimiter) else {}
        count, times = counts.most_common(1)[0] if isinstance(counts, Counter) else (1, 0)
        if count > 1 and times > most:
            best, most = delimiter, times
    return best


def _parts(lines: list[str], delimiter: str) -> bool:
    try:
        return any(len(cells) > 1 for cells in list(reader_of(lines, delimiter)))
    except csv.Error:  # a quote that another delimiter opens
        return False


def _end(file: BinaryIO, delimiter: str) -> int:
    """Where the last row ends that has more than blanks and delimiters."""
    size = file.seek(0, io.SEEK_END)
    begin = max(0, size - HEAD)
    file.seek(begin)
    lines = file.read().splitlines(keepends=True)
    while lines and not lines[-1].strip(f" \t\r\n{delimiter}".encode()):
        lines.pop()
    if lines:
        lines[-1] = lines[-1].rstrip(b"\r\n")
    return begin + sum(map(len, lines))
