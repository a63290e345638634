"""Columns: several integers that are read together at each time step, and those of them that must
be predicted.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from echoscope.errors import IntegerError, SettingError, shown
from echoscope.integers import MOST_VOCAB_SIZE, Integers, integers
from echoscope.settings import whole
from echoscope.tasks.base import Task

USUAL = 100  # the vocab_size that nobody said
MOST_COLUMNS = 100


def sizes_of(value: object) -> tuple[int, ...] | None:
    """How many symbols each of several columns has, or a `SettingError`; None for one integer a
    time step.
    """
    if value is None:
        return None
    sizes = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    if not 2 <= len(sizes) <= MOST_COLUMNS:
        raise SettingError(
            f"columns must say the symbols of 2 to {MOST_COLUMNS} columns, as 10,4 (in a study"
            f" 10+4), not {shown(value)}: leave it out for one integer a time step."
        )
    return tuple(whole("columns", size, 2, MOST_VOCAB_SIZE) for size in sizes)


def chosen_of(value: object, columns: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """Which columns must be predicted, by their numbers from 1, or a `SettingError`; None where all
    must.
    """
    if value is None:
        return None
    if columns is None:
        raise SettingError(
            "target_columns chooses among several columns, and there is one: leave it out, or say"
            " columns too."
        )
    numbers = (
        tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    )
    chosen = tuple(whole("target_columns", number, 1, len(columns)) for number in numbers)
    if not chosen or len(set(chosen)) < len(chosen):
        raise SettingError(
            f"target_columns must name each column once, as 1,2, not {shown(value)}."
        )
    return None if chosen == tuple(range(1, len(columns) + 1)) else chosen


def most_symbols(columns: tuple[int, ...] | None, vocab_size: object) -> int:
    """The vocab_size of these columns: the most that one of them has; without columns what is
    said.
    """
    if columns is None:
        return whole("vocab_size", vocab_size, 2, MOST_VOCAB_SIZE)
    if vocab_size not in (USUAL, max(columns)):
        raise SettingError(
            f"vocab_size {vocab_size} is not what columns say, whose largest has {max(columns)}"
            " symbols: leave vocab_size out."
        )
    return max(columns)


def check_encoding(task: Task, encoding: str) -> None:
    """Refuse an encoding that says no probabilities of symbols, where columns have some each."""
    if task.column_sizes and encoding not in ("one-hot", "embedding"):
        raise SettingError(
            f"encoding {encoding} reads and predicts one integer a time step, and the task has"
            " several columns: use encoding one-hot or embedding."
        )


def predicted_columns(
    columns: tuple[int, ...] | None, chosen: tuple[int, ...] | None
) -> tuple[int, ...]:
    """The places from 0 of the columns that must be predicted."""
    if columns is None:
        return (0,)
    return tuple(number - 1 for number in chosen) if chosen else tuple(range(len(columns)))


def integers_of(task: Task, raw: object, gaps: bool | None = None) -> Integers:
    """`raw` as integers that a task reads: [time] from 0 to vocab_size-1, or of several columns
    [time, columns], each from 0 to one less than it has symbols.

    >>> integers_of(Echo(columns=(10, 4)), [[7, 3], [9, 0]]).tolist()
    [[7, 3], [9, 0]]

    Raises `IntegerError` for the first that is none, and for rows of another width.
    """
    sizes = task.column_sizes
    gaps = task.gappy if gaps is None else gaps
    if not sizes:
        return integers(raw, task.vocab_size, gaps=gaps)
    table = _table(raw, len(sizes))
    parts = [
        integers(table[:, place], size, f"row {{}}, column {place + 1},".format, gaps)
        for place, size in enumerate(sizes)
    ]
    return np.stack(parts, axis=1)


def _table(raw: Any, count: int) -> np.ndarray:
    """Rows of so many values as an array [time, columns] of whatever they are."""
    if isinstance(raw, np.ma.MaskedArray):
        raw = np.where(np.ma.getmaskarray(raw), np.array(None), raw.data.astype(object))
    try:
        table: Any = np.asarray(raw if hasattr(raw, "__array__") else list(raw), object)
    except (TypeError, ValueError):
        table = np.asarray(0)
    if table.ndim == 1 and not table.size:
        table = table.reshape(0, count)
    if table.ndim != 2 or table.shape[1] != count:
        got = f"shape {table.shape}" if table.ndim else shown(raw)
        raise IntegerError(
            f"The task reads rows of {count} integers together, so it needs integers [time,"
            f" {count}], not {got}: give a list of rows, or an array of {count} columns."
        )
    return table
