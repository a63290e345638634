"""Rules that predict the next symbol without any training of a network, and those of them that look
at one symbol at most.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from echoscope.information.followers import HeldOut, likeliest, spread_out, unigram
from echoscope.information.sequence import SymbolSequence
from echoscope.integers import GAP, Integers
from echoscope.stats.intervals import Floats

CHECKED = 0.8  # of the training part: the rest chooses what a rule chooses
MOST_CHECKED = 200_000  # symbols at the end of the training part by which a lag is chosen


class Fitted(Protocol):
    """A rule that knows the training part of a sequence."""

    @property
    def detail(self) -> str:
        """What it chose there."""
        ...

    @property
    def context(self) -> int:
        """How many symbols back it looks, at most."""
        ...

    def predict(self, context: Integers) -> Floats:
        """The probabilities of the symbol after a context, oldest symbol first, -1 for a gap; the
        context may be of any length. Shapes: (time,) -> (vocab_size,).
        """
        ...

    def held_out(self, times: Integers) -> HeldOut:
        """What it predicts at times of its own sequence, from what came before each. There must be
        a symbol at each. Shapes: (times,).
        """
        ...


class Rule(Protocol):
    """A way to predict the next symbol."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    def fit(self, sequence: SymbolSequence, begin: int) -> Fitted:
        """The rule as it is known from the symbols before `begin`, at least one."""
        ...


@dataclass(frozen=True)
class Memoryless:
    """Always the commonest symbol.

    >>> sequence = SymbolSequence.of([2, 0, 2, 1], vocab_size=3)
    >>> Memoryless().fit(sequence, begin=3).predict(np.array([0])).round(2).tolist()
    [0.33, 0.13, 0.53]
    """

    name: str = "memoryless"

    def fit(self, sequence: SymbolSequence, begin: int) -> "FittedMemoryless":
        """See `Rule`."""
        return FittedMemoryless(sequence, base_of(sequence, begin))


@dataclass(frozen=True, eq=False)
class FittedMemoryless:
    """The probabilities of the symbols that occur. Shapes: (kinds,)."""

    sequence: SymbolSequence
    base: Floats
    context: int = 0

    @property
    def detail(self) -> str:
        """See `Fitted`."""
        return f"symbol {self.sequence.occurring[likeliest(self.base[None])][0]}"

    def predict(self, context: Integers) -> Floats:
        """See `Fitted`."""
        return spread_out(self.sequence, self.base)

    def held_out(self, times: Integers) -> HeldOut:
        """See `Fitted`."""
        best = np.repeat(self.sequence.occurring[likeliest(self.base[None])], len(times))
        return HeldOut(best, -np.log2(self.base[self.sequence.ranks[times]]))


@dataclass(frozen=True)
class Copy:
    """The symbol `lag` before; of lags up to `lags`, the one that is most often right in the
    training part.

    >>> sequence = SymbolSequence.of([0, 1, 2] * 10, vocab_size=3)
    >>> Copy("copy-lag", lags=8).fit(sequence, begin=24).detail
    'lag 3'

    Its probabilities are of how often a copy is right: where that is seldom, another symbol may be
    likelier than what it predicts.
    """

    name: str
    lags: int

    def fit(self, sequence: SymbolSequence, begin: int) -> "FittedCopy":
        """See `Rule`."""
        times = checked(sequence, 0, begin)
        right = [
            float((earlier(sequence, lag, times) == sequence.ranks[times]).mean())
            for lag in range(1, self.lags + 1)
        ]
        lag = int(np.argmax(right)) + 1
        before = earlier(sequence, lag, times)
        copies = int((before == sequence.ranks[times]).sum())
        share = (copies + 0.5) / (int((before >= 0).sum()) + 1)
        return FittedCopy(sequence, base_of(sequence, begin), lag, share)


@dataclass(frozen=True, eq=False)
class FittedCopy:
    """The symbol `context` before, which is right with this `share`; else what is right without a
    memory.
    """

    sequence: SymbolSequence
    base: Floats
    context: int
    share: float

    @property
    def detail(self) -> str:
        """See `Fitted`."""
        return f"lag {self.context}"

    def predict(self, context: Integers) -> Floats:
        """See `Fitted`."""
        symbol = context[-self.context] if len(context) >= self.context else GAP
        row = spread_out(self.sequence, self.base)
        if symbol == GAP or row[symbol] == 1:
            return row
        row *= (1 - self.share) / (1 - row[symbol])
        row[symbol] = self.share
        return row

    def held_out(self, times: Integers) -> HeldOut:
        """See `Fitted`."""
        actual, before = self.sequence.ranks[times], earlier(self.sequence, self.context, times)
        chance, copied = self.base[actual], np.maximum(1 - self.base[before], 1e-300)
        other = np.where(before >= 0, (1 - self.share) * chance / copied, chance)
        likely = np.where((before == actual) & (len(self.base) > 1), self.share, other)
        rank = np.where(before >= 0, before, likeliest(self.base[None]))
        return HeldOut(self.sequence.occurring[rank], -np.log2(np.minimum(likely, 1.0)))


def base_of(sequence: SymbolSequence, begin: int) -> Floats:
    """The probabilities without a context, from the symbols before `begin`. Shapes: (kinds,)."""
    return unigram(sequence, np.arange(len(sequence)) < begin)


def checked(sequence: SymbolSequence, first: int, end: int) -> Integers:
    """The times from `first` to `end` that have a symbol, the last ones of too many."""
    first = max(first, end - MOST_CHECKED)
    return first + np.flatnonzero(sequence.present[first:end])


def earlier(sequence: SymbolSequence, lag: int, times: Integers) -> Integers:
    """The rank `lag` before each time, -1 where it is missing or before a border.

    >>> earlier(SymbolSequence.of([5, 3, 5], vocab_size=6), 2, np.array([1, 2])).tolist()
    [-1, 1]

    Shapes: (times,).
    """
    source = times - lag
    place = np.maximum(source, 0)
    there = (source >= 0) & (sequence.segment[place] == sequence.segment[times])
    return np.where(there, sequence.ranks[place], GAP)
