"""The echo: how one stream of integers is read and which of them must be predicted."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import SettingError
from echoscope.integers import GAP, Integers
from echoscope.settings import choice, setting, share, whole
from echoscope.tasks.base import ECHO, MOST_STEPS, Frame, Held, Task, held_at_once
from echoscope.tasks.columns import chosen_of, most_symbols, predicted_columns, sizes_of
from echoscope.tasks.draws import Drawn, Draws
from echoscope.tasks.gaps import check_gaps
from echoscope.tasks.lags import check_each, lags_of

READOUTS = ("last", "all", "decoder")
NEXT = (-1,)  # the lag of the value that comes next


@dataclass(frozen=True, kw_only=True, repr=False)
class Echo(Task):
    """A framing of one stream of integers. Lag k is exactly: at step t, say x(t-k); a lag below 0
    is a forecast.

    >>> Echo(vocab_size=10, window=5, lag=(4, 3)).windows
    21

    Raises `SettingError` when a setting breaks its rule, or two settings contradict each other.
    """

    noun: ClassVar[str] = "A task"
    kind: ClassVar[str] = ECHO
    difficulty: ClassVar[str] = "lag"
    follows: ClassVar[tuple[str, ...]] = ("window", "length", "edges")

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
    columns: tuple[int, ...] | None = setting(
        "how many symbols each of several integers has that are read together at a time step, as"
        " 10,4; none is one integer of vocab_size",
        None,
    )
    target_columns: tuple[int, ...] | None = setting(
        "which of several columns must be predicted, by their numbers from 1; none is all of them",
        None,
    )

    def __post_init__(self) -> None:
        columns = sizes_of(self.columns)
        self._settle(
            columns=columns,
            target_columns=chosen_of(self.target_columns, columns),
            vocab_size=most_symbols(columns, self.vocab_size),
            length=whole("length", self.length, 1, MOST_STEPS),
            window=None if self.window is None else whole("window", self.window, 1),
            lag=lags_of(self.lag),
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
            check_each(self.lag, self.time_steps, self.length)
        check_gaps(self.gaps, self.edges, self.gappy, self.missing, self.kept)
        if self.windows < 1:
            raise SettingError(
                f"length {self.length} is too short: a window of {self.time_steps} with lag "
                f"{','.join(map(str, self.lag))} needs at least {self.first + 1 + self.ahead}; "
                "use a longer length."
            )

    @property
    def gappy(self) -> bool:
        """Whether anything read can be a gap."""
        return self.missing > 0 or self.edges == "padded"

    @property
    def whole_only(self) -> bool:
        """Whether windows with a gap are left out."""
        return self.gaps == "dropped"

    @property
    def marked(self) -> bool:
        """Whether a gap is read as a symbol of its own."""
        return self.gaps == "marked"

    @property
    def endless(self) -> bool:
        """Whether a window is a whole sequence, of any length."""
        return self.window is None

    @property
    def kept(self) -> float:
        """The share of windows that gaps leave whole, where those with a gap are dropped; else the
        share of targets that are there.
        """
        return (1 - self.missing) ** (self.needed if self.gaps == "dropped" else 1)

    @property
    def needed(self) -> int:
        """Different integers that one sample reads or says."""
        outside = (
            {-lag for lag in self.lag if lag >= self.time_steps or lag < 0}
            if self.readout != "all"
            else set[int]()
        )
        return (self.time_steps + len(outside)) * len(self.columns or (0,))

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
    def heads(self) -> int:
        """Targets predicted at once: for each lag one of every column that is predicted."""
        return len(self.lag) * len(self.predicted)

    @property
    def which(self) -> Integers:
        """The lag of each target. [targets]"""
        lags = np.repeat(np.array(self.lag), len(self.predicted))
        return np.tile(lags, self.target_count // self.heads)

    @property
    def column_sizes(self) -> tuple[int, ...]:
        """How many symbols each of several columns has; none of one integer a time step."""
        return self.columns or ()

    @property
    def predicted(self) -> tuple[int, ...]:
        """The places of the columns that must be predicted; of one integer a time step, 0."""
        return predicted_columns(self.columns, self.target_columns)

    @property
    def which_column(self) -> Integers:
        """The column of each of the targets predicted at once, by its number from 1. [heads]"""
        return np.tile(np.array(self.predicted) + 1, len(self.lag))

    def pick(self, integers: Drawn, places: Integers) -> Drawn:
        """The integers at the places of targets [..., targets], of several columns each target's
        own.
        """
        if not self.columns:
            return integers[places]
        return integers[places, np.tile(self.predicted, places.shape[-1] // len(self.predicted))]

    @property
    def traced(self) -> tuple[int, ...]:
        """The lags, where other ones are the same program: every one lies inside the window, and
        edges are dropped. Otherwise they decide how many integers a window needs, or which windows
        there are.
        """
        inside = all(0 <= lag < self.time_steps for lag in self.lag)
        return self.lag if inside and self.edges == "dropped" and not self.columns else ()

    @property
    def shape(self) -> "Echo":
        """With lags that stand for all, where a program takes them as numbers."""
        return self.with_settings(lag=tuple(range(len(self.lag)))) if self.traced else self

    def frame(self) -> Frame:
        """One window, at the end of as many integers as it needs."""
        return self.frame_at(np.array([self.reach - 1 - self.ahead]))

    def frame_at(self, ends: Integers) -> Frame:
        """The windows whose last integers stand at `ends`."""
        inputs = ends[:, None] + np.arange(1 - self.time_steps, 1)
        target = ends[:, None] + 1 - self.time_steps + self.input_steps()
        if self.readout != "all":
            return Frame(inputs, target, target >= 0)
        steps = ends[:, None] + 1 - self.time_steps + self.target_steps()
        mask = self.mask() & (target >= 0) & (steps >= 0)
        return Frame(inputs, np.where(mask, target, steps), mask)

    def mask(self) -> NDArray[np.bool_]:
        """The targets that lie inside the window, of a task that predicts at each time step."""
        if self.readout != "all":
            return np.ones(self.target_count, bool)
        return (self.input_steps() >= 0) & (self.input_steps() < self.time_steps)

    def input_steps(self) -> Integers:
        """The time step of each target's symbol, which may lie outside the window."""
        return self.target_steps() - self.which

    def sample(self, draws: Draws, rows: int) -> Drawn:
        """Random integers, some of them missing, cut where their sequence begins."""
        drawn = self.drawn(draws, (rows, self.reach))
        lost = draws.happens(self.missing, drawn.shape)
        return self.cut(draws, draws.np.where(lost, GAP, drawn) if self.missing else drawn)

    def drawn(self, draws: Draws, shape: tuple[int, ...]) -> Drawn:
        """Random symbols of this shape, of several columns [*shape, columns]."""
        if not self.columns:
            return draws.integers(shape, 0, self.vocab_size)
        return draws.np.stack([draws.integers(shape, 0, size) for size in self.columns], axis=-1)

    def cut(self, draws: Draws, drawn: Drawn) -> Drawn:
        """Samples of which each ends at another place of a sequence, where edges are padded."""
        if self.edges != "padded":
            return drawn
        ends = draws.integers((len(drawn), 1), self.first, self.length - self.ahead)
        early = np.arange(self.reach) < self.reach - 1 - self.ahead - ends
        return draws.np.where(early[..., None] if self.columns else early, GAP, drawn)

    def held(self) -> Held:
        """The symbols of one window read earlier and still to be predicted."""
        mask = self.mask()
        return self.holding(held_at_once(self.input_steps()[mask], self.target_steps()[mask]))

    def holding(self, symbols: int) -> Held:
        """So many symbols, held at once, of each column that is predicted."""
        sizes = [self.columns[place] for place in self.predicted] if self.columns else None
        if sizes:
            bits = symbols * sum(map(math.log2, sizes))
            says = " + ".join(f"{symbols} x log2({size})" for size in sizes)
            return Held(symbols * len(sizes), bits, says)
        bits = symbols * math.log2(self.vocab_size)
        return Held(symbols, bits, f"{symbols} x log2({self.vocab_size})")

    @property
    def chance(self) -> float:
        """The accuracy of a guess, of several columns its mean over those that are predicted."""
        if not self.columns:
            return 1 / self.vocab_size
        return sum(1 / self.columns[place] for place in self.predicted) / len(self.predicted)

    def memoryless(self, inputs: Integers) -> Integers:
        """The symbol just read, of each target's own column."""
        return self.pick_each(inputs, self.target_steps())

    def oracle(self, inputs: Integers) -> Integers:
        """The symbol itself where it lies inside the window, else a guess: 0."""
        reads = self.input_steps()
        inside = (reads >= 0) & (reads < self.time_steps)
        places = np.where(inside, reads, 0)
        return np.where(inside, self.pick_each(inputs, places), 0)
