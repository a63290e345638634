"""Where sequences begin that stand one after the other: nothing is read, counted or learned across
such a border.

`starts` [sequences] are the places of their first items among `count` items, the first of them 0.
"""

import numpy as np

from echoscope.errors import many
from echoscope.integers import Integers


def lengths_of(starts: Integers, count: int) -> Integers:
    """How long each sequence is.

    >>> lengths_of(np.array([0, 5]), count=7).tolist()
    [5, 2]
    """
    return np.diff(starts, append=count)


def groups_of(starts: Integers, count: int) -> Integers:
    """The number of the sequence in which each item stands, from 0. Shapes: -> (count,).

    >>> groups_of(np.array([0, 3]), count=5).tolist()
    [0, 0, 0, 1, 1]
    """
    return np.repeat(np.arange(len(starts)), lengths_of(starts, count))


def fitting(starts: Integers, count: int, size: int, stride: int = 1) -> Integers:
    """Every place from which `size` items on lie in one sequence, `stride` apart in each.

    >>> fitting(np.array([0, 5, 7]), count=11, size=3).tolist()
    [0, 1, 2, 7, 8]
    """
    room = np.maximum(0, (lengths_of(starts, count) - size) // stride + 1)
    ends = np.cumsum(room)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - room, room)
    return np.repeat(starts, room) + stride * within


def pairs_of(starts: Integers, count: int, most: int) -> Integers:
    """How many pairs of items lie 1, 2 and up to `most` places apart within a sequence.

    >>> pairs_of(np.array([0, 4]), count=7, most=3).tolist()
    [5, 3, 1]
    """
    lengths = lengths_of(starts, count)
    longer = np.cumsum(np.bincount(lengths)[::-1])[::-1][1:]  # sequences of 1, 2 ... or more
    pairs = np.append(np.cumsum(longer[::-1])[::-1][1:], np.zeros(most, np.int64))
    return pairs[:most]


def nearest_border(starts: Integers, place: float) -> int:
    """The border that is nearest to a place, the earlier of two; 0 where there is none.

    >>> nearest_border(np.array([0, 5, 7]), place=6)
    5
    """
    borders = starts[1:]
    return int(borders[np.argmin(np.abs(borders - place))]) if len(borders) else 0


def border_near(starts: Integers, place: int, count: int) -> int:
    """The border that is nearest to a place, the ends of all among them.

    >>> border_near(np.array([0, 5, 7]), place=10, count=11)
    11
    """
    borders = np.append(starts, count)
    return int(borders[np.argmin(np.abs(borders - place))])


def described(starts: Integers, count: int) -> str:
    """How many sequences there are, and how long they are.

    >>> described(np.array([0, 2, 5]), 9)
    '3 sequences of 2 to 4 values (median 3)'
    """
    lengths = lengths_of(starts, count)
    least, most = int(lengths.min()), int(lengths.max())
    wide = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    middle = "" if least == most else f" (median {np.median(lengths):g})"
    return f"{many(len(starts), 'sequence')} of {wide} values{middle}"
