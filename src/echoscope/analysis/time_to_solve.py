"""How many steps it takes to solve a task, where some runs never do.

A run that has not solved it when its training ends is *censored*: it might have, later. It tells
that it took more steps than it had, no more and no less. A run that diverged never will, and stays
unsolved for ever.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from echoscope.analysis.accuracy import settled
from echoscope.analysis.estimate import Estimate, Result, estimates
from echoscope.analysis.groups import Cells, Flags, Ints, RunCounts, RunsOrRows, cell_of
from echoscope.settings import whole
from echoscope.stats.intervals import Floats, Z, student

MEDIAN = "Kaplan-Meier; Brookmeyer and Crowley's interval, from the log-log band"
MEAN = "area under Kaplan-Meier up to the horizon; Student's over runs on Greenwood's variance"
HALF = 0.5 + 1e-12  # a share that is a half but for rounding is a half
Parts = tuple[Any, ...]


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


@dataclass(frozen=True)
class StepsToSolve(Result):
    """How many steps the seeds of one group take to a target accuracy.

    `median` is the number of steps after which half of the runs have it: its value is None where
    they never do, and each end of its interval where the band never gets there (of fewer than six
    runs, always the upper end: so few cannot bound a median with 95 %). `mean` is the mean of the
    steps that are spent within `horizon`, unsolved runs counted with all of it; None where the
    horizon lies beyond what was seen. Its interval is None for one run, and where none solves it
    within the horizon.

    Of `runs`, `solved` reached the accuracy, and `censored` were seen to their end without it; the
    others diverged. All steps are those of the curve's points, so each is too large by up to
    `resolution` steps (None where none solves it). In JSON, `falls` has rows [step, solved, left,
    share, low, high].
    """

    runs: RunCounts
    target_accuracy: float
    solved: int
    censored: int
    median: Estimate
    mean: Estimate
    horizon: int
    resolution: int | None
    falls: tuple[Fall, ...]


def steps_to_solve(
    runs: RunsOrRows, target_accuracy: object = 0.99, horizon: object = None
) -> StepsToSolve:
    """Steps to the first point of the curve with the target accuracy, over the seeds of one group.

    `horizon` is in steps: without one, those of the whole fit, or as many as were seen. To compare
    groups, give one. Shapes: at least one run; they differ in nothing but seed.

    >>> steps_to_solve(runs, target_accuracy=0.99).median.value
    280

    Raises `SettingError` unless `target_accuracy` is above chance and at most 1 and `horizon` at
    least 1, `StoreError` for runs of other settings. Source: Kaplan and Meier 1958; Brookmeyer and
    Crowley 1982; Irwin 1949 for the restricted mean.
    """
    cell = cell_of(runs)
    share = settled(target_accuracy, cell.runs[0].chance)
    (result,) = steps_of(cell, share, None if horizon is None else whole("horizon", horizon, 1))
    return result


def steps_of(
    cells: Cells, target_accuracy: float, horizon: int | None = None
) -> list[StepsToSolve]:
    """As `steps_to_solve`, of many cells and an accuracy above their chance."""
    seen, fits = np.full((len(cells.rows), 2), np.nan), cells.rows.numbers("planned_steps")
    seen[cells.places] = _seen(cells, target_accuracy)

    def aggregate(places: Ints) -> Iterable[Parts]:
        step, before = seen[places, 0], seen[places, 1]
        solved = before >= 0
        known, unsolved = seen_until(step, solved), unsolved_of(step, solved)
        end = (
            np.minimum(known, fits[places[:, 0]])
            if horizon is None
            else np.full_like(known, horizon)
        )
        resolution = np.where(solved, step - before, 0).max(axis=1)
        ends = end.astype(int).tolist() if horizon is None else [horizon] * len(end)
        numbers = solved.sum(axis=1).tolist(), ends, resolution.astype(int).tolist()
        return zip(
            *numbers,
            medians_of(unsolved),
            means_of(unsolved, end, known),
            falls_of(unsolved),
            strict=True,
        )

    return [
        StepsToSolve(
            runs,
            target_accuracy,
            solved,
            runs.number - solved - runs.diverged,
            median,
            mean,
            end,
            resolution if solved else None,
            falls,
        )
        for runs, (solved, end, resolution, median, mean, falls) in zip(
            cells.runs, cells.together(aggregate), strict=True
        )
    ]


def _seen(cells: Cells, target_accuracy: float) -> Floats:
    """Until which step each run was seen without the target accuracy; and if it then had it, the
    curve's point before, else -1: the accuracy was reached between the two. Shapes: (rows of cells,
    2).

    A run without a curve tells that its steps were too few, and one that diverged that it never
    will have it.
    """
    columns, places = cells.rows.columns, cells.places.tolist()
    bests, steps, outcomes = (
        [columns[name][place] for place in places] for name in ("best_so_far", "steps", "outcome")
    )
    points = [
        None if outcome == "diverged" else best.first(target_accuracy)
        for best, outcome in zip(bests, outcomes, strict=True)
    ]
    result = zip(points, steps, outcomes, strict=True)
    return np.array(
        [
            point[:2] if point else (np.inf, -1) if outcome == "diverged" else (last, -1)
            for point, last, outcome in result
        ],
        float,
    ).reshape(-1, 2)


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
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # where nothing has fallen yet, or nothing is left
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


def medians_of(unsolved: Unsolved) -> list[Estimate]:
    """Of each lot the steps after which at most half of the runs are unsolved, and where the band's
    two ends get to a half.
    """
    ends = (
        _earliest(unsolved, share <= HALF)
        for share in (unsolved.share, unsolved.low, unsolved.high)
    )
    return [Estimate(value, low, high, MEDIAN) for value, low, high in zip(*ends, strict=True)]


def _earliest(unsolved: Unsolved, there: Flags) -> list[int | None]:
    """The first step of each lot after which it is so, None without one."""
    after = there & unsolved.last
    step = np.take_along_axis(unsolved.step, after.argmax(axis=1)[:, None], axis=1)[:, 0]
    return [
        int(value) if result else None
        for value, result in zip(step.tolist(), after.max(axis=1).tolist(), strict=True)
    ]


def means_of(unsolved: Unsolved, end: Floats, known: Floats) -> list[Estimate]:
    """Of each lot the mean of the steps spent until `end`: the area under the share of unsolved
    runs; None where that is known only until an earlier step. Shapes: (lots,) both.

    Where runs are censored at the horizon only, this is the plain mean of min(steps, horizon), and
    its interval exactly Student's.
    """
    runs, until = len(unsolved.left), np.minimum(unsolved.step, end[:, None])
    spent = np.diff(until, axis=1, prepend=0.0, append=end[:, None]) * np.hstack(
        [unsolved.before, unsolved.share[:, -1:]]
    )
    area = np.cumsum(spent[:, ::-1], axis=1)[
        :, ::-1
    ]  # from each step on, and first of all from the start
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
    return estimates(mean, np.maximum(0.0, mean - half), np.minimum(end, mean + half), MEAN)
