"""A text of rows: a column of it, or its one row. Delimiter, encoding and heading are seen, or
asked for in a sentence; pyarrow parts the rows.

Blank lines before and after the rows are no rows, and where there are several columns none is; in a
text of one column a blank line between others is a missing value, as pandas writes it.
"""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import IntegerError, plain
from echoscope.integers import GAP
from echoscope.reading.array_file import NEAR, codes_of
from echoscope.reading.column import KINDS, Codes, Column, Distinct, chosen
from echoscope.reading.dialect import LINE_BREAK_BYTES, Dialect, dialect_of
from echoscope.reading.heading import has_heading, unclear
from echoscope.reading.rows import check_quotes, evened, row_number, rows_of
from echoscope.reading.source import Source, of_bytes
from echoscope.recoding import named

BLOCK = 1 << 18  # bytes that are parted at once
LATIN = "latin-1"
FEW = np.iinfo(np.int16).max  # distinct values whose codes need two bytes
PLAIN = re.compile("[0-9]{0,18}", re.ASCII)  # an integer that no reader takes for anything else


def from_text_table(
    source: Source, column: str | int | None, header: bool | None, categories: bool = False
) -> Column:
    """One column of a text, by its name or number, or the only one; of a single row all its
    cells.
    """
    dialect = dialect_of(source)
    if dialect.encoding == "utf-16":
        source = _in_utf_8(source)
        if source.kind != "text":
            raise IntegerError(
                f"{source.name} is {KINDS[source.kind]} in UTF-16: write it in UTF-8."
            )
        dialect = replace(dialect_of(source), encoding="utf-16")
    if not dialect.rows:
        raise IntegerError(f"{source.name} is empty: it must hold a column of values.")
    if dialect.single and column is None and header is not True:
        (row,) = rows_of(source, dialect, None)
        if header is False or not has_heading(source.name, [row], None, categories):
            return _of_row(source, dialect, row, categories)
    named_column = column if isinstance(column, str) else None
    heading = has_heading(source.name, dialect.rows, header, categories, named_column)
    names = dialect.rows[0] if heading else None
    place = chosen(source.name, column, names, len(dialect.rows[0]))
    title = (plain(" ".join(names[place].split()), 30) if names else "") or str(place + 1)
    distinct = Distinct(f"{source.name}, column {title},", categories)
    codes, dialect = _codes(source, dialect, place, heading, distinct)
    if names and header is None and named(names[place]) in distinct.values:
        raise unclear(source.name, names)  # it comes again, far below
    commas = None if dialect.delimiter == "," or categories else distinct.with_decimal_commas()
    if commas is not None:
        codes = commas[codes]
    if not len(codes):
        raise IntegerError(
            f"{source.name} has a heading and no row below it: it must hold a column of values."
        )
    return Column(
        codes,
        distinct.values,
        source.name,
        "text",
        lambda position: (
            f"row {row_number(source, dialect, position + heading)} of {source.name},"
            f" column {title},"
        ),
        column=title,
        header=heading,
        delimiter=dialect.delimiter if len(dialect.rows[0]) > 1 else "",
        encoding=dialect.encoding,
        packed=source.packed,
        comments=dialect.comments,
    )


def columns_of_text(source: Source) -> int:
    """How many columns a text has."""
    dialect = dialect_of(source)
    if dialect.encoding == "utf-16":
        dialect = dialect_of(_in_utf_8(source))
    return len(dialect.rows[0]) if dialect.rows else 0


def _without_utf_8(source: Source) -> str:
    """The encoding of a text that cannot be UTF-8 as a whole; an `IntegerError` where it begins as
    UTF-8, so that only a byte of it is wrong.
    """
    with source.open() as file:
        content = file.read()
    try:
        content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start]
        if before.isascii():
            return LATIN
        row = len(LINE_BREAK_BYTES.findall(before)) + 1
        raise IntegerError(
            f"line {row} of {source.name} has a byte that is no UTF-8 ({content[error.start]:#x}),"
            " and the lines before it are: write it again in one encoding."
        ) from None
    return LATIN


def _in_utf_8(source: Source) -> Source:
    """The same text in the encoding of all others."""
    try:
        with source.open() as file:
            return of_bytes(source.name, file.read().decode("utf-16").encode(), source.packed)
    except UnicodeDecodeError:
        raise IntegerError(
            f"{source.name} must be a text of rows: use text for other bytes."
        ) from None


def _of_row(source: Source, dialect: Dialect, row: list[str], categories: bool) -> Column:
    distinct = Distinct(source.name, categories)
    while len(row) > 1 and not row[-1].strip():
        row.pop()  # a delimiter at the end of a row parts nothing
    return Column(
        distinct.coded(row),
        distinct.values,
        source.name,
        "text",
        lambda position: f"value {position + 1} of {source.name}",
        header=False,
        delimiter=dialect.delimiter,
        encoding=dialect.encoding,
        packed=source.packed,
    )


def _codes(
    source: Source, dialect: Dialect, place: int, heading: bool, distinct: Distinct
) -> tuple[Codes, Dialect]:
    """The codes of a column's cells, and the dialect in which they were read in the end."""
    if dialect.single:
        return distinct.coded([] if heading else [dialect.rows[0][place]]), dialect
    odd: list[str] = []
    check_quotes(source, dialect)
    try:
        if dialect.delimiter != " ":
            parts = _parts(source, dialect, place, heading, distinct, odd)
            if not odd:
                return _joined(parts), dialect
        even_file = evened(source, dialect)
    except UnicodeDecodeError:
        distinct.clear()
        latin = replace(dialect, encoding=_without_utf_8(source))
        return _codes(source, latin, place, heading, distinct)
    distinct.clear()
    even = replace(dialect, encoding="utf-8", delimiter=",", skip=0, end=0)
    parts = list(_blocks(even_file, source.name, even, place, heading, distinct, odd))
    return _joined(parts), dialect


def _parts(
    source: Source, dialect: Dialect, place: int, heading: bool, distinct: Distinct, odd: list[str]
) -> list[Codes]:
    """The blocks of a column: as integers where it begins with such, and if all of it is; else as
    texts.
    """
    cells = [row[place] for row in dialect.rows[heading:]]
    if any(cells) and all(map(PLAIN.fullmatch, cells)) and not distinct.categories:
        with suppress(_NotIntegersError), source.open() as file:
            return list(
                _blocks(file, source.name, dialect, place, heading, distinct, odd, integers=True)
            )
        distinct.clear()
        odd.clear()
    with source.open() as file:
        return list(_blocks(file, source.name, dialect, place, heading, distinct, odd))


class _NotIntegersError(Exception):
    """A column that begins with integers goes on with something else."""


def _joined(parts: list[Codes]) -> Codes:
    return np.concatenate(parts) if parts else np.zeros(0, np.int32)


def _blocks(
    file: BinaryIO,
    name: str,
    dialect: Dialect,
    place: int,
    heading: bool,
    distinct: Distinct,
    odd: list[str],
    integers: bool = False,
) -> Iterator[Codes]:
    """Codes of a column, block by block. What cannot be parted as it is goes into `odd`."""
    import pyarrow
    from pyarrow import csv as arrow_csv

    def passed_over(row: Any) -> str:
        with suppress(UnicodeDecodeError):  # which is found again
            if not row.text.strip():
                return "skip"
        odd.append(name)
        return "skip"

    field, texts = f"f{place}", pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    try:
        batches = arrow_csv.open_csv(
            _Whole(file, dialect.end),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                autogenerate_column_names=True,
                skip_rows=dialect.skip,
                skip_rows_after_names=int(heading),
                block_size=max(BLOCK, 2 * dialect.widest),
                encoding=LATIN if dialect.encoding == LATIN else "utf8",
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                ignore_empty_lines=len(dialect.rows[0]) > 1,
                newlines_in_values=True,
                invalid_row_handler=passed_over,
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=[field],
                column_types={field: pyarrow.int64() if integers else texts},
                null_values=[""],
                strings_can_be_null=False,
            ),
        )
        for batch in batches:
            codes = _coded(batch.column(0), distinct, integers)
            yield codes.astype(np.int16) if len(distinct.values) <= FEW else codes
        pyarrow.default_memory_pool().release_unused()
    except pyarrow.ArrowException as error:
        if integers:
            raise _NotIntegersError from None
        if "UTF8" in str(error):
            raise UnicodeDecodeError("utf-8", b"", 0, 1, str(error)) from None
        raise IntegerError(
            f"{name} is no text of rows ({plain(str(error).split(':')[-1].strip(), 60)}): close its"
            " quotes."
        ) from None


def _coded(cells: Any, distinct: Distinct, integers: bool) -> NDArray[np.int32]:
    """The codes of a block: from its buffers, for `to_numpy` imports pandas where that is
    installed.
    """
    if not integers:
        buffer = cells.indices.buffers()[1]
        places = np.frombuffer(buffer, np.int32, len(cells), 4 * cells.offset)
        return distinct.coded(cells.dictionary.to_pylist())[places]
    valid, content = cells.buffers()
    numbers = np.frombuffer(content, np.int64, len(cells), 8 * cells.offset)
    if not cells.null_count:
        return _of_integers(numbers, distinct)
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")
    there = bits[cells.offset : cells.offset + len(cells)].astype(bool)
    codes = np.full(len(cells), GAP, np.int32)
    codes[there] = _of_integers(numbers[there], distinct)
    return codes


def _of_integers(numbers: NDArray[np.int64], distinct: Distinct) -> NDArray[np.int32]:
    near = numbers.size and numbers.min() >= 0 and numbers.max() < NEAR
    return distinct.coded_small(numbers) if near else codes_of(numbers, distinct)


class _Whole(io.RawIOBase):
    """A file up to where its last row ends, and a line break behind it, without which pyarrow
    takes a single row for no row.
    """

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file, self._left, self._broken = file, end or 1 << 62, False
        file.seek(0)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(content)
        if not content and not self._broken:
            self._broken = True
            return b"\n"
        return content
