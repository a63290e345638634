"""A score with its interval: the share of asked answers said right."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

BLOCK = 10  # answers in a row, whose spread widens the interval where wrong answers come together
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
class Score:
    """The share of `answers` said right, with a 95 % interval.

    >>> Score.of(share=1.0, answers=10000)
    Score(value=1.0, low=0.9996160016293234, high=1.0, answers=10000)
    """

    value: float
    low: float
    high: float
    answers: int

    @classmethod
    def of(cls, share: float, answers: int, spread: float = 1.0) -> "Score":
        """Wilson's interval on answers that may hang together.

        `spread` is the variance of right answers between sequences over that of independent
        answers; above 1 it makes `answers` count for fewer. Source: Wilson 1927; Korn and Graubard
        1998 for the effective count.
        """
        low, high = wilson(share, answers / max(spread, 1.0))
        return cls(share, low.item(), high.item(), answers)

    @classmethod
    def of_parts(cls, right: ArrayLike, asked: ArrayLike) -> "Score":
        """The share of right answers over parts, each asked so many; right answers of a part may
        hang together.

        The spread between parts that differ in what they ask is that of right - share * asked (the
        ratio estimator's).

        >>> Score.of_parts([3, 2], [4, 4]).value
        0.625

        Shapes: (parts,) both, with at least one answer asked.
        """
        rights, askeds = np.asarray(right, float), np.asarray(asked, float)
        share, count = float(rights.sum() / askeds.sum()), len(askeds)
        alone = askeds.mean() * share * (1 - share)
        between = float(((rights - share * askeds) ** 2).sum()) / max(count - 1, 1)
        return cls.of(share, int(askeds.sum()), between / alone if alone > 0 and count > 1 else 1.0)


def score_of(right: NDArray[np.bool_]) -> Score:
    """The score of answers in the order in which they were said, at least one: what comes together
    widens the interval.

    Shapes: any; they are taken in the order in which they lie.

    >>> score_of(np.array([True, True, False, True])).value
    0.75
    """
    share = float(right.mean())
    if right.size < 2 * BLOCK:
        return Score.of(share, right.size)
    blocks = right.ravel()[: right.size // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
    alone = share * (1 - share) / BLOCK
    return Score.of(share, right.size, float(blocks.var()) / alone if alone > 0 else 1.0)


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


def mean_score(scores: Sequence[Score], same_answers: bool = False) -> Score:
    """The mean over seeds, with Student's 95 % interval over them, cut to 0..1.

    Seeds that all agree would give an interval of no width, so it is never narrower than Wilson's
    on all their answers together; where all were asked the `same_answers`, on those of one. One
    score is returned as it is. Shapes: at least one score.
    """
    if len(scores) == 1:
        return scores[0]
    asked = [score.answers for score in scores]
    answers = max(asked) if same_answers else sum(asked)
    value, low, high = means_and_ends([[score.value for score in scores]], [answers])
    return Score(value.item(), low.item(), high.item(), answers)


def means_and_ends(values: ArrayLike, answers: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Means of scores on so many answers together, and the ends of their intervals as `mean_score`
    has them.

    Shapes: (lots, at least two scores), (lots,) -> (lots,) each.
    """
    mean, half = means_and_halves(values)
    low, high = wilson(mean, answers)
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
    given = np.asarray(values, float)
    first, count = given[:, 0], given.shape[1]
    mean = (
        first + (given - first[:, None]).sum(axis=1) / count
    )  # of equal values exactly that value
    if count == 1:
        return mean, np.full_like(mean, np.nan)
    squares = ((given - mean[:, None]) ** 2).sum(axis=1)
    return mean, student(count - 1) * np.sqrt(squares / (count - 1) / count)


def mean_and_half(values: Sequence[float]) -> tuple[float, float]:
    """As `means_and_halves`, of one lot."""
    mean, half = means_and_halves([values])
    return mean.item(), half.item()


@lru_cache
def student(freedom: int) -> float:
    """How many standard errors a 95 % interval reaches to each side, with so many degrees of
    freedom (at least 1).
    """
    if freedom <= len(STUDENT):
        return STUDENT[freedom - 1]
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))
