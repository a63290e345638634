"""Reading a person's own sequence, whatever it comes as: one rule for every source.

`read` gives a `Column` of values as they are written; `recode` makes symbols of them.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from echoscope.errors import IntegerError, shown
from echoscope.integers import Integers
from echoscope.reading.column import Column
from echoscope.reading.columns import ALL, Columns, Name, count_of, count_of_values, together
from echoscope.reading.source import STANDARD_INPUT, Source, source_of

__all__ = [
    "BYTES",
    "STANDARD_INPUT",
    "Column",
    "Columns",
    "from_input",
    "from_text",
    "no_file",
    "read",
    "read_file",
    "words",
]

BYTES = 256


def read(
    source: object,
    column: Name | Sequence[Name] | None = None,
    header: bool | None = None,
    categories: bool = False,
    separator: object = None,
    group: object = None,
    sequences: bool = False,
) -> Column | Columns:
    """One column of values: of a file (a path), or of a list, an array, or what pandas, polars or
    pyarrow have. Several columns, as a list of them or "all", are `Columns`.

    `column` is a name, or a number from 1 where no column has that name. `header` says whether a
    text's first row names its columns; without it that is seen, and refused where it cannot be.
    With `categories` every value is a name, also where it looks like a number. Raises
    `IntegerError` for what cannot be read.

    Several sequences are parted by the value `separator` between them ("": by what is missing),
    or by `group`, a second column (or a list of as many values): rows with one value of it are a
    sequence, wherever they stand. With `sequences` the source is a list of lists, each a sequence.

    >>> [read([30, -2, 30.0, None, "7"]).value(place) for place in range(5)]
    [30, -2, 30, None, 7]
    >>> read([2, 4, 8, -1, 3, 6], separator=-1).starts.tolist()
    [0, 3]
    """
    if isinstance(source, str | Path):
        if sequences:
            raise IntegerError("sequences is said of a list of lists: leave it out of a file.")
        return read_file(str(source), column, header, categories, separator, group)
    if header is not None:
        raise IntegerError("header is said of a file: give a file, or leave header out.")
    from echoscope.reading.in_memory import from_sequences, from_values

    if sequences:
        if any(part is not None for part in (column, separator, group)):
            raise IntegerError(
                "sequences says which values belong together: leave column, separator and group"
                " out."
            )
        return from_sequences(source, categories)
    return _parted(
        together(
            _several(column),
            lambda: count_of_values(source),
            lambda each: from_values(
                source, str(each) if isinstance(each, int) else each, categories
            ),
        ),
        separator,
        group,
        lambda heading: from_values(source, heading, True),
        every=column == ALL,
    )


def read_file(
    name: str,
    column: Name | Sequence[Name] | None = None,
    header: bool | None = None,
    categories: bool = False,
    separator: object = None,
    group: object = None,
) -> Column | Columns:
    """One column of a file, or of standard input (-), or several, by what its content is;
    `separator` and `group` as `read` has them.
    """
    source = source_of(name)
    if not source.head:
        raise IntegerError(f"{source.name} is empty: it must hold a column of values.")
    result = together(
        _several(column),
        lambda: count_of(source),
        lambda each: _of_source(source, each, header, categories),
    )
    return _parted(
        result,
        separator,
        group,
        lambda heading: _of_source(source, heading, result.header, True),
        every=list(_several(column)) == [ALL],
    )


def _several(column: Name | Sequence[Name] | None) -> Sequence[Name | None]:
    return [column] if column is None or isinstance(column, str | int) else column


def _parted(
    column: Column | Columns,
    separator: object,
    group: object,
    other: Callable[[str], Column],
    *,
    every: bool,
) -> Column | Columns:
    """The column in sequences, or each of several, if it is said where they end; of `every` column
    the group's is none that is read.
    """
    from echoscope.reading.several import grouped, separated

    if separator is not None and group is not None:
        raise IntegerError(
            "separator and group both say where a sequence ends: leave one of them out."
        )
    if separator is not None:
        return separated(column, separator)
    if group is None:
        return column
    groups = _groups(group, other)
    parts = column.columns if isinstance(column, Columns) else (column,)
    kept = tuple(part for part in parts if not part.column or part.column != groups.column)
    if len(kept) < (len(parts) - 1 if every else len(parts)) or not kept:
        raise IntegerError(
            f"{column.name}, column {groups.column}, says the group and is named as a column too:"
            " name other columns to read."
        )
    known = tuple(grouped(part, groups) for part in kept)
    return Columns(known) if len(known) > 1 else next(iter(known))


def _groups(group: object, other: Callable[[str], Column]) -> Column:
    """The column that says to which sequence each row belongs."""
    if not isinstance(group, str | int):
        from echoscope.reading.in_memory import from_values

        return from_values(group, None, True)
    try:
        return other(str(group))
    except IntegerError as error:
        raise IntegerError(
            str(error).replace("leave column", "leave group").replace("column=", "group=")
        ) from None


def _of_source(
    source: Source, column: Name | None, header: bool | None, categories: bool
) -> Column:
    if source.kind == "text":
        from echoscope.reading.text_table import from_text_table

        return from_text_table(source, column, header, categories)
    if header is not None:
        raise IntegerError(
            f"{source.name} says itself how its columns are named: leave header out."
        )
    if source.kind == "fasta":
        from echoscope.reading.fasta_file import from_fasta

        return from_fasta(source, column)
    if source.kind in ("npy", "zip"):
        from echoscope.reading.array_file import from_array_file

        return from_array_file(source, column, categories)
    if source.kind == "json":
        from echoscope.reading.json_file import from_json

        return from_json(source, column, categories)
    from echoscope.reading.arrow_file import from_arrow_file

    return from_arrow_file(source, column, categories)


def no_file(**said: object) -> None:
    """Refuse what is said of a file where there is none."""
    for name, value in said.items():
        if value not in (None, False, ()):
            raise IntegerError(f"{name} is said of the values of a file: give the file too.")


def words(arguments: tuple[str, ...]) -> list[str]:
    """Values given on the command line, also with commas between."""
    return [part for text in arguments for part in text.replace(",", " ").split()]


def from_input() -> list[tuple[int, str]]:
    """The lines of standard input, each with its number."""
    if sys.stdin is None or sys.stdin.isatty():
        raise IntegerError(
            "No values were given: write them after predict, name a file or a text, or pipe"
            " them in."
        )
    try:
        text = sys.stdin.read()
    except UnicodeDecodeError:
        raise IntegerError(
            "Standard input must be text with values in it, not other bytes: use text=FILE for"
            " bytes."
        ) from None
    return list(enumerate(text.splitlines(), 1))


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
