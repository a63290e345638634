"""What followed each context in the training part, and probabilities mixed from contexts of several
lengths.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from echoscope.information.sequence import Flags, SymbolSequence, Windows
from echoscope.integers import GAP, Integers
from echoscope.stats.intervals import Floats

MOST_CELLS = 2**21  # probabilities in memory at once
EQUAL = 1e-12  # likelihoods that differ by less are the same but for rounding


@dataclass(frozen=True, eq=False)
class Followers:
    """How often each symbol followed each context of one length in the training part.

    >>> sequence = SymbolSequence.of([0, 1, 0, 1, 0, 2], vocab_size=3)
    >>> followers(sequence, 1, np.ones(6, bool)).counts.tolist()  # of 0 1, 0 2 and 1 0
    [2, 1, 2]

    Shapes: (time,) for `contexts`, -1 without one; (windows,) for `counts`, of the `windows` that
    are a context and its follower; (contexts,) for the others.
    """

    contexts: Integers
    windows: Windows
    counts: Integers
    size: int

    @cached_property
    def totals(self) -> Integers:
        """How often each context was followed by any symbol."""
        return self._of(self.counts)

    @cached_property
    def kinds(self) -> Integers:
        """How many symbols followed each context."""
        return self._of(self.counts > 0)

    @cached_property
    def begins(self) -> Integers:
        """The first window of each context, and the number of all. Shapes: (contexts + 1,)."""
        return np.searchsorted(self.windows.context, np.arange(self.size + 1))

    def seen(self, contexts: Integers) -> Flags:
        """Whether each context was followed by any symbol. Shapes: any."""
        return (contexts >= 0) & (self.totals[contexts] > 0)

    def add(self, matrix: Floats, contexts: Integers, factor: Floats) -> None:
        """Adds to each row the counts of what followed its context, times its factor.

        Shapes: (rows, kinds), (rows,) both; a row of -1 gets nothing.
        """
        rows = np.flatnonzero((contexts >= 0) & (factor > 0))
        first, end = self.begins[contexts[rows]], self.begins[contexts[rows] + 1]
        lengths = end - first
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(
            first - ends + lengths, lengths
        )
        added = np.repeat(factor[rows], lengths) * self.counts[places]
        matrix[np.repeat(rows, lengths), self.windows.last[places]] += added

    def _of(self, values: Integers | Flags) -> Integers:
        """Sums over the followers of each context."""
        sums = np.bincount(self.windows.context, values, minlength=self.size)
        return np.rint(sums).astype(np.int64)


class HeldOut(NamedTuple):
    """What a rule predicts of held-out targets: the likeliest symbol of each, and how many bits the
    one that came tells it. Shapes: (targets,) both.
    """

    predicted: Integers
    bits: Floats


@dataclass(frozen=True, eq=False)
class Mixture(ABC):
    """A rule whose probabilities are mixed from what followed contexts of each length, shortest
    first (`orders`), and from those without any (`base`).
    """

    sequence: SymbolSequence
    base: Floats
    orders: list[Followers]

    @property
    def context(self) -> int:
        """See `rules.Fitted`."""
        return len(self.orders) - 1

    def ids(self, times: Integers) -> list[Integers]:
        """The context of each length at these times. Shapes: (times,) -> (times,) each."""
        return [order.contexts[times] for order in self.orders]

    @abstractmethod
    def mixed(self, ids: list[Integers]) -> Floats:
        """The probabilities by contexts. Shapes: (rows,) each -> (rows, kinds)."""

    def held_out(self, times: Integers) -> HeldOut:
        """See `rules.Fitted`."""
        parts = chunks(times, len(self.base))
        return joined([judged(self.sequence, self.mixed(self.ids(part)), part) for part in parts])

    def predict(self, context: Integers) -> Floats:
        """See `rules.Fitted`."""
        ids = context_ids(self.sequence, context, self.context)
        return spread_out(self.sequence, self.mixed(ids)[0])


def followers(sequence: SymbolSequence, length: int, training: Flags) -> Followers:
    """What followed contexts of a length at the training times. Shapes: (time,)."""
    windows = sequence.windows(length + 1)
    there = training & (windows.ids >= 0)
    counts = np.bincount(windows.ids[there], minlength=len(windows.last))
    size = max(1, len(sequence.windows(length).last)) if length else 1
    return Followers(sequence.contexts(length), windows, counts, size)


def unigram(sequence: SymbolSequence, training: Flags) -> Floats:
    """The probabilities of a symbol without a context: its share of the training part, and in the
    measure in which symbols were new there, each of the vocabulary alike.

    Shapes: (time,) -> (kinds,). Source: Witten and Bell 1991.
    """
    counts = np.bincount(
        sequence.ranks[training & sequence.present], minlength=len(sequence.occurring)
    )
    new = max(1, int((counts > 0).sum()))
    return (counts + new / sequence.vocab_size) / (counts.sum() + new)


def likeliest(matrix: Floats) -> Integers:
    """The column of each row's largest value, the first of equal ones.

    >>> likeliest(np.array([[0.2, 0.4, 0.4]]))
    array([1])

    Shapes: (rows, kinds) -> (rows,).
    """
    return np.argmax(matrix >= matrix.max(axis=1, keepdims=True) - EQUAL, axis=1)


def judged(sequence: SymbolSequence, matrix: Floats, times: Integers) -> HeldOut:
    """What probabilities predict at times that have a symbol. Shapes: (times, kinds), (times,)."""
    actual = matrix[np.arange(len(times)), sequence.ranks[times]]
    return HeldOut(sequence.occurring[likeliest(matrix)], -np.log2(actual))


def chunks(times: Integers, kinds: int) -> list[Integers]:
    """Times in parts of which a table with a row for each time is not too large."""
    size = max(1, MOST_CELLS // max(kinds, 1))
    return [times[first : first + size] for first in range(0, len(times), size)]


def joined(parts: list[HeldOut]) -> HeldOut:
    """The parts, one after another."""
    return HeldOut(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def spread_out(sequence: SymbolSequence, row: Floats) -> Floats:
    """Probabilities of the symbols that occur as those of the whole vocabulary, where the other
    symbols share alike what is left. Shapes: (kinds,) -> (vocab_size,).
    """
    others = sequence.vocab_size - len(row)
    whole = np.full(sequence.vocab_size, max(0.0, 1 - float(row.sum())) / max(others, 1))
    whole[sequence.occurring] = row
    return whole / whole.sum()


def context_ids(sequence: SymbolSequence, context: Integers, most: int) -> list[Integers]:
    """The numbers of the last 0 to `most` symbols of a context, -1 where that window never occurs.

    Shapes: (time,) -> (1,) each.
    """
    gaps = np.flatnonzero(context == GAP)
    known = context[gaps[-1] + 1 :] if len(gaps) else context
    place = np.minimum(
        np.searchsorted(sequence.occurring, known), max(len(sequence.occurring) - 1, 0)
    )
    ranks = np.where(sequence.occurring[place] == known, place, GAP)
    lengths = range(most + 1)
    ids = (
        sequence.window_id(ranks[len(ranks) - length :]) if length <= len(ranks) else GAP
        for length in lengths
    )
    return [np.array([window]) for window in ids]
