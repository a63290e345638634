"""How many steps it takes to solve a task, where some runs never do.

A run that has not solved it when its training ends is *censored*: it might have, later. It tells that it took more
steps than it had, no more and no less. A run that diverged never will, and stays unsolved for ever.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from echoscope.row import Row
from echoscope.score import Z, student
from echoscope.summary.standing import Cell, Estimate, Judged, Records, Runs, settled
from echoscope.words import whole

MEDIAN = "Kaplan-Meier; Brookmeyer and Crowley's interval, from the log-log band"
MEAN = "area under Kaplan-Meier up to the horizon; Student's over runs on Greenwood's variance"
HALF = 0.5 + 1e-12  # a share that is a half but for rounding is a half


class Seen(NamedTuple):
    """Until when one run was seen without the wanted score, in steps, and whether it then had it.

    `step` is infinite for a run that diverged. `before` is the step of the curve's point before: the score was reached
    between the two.
    """

    step: float
    solved: bool
    before: int = 0


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
class StepsToSolve(Judged):
    """How many steps the seeds of one group take to a wanted score.

    `median` is the number of steps after which half of the runs have it: its value is None where they never do, and
    each end of its interval where the band never gets there (of fewer than six runs, always the upper end: so few
    cannot bound a median with 95 %). `mean` is the mean of the steps that are spent within `horizon`, unsolved runs
    counted with all of it; None where the horizon lies beyond what was seen. Its interval is None for one run, and
    where none solves it within the horizon.

    Of `runs`, `solved` reached the score, and `censored` were seen to their end without it; the others diverged. All
    steps are those of the curve's points, so each is too large by up to `resolution` steps (None where none solves it).
    In JSON, `falls` has rows [step, solved, left, share, low, high].
    """

    runs: Runs
    wanted: float
    solved: int
    censored: int
    median: Estimate
    mean: Estimate
    horizon: int
    resolution: int | None
    falls: tuple[Fall, ...]


def steps_to_solve(records: Records, wanted: object = 0.99, horizon: object = None) -> StepsToSolve:
    """Steps to the first point of the curve with the wanted score, over the seeds of one group.

    `horizon` is in steps: without one, those of the whole fit, or as many as were seen. To compare groups, give one.
    Shapes: at least one record; they differ in nothing but seed.

    >>> steps_to_solve(records, wanted=0.99).median.value
    280

    Raises `WordError` unless `wanted` is above chance and at most 1 and `horizon` at least 1, `RecordError` for records
    of other words. Source: Kaplan and Meier 1958; Brookmeyer and Crowley 1982; Irwin 1949 for the restricted mean.
    """
    cell = Cell.of(records)
    share = settled(wanted, cell.runs.chance)
    return steps_of(cell, share, None if horizon is None else whole("horizon", horizon, 1))


def steps_of(cell: Cell, wanted: float, horizon: int | None = None) -> StepsToSolve:
    """As `steps_to_solve`, of a cell and a score above its chance."""
    seen = [see(row, wanted) for row in cell.seeds]
    known = seen_until(seen)
    end = min(known, cell.seeds[0].fit_steps) if horizon is None else horizon
    falls = falls_of(seen)
    late = [run.step - run.before for run in seen if run.solved]
    return StepsToSolve(
        runs=cell.runs,
        wanted=wanted,
        solved=len(late),
        censored=len(seen) - len(late) - cell.runs.diverged,
        median=median_of(falls),
        mean=mean_of(falls, len(seen), end) if 0 < end <= known else Estimate(None, None, None, MEAN),
        horizon=int(end),
        resolution=int(max(late)) if late else None,
        falls=falls,
    )


def see(row: Row, wanted: float) -> Seen:
    """What one run's curve tells of the wanted score; a run without a curve tells that its steps were too few."""
    if row.outcome == "diverged":
        return Seen(math.inf, False)
    point = row.first(wanted)
    return Seen(row.steps, False) if point is None else Seen(point[0], True, point[1])


def seen_until(seen: Sequence[Seen]) -> float:
    """Until which step the share of unsolved runs is known: to the last censored run, if none solves it after that."""
    censored = last = -1.0
    for step, solved, _ in seen:
        if solved:
            last = max(last, step)
        elif step < math.inf:
            censored = max(censored, step)
    return math.inf if last > censored or censored < 0 else censored


def falls_of(seen: Iterable[Seen]) -> tuple[Fall, ...]:
    """Kaplan and Meier's estimate of the share of unsolved runs, with a 95 % band, one entry a fall.

    The band is Greenwood's on the log-log scale, which stays within 0..1. When the last runs solve it together,
    Greenwood has no variance: there the band is exact for as many runs as the estimate is worth (runs left over
    share left).

    >>> [fall.share for fall in falls_of([Seen(40, True), Seen(80, True), Seen(90, False)])]
    [0.6666666666666667, 0.33333333333333337]

    Source: Kaplan and Meier 1958; Greenwood 1926; Kalbfleisch and Prentice 1980; Peto 1977 for the number of runs.
    """
    steps: list[float] = []
    together: list[tuple[int, int]] = []
    for step, solved, _ in sorted(seen):
        if steps and steps[-1] == step:
            together[-1] = (together[-1][0] + solved, together[-1][1] + 1)
        else:
            steps.append(step)
            together.append((1 if solved else 0, 1))
    return tuple([Fall(step, *fall) for step, fall in zip(steps, bands_of(tuple(together)), strict=True) if fall])


@lru_cache(maxsize=4096)
def bands_of(together: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int, float, float, float] | None, ...]:
    """What `falls_of` knows of each step without the step itself: of runs seen to the same step, how many solve it
    there, and how many they are. None where nothing falls. A grid has few such patterns, and many groups.
    """
    left, share, variance = sum(runs for _, runs in together), 1.0, 0.0
    falls: list[tuple[int, int, float, float, float] | None] = []
    for solved, runs in together:
        if solved == left:
            falls.append((solved, left, 0.0, 0.0, 1 - 0.025 ** (share / left)))
        elif solved:
            share *= 1 - solved / left
            variance += solved / (left * (left - solved))
            stretch = math.exp(Z * math.sqrt(variance) / -math.log(share))
            falls.append((solved, left, share, share**stretch, share ** (1 / stretch)))
        else:
            falls.append(None)
        left -= runs
    return tuple(falls)


def median_of(falls: Sequence[Fall]) -> Estimate:
    """The steps after which at most half of the runs are unsolved, and where the band's two ends get to a half."""
    value = low = high = None
    for step, _, _, share, least, most in reversed(falls):  # so that the first of each stays
        value = step if share <= HALF else value
        low = step if least <= HALF else low
        high = step if most <= HALF else high
    return Estimate(value, low, high, MEDIAN)


def mean_of(falls: Sequence[Fall], runs: int, horizon: float) -> Estimate:
    """The mean of the steps spent within the horizon: the area under the share of unsolved runs.

    Where runs are censored at the horizon only, this is the plain mean of min(steps, horizon), and its interval exactly
    Student's.
    """
    within = [fall for fall in falls if fall.step < horizon]
    area, variance, end = 0.0, 0.0, horizon
    for step, solved, left, share, _, _ in reversed(within):
        area += share * (end - step)
        end = step
        if solved < left:
            variance += area * area * solved / (left * (left - solved))
    mean = area + end
    if runs == 1 or not within:
        return Estimate(mean, None, None, MEAN)
    half = student(runs - 1) * math.sqrt(variance * runs / (runs - 1))
    return Estimate(mean, max(0.0, mean - half), min(float(horizon), mean + half), MEAN)
