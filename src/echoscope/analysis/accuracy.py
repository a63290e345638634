"""How well one group does over its seeds: its mean accuracy, and the share of its runs that reach
the target.

Two rules hold in all that is evaluated here, in `time_to_solve`, `spans`, `comparison` and
`learning_rates`. A run that diverged counts as chance where accuracies are averaged and as not
solved where runs are counted, so that it is never left out. And what is evaluated over seeds
differs in nothing but seed, as a cell of `Cells` does.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from echoscope.analysis.estimate import Estimate, Result, estimates
from echoscope.analysis.groups import Cells, Flags, Ints, RunCounts, RunsOrRows, cell_of
from echoscope.errors import SettingError
from echoscope.runs.table import DATA, Row, Rows
from echoscope.settings import positive
from echoscope.stats.differences import crossed_mean
from echoscope.stats.intervals import Floats, means_and_ends, wilson

STUDENT = (
    "mean and Student's interval over seeds, cut to 0..1, never narrower than Wilson's on all"
    " targets"
)
ONE_RUN = "Wilson's on the targets of one run; it says nothing of other seeds"
WILSON = "Wilson's on runs"
CROSSED = (
    "mean over folds and seeds; Student's, of the variance over folds and that over seeds together"
    " (Owen 2007), cut to 0..1, never narrower than Wilson's on all held-out targets; that folds"
    " share what they train on is in no interval (Bengio and Grandvalet 2004)"
)


@dataclass(frozen=True)
class Aggregate(Result):
    """How well the seeds of one group do: their mean accuracy, and the share of them that reach the
    target.

    `accuracy` is None where every run diverged: nothing was measured. `solved` is a share of runs,
    0 to 1.
    """

    runs: RunCounts
    target_accuracy: float
    accuracy: Estimate | None
    solved: Estimate


def accuracies_of(rows: Rows) -> Floats:
    """Accuracies where they are averaged: a run that diverged remembers nothing, which counts as
    chance. Shapes: (rows,).
    """
    accuracy = rows.numbers("accuracy")
    return np.where(np.isnan(accuracy), rows.numbers("chance"), accuracy)


def reached(rows: Rows, target_accuracy: float) -> Flags:
    """Which runs ended with the target accuracy on fresh targets; one that diverged has not.
    Shapes: (rows,).
    """
    return rows.numbers("accuracy") >= target_accuracy


def settled(target_accuracy: object, chance: float) -> float:
    """The target accuracy, if it is a share that a rule without a memory does not reach; else a
    `SettingError`.

    Where such a rule is always right, as of some user data, no accuracy is above it, and none is
    refused.
    """
    share = positive("target_accuracy", target_accuracy, 1)
    if share <= chance < 1:
        raise SettingError(
            f"target_accuracy must be above chance, which is {chance:g}, not {share:g}: a guess"
            " without memory reaches that; ask for more."
        )
    return share


def aggregate(runs: RunsOrRows, target_accuracy: object = 0.99) -> Aggregate:
    """How well the seeds of one group do. Shapes: at least one run; they differ in nothing but
    seed.

    The accuracy is the mean over seeds with Student's 95 % interval: the seeds are the sample, and
    no resampling of three or five of them covers as well. It is cut to 0..1, and never narrower
    than Wilson's on all targets, because seeds that all agree have no spread. What no seed has
    shown, as a failure of one in ten, it cannot know: for that, look at the share of runs that
    reach `target_accuracy`, with Wilson's interval on runs (of five that all do, from 57 %).

    >>> aggregate([run]).solved.method
    "Wilson's on runs"

    Raises `SettingError` unless `target_accuracy` is above chance and at most 1, `StoreError` for
    runs of other settings. Source: Student 1908; Wilson 1927; Agarwal et al. 2021 for reporting
    intervals over few runs.
    """
    cell = cell_of(runs)
    (result,) = aggregates_of(cell, settled(target_accuracy, cell.runs[0].chance))
    return result


def aggregates_of(cells: Cells, target_accuracy: float) -> list[Aggregate]:
    """As `aggregate`, of many cells and an accuracy above their chance."""
    lots = zip(cells.runs, means_over(cells), shares_solved(cells, target_accuracy), strict=True)
    return [Aggregate(runs, target_accuracy, accuracy, solved) for runs, accuracy, solved in lots]


def shares_solved(cells: Cells, target_accuracy: float) -> list[Estimate]:
    """The share of each cell's runs that reach the target accuracy, with Wilson's interval."""
    return list(
        map(
            _solved,
            cells.count(reached(cells.rows, target_accuracy)).tolist(),
            cells.number.tolist(),
        )
    )


@lru_cache(maxsize=4096)
def _solved(solved: int, runs: int) -> Estimate:
    low, high = wilson(solved / runs, runs)
    return Estimate(solved / runs, low.item(), high.item(), WILSON)


def means_over(cells: Cells, method: str = STUDENT) -> list[Estimate | None]:
    """The mean accuracy of each cell, with its interval as `aggregate` has it; None where every run
    diverged.

    `method` is what to call that of several seeds; one has the interval of its own targets.
    """
    rows, values = cells.rows, accuracies_of(cells.rows)
    known = ~np.isnan(rows.numbers("accuracy"))
    counts = np.where(known, rows.numbers("target_count"), 0.0)
    same_targets = np.array(
        [settings[DATA] is not None for settings in rows.distinct]
    )  # every seed is asked the same held-out targets

    def aggregate(places: Ints) -> list[Estimate | None]:
        if places.shape[1] == 1:
            return [_of_one_run(rows[place]) for place in places[:, 0].tolist()]
        same = same_targets[rows.code[places[:, 0]]]
        targets = np.where(same, counts[places].max(axis=1), counts[places].sum(axis=1))
        result = estimates(*means_and_ends(values[places], np.maximum(targets, 1.0)), method)
        for lot in np.flatnonzero(rows.fold[places].any(axis=1)).tolist():
            result[lot] = over_folds(rows, places[lot], values[places[lot]])
        measured = known[places].max(axis=1).tolist()
        return [
            item if any_known else None for item, any_known in zip(result, measured, strict=True)
        ]

    return cells.together(aggregate)


def target_count(rows: Rows, places: Ints) -> float:
    """How many different targets the accuracies of some rows are on. Of user data every seed is
    asked the same ones of a fold; of random integers every run has its own.
    """
    known = ~np.isnan(rows.numbers("accuracy")[places])
    counts = np.where(known, rows.numbers("target_count")[places], 0.0)
    if rows.distinct[rows.code[places[0]]][DATA] is None:
        return float(counts.sum())
    folds = rows.fold[places]
    return float(sum(counts[folds == fold].max() for fold in np.unique(folds)))


def over_folds(rows: Rows, places: Ints, values: Floats) -> Estimate:
    """The mean of the accuracies `values` of runs of several folds and seeds, with the interval of
    `CROSSED`; of one fold and seed that of the targets alone.
    """
    mean, half = crossed_mean(values, [rows.fold[places], rows.seed[places]])
    half = 0.0 if math.isnan(half) else half
    ends = wilson(min(mean, 1.0), max(target_count(rows, places), 1.0))
    least, most = (end.item() for end in ends)
    low, high = max(0.0, min(mean - half, least)), min(1.0, max(mean + half, most))
    return Estimate(mean, low, high, CROSSED)


def _of_one_run(row: Row) -> Estimate | None:
    if row.accuracy is None:
        return None
    known = row.accuracy_low is not None and row.accuracy_high is not None
    return Estimate(
        row.accuracy, *((row.accuracy_low, row.accuracy_high) if known else (0.0, 1.0)), ONE_RUN
    )
