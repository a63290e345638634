"""What trials say of a threshold: a posterior on a grid, and the trial that would tell most.

The chance that a training solves its task falls with the logarithm of the difficulty, by a logistic
curve of a threshold, a slope and a lapse (a training that fails whatever the difficulty). All three
are on a grid, as in QUEST+. Source: Watson and Pelli 1983; Watson 2017, "QUEST+", Journal of Vision
17(3):10; the entropy that a trial is expected to take away chooses it, here for its cost.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echoscope.measure.results import Trial

Floats = NDArray[np.float64]
SLOPES = (2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 35.0, 60.0)
LAPSES = (0.0, 0.03, 0.08)
LEAST = 0.6  # the lowest threshold: below it not even a difficulty of 1 is solved
BEYOND = 1.3  # times the hardest difficulty: the highest threshold
NEAREST = 0.03  # of the logarithm: how close thresholds lie on the grid
SPREAD = (0.1, 0.9)
INTERVAL = (0.025, 0.975)


class Guess(NamedTuple):
    """What is thought before any trial: a threshold near `value`, by a log-normal law of this
    deviation, mixed half and half with any at all.
    """

    value: float
    deviation: float


@dataclass(frozen=True)
class Grid:
    """The hypotheses for difficulties from 1 to `hardest`."""

    hardest: int

    @cached_property
    def parts(self) -> tuple[Floats, Floats, Floats]:
        """Logarithm of the threshold, slope and lapse of every hypothesis. [hypotheses]"""
        low, high = np.log(LEAST), np.log(BEYOND * self.hardest)
        thresholds = np.linspace(low, high, int((high - low) / NEAREST) + 2)
        axes = np.meshgrid(thresholds, SLOPES, LAPSES, indexing="ij")
        return axes[0].ravel(), axes[1].ravel(), axes[2].ravel()

    @cached_property
    def medians(self) -> Floats:
        """The difficulty that half of all trainings solve. [hypotheses]"""
        threshold, slope, lapse = self.parts
        return np.exp(threshold + np.log(1 - 2 * lapse) / slope)

    def solves(self, difficulties: Sequence[float]) -> Floats:
        """The chance that a training solves each. [difficulties, hypotheses]"""
        return _solves(self, tuple(difficulties))

    def prior(self, guess: Guess | None) -> Floats:
        """How likely each hypothesis is before any trial. [hypotheses]"""
        threshold = self.parts[0]
        flat = np.full(len(threshold), 1 / len(threshold))
        if guess is None:
            return flat
        off = (threshold - np.log(max(guess.value, LEAST))) / guess.deviation
        near = np.exp(-0.5 * off * off)
        return 0.5 * flat + 0.5 * near / near.sum()


@lru_cache(maxsize=64)
def _solves(grid: Grid, difficulties: tuple[float, ...]) -> Floats:
    threshold, slope, lapse = grid.parts
    distance = np.log(np.asarray(difficulties, float))[:, None] - threshold
    return (1 - lapse) / (1 + np.exp(np.clip(slope * distance, -40, 40)))


@lru_cache(maxsize=64)
def _unsure(grid: Grid, difficulties: tuple[float, ...]) -> Floats:
    return _entropy(_solves(grid, difficulties))


@dataclass(frozen=True)
class Posterior:
    """How likely each hypothesis of a grid is."""

    grid: Grid
    shares: Floats

    @classmethod
    def before(cls, hardest: int, guess: Guess | None = None) -> "Posterior":
        """Without any trial."""
        grid = Grid(hardest)
        return cls(grid, grid.prior(guess))

    def after(self, difficulty: float, solved: bool) -> "Posterior":
        """With one trial more.

        >>> before = Posterior.before(100)
        >>> before.after(20, True).median > before.median > before.after(20, False).median
        True
        """
        solves = self.grid.solves([difficulty])[0]
        shares = self.shares * (solves if solved else 1 - solves)
        return Posterior(self.grid, shares / shares.sum())

    def chance(self, difficulty: float) -> float:
        """That a training solves it."""
        return float(self.grid.solves([difficulty])[0] @ self.shares)

    def tells(self, difficulties: Sequence[int]) -> Floats:
        """The entropy in bits that a trial at each is expected to take away. [difficulties]"""
        asked = tuple(difficulties)
        solves = _solves(self.grid, asked) @ self.shares
        return _entropy(solves) - _unsure(self.grid, asked) @ self.shares

    @property
    def median(self) -> float:
        """The difficulty that half of all trainings solve, half as likely below as above."""
        return float(self._quantiles(self.grid.medians, (0.5,))[0])

    @property
    def interval(self) -> tuple[float, float]:
        """Where the median is with 95 %."""
        low, high = self._quantiles(self.grid.medians, INTERVAL)
        return float(low), float(high)

    @property
    def spread(self) -> tuple[float, float]:
        """Between which difficulties the thresholds of 80 % of all seeds lie, lapses apart."""
        threshold, slope, _ = self.grid.parts
        at = np.sort(np.unique(threshold))
        below = [
            float(self.shares @ (1 / (1 + np.exp(np.clip(slope * (threshold - x), -40, 40)))))
            for x in at
        ]
        low, high = np.interp(SPREAD, below, at)
        return float(np.exp(low)), float(np.exp(high))

    def _quantiles(self, values: Floats, at: Sequence[float]) -> Floats:
        order = np.argsort(values)
        known = np.cumsum(self.shares[order])
        return values[order][np.minimum(np.searchsorted(known, at), len(values) - 1)]


def _entropy(chance: Floats) -> Floats:
    """In bits, of an event of each chance."""
    kept = np.clip(chance, 1e-12, 1 - 1e-12)
    return -(kept * np.log2(kept) + (1 - kept) * np.log2(1 - kept))


def non_monotone(trials: Sequence[Trial]) -> tuple[int, int] | None:
    """Two neighbouring difficulties such that from the harder on more trainings are solved than up
    to the easier, and chance would give that in less than 1 of 20 searches; else None.

    Fisher's exact test at every cut, by as many cuts as there are (Bonferroni).
    """
    tried = sorted({trial.difficulty for trial in trials})
    for easier, harder in pairwise(tried):
        below = [trial.solved for trial in trials if trial.difficulty <= easier]
        above = [trial.solved for trial in trials if trial.difficulty >= harder]
        if _fisher(sum(below), len(below), sum(above), len(above)) < 0.05 / (len(tried) - 1):
            return easier, harder
    return None


def _fisher(solved: int, of: int, solved_above: int, of_above: int) -> float:
    """The chance of as many solved above or more, if above and below were alike."""
    every, all_solved = of + of_above, solved + solved_above
    ways = math.comb(every, all_solved)
    most = min(all_solved, of_above)
    return (
        sum(
            math.comb(of_above, k) * math.comb(of, all_solved - k)
            for k in range(solved_above, most + 1)
            if all_solved - k <= of
        )
        / ways
    )
