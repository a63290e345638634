"""Selective copy: some symbols stand among blanks, at random places, and are predicted in order."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echoscope.errors import SettingError
from echoscope.integers import MOST_VOCAB_SIZE, Integers
from echoscope.settings import setting, whole
from echoscope.tasks.base import MOST_STEPS, Held, Task
from echoscope.tasks.draws import Drawn, Draws


@dataclass(frozen=True, kw_only=True, repr=False)
class SelectiveCopy(Task):
    """A window of blanks with `items` symbols among them; all of these are predicted at its end.

    >>> from echoscope.tasks.draws import NumpyDraws
    >>> SelectiveCopy(vocab_size=5, window=6, items=2).sample(NumpyDraws(0), 1).tolist()
    [[3, 4, 4, 4, 1, 4, 3, 1]]

    The blank is the largest integer, vocab_size - 1. Where the symbols stand is random, so that no
    fixed shift finds them. Source: Gu and Dao 2023, "Mamba" (arXiv 2312.00752), after the selective
    copying of Jing et al. 2019; here all targets follow the window at once.
    """

    noun: ClassVar[str] = "Selective copy"
    kind: ClassVar[str] = "selective-copy"
    difficulty: ClassVar[str] = "items"
    follows: ClassVar[tuple[str, ...]] = ("window",)
    readout = "last"

    vocab_size: int = setting("how many different integers there are, the blank among them", 10)
    window: int = setting("integers read per sample", 16)
    items: int = setting("symbols among the blanks, all to be predicted in their order", 4)

    def __post_init__(self) -> None:
        self._settle(
            vocab_size=whole("vocab_size", self.vocab_size, 3, MOST_VOCAB_SIZE),
            window=whole("window", self.window, 1, MOST_STEPS),
            items=whole("items", self.items, 1),
        )
        if self.items > self.window:
            raise SettingError(
                f"items {self.items} do not fit into a window of {self.window}: use fewer items, or"
                " a longer window."
            )

    @property
    def time_steps(self) -> int:
        """The window."""
        return self.window

    @property
    def heads(self) -> int:
        """One target for each item."""
        return self.items

    @property
    def blank(self) -> int:
        """The integer that is no symbol."""
        return self.vocab_size - 1

    @property
    def chance(self) -> float:
        """A guess among the symbols, for a target is never the blank."""
        return 1 / self.blank

    def sample(self, draws: Draws, rows: int) -> Drawn:
        """Blanks, with symbols at random places, and these symbols again."""
        symbols = draws.integers((rows, self.window), 0, self.blank)
        kept = draws.order(rows, self.window) < self.items
        inputs = draws.np.where(kept, symbols, self.blank)
        places = draws.np.argsort(~kept, axis=1, stable=True)[:, : self.items]
        targets = draws.np.take_along_axis(inputs, places, axis=1)
        return draws.np.concatenate([inputs, targets], axis=1)

    def held(self) -> Held:
        """All items, and none before the last step when each must be predicted where it is read."""
        symbols = self.items if self.window > 1 else 0
        bits = symbols * math.log2(self.blank)
        return Held(symbols, bits, f"{symbols} x log2({self.blank})")

    def input_steps(self) -> Integers:
        """The earliest steps at which the items can stand."""
        return np.arange(self.items)

    def memoryless(self, inputs: Integers) -> Integers:
        """The last integer as the last item, where it is none a guess, as all others are."""
        last = np.where(inputs[:, -1:] == self.blank, 0, inputs[:, -1:])
        return np.concatenate([np.zeros((len(inputs), self.items - 1), int), last], axis=1)

    def oracle(self, inputs: Integers) -> Integers:
        """The items in their order."""
        places = np.argsort(inputs == self.blank, axis=1, kind="stable")[:, : self.items]
        return np.take_along_axis(inputs, places, axis=1)
