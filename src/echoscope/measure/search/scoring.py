"""What a single training run of a layer scores on three measures, and whether half of several solve
a task: what comparisons and assertions are made of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from echoscope.measure.layer.base import Layer
from echoscope.measure.search.axes import Kind, hold, recall
from echoscope.measure.search.bits import RATES, Ladder, bits_of
from echoscope.measure.search.trials import Job, Trained, Trials

PILOT = 30_000  # the seed on which rates are chosen
DELAYS = (1, 3, 5, 7, 11, 15, 19, 23, 27, 31)  # time steps to hold, all in one window
PAIRS = (1, 2, 3, 4, 5)  # to recall, all in one window


class StoppedError(Exception):
    """A training was stopped before its end."""


@dataclass
class Scorer:
    """Scores one layer, a training after the other. In a `with`: to leave it stops what runs."""

    layer: Layer
    vocab_size: int = 10
    rates: Sequence[float] = RATES
    trials: Trials = field(init=False)
    _rates: dict[str, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.trials = Trials(self.layer, workers=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.trials.__exit__(*_)

    def scores(self, seed: int, measures: Sequence[str]) -> dict[str, float]:
        """Each of these measures of one seed: `bits` of the ladder, the time steps that it holds a
        symbol, the pairs that it recalls; the last two on a grid, the largest up to which all are
        solved, 0 for none. Raises `StoppedError` where it was stopped.
        """
        return {name: self._score(name, seed) for name in measures}

    def _score(self, name: str, seed: int) -> float:
        if name == "bits":
            return bits_of(self._ended(self._ladder.job(self._lags, self._rate(name), seed)))
        kind, grid = self._kind(name)
        rate, span = self._rate(name), 0
        for difficulty in grid:
            if not self.trained(kind, difficulty, rate, seed).solved:
                break
            span = difficulty
        return float(span)

    def trained(self, kind: Kind, difficulty: int, rate: float, seed: int) -> Trained:
        """One training of an axis. Raises `StoppedError` where it was stopped."""
        return self._ended(Job(kind.experiment(difficulty, rate, seed)))

    def rate_at(self, kind: Kind, difficulty: int) -> float:
        """The rate that solves a task soonest, or else comes nearest, on a seed of its own."""

        def worth(rate: float) -> tuple[float, float]:
            ended = self.trained(kind, difficulty, rate, PILOT)
            return float(ended.solved), float(-ended.steps if ended.solved else -ended.loss)

        return max(self.rates, key=worth)

    @cached_property
    def _ladder(self) -> Ladder:
        return Ladder(vocab_size=self.vocab_size)

    @property
    def _lags(self) -> tuple[int, ...]:
        return tuple(range(1, self._ladder.lags + 1))

    def _kind(self, name: str) -> tuple[Kind, tuple[int, ...]]:
        return (hold(self.vocab_size), DELAYS) if name == "hold" else (recall(), PAIRS)

    def _rate(self, name: str) -> float:
        """The rate that a measure is trained at, chosen on a seed of its own."""
        if name not in self._rates:
            if name == "bits":
                self._rates[name] = max(self.rates, key=self._ladder_at)
            else:
                kind, grid = self._kind(name)
                self._rates[name] = self.rate_at(kind, grid[len(grid) // 2])
        return self._rates[name]

    def _ladder_at(self, rate: float) -> float:
        return bits_of(self._ended(self._ladder.job(self._lags, rate, PILOT)))

    def _ended(self, job: Job) -> Trained:
        self.trials.submit(job)
        ended = self.trials.wait()
        if ended is None or not ended.finished:
            raise StoppedError
        return ended
