"""A task: how one stream of integers is heard and which of them must be said."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from echoscope.errors import WordError
from echoscope.words import Words, choice, whole, word

MOST_SYMBOLS = 1_000_000
MOST_LENGTH = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Task(Words):
    """A framing of one stream of integers. Lag k is exactly: at step t, say x(t-k).

    >>> Task(symbols=10, window=5, lag=(4, 3)).windows
    21

    Raises `WordError` when a word breaks its rule, or two words contradict each other.
    """

    noun: ClassVar[str] = "A task"

    symbols: int = word("how many different integers there are: 0 to symbols-1", 100)
    length: int = word("integers in one sequence", 25)
    window: int | None = word("integers heard per sample; none is the whole sequence", 5)
    lag: tuple[int, ...] = word("which earlier integers must be said: 0 is the current one; several as 4,3", (1,))
    when: str = word("after: all answers follow the window; each: one answer at every step", "after",
                     choices=("after", "each"))  # fmt: skip

    def __post_init__(self) -> None:
        self._settle(
            symbols=whole("symbols", self.symbols, 2, MOST_SYMBOLS),
            length=whole("length", self.length, 1, MOST_LENGTH),
            window=None if self.window is None else whole("window", self.window, 1),
            lag=_lags(self.lag),
            when=choice("when", self.when, ("after", "each")),
        )
        if self.window is None and self.when == "after":
            raise WordError("window none hears the whole sequence as one sample and needs an answer at each step: "
                            "use when each, or give a window.")  # fmt: skip
        if self.when == "each":
            self._check_each()
        if self.windows < 1:
            raise WordError(f"length {self.length} is too short: a window of {self.heard} with lag "
                            f"{self._lags_said} needs at least {self.reach}; use a longer length.")  # fmt: skip

    def _check_each(self) -> None:
        if len(self.lag) > 1:
            raise WordError(f"when each gives one answer a step, but lag {self._lags_said} asks for {len(self.lag)}: "
                            "use one lag, or when after.")  # fmt: skip
        lag = max(self.lag)
        if lag >= self.heard:
            raise WordError(f"lag {lag} asks for nothing inside a window of {self.heard}: "
                            f"use a lag of at most {self.heard - 1}, or a longer window.")  # fmt: skip

    @property
    def _lags_said(self) -> str:
        return ",".join(map(str, self.lag))

    @property
    def heard(self) -> int:
        """Integers heard per sample: the window, or the length when the window is none."""
        return self.length if self.window is None else self.window

    @property
    def reach(self) -> int:
        """Consecutive integers that one sample needs: its window, and the symbol it must say if that lies before."""
        return max(self.heard, max(self.lag) + 1)

    @property
    def windows(self) -> int:
        """Samples that one sequence holds before any are dropped to fill the batches."""
        return self.length - self.reach + 1

    @property
    def answers(self) -> int:
        """Answers said per sample."""
        return self.heard if self.when == "each" else len(self.lag)

    @property
    def chance(self) -> float:
        """The score of a guess without memory: 1/symbols."""
        return 1 / self.symbols


def _lags(given: object) -> tuple[int, ...]:
    lags = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    if not lags:
        raise WordError("lag must name at least one earlier integer, not none: use 0 for the current one.")
    settled = tuple(whole("lag", lag, 0, MOST_LENGTH) for lag in lags)
    if len(set(settled)) < len(settled):
        raise WordError(f"lag must name each earlier integer once, not {','.join(map(str, settled))}.")
    return settled
