"""A score with its interval: the share of asked answers said right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Z = 1.959963984540054  # a 95 % interval
# Student's for 1 to 30 degrees of freedom, as SciPy gives them: importing it takes a quarter of a second.
STUDENT = (
    12.706204736174694, 4.302652729749462, 3.1824463052837078, 2.7764451051977934, 2.5705818356363146,
    2.4469118511449786, 2.364624251592784, 2.306004135204166, 2.262157162798205, 2.228138851986274,
    2.200985160091639, 2.1788128296672284, 2.1603686564627913, 2.144786687917804, 2.131449545559776,
    2.1199052992212546, 2.1098155778333156, 2.1009220402410382, 2.0930240544083087, 2.085963447265864,
    2.0796138447276795, 2.0738730679040254, 2.0686576104190486, 2.0638985616280245, 2.0595385527532972,
    2.0555294386428735, 2.0518305164802846, 2.0484071417952454, 2.045229642132703, 2.0422724563012378,
)  # fmt: skip


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

        `spread` is the variance of right answers between sequences over that of independent answers; above 1 it makes
        `answers` count for fewer. Source: Wilson 1927; Korn and Graubard 1998 for the effective count.
        """
        return cls(share, *wilson(share, answers / max(spread, 1.0)), answers)


def wilson(share: float, count: float) -> tuple[float, float]:
    """The two ends of Wilson's 95 % interval around a share of so many.

    >>> wilson(1.0, 10000)
    (0.9996160016293234, 1.0)
    """
    centre = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
    half = Z / (1 + Z * Z / count) * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    return min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half))


def mean_score(scores: Sequence[Score], same_answers: bool = False) -> Score:
    """The mean over seeds, with Student's 95 % interval over them, cut to 0..1.

    Seeds that all agree would give an interval of no width, so it is never narrower than Wilson's on all their
    answers together; where all were asked the `same_answers`, on those of one. One score is returned as it is. Shapes:
    at least one score.
    """
    if len(scores) == 1:
        return scores[0]
    asked = [score.answers for score in scores]
    answers = max(asked) if same_answers else sum(asked)
    return Score(*mean_and_ends([score.value for score in scores], answers), answers)


def mean_and_ends(values: Sequence[float], answers: int) -> tuple[float, float, float]:
    """The mean of at least two scores on so many answers together, and its interval's ends as `mean_score` has them."""
    mean, half = mean_and_half(values)
    low, high = wilson(mean, answers)
    return mean, max(0.0, min(mean - half, low)), min(1.0, max(mean + half, high))


def mean_and_half(values: Sequence[float]) -> tuple[float, float]:
    """The mean of at least two values, and half of Student's 95 % interval around it.

    >>> mean_and_half([0.0, 1.0, 2.0])
    (1.0, 2.4841377117503303)
    """
    count = len(values)
    mean = math.fsum(values) / count
    squares = math.fsum([(value - mean) * (value - mean) for value in values])
    return mean, student(count - 1) * math.sqrt(squares / (count - 1) / count)


@lru_cache
def student(freedom: int) -> float:
    """How many standard errors a 95 % interval reaches to each side, with so many degrees of freedom (at least 1)."""
    if freedom <= len(STUDENT):
        return STUDENT[freedom - 1]
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))
