"""An accuracy with its interval: the share of targets predicted correctly."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

BLOCK = 10  # targets in a row, whose spread widens the interval where wrong targets come together
Floats = NDArray[np.float64]
Z = 1.959963984540054  # a 95 % interval
# Student's for 1 to 30 degrees of freedom, as SciPy gives them: importing it takes a quarter of a
# second.
STUDENT = (
    12.706204736174694,
    4.302652729749462,
    3.1824463052837078,
    2.7764451051977934,
    2.5705818356363146,
    2.4469118511449786,
    2.364624251592784,
    2.306004135204166,
    2.262157162798205,
    2.228138851986274,
    2.200985160091639,
    2.1788128296672284,
    2.1603686564627913,
    2.144786687917804,
    2.131449545559776,
    2.1199052992212546,
    2.1098155778333156,
    2.1009220402410382,
    2.0930240544083087,
    2.085963447265864,
    2.0796138447276795,
    2.0738730679040254,
    2.0686576104190486,
    2.0638985616280245,
    2.0595385527532972,
    2.0555294386428735,
    2.0518305164802846,
    2.0484071417952454,
    2.045229642132703,
    2.0422724563012378,
)


@dataclass(frozen=True)
class Accuracy:
    """The share of `target_count` targets predicted correctly, with a 95 % interval.

    >>> Accuracy.of(share=1.0, targets=10000)
    Accuracy(value=1.0, low=0.9996160016293234, high=1.0, target_count=10000)
    """

    value: float
    low: float
    high: float
    target_count: int

    @classmethod
    def of(cls, share: float, targets: int, design_effect: float = 1.0) -> "Accuracy":
        """Wilson's interval on targets that may be correlated.

        `design_effect` is the variance of the share between sequences over that of as many
        independent targets; above 1 it makes `targets` count for fewer. Source: Wilson 1927; Kish
        1965 for the design effect; Korn and Graubard 1998 for the effective count.
        """
        low, high = wilson(share, targets / max(design_effect, 1.0))
        return cls(share, low.item(), high.item(), targets)

    @classmethod
    def of_parts(cls, correct: ArrayLike, targets: ArrayLike) -> "Accuracy":
        """The accuracy over several parts, such as sequences, whose targets may be correlated: each
        part has so many `targets`, and so many of them `correct`.

        Where parts differ in how many targets they have, the variance between them is that of
        correct - share * targets (the ratio estimator's).

        >>> Accuracy.of_parts([3, 2], [4, 4]).value
        0.625

        Shapes: (parts,) both, with at least one target.
        """
        corrects, counts = np.asarray(correct, float), np.asarray(targets, float)
        share, count = float(corrects.sum() / counts.sum()), len(counts)
        alone = counts.mean() * share * (1 - share)
        between = float(((corrects - share * counts) ** 2).sum()) / max(count - 1, 1)
        return cls.of(share, int(counts.sum()), between / alone if alone > 0 and count > 1 else 1.0)


def accuracy_of(correct: NDArray[np.bool_]) -> Accuracy:
    """The accuracy of targets in the order in which they were predicted, at least one: what comes
    together widens the interval.

    Shapes: any; they are taken in the order in which they lie.

    >>> accuracy_of(np.array([True, True, False, True])).value
    0.75
    """
    share = float(correct.mean())
    if correct.size < 2 * BLOCK:
        return Accuracy.of(share, correct.size)
    blocks = correct.ravel()[: correct.size // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
    alone = share * (1 - share) / BLOCK
    return Accuracy.of(share, correct.size, float(blocks.var()) / alone if alone > 0 else 1.0)


def wilson(share: ArrayLike, count: ArrayLike) -> tuple[Floats, Floats]:
    """The two ends of Wilson's 95 % interval around a share of so many (above 0), or around each of
    an array of them.

    >>> [end.item() for end in wilson(1.0, 10000)]
    [0.9996160016293234, 1.0]
    """
    shares, counts = np.asarray(share, float), np.asarray(count, float)
    centre = (shares + Z * Z / (2 * counts)) / (1 + Z * Z / counts)
    within = shares * (1 - shares) / counts + Z * Z / (4 * counts * counts)
    half = Z / (1 + Z * Z / counts) * np.sqrt(within)
    low, high = np.maximum(0.0, centre - half), np.minimum(1.0, centre + half)
    return np.minimum(shares, low), np.maximum(shares, high)


def means_and_ends(values: ArrayLike, targets: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Means of accuracies on so many different targets together, and the ends of Student's 95 %
    intervals over them, cut to 0..1.

    Accuracies that all agree would give an interval of no width, so it is never narrower than
    Wilson's on these targets.

    Shapes: (lots, at least two accuracies), (lots,) -> (lots,) each.
    """
    mean, half = means_and_halves(values)
    low, high = wilson(mean, targets)
    return (
        mean,
        np.maximum(0.0, np.minimum(mean - half, low)),
        np.minimum(1.0, np.maximum(mean + half, high)),
    )


def means_and_halves(values: ArrayLike) -> tuple[Floats, Floats]:
    """Means of lots of values, and half of Student's 95 % interval around each, nan around a single
    value.

    Shapes: (lots, at least one value) -> (lots,) both.

    >>> [part.round(4).tolist() for part in means_and_halves([[0.0, 1.0, 2.0]])]
    [[1.0], [2.4841]]
    """
    value = np.asarray(values, float)
    first, count = value[:, 0], value.shape[1]
    mean = (
        first + (value - first[:, None]).sum(axis=1) / count
    )  # of equal values exactly that value
    if count == 1:
        return mean, np.full_like(mean, np.nan)
    squares = ((value - mean[:, None]) ** 2).sum(axis=1)
    return mean, student(count - 1) * np.sqrt(squares / (count - 1) / count)


def mean_and_half(values: Sequence[float]) -> tuple[float, float]:
    """As `means_and_halves`, of one lot."""
    mean, half = means_and_halves([values])
    return mean.item(), half.item()


@lru_cache
def student(freedom: float) -> float:
    """How many standard errors a 95 % interval reaches to each side, with so many degrees of
    freedom (at least 1).
    """
    if freedom <= len(STUDENT) and freedom == int(freedom):
        return STUDENT[int(freedom) - 1]
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))
