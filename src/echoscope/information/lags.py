"""How much the symbol k before tells of a symbol, for each lag k, and whether that is chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from echoscope.borders import lengths_of, pairs_of
from echoscope.information.entropy import plug_in
from echoscope.information.mutual import Ranks, count_weights, dense, pair_information
from echoscope.information.sequence import SymbolSequence
from echoscope.integers import Integers
from echoscope.stats.intervals import Floats

LEVEL = 0.025  # of false alarms over all lags together; the rules have as much
WORK = 400_000_000  # pairs that are counted, at most: some two seconds
SORTED, CELL = 5, 3  # how many times as long a pair takes to sort, and a cell of a table to sum
MOST_SHUFFLES, EXACT_SHUFFLES, LEAST_SHUFFLES = 999, 199, 4
ALIKE = 0.9  # of the pairs of another lag: lags with so many show alike
LEAST_SHOWN = 256  # values that a gamma distribution is fitted to, at least
LEAST_ROOM = 1e-9  # bits between what shuffled symbols show and the most that there can be
REPEATED = 0.99  # of what near lags show, which far ones show of what repeats itself to the end
LEAST_FAR = 64  # lags that are far, where there are as many
MOST_SHUFFLED = 20_000_000  # symbols in memory


@dataclass(frozen=True)
class LagInformation:
    """What the symbol `lag` before tells of a symbol, in bits, from so many `pairs`.

    `p` is the chance that shuffled symbols show as much at any of the lags, `single_p` at this one;
    below `band` bits `p` is above 2.5 %. `far_p` is the chance that any of as many lags far beyond,
    where the memory is past, shows as much. `bits` are what is counted, less what shuffled symbols
    show, scaled so that all a symbol has to tell stays all (the adjusted mutual information).
    """

    lag: int
    bits: float
    band: float
    p: float
    single_p: float
    far_p: float
    plug_in: float
    pairs: int


class Null(NamedTuple):
    """What shuffled symbols show at each lag: the mean, and the value above which `p` is below
    2.5 %; and the two p of what was observed. Shapes: (lags,) each.
    """

    mean: Floats
    band: Floats
    p: Floats
    single_p: Floats


def lag_information(
    sequence: SymbolSequence, lags: int, seed: int = 0, shuffles: int | None = None
) -> tuple[LagInformation, ...]:
    """The information of each lag from 1 on, as far as there are pairs.

    >>> sequence = SymbolSequence.of([0, 1, 2, 3, 1, 0, 3, 2] * 20, vocab_size=4)
    >>> [(lag.lag, round(lag.bits, 2), lag.p) for lag in lag_information(sequence, lags=2)]
    [(1, 0.98, 0.001), (2, 2.0, 0.001)]

    What it is held against is that there is no memory at all: the symbols, shuffled over all places
    that have any. A chain that remembers one step so has information at lag 2 too, and so has a
    sequence whose symbols come and go. The largest value over the lags, each in units of its
    own spread, makes `p` that of all of them together. With 199 shuffles or more (by default
    up to some 30,000 symbols of a few kinds at 64 lags) `p` is exact; of a longer sequence there
    are fewer, at least 4, and a gamma distribution with the mean and variance of what all of them
    show at all lags says how likely more would be: of long shuffled sequences lags are independent,
    and the statistic is a sum of squares. Beyond about a million symbols the last ones are used; of
    sequences so short that lags have much fewer pairs the further they are, `p` is exact always,
    and of more than some hundred thousand symbols the last are used.

    A sequence that remembers has fewer pairs than it seems, for they go together, so that lags that
    carry nothing show more than shuffled symbols do. `far_p` tells them apart, but for a sequence
    that repeats itself to the end, where no lag is far. Where no `p` is below 2.5 %, it is `p`.

    Source: Westfall and Young 1993 for the maximum; Box 1954 for the gamma; Vinh, Epps and Bailey
    2010 for the bits; Quiroga, Kraskov, Kreuz and Grassberger 2002 for far lags.
    """
    rng, kinds = np.random.default_rng(seed), len(sequence.occurring)
    part = sequence.part(max(0, len(sequence) - _most(sequence, lags)))
    shuffled = _shuffled(part, rng, shuffles or _shuffles(part, lags))
    rows, ends, weight = [], [], count_weights(len(part))
    for lag in range(1, min(lags, len(part) - 1) + 1):
        linked = part.linked(lag)
        before, after = shuffled[:, :-lag][:, linked], shuffled[:, lag:][:, linked]
        if not before.size or kinds < 2:
            continue
        rows.append(pair_information(before, after, kinds, weight))
        least = min(plug_in(np.bincount(side[0])) for side in (before, after))
        ends.append((lag, before.shape[1], least))
    if not rows:
        return ()
    values = np.stack(rows, axis=1)
    pairs = np.array([pairs for _, pairs, _ in ends])
    null = exact(values) if len(values) > EXACT_SHUFFLES else gamma(values, pairs)
    most, far_p = np.array([least for *_, least in ends]), null.p
    if null.p.min() <= LEVEL:
        ratios = values[0] / np.maximum(null.mean, LEAST_ROOM)
        far_p = _far_p(part, shuffled[:2], ratios, float(values[0].max()), weight)
    columns = (
        np.maximum(0.0, _adjusted(values[0], null.mean, most)),
        np.where(most - null.mean > LEAST_ROOM, _adjusted(null.band, null.mean, most), most),
        null.p,
        null.single_p,
        far_p,
        values[0],
    )
    numbers = np.stack(columns, axis=1).tolist()
    return tuple(
        LagInformation(lag, *row, pairs=count)
        for (lag, count, _), row in zip(ends, numbers, strict=True)
    )


def exact(values: Floats) -> Null:
    """By the ranks of what is observed, the first row, among all rows. Shapes: (rows, lags)."""
    centre, spread = values.mean(axis=0), values.std(axis=0)
    units = np.where(spread > 1e-12, (values - centre) / np.maximum(spread, 1e-12), 0.0)
    largest = units.max(axis=1)
    p = (largest[:, None] >= units[0] - 1e-9).mean(axis=0)
    at = np.quantile(largest[1:], 1 - LEVEL, method="higher")
    single = (values >= values[0] - 1e-12).mean(axis=0)
    return Null(values[1:].mean(axis=0), centre + at * spread, p, single)


def gamma(values: Floats, pairs: Integers) -> Null:
    """By a gamma distribution fitted to all rows but the first, at all lags together, each in units
    of the mean at so many pairs. Shapes: (rows, lags), (lags,).
    """
    from scipy.special import gammaincc, gammainccinv

    means, lags = values[1:].mean(axis=0), len(pairs)
    alike = pairs.min() > ALIKE * pairs.max()
    degree = 0 if alike else min(2, lags // 5)
    centre = np.polynomial.Polynomial.fit(pairs, means, degree)(pairs)
    centre = np.maximum(centre, 1e-12)
    variance = max(float(((values[1:] / centre - 1) ** 2).mean()), 1e-12)
    single = gammaincc(1 / variance, values[0] / centre / variance)
    p = -np.expm1(lags * np.log1p(-np.minimum(single, 1 - 1e-16)))
    at = variance * gammainccinv(1 / variance, -np.expm1(np.log1p(-LEVEL) / lags))
    return Null(centre, centre * at, p, single)


def _far_p(
    sequence: SymbolSequence, rows: Ranks, ratios: Floats, most: float, weight: Floats
) -> Floats:
    """The chance that any of as many far lags shows as many times what shuffled symbols do; 0 of
    sequences that are too short for any to be far, or in which all far ones show the `most` that
    any lag does, for they repeat themselves to the end. Far lags are within a sequence too: of
    several those at which half of the symbols or more have another.

    Shapes: (2, time), the symbols and one shuffle of them, (lags,) -> (lags,).
    """
    from scipy.special import gammaincc

    length, lags = int(lengths_of(sequence.starts, len(sequence)).max()), len(ratios)
    nearest = max(lags + 1, length // 4)
    places = np.linspace(nearest, length - nearest, max(LEAST_FAR, lags)).astype(int)
    shifts = np.unique(places[places >= nearest])
    shown = []
    for shift in shifts.tolist():
        later = np.roll(rows, -shift, axis=1)
        there = sequence.present & np.roll(sequence.present, -shift)
        there &= sequence.segment == np.roll(sequence.segment, -shift)
        if 2 * there.sum() < sequence.present.sum():
            continue
        pair = rows[:, there], later[:, there]
        shown.append(pair_information(*pair, len(sequence.occurring), weight))
    if len(shown) < LEAST_FAR // 4:
        return np.zeros(lags)
    far, chance = np.array(shown).T
    if far.min() >= REPEATED * most:
        return np.zeros(lags)
    far = far / max(float(chance.mean()), LEAST_ROOM)
    mean, variance = float(far.mean()), max(float(far.var(ddof=1)), LEAST_ROOM)
    single = gammaincc(mean**2 / variance, ratios * mean / variance)
    return -np.expm1(lags * np.log1p(-np.minimum(single, 1 - 1e-16)))


def carrying_lags(lags: Sequence[LagInformation]) -> list[LagInformation]:
    """The lags that tell more than chance: more than shuffled symbols, and, where any does, more
    than lags far beyond the memory.
    """
    more = [lag for lag in lags if lag.p <= LEVEL]
    return [lag for lag in more if lag.far_p <= LEVEL] or more


def detectable(lag: LagInformation, lags: int) -> float:
    """The bits that a lag, of so many, would need to be seen in 4 of 5 such sequences.

    Where symbols are many and pairs few it is an approximation.
    """
    scale = 2 * lag.pairs * np.log(2)
    within = scale * max(lag.band, 0.0)
    return _noncentral(within, within / _quantile(lags)) / scale


def pairs_needed(kinds: int, bits: float, lags: int) -> int:
    """How many pairs of so many kinds of symbols, 2 at least, would show so many bits at a lag, of
    so many, in 4 of 5 such sequences.

    >>> pairs_needed(kinds=6, bits=0.1, lags=64)
    312
    """
    spread, quantile = np.sqrt(2) * (kinds - 1), _quantile(lags)
    within = quantile * spread + (quantile**2 - 1) * 2 / 3
    return int(np.ceil(_noncentral(within, spread) / (2 * bits * np.log(2))))


def _quantile(lags: int) -> float:
    """Of the normal distribution: above it all of so many lags are in 5 of 100 sequences."""
    from scipy.special import ndtri

    return float(ndtri(np.exp(np.log1p(-LEVEL) / lags)))


def _noncentral(within: float, spread: float) -> float:
    """The noncentrality at which a chi-square, that has this spread without any, is above its mean
    by `within` in 4 of 5 cases.
    """
    from scipy.special import ndtri

    quantile = float(ndtri(0.8))
    middle = within + 2 * quantile**2
    return float(middle + np.sqrt(middle**2 - within**2 + (quantile * spread) ** 2))


def _adjusted(values: Floats, mean: Floats, most: Floats) -> Floats:
    """Values from 0 at the mean of shuffled ones to the most that there can be."""
    room = most - mean
    scale = np.where(room > LEAST_ROOM, most / np.maximum(room, LEAST_ROOM), 0.0)
    return (values - mean) * scale


def _cost(sequence: SymbolSequence, lags: int) -> int:
    """The work of one shuffle."""
    kinds, length = len(sequence.occurring), max(len(sequence), 1000)
    pairs = lags * length
    if len(sequence.starts) > 1:
        pairs = max(int(pairs_of(sequence.starts, len(sequence), lags).sum()), 1000)
    if dense(kinds, length):
        return pairs + lags * CELL * kinds * kinds
    return SORTED * pairs + lags * CELL * kinds


def _least(sequence: SymbolSequence, lags: int) -> int:
    """The fewest shuffles: of short sequences, whose lags differ much in pairs, as many as make p
    exact, for no one distribution fits all lags.
    """
    pairs = pairs_of(sequence.starts, len(sequence), lags)
    if len(sequence.starts) > 1 and pairs.min() <= ALIKE * pairs.max():
        return EXACT_SHUFFLES
    return max(LEAST_SHUFFLES, -(-LEAST_SHOWN // lags))


def _most(sequence: SymbolSequence, lags: int) -> int:
    """How many symbols there is time and room for with the fewest shuffles."""
    length, shuffles = len(sequence), _least(sequence, lags)
    whole = (shuffles + 1) * _cost(sequence, lags)
    most = length if whole <= WORK else max(1000, length * WORK // whole)
    return min(most, MOST_SHUFFLED // shuffles) if shuffles == EXACT_SHUFFLES else most


def _shuffles(sequence: SymbolSequence, lags: int) -> int:
    time, space = WORK // _cost(sequence, lags), MOST_SHUFFLED // max(len(sequence), 1)
    return max(_least(sequence, lags), min(MOST_SHUFFLES, time - 1, space))


def _shuffled(sequence: SymbolSequence, rng: np.random.Generator, shuffles: int) -> Ranks:
    """The ranks as they are, and so many times shuffled. Shapes: -> (1 + shuffles, time)."""
    ranks = sequence.ranks.astype(np.int32)
    rows = np.tile(ranks, (1 + shuffles, 1))
    there = sequence.present
    for row in rows[1:]:
        row[there] = rng.permutation(ranks[there])
    return rows
