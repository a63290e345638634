"""A task: how one stream of integers is read and which of them must be predicted."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from echoscope.errors import SettingError
from echoscope.integers import MOST_VOCAB_SIZE
from echoscope.settings import Settings, choice, setting, share, whole

MOST_LENGTH = 1_000_000
READOUTS = ("last", "all", "decoder")
LEAST_WHOLE = (
    0.01  # share of windows without a gap, below which dropping the others leaves too little
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Task(Settings):
    """A framing of one stream of integers. Lag k is exactly: at step t, say x(t-k); a lag below 0
    is a forecast.

    >>> Task(vocab_size=10, window=5, lag=(4, 3)).windows
    21

    Raises `SettingError` when a setting breaks its rule, or two settings contradict each other.
    """

    noun: ClassVar[str] = "A task"

    vocab_size: int = setting("how many different integers there are: 0 to vocab_size-1", 100)
    length: int = setting("integers in one sequence", 25)
    window: int | None = setting("integers read per sample; none is the whole sequence", 5)
    lag: tuple[int, ...] = setting(
        "which integers must be predicted: 0 is the current one, 1 the one before; several as 4,3",
        (1,),
    )
    readout: str = setting(
        "last: all targets follow the window; all: one target at every time step; decoder: a second"
        " layer predicts them after the window, one a step",
        "last",
        choices=READOUTS,
    )
    missing: float = setting(
        "share of integers that are missing; a missing target is not trained on and not scored", 0.0
    )
    gaps: str = setting(
        "masked: state passes over a gap; marked: it is read as a symbol of its own; dropped:"
        " windows with one are left out",
        "masked",
        choices=("masked", "marked", "dropped"),
    )
    edges: str = setting(
        "dropped: windows that begin before their sequence are left out; padded: their start is"
        " a gap",
        "dropped",
        choices=("dropped", "padded"),
    )

    def __post_init__(self) -> None:
        self._settle(
            vocab_size=whole("vocab_size", self.vocab_size, 2, MOST_VOCAB_SIZE),
            length=whole("length", self.length, 1, MOST_LENGTH),
            window=None if self.window is None else whole("window", self.window, 1),
            lag=_lags(self.lag),
            readout=choice("readout", self.readout, READOUTS),
            missing=share("missing", self.missing),
            gaps=choice("gaps", self.gaps, ("masked", "marked", "dropped")),
            edges=choice("edges", self.edges, ("dropped", "padded")),
        )
        if self.window is None and self.readout != "all" and self.edges == "dropped":
            raise SettingError(
                "window none reads the whole sequence as one sample and needs a target at each"
                " step: use readout all, or edges padded for a window that grows, or give a window."
            )
        if self.readout == "all":
            self._check_each()
        self._check_gaps()
        if self.windows < 1:
            raise SettingError(
                f"length {self.length} is too short: a window of {self.time_steps} with lag "
                f"{self._lags_said} needs at least {self.first + 1 + self.ahead}; "
                "use a longer length."
            )

    def _check_each(self) -> None:
        if len(self.lag) > 1:
            raise SettingError(
                f"readout all gives one target a step, but lag {self._lags_said} asks for"
                f" {len(self.lag)}: use one lag, or readout last."
            )
        lag = max(self.lag)
        if abs(lag) >= self.time_steps:
            raise SettingError(
                f"lag {lag} asks for nothing inside a window of {self.time_steps}: "
                f"use a lag of at most {self.time_steps - 1}, or a longer window."
            )
        if abs(lag) >= self.length:
            raise SettingError(
                f"length {self.length} is too short: lag {lag} asks for nothing inside it and needs"
                f" at least {abs(lag) + 1}; use a longer length."
            )

    def _check_gaps(self) -> None:
        if self.edges == "padded" and self.gaps == "dropped":
            raise SettingError(
                "edges padded begins windows with gaps, and gaps dropped leaves those windows out: "
                "use gaps masked or marked, or edges dropped."
            )
        if self.gaps != "masked" and not self.gappy:
            raise SettingError(
                f"gaps {self.gaps} has no gap to work on: give missing above 0, or edges padded."
            )
        if self.gaps == "dropped" and self.kept < LEAST_WHOLE:
            raise SettingError(
                f"missing {self.missing:g} leaves fewer than one window of 100 whole, and gaps"
                " dropped drops the others: use gaps masked or marked, or a smaller share."
            )

    @property
    def _lags_said(self) -> str:
        return ",".join(map(str, self.lag))

    @property
    def gappy(self) -> bool:
        """Whether anything read can be a gap."""
        return self.missing > 0 or self.edges == "padded"

    @property
    def kept(self) -> float:
        """The share of windows that gaps leave whole, where those with a gap are dropped; else the
        share of targets that are there.
        """
        return (1 - self.missing) ** (self.needed if self.gaps == "dropped" else 1)

    @property
    def needed(self) -> int:
        """Different integers that one sample reads or says."""
        text = (
            {-lag for lag in self.lag if lag >= self.time_steps or lag < 0}
            if self.readout != "all"
            else set[int]()
        )
        return self.time_steps + len(text)

    @property
    def time_steps(self) -> int:
        """Integers read per sample: the window, or the length when the window is none."""
        return self.length if self.window is None else self.window

    @property
    def ahead(self) -> int:
        """Integers of a sequence after its last window, which a forecast must predict."""
        return max(0, -min(self.lag)) if self.readout != "all" else 0

    @property
    def first(self) -> int:
        """Where the first window of a sequence ends: with padded edges, as soon as anything is
        asked.
        """
        return (
            max(0, min(self.lag))
            if self.edges == "padded"
            else max(self.time_steps, max(self.lag) + 1) - 1
        )

    @property
    def reach(self) -> int:
        """Consecutive integers that one sample needs: its window, and the symbols it must predict
        that lie outside.
        """
        return max(self.time_steps, max(self.lag) + 1) + self.ahead

    @property
    def windows(self) -> int:
        """Samples that one sequence holds before any are dropped to fill the batches."""
        return self.length - self.ahead - self.first

    @property
    def target_count(self) -> int:
        """Targets said per sample."""
        return self.time_steps if self.readout == "all" else len(self.lag)

    @property
    def chance(self) -> float:
        """The accuracy of a guess without memory: 1/symbols."""
        return 1 / self.vocab_size


def _lags(value: object) -> tuple[int, ...]:
    lags = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    if not lags:
        raise SettingError(
            "lag must name at least one integer, not none: use 0 for the current one."
        )
    settled = tuple(whole("lag", lag, -MOST_LENGTH, MOST_LENGTH) for lag in lags)
    if len(set(settled)) < len(settled):
        raise SettingError(f"lag must name each integer once, not {','.join(map(str, settled))}.")
    return settled
