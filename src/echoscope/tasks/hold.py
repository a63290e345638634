"""Hold: the first symbol is predicted after a delay of random ones."""

import math
from dataclasses import dataclass
from typing import ClassVar

from echoscope.integers import MOST_VOCAB_SIZE, Integers
from echoscope.settings import setting, whole
from echoscope.tasks.base import MOST_STEPS, Held, Task
from echoscope.tasks.draws import Drawn, Draws


@dataclass(frozen=True, kw_only=True, repr=False)
class Hold(Task):
    """One symbol, a delay of others that do not matter, and the first one as the target.

    >>> from echoscope.tasks.draws import NumpyDraws
    >>> Hold(vocab_size=4, delay=3).sample(NumpyDraws(0), 1).tolist()
    [[3, 2, 2, 1, 3]]

    Nothing marks the symbol but that it comes first: what is asked is to latch it, not to shift
    many along. Source: the latch problem of Hochreiter and Schmidhuber 1997, "Long short-term
    memory"; memax 0.1.1 has it as its memory check, over 20 steps.
    """

    noun: ClassVar[str] = "Hold"
    kind: ClassVar[str] = "hold"
    difficulty: ClassVar[str] = "delay"
    readout = "last"

    vocab_size: int = setting("how many different integers there are: 0 to vocab_size-1", 10)
    delay: int = setting("time steps for which the first symbol must be held", 19)

    def __post_init__(self) -> None:
        self._settle(
            vocab_size=whole("vocab_size", self.vocab_size, 2, MOST_VOCAB_SIZE),
            delay=whole("delay", self.delay, 0, MOST_STEPS - 1),
        )

    @property
    def time_steps(self) -> int:
        """The first symbol and the delay."""
        return self.delay + 1

    def sample(self, draws: Draws, rows: int) -> Drawn:
        """Random symbols, and the first of them again."""
        drawn = draws.integers((rows, self.time_steps), 0, self.vocab_size)
        return draws.np.concatenate([drawn, drawn[:, :1]], axis=1)

    def held(self) -> Held:
        """The first symbol, unless it is the last one too."""
        symbols = int(self.delay > 0)
        bits = symbols * math.log2(self.vocab_size)
        return Held(symbols, bits, f"{symbols} x log2({self.vocab_size})")

    def oracle(self, inputs: Integers) -> Integers:
        """The first symbol."""
        return inputs[:, :1]
