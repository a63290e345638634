"""Misses: what a network says instead of the right symbol, and whether it is near it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from echoscope.endurance import hear_out
from echoscope.errors import IntegerError
from echoscope.experiment import Experiment
from echoscope.models.model import Weights
from echoscope.words import whole

MOST_PAIRS = 10


@dataclass(frozen=True)
class Misses:
    """Wrong answers among `answers` fresh ones.

    `wrong` of them are, `distance` is the mean of |said - right| over those, in symbols, and `near` the share of them
    that say a neighbour of the right symbol: `near_chance` if they were random. `pairs` are the commonest confusions.
    """

    answers: int
    wrong: int
    distance: float | None
    near: float | None
    near_chance: float
    pairs: tuple[tuple[int, int, int], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; a pair is [right, said, how often]."""
        return vars(self) | {"pairs": [list(pair) for pair in self.pairs]}


def misses(experiment: Experiment, weights: Weights, integers: object = 20_000, seed: object = 0) -> Misses:
    """What a network confuses in one stream of fresh integers.

    Raises `WordError` unless `integers` is from 1,000 to 100,000,000, and `seed` a whole number from 0.
    """
    count, own = whole("integers", integers, 1000, 100_000_000), whole("seed", seed, 0, 2**32 - 1)
    sequence = np.random.default_rng(own).integers(0, experiment.task.symbols, count)
    right, said = hear_out(experiment, weights, sequence)
    away = np.abs(said - right)[said != right]
    near_chance = 2 / experiment.task.symbols  # of symbols-1 wrong ones, 2 are neighbours, or 1 at either end
    distance, near = (float(away.mean()), float((away == 1).mean())) if away.size else (None, None)
    return Misses(right.size, away.size, distance, near, near_chance, confusion(right, said)[:MOST_PAIRS])


def confusion(expected: ArrayLike, predicted: ArrayLike) -> tuple[tuple[int, int, int], ...]:
    """What was said for what: (right, said, how often) of every pair that differs, the commonest first.

    >>> confusion([1, 2, 2, 3], [1, 3, 3, 2])
    ((2, 3, 2), (3, 2, 1))

    Shapes: integers of one shape. Raises `IntegerError` for two shapes.
    """
    right, said = np.asarray(expected), np.asarray(predicted)
    if right.shape != said.shape:
        raise IntegerError(f"confusion compares integers of one shape, not of {right.shape} and {said.shape}.")
    wrong = np.stack([right, said], axis=-1)[right != said].reshape(-1, 2)
    pairs, counts = np.unique(wrong, axis=0, return_counts=True)
    order = np.lexsort((*pairs.T[::-1], -counts))
    return tuple((int(pairs[at, 0]), int(pairs[at, 1]), int(counts[at])) for at in order)
