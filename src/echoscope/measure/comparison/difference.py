"""Is a layer worse than it was? Two layers, trained on the same seeds until the interval decides.

Every seed trains both, on the same integers, so what a seed does to both falls out of their
difference. The intervals may be looked at several times, since they share one error: 5 % is spent
evenly over all measures and all looks (Bonferroni), so that what is said at any of them is wrong at
most so often.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from echoscope.html_repr import HtmlRepr
from echoscope.measure.layer.identity import Identity
from echoscope.measure.results import MeasuredValue

LOOKS = (4, 6, 8, 12, 16)  # seeds after which it is looked at
LEVEL = 0.05
MARGIN = 0.05  # of what the layer held before: a loss that does not matter
WORSE, NO_WORSE, BETTER, UNDECIDED = "worse", "no worse", "better", "undecided"
MEASURES = ("bits", "hold", "recall")
Scores = dict[str, float]  # of one training of one layer, by measure
Score = Callable[[int], tuple[Scores, Scores]]  # of a seed: before and after


@dataclass(frozen=True)
class Difference:
    """After minus before in one measure: means of both, the difference with its interval, and
    whether that is worse, no worse, better or undecided.
    """

    name: str
    before: float
    after: float
    difference: MeasuredValue
    verdict: str


@dataclass(frozen=True)
class LayerComparison(HtmlRepr, shown_by="layers"):
    """Two layers beside each other, after so many seeds."""

    before: Identity
    after: Identity
    differences: tuple[Difference, ...]
    seeds: int
    seconds: float = 0.0

    @property
    def worse(self) -> bool:
        """Whether any measure is worse."""
        return any(item.verdict == WORSE for item in self.differences)

    @property
    def decided(self) -> bool:
        """Whether more seeds would change nothing that is said."""
        return self.worse or all(item.verdict != UNDECIDED for item in self.differences)


def difference(
    name: str, before: Sequence[float], after: Sequence[float], margin: float = MARGIN
) -> Difference:
    """A measure's paired difference, of at least two seeds.

    >>> difference("bits", [24.0, 23.5, 24.4, 23.9], [20.1, 19.8, 20.6, 19.9]).verdict
    'worse'
    """
    first, second = np.asarray(before, float), np.asarray(after, float)
    change, count = second - first, len(first)
    mean = float(change.mean())
    half = _reach(count - 1) * float(change.std(ddof=1)) / math.sqrt(count)
    low, high = mean - half, mean + half
    least = -margin * max(abs(float(first.mean())), 1e-9)
    if high < 0 and mean < least:
        verdict = WORSE
    elif low > 0:
        verdict = BETTER
    else:
        verdict = NO_WORSE if low >= least else UNDECIDED
    change_of = MeasuredValue(mean, low, high)
    return Difference(name, float(first.mean()), float(second.mean()), change_of, verdict)


def _reach(freedom: int) -> float:
    """How many standard errors an interval reaches that shares the level with all others."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - LEVEL / (2 * len(LOOKS) * len(MEASURES))))


def compared(
    before: Identity, after: Identity, score: Score, margin: float = MARGIN, first_seed: int = 0
) -> Iterator[LayerComparison]:
    """What is known after each look, until it is decided or the last look is over."""
    scores: list[tuple[Scores, Scores]] = []
    for look in LOOKS:
        while len(scores) < look:
            scores.append(score(first_seed + len(scores)))
        names = [name for name in MEASURES if name in scores[0][0]]
        columns = [
            tuple([pair[side][name] for pair in scores] for side in (0, 1)) for name in names
        ]
        differences = [
            difference(name, before_scores, after_scores, margin)
            for name, (before_scores, after_scores) in zip(names, columns, strict=True)
        ]
        result = LayerComparison(before, after, tuple(differences), look)
        yield result
        if result.decided:
            return
