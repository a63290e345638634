"""A NumPy file: one array of one axis, or one column of two."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import IntegerError, shown
from echoscope.integers import Integers, integers
from echoscope.reading.column import chosen

OF_COLUMNS = 2  # axes of an array that has columns


def from_array(name: str, column: str | None, vocab_size: int, gaps: bool) -> Integers:
    """The integers of a .npy file."""
    array = _loaded(name)
    if array.ndim == OF_COLUMNS:
        array = array[:, chosen(name, column, None, array.shape[1])]
    elif array.ndim != 1:
        raise IntegerError(
            f"{name} must hold integers in one axis, not an array of shape {array.shape}: save one "
            "column of it."
        )
    elif column:
        raise IntegerError(
            f"{name} is one array and has no column {shown(column)}: leave column out."
        )
    return integers(array, vocab_size, lambda place: f"integer {place} of {name}", gaps)


def _loaded(name: str) -> NDArray[np.generic]:
    try:
        if not Path(name).stat().st_size:
            raise IntegerError(f"{name} is empty: save an array of integers in it with numpy.save.")
        with warnings.catch_warnings(action="error"):
            array = np.load(name, allow_pickle=False)
    except IntegerError:
        raise
    except OSError as error:
        raise IntegerError(
            f"{name} cannot be read ({error.strerror or 'not a NumPy file'}): name a .npy file."
        ) from None
    except (
        Exception
    ):  # whatever a header leads NumPy to: it may say any shape, and be cut off anywhere
        raise IntegerError(
            f"{name} must be one NumPy array of integers, whole: save it with numpy.save."
        ) from None
    if not isinstance(array, np.ndarray):
        array.close()
        raise IntegerError(f"{name} is an archive of arrays: save one of them with numpy.save.")
    return array
