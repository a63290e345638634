"""A Parquet, Arrow or Feather file: one column of it, by its name or number."""

from typing import Any

import numpy as np

from echoscope.errors import IntegerError, plain
from echoscope.reading.array_file import as_written
from echoscope.reading.column import Column, Distinct, chosen
from echoscope.reading.source import Source


def from_arrow_file(source: Source, column: str | int | None, categories: bool = False) -> Column:
    """One column of a file of Arrow's, null where a value is missing."""
    import pyarrow
    from pyarrow import feather, parquet

    try:
        with source.open() as file:
            if source.kind == "parquet":
                opened: Any = parquet.ParquetFile(file)
                names = list(opened.schema_arrow.names)
                place = chosen(source.name, column, names, len(names))
                once = names.count(names[place]) == 1 and "." not in names[place]
                table = opened.read(columns=[names[place]] if once else None)
                cells: Any = table.column(0 if once else place)
            else:
                table = feather.read_table(file, memory_map=False)
                names = list(table.column_names)
                place = chosen(source.name, column, names, len(names))
                cells = table.column(place)
        return from_arrow(source.name, source.kind, cells, names[place], categories)
    except IntegerError:
        raise
    except (OSError, pyarrow.ArrowException, ValueError, MemoryError):  # bad UTF-8 among them
        raise _damaged(source) from None


def columns_of_arrow(source: Source) -> int:
    """How many columns a file of Arrow's has."""
    import pyarrow
    from pyarrow import feather, parquet

    try:
        with source.open() as file:
            if source.kind == "parquet":
                return len(parquet.ParquetFile(file).schema_arrow.names)
            return len(feather.read_table(file, memory_map=False).column_names)
    except (OSError, pyarrow.ArrowException, ValueError, MemoryError):
        raise _damaged(source) from None


def _damaged(source: Source) -> IntegerError:
    return IntegerError(
        f"{source.name} cannot be read (a damaged {source.kind.capitalize()} file): write it again."
    )


def from_arrow(name: str, kind: str, cells: Any, title: str, categories: bool = False) -> Column:
    """A column of Arrow's [time]; one of anything but numbers or names is refused by its type."""
    from pyarrow import types

    shown = plain(title, 30)
    where = f", column {shown}," if shown else ""
    inner = cells.type.value_type if types.is_dictionary(cells.type) else cells.type
    if not any(
        check(inner)
        for check in (
            types.is_integer,
            types.is_floating,
            types.is_decimal,
            types.is_string,
            types.is_large_string,
            types.is_string_view,
            types.is_boolean,
            types.is_null,
        )
    ):
        raise IntegerError(
            f"{name}{where} holds {plain(str(inner), 60)} and neither numbers nor names: choose"
            " another column, or save this one as numbers."
        )
    distinct = Distinct(f"{name}{where}", categories)
    parts = []
    for chunk in getattr(cells, "chunks", [cells]):
        coded: Any = chunk if types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        if not len(coded):
            continue
        values = coded.dictionary.to_pylist()
        if types.is_float32(inner):
            values = as_written(np.array(values, np.float32))
        codes = np.append(distinct.coded(values), np.int32(-1))
        places = coded.indices.fill_null(len(codes) - 1).cast("int64")  # to_numpy imports pandas
        parts.append(
            codes[np.frombuffer(places.buffers()[1], np.int64, len(places), 8 * places.offset)]
        )
    return Column(
        np.concatenate(parts).astype(np.int32) if parts else np.zeros(0, np.int32),
        distinct.values,
        name,
        kind,
        lambda position: f"row {position + 1} of {name}{where}",
        column=shown,
    )
