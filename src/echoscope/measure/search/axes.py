"""The three axes, always all three: shift (echo) crowns a plain register, hold a latch, and look-up
(associative recall) neither.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from echoscope.experiment.experiment import Experiment
from echoscope.measure.results import Bits
from echoscope.measure.search.bits import training
from echoscope.measure.search.posterior import Guess
from echoscope.measure.search.tasks import HoldWithin, RecallWithin
from echoscope.tasks.base import Task
from echoscope.tasks.echo import Echo

RATES = (0.01, 0.003, 0.03)
RECALL_RATES = (0.03, 0.01, 0.1)  # recurrent layers learn it nowhere below (bench/published.py)
TARGET = 0.95
STEPS = 2000
WINDOWS = (16, 32, 64, 128, 256, 512)  # a program each
MISSED = 0.25  # of a symbol's bits: with less a lag is not said
RECALL_SYMBOLS = 16  # half of them keys: the most pairs


@dataclass(frozen=True)
class Kind:
    """One axis: how hard its task may become (`unit`), a task of some difficulty in the shortest of
    `WINDOWS` that has room for it, where most layers stand (`guess`), and the accuracy of a guess.

    `rates` are those that are tried, the likeliest first. `first` is where the search begins; None:
    where a trial tells most. `remarks` are in words.
    """

    name: str
    unit: str
    task: Callable[[int], Task]
    guess: Guess
    chance: float
    hardest: int
    rates: tuple[float, ...] = RATES
    first: int | None = None
    remarks: tuple[str, ...] = ()

    def experiment(self, difficulty: int, rate: float, seed: int, steps: int = STEPS) -> Experiment:
        """A training that stops where it has solved its task."""
        return Experiment(
            task=self.task(difficulty), training=training(rate, steps, TARGET), seed=seed
        )


def window_for(steps: int) -> int:
    """The shortest window with so many time steps."""
    return next(window for window in WINDOWS if window >= steps)


def shift(vocab_size: int = 10, bits: Bits | None = None) -> Kind:
    """Echo: say at every step the symbol of `lag` steps ago. The ladder's bits tell about where it
    ends; the search begins at the last lag that the ladder says, so that a layer with a gap before
    it is found out.
    """

    def task(lag: int) -> Task:
        window = window_for(2 * lag)
        return Echo(
            vocab_size=vocab_size, window=window, length=2 * window, lag=(lag,), readout="all"
        )

    guess, first, remarks = Guess(6, 1.0), None, ()
    if bits is not None:
        lags = max(1.0, bits.ladder.value / math.log2(vocab_size))
        first = max((lag.lag for lag in bits.lags if lag.accuracy >= TARGET), default=None)
        guess = Guess(max(lags, first or 1.0), 0.4)
        remarks = tuple(_gaps(bits, first))
    hardest = WINDOWS[-1] // 2
    chance = 1 / vocab_size
    return Kind("shift", "lag", task, guess, chance, hardest, first=first, remarks=remarks)


def _gaps(bits: Bits, first: int | None) -> Iterator[str]:
    """Lags that the ladder does not say although it says a longer one."""
    shorter = [lag for lag in bits.lags if first is not None and lag.lag < first]
    symbol = bits.ceiling / max(1, len(bits.lags))
    missed = [str(lag.lag) for lag in shorter if lag.bits.value < MISSED * symbol]
    if missed:
        lags = f"lag{'s' if len(missed) > 1 else ''} {', '.join(missed)}"
        yield (
            f"not every shorter lag is held: the ladder says lag {first} and not {lags}, so the"
            " span is that of single lags"
        )


def hold(vocab_size: int = 10) -> Kind:
    """Say the first symbol after so many random ones."""

    def task(delay: int) -> Task:
        return HoldWithin(vocab_size=vocab_size, delay=delay, window=window_for(delay + 1))

    return Kind("hold", "time steps", task, Guess(15, 1.0), 1 / vocab_size, WINDOWS[-1] - 1)


def recall(vocab_size: int = RECALL_SYMBOLS) -> Kind:
    """Say the value of every key among so many pairs."""

    def task(pairs: int) -> Task:
        window = window_for(3 * pairs)
        return RecallWithin(vocab_size=vocab_size, pairs=pairs, window=window)

    keys = vocab_size // 2
    return Kind("recall", "pairs", task, Guess(3, 0.8), 1 / keys, keys, RECALL_RATES)


def all_three(vocab_size: int = 10, bits: Bits | None = None) -> tuple[Kind, Kind, Kind]:
    """Shift, hold and recall."""
    return shift(vocab_size, bits), hold(vocab_size), recall()
