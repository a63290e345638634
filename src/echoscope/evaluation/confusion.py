"""Misses: what a network says instead of the right symbol, and whether it is near it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from echoscope.errors import IntegerError
from echoscope.evaluation.long_stream import hear_out, unheard
from echoscope.experiment.experiment import WINDOWS, Experiment
from echoscope.integers import Integers
from echoscope.models.model import Weights

MOST_PAIRS = 10


@dataclass(frozen=True)
class Misses:
    """Wrong answers among `answers` fresh ones.

    `wrong` of them are, `distance` is the mean of |said - right| over those, in symbols, and `near`
    the share of them that say a neighbour of the right symbol: `near_chance` if they were random.
    `pairs` are the commonest confusions. `left_out` answers were not asked, because of gaps. `use`
    is how the network was used.
    """

    answers: int
    wrong: int
    distance: float | None
    near: float | None
    near_chance: float
    pairs: tuple[tuple[int, int, int], ...]
    left_out: int = 0
    use: str = WINDOWS

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; a pair is [right, said, how often]."""
        return vars(self) | {"pairs": [list(pair) for pair in self.pairs]}


def misses(
    experiment: Experiment,
    weights: Weights,
    integers: object = 20_000,
    seed: object = 0,
    data: Integers | None = None,
) -> Misses:
    """What a network confuses in one stream of fresh integers, or of its `data`, as `endure` has
    them, used as it was scored (`Experiment.use`).

    Raises `WordError` unless `integers` is from 1,000 to 100,000,000, and `seed` a whole number
    from 0.
    """
    sequence = unheard(experiment, integers, seed, data)
    right, said = hear_out(experiment, weights, sequence)
    away = np.abs(said - right)[said != right]
    near_chance = (
        2 / experiment.task.symbols
    )  # of symbols-1 wrong ones, 2 are neighbours, or 1 at either end
    distance, near = (float(away.mean()), float((away == 1).mean())) if away.size else (None, None)
    pairs = confusion(right, said)[:MOST_PAIRS]
    left_out = _moments(experiment, sequence) - right.size
    return Misses(
        right.size, away.size, distance, near, near_chance, pairs, left_out, experiment.use
    )


def _moments(experiment: Experiment, sequence: Integers) -> int:
    """How many answers a stream would ask for if nothing were missing."""
    task, count = experiment.task, len(sequence)
    if task.when == "each":
        return count - abs(task.lag[0])
    padded = max(0, *task.lag) if task.edges == "padded" else task.first
    return (count - task.ahead - padded) * len(task.lag)


def confusion(expected: ArrayLike, predicted: ArrayLike) -> tuple[tuple[int, int, int], ...]:
    """What was said for what: (right, said, how often) of every pair that differs, the commonest
    first.

    >>> confusion([1, 2, 2, 3], [1, 3, 3, 2])
    ((2, 3, 2), (3, 2, 1))

    Shapes: integers of one shape. Raises `IntegerError` for two shapes.
    """
    right, said = np.asarray(expected), np.asarray(predicted)
    if right.shape != said.shape:
        raise IntegerError(
            f"confusion compares integers of one shape, not of {right.shape} and {said.shape}."
        )
    wrong = np.stack([right, said], axis=-1)[right != said].reshape(-1, 2)
    pairs, counts = np.unique(wrong, axis=0, return_counts=True)
    order = np.lexsort((*pairs.T[::-1], -counts))
    return tuple((int(pairs[at, 0]), int(pairs[at, 1]), int(counts[at])) for at in order)
