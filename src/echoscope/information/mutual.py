"""The mutual information of symbols in pairs, of many pairings at once."""

import numpy as np
from numpy.typing import NDArray

from echoscope.stats.intervals import Floats

Ranks = NDArray[np.integer]
MOST_CELLS = 2**20  # of a table of counts, or pairs that are sorted, at once


def dense(kinds: int, pairs: int) -> bool:
    """Whether to count in a table of all pairs of symbols, and not by sorting the pairs."""
    return kinds * kinds <= 2 * pairs


def pair_information(before: Ranks, after: Ranks, kinds: int, weight: Floats) -> Floats:
    """The mutual information of each row of pairs as counted, in bits: how much the symbols before
    tell of those after. Of `kinds` symbols from 0 on.

    >>> before, after = np.array([[0, 1, 0, 1], [0, 0, 1, 1]]), np.array([[0, 1, 0, 1]] * 2)
    >>> pair_information(before, after, kinds=2, weight=count_weights(4))
    array([1., 0.])

    `weight` is that of all counts up to that of the pairs.

    Shapes: (rows, pairs) both, with at least one pair -> (rows,).
    """
    rows, pairs = before.shape
    count = max(1, MOST_CELLS // max(pairs, kinds * kinds if dense(kinds, pairs) else kinds))
    parts = [
        _weights(before[first : first + count], after[first : first + count], kinds, weight)
        for first in range(0, rows, count)
    ]
    joint, left, right = np.concatenate(parts, axis=1)
    return np.maximum(0.0, np.log2(pairs) + (joint - left - right) / pairs)


def count_weights(most: int) -> Floats:
    """What each count c from 0 on weighs: c log2(c). Shapes: -> (most + 1,)."""
    counts = np.arange(most + 1.0)
    return counts * np.log2(np.maximum(counts, 1.0))


def _weights(before: Ranks, after: Ranks, kinds: int, weight: Floats) -> Floats:
    """The sums of c log2(c) over the counts of pairs, of symbols before, and of symbols after.

    Shapes: -> (3, rows).
    """
    rows, pairs = before.shape
    if dense(kinds, pairs):
        table = _table(before * before.dtype.type(kinds) + after, kinds * kinds)
        counts = table.reshape(rows, kinds, kinds)
        tables = table, counts.sum(axis=2), counts.sum(axis=1)
        return np.array([weight[each].sum(axis=1) for each in tables], float)
    left, right = _table(before, kinds), _table(after, kinds)
    codes = before.astype(np.int64 if kinds > 2**15 else np.int32) * kinds + after
    codes.sort(axis=1)
    begins = np.ones(codes.shape, bool)
    begins[:, 1:] = codes[:, 1:] != codes[:, :-1]
    places = np.flatnonzero(begins)
    alike = weight[np.diff(places, append=codes.size)]
    joint = np.bincount(places // pairs, alike, minlength=rows)
    sides = (weight[each].sum(axis=1) for each in (left, right))
    return np.array([joint, *sides], np.float64)


def _table(codes: Ranks, size: int) -> Ranks:
    """How often each code occurs in each row. Shapes: (rows, pairs) -> (rows, size)."""
    rows = len(codes)
    if rows > 1:
        codes = codes + (np.arange(rows) * size).astype(codes.dtype)[:, None]
    return np.bincount(codes.ravel(), minlength=rows * size).reshape(rows, size)
