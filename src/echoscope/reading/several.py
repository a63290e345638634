"""Several sequences in one column: parted by a value that stands between them, or by a second
column whose value says to which of them a row belongs.
"""

from dataclasses import replace

import numpy as np

from echoscope.errors import IntegerError, SettingError, shown
from echoscope.integers import GAP, Integers, missing
from echoscope.reading.column import Column
from echoscope.reading.columns import Columns
from echoscope.recoding import valued


def separated(column: Column | Columns, separator: object) -> Column:
    """The column without the value that stands between its sequences, and with their starts. Where
    that value says that one is missing (as "" does), what is missing stands between them.

    >>> from echoscope.reading import read
    >>> column = separated(read([2, 4, 8, -1, 3, 6, -1]), -1)
    >>> len(column), column.starts.tolist()
    (5, [0, 3])
    """
    if isinstance(column, Columns):
        raise SettingError(
            f"separator {shown(separator)} stands between the values of one column, and"
            f" {len(column.columns)} are named: name one, or part their rows by a group."
        )
    if missing(separator) and str(separator).strip():
        raise SettingError(
            f"separator {shown(separator)} says that a value is missing, and what is missing is a"
            ' gap: use "" to part sequences wherever a value is missing, or another separator.'
        )
    code = _code(column, separator)
    between = column.codes == code
    if not occurs(column, separator):
        raise SettingError(f"separator {shown(separator)} is no value of {column.name}: change it.")
    kept = np.flatnonzero(~between)
    if not len(kept):
        raise IntegerError(
            f"{column.name} has nothing but the separator {shown(separator)}: choose another."
        )
    codes = column.codes[kept]
    if code != GAP:  # the value itself is none of the column's any more
        codes = codes - (codes > code)
        column = replace(column, values=[*column.values[:code], *column.values[code + 1 :]])
    before = np.cumsum(between)[kept]
    starts = np.flatnonzero(np.append(True, before[1:] != before[:-1]))
    return _picked(column, codes, kept, starts)


def occurs(column: Column, separator: object) -> bool:
    """Whether a separator stands in the column."""
    return bool((column.codes == _code(column, separator)).any())


def _code(column: Column, separator: object) -> int:
    value = valued(separator)
    if value is None:
        return GAP
    for known in (value, str(separator).strip()):
        if known in column.values:
            return list(column.values).index(known)
    return len(column.values)


def grouped(column: Column, groups: Column) -> Column:
    """The column with a sequence for each group, in the order in which the groups come first: rows
    of a group that stand apart are gathered, in their order.

    >>> from echoscope.reading import read
    >>> column = grouped(read(["a", "x", "b"]), read([7, 3, 7]))
    >>> [column.value(place) for place in range(3)], column.starts.tolist()
    (['a', 'b', 'x'], [0, 2])
    """
    if len(groups) != len(column):
        raise IntegerError(
            f"{column.name} has {len(column):,} values and {len(groups):,} groups of them: give"
            " each value its group."
        )
    missing = groups.codes == GAP
    if missing.any():
        place = int(np.argmax(missing))
        raise IntegerError(f"{groups.where(place)} is blank: give each row its group.")
    _, first, inverse = np.unique(groups.codes, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))[inverse]
    order = np.argsort(rank, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(rank[order]) > 0))
    apart = bool((np.diff(order) < 0).any())
    result = _picked(column, column.codes[order], order, starts)
    return replace(result, group=groups.column, gathered=apart)


def _picked(column: Column, codes: np.ndarray, places: Integers, starts: Integers) -> Column:
    where = column.where
    return replace(
        column,
        codes=codes,
        where=lambda position: where(int(places[position])),
        starts=starts.astype(np.int64),
    )
