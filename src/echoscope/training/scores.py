"""Accuracies from what a slice counted: of all targets, and of each of several at once."""

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


def by_target(place: int, epochs: int, metrics: Metrics) -> tuple[tuple[Accuracy, float], ...]:
    """The accuracy and the loss of each of several targets that are predicted at once; nothing
    where it is one. Their intervals are as much wider than Wilson's as that of all is.
    """
    heads = metrics.lost.shape[-1]
    if not heads:
        return ()
    asked, correct = metrics.placed[place].reshape(2, -1, heads).sum(axis=1)
    there = np.maximum(asked, 1)
    design_effect = _design_effect(place, epochs, metrics)
    accuracies = [
        Accuracy.of(share, count, design_effect)
        for share, count in zip((correct / there).tolist(), there.tolist(), strict=True)
    ]
    losses = (metrics.lost[place] * epochs / there).tolist()
    return tuple(zip(accuracies, losses, strict=True))


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
