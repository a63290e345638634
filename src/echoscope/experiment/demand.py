"""Demand: what a task asks of a memory, and whether the symbols can arrive at all, from the words
alone.
"""

import math
from dataclasses import dataclass

import numpy as np

from echoscope.errors import WordError, shown
from echoscope.experiment.experiment import Experiment, Fit
from echoscope.experiment.paths import (
    NONE,
    PATHS,
    STATE,
    WINDOW,
    Answer,
    Kinds,
    kinds_of,
    samples_of,
)
from echoscope.html_repr import Shown
from echoscope.tasks.echo import Task


@dataclass(frozen=True, eq=False)
class Demand(Shown):
    """What must be held: `held` symbols at once are `bits` = held * log2(symbols), whatever the
    model.

    `path` is the one that most answers take and `paths` counts them all; `gradient` is said of
    `path`. `rows` are the rows of a batch that carry a state of their own, 1 where none is carried.
    `uncounted` says that gaps are passed over, so that how far back a symbol lies cannot be
    counted. Source: the counting bound of Jelassi et al. 2024 (arXiv 2402.01032), at most 2^bits /
    symbols^held right.
    """

    kinds: Kinds
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
    def answers(self) -> tuple[Answer, ...]:
        """Every asked answer, sample by sample: as many objects, of a long sequence very many."""
        found = [
            (sample, place, Answer(sample, lag, heard, said, PATHS[path], PATHS[path] == WINDOW))
            for place, lag, heard, said, path, first, count in zip(
                *(field.tolist() for field in self.kinds), strict=True
            )
            for sample in range(first, first + count)
        ]
        return tuple(answer for *_, answer in sorted(found, key=lambda one: one[:2]))

    @property
    def asked(self) -> int:
        """How many answers are asked."""
        return int(self.kinds.samples.sum())

    @property
    def paths(self) -> dict[str, int]:
        """How many answers can arrive by each path, the commonest first; of equals the one that is
        asked first.
        """
        found = []
        for code, path in enumerate(PATHS):
            kinds = self.kinds.of(self.kinds.path == code)
            if len(kinds.samples):
                begins = int(kinds.first.min())
                begins = begins, int(kinds.place[kinds.first == begins].min())
                found.append((-int(kinds.samples.sum()), begins, path))
        return {path: -less for less, _, path in sorted(found)}

    @property
    def path(self) -> str:
        """The path that most answers take."""
        return next(iter(self.paths))

    @property
    def gradient(self) -> bool:
        """Whether training can follow that path back to the symbol."""
        return self.path == WINDOW

    @property
    def bound(self) -> float:
        """What no training of random integers can exceed on average: answers without a path are a
        guess.
        """
        lost = self.paths.get(NONE, 0) / self.asked
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
        held = [] if (self.kinds.heard > self.kinds.said).all() else [self._held_sentence()]
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
        asked = self.asked
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
        count = f"{self.paths[NONE]} of {self.asked} answers"
        chance = f"The score will be chance ({1 / self.symbols:.4g}), however long it trains."
        lost = self.kinds.of(self.kinds.path == PATHS.index(NONE))
        if (lost.heard > lost.said).all():
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
    fresh, padded = fit.draw != "sequence", task.edges == "padded"
    first, samples = samples_of(task, fit)
    kinds = kinds_of(task, fit, first, samples)
    rows = fit.batch if fit.state == "carried" else 1
    whole = task.windows if not fresh or padded else 1
    uncounted = task.missing > 0 and task.gaps == "masked" and any(task.lag)
    return Demand(
        kinds, task.symbols, _held(task, kinds), rows, samples, whole - samples, uncounted
    )


def _held(task: Task, kinds: Kinds) -> int:
    """The most symbols heard earlier and still to be said, over all the moments between two steps
    of the window of the last sample that is asked for anything.
    """
    if not len(kinds.samples):
        return 0
    ends = kinds.first + kinds.samples
    last = kinds.of((ends == ends.max()) & (kinds.heard < kinds.said))
    changes = np.zeros(task.reach + 2 * task.heard + 1, int)
    np.add.at(changes, last.heard + task.reach + task.heard, 1)
    np.add.at(changes, last.said + task.reach + task.heard, -1)
    return int(np.cumsum(changes).max())


def bound_of(experiment: Experiment) -> float | None:
    """The best score that can be expected; None of own integers, which may be foreseeable."""
    return None if experiment.data else demand(experiment.task, experiment.fit).bound
