"""Demand: what a task asks of a memory, and whether the symbols can arrive at all, from the words
alone.
"""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from echoscope.errors import WordError, shown
from echoscope.experiment import Experiment, Fit
from echoscope.framing import Frame, frame, windows
from echoscope.shown import Shown
from echoscope.task import Task

WINDOW, STATE, NONE = "window", "state", "none"


@dataclass(frozen=True)
class Answer:
    """One asked answer: the symbol heard at step `heard`, to be said at step `said`, of the
    window's own steps.

    Steps count from 0 within the sample's window, so a negative `heard` lies before it, and one
    above `said` is a forecast. `path` says how the symbol can arrive: inside the window, through
    carried state, or by none. `gradient` says whether training can follow it.
    """

    sample: int
    lag: int
    heard: int
    said: int
    path: str
    gradient: bool


@dataclass(frozen=True)
class Demand(Shown):
    """What must be held: `held` symbols at once are `bits` = held * log2(symbols), whatever the
    model.

    `path` is the one that most answers take and `paths` counts them all; `gradient` is said of
    `path`. `rows` are the rows of a batch that carry a state of their own, 1 where none is carried.
    `uncounted` says that gaps are passed over, so that how far back a symbol lies cannot be
    counted. Source: the counting bound of Jelassi et al. 2024 (arXiv 2402.01032), at most 2^bits /
    symbols^held right.
    """

    answers: tuple[Answer, ...]
    symbols: int
    held: int
    rows: int
    samples: int
    dropped: int
    uncounted: bool = False

    def __repr__(self) -> str:
        return f"<Demand: {' '.join(self.sentences())}>"

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
        """What no training of random integers can exceed on average: answers without a path are a
        guess.
        """
        lost = self.paths.get(NONE, 0) / len(self.answers)
        return 1 - lost * (1 - 1 / self.symbols)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "held": self.held,
            "bits": self.bits,
            "path": self.path,
            "gradient": self.gradient,
            "paths": self.paths,
            "bound": self.bound,
            "samples": self.samples,
            "dropped": self.dropped,
        }

    def sentences(self, own: bool = False) -> list[str]:
        """The demand in plain words: of random integers, or of a person's own, which may follow a
        rule.
        """
        masked = (
            "A masked gap leaves no trace of its step, so the network cannot count how far back a"
            " symbol lies: marked gaps tell it."
        )
        held = (
            []
            if all(answer.heard > answer.said for answer in self.answers)
            else [self._held_sentence()]
        )
        return [*held, self._path_sentence(own), *([masked] if self.uncounted else [])]

    def _held_sentence(self) -> str:
        if not self.held:
            return "Nothing has to be held: every answer is said at the step it is heard (0 bits)."
        symbols = "1 symbol has" if self.held == 1 else f"{self.held} symbols have"
        return (
            f"{symbols} to be held at once: {self.held} x log2({self.symbols}) = {self.bits:.2f}"
            " bits."
        )

    def _path_sentence(self, own: bool) -> str:
        asked = len(self.answers)
        if self.path == NONE:
            return self._lost_sentence(own)
        if self.path == WINDOW and len(self.paths) == 1:
            return (
                "Every answer lies inside its own window, so the network hears it and training can"
                " follow it."
            )
        if self.path == WINDOW:
            others = [
                f"{count} by {'no path' if path == NONE else 'carried state only'}"
                for path, count in self.paths.items()
                if path != WINDOW
            ]
            return (
                f"{self.paths[WINDOW]} of {asked} answers lie inside their own window, so the"
                f" network hears them and training can follow; {' and '.join(others)}."
            )
        if self.paths.get(WINDOW):
            return (
                f"{self.paths[STATE]} of {asked} answers lie before the window and can arrive only"
                " through carried state, across which no gradient flows; the other"
                f" {self.paths[WINDOW]} lie inside it and teach the network to keep them."
            )
        lost = self.paths.get(NONE, 0)
        rest = f" {lost} more can arrive by no path." if lost else ""
        return (
            f"{self.paths[STATE]} of {asked} answers lie before the window and can arrive only"
            " through carried state, across which no gradient flows: the network is never taught"
            f" to keep them.{rest}"
        )

    def _lost_sentence(self, own: bool) -> str:
        count = f"{self.paths[NONE]} of {len(self.answers)} answers"
        chance = f"The score will be chance ({1 / self.symbols:.4g}), however long it trains."
        if all(answer.heard > answer.said for answer in self.answers if answer.path == NONE):
            early = f"{count} have not been heard yet when they must be said"
            if own:
                return f"{early}: only a rule that your integers follow can help."
            return f"{early}; nobody can forecast random integers. {chance}"
        end = "Only a rule that your integers follow can say them." if own else chance
        return (
            f"{count} can arrive by no path: they lie before the window, and"
            f" {self._state_reason()}. {end}"
        )

    def _state_reason(self) -> str:
        if self.rows == 1:
            return "state is not carried from one sample to the next"
        return (
            f"row j of a batch can continue only the sample {self.rows} earlier, which heard other"
            " symbols"
        )


def demand(task: Task, fit: Fit) -> Demand:
    """What `task` asks under `fit`, before any training.

    >>> partial = demand(Task(window=5, lag=(4, 3)), Fit(batch=21))
    >>> partial.held, round(partial.bits, 2), partial.path
    (2, 13.29, 'window')

    With state carried, row j of a batch continues row j of the one before, so a sample's state has
    heard the samples `batch`, 2*`batch`, ... earlier in the same sequence. Gradients never cross
    from one update to the next.
    """
    if not isinstance(task, Task) or not isinstance(fit, Fit):
        raise WordError(
            "demand needs a Task and a Fit, as in demand(lag.task, lag.fit) of an Experiment, not "
            f"{shown(task)} and {shown(fit)}."
        )
    fresh = fit.draw != "sequence"
    batch = 1 if fresh else fit.batch
    framed = _framed(task, fit, batch)
    answers = tuple(
        answer
        for sample in range(len(framed.heard))
        for answer in _answers(task, fit, framed, sample)
    )
    rows = fit.batch if fit.state == "carried" else 1
    whole = task.windows if not fresh or task.edges == "padded" else 1
    uncounted = task.missing > 0 and task.gaps == "masked" and any(task.lag)
    return Demand(
        answers,
        task.symbols,
        _held(task, answers),
        rows,
        len(framed.heard),
        whole - len(framed.heard),
        uncounted,
    )


def _framed(task: Task, fit: Fit, batch: int) -> Frame:
    """Every kind of sample that training draws."""
    if fit.draw == "sequence" or task.edges == "padded":
        return frame(task, batch=batch)
    framed = windows(task, np.array([task.reach - 1 - task.ahead]))
    return framed._replace(asked=np.ones_like(framed.asked)) if fit.draw == "stream" else framed


def _answers(task: Task, fit: Fit, framed: Frame, sample: int) -> list[Answer]:
    found = []
    for place in range(task.answers):
        if framed.asked[sample, place]:
            said = place if task.when == "each" else task.heard - 1
            lag = task.lag[0] if task.when == "each" else task.lag[place]
            path = _path(task, fit, sample, said - lag, said)
            found.append(Answer(sample, lag, said - lag, said, path, gradient=path == WINDOW))
    return found


def _path(task: Task, fit: Fit, sample: int, heard: int, said: int) -> str:
    """How the symbol heard at step `heard` of this sample's window (negative: before it) can reach
    the answer.
    """
    if heard > said:
        return NONE
    if heard >= 0:
        return WINDOW
    if fit.draw == "stream":
        return STATE
    if fit.state == "reset":
        return NONE
    rows = -(heard // fit.batch)  # the fewest rows back whose window starts at or before the symbol
    reaches_it = heard + rows * fit.batch < task.heard
    return STATE if reaches_it and sample >= rows * fit.batch else NONE


def _held(task: Task, answers: tuple[Answer, ...]) -> int:
    """The most symbols heard earlier and still to be said, over all the moments between two steps
    of a window.
    """
    changes = np.zeros(task.reach + 2 * task.heard + 1, int)
    for answer in answers:
        if answer.sample == answers[-1].sample and answer.heard < answer.said:
            changes[answer.heard + task.reach + task.heard] += 1
            changes[answer.said + task.reach + task.heard] -= 1
    return int(np.cumsum(changes).max())


def bound_of(experiment: Experiment) -> float | None:
    """The best score that can be expected; None of own integers, which may be foreseeable."""
    return None if experiment.data else demand(experiment.task, experiment.fit).bound
