"""Which learning rate to use, chosen without a look at the targets that the accuracy is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from echoscope.analysis.estimate import Estimate, Result, estimates
from echoscope.analysis.groups import (
    Cells,
    Flags,
    Ints,
    RunCounts,
    RunsOrRows,
    cells_in,
    check_equal,
    rows_of,
)
from echoscope.errors import StoreError
from echoscope.experiment.fields import PLACES, SETTINGS
from echoscope.runs.table import Row, Rows
from echoscope.stats.intervals import Floats, means_and_halves

LEARNING_RATE = PLACES["learning_rate"]
DIGITS = 12  # of a mean: sums in another order differ beyond, and equal ones must be equal
ENDS = "mean over seeds of the curve's last point; Student's, cut to 0..1"


@dataclass(frozen=True)
class LearningRate(Result):
    """How one rate does: the mean accuracy at the end of the curves, and the mean of the steps
    trained.

    The interval is None for one run.
    """

    learning_rate: float
    runs: RunCounts
    accuracy: Estimate
    steps: float


@dataclass(frozen=True)
class LearningRateChoice(Result):
    """The chosen rate, and every rate that was tried, the smallest first.

    `edge` says that it is the smallest or largest of them, so that a better one may lie outside:
    try more.
    """

    learning_rate: float
    edge: bool
    runs: RunCounts
    learning_rates: tuple[LearningRate, ...]


def choose_learning_rate(runs: RunsOrRows) -> LearningRateChoice:
    """The rate with the best mean accuracy at the last point of the training curve; of equals, the
    one with fewer steps, then the smaller. A run that diverged counts as chance.

    The curve is of predictions on integers drawn for training (of user data, on windows that it
    trains on), each made before it is learned; the accuracy of a run is of another stream, which
    the choice never reads. Yet both are of the same
    networks: an accuracy that must not be flattered by the choice is measured on other seeds than
    the ones it was made on, as `chosen_by_halves` has them. Runs differ in rate and seed only;
    `groups_of` makes such groups for each model.

    >>> choose_learning_rate(runs).learning_rate
    0.003

    Raises `StoreError` for no run, for one without a curve, and for runs that differ in other
    settings.
    """
    cells = _cells(runs)
    (choice,) = choices_over(cells, [0, len(cells)])
    return choice


def choices_over(cells: Cells, start: Sequence[int]) -> list[LearningRateChoice]:
    """As `choose_learning_rate`, of many lots: lot i has a cell for each rate, the smallest first,
    from `start[i]` to before `start[i + 1]`.
    """
    ends, steps = _ends(cells), cells.rows.numbers("steps")

    def aggregate(places: Ints) -> Iterable[tuple[Estimate, float]]:
        mean, half = means_and_halves(ends[places])
        accuracies = estimates(
            mean, np.maximum(0.0, mean - half), np.minimum(1.0, mean + half), ENDS
        )
        return zip(accuracies, steps[places].mean(axis=1).tolist(), strict=True)

    parts = zip(cells.settings, cells.runs, cells.together(aggregate), strict=True)
    learning_rates = [
        LearningRate(settings[LEARNING_RATE], runs, accuracy, mean_steps)
        for settings, runs, (accuracy, mean_steps) in parts
    ]
    return [_chosen(tuple(learning_rates[first:last])) for first, last in pairwise(start)]


def _chosen(learning_rates: tuple[LearningRate, ...]) -> LearningRateChoice:
    best = min(
        learning_rates,
        key=lambda tried: (
            -round(tried.accuracy.value or 0.0, DIGITS),
            tried.steps,
            tried.learning_rate,
        ),
    )
    return LearningRateChoice(
        best.learning_rate,
        best in (learning_rates[0], learning_rates[-1]),
        RunCounts.joined([tried.runs for tried in learning_rates]),
        learning_rates,
    )


def chosen_by_halves(runs: RunsOrRows) -> tuple[Row, ...]:
    """Of every seed the row at the rate that the other half of the seeds chooses, as
    `choose_learning_rate` would; in the order of seeds.

    A half is every second seed. No seed has a say in the choice that it is scored at, so these
    accuracies are not flattered by it: with many rates, the best of the very runs it was chosen on
    looks better than that rate is. A seed without another half, or without a run at the rate it
    chooses, is left out; where one rate was tried, nothing is chosen, and every row stays. Runs
    differ in rate and seed only.

    Why halves: were each seed scored at the choice of all others, the accuracies would be
    correlated through it. Simulated with five rates that differ little, and 3 to 20 seeds,
    Student's 95 % interval then held the chosen rate's true accuracy in 90 to 74 of 100 studies;
    with halves in 93 to 88, and where one rate is clearly best in 95.

    >>> [row.setting("learning_rate") for row in chosen_by_halves(runs)]
    [0.003, 0.01, 0.003]

    Raises `StoreError` for no run, for one without a curve, and for runs that differ in other
    settings. Source: Stone 1974, of choosing and evaluating on different parts.
    """
    cells = _cells(runs)
    kept = cells if len(cells) == 1 else halves_over(cells, [0, len(cells)])
    return tuple([cells.rows[place] for place in kept.places.tolist()])


def halves_over(cells: Cells, start: Sequence[int]) -> Cells:
    """As `chosen_by_halves`, of many lots as `choices_over` has them: a lot of rows for each, which
    may be empty.
    """
    lot_of = np.repeat(np.arange(len(start) - 1), np.diff(start))  # of each cell
    cell = np.repeat(np.arange(len(cells)), cells.number)  # of each row, as all that follow
    lot, seed = lot_of[cell], cells.rows.seed[cells.places]
    order = np.lexsort((seed, lot))
    half = np.empty_like(order)
    half[order] = _rank(lot[order], seed[order]) % 2
    kept = np.diff(start)[lot] == 1  # one rate: nothing is chosen
    for chosen_for in (0, 1):
        best, known = _best_cells(cells, cell, half != chosen_for, lot_of, start)
        kept |= (half == chosen_for) & (best[lot] == cell) & known[lot]
    places = order[kept[order]]
    ends = np.searchsorted(lot[places], np.arange(len(start)))
    return Cells(cells.rows, cells.places[places], ends)


def _best_cells(
    cells: Cells, cell: Ints, choosing: Flags, lot_of: Ints, start: Sequence[int]
) -> tuple[Ints, Flags]:
    """The cell that the `choosing` rows choose in every lot, of equals the smaller rate, and
    whether it has any of them. Shapes: (lots,) both.
    """
    number = np.bincount(cell[choosing], minlength=len(cells))
    mean, mean_steps = (
        np.bincount(cell[choosing], values[choosing], len(cells)) / np.maximum(number, 1)
        for values in (_ends(cells)[cells.places], cells.rows.numbers("steps")[cells.places])
    )
    order = np.lexsort((mean_steps, -mean.round(DIGITS), number == 0, lot_of))
    best = order[list(start[:-1])]
    return best, number[best] > 0


def _rank(lot: Ints, seed: Ints) -> Ints:
    """Of rows in the order of lots and seeds, which seed of its lot each has: the first is 0."""
    new_lot = np.append(True, lot[1:] != lot[:-1])
    seeds = np.cumsum(new_lot | np.append(True, seed[1:] != seed[:-1]))
    return seeds - seeds[np.flatnonzero(new_lot)][np.cumsum(new_lot) - 1]


def _cells(runs: RunsOrRows) -> Cells:
    """A cell for each rate, the smallest first, of at least one run; they differ in nothing
    else.
    """
    _, cells = cells_in(rows_of(runs), ["learning_rate"])
    check_equal(cells.settings, [name for name in SETTINGS if name != "learning_rate"])
    return cells


def ended(rows: Rows) -> Flags:
    """Which runs have a training curve, or diverged: those say how training ends. Shapes:
    (rows,).
    """
    ended_so = ~np.isnan(rows.numbers("last_accuracy")) | rows.became("diverged")
    for place in np.flatnonzero(~ended_so).tolist():
        ended_so[place] = len(rows.columns["best_so_far"][place]) > 0
    return ended_so


def _ends(cells: Cells) -> Floats:
    """The accuracy at the last point of each run's curve; of one that diverged, chance. Shapes:
    (rows,).
    """
    rows = cells.rows
    lacking = cells.places[~ended(rows)[cells.places]]
    if len(lacking):
        row = rows[int(lacking[0])]
        raise StoreError(
            f"Run {row.id} has no curve ({row.outcome}), and a learning_rate is chosen by its last"
            " point: leave it out."
        )
    last = rows.numbers("last_accuracy")
    known = ~np.isnan(last) & ~rows.became("diverged")
    return np.where(known, last, rows.numbers("chance"))
