"""What a task is: settings of its own, samples drawn from them, and what is known of them without
any training.
"""

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import SettingError, alternatives, shown
from echoscope.integers import Integers
from echoscope.registry import load_installed
from echoscope.settings import Json, Settings, whole
from echoscope.tasks.draws import Drawn, Draws

ECHO = "echo"  # the kind of a task that does not say which it is
MOST_STEPS = 1_000_000  # time steps of a sample
ENDS = {"least": 1, "most": MOST_STEPS}  # of a setting that does not say its own


class Frame(NamedTuple):
    """Which positions of one sequence are read and predicted; `sequence[frame.inputs]` are the
    windows themselves.

    Shapes: `inputs` [samples, window], `target` and `mask` [samples, targets]. A position below 0
    lies before the sequence: a gap, where edges are padded. Where `mask` is False the target lies
    outside the window of a task that predicts at each step, or outside the sequence: it is neither
    trained on nor scored.
    """

    inputs: Integers
    target: Integers
    mask: NDArray[np.bool_]


class Held(NamedTuple):
    """What must be held at once: so many symbols, in so many bits, and how that is counted."""

    symbols: int
    bits: float
    says: str


class Task(Settings):
    """What is read and what must be predicted: the base of every task.

    A task is a frozen dataclass of settings. Its `sample` draws rows of integers: the `time_steps`
    that are read, then the targets, `heads` of them after the last time step, or at every one where
    `readout` is all. `mask` says which targets count. The rest is known without training: what must
    be `held`, since which time step (`input_steps`), the accuracy of a guess (`chance`), and what a
    rule without a memory and one with a perfect memory predict (`memoryless`, `oracle`).

    `kind` is its name, and that of its preset; `difficulty` names the setting that makes it harder,
    and `follows` those that may have to follow from it, as a window from a lag.
    """

    kind: ClassVar[str]
    difficulty: ClassVar[str]
    follows: ClassVar[tuple[str, ...]] = ()

    vocab_size: int
    readout: str

    def __post_init__(self) -> None:
        """Whole numbers from the setting's `least` (1 unless it says another) to its `most`; a task
        of other rules has its own.
        """
        for name, field in self.fields().items():
            if field.type in (int, "int"):
                least, most = (field.metadata.get(end, usual) for end, usual in ENDS.items())
                self._settle(**{name: whole(name, getattr(self, name), least, most)})

    @property
    @abstractmethod
    def time_steps(self) -> int:
        """Integers read per sample."""

    @abstractmethod
    def sample(self, draws: Draws, rows: int) -> Drawn:
        """Fresh samples [rows, reach]: what is read, and the targets."""

    @abstractmethod
    def held(self) -> Held:
        """What must be held at once."""

    @abstractmethod
    def oracle(self, inputs: Integers) -> Integers:
        """What a perfect memory of the window predicts. [rows, time] -> [rows, targets]"""

    @property
    def target_count(self) -> int:
        """Targets predicted per sample."""
        return self.heads * (self.time_steps if self.readout == "all" else 1)

    @property
    def heads(self) -> int:
        """Targets predicted at once."""
        return 1

    @property
    def gappy(self) -> bool:
        """Whether anything read can be a gap."""
        return False

    @property
    def marked(self) -> bool:
        """Whether a gap is read as a symbol of its own."""
        return False

    @property
    def kept(self) -> float:
        """The share of targets that are there."""
        return 1.0

    @property
    def ahead(self) -> int:
        """Integers behind a window that must be forecast."""
        return 0

    @property
    def endless(self) -> bool:
        """Whether a window is a whole sequence, of any length."""
        return False

    @property
    def reach(self) -> int:
        """Integers of one sample, its targets among them."""
        return self.time_steps + self.target_count

    @property
    def chance(self) -> float:
        """The accuracy of a guess."""
        return 1 / self.vocab_size

    def input_steps(self) -> Integers:
        """The time step at which the symbol of each target is read, the earliest that there can be.
        [targets]
        """
        return np.zeros(self.target_count, int)

    def memoryless(self, inputs: Integers) -> Integers:
        """What can be predicted from the symbol just read alone: that symbol, unless a task knows
        better. [rows, time] -> [rows, targets]
        """
        return inputs[:, self.target_steps()]

    def pick(self, integers: Drawn, places: Integers) -> Drawn:
        """The integers at the places of targets [..., targets]."""
        return integers[places]

    def pick_each(self, rows: Integers, places: Integers) -> Integers:
        """The same of each row, at places of its own steps. -> [rows, targets]"""
        begins = np.arange(len(rows))[:, None] * rows.shape[1]
        return self.pick(rows.reshape(-1, *rows.shape[2:]), begins + places)

    def mask(self) -> NDArray[np.bool_]:
        """Which targets count. [targets]"""
        return np.ones(self.target_count, bool)

    def frame(self) -> Frame:
        """Where a sample has its inputs and its targets: one window."""
        inputs = np.arange(self.time_steps)
        return Frame(inputs[None], np.arange(self.time_steps, self.reach)[None], self.mask()[None])

    def target_steps(self) -> Integers:
        """The time step at which each target is predicted. [targets]"""
        if self.readout == "all":
            return np.repeat(np.arange(self.time_steps), self.heads)
        return np.full(self.target_count, self.time_steps - 1)

    @property
    def which(self) -> Integers:
        """What tells the targets of one time step apart: the place of each. [targets]"""
        return np.tile(np.arange(self.heads), self.target_count // self.heads)

    @property
    def column_sizes(self) -> tuple[int, ...]:
        """How many symbols each of several columns has that are read together at a time step; none
        of one integer a time step.
        """
        return ()

    @property
    def predicted(self) -> tuple[int, ...]:
        """The places of the columns that must be predicted."""
        return (0,)

    @property
    def which_column(self) -> Integers:
        """The column of each of the targets predicted at once, by its number from 1. [heads]"""
        return np.ones(self.heads, int)

    @property
    def traced(self) -> tuple[int, ...]:
        """Settings that a compiled program takes as numbers, so that it serves others too."""
        return ()

    @property
    def shape(self) -> Self:
        """The settings that a program is compiled for."""
        return self

    def arranged(self, drawn: Drawn, traced: Drawn, np: Any) -> Drawn:
        """A sample [rows, reach] of `shape` as one of these traced numbers; of the echo the lags
        alone tell where its targets lie.
        """
        return drawn

    def asked(self, traced: Drawn, steps: Drawn) -> Drawn:
        """Which targets count, predicted at these steps, with these traced numbers."""
        return steps >= 0

    @classmethod
    def from_json(cls, settings: object) -> Self:
        """The task that `to_json` gave, of the kind that it says: without one, the echo."""
        if "kind" not in vars(cls):
            return task_kind(settings).from_json(settings)
        if isinstance(settings, dict):
            settings = {name: value for name, value in settings.items() if name != "kind"}
        return super().from_json(settings)

    def __reduce__(self) -> tuple[object, ...]:
        """To another process a task goes as its settings: its class may be known there by a file
        only.
        """
        return Task.from_json, (self.to_json(),)

    def to_json(self) -> Json:
        """Plain JSON values, the kind and every field said."""
        return {"kind": self.kind} | super().to_json()

    def changed(self) -> Json:
        """Plain JSON values of the fields that differ from their default, and the kind unless it is
        the echo's.
        """
        return ({} if self.kind == ECHO else {"kind": self.kind}) | super().changed()


def held_at_once(input_steps: NDArray[np.integer], target_steps: NDArray[np.integer]) -> int:
    """The most symbols read earlier and still to be predicted, over all moments between two time
    steps, of targets whose symbols are read and predicted at these: a symbol that is predicted
    several times is held once.

    >>> held_at_once(np.array([0, 1, 0]), np.array([1, 2, 3]))
    2
    """
    later = input_steps < target_steps
    if not later.any():
        return 0
    begin = input_steps[later].min()
    since, last = input_steps[later] - begin, target_steps[later] - begin
    until = np.zeros(since.max() + 1, int)
    np.maximum.at(until, since, last)
    read = np.flatnonzero(until)
    changes = np.bincount(read, minlength=last.max() + 1)
    return int(np.cumsum(changes - np.bincount(until[read], minlength=last.max() + 1)).max())


TASKS: dict[str, type[Task]] = {}


def task_kind(settings: object) -> Any:
    """The class of a task of which these are the settings. Raises `SettingError` for a kind that
    nobody has registered.
    """
    kind = settings.get("kind", ECHO) if isinstance(settings, dict) else ECHO
    if not isinstance(kind, str):
        raise SettingError(f"kind must be the name of a task, not {shown(kind)}.")
    if kind not in TASKS:
        load_installed()
    if kind not in TASKS:
        raise SettingError(
            f"task {shown(kind)} is not there ({alternatives(kind, TASKS)[:-1]}): name the file"
            " that registers it with --plugin, or call register_task."
        )
    return TASKS[kind]
