"""Two tasks of a fixed window, so that a harder one needs no other program: hold and recall.

They are read as `tasks.Hold` and `tasks.AssociativeRecall` are, and then on to the window's end,
where nothing is asked. They have no command and no preset: a search trains them.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import SettingError
from echoscope.integers import MOST_VOCAB_SIZE, Integers
from echoscope.settings import Json, setting, whole
from echoscope.tasks.base import MOST_STEPS, Held, Task
from echoscope.tasks.draws import Drawn, Draws


class Windowed(Task):
    """A task whose difficulty lies inside its window, and is a number that a program takes."""

    readout = "all"
    window: int

    @property
    def time_steps(self) -> int:
        """The window."""
        return self.window

    @property
    def traced(self) -> tuple[int, ...]:
        """The difficulty."""
        return (getattr(self, self.difficulty),)

    def mask(self) -> NDArray[np.bool_]:
        """What is asked at this difficulty."""
        return self.asked(self.traced, np.arange(self.time_steps))

    def memoryless(self, inputs: Integers) -> Integers:
        """The symbol just read."""
        return inputs

    def __reduce__(self) -> tuple[object, ...]:
        """To another process it goes by its class, as no registry has it."""
        return _made, (type(self), self.changed())


def _made(kind: type[Task], settings: Json) -> Task:
    return kind.with_settings(
        kind(), **{name: value for name, value in settings.items() if name != "kind"}
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class HoldWithin(Windowed):
    """One symbol first, which is asked `delay` steps later; others follow to the window's end.

    >>> from echoscope.tasks.draws import NumpyDraws
    >>> HoldWithin(vocab_size=4, delay=2, window=4).sample(NumpyDraws(0), 1).tolist()
    [[3, 2, 2, 1, 3, 3, 3, 3]]
    """

    noun: ClassVar[str] = "Hold"
    kind: ClassVar[str] = "hold-within"
    difficulty: ClassVar[str] = "delay"

    vocab_size: int = setting("how many different integers there are: 0 to vocab_size-1", 10)
    delay: int = setting("time steps for which the first symbol must be held", 19)
    window: int = setting("integers read per sample", 32)

    def __post_init__(self) -> None:
        self._settle(
            vocab_size=whole("vocab_size", self.vocab_size, 2, MOST_VOCAB_SIZE),
            window=whole("window", self.window, 1, MOST_STEPS),
            delay=whole("delay", self.delay, 0, MOST_STEPS - 1),
        )
        _inside(self.delay, self.window - 1, "delay", self.window)

    @property
    def shape(self) -> Self:
        """As for any delay."""
        return self.with_settings(delay=self.window - 1)

    def asked(self, traced: Drawn, steps: Drawn) -> Drawn:
        """One answer, `delay` steps after the first symbol."""
        return steps == traced[0]

    def sample(self, draws: Draws, rows: int) -> Drawn:
        """Random symbols, and the first of them as every target."""
        drawn = draws.integers((rows, self.window), 0, self.vocab_size)
        return draws.np.concatenate([drawn, 0 * drawn + drawn[:, :1]], axis=1)

    def held(self) -> Held:
        """The first symbol, unless it is the last one too."""
        symbols = int(self.delay > 0)
        bits = symbols * math.log2(self.vocab_size)
        return Held(symbols, bits, f"{symbols} x log2({self.vocab_size})")

    def oracle(self, inputs: Integers) -> Integers:
        """The first symbol."""
        return 0 * inputs + inputs[:, :1]


@dataclass(frozen=True, kw_only=True, repr=False)
class RecallWithin(Windowed):
    """Some pairs of a key and a value, then each of those keys again, in any order, at each of
    which its value is asked; what follows to the window's end is no pair and is not asked.

    >>> from echoscope.tasks.draws import NumpyDraws
    >>> task = RecallWithin(vocab_size=8, pairs=2, window=9)
    >>> row = task.sample(NumpyDraws(0), 1)[0]
    >>> row[:6].tolist(), row[9:][task.mask()].tolist()
    ([3, 4, 2, 7, 3, 2], [4, 7])

    The lower half of the integers are keys, no two of a sample equal; the upper half are values.
    """

    noun: ClassVar[str] = "Recall"
    kind: ClassVar[str] = "recall-within"
    difficulty: ClassVar[str] = "pairs"

    vocab_size: int = setting("how many different integers there are: keys, then values", 32)
    pairs: int = setting("keys with a value each that are read before the queries", 4)
    window: int = setting("integers read per sample: at least three for each pair", 24)

    def __post_init__(self) -> None:
        self._settle(
            vocab_size=whole("vocab_size", self.vocab_size, 4, MOST_VOCAB_SIZE),
            window=whole("window", self.window, 3, MOST_STEPS),
            pairs=whole("pairs", self.pairs, 1, MOST_STEPS),
        )
        _inside(self.pairs, self.most, "pairs", self.window)

    @property
    def keys(self) -> int:
        """How many different keys there are."""
        return self.vocab_size // 2

    @property
    def most(self) -> int:
        """Pairs that the window has room for, and keys."""
        return min(self.window // 3, self.keys)

    @property
    def shape(self) -> Self:
        """As for any number of pairs."""
        return self.with_settings(pairs=self.most)

    @property
    def chance(self) -> float:
        """A guess among the values."""
        return 1 / (self.vocab_size - self.keys)

    def asked(self, traced: Drawn, steps: Drawn) -> Drawn:
        """Every query."""
        return (steps >= 2 * traced[0]) & (steps < 3 * traced[0])

    def sample(self, draws: Draws, rows: int) -> Drawn:
        """Pairs and queries, and as targets the values of the queries, 0 elsewhere."""
        drawn = self._drawn(draws, rows)
        return self.arranged(drawn, self.traced, draws.np) if self.pairs < self.most else drawn

    def _drawn(self, draws: Draws, rows: int) -> Drawn:
        """As many pairs as there can be."""
        most, np = self.most, draws.np
        keys = draws.order(rows, self.keys)[:, :most]
        values = draws.integers((rows, most), self.keys, self.vocab_size)
        pairs = np.stack([keys, values], axis=2).reshape(rows, -1)
        order = draws.order(rows, most)
        queries, answers = (np.take_along_axis(part, order, 1) for part in (keys, values))
        rest = np.zeros((rows, self.window - 3 * most), int)
        return np.concatenate([pairs, queries, rest, 0 * pairs, answers, rest], axis=1)

    def arranged(self, drawn: Drawn, traced: Drawn, np: Drawn) -> Drawn:
        """The first of a full sample's pairs, then their queries alone, in their order."""
        most, pairs = self.most, traced[0]
        keys, queries = drawn[:, : 2 * most : 2], drawn[:, 2 * most : 3 * most]
        answers = drawn[:, self.window :][:, 2 * most : 3 * most]
        asks = np.argmax(queries[:, :, None] == keys[:, None, :], axis=2)  # the pair of a query
        first = np.argsort(asks >= pairs, axis=1, stable=True)
        queries, answers = (np.take_along_axis(part, first, 1) for part in (queries, answers))
        steps = np.arange(self.window)
        places = np.clip(steps - 2 * pairs, 0, most - 1)
        asked = self.asked(traced, steps)
        later = np.where(asked, queries[:, places], 0)
        read = np.where(steps < 2 * pairs, drawn[:, : self.window], later)
        return np.concatenate([read, np.where(asked, answers[:, places], 0)], axis=1)

    def held(self) -> Held:
        """The value of each key."""
        values = self.vocab_size - self.keys
        every, *parts = map(
            math.lgamma, (self.keys + 1, self.pairs + 1, self.keys - self.pairs + 1)
        )
        bits = (every - sum(parts)) / math.log(2) + self.pairs * math.log2(values)
        says = f"which {self.pairs} of {self.keys} keys, + {self.pairs} x log2({values})"
        return Held(2 * self.pairs, bits, says)

    def oracle(self, inputs: Integers) -> Integers:
        """At every query the value that stands behind the same key."""
        read = inputs[:, : 2 * self.pairs].reshape(len(inputs), self.pairs, 2)
        same = inputs[:, :, None] == read[:, None, :, 0]
        values = np.max(np.where(same, read[:, None, :, 1], 0), axis=2)
        return np.where(self.mask(), values, 0)


def _inside(value: int, most: int, name: str, window: int) -> None:
    if value > most:
        raise SettingError(
            f"{name} {value} does not fit a window of {window}: use at most {most}, or a longer"
            " window."
        )
