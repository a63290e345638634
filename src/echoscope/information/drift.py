"""Whether the counts of symbols change over time."""

from dataclasses import dataclass

import numpy as np

from echoscope.information.sequence import SymbolSequence
from echoscope.integers import Integers
from echoscope.stats.intervals import Floats

BLOCKS = 4
LEAST_EXPECTED = 5  # of a symbol in a block; rarer ones are counted together
LEAST_BLOCK = 20  # symbols
MOST_LAGS = 256  # of the correlation
WIDE = 5  # correlation times up to which correlations are summed


@dataclass(frozen=True)
class Drift:
    """The chance that symbols without drift differ as much from block to block, and how much they
    do: the share of symbols that would have to be others for a block to be like the whole, less
    what chance makes of it.
    """

    p: float
    share: float


def drift(sequence: SymbolSequence) -> Drift:
    """Of each symbol the chi-square of homogeneity of four blocks in time, over its correlation
    time; p is the least, times the number of symbols.

    A symbol that stays, or comes back, differs from block to block without any drift: its
    chi-square is as many times as large as it is correlated, and so it is divided by that. What
    goes together for longer than a fifth of a block counts as drift. Gaps are passed over, and
    symbols with a border between them do not go together. Of fewer than 80 symbols, or of one
    kind, p is 1.

    >>> draws = np.random.default_rng(0).integers(0, 3, 400)
    >>> drifting = np.append(draws[:200], draws[200:] // 2)
    >>> [round(drift(SymbolSequence.of(each, 3)).p, 4) for each in (draws, drifting)]
    [1.0, 0.0]

    Source: Rao and Scott 1981 for the division; Sokal 1997 for the correlation time; Bonferroni.
    """
    from scipy.special import chdtrc

    ranks, segment = (each[sequence.present] for each in (sequence.ranks, sequence.segment))
    length = len(ranks) // BLOCKS
    last = slice(len(ranks) - length * BLOCKS, None)
    blocks = _common(ranks[last]).reshape(BLOCKS, length)
    groups = segment[last].reshape(BLOCKS, length)
    kinds = int(blocks.max(initial=0)) + 1
    if length < LEAST_BLOCK or kinds < 2:
        return Drift(1.0, 0.0)
    shares = np.stack([np.bincount(block, minlength=kinds) for block in blocks]) / length
    share = shares.mean(axis=0)
    variance = share * (1 - share) * correlation_times(blocks, shares, groups) / length
    apart = ((shares - share) ** 2).sum(axis=0) / variance
    p = min(1.0, kinds * float(chdtrc(BLOCKS - 1, apart).min()))
    chance = np.sqrt(2 / np.pi * variance * (1 - 1 / BLOCKS)).sum()
    return Drift(p, max(0.0, float(np.abs(shares - share).sum() / BLOCKS - chance) / 2))


def correlation_times(blocks: Integers, shares: Floats, groups: Integers | None = None) -> Floats:
    """How many times as much the count of each symbol varies as it would if symbols were
    independent: 1 and twice its correlations over five such times, and no more than a fifth of a
    block; at least 1, and at least that of all symbols together, which is better known.

    Correlations are within blocks, so that what changes between them is none, and within `groups`:
    what lies in two of them does not vary together.

    >>> draws = np.repeat(np.random.default_rng(0).integers(0, 2, 2000), 5)  # 5 alike in a row
    >>> blocks = draws.reshape(4, -1)
    >>> ones = blocks.mean(axis=1)
    >>> correlation_times(blocks, np.stack([1 - ones, ones], axis=1)).round(1).tolist()
    [4.8, 4.8]

    Shapes: (blocks, time), (blocks, kinds), (blocks, time) -> (kinds,).
    """
    length, kinds = blocks.shape[1], shares.shape[1]
    chance = _with_sum((shares**2).mean(axis=0))
    room = np.maximum(_with_sum((shares * (1 - shares)).mean(axis=0)), 1e-12)
    times, sums = np.ones(kinds + 1), np.zeros(kinds + 1)
    going = np.ones(kinds + 1, bool)
    for lag in range(1, min(MOST_LAGS, length // 5) + 1):
        later = blocks[:, lag:]
        near = True if groups is None else groups[:, lag:] == groups[:, :-lag]
        both = near & (later == blocks[:, :-lag])
        alike = np.bincount(later[both], minlength=kinds) / later.size
        sums += (_with_sum(alike) - chance * np.mean(near)) / room
        times = np.where(going, (1 + 2 * sums) / (1 - 2 * lag / length), times)
        going &= lag < WIDE * np.maximum(times, 1)
        if not going.any():
            break
    return np.maximum(times[:-1], max(float(times[-1]), 1.0))


def _with_sum(values: Floats) -> Floats:
    """Values, and their sum behind them. Shapes: (values,) -> (values + 1,)."""
    return np.append(values, values.sum())


def _common(ranks: Integers) -> Integers:
    """Symbols numbered anew, the rare ones together as the last. Shapes: (symbols,)."""
    counts = np.bincount(ranks, minlength=1)
    common = counts >= BLOCKS * LEAST_EXPECTED
    number = np.where(common, np.cumsum(common) - 1, common.sum())
    return number[ranks]
