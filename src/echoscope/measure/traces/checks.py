"""What arrays must be that are scored as traces: each rule broken is one sentence."""

import numpy as np

from echoscope.errors import IntegerError, SettingError
from echoscope.integers import MOST_VOCAB_SIZE
from echoscope.settings import whole

NEAR = 1e-3  # of 1, the sum of probabilities


def symbols_of(array: np.ndarray) -> np.ndarray:
    """Whole numbers of one or two axes."""
    if array.ndim not in (1, 2) or not array.size:
        raise SettingError(
            f"inputs must have the axes batch and time, not shape {array.shape}: give one integer a"
            " time step."
        )
    if array.dtype.kind not in "iu":
        values = array.astype(float) if array.dtype.kind == "f" else np.array([np.nan])
        if not np.array_equal(values, np.round(values)):
            raise IntegerError(
                f"inputs must be integers from 0, not {array.dtype} that are not whole: give the"
                " number of each symbol; of real values, that of an interval each."
            )
    if array.min() < 0:
        raise IntegerError(
            f"inputs must be integers from 0, not {array.min()}: score only what has no gap."
        )
    return array.astype(np.int64)


def numbers_of(
    name: str, array: np.ndarray, symbols: np.ndarray, alone: bool, finite: bool
) -> np.ndarray:
    """States or outputs [batch, time, numbers] of real numbers beside their symbols."""
    array = array[None] if alone else array
    if array.ndim < 3 or array.shape[:2] != symbols.shape:
        first = f"{name}[:, 1:]" if not alone else f"{name}[1:]"
        more = array.ndim > 1 and array.shape[1] == symbols.shape[1] + 1
        raise SettingError(
            f"{name} must have the axes of inputs {symbols.shape} and one of numbers, not shape"
            f" {array.shape}: "
            + (
                f"leave out the initial state, {first}."
                if more
                else "give what was there after each of the symbols."
            )
        )
    array = array.reshape(*symbols.shape, -1)
    if np.iscomplexobj(array):
        array = np.concatenate([np.real(array), np.imag(array)], axis=-1)
    if array.dtype.kind not in "fiub" or not array.shape[-1]:
        raise SettingError(f"{name} must be numbers, not {array.dtype} of shape {array.shape}.")
    array = array.astype(float)
    bad = np.isnan(array) | (array == np.inf) | (np.isneginf(array) & finite)
    if bad.any():
        row, step, _ = np.argwhere(bad)[0]
        raise SettingError(
            f"{name} must be finite, and at row {row}, time step {step} there is"
            f" {array[bad][0]}: leave out what went wrong."
        )
    return array


def check_logits(outputs: np.ndarray) -> None:
    """Refuse probabilities: of logits, nobody's add up to 1 at every time step."""
    if outputs.min() >= 0 and np.abs(outputs.sum(-1) - 1).max() < NEAR:
        raise SettingError(
            "outputs are probabilities, and must be logits or log-probabilities: give np.log of"
            " them."
        )


def check_widths(width: int, vocab_size: int | None, symbols: np.ndarray) -> None:
    """Refuse outputs that do not have one number for each symbol that there is, or was said."""
    most = int(symbols.max())
    if most >= width:
        raise SettingError(
            f"outputs must have one number for each symbol in the last axis, and have {width},"
            f" while inputs go up to {most}: give outputs of {most + 1} numbers or more."
        )
    if vocab_size not in (None, width):
        raise SettingError(
            f"outputs must have one number for each of the {vocab_size} symbols in the last axis,"
            f" not {width}: give vocab_size={width}, or other outputs."
        )


def vocabulary(symbols: np.ndarray, vocab_size: int | None) -> int:
    """How many symbols there are: as many as were said, or up to the largest."""
    most = int(symbols.max())
    if vocab_size is None and not 1 <= most < MOST_VOCAB_SIZE:
        raise IntegerError(
            f"inputs must have two different integers or more, from 0 to {MOST_VOCAB_SIZE - 1}, and"
            f" the largest is {most}: number the symbols from 0."
        )
    size = whole("vocab_size", most + 1 if vocab_size is None else vocab_size, 2, MOST_VOCAB_SIZE)
    if most >= size:
        raise IntegerError(
            f"inputs must be integers from 0 to {size - 1}, and one is {most}: give vocab_size="
            f"{most + 1}, or other inputs."
        )
    return size
