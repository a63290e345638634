"""A person's own integers as what a network learns: their name, the end held out, and what needs no memory at all."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echoscope.errors import IntegerError, WordError
from echoscope.experiment import Experiment
from echoscope.framing import frame
from echoscope.integers import Integers, integers

HELD_OUT = 0.2  # the last fifth is never learned from: the score is measured on it
UNIFORM, MEMORYLESS, COPY_LAST = "uniform", "memoryless", "copy-last"


def hash_of(sequence: ArrayLike) -> str:
    """Twelve hexadecimal digits that name a sequence of integers, whatever file they came from.

    >>> hash_of(np.array([3, 1, 2]))
    '603df28461be'
    """
    return hashlib.sha256(np.asarray(sequence, "<i8").tobytes()).hexdigest()[:12]


@dataclass(frozen=True)
class Chance:
    """What can be said without a memory: the best of three rules, its score, and the scores of all.

    `rules` are uniform (1/symbols), memoryless (always the commonest symbol of the learned part) and copy-last (the
    symbol just heard; not where that is the answer), the latter two measured on the windows of the held-out part.
    """

    rule: str
    score: float
    rules: dict[str, float]

    @property
    def sentence(self) -> str:
        """What that means for a score."""
        if self.rule == UNIFORM:
            return "No rule without a memory says more of these integers than a guess."
        said = {MEMORYLESS: "always saying the commonest symbol", COPY_LAST: "repeating the symbol just heard"}
        return (f"These integers are not random: {said[self.rule]} is right {self.score:.2%} of the time, so that is "
                "chance here, not 1/symbols.")  # fmt: skip


def learned(experiment: Experiment, count: int) -> int:
    """How many of `count` own integers are learned from; the rest, at their end, are held out.

    Raises `IntegerError` unless both parts hold a draw of the fit: a sequence, or one window.
    """
    task = experiment.task
    least = task.length if experiment.fit.draw == "sequence" else task.reach
    begin = count - max(int(count * HELD_OUT), least)
    if begin < least:
        raise IntegerError(f"Learning from own integers needs {least} of them and {least} more held out, and there are "
                           f"{count}: give more, or use a shorter "
                           f"{'length' if experiment.fit.draw == 'sequence' else 'window'}.")  # fmt: skip
    return begin


def checked(experiment: Experiment, given: Any) -> Integers:
    """Own integers as an array [time], or an `IntegerError`. None, -1 or "-" is a gap where the task has gaps."""
    task = experiment.task
    sequence = integers(given, task.symbols, gaps=task.gappy)
    learned(experiment, len(sequence))
    return sequence


def named(experiments: Sequence[Experiment], given: Any) -> tuple[list[Experiment], NDArray[np.int32]]:
    """The experiments, their word `data` saying the hash of the own integers `given`, and those integers.

    Raises `WordError` where an experiment says other integers than are given.
    """
    if given is None:
        for experiment in experiments:
            if experiment.data is not None:
                raise WordError(f"The integers {experiment.data} must be given to learn from them: they are not kept "
                                "with a record.")  # fmt: skip
        return list(experiments), np.zeros(0, np.int32)
    sequence = checked(experiments[0], given)
    name = hash_of(sequence)
    for experiment in experiments:
        if experiment.data not in (None, name):
            raise WordError(f"data names the integers {experiment.data}, but those given are {name}: give those.")
    return [experiment.change(data=name) for experiment in experiments], sequence.astype(np.int32)


def chance(experiment: Experiment, sequence: Integers) -> Chance:
    """What three rules without a memory say of the held-out part."""
    task = experiment.task
    begin = learned(experiment, len(sequence))
    framed = frame(task, len(sequence) - begin)
    held = sequence[begin:]
    answer = held[framed.answer]
    asked = framed.asked & (answer >= 0)
    present = sequence[:begin][sequence[:begin] >= 0]
    commonest = int(np.argmax(np.bincount(present, minlength=task.symbols)))
    rules = {UNIFORM: task.chance, MEMORYLESS: float((answer == commonest)[asked].mean())}
    if 0 not in task.lag:
        last = held[framed.heard] if task.when == "each" else held[framed.heard[:, -1:]]
        rules[COPY_LAST] = float((answer == last)[asked].mean())
    rule = max(rules, key=lambda name: rules[name])
    return Chance(rule, rules[rule], rules)
