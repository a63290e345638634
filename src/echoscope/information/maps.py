"""A map of one symbol: for each symbol `lag` before, what most often comes."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from echoscope.information.followers import HeldOut, likeliest, spread_out
from echoscope.information.rules import CHECKED, base_of, checked, earlier
from echoscope.information.sequence import SymbolSequence
from echoscope.integers import GAP, Integers
from echoscope.stats.intervals import Floats


class Pairs(NamedTuple):
    """How often each pair of ranks occurs, as codes before * kinds + after, smallest first; and of
    each rank before how often it does, and what most often comes, -1 where it never does.

    Shapes: (pairs,) for `codes` and `counts`, (kinds,) for the others.
    """

    codes: Integers
    counts: Integers
    totals: Integers
    best: Integers


@dataclass(frozen=True)
class Map:
    """The symbol that most often came `lag` after the symbol at hand; of lags up to `lags`, the
    one whose map of the first four fifths of the training part is right most often in its last
    fifth.

    >>> sequence = SymbolSequence.of([0, 1, 1, 0, 2, 2] * 10, vocab_size=3)
    >>> Map("map-lag", lags=8).fit(sequence, begin=48).detail
    'lag 3'
    """

    name: str
    lags: int

    def fit(self, sequence: SymbolSequence, begin: int) -> "FittedMap":
        """See `Rule`."""
        lag, base = self._chosen(sequence, begin), base_of(sequence, begin)
        times = np.flatnonzero(sequence.present[:begin])
        return FittedMap(sequence, base, lag, _pairs(sequence, lag, times))

    def _chosen(self, sequence: SymbolSequence, begin: int) -> int:
        if self.lags == 1:
            return 1
        every = checked(sequence, 0, begin)
        middle = round(len(every) * CHECKED)
        known, times = every[:middle], every[middle:]
        if not len(known) or not len(times):
            return 1
        actual, base = sequence.ranks[times], base_of(sequence, int(times[0]))
        commonest = likeliest(base[None])
        right = []
        for lag in range(1, self.lags + 1):
            best = _pairs(sequence, lag, known).best
            rank = best[earlier(sequence, lag, times)]
            right.append(int((np.where(rank >= 0, rank, commonest) == actual).sum()))
        return int(np.argmax(right)) + 1


@dataclass(frozen=True, eq=False)
class FittedMap:
    """The map of the symbol `context` before, and the probabilities without a memory where that
    symbol is missing or new.
    """

    sequence: SymbolSequence
    base: Floats
    context: int
    pairs: Pairs

    @property
    def detail(self) -> str:
        """See `Fitted`."""
        return f"lag {self.context}"

    def predict(self, context: Integers) -> Floats:
        """See `Fitted`."""
        symbol = context[-self.context] if len(context) >= self.context else GAP
        kinds, occurring = len(self.base), self.sequence.occurring
        place = int(np.searchsorted(occurring, symbol))
        known = place < kinds and occurring[place] == symbol and self.pairs.totals[place] > 0
        if not known:
            return spread_out(self.sequence, self.base)
        first, end = np.searchsorted(self.pairs.codes, [place * kinds, (place + 1) * kinds])
        whole = np.full(self.sequence.vocab_size, 1 / self.sequence.vocab_size)
        after = occurring[self.pairs.codes[first:end] % kinds]
        whole[after] += self.pairs.counts[first:end]
        return whole / whole.sum()

    def held_out(self, times: Integers) -> HeldOut:
        """See `Fitted`."""
        actual, before = self.sequence.ranks[times], earlier(self.sequence, self.context, times)
        kinds, codes, counts = len(self.base), self.pairs.codes, self.pairs.counts
        best = np.append(self.pairs.best, GAP)[before]
        code = before * kinds + actual
        place = np.minimum(np.searchsorted(codes, code), max(len(codes) - 1, 0))
        known = best >= 0
        often = np.zeros(len(times))
        if len(codes):
            often = np.where(codes[place] == code, counts[place], 0)
        mapped = (often + 1 / self.sequence.vocab_size) / (self.pairs.totals[before] + 1)
        likely = np.where(known, mapped, self.base[actual])
        rank = np.where(known, best, likeliest(self.base[None]))
        return HeldOut(self.sequence.occurring[rank], -np.log2(likely))


def _pairs(sequence: SymbolSequence, lag: int, times: Integers) -> Pairs:
    """The pairs `lag` apart of which the later symbol is at these times. Shapes: (times,)."""
    kinds, before = len(sequence.occurring), earlier(sequence, lag, times)
    there = before >= 0
    pairs = before[there] * kinds + sequence.ranks[times][there]
    if kinds * kinds <= 4 * len(pairs) + 1024:
        table = np.bincount(pairs, minlength=kinds * kinds)
        codes = np.flatnonzero(table)
        counts = table[codes]
    else:
        codes, counts = np.unique(pairs, return_counts=True)
    totals = np.bincount(before[there], minlength=kinds)
    best = np.full(kinds, GAP)
    if len(codes):
        begins = np.flatnonzero(np.append(True, np.diff(codes // kinds)))
        order = counts * kinds + (kinds - 1 - codes % kinds)  # the smaller of equally many
        largest = np.maximum.reduceat(order, begins)
        best[codes[begins] // kinds] = kinds - 1 - largest % kinds
    return Pairs(codes, counts, totals, best)
