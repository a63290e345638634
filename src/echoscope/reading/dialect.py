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
from echoscope.integers import missing
from echoscope.reading.source import HEAD, Source

DELIMITERS = "\t;|, "  # the first that parts every row into equally many cells
LOOKED_AT = 30  # rows that decide
LONGEST = 10_000  # characters of such a row, about
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
LINE_BREAK = re.compile("\r\n|\r|\n")
LINE_BREAK_BYTES = re.compile(rb"\r\n|\r|\n")
COMMENT = re.compile(r"\s*[#%]\s+\S")  # a lone sign may be a value
DECLARED = re.compile("sep=(.)", re.IGNORECASE)  # how a line of Excel's says the delimiter
WITH_COMMA = re.compile("[+-]?[0-9]+(,[0-9]+)?", re.ASCII)
MOST_HEAD = 1 << 26  # bytes of its first rows
csv.field_size_limit(1 << 30)


@dataclass(frozen=True, eq=False)
class Dialect:
    """How a text is written. `rows` are its first ones that are not blank, `skip` how many lines
    stand before them, blank ones and `comments`, `end` where its last row that is not blank ends,
    in bytes; `single` says whether it has one row only, and `widest` how many bytes the longest of
    the first lines has.
    """

    encoding: str
    delimiter: str
    rows: list[list[str]]
    skip: int
    end: int
    single: bool
    widest: int
    comments: int = 0


def dialect_of(source: Source) -> Dialect:
    """How a source is written; an `IntegerError` where it is no text."""
    encoding = next((MARKS[mark] for mark in MARKS if source.head.startswith(mark)), "")
    with source.open() as file:
        head, whole = _head(file)
        text, encoding = _decoded(head, encoding, whole)
        if "\0" in text:
            raise IntegerError(f"{source.name} must be a text of rows: use text for other bytes.")
        lines = LINE_BREAK.split(text)
        first, comments, declared = _introduction(lines)
        delimiter = declared or _delimiter(lines[first : first + 2 * LOOKED_AT])
        told = (at for at in range(first, len(lines)) if _told(lines[at], delimiter))
        skip = next(told, len(lines))
        end = _end(file, delimiter) if encoding != "utf-16" else 0
    rows = list(islice(_parted(text, delimiter, skip), LOOKED_AT))
    widest = 4 * max(map(len, lines[: 2 * LOOKED_AT]), default=0)
    single = whole and len(rows) == 1
    return Dialect(encoding, delimiter, rows, skip, end, single, widest, comments)


def _introduction(lines: list[str]) -> tuple[int, int, str]:
    """How many lines stand before the first row, blank ones and comments, how many are comments,
    and the delimiter that one of them declares; where all are comments, none is.
    """
    comments, declared = 0, ""
    for at, line in enumerate(lines):
        declaration = DECLARED.fullmatch(line)
        if declaration and not declared:
            declared = declaration[1]
        elif COMMENT.match(line):
            comments += 1
        elif line.strip():
            return at, comments, declared
    return 0, 0, ""


def _head(file: BinaryIO) -> tuple[bytes, bool]:
    """How a text begins, with two line breaks at least where it has them, and whether it is all."""
    size, head = HEAD, b""
    while True:
        part = file.read(size - len(head))
        head += part
        if len(head) < size:
            return head, True
        if len(LINE_BREAK_BYTES.findall(head, 0)) > LOOKED_AT or size >= MOST_HEAD:
            return head, False
        size *= 4


def _told(line: str, delimiter: str) -> bool:
    """Whether a line has more than blanks and delimiters."""
    return bool(line.strip().strip(f" \t{delimiter}"))


def reader_of(text: io.TextIOBase | list[str], delimiter: str) -> Iterator[list[str]]:
    """Rows of cells, as Python's own reader parts them."""
    return csv.reader(text, delimiter=delimiter, skipinitialspace=delimiter == " ", strict=True)


def after(text: str, skip: int) -> io.StringIO:
    """A text from behind so many lines on."""
    result = io.StringIO(text, newline="")
    for _ in range(skip):
        result.readline()
    return result


def _decoded(head: bytes, encoding: str, whole: bool) -> tuple[str, str]:
    """How a source begins, up to its last line break, and in which encoding: UTF-8 unless it cannot
    be.
    """
    if encoding == "utf-16":
        return head.decode(encoding, "ignore"), encoding
    cut = head if whole else head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1] or head
    try:
        return cut.decode(encoding or "utf-8"), encoding or "utf-8"
    except UnicodeDecodeError:
        return cut.decode("latin-1"), "latin-1"


def _parted(text: str, delimiter: str, skip: int) -> Iterator[list[str]]:
    """The rows at the beginning that are not blank, of equally many cells; the last may be cut off,
    and what cannot be parted ends them.
    """
    count = 0
    rows = reader_of(after(text, skip), delimiter)
    try:
        for cells in rows:
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
    below = [line.strip() for line in some[1:] if not missing(line)]
    if below and "," not in some[0] and all(map(WITH_COMMA.fullmatch, below)):
        return ";"  # decimal commas in a single column
    best, most = ",", len(some) / 2
    for delimiter in DELIMITERS:
        counts = Counter(map(len, reader_of(some, delimiter))) if _parts(some, delimiter) else {}
        count, times = counts.most_common(1)[0] if isinstance(counts, Counter) else (1, 0)
        if count < 2 or times <= most:
            continue
        if delimiter != " " or _as_many_at_first(some, count):
            best, most = delimiter, times
    return best


def _as_many_at_first(lines: list[str], count: int) -> bool:
    """Whether blanks part also the first row so: a heading of one word stands above names of
    two.
    """
    return len(next(reader_of(lines, " "), [])) in (count, count + 1)


def _parts(lines: list[str], delimiter: str) -> bool:
    try:
        return any(len(cells) > 1 for cells in list(reader_of(lines, delimiter)))
    except csv.Error:  # a quote that another delimiter opens
        return False


def _end(file: BinaryIO, delimiter: str) -> int:
    """Where the last row ends that has more than blanks and delimiters."""
    blank, end = f" \t\r\n{delimiter}".encode(), file.seek(0, io.SEEK_END)
    tail = b""
    while end and not tail.strip(blank):
        begin = max(0, end - HEAD)
        file.seek(begin)
        tail, end = file.read(end - begin), begin
    lines = tail.splitlines(keepends=True)
    while lines and not lines[-1].strip(blank):
        lines.pop()
    if lines:
        lines[-1] = lines[-1].rstrip(b"\r\n")
    return end + sum(map(len, lines))
