"""A NumPy file: one array of one axis, a column of two, or a named column; .npz holds several."""

import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import IntegerError, shown
from echoscope.integers import GAP
from echoscope.reading.column import Column, Distinct, chosen
from echoscope.reading.source import Source

NEAR = 1 << 22  # integers that lie so near each other are told apart without sorting them
OF_COLUMNS = 2  # axes of an array that has columns


def from_array_file(source: Source, column: str | int | None, categories: bool = False) -> Column:
    """One column of a .npy, or one of the arrays of a .npz."""
    array = _loaded(source)
    if isinstance(array, np.lib.npyio.NpzFile):
        with array:
            if not array.zip or not all(name.endswith(".npy") for name in array.zip.namelist()):
                raise IntegerError(
                    f"{source.name} is a ZIP or Excel file: save a column of it as CSV."
                )
            names = list(array.files)
            place = chosen(source.name, column, names, len(names))
            try:
                inner = array[names[place]]
            except Exception:  # an object array, which would run code, or a damaged one
                raise _not_read(source) from None
            if inner.ndim == OF_COLUMNS:
                raise IntegerError(
                    f"{source.name}, array {names[place]}, has {inner.shape[1]} columns: save one"
                    " of them."
                )
        return from_array(source.name, "npz", inner, None, categories, names[place])
    return from_array(source.name, "npy", array, column, categories)


def columns_of_arrays(source: Source) -> int:
    """How many columns a .npy has, or how many arrays a .npz."""
    array = _loaded(source)
    if isinstance(array, np.lib.npyio.NpzFile):
        with array:
            return len(array.files)
    if array.dtype.names:
        return len(array.dtype.names)
    return array.shape[1] if array.ndim == OF_COLUMNS else 1


def from_array(
    name: str,
    kind: str,
    array: NDArray[Any],
    column: str | int | None,
    categories: bool = False,
    title: str = "",
) -> Column:
    """One column of an array: the only one, or one of the second axis, or a field."""
    if array.dtype.names:
        names = list(array.dtype.names)
        place = chosen(name, column, names, len(names))
        array, title = array[names[place]], names[place]
    elif array.ndim == OF_COLUMNS:
        place = chosen(name, column, None, array.shape[1])
        array, title = array[:, place], str(place + 1)
    elif column and not title:
        raise IntegerError(
            f"{name} is one array and has no column {shown(column)}: leave column out."
        )
    if array.ndim != 1:
        raise IntegerError(
            f"{name} must hold values in one axis, not an array of shape {array.shape}: choose one"
            " column of it."
        )
    where = f"value {{}} of {name}" + (f", column {title}," if title else "")
    distinct = Distinct(name, categories)
    return Column(
        codes_of(array, distinct),
        distinct.values,
        name,
        kind,
        lambda position: where.format(position + 1),
        column=title,
    )


def codes_of(array: NDArray[Any], distinct: Distinct) -> NDArray[np.int32]:
    """The codes of an array's values: of numbers, only those that differ are looked at."""
    if isinstance(array, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(array)
        codes = np.full(array.shape, GAP, np.int32)
        codes[~mask] = codes_of(array.data[~mask], distinct)
        return codes
    if array.dtype.kind in "iu" and array.size and int(array.max()) - int(array.min()) < NEAR:
        least = array.min()
        wide = array if array.dtype.kind == "u" else array.astype(np.int64)  # where it may overflow
        places = (wide - least).astype(np.int32)
        occurs = np.zeros(int(places.max()) + 1, bool)
        occurs[places] = True
        table = np.zeros(len(occurs), np.int32)
        table[occurs] = distinct.coded([int(least) + at for at in np.flatnonzero(occurs).tolist()])
        return table[places]
    if array.dtype.kind in "iufUSb":
        values, inverse = np.unique(array, return_inverse=True)
        return distinct.coded(as_written(values))[inverse]
    if array.dtype.kind not in "OT":
        raise not_values(str(array.dtype))
    return distinct.coded(array.tolist())


def as_written(values: NDArray[Any]) -> list[object]:
    """Values as Python has them, floats of less than 64 bits by the digits that they are written
    with: 0.1 is 0.1.
    """
    short = values.dtype in (np.float16, np.float32)
    return [float(str(each)) for each in values] if short else values.tolist()


def not_values(kind: str) -> IntegerError:
    """That values are of a kind that is neither."""
    return IntegerError(
        f"Values must be numbers or names, not of type {kind}: choose another column, or save this"
        " one as numbers."
    )


def _loaded(source: Source) -> Any:
    try:
        with source.open() as file, warnings.catch_warnings(action="error"):
            content = file if source.kind == "npy" else io.BytesIO(file.read())
            return np.load(content, allow_pickle=False)
    except Exception:  # whatever a header leads NumPy to: any shape, and be cut off anywhere
        raise _not_read(source) from None


def _not_read(source: Source) -> IntegerError:
    return IntegerError(
        f"{source.name} must be one NumPy array of numbers or names, whole: save it with"
        " numpy.save."
    )
