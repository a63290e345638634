"""Bits held: the ladder, all lags asked at once in one training, and certified bits of single lags.

One network that says the symbol of k steps ago at every step, with a cross-entropy of CE nats on
fresh symbols, has a state at t from which the next k answers follow. The symbols are independent,
so that state and the last k symbols share at least k (log2 V - CE/ln 2) bits (data processing). So
is the sum over lags that one network says at once. Bits of networks trained for different lags are
of different states, and are never added.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from echoscope.experiment.experiment import Experiment
from echoscope.experiment.training_config import TrainingConfig
from echoscope.measure.results import Bits, LagBits, MeasuredValue
from echoscope.measure.search.trials import Job, Trained, Trials
from echoscope.stats.intervals import mean_and_half, wilson
from echoscope.tasks.echo import Echo
from echoscope.training.scores import Scored

RATES = (0.01, 0.03, 0.003)  # the likeliest first
BATCH_SIZE = 32
PILOTS = 10_000  # the seeds on which rates and lags are chosen; those that are measured are below
NEAR = 0.97  # of its ceiling: a ladder that would have gone on
STILL = 0.5  # of a symbol's bits, in its last lag: one that may have
AROUND = (1.0, 0.75, 1.4)  # times the lags that the ladder is worth: where a single lag is tried


@dataclass(frozen=True)
class Ladder:
    """Lags 1 to `lags`, asked at once at every step of a window of twice as many."""

    vocab_size: int = 10
    lags: int = 12
    steps: int = 2000
    seed: int = 0  # of the first training; those after it count on

    @property
    def symbol(self) -> float:
        """The bits of a symbol."""
        return math.log2(self.vocab_size)

    @property
    def ceiling(self) -> float:
        """The bits of all lags."""
        return self.lags * self.symbol

    def job(self, lags: Sequence[int], rate: float, seed: int, window: int | None = None) -> Job:
        """A training that asks for these lags."""
        window = window or 2 * max(lags)
        return Job(
            Experiment(
                task=Echo(
                    vocab_size=self.vocab_size,
                    window=window,
                    length=2 * window,
                    lag=tuple(lags),
                    readout="all",
                ),
                training=training(rate, self.steps),
                seed=self.seed + seed,
            ),
            scored=True,
            label=(max(lags), rate, seed),
        )


USUAL = Ladder()


def training(rate: float, steps: int, target_accuracy: float | None = None) -> TrainingConfig:
    """How everything is trained here: Adam on fresh windows from the initial state."""
    return TrainingConfig(
        batch_size=BATCH_SIZE,
        stateful=False,
        sampling="windows",
        epochs=steps,
        learning_rate=rate,
        target_accuracy=target_accuracy,
    )


@dataclass(frozen=True)
class _Lag:
    """One lag of one training: its bits, accuracy, and how far either may be off, as so many
    answers were read.
    """

    lag: int
    bits: float
    accuracy: float
    unseen: float


def ladder(
    trials: Trials,
    settings: Ladder = USUAL,
    rates: Sequence[float] = RATES,
    trainings: int = 3,
) -> Iterator[Bits]:
    """The ladder, anew after every training: first one of half as many steps for each of several
    rates, on a seed of its own, then `trainings` at the rate that gave most.

    Ends where `trials` does. Yields nothing where not a single training ended.
    """
    lags = tuple(range(1, settings.lags + 1))
    pilots: dict[float, list[_Lag]] = {rates[0]: []} if len(rates) == 1 else {}
    compared = () if pilots else rates
    short = replace(settings, steps=settings.steps // 2)
    for ended in trials.each([short.job(lags, rate, PILOTS) for rate in compared]):
        pilots[ended.job.experiment.training.learning_rate] = _read(ended, settings)
        best = max(pilots, key=lambda rate: _sum(pilots[rate]))
        yield _ladder([pilots[best]], settings, best, "its rate and its number are of one seed")
    if not pilots:
        return
    rate = max(pilots, key=lambda rate: _sum(pilots[rate]))
    read: list[list[_Lag]] = []
    for ended in trials.each([settings.job(lags, rate, seed) for seed in range(trainings)]):
        read.append(_read(ended, settings))
        yield _ladder(read, settings, rate)


def certified(
    trials: Trials,
    bits: Bits,
    settings: Ladder = USUAL,
    trainings: int = 3,
) -> Iterator[Bits]:
    """The same with certified bits of a single lag, anew after every training of it. Lag and rate
    are chosen by one training each of a few, around what the ladder is worth, on seeds of their
    own.

    What the ladder's own networks certify by one of their lags stays where it is more.
    """
    worth = max(bits.ladder.value / settings.symbol, 1.0)
    most = [round(worth * times) for times in AROUND]
    window = 1 << (2 * max(most) - 1).bit_length()  # one program for all of them
    rates = dict.fromkeys((*bits.learning_rates[:1], RATES[0]))
    pilots = [
        (ended.job.experiment.training.learning_rate, _read(ended, settings)[0])
        for ended in trials.each(
            [
                settings.job((lag,), rate, PILOTS + 1, window)
                for rate in rates
                for lag in dict.fromkeys(most)
            ]
        )
    ]
    if not pilots:
        return
    rate, best = max(pilots, key=lambda row: row[1].lag * row[1].bits)
    jobs = [settings.job((best.lag,), rate, seed, window) for seed in range(trainings)]
    read: list[_Lag] = []
    for ended in trials.each(jobs):
        read.append(_read(ended, settings)[0])
        estimate = over_trainings(
            [part.lag * part.bits for part in read],
            best.lag * settings.symbol,
            best.lag * _unseen(read),
        )
        if len(read) == 1 or estimate.value <= bits.certified.value:
            yield bits
            continue
        yield replace(
            bits,
            certified=estimate,
            certified_lag=best.lag,
            certified_trainings=len(read),
            learning_rates=(bits.learning_rates[0], rate),
        )


def bits_of(ended: Trained, settings: Ladder = USUAL) -> float:
    """The bits that one training of the ladder says at once."""
    return _sum(_read(ended, settings))


def _read(ended: Trained, settings: Ladder) -> list[_Lag]:
    """The lags of one training; nothing of one that diverged."""
    lags = ended.job.experiment.echo.lag
    outcome = ended.outcome
    if outcome is None or outcome.accuracy is None or outcome.loss is None:
        return [_Lag(lag, 0.0, 0.0, 0.0) for lag in lags]
    accuracy = outcome.accuracy
    rows: Sequence[Scored] = outcome.by_target or [
        (lags[0], accuracy.target_count, accuracy.value, accuracy.low, accuracy.high, outcome.loss)
    ]
    return [_lag(row, settings) for row in rows]


def _lag(row: Scored, settings: Ladder) -> _Lag:
    """The bits of a lag: none where its accuracy may as well be chance."""
    lag, targets, accuracy, low, _, loss = row
    above = low > 1 / settings.vocab_size
    bits = min(max(0.0, settings.symbol - loss / math.log(2)), settings.symbol) if above else 0.0
    seen = float(wilson(1.0, targets)[0])  # errors rarer than this are not seen
    unseen = fano(seen, settings.vocab_size) if above else 0.0
    return _Lag(lag, bits, accuracy, unseen)


def fano(accuracy: float, vocab_size: int) -> float:
    """The most bits that a symbol can still hold back from one who says it with this accuracy.
    Source: Fano's inequality.

    >>> round(fano(0.5, 2), 3), fano(1.0, 10)
    (1.0, 0.0)
    """
    wrong = 1 - accuracy
    parts = (p * math.log2(p) for p in (accuracy, wrong) if p > 0)
    return -sum(parts) + wrong * math.log2(vocab_size - 1)


def _sum(lags: Sequence[_Lag]) -> float:
    return sum(part.bits for part in lags)


def _ladder(
    read: Sequence[Sequence[_Lag]], settings: Ladder, rate: float, remark: str = ""
) -> Bits:
    """What trainings of the ladder say together."""
    columns = [[lags[place] for lags in read] for place in range(settings.lags)]
    lags = tuple(
        LagBits(
            column[0].lag,
            over_trainings([part.bits for part in column], settings.symbol, _unseen(column)),
            sum(part.accuracy for part in column) / len(column),
        )
        for column in columns
    )
    unseen = sum(map(_unseen, columns))
    whole = over_trainings([_sum(part) for part in read], settings.ceiling, unseen)
    by_lag = max(lags, key=lambda lag: lag.lag * lag.bits.value)
    bound = [by_lag.lag * part.bits for part in columns[by_lag.lag - 1]]
    if len(read) == 1:
        remark = remark or "it is one training"
    remarks = [f"the ladder: {remark}, so it has no interval yet"] if remark else []
    if (last := lags[-1].bits.value) > STILL * settings.symbol:
        remarks.append(
            f"the last of {settings.lags} lags still gives {last:.1f} bits: more may give more"
        )
    if whole.value >= NEAR * settings.ceiling:
        whole = MeasuredValue(whole.value, whole.low, None, True)
    return Bits(
        certified=over_trainings(
            bound, by_lag.lag * settings.symbol, by_lag.lag * _unseen(columns[by_lag.lag - 1])
        ),
        certified_lag=by_lag.lag,
        ladder=whole,
        ceiling=settings.ceiling,
        lags=lags,
        untrained=None,
        held=None,
        shuffled=None,
        trainings=len(read),
        learning_rates=(rate,),
        remarks=tuple(remarks),
    )


def _unseen(column: Sequence[_Lag]) -> float:
    return max(part.unseen for part in column)


def over_trainings(values: Sequence[float], ceiling: float, unseen: float = 0.0) -> MeasuredValue:
    """The mean with Student's interval, never narrower than what may be `unseen`, as so few answers
    were read; of one training alone from 0 to the ceiling.
    """
    value = sum(values) / len(values)
    if len(values) < 2:
        return MeasuredValue(value, 0.0, ceiling)
    half = max(mean_and_half(values)[1], unseen)
    return MeasuredValue(value, max(0.0, value - half), max(value, min(value + half, ceiling)))
