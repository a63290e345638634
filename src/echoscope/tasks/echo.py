"""A task: how one stream of integers is heard and which of them must be said."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from echoscope.errors import WordError
from echoscope.integers import MOST_SYMBOLS
from echoscope.settings import Words, choice, share, whole, word

MOST_LENGTH = 1_000_000
LEAST_WHOLE = (
    0.01  # share of windows without a gap, below which dropping the others leaves too little
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Task(Words):
    """A framing of one stream of integers. Lag k is exactly: at step t, say x(t-k); a lag below 0
    is a forecast.

    >>> Task(symbols=10, window=5, lag=(4, 3)).windows
    21

    Raises `WordError` when a word breaks its rule, or two words contradict each other.
    """

    noun: ClassVar[str] = "A task"

    symbols: int = word("how many different integers there are: 0 to symbols-1", 100)
    length: int = word("integers in one sequence", 25)
    window: int | None = word("integers heard per sample; none is the whole sequence", 5)
    lag: tuple[int, ...] = word(
        "which integers must be said: 0 is the current one, 1 the one before; several as 4,3", (1,)
    )
    when: str = word(
        "after: all answers follow the window; each: one answer at every step",
        "after",
        choices=("after", "each"),
    )
    missing: float = word(
        "share of integers that are missing; a missing answer is never asked", 0.0
    )
    gaps: str = word(
        "masked: state passes over a gap; marked: it is heard as a symbol of its own; dropped:"
        " windows with one are left out",
        "masked",
        choices=("masked", "marked", "dropped"),
    )
    edges: str = word(
        "dropped: windows that begin before their sequence are left out; padded: their start is"
        " a gap",
        "dropped",
        choices=("dropped", "padded"),
    )

    def __post_init__(self) -> None:
        self._settle(
            symbols=whole("symbols", self.symbols, 2, MOST_SYMBOLS),
            length=whole("length", self.length, 1, MOST_LENGTH),
            window=None if self.window is None else whole("window", self.window, 1),
            lag=_lags(self.lag),
            when=choice("when", self.when, ("after", "each")),
            missing=share("missing", self.missing),
            gaps=choice("gaps", self.gaps, ("masked", "marked", "dropped")),
            edges=choice("edges", self.edges, ("dropped", "padded")),
        )
        if self.window is None and self.when == "after" and self.edges == "dropped":
            raise WordError(
                "window none hears the whole sequence as one sample and needs an answer at each"
                " step: use when each, or edges padded for a window that grows, or give a window."
            )
        if self.when == "each":
            self._check_each()
        self._check_gaps()
        if self.windows < 1:
            raise WordError(
                f"length {self.length} is too short: a window of {self.heard} with lag "
                f"{self._lags_said} needs at least {self.first + 1 + self.ahead}; "
                "use a longer length."
            )

    def _check_each(self) -> None:
        if len(self.lag) > 1:
            raise WordError(
                f"when each gives one answer a step, but lag {self._lags_said} asks for"
                f" {len(self.lag)}: use one lag, or when after."
            )
        lag = max(self.lag)
        if abs(lag) >= self.heard:
            raise WordError(
                f"lag {lag} asks for nothing inside a window of {self.heard}: "
                f"use a lag of at most {self.heard - 1}, or a longer window."
            )
        if abs(lag) >= self.length:
            raise WordError(
                f"length {self.length} is too short: lag {lag} asks for nothing inside it and needs"
                f" at least {abs(lag) + 1}; use a longer length."
            )

    def _check_gaps(self) -> None:
        if self.edges == "padded" and self.gaps == "dropped":
            raise WordError(
                "edges padded begins windows with gaps, and gaps dropped leaves those windows out: "
                "use gaps masked or marked, or edges dropped."
            )
        if self.gaps != "masked" and not self.gappy:
            raise WordError(
                f"gaps {self.gaps} has no gap to work on: give missing above 0, or edges padded."
            )
        if self.gaps == "dropped" and self.kept < LEAST_WHOLE:
            raise WordError(
                f"missing {self.missing:g} leaves fewer than one window of 100 whole, and gaps"
                " dropped drops the others: use gaps masked or marked, or a smaller share."
            )

    @property
    def _lags_said(self) -> str:
        return ",".join(map(str, self.lag))

    @property
    def gappy(self) -> bool:
        """Whether anything heard can be a gap."""
        return self.missing > 0 or self.edges == "padded"

    @property
    def kept(self) -> float:
        """The share of windows that gaps leave whole, where those with a gap are dropped; else the
        share of answers that are there.
        """
        return (1 - self.missing) ** (self.needed if self.gaps == "dropped" else 1)

    @property
    def needed(self) -> int:
        """Different integers that one sample hears or says."""
        said = (
            {-lag for lag in self.lag if lag >= self.heard or lag < 0}
            if self.when == "after"
            else set[int]()
        )
        return self.heard + len(said)

    @property
    def heard(self) -> int:
        """Integers heard per sample: the window, or the length when the window is none."""
        return self.length if self.window is None else self.window

    @property
    def ahead(self) -> int:
        """Integers of a sequence after its last window, which a forecast must say."""
        return max(0, -min(self.lag)) if self.when == "after" else 0

    @property
    def first(self) -> int:
        """Where the first window of a sequence ends: with padded edges, as soon as anything is
        asked.
        """
        return (
            max(0, min(self.lag))
            if self.edges == "padded"
            else max(self.heard, max(self.lag) + 1) - 1
        )

    @property
    def reach(self) -> int:
        """Consecutive integers that one sample needs: its window, and the symbols it must say that
        lie outside.
        """
        return max(self.heard, max(self.lag) + 1) + self.ahead

    @property
    def windows(self) -> int:
        """Samples that one sequence holds before any are dropped to fill the batches."""
        return self.length - self.ahead - self.first

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
        raise WordError("lag must name at least one integer, not none: use 0 for the current one.")
    settled = tuple(whole("lag", lag, -MOST_LENGTH, MOST_LENGTH) for lag in lags)
    if len(set(settled)) < len(settled):
        raise WordError(f"lag must name each integer once, not {','.join(map(str, settled))}.")
    return settled
