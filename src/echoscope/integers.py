"""User data, whatever they come as: one rule for every source, and the first that breaks
it is named.

A number is written in ASCII digits, with one sign, a point and an exponent at most, its thousands
perhaps parted by commas, blanks, apostrophes or underscores; it is an integer where its value is
whole, so 30.0 is 30. What is missing (blank, -, NA, NaN, None, a masked value, -1) is a gap, where
there are gaps.
"""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Set
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import IntegerError, shown

Integers = NDArray[np.int64]
MOST_VOCAB_SIZE = 1_000_000
GAP = -1  # where a symbol is missing
INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?:[eE][+-]?[0-9]{1,3})?", re.ASCII
)
THOUSANDS = re.compile(
    r"[+-]?[0-9]{1,3}([,_'\u2019 \u00a0\u202f\u2009])[0-9]{3}(?:\1[0-9]{3})*(\.[0-9]+)?", re.ASCII
)
MISSING_TYPES = ("NAType", "NaTType", "MaskedConstant")  # of pandas, and NumPy's masked
MISSING = frozenset(
    ("", "-", "na", "n/a", "<na>", "#na", "#n/a", "#n/a n/a", "null", "none", "nan", "-nan")
)  # as programs write it, in any case
EXACT = 2**53  # beyond it a float does not tell whole numbers apart


def integers(
    raw: object,
    vocab_size: int,
    where: Callable[[int], str] = "integer {}".format,
    gaps: bool = False,
) -> Integers:
    """`raw` as integers [time] from 0 to vocab_size-1, or an `IntegerError` that names the first
    one that is not.

    >>> integers([3, 1.0, "2"], vocab_size=10).tolist()
    [3, 1, 2]

    `raw` is a list, an array of NumPy or of anything that becomes one (a pandas or polars column,
    say), of one axis. Where `gaps` are allowed, what is missing is one: it becomes -1.
    """
    values = _sequence(raw)
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return _numbers(values, vocab_size, where, gaps)
    return np.array(
        [integer(value, vocab_size, where(k), gaps) for k, value in enumerate(values, 1)], np.int64
    )


def integer(value: object, vocab_size: int, where: str, gaps: bool = False) -> int:
    """`value`, a whole number or its text, as an int from 0 to vocab_size-1, or an `IntegerError`
    about `where`.

    >>> integer("7", vocab_size=10, where="integer 1")
    7
    """
    if missing(value):
        if gaps:
            return GAP
        cell = "" if value is None else str(value).strip()
        text = f"missing ({cell})" if cell else "blank"
        raise IntegerError(
            f"{where} is {text}, and the task has no gaps: give an integer from 0 to"
            f" {vocab_size - 1}, or use a task with missing above 0."
        )
    settled = _whole(value)
    if settled is None:
        plain = value.strip() if isinstance(value, str) else value
        plain = plain.item() if isinstance(plain, np.number | np.bool_) else plain
        raise IntegerError(
            f"{where} is {shown(plain)}: it must be an integer from 0 to {vocab_size - 1}."
        )
    if gaps and settled == GAP:
        return GAP
    if not 0 <= settled < vocab_size:
        _outside(settled, vocab_size, where, gaps)
    return settled


def missing(value: object) -> bool:
    """Whether a value says that there is none: a blank, -, NA, NaN or None, as any program writes
    it.
    """
    if isinstance(value, str):
        return value.strip().lower() in MISSING
    if isinstance(value, float | np.floating | Decimal):
        return bool(value.is_nan() if isinstance(value, Decimal) else np.isnan(value))
    nothing = value is None or type(value).__name__ in MISSING_TYPES
    return nothing or (isinstance(value, np.datetime64 | np.timedelta64) and bool(np.isnat(value)))


def number(value: object) -> int | float | None:
    """A number, or the text of one, as an int where it is whole, else as a float, as is a float too
    large to tell whole numbers apart; None for anything else. True is no number.
    """
    if type(value) is float and -EXACT < value < EXACT:  # most of all, and so asked first
        return int(value) if value.is_integer() else value
    if isinstance(value, str):
        text = value.strip()
        if not NUMBER.fullmatch(text):
            parted = THOUSANDS.fullmatch(text)
            if not parted:
                return None
            text = text.replace(parted[1], "")
        number: Any = int(text) if INTEGER.fullmatch(text) else Decimal(text)
    elif isinstance(value, bool | np.bool_ | np.timedelta64):
        return None
    elif isinstance(value, Real | Decimal):
        number = value
    else:
        try:
            number_of: Any = value  # an array's or a tensor's one number, perhaps
            return operator.index(number_of)
        except TypeError:
            return None
    if isinstance(number, Integral):
        return int(number)
    finite = number.is_finite() if isinstance(number, Decimal) else math.isfinite(number)
    if not finite:
        return None
    known = isinstance(number, Decimal) or abs(number) < EXACT
    return int(number) if known and number == int(number) else float(number)


def _whole(value: object) -> int | None:
    """A whole number as an int; None for anything else."""
    result = number(value)
    return result if isinstance(result, int) else None


def _outside(value: int, vocab_size: int, where: str, gaps: bool) -> NoReturn:
    text = f"{where} is {shown(value)}, outside 0 to {vocab_size - 1}: change it"
    if value == GAP:
        raise IntegerError(
            f"{text}, or where it marks what is missing, use a task with missing above 0."
        )
    if value < 0:
        raise IntegerError(f"{text}{', or write - for a missing item' if gaps else ''}.")
    if value < MOST_VOCAB_SIZE:
        raise IntegerError(f"{text}, or train with more symbols.")
    raise IntegerError(f"{text}; no task has more than {MOST_VOCAB_SIZE} symbols.")


def _sequence(value: Any) -> NDArray[np.generic] | list[object]:
    """`value` as an array of one axis, or as a list of what must be looked at one by one."""
    if isinstance(value, np.ma.MaskedArray):
        mask, value = np.ma.getmaskarray(value), value.data
        if mask.any():
            value = value.astype(object)
            value[mask] = None
    elif isinstance(value, bytes | bytearray | memoryview):
        value = np.frombuffer(value, np.uint8)
    elif hasattr(value, "__array__"):
        value = np.asarray(value)
    elif isinstance(value, str | Mapping | Set) or not isinstance(value, Iterable):
        raise IntegerError(f"Integers must be a list or an array of them, not {shown(value)}.")
    else:
        value = _listed(list(value))
    shape = getattr(value, "shape", (len(value),) if isinstance(value, list) else ())
    if len(shape) != 1:
        raise IntegerError(
            f"Integers must lie in one axis, not in shape {shape}: choose a column, or decode with "
            "one_hot_decode."
        )
    return value


def _listed(values: list[object]) -> NDArray[np.generic] | list[object]:
    """A list as an array, where that changes no value: a list may hold anything, and True is no
    1.
    """
    kinds = set(map(type, values))
    try:
        if kinds in ({int}, {float}):
            return np.array(values)
        if any(isinstance(value, list | tuple) or getattr(value, "ndim", 0) for value in values):
            return np.asarray(values)
    except ValueError:
        raise IntegerError(
            "Integers must lie in one axis, not in lists of several lengths: join them, or choose"
            " one."
        ) from None
    return values


def _numbers(
    values: NDArray[Any], vocab_size: int, where: Callable[[int], str], gaps: bool
) -> Integers:
    """All values at once."""
    least = GAP if gaps else 0
    with np.errstate(invalid="ignore"):
        whole = values == np.trunc(values) if values.dtype.kind == "f" else True
        fits = (values >= least) & (values < vocab_size) & whole
        lost = np.isnan(values) if values.dtype.kind == "f" else np.zeros(0, bool)
    if gaps and lost.any():
        fits, values = fits | lost, np.where(lost, GAP, values)
    if not fits.all():
        place = int(np.argmin(fits))
        integer(values[place], vocab_size, where(place + 1), gaps)
    return values.astype(np.int64)
