"""User data as what a network learns: their name, and the end that is held out for the accuracy."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from echoscope.errors import IntegerError, SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.integers import Integers, integers
from echoscope.recoding import Recoding
from echoscope.tasks.base import Frame
from echoscope.tasks.windows import frame

HELD_OUT = 0.2  # the last fifth is never trained on: the accuracy is measured on it
EVALUATION_TARGETS = 10_000  # targets behind an accuracy, at least, where there are so many


def hash_of(sequence: ArrayLike) -> str:
    """Twelve hexadecimal digits that name a sequence of integers, whatever file they came from.

    >>> hash_of(np.array([3, 1, 2]))
    '7c4cec7a82e1'
    """
    return hashlib.sha256(np.asarray(sequence, "<i8").tobytes()).hexdigest()[:12]


@dataclass(frozen=True, eq=False)
class UserData:
    """User data that are integers [time] from 0, or -1 for a gap: checked once, by `UserData.of`,
    and hashed once, they stand wherever user data do.

    `recoding` says which value of a person's own each integer stands for; None where it is its own.
    """

    integers: Integers
    recoding: Recoding | None = None

    @classmethod
    def of(cls, experiment: Experiment, value: object) -> "UserData":
        """User data for an experiment, or an `IntegerError`. None, -1 or "-" is a gap where the
        task has gaps.
        """
        task = experiment.echo
        data = (
            value
            if isinstance(value, cls)
            else cls(integers(value, task.vocab_size, gaps=task.gappy))
        )
        low, high = data.range
        if high >= task.vocab_size or (low < 0 and not task.gappy):
            integers(data.integers, task.vocab_size, gaps=task.gappy)  # which says what is wrong
        learned(experiment, len(data))
        return data

    @cached_property
    def range(self) -> tuple[int, int]:
        """The least and the largest of them."""
        return int(self.integers.min(initial=0)), int(self.integers.max(initial=0))

    @property
    def vocab_size(self) -> int:
        """How many symbols a task needs for them, at least 2."""
        most = self.recoding.vocab_size if self.recoding else self.range[1] + 1
        return max(2, most)

    @cached_property
    def name(self) -> str:
        """The hash that names them, and that of their recoding behind it, where there is one."""
        recoded = self.recoding.name if self.recoding else ""
        return f"{hash_of(self.integers)}-{recoded}" if recoded else hash_of(self.integers)

    def __len__(self) -> int:
        return len(self.integers)


def learned(experiment: Experiment, count: int) -> int:
    """How many of `count` user data are trained on; the rest, at their end, are held out.

    Raises `IntegerError` unless both parts hold a draw of the training: a sequence, or one window.
    """
    task = experiment.echo
    least = task.length if experiment.training.sampling == "sequence" else task.reach
    begin = count - max(int(count * HELD_OUT), least)
    if begin < least:
        raise IntegerError(
            f"Training on user data needs {least} of them and {least} more held out, and there"
            f" are {count}: give more, or use a shorter"
            f" {'length' if experiment.training.sampling == 'sequence' else 'window'}."
        )
    return begin


def settled(experiment: Experiment, data: UserData) -> Experiment:
    """The experiment that trains on these integers: `data` is their name, and `missing` their own
    share of gaps.

    The gaps are those of the integers, so that whatever `missing` said before, the same windows are
    one identity. Raises `IntegerError` where gaps are to be marked or dropped and there is none.

    >>> experiment = preset("current", missing=0.5, length=2, batch_size=1)
    >>> settled(experiment, UserData.of(experiment, [3, None, 2, 4])).task.missing
    0.25
    """
    share = float((data.integers < 0).mean()) if len(data) else 0.0
    task = experiment.echo
    if not share and task.gaps != "masked" and task.edges == "dropped":
        raise IntegerError(
            f"User data bring their own gaps and these have none, so gaps {task.gaps} has"
            " nothing to work on: leave gaps out, or use gaps masked."
        )
    return experiment.change(data=data.name, missing=share)


def named(
    experiments: Sequence[Experiment], value: object
) -> tuple[list[Experiment], UserData | None]:
    """The experiments as `settled` has them for these user data, and the data.

    Raises `SettingError` where an experiment says other integers than are given.
    """
    if value is None:
        for experiment in experiments:
            if experiment.data is not None:
                raise SettingError(
                    f"The integers {experiment.data} must be given to train on them: a run"
                    " names them, and does not hold them."
                )
        return list(experiments), None
    data = UserData.of(experiments[0], value)
    for experiment in experiments:
        if experiment.data not in (None, data.name):
            raise SettingError(
                f"data names the integers {experiment.data}, but those given are {data.name}: give"
                " those."
            )
    return [settled(experiment, data) for experiment in experiments], data


@dataclass(frozen=True)
class HeldOut:
    """Where an accuracy of user data is measured: draws of the held-out part, one after the other,
    `rows` an epoch.

    `starts` [draws] are their first integers, `stride` apart, and `framed` the windows of one draw,
    whose positions count from there.
    """

    starts: Integers
    stride: int
    rows: int
    framed: Frame

    @property
    def epochs(self) -> int:
        """How many epochs read them all."""
        return -(-len(self.starts) // self.rows)


def held_out(experiment: Experiment, count: int, targets: int = EVALUATION_TARGETS) -> HeldOut:
    """Every window held out of `count` user data, or an even choice of them with at least so
    many targets.
    """
    task, training = experiment.echo, experiment.training
    if training.sampling == "sequence":
        rows, length, stride, framed = (
            1,
            task.length,
            task.length,
            frame(task, batch_size=training.batch_size),
        )
    else:
        rows, length, stride = training.batch_size, task.reach, 1
        framed = task.frame()
    begin = learned(experiment, count)
    draws = (count - begin - length) // stride + 1
    stride *= max(1, draws // -(-targets // int(framed.mask.sum())))
    return HeldOut(np.arange(begin, count - length + 1, stride), stride, rows, framed)
