"""Differences between two sides, and how sure they are."""

import math
from collections.abc import Sequence

import numpy as np

from echoscope.stats.intervals import Accuracy, Floats, student


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


def newcombe(first: Accuracy, second: Accuracy) -> tuple[float, float]:
    """How far below and above the difference of two accuracies its 95 % interval reaches, where
    their targets are independent.

    Source: Newcombe 1998, method 10.
    """
    below = math.hypot(first.value - first.low, second.high - second.value)
    return below, math.hypot(first.high - first.value, second.value - second.low)
