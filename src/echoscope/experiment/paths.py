"""Which targets a task asks of a memory, from its settings alone, by kind: how many there are costs
nothing.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echoscope.experiment.experiment import TrainingConfig
from echoscope.tasks.base import Task
from echoscope.tasks.echo import Echo
from echoscope.tasks.windows import first_end

PATHS = WINDOW, STATE, NONE = ("window", "state", "none")


@dataclass(frozen=True)
class Target:
    """One target: the symbol read at step `input_step`, to be predicted at `target_step`, of
    the window's own steps. Where a task has it at one of several, it is the earliest.

    Steps count from 0 within the sample's window, so a negative `input_step` lies before it, and
    one above `target_step` is a forecast. `path` says how the symbol can arrive: inside the window,
    through carried state, or by none. `gradient` says whether training can follow it.
    """

    sample: int
    lag: int
    input_step: int
    target_step: int
    path: str
    gradient: bool


class Kinds(NamedTuple):
    """Targets by kind: one place in a sample, one path, and the samples in a row of which it is so.

    Shapes: [kinds] each. `place` is which of a sample's targets it is, `path` a place in `PATHS`,
    and the samples are those from `first` on, so many.
    """

    place: NDArray[np.integer]
    lag: NDArray[np.integer]
    input_step: NDArray[np.integer]
    target_step: NDArray[np.integer]
    path: NDArray[np.integer]
    first: NDArray[np.integer]
    samples: NDArray[np.integer]

    def of(self, some: NDArray[np.bool_]) -> "Kinds":
        """Some of them."""
        return Kinds(*(field[some] for field in self))


def kinds_of_sample(task: Task) -> Kinds:
    """Every target of a task whose samples are drawn afresh: all lie inside their window."""
    place = np.flatnonzero(task.mask())
    inputs, targets = task.input_steps()[place], task.target_steps()[place]
    zero = np.zeros_like(place)
    return Kinds(
        place, targets - inputs, inputs, targets, zero + PATHS.index(WINDOW), zero, zero + 1
    )


def samples_of(task: Echo, training: TrainingConfig) -> tuple[int, int]:
    """Where the first kind of sample that training draws ends, and how many follow each other."""
    if training.sampling != "sequence" and task.edges == "dropped":
        return task.reach - 1 - task.ahead, 1
    first = first_end(task, task.length)
    count = task.length - task.ahead - first
    left_out = count % (training.batch_size if training.sampling == "sequence" else 1)
    return first + left_out, count - left_out


def kinds_of(task: Echo, training: TrainingConfig, end: int, samples: int) -> Kinds:
    """Every place of a sample, by the paths that its targets have: the first samples of a sequence
    may have another than the later ones, and those whose target lies before it have none.
    """
    place, lag = np.arange(task.target_count), task.which
    targets = task.target_steps()
    inputs = targets - lag
    begin = np.maximum(task.time_steps - 1 - np.minimum(targets, inputs) - end, 0)
    mask = task.mask()
    if training.sampling == "stream":
        begin, mask = np.zeros_like(begin), np.full(task.target_count, True)
    rows = -(
        inputs // training.batch_size
    )  # the fewest back whose window starts at or before the symbol
    carried = training.sampling != "stream" and training.stateful
    before = (inputs < 0) & (inputs <= targets)
    reached = (
        before & (inputs + rows * training.batch_size < task.time_steps)
        if carried
        else before & False
    )
    path = np.full(task.target_count, PATHS.index(WINDOW), np.int8)
    path[inputs > targets] = PATHS.index(NONE)
    path[before] = PATHS.index(STATE if training.sampling == "stream" else NONE)
    begin = np.minimum(begin, samples)
    turns = np.where(reached, np.clip(rows * training.batch_size, begin, samples), samples)
    early = Kinds(place, lag, inputs, targets, path, begin, turns - begin)
    state = np.full_like(path, PATHS.index(STATE))
    later = Kinds(place, lag, inputs, targets, state, turns, samples - turns)
    parts = [part.of(mask & (part.samples > 0)) for part in (early, later)]
    return Kinds(*(np.concatenate(pair) for pair in zip(*parts, strict=True)))
