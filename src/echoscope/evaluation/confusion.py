"""Confusion: what a network predicts instead of the right symbol, and whether it is near it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from echoscope.errors import IntegerError, SettingError
from echoscope.evaluation.long_stream import outputs_of, unseen
from echoscope.experiment.experiment import WINDOWS, Experiment
from echoscope.experiment.user_data import UserData
from echoscope.html_repr import HtmlRepr
from echoscope.integers import Integers
from echoscope.models.base import Weights
from echoscope.settings import Json

MOST_PAIRS = 10


@dataclass(frozen=True)
class Confusion(HtmlRepr, shown_by="networks"):
    """Wrong predictions among `target_count` fresh ones.

    `wrong` of them are, `mean_error_distance` is the mean of |predicted - target| over those alone,
    in symbols, and `near` the share that predict a neighbour of the right symbol: `near_chance`
    if they were random. `pairs` are the commonest confusions. `left_out` targets were not asked,
    because of gaps. `use` is how the network was used.
    """

    target_count: int
    wrong: int
    mean_error_distance: float | None
    near: float | None
    near_chance: float
    pairs: tuple[tuple[int, int, int], ...]
    left_out: int = 0
    use: str = WINDOWS

    def to_json(self) -> Json:
        """Plain JSON values; a pair is [target, prediction, count]."""
        return vars(self) | {"pairs": [list(pair) for pair in self.pairs]}


def confusion(
    experiment: Experiment,
    weights: Weights,
    integers: object = 20_000,
    seed: object = 0,
    data: UserData | Integers | None = None,
) -> Confusion:
    """What a network confuses in one stream of fresh integers, or of its `data`, as `evaluate` has
    them, used as it was scored (`Experiment.use`).

    Raises `SettingError` unless `integers` is from 1,000 to 100,000,000, and `seed` a whole number
    from 0.
    """
    if len(experiment.echo.predicted) > 1:
        raise SettingError(
            "confusion looks at the symbols of one column, and this network predicts several: train"
            " one with target_columns=1."
        )
    sequence = unseen(experiment, integers, seed, data)
    correct, predictions = outputs_of(experiment, weights, sequence)
    away = np.abs(predictions - correct)[predictions != correct]
    near_chance = (
        2 / experiment.task.vocab_size
    )  # of vocab_size-1 wrong ones, 2 are neighbours, or 1 at either end
    mean_error_distance, near = (
        (float(away.mean()), float((away == 1).mean())) if away.size else (None, None)
    )
    pairs = confusion_pairs(correct, predictions)[:MOST_PAIRS]
    left_out = _moments(experiment, sequence) - correct.size
    return Confusion(
        correct.size,
        away.size,
        mean_error_distance,
        near,
        near_chance,
        pairs,
        left_out,
        experiment.use,
    )


def _moments(experiment: Experiment, sequence: UserData) -> int:
    """How many targets a stream would ask for if nothing were missing."""
    task = experiment.echo
    if task.readout == "all":
        outside = max(0, *task.lag) - min(0, *task.lag)
    else:
        outside = task.ahead + (max(0, *task.lag) if task.edges == "padded" else task.first)
    return int(np.maximum(sequence.lengths - outside, 0).sum()) * task.heads


def confusion_pairs(targets: ArrayLike, predictions: ArrayLike) -> tuple[tuple[int, int, int], ...]:
    """What was predicted for what: (target, prediction, count) of every pair that differs, the
    commonest first.

    >>> confusion_pairs([1, 2, 2, 3], [1, 3, 3, 2])
    ((2, 3, 2), (3, 2, 1))

    Shapes: integers of one shape. Raises `IntegerError` for two shapes.
    """
    correct, predictions = np.asarray(targets), np.asarray(predictions)
    if correct.shape != predictions.shape:
        raise IntegerError(
            f"confusion compares integers of one shape, not of {correct.shape} and"
            f" {predictions.shape}."
        )
    wrong = np.stack([correct, predictions], axis=-1)[correct != predictions].reshape(-1, 2)
    pairs, counts = np.unique(wrong, axis=0, return_counts=True)
    order = np.lexsort((*pairs.T[::-1], -counts))
    return tuple((int(pairs[at, 0]), int(pairs[at, 1]), int(counts[at])) for at in order)
