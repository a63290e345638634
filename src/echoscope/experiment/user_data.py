"""User data as what a network learns: their name, and the end that is held out for the accuracy."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from echoscope.borders import border_near, groups_of, lengths_of
from echoscope.column_recodings import ColumnRecodings
from echoscope.errors import IntegerError, SettingError, many, shown
from echoscope.experiment.draws import border_of, draw_of, shortened
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fold import Fold
from echoscope.html_repr import HtmlRepr
from echoscope.integers import MOST_VOCAB_SIZE, Integers, integers
from echoscope.recoding import Recoding
from echoscope.tasks.columns import integers_of
from echoscope.tasks.echo import Echo

SOME_GAPS = 1e-9  # that there may be, before `settled` says the data's own share of them
HELD_OUT = 0.2  # the last fifth is never trained on: the accuracy is measured on it


def hash_of(sequence: ArrayLike, starts: ArrayLike = (0,)) -> str:
    """Twelve hexadecimal digits that name a sequence of integers, whatever file they came from; of
    several, also where each starts.

    >>> hash_of(np.array([3, 1, 2]))
    '7c4cec7a82e1'
    """
    content, borders = (np.asarray(part, "<i8") for part in (sequence, starts))
    columns = f"columns {content.shape[1]} ".encode() if content.ndim > 1 else b""
    text = columns + content.tobytes()
    if len(borders) > 1:
        text += b"starts" + borders.tobytes()
    return hashlib.sha256(text).hexdigest()[:12]


@dataclass(frozen=True, eq=False, repr=False)
class UserData(HtmlRepr, shown_by="sequences"):
    """User data that are integers [time] from 0, or -1 for a gap, of several columns [time,
    columns]: checked once, by `UserData.of`, and hashed once, they stand wherever user data do.

    `recoding` says which value of a person's own each integer stands for; None where it is its own.
    `starts` [sequences] says where each of several sequences begins, which stand one after the
    other: no window crosses such a border.
    """

    integers: Integers
    recoding: Recoding | ColumnRecodings | None = None
    starts: Integers = field(default_factory=lambda: np.zeros(1, np.int64))

    def __repr__(self) -> str:
        wide = "" if self.columns is None else f", {len(self.columns)} columns"
        parts = f", {many(len(self.starts), 'sequence')}" if self.several else ""
        missing = int((self.integers < 0).sum())
        gaps = f", {missing:,} missing" if missing else ""
        return f"<{len(self):,} user data of {self.vocab_size:,} symbols{wide}{parts}{gaps}>"

    @classmethod
    def of(cls, experiment: Experiment, value: object) -> "UserData":
        """User data for an experiment, or an `IntegerError`. None, -1 or "-" is a gap where the
        task has gaps.
        """
        data = cls.read(experiment.echo, value)
        learned(experiment, data)
        return data

    @classmethod
    def read(cls, task: Echo, value: object) -> "UserData":
        """The same of any length, which need not be enough to train on."""
        data = value if isinstance(value, cls) else cls(integers_of(task, value))
        low, high = data.range
        several = data.integers.ndim > 1 or task.columns
        if several or high >= task.vocab_size or (low < 0 and not task.gappy):
            integers_of(task, data.integers)  # which says what is wrong
        return data

    @classmethod
    def of_sequences(cls, parts: Iterable[object]) -> "UserData":
        """Several sequences of integers, each a list or an array of its own. None or -1 is a gap.

        >>> data = UserData.of_sequences([[2, 4, 8, 16], [3, 6]])
        >>> data.integers.tolist(), data.starts.tolist()
        ([2, 4, 8, 16, 3, 6], [0, 4])

        Empty ones are left out. Raises `IntegerError` for an array of two axes, whose rows might as
        well be columns.
        """
        if getattr(parts, "ndim", 1) != 1 or isinstance(parts, str | bytes):
            raise IntegerError(
                f"Sequences must be a list of lists or arrays, not {shown(parts)}: give"
                " list(array) where each row of it is a sequence."
            )
        known = [
            integers(part, MOST_VOCAB_SIZE, f"integer {{}} of sequence {place}".format, gaps=True)
            for place, part in enumerate(parts, 1)
        ]
        kept = [part for part in known if len(part)]
        if not kept:
            raise IntegerError("There is no integer in these sequences: give some.")
        ends = np.cumsum([len(part) for part in kept])
        return cls(np.concatenate(kept), None, np.append(0, ends[:-1]))

    @cached_property
    def range(self) -> tuple[int, int]:
        """The least and the largest of them."""
        return int(self.integers.min(initial=0)), int(self.integers.max(initial=0))

    @property
    def vocab_size(self) -> int:
        """How many symbols a task needs for them, at least 2."""
        most = self.recoding.vocab_size if self.recoding else self.range[1] + 1
        return max(2, most)

    @property
    def columns(self) -> tuple[int, ...] | None:
        """How many symbols a task needs for each of several columns, at least 2; None for one."""
        if self.integers.ndim == 1:
            return None
        if isinstance(self.recoding, ColumnRecodings):
            return tuple(max(2, each.vocab_size) for each in self.recoding.columns)
        return tuple(np.maximum(self.integers.max(axis=0, initial=0) + 1, 2).tolist())

    @cached_property
    def hash(self) -> str:
        """The hash that names the integers and their borders."""
        return hash_of(self.integers, self.starts)

    @cached_property
    def name(self) -> str:
        """The same, and the hash of their recoding behind it, where there is one."""
        recoded = self.recoding.name if self.recoding else ""
        return f"{self.hash}-{recoded}" if recoded else self.hash

    @property
    def lengths(self) -> Integers:
        """How many integers each sequence has."""
        return lengths_of(self.starts, len(self))

    @property
    def limits(self) -> Integers:
        """Where each sequence ends."""
        return np.append(self.starts[1:], len(self))

    @property
    def several(self) -> bool:
        """Whether there is a border at all."""
        return len(self.starts) > 1

    @property
    def groups(self) -> Integers:
        """The number of the sequence in which each integer stands. Shapes: -> (time,)."""
        return groups_of(self.starts, len(self))

    def sequences(self) -> list[Integers]:
        """The integers of each sequence."""
        return np.split(self.integers, self.starts[1:])

    def longest(self, begin: int, end: int) -> int:
        """The length of the longest sequence, or end of one, between two places."""
        return int(self.part(begin, end).lengths.max()) if begin < end else 0

    def part(self, begin: int, end: int) -> "UserData":
        """The integers from one place up to another, and the borders between them."""
        inner = self.starts[(self.starts > begin) & (self.starts < end)] - begin
        return replace(self, integers=self.integers[begin:end], starts=np.append(0, inner))

    def __len__(self) -> int:
        return len(self.integers)


def learned(experiment: Experiment, data: UserData) -> int:
    """How many of the user data are trained on: those before the part that is held out. Raises as
    `held_out_part`.
    """
    return held_out_part(experiment, data)[0]


def held_out_part(experiment: Experiment, data: UserData) -> tuple[int, int]:
    """Where the part of the user data begins and ends that is never trained on: their end, or the
    fold that the experiment says; of several sequences whole ones, from the nearest border. What
    comes before it is trained on.

    Raises `IntegerError` unless both parts hold a draw of the training: a sequence, or one window.
    """
    count, least, fold = len(data), draw_of(experiment), experiment.training.fold
    if fold is None and data.several:
        return border_of(experiment, data.starts, count), count
    if fold is None:
        begin, end = count - max(int(count * HELD_OUT), least), count
    else:
        begin, end = Fold.of_text(fold).held_out(count)
        if data.several:
            begin, end = (border_near(data.starts, place, count) for place in (begin, end))
    if min(data.longest(0, begin), data.longest(begin, end)) < least:
        remedy = f"use a shorter {shortened(experiment)}"
        if fold is None:
            raise IntegerError(
                f"Training on user data needs {least} of them and {least} more held out, and there"
                f" are {count}: give more, or {remedy}."
            )
        row = " in a row" if data.several else ""
        raise IntegerError(
            f"Fold {fold} of {count} user data trains on {begin} and holds"
            f" {max(0, end - begin)} out, and needs {least}{row} of each: use fewer folds, give"
            f" more, or {remedy}."
        )
    return begin, end


def settled(experiment: Experiment, data: UserData) -> Experiment:
    """The experiment that trains on these integers: `data` is their name, and `missing` their own
    share of gaps.

    The gaps are those of the integers, so that whatever `missing` said before, the same windows are
    one identity. Raises `IntegerError` where gaps are to be marked or dropped and there is none.

    >>> experiment = preset("current", missing=0.5, length=2, batch_size=1)
    >>> settled(experiment, UserData.of(experiment, [3, None, 2, 4])).task.missing
    0.25
    """
    share = float(f"{(data.integers < 0).mean():.4g}") if len(data) else 0.0
    task = experiment.echo
    if not share and task.gaps != "masked" and task.edges == "dropped":
        raise IntegerError(
            f"User data bring their own gaps and these have none, so gaps {task.gaps} has"
            " nothing to work on: leave gaps out, or use gaps masked."
        )
    return experiment.change(data=data.name, missing=share)


def _gappy(experiment: Experiment, value: object) -> Experiment:
    """An experiment that has gaps where user data have some, also if it does not say so."""
    gaps = isinstance(value, UserData) and value.range[0] < 0
    if not gaps or not isinstance(experiment.task, Echo) or experiment.task.gappy:
        return experiment
    return experiment.change(missing=SOME_GAPS)


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
    experiments = [_gappy(experiment, value) for experiment in experiments]
    data = UserData.of(experiments[0], value)
    for experiment in experiments:
        if experiment.data not in (None, data.name):
            raise SettingError(
                f"data names the integers {experiment.data}, but those given are {data.name}: give"
                " those."
            )
    return [settled(experiment, data) for experiment in experiments], data
