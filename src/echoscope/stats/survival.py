"""Survival curves: the share of runs that have not solved their task yet, where some are censored.

Source: Kaplan and Meier 1958.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echoscope.stats.intervals import Floats, Z, student

HALF = 0.5 + 1e-12  # a share that is a half but for rounding is a half
Flags = NDArray[np.bool_]


class Fall(NamedTuple):
    """Where the share of unsolved runs falls: after `step` steps, to `share`, with its 95 % band.

    `solved` of the `left` runs that were still seen unsolved solve it there.
    """

    step: float
    solved: int
    left: int
    share: float
    low: float
    high: float


def seen_until(step: Floats, solved: Flags) -> Floats:
    """Until which step the share of unsolved runs is known: to the last censored run, if none
    solves it after that.

    Shapes: (lots, runs) both -> (lots,).
    """
    censored = np.where(solved | np.isinf(step), -1.0, step).max(axis=1)
    last = np.where(solved, step, -1.0).max(axis=1)
    return np.where((last > censored) | (censored < 0), np.inf, censored)


class Unsolved(NamedTuple):
    """The share of unsolved runs after each run of a lot, in the order of steps; many lots of
    equally many runs.

    Shapes: (lots, runs), and (runs,) for `left`: how many were still seen until then. At a `step`
    (infinite for a run that diverged) the share falls if it was `solved`: from `before` to `share`,
    with its band from `low` to `high`. Of equal steps the `last` says what holds after all of them.
    """

    step: Floats
    solved: Flags
    left: Floats
    before: Floats
    share: Floats
    low: Floats
    high: Floats
    last: Flags


def unsolved_of(step: Floats, solved: Flags) -> Unsolved:
    """Kaplan and Meier's estimate of the share of unsolved runs, with a 95 % band. Shapes: (lots,
    runs) both.

    The band is Greenwood's on the log-log scale, which stays within 0..1. When the last runs solve
    it together, Greenwood has no variance: there the band is exact for as many runs as the estimate
    is worth (runs left over share left, which is the same at every fall). Runs of equal steps are
    counted one after the other: the products and sums come to the same.

    >>> steps, solved = np.array([[40.0, 80.0, 90.0]]), np.array([[True, True, False]])
    >>> unsolved_of(steps, solved).share.round(2).tolist()
    [[0.67, 0.33, 0.33]]

    Source: Kaplan and Meier 1958; Greenwood 1926; Kalbfleisch and Prentice 1980; Peto 1977 for the
    number of runs.
    """
    order = np.lexsort((~solved, step))
    step, solved = (
        np.take_along_axis(step, order, axis=1),
        np.take_along_axis(solved, order, axis=1),
    )
    left = np.arange(step.shape[1], 0, -1.0)
    share = np.cumprod(np.where(solved, (left - 1) / left, 1.0), axis=1, dtype=float)
    before = np.hstack([np.ones_like(share[:, :1]), share[:, :-1]])
    # where nothing has fallen yet, or nothing is left
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(np.where(solved, 1 / (left * (left - 1)), 0.0), axis=1)
        stretch = np.exp(Z * np.sqrt(variance) / -np.log(share))
        low, high = share**stretch, share ** (1 / stretch)
    low, high = np.where(share == 0, 0.0, low), np.where(share == 0, 1 - 0.025**before, high)
    last = np.hstack([step[:, 1:] != step[:, :-1], np.ones_like(solved[:, :1])])
    return Unsolved(step, solved, left, before, share, low, high, last)


def falls_of(unsolved: Unsolved) -> list[tuple[Fall, ...]]:
    """The falls of each lot, one for all runs of a step."""
    lot, place = np.nonzero(unsolved.last)
    begins = np.append(True, lot[1:] != lot[:-1])
    above = np.where(begins, 0, np.append(0, place[:-1] + 1))  # runs of smaller steps
    until = np.cumsum(unsolved.solved, axis=1)[lot, place]
    solved = until - np.where(begins, 0, np.append(0, until[:-1]))
    falls = solved > 0
    at = lot[falls], place[falls]
    parts = (
        unsolved.step[at].astype(int),
        solved[falls],
        unsolved.solved.shape[1] - above[falls],
        unsolved.share[at],
        unsolved.low[at],
        unsolved.high[at],
    )
    every = list(map(Fall._make, zip(*(part.tolist() for part in parts), strict=True)))
    ends = np.cumsum(np.bincount(at[0], minlength=len(unsolved.step))).tolist()
    return [tuple(every[start:end]) for start, end in pairwise([0, *ends])]


def medians_of(unsolved: Unsolved) -> list[tuple[int | None, int | None, int | None]]:
    """Of each lot the steps after which at most half of the runs are unsolved, and where the band's
    two ends get to a half; None where that is never.
    """
    ends = (
        _earliest(unsolved, share <= HALF)
        for share in (unsolved.share, unsolved.low, unsolved.high)
    )
    return list(zip(*ends, strict=True))


def _earliest(unsolved: Unsolved, there: Flags) -> list[int | None]:
    """The first step of each lot after which it is so, None without one."""
    after = there & unsolved.last
    step = np.take_along_axis(unsolved.step, after.argmax(axis=1)[:, None], axis=1)[:, 0]
    return [
        int(value) if result else None
        for value, result in zip(step.tolist(), after.max(axis=1).tolist(), strict=True)
    ]


def means_of(unsolved: Unsolved, end: Floats, known: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each lot the mean of the steps spent until `end`: the area under the share of unsolved
    runs, with the ends of its interval; nan where that is known only until an earlier step. Shapes:
    (lots,) all.

    Where runs are censored at the horizon only, this is the plain mean of min(steps, horizon), and
    its interval exactly Student's.
    """
    runs, until = len(unsolved.left), np.minimum(unsolved.step, end[:, None])
    spent = np.diff(until, axis=1, prepend=0.0, append=end[:, None]) * np.hstack(
        [unsolved.before, unsolved.share[:, -1:]]
    )
    # from each step on, and first of all from the start
    area = np.cumsum(spent[:, ::-1], axis=1)[:, ::-1]
    within = unsolved.solved & (unsolved.step < end[:, None])
    weight = np.where(
        unsolved.left > 1, 1 / np.maximum(unsolved.left * (unsolved.left - 1), 1.0), 0.0
    )
    variance = np.where(within, area[:, 1:] ** 2 * weight, 0.0).sum(axis=1)
    mean = np.where((end > 0) & (end <= known), area[:, 0], np.nan)
    half = np.full_like(mean, np.nan)
    if runs > 1:
        half = np.where(
            within.any(axis=1), student(runs - 1) * np.sqrt(variance * runs / (runs - 1)), np.nan
        )
    return mean, np.maximum(0.0, mean - half), np.minimum(end, mean + half)
