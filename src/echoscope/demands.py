"""Demand: what a task asks of a memory, and whether the symbols can arrive at all, from the words alone."""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from echoscope.experiment import Fit
from echoscope.framing import Frame, frame
from echoscope.task import Task

WINDOW, STATE, NONE = "window", "state", "none"


@dataclass(frozen=True)
class Answer:
    """One asked answer: the symbol heard at step `heard`, to be said at step `said`, of the window's own steps.

    Steps count from 0 within the sample's window, so a negative `heard` lies before it. `path` says how the symbol can
    arrive: inside the window, through carried state, or by none. `gradient` says whether training can follow it.
    """

    sample: int
    lag: int
    heard: int
    said: int
    path: str
    gradient: bool


@dataclass(frozen=True)
class Demand:
    """What must be held: `held` symbols at once are `bits` = held * log2(symbols), whatever the model.

    `path` is the one that most answers take and `paths` counts them all; `gradient` is said of `path`. `rows` are the
    rows of a batch that carry a state of their own, 1 where none is carried.
    Source: the counting bound of Jelassi et al. 2024 (arXiv 2402.01032), at most 2^bits / symbols^held right.
    """

    answers: tuple[Answer, ...]
    symbols: int
    held: int
    rows: int
    samples: int
    dropped: int

    @property
    def bits(self) -> float:
        """Bits of state that any model needs to say every answer right."""
        return self.held * math.log2(self.symbols)

    @property
    def paths(self) -> dict[str, int]:
        """How many answers can arrive by each path."""
        return dict(Counter(answer.path for answer in self.answers).most_common())

    @property
    def path(self) -> str:
        """The path that most answers take."""
        return next(iter(self.paths))

    @property
    def gradient(self) -> bool:
        """Whether training can follow that path back to the symbol."""
        return next(answer.gradient for answer in self.answers if answer.path == self.path)

    @property
    def bound(self) -> float:
        """The best score that any training can reach on average: answers without a path are a guess."""
        lost = self.paths.get(NONE, 0) / len(self.answers)
        return 1 - lost * (1 - 1 / self.symbols)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values."""
        return {"held": self.held, "bits": self.bits, "path": self.path, "gradient": self.gradient,
                "paths": self.paths, "bound": self.bound, "samples": self.samples,
                "dropped": self.dropped}  # fmt: skip

    def sentences(self) -> list[str]:
        """The demand in plain words."""
        return [self._held_sentence(), self._path_sentence()]

    def _held_sentence(self) -> str:
        if not self.held:
            return "Nothing has to be held: every answer is said at the step it is heard (0 bits)."
        symbols = "1 symbol has" if self.held == 1 else f"{self.held} symbols have"
        return f"{symbols} to be held at once: {self.held} x log2({self.symbols}) = {self.bits:.2f} bits."

    def _path_sentence(self) -> str:
        asked = len(self.answers)
        chance = f"{1 / self.symbols:.4g}"
        if self.path == WINDOW:
            return "Every answer lies inside its own window, so the network hears it and training can follow it."
        if self.path == STATE:
            lost = self.paths.get(NONE, 0)
            rest = f" {lost} more can arrive by no path." if lost else ""
            return (f"{self.paths[STATE]} of {asked} answers lie before the window and can arrive only through "
                    "carried state, across which no gradient flows: the network is never taught to keep them."
                    f"{rest}")  # fmt: skip
        return (f"{self.paths[NONE]} of {asked} answers can arrive by no path: they lie before the window, and "
                f"{self._state_reason()}. The score will be chance ({chance}), however long it trains.")  # fmt: skip

    def _state_reason(self) -> str:
        if self.rows == 1:
            return "state is not carried from one sample to the next"
        return f"row j of a batch can continue only the sample {self.rows} earlier, which heard other symbols"


def demand(task: Task, fit: Fit) -> Demand:
    """What `task` asks under `fit`, before any training.

    >>> partial = demand(Task(window=5, lag=(4, 3)), Fit(batch=21))
    >>> partial.held, round(partial.bits, 2), partial.path
    (2, 13.29, 'window')

    With state carried, row j of a batch continues row j of the one before, so a sample's state has heard the samples
    `batch`, 2*`batch`, ... earlier in the same sequence. Gradients never cross from one update to the next.
    """
    windows = fit.draw == "windows"
    batch = 1 if windows else fit.batch
    framed = frame(task, task.reach if windows else None, batch)
    answers = tuple(answer for sample in range(len(framed.heard)) for answer in _answers(task, fit, framed, sample))
    rows = fit.batch if fit.state == "carried" else 1
    return Demand(answers, task.symbols, _held(task, answers), rows, len(framed.heard),
                  (1 if windows else task.windows) - len(framed.heard))  # fmt: skip


def _answers(task: Task, fit: Fit, framed: Frame, sample: int) -> list[Answer]:
    found = []
    for place in range(task.answers):
        if framed.asked[sample, place]:
            said = place if task.when == "each" else task.heard - 1
            lag = task.lag[0] if task.when == "each" else task.lag[place]
            path = _path(task, fit, sample, said - lag)
            found.append(Answer(sample, lag, said - lag, said, path, gradient=path == WINDOW))
    return found


def _path(task: Task, fit: Fit, sample: int, heard: int) -> str:
    """How the symbol heard at step `heard` of this sample's window (negative: before it) can reach the answer."""
    if heard >= 0:
        return WINDOW
    if fit.state == "reset":
        return NONE
    rows = -(heard // fit.batch)  # the fewest rows back whose window starts at or before the symbol
    reaches_it = heard + rows * fit.batch < task.heard
    return STATE if reaches_it and sample >= rows * fit.batch else NONE


def _held(task: Task, answers: tuple[Answer, ...]) -> int:
    """The most symbols heard earlier and still to be said, over all the moments between two steps of a window."""
    changes = np.zeros(task.reach + task.heard + 1, int)
    for answer in answers:
        if answer.sample == answers[-1].sample and answer.heard < answer.said:
            changes[answer.heard + task.reach] += 1
            changes[answer.said + task.reach] -= 1
    return int(np.cumsum(changes).max())
