"""How many bits a symbol is worth to who knows all before it, and how often it can be predicted."""

from dataclasses import dataclass

import numpy as np

from echoscope.information.entropy import Entropy
from echoscope.information.scores import RuleScore

LEAST_COVERAGE, LEAST_OFTEN = 0.9, 10  # of the windows whose entropy is believed


@dataclass(frozen=True)
class EntropyRate:
    """An estimate of the bits of a symbol given all before it, with a 95 % interval, and which
    measure it is.
    """

    bits: float
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Ceiling:
    """The share of symbols that can be predicted at most, if the entropy rate is right; `low` and
    `high` are that of the ends of its interval.
    """

    value: float
    low: float
    high: float


def entropy_rate(
    entropies: tuple[Entropy, ...], scores: tuple[RuleScore, ...], kinds: int
) -> EntropyRate:
    """The measure whose interval ends lowest: of the entropies whose windows were seen for nine
    tenths, and where there is a context ten times each, and of the bits that each rule takes for a
    held-out symbol.

    All of them are above the entropy rate but for chance, so that the least is nearest; by its
    upper end, as of several that are alike the luckiest has the least value. It knows of nothing
    that lies further back than the rules look, so the rate itself may be lower.

    >>> entropy_rate((Entropy(0, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0),), (), kinds=2).source
    'context of 0'
    """
    most = float(np.log2(max(kinds, 1)))
    rates = [
        EntropyRate(each.bits, each.low, each.high, f"context of {each.context}")
        for each in entropies
        if each.coverage >= LEAST_COVERAGE and (each.per_window >= LEAST_OFTEN or not each.context)
    ]
    rates += [
        EntropyRate(
            score.bits,
            max(0.0, score.bits - score.bits_half),
            score.bits + score.bits_half,
            score.name,
        )
        for score in scores
    ]
    best = min(rates, key=lambda rate: rate.high, default=EntropyRate(most, 0.0, most, "symbols"))
    ends = (min(value, most) for value in (best.bits, best.low, best.high))
    return EntropyRate(*ends, source=best.source)


def ceiling(rate: EntropyRate, kinds: int, reached: float = 0.0) -> Ceiling:
    """The largest accuracy that Fano's inequality allows at an entropy rate, of so many kinds of
    symbols; no less than what a rule has `reached`.

    It is an upper bound of what any predictor can reach, if the rate is right; where errors are not
    spread evenly over all other symbols, the best predictor reaches less.

    Source: Fano 1961; Song, Qu, Blumm and Barabasi 2010.
    """
    ends = (fano(bits, kinds) for bits in (rate.bits, rate.high, rate.low))
    return Ceiling(*(max(end, reached) for end in ends))


def fano(bits: float, kinds: int) -> float:
    """The largest p with H(p) + (1 - p) log2(kinds - 1) no less than so many bits.

    >>> round(fano(1.0, kinds=2), 3), round(fano(0.469, kinds=2), 3)
    (0.5, 0.9)
    """
    if kinds < 2 or bits <= 0:
        return 1.0
    low, high = 1 / kinds, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        off = 1 - middle
        errs = off * np.log2(off) if off > 0 else 0.0
        allowed = -middle * np.log2(middle) - errs + off * np.log2(kinds - 1)
        low, high = (middle, high) if allowed >= bits else (low, middle)
    return low
