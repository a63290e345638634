"""Differences between two sides, and how sure they are."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from echoscope.stats.intervals import Accuracy, Floats, student

Ints = NDArray[np.int_]


def sign_test(better: int, worse: int) -> float:
    """The exact two-sided p of so many signs each way, were both equally likely.

    >>> sign_test(5, 0)
    0.0625
    """
    signs = better + worse
    tail = sum(math.comb(signs, count) for count in range(min(better, worse) + 1))
    return min(1.0, 2 * tail / 2**signs)


def clustered_mean(clusters: Sequence[Floats]) -> tuple[float, float]:
    """The mean of values that come in clusters, and half of its 95 % interval, by the spread of
    what each cluster adds to it; nan where there is one.

    Shapes: (values,) of each cluster, at least one cluster.

    >>> clustered_mean([np.array([1.0, 3.0]), np.array([2.0, 2.0])])
    (2.0, 0.0)

    Source: Liang and Zeger 1986.
    """
    values, count = np.concatenate(clusters), len(clusters)
    mean = math.fsum(values.tolist()) / len(values)
    if count == 1:
        return mean, math.nan
    adds = [math.fsum((cluster - mean).tolist()) / len(values) for cluster in clusters]
    spread = math.fsum(add * add for add in adds) * count / (count - 1)
    return mean, student(count - 1) * math.sqrt(spread)


def crossed_mean(values: Floats, labels: Sequence[Ints]) -> tuple[float, float]:
    """The mean of values that belong to clusters in several ways at once, as to folds and to seeds,
    and half of its 95 % interval; nan where there is one cluster in every way.

    Its variance is the sum of those over the clusters of each way, which is a little too much (what
    is alone to a fold and a seed is counted twice), its degrees of freedom are Satterthwaite's.

    Shapes: (values,) all.

    >>> crossed_mean(np.array([1.0, 3.0, 2.0, 2.0]), [np.array([0, 0, 1, 1])])
    (2.0, 0.0)

    Source: Owen 2007 (the pigeonhole bootstrap, whose variance this is but for a factor near 1);
    Satterthwaite 1946.
    """
    mean = math.fsum(values.tolist()) / len(values)
    variance = weight = 0.0
    for label in labels:
        kinds, which = np.unique(label, return_inverse=True)
        if len(kinds) > 1:
            adds = np.bincount(which, values - mean) / len(values)
            part = float((adds**2).sum()) * len(kinds) / (len(kinds) - 1)
            variance, weight = variance + part, weight + part**2 / (len(kinds) - 1)
    if all(len(np.unique(label)) == 1 for label in labels):
        return mean, math.nan
    freedom = round(max(1.0, variance**2 / weight), 6) if weight else 1.0
    return mean, student(freedom) * math.sqrt(variance)


def newcombe(first: Accuracy, second: Accuracy) -> tuple[float, float]:
    """How far below and above the difference of two accuracies its 95 % interval reaches, where
    their targets are independent.

    Source: Newcombe 1998, method 10.
    """
    below = math.hypot(first.value - first.low, second.high - second.value)
    return below, math.hypot(first.high - first.value, second.value - second.low)
