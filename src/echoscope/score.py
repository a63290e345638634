"""A score with its interval: the share of asked answers said right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Z = 1.959963984540054  # a 95 % interval


@dataclass(frozen=True)
class Score:
    """The share of `answers` said right, with a 95 % interval.

    >>> Score.of(share=1.0, answers=10000)
    Score(value=1.0, low=0.9996160024906617, high=1.0, answers=10000)
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
        count = answers / max(spread, 1.0)
        centre = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
        half = Z / (1 + Z * Z / count) * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
        return cls(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)), answers)


def mean_score(scores: Sequence[Score], same_answers: bool = False) -> Score:
    """The mean over seeds, with Student's 95 % interval over them, cut to 0..1.

    Seeds that all agree would give an interval of no width, so it is never narrower than Wilson's on all their
    answers together; where all were asked the `same_answers`, on those of one. One score is returned as it is. Shapes:
    at least one score.
    """
    if len(scores) == 1:
        return scores[0]
    asked = [score.answers for score in scores]
    return mean_of_values([score.value for score in scores], max(asked) if same_answers else sum(asked))


def mean_of_values(values: Sequence[float], answers: int) -> Score:
    """As `mean_score`, of at least two values that stand on so many answers together."""
    mean, half = mean_and_half(values)
    pooled = Score.of(mean, answers)
    return Score(mean, max(0.0, min(mean - half, pooled.low)), min(1.0, max(mean + half, pooled.high)), answers)


def mean_and_half(values: Sequence[float]) -> tuple[float, float]:
    """The mean of at least two values, and half of Student's 95 % interval around it.

    >>> mean_and_half([0.0, 1.0, 2.0])
    (1.0, 2.4841377117503303)
    """
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return mean, student(len(values) - 1) * deviation / math.sqrt(len(values))


@lru_cache
def student(freedom: int) -> float:
    """How many standard errors a 95 % interval reaches to each side, with so many degrees of freedom (at least 1)."""
    from scipy.special import stdtrit  # 0.1 s, only for several seeds

    return float(stdtrit(freedom, 0.975))
