"""How many steps it takes to solve a task, where some runs never do.

A run that has not solved it when its training ends is *censored*: it might have, later. It tells
that it took more steps than it had, no more and no less. A run that diverged never will, and stays
unsolved for ever.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from echoscope.analysis.accuracy import settled
from echoscope.analysis.estimate import Estimate, Result, estimates
from echoscope.analysis.groups import Cells, Ints, RunCounts, RunsOrRows, cell_of
from echoscope.settings import whole
from echoscope.stats.intervals import Floats
from echoscope.stats.survival import Fall, falls_of, means_of, medians_of, seen_until, unsolved_of

MEDIAN = "Kaplan-Meier; Brookmeyer and Crowley's interval, from the log-log band"
MEAN = "area under Kaplan-Meier up to the horizon; Student's over runs on Greenwood's variance"
Parts = tuple[Any, ...]


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

    `horizon` is in steps: without one, those of the whole training, or as many as were seen. To
    compare groups, give one. Shapes: at least one run; they differ in nothing but seed.

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
            [Estimate(*ends, MEDIAN) for ends in medians_of(unsolved)],
            estimates(*means_of(unsolved, end, known), MEAN),
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
