"""Accuracies from what a slice counted: of all targets, and of each of several at once."""

from collections.abc import Sequence

import numpy as np

from echoscope.stats.intervals import Accuracy
from echoscope.training.program import Metrics


def share_of(metrics: Metrics, place: int) -> float:
    """The share of a run's targets that were predicted correctly."""
    return float(metrics.correct[place]) / max(float(metrics.targets[place]), 1e-9)


def accuracy_of(place: int, epochs: int, metrics: Metrics) -> Accuracy:
    """The accuracy of the run at a place; its interval is wider where targets of one draw are
    correlated.
    """
    share, targets = min(share_of(metrics, place), 1.0), float(metrics.targets[place])
    return Accuracy.of(share, round(targets * epochs), _design_effect(place, epochs, metrics))


Scored = tuple[int, int, float, float, float, float]


def by_label(
    place: int, epochs: int, metrics: Metrics, labels: Sequence[int]
) -> tuple[Scored, ...]:
    """Rows of a label, targets, accuracy, its interval and loss, of targets that are predicted at
    once and have these labels [heads]; nothing where all have one.

    Their intervals are as much wider than Wilson's as that of all is.
    """
    kinds = list(dict.fromkeys(labels))
    if len(kinds) < 2:
        return ()
    among = np.array(labels)[:, None] == np.array(kinds)
    asked, correct = metrics.placed[place].reshape(2, -1, len(labels)).sum(axis=1) @ among
    there = np.maximum(asked, 1)
    design_effect = _design_effect(place, epochs, metrics)
    losses = (metrics.lost[place] * epochs @ among / there).tolist()
    rows = zip(kinds, (correct / there).tolist(), there.tolist(), losses, strict=True)
    result = []
    for label, share, count, loss in rows:
        item = Accuracy.of(share, count, design_effect)
        result.append((label, item.target_count, item.value, item.low, item.high, loss))
    return tuple(result)


def _design_effect(place: int, epochs: int, metrics: Metrics) -> float:
    """The variance of accuracy between draws over that of as many independent targets (Kish 1965).

    Where draws differ in how many targets they have, it is the variance of correct - share *
    targets (the ratio estimator's).
    """
    share, targets = min(share_of(metrics, place), 1.0), float(metrics.targets[place])
    alone = targets * share * (1 - share)
    corrects, counts, products = map(float, metrics.squares[place])
    between = (corrects - 2 * share * products + share * share * counts) / max(epochs - 1, 1)
    return between / alone if alone > 0 and epochs > 1 else 1.0
