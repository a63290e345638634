"""Associative recall: keys with their values, then keys alone, at each of which its value is
predicted.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import SettingError
from echoscope.integers import GAP, MOST_VOCAB_SIZE, Integers
from echoscope.settings import setting, whole
from echoscope.tasks.base import MOST_STEPS, Held, Task
from echoscope.tasks.draws import Drawn, Draws


@dataclass(frozen=True, kw_only=True, repr=False)
class AssociativeRecall(Task):
    """Several pairs of a key and a value, then several queries: keys of theirs, in any order.

    >>> from echoscope.tasks.draws import NumpyDraws
    >>> task = AssociativeRecall(vocab_size=8, pairs=2, queries=1)
    >>> task.sample(NumpyDraws(0), 1)[0, :5].tolist()
    [3, 4, 2, 7, 2]

    The lower half of the integers are keys, no two of a sample equal; the upper half are values. A
    key and its value are two time steps. Queries repeat no key. Source: Ba et al. 2016 (arXiv
    1610.06258); several queries as in Arora et al. 2023, "Zoology" (arXiv 2312.04927).
    """

    noun: ClassVar[str] = "Associative recall"
    kind: ClassVar[str] = "associative-recall"
    difficulty: ClassVar[str] = "pairs"
    follows: ClassVar[tuple[str, ...]] = ("queries",)
    readout = "all"

    vocab_size: int = setting("how many different integers there are: keys, then values", 16)
    pairs: int = setting("keys with a value each that are read before the queries", 4)
    queries: int = setting("keys read again, at each of which its value is predicted", 4)

    def __post_init__(self) -> None:
        self._settle(
            vocab_size=whole("vocab_size", self.vocab_size, 4, MOST_VOCAB_SIZE),
            pairs=whole("pairs", self.pairs, 1, MOST_STEPS // 3),
            queries=whole("queries", self.queries, 1),
        )
        if self.pairs > self.keys:
            raise SettingError(
                f"pairs {self.pairs} are more than the {self.keys} keys of vocab_size"
                f" {self.vocab_size}: use fewer pairs, or a vocab_size of {2 * self.pairs}."
            )
        if self.queries > self.pairs:
            raise SettingError(
                f"queries {self.queries} are more than the {self.pairs} pairs: use fewer queries."
            )

    @property
    def keys(self) -> int:
        """How many keys there are: those below are keys, the others values."""
        return self.vocab_size // 2

    @property
    def time_steps(self) -> int:
        """Two for each pair, and one for each query."""
        return 2 * self.pairs + self.queries

    @property
    def chance(self) -> float:
        """A guess among the values."""
        return 1 / (self.vocab_size - self.keys)

    def mask(self) -> NDArray[np.bool_]:
        """The queries."""
        return np.arange(self.time_steps) >= 2 * self.pairs

    def sample(self, draws: Draws, rows: int) -> Drawn:
        """Pairs, queries, and as targets nothing up to the values of the queries."""
        keys = draws.order(rows, self.keys)[:, : self.pairs]
        values = draws.integers((rows, self.pairs), self.keys, self.vocab_size)
        read = draws.np.stack([keys, values], axis=2).reshape(rows, -1)
        asked = draws.order(rows, self.pairs)[:, : self.queries]
        queries, targets = (draws.np.take_along_axis(part, asked, 1) for part in (keys, values))
        return draws.np.concatenate([read, queries, 0 * read, targets], axis=1)

    def held(self) -> Held:
        """Which keys there are, in whatever order, and the value of each."""
        values = self.vocab_size - self.keys
        sizes = (self.keys + 1, self.pairs + 1, self.keys - self.pairs + 1)
        every, *parts = map(math.lgamma, sizes)
        bits = (every - sum(parts)) / math.log(2) + self.pairs * math.log2(values)
        says = f"which {self.pairs} of {self.keys} keys, + {self.pairs} x log2({values})"
        return Held(2 * self.pairs, bits, says)

    def input_steps(self) -> Integers:
        """The earliest step of a value: that of the first pair."""
        return np.where(self.mask(), 1, np.arange(self.time_steps))

    def memoryless(self, inputs: Integers) -> Integers:
        """One value, whatever is read."""
        return np.full_like(inputs, self.keys)

    def oracle(self, inputs: Integers) -> Integers:
        """At every step the value that stands behind the same key among the pairs, if one does."""
        read = inputs[:, : 2 * self.pairs].reshape(len(inputs), self.pairs, 2)
        same = inputs[:, :, None] == read[:, None, :, 0]
        return np.max(np.where(same, read[:, None, :, 1], GAP), axis=2)
