"""A sequence of symbols with its gaps and borders, and its windows: runs of symbols side by side,
each kind with a number of its own.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echoscope.errors import SettingError, shown
from echoscope.integers import GAP, MOST_VOCAB_SIZE, Integers, integers

AGAIN = 0.9  # of the windows of a length that may be new, for their length to be counted
Flags = NDArray[np.bool_]


class Windows(NamedTuple):
    """The windows of one length. `ids` [time] is the window that ends there, -1 where a gap or a
    border cuts it; window i is the window `context[i]`, one symbol shorter, and then the symbol
    `last[i]`. Windows are numbered by their context, then by their last symbol.

    Shapes: (time,) for `ids`, (windows,) for the others.
    """

    ids: Integers
    context: Integers
    last: Integers


@dataclass(frozen=True, eq=False)
class SymbolSequence:
    """Symbols in time, -1 for a gap, and the number of the stretch between two borders in which
    each lies.

    >>> sequence = SymbolSequence.of([3, 1, 3, -1, 1, 3], vocab_size=5)
    >>> sequence.windows(2).ids.tolist()  # 1 3 is window 0, and 3 1 window 1
    [-1, 1, 0, -1, -1, 0]

    `ranks` are the symbols numbered in the order of those that occur, -1 for a gap: all counting is
    of ranks, so that a large vocabulary of few symbols costs nothing.

    Shapes: (time,) for `symbols` and `segment`.
    """

    symbols: Integers
    segment: Integers
    vocab_size: int

    @classmethod
    def of(
        cls, symbols: ArrayLike, vocab_size: int, groups: ArrayLike | None = None
    ) -> "SymbolSequence":
        """Symbols from 0 to vocab_size-1, or -1; a border is where `groups` change.

        Raises `IntegerError` for another symbol, and `SettingError` for a vocabulary that cannot
        be, or for groups that are not one to each symbol.
        """
        whole = isinstance(vocab_size, int | np.integer) and not isinstance(vocab_size, bool)
        if not whole or not 1 <= vocab_size <= MOST_VOCAB_SIZE:
            raise SettingError(
                f"vocab_size must be an integer from 1 to {MOST_VOCAB_SIZE}, not"
                f" {shown(vocab_size)}."
            )
        known = integers(symbols, int(vocab_size), gaps=True)
        if groups is None:
            return cls(known, np.zeros(len(known), np.int64), int(vocab_size))
        group = np.asarray(groups)
        if group.shape != known.shape:
            raise SettingError(
                f"groups must have one value for each of the {len(known)} symbols, not shape"
                f" {group.shape}."
            )
        border = np.append(0, group[1:] != group[:-1]) if len(group) else np.zeros(0)
        return cls(known, np.cumsum(border).astype(np.int64), int(vocab_size))

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def present(self) -> Flags:
        """Where there is a symbol. Shapes: (time,)."""
        return self.symbols != GAP

    @cached_property
    def occurring(self) -> Integers:
        """The symbols that occur, smallest first. Shapes: (kinds,)."""
        return np.flatnonzero(np.bincount(self.symbols[self.present], minlength=1))

    @cached_property
    def ranks(self) -> Integers:
        """Each symbol's place in `occurring`, -1 for a gap. Shapes: (time,)."""
        place = np.full(self.vocab_size + 1, GAP)
        place[self.occurring] = np.arange(len(self.occurring))
        return place[self.symbols]

    @cached_property
    def whole(self) -> bool:
        """Whether there is neither a gap nor a border."""
        return bool(self.present.all() and (self.segment[:1] == self.segment[-1:]).all())

    @cached_property
    def starts(self) -> Integers:
        """Where the stretches between borders begin. Shapes: (stretches,)."""
        return np.flatnonzero(np.append(True, np.diff(self.segment) != 0)[: len(self)])

    def part(self, begin: int) -> "SymbolSequence":
        """What begins at a time."""
        return SymbolSequence(self.symbols[begin:], self.segment[begin:], self.vocab_size)

    def linked(self, lag: int) -> Flags | slice:
        """Which times from `lag` on have a symbol, and another `lag` before without a border
        between. Shapes: (time - lag,) where it is not all of them.
        """
        if self.whole:
            return slice(None)
        there = self.present[lag:] & self.present[:-lag]
        return there & (self.segment[lag:] == self.segment[:-lag])

    def pairs(self, lag: int) -> tuple[Integers, Integers]:
        """The ranks `lag` apart, those before first. Shapes: (pairs,) both.

        >>> SymbolSequence.of([3, 1, 3, -1, 1], vocab_size=5).pairs(2)
        (array([1, 1]), array([1, 0]))
        """
        linked = self.linked(lag)
        return self.ranks[:-lag][linked], self.ranks[lag:][linked]

    def windows(self, length: int) -> Windows:
        """The windows of so many symbols, at least 1."""
        while len(self._windows) < length:
            self._windows.append(self._longer())
        return self._windows[length - 1]

    def contexts(self, length: int) -> Integers:
        """The window of so many symbols that ends before each time, -1 where a gap or a border cuts
        it; the empty window is 0. Shapes: (time,).
        """
        if not length:
            return np.zeros(len(self), np.int64)
        before = np.append(GAP, self.windows(length).ids[:-1])[: len(self)]
        return before if self.whole else np.where(self._joined, before, GAP)

    def depth(self, most: int, end: int) -> int:
        """How long a context is worth counting before `end`, at most `most`: the longest that comes
        again at one place in ten.

        >>> SymbolSequence.of([0, 1, 2, 3] * 9, vocab_size=4).depth(most=16, end=30)
        16
        """
        for length in range(1, most + 1):
            ids = self.windows(length).ids[:end]
            counts = np.bincount(ids[ids >= 0])
            if (counts > 0).sum() >= AGAIN * counts.sum():
                return length - 1
        return most

    def window_id(self, ranks: ArrayLike) -> int:
        """The window of these ranks, -1 where there is none."""
        window = 0
        for length, rank in enumerate(np.asarray(ranks, int).tolist(), 1):
            windows = self.windows(length)
            first, end = np.searchsorted(windows.context, [window, window + 1]).tolist()
            place = first + int(np.searchsorted(windows.last[first:end], rank))
            if place == end or windows.last[place] != rank:
                return GAP
            window = place
        return window

    @cached_property
    def _windows(self) -> list[Windows]:
        kinds = np.arange(len(self.occurring))
        return [Windows(self.ranks, np.zeros_like(kinds), kinds)]

    @cached_property
    def _joined(self) -> Flags:
        """Where no border lies just before."""
        return np.append(False, self.segment[1:] == self.segment[:-1])[: len(self)]

    def _longer(self) -> Windows:
        """The windows that are one symbol longer than the longest so far."""
        kinds, shorter = max(len(self.occurring), 1), self._windows[-1]
        context = self.contexts(len(self._windows))
        there = (context >= 0) & self.present
        codes, which = numbered(
            context[there] * kinds + self.ranks[there], len(shorter.last) * kinds
        )
        ids = np.full(len(self), GAP)
        ids[there] = which
        return Windows(ids, codes // kinds, codes % kinds)


def numbered(codes: Integers, space: int) -> tuple[Integers, Integers]:
    """The different codes from 0 to space-1, smallest first, and the place of each among them.

    >>> numbered(np.array([7, 3, 7]), space=10)
    (array([3, 7]), array([1, 0, 1]))

    Shapes: (codes,) -> (kinds,), (codes,).
    """
    if space > 4 * len(codes) + 1024:
        return np.unique(codes, return_inverse=True)
    there = np.zeros(space, bool)
    there[codes] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[codes]
