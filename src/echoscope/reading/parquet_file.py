"""A Parquet file: one column of it, by its name or number. Needs pyarrow."""

from pathlib import Path
from typing import Any

from echoscope.errors import ExtraError, IntegerError, plain
from echoscope.integers import Integers, integers
from echoscope.reading.column import chosen


def from_parquet(name: str, column: str | None, vocab_size: int, gaps: bool) -> Integers:
    """The integers of one column, null where one is missing. A column of anything else is refused
    by its type.
    """
    try:
        import pyarrow
        from pyarrow import parquet, types
    except ImportError:
        raise ExtraError(
            f"Reading {name} needs pyarrow, which is not installed: pip install"
            " 'echoscope[parquet]'."
        ) from None
    try:
        with Path(name).open("rb") as file:
            opened: Any = parquet.ParquetFile(file)
            names = list(opened.schema_arrow.names)
            place = chosen(name, column, names, len(names))
            once = names.count(names[place]) == 1 and "." not in names[place]
            table = opened.read(columns=[names[place]] if once else None)
        result: Any = table.column(0 if once else place)
        kind = result.type.value_type if types.is_dictionary(result.type) else result.type
        text = f"column {plain(names[place], 30)}"
        counted = types.is_integer(kind) or types.is_floating(kind)
        if not (
            counted
            or types.is_decimal(kind)
            or types.is_string(kind)
            or types.is_large_string(kind)
            or types.is_null(kind)
        ):
            raise IntegerError(
                f"{name}, {text}, holds {plain(str(kind), 60)} and not integers: choose another"
                " column, or save this one as integers."
            )
        values = (
            result.to_numpy()
            if counted and not types.is_dictionary(result.type)
            else result.to_pylist()
        )
    except IntegerError:
        raise
    except OSError as error:
        raise IntegerError(
            f"{name} cannot be read ({error.strerror or 'not a Parquet file'}): name a Parquet"
            " file."
        ) from None
    except (pyarrow.ArrowException, ValueError, MemoryError):  # bad UTF-8 among them
        raise IntegerError(
            f"{name} cannot be read (not a Parquet file, or a damaged one): name a Parquet file."
        ) from None
    return integers(values, vocab_size, lambda row: f"row {row} of {name}, {text},", gaps)
