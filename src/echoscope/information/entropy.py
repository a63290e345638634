"""How many bits a symbol tells, to who knows the symbols before it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from echoscope.information.sequence import SymbolSequence
from echoscope.information.spread import half_of
from echoscope.integers import Integers
from echoscope.stats.intervals import Z


@dataclass(frozen=True)
class Entropy:
    """The bits of a symbol given the `context` symbols before it: corrected for bias, with a 95 %
    interval, and as counted (`plug_in`).

    >>> entropy(SymbolSequence.of([0, 1] * 50, vocab_size=2), context=1).bits
    0.0

    `per_window` is how often a window of `context` + 1 symbols came on average, and `coverage` is
    the share of all that could come next to a context, by probability, that has been
    seen (Good and Turing's): where it is low, the correction is a guess, too low where likelihoods
    differ much, and the interval is wide.
    """

    context: int
    bits: float
    low: float
    high: float
    plug_in: float
    coverage: float
    per_window: float


def entropy(sequence: SymbolSequence, context: int) -> Entropy:
    """The entropy of a symbol given the `context` symbols before it, over all windows that no gap
    and no border cuts; of no such window 0, from 0 to the most that it can be.

    It is the corrected entropy of the windows less that of their contexts, from 0 to the binary
    logarithm of the number of symbols that occur. The interval takes what a symbol tells as a
    series in time, and adds what is not known of the unseen windows.
    """
    most = float(np.log2(max(len(sequence.occurring), 1)))
    windows, before = sequence.windows(context + 1), sequence.contexts(context)
    there = windows.ids >= 0
    if not there.any():
        return Entropy(context, 0.0, 0.0, most, 0.0, 0.0, 0.0)
    ids, kinds = windows.ids[there], before[there]
    counts, totals = np.bincount(ids), np.bincount(kinds)
    tells = np.log2(totals[kinds] / counts[ids])
    value = corrected(counts) - (corrected(totals) if context else 0.0)
    errors = (np.nan_to_num(half_of(tells), nan=most), _unknown(counts), _unknown(totals))
    half = float(np.linalg.norm(errors))
    bits = min(max(value, 0.0), most)
    low, high = max(0.0, bits - half), min(most, bits + half)
    often = len(ids) / int((counts > 0).sum())
    return Entropy(context, bits, low, high, float(tells.mean()), coverage(counts), often)


def plug_in(counts: ArrayLike) -> float:
    """The entropy of the shares that were counted, in bits.

    >>> plug_in([2, 2])
    1.0

    Shapes: (kinds,), at least one count above 0.
    """
    known = np.asarray(counts, float)
    known = known[known > 0]
    return float(np.log2(known.sum()) - (known * np.log2(known)).sum() / known.sum())


def coverage(counts: ArrayLike) -> float:
    """The share of all there is, by probability, that was counted at least once.

    >>> coverage([2, 2, 1, 1])
    0.7619047619047619

    Shapes: (kinds,), at least one count above 0. Source: Good 1953; Chao and Jost 2012.
    """
    known = np.asarray(counts)
    ones, _ = _rare(known)
    return float(1 - ones / known.sum() * (1 - _unseen_share(known)))


def corrected(counts: ArrayLike) -> float:
    """The entropy behind counts, in bits, of which the unseen kinds have their part.

    It is chosen for windows that are mostly seen once: of 1,000 draws among 10,000 equal kinds it
    says 13.3 bits of 13.29, where counting says 9.9, Miller and Madow's correction 10.6, and
    Grassberger's at most 11.8; and where all kinds are seen it has the correction of those two. It
    is nothing more than an estimate: where kinds differ much in likelihood and most were never
    seen, it is too low.

    >>> round(corrected([2, 2, 1, 1]), 2), round(plug_in([2, 2, 1, 1]), 2)
    (2.49, 1.92)

    Shapes: (kinds,), at least one count above 0. Source: Chao, Wang and Jost 2013.
    """
    from scipy.special import digamma

    known = np.asarray(counts)
    sizes, kinds = np.unique(known[known > 0], return_counts=True)
    total, (ones, _) = int(known.sum()), _rare(known)
    nats = float((kinds * sizes / total * (digamma(total) - digamma(sizes))).sum())
    return (nats + ones / total * _tail(_unseen_share(known), total)) / float(np.log(2))


def _rare(counts: Integers) -> tuple[int, int]:
    """How many kinds were counted once, and how many twice."""
    return int((counts == 1).sum()), int((counts == 2).sum())


def _unknown(counts: Integers) -> float:
    """Half of the 95 % interval, in bits, around what kinds tell that were seen once: how likely
    they are is known from those that were seen twice.
    """
    ones, twos = _rare(counts)
    return Z * ones / float(counts.sum()) / float(np.sqrt(max(twos, 0.1)) * np.log(2))


def _unseen_share(counts: Integers) -> float:
    """The likelihood of a kind that was counted once (Chao and Jost's A); 1 where none was."""
    total, (ones, twos) = int(counts.sum()), _rare(counts)
    if not ones:
        return 1.0
    if twos:
        return 2 * twos / ((total - 1) * ones + 2 * twos)
    return 2 / ((total - 1) * (ones - 1) + 2)


def _tail(share: float, total: int) -> float:
    """The sum over r from total on of (1 - share)^(r - total + 1) / r."""
    if share >= 1:
        return 0.0
    stay = np.log1p(-share)
    if share * total < 5:
        known = np.arange(1, total)
        rest = -np.log(share) - (np.exp(stay * known) / known).sum()
        return float(rest * np.exp(-stay * (total - 1)))
    ahead = np.arange(int(40 / share))
    return float((np.exp(stay * (ahead + 1)) / (total + ahead)).sum())
