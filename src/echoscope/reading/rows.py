"""The rows of a text as Python's own reader parts them, each with its number: for texts that
pyarrow cannot part as they are, and to say where a value stands.
"""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from echoscope.errors import IntegerError
from echoscope.reading.dialect import Dialect, after, reader_of
from echoscope.reading.source import HEAD, Source


def evened(source: Source, dialect: Dialect) -> BinaryIO:
    """The same rows with one comma between cells, and as many in each."""
    result = io.StringIO(newline="")
    writer = csv.writer(result, lineterminator="\n")
    writer.writerows(row or [""] for row in rows_of(source, dialect, len(dialect.rows[0])))
    return io.BytesIO(result.getvalue().encode())


def check_quotes(source: Source, dialect: Dialect) -> None:
    """Refuse a text in which a quote is not closed: it would swallow what stands behind it."""
    with source.open() as file:
        count = sum(block.count(b'"') for block in iter(lambda: file.read(HEAD), b""))
    if count % 2:  # an odd one may also stand alone in a cell
        for _ in rows_of(source, dialect, None):
            pass


def rows_of(source: Source, dialect: Dialect, wide: int | None) -> Iterator[list[str]]:
    """The rows of a text with so many cells each (None: as they are), as Python's own reader parts
    them; blank ones only where there is one column.
    """
    return (cells for _, cells in _numbered(source, dialect, wide))


def _numbered(
    source: Source, dialect: Dialect, wide: int | None
) -> Iterator[tuple[int, list[str]]]:
    """Rows, each with its number from 1, blank lines counted."""
    with source.open() as file:
        content = file.read(dialect.end) if dialect.end else file.read()
    encoding = "utf-8" if dialect.encoding == "utf-16" else dialect.encoding
    text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    rows = reader_of(after(text, dialect.skip), dialect.delimiter)
    number = dialect.skip
    try:
        for number, cells in enumerate(rows, dialect.skip + 1):
            if dialect.delimiter == " " and len(cells) > 1 and not cells[-1]:
                cells.pop()  # a space at the end of a row parts nothing
            blank = not any(cell.strip() for cell in cells)
            if blank and wide != 1 and len(cells) < 2:
                continue
            if wide and ((len(cells) or 1) < wide or any(map(str.strip, cells[wide:]))):
                raise IntegerError(
                    f"row {number} of {source.name} has {_cells(len(cells))} and the first row"
                    f" {_cells(wide or 0)}: give every row as many, or remove it."
                )
            yield number, cells[:wide]
    except csv.Error as error:
        raise IntegerError(
            f"row {number + 1} of {source.name} is no row of a text ({error}): close its quotes."
        ) from None


def row_number(source: Source, dialect: Dialect, position: int) -> int:
    """The number of a row of which it is known how many rows stand before it."""
    rows = _numbered(source, dialect, len(dialect.rows[0]))
    return next((number for place, (number, _) in enumerate(rows) if place == position), 0)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
