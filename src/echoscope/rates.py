"""Which learning rate to use, chosen without a look at the answers that the score is made of."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from echoscope.errors import RecordError
from echoscope.row import WORDS, Row
from echoscope.score import mean_and_half
from echoscope.summary import Estimate, Judged, Records, Runs, check_equal, groups_of, seeds_of

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
    by the choice is measured on other seeds than the ones it was made on.
    Records differ in rate and seed only; `groups_of` makes such groups for each model.

    >>> choose_rate(records).rate
    0.003

    Raises `RecordError` for no record, for one without a curve, and for records that differ in other words.
    """
    groups = groups_of(records, ["rate"])
    runs = Runs.of(record for group in groups.values() for record in group)
    rates = tuple(_tried(rate, seeds_of(group)) for (rate,), group in groups.items())
    check_equal([group[0] for group in groups.values()], [name for name in WORDS if name != "rate"])
    best = min(rates, key=lambda tried: (-(tried.score.value or 0.0), tried.steps, tried.rate))
    return RateChoice(best.rate, best in (rates[0], rates[-1]), runs, rates)


def _tried(rate: float, records: Sequence[Row]) -> Rate:
    values = [_end(record) for record in records]
    steps = math.fsum(record.steps for record in records) / len(records)
    if len(values) == 1:
        return Rate(rate, Runs.of(records), Estimate(values[0], None, None, ENDS), steps)
    mean, half = mean_and_half(values)
    return Rate(rate, Runs.of(records), Estimate(mean, max(0.0, mean - half), min(1.0, mean + half), ENDS), steps)


def _end(record: Row) -> float:
    if record.outcome == "diverged":
        return record.chance
    if not record.climb and record.last is None:
        raise RecordError(f"Record {record.id} has no curve ({record.outcome}), and a rate is chosen by its last "
                          "point: leave it out.")  # fmt: skip
    return record.chance if record.last is None else record.last
