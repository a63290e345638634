"""Where user data are drawn: for training anywhere in what is learned, for an accuracy in order in
what is held out.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echoscope.borders import fitting
from echoscope.experiment.draws import draw_of
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import UserData, held_out_part
from echoscope.integers import Integers
from echoscope.tasks.base import Frame
from echoscope.tasks.windows import frame

EVALUATION_TARGETS = 10_000  # targets behind an accuracy, at least, where there are so many


@dataclass(frozen=True)
class HeldOut:
    """Where an accuracy of user data is measured: draws of the held-out part, one after the other,
    `rows` an epoch.

    `starts` [draws] are their first integers, `stride` apart (of several sequences in the order of
    all such draws), and `framed` the windows of one draw, whose positions count from there.
    """

    starts: Integers
    stride: int
    rows: int
    framed: Frame

    @property
    def epochs(self) -> int:
        """How many epochs read them all."""
        return -(-len(self.starts) // self.rows)


def held_out(experiment: Experiment, data: UserData, targets: int = EVALUATION_TARGETS) -> HeldOut:
    """Every window held out of the user data, or an even choice of them with at least so many
    targets.
    """
    task, training = experiment.echo, experiment.training
    if training.sampling == "sequence":
        rows, framed = 1, frame(task, batch_size=training.batch_size)
    else:
        rows, framed = training.batch_size, task.frame()
    starts = held_out_draws(experiment, data)
    choice = max(1, len(starts) // -(-targets // int(framed.mask.sum())))
    apart = 1 if data.several or training.sampling != "sequence" else task.length
    return HeldOut(starts[::choice], choice * apart, rows, framed)


class Places(NamedTuple):
    """The places in user data from which a draw lies in one sequence: for training `anywhere`, and
    `in_order` those that are evaluated; none of one sequence, for there every integer is one.
    """

    size: int
    anywhere: NDArray[np.int32]
    in_order: NDArray[np.int32]

    @classmethod
    def of(cls, experiment: Experiment, data: UserData | None) -> "Places":
        """Those of these user data."""
        none = np.zeros(0, np.int32)
        size = 0 if data is None else draw_of(experiment)
        if data is None or not data.several:
            return cls(size, none, none)
        sequence = experiment.training.sampling == "sequence"
        parts = (fitting(data.starts, len(data), size, by) for by in (1, size if sequence else 1))
        return cls(size, *(part.astype(np.int32) for part in parts))

    @property
    def starts(self) -> NDArray[np.int32]:
        """All of them, those in order last."""
        return np.concatenate([self.anywhere, self.in_order])

    def learned(self, part: tuple[int, int]) -> tuple[int, int]:
        """From which to before which of them is trained on, where this part is held out."""
        if not len(self.anywhere):
            return 0, max(0, part[0] - self.size + 1)
        return 0, int(np.searchsorted(self.anywhere, part[0]))

    def held_out(self, part: tuple[int, int]) -> tuple[int, int]:
        """The same of those that are held out."""
        if not len(self.anywhere):
            return part[0], max(0, part[1] - self.size + 1)
        first, last = (np.searchsorted(self.in_order, place) for place in part)
        return len(self.anywhere) + int(first), len(self.anywhere) + int(last)


def held_out_draws(experiment: Experiment, data: UserData) -> Integers:
    """The first integers of all draws that are held out: every window, or sequences cut one after
    the other.
    """
    size, (begin, end) = draw_of(experiment), held_out_part(experiment, data)
    stride = size if experiment.training.sampling == "sequence" else 1
    rest = data.part(begin, end)
    return begin + fitting(rest.starts, len(rest), size, stride)
