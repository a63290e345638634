"""Values that a program has: a list, an array, or a column of pandas, polars or pyarrow."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import numpy as np

from echoscope.errors import IntegerError, shown
from echoscope.integers import GAP, missing
from echoscope.reading.array_file import from_array, not_values
from echoscope.reading.arrow_file import from_arrow
from echoscope.reading.column import Column, Distinct, chosen


def from_values(values: Any, column: str | int | None, categories: bool = False) -> Column:
    """The values of anything that has one axis, or of one named column of what has several."""
    name = "values"
    module = type(values).__module__.partition(".")[0]
    if isinstance(values, Mapping):
        names = [str(key) for key in values]
        place = chosen(name, column, names, len(names))
        inner = list(values.values())[place]
        return replace(from_values(inner, None, categories), column=names[place])
    if module == "polars" and hasattr(values, "collect"):
        values = values.collect()
    if hasattr(values, "columns") and module in ("pandas", "polars", "pyarrow"):
        names = list(map(str, getattr(values, "column_names", None) or values.columns))
        place = chosen(name, column, names, len(names))
        inner = (
            values.iloc[:, place]
            if module == "pandas"
            else values.column(place)
            if module == "pyarrow"
            else values.to_series(place)
        )
        return replace(from_values(inner, None, categories), column=names[place])
    if module == "pyarrow":
        return from_arrow(name, "pyarrow", values, "", categories)
    if module == "polars":
        return from_arrow(name, "polars", values.to_arrow(), "", categories)
    kind = getattr(values, "dtype", None)
    if module == "pandas" and isinstance(kind, np.dtype) and kind.kind in "iuf":
        return from_array(name, "pandas", values.to_numpy(), None, categories)
    if isinstance(values, np.ndarray):
        return from_array(name, "array", values, column, categories)
    if isinstance(values, str | bytes | Set) or not isinstance(values, Iterable):
        raise IntegerError(
            f"Values must be a list, an array or a column of them, not {shown(values)}."
        )
    return _listed(name, module, list(values), column, categories)


def from_sequences(parts: Any, categories: bool = False) -> Column:
    """The values of several sequences, each a list, an array or a column of its own."""
    if getattr(parts, "ndim", 1) != 1 or isinstance(parts, str | bytes | Mapping | Set):
        raise IntegerError(
            f"Sequences must be a list of lists or arrays, not {shown(parts)}: give list(array)"
            " where each row of it is a sequence."
        )
    every = [from_values(part, None, categories) for part in parts]
    numbers = [number for number, column in enumerate(every, 1) if len(column)]
    columns = [every[number - 1] for number in numbers]
    if not columns:
        raise IntegerError("There is no value in these sequences: give some.")
    starts = np.cumsum([0, *map(len, columns)])
    distinct = Distinct("values", categories)
    codes = [np.append(distinct.coded(column.values), GAP)[column.codes] for column in columns]

    def where(position: int) -> str:
        place = int(np.searchsorted(starts, position, "right")) - 1
        return f"value {position - starts[place] + 1} of sequence {numbers[place]}"

    return Column(
        np.concatenate(codes), distinct.values, "values", "list", where, starts=starts[:-1]
    )


def _listed(
    name: str, module: str, values: list[object], column: str | int | None, categories: bool
) -> Column:
    if column:
        raise IntegerError(f"{name} is one list and has no columns: leave column out.")
    for position, part in enumerate(values, 1):
        if isinstance(part, list | tuple | dict) or getattr(part, "ndim", 0):
            raise IntegerError(
                f"value {position} is {shown(part)} and not a number or a name: values must lie in"
                " one axis, so choose a column, or name the columns in a dictionary."
            )
        if isinstance(part, date | time | timedelta) and not missing(part):
            raise not_values(type(part).__name__)
    distinct = Distinct(name, categories)
    kind = module if module in ("pandas",) else "list"
    return Column(
        distinct.coded(values),
        distinct.values,
        name,
        kind,
        lambda position: f"value {position + 1}",
    )
