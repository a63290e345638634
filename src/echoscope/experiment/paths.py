"""Which answers a task asks of a memory, from its words alone, by kind: how many there are costs
nothing.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echoscope.experiment.experiment import Fit
from echoscope.tasks.echo import Task
from echoscope.tasks.windows import first_end

PATHS = WINDOW, STATE, NONE = ("window", "state", "none")


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


class Kinds(NamedTuple):
    """Answers by kind: one place in a sample, one path, and the samples in a row of which it is so.

    Shapes: [kinds] each. `place` is which of a sample's answers it is, `path` a place in `PATHS`,
    and the samples are those from `first` on, so many.
    """

    place: NDArray[np.integer]
    lag: NDArray[np.integer]
    heard: NDArray[np.integer]
    said: NDArray[np.integer]
    path: NDArray[np.integer]
    first: NDArray[np.integer]
    samples: NDArray[np.integer]

    def of(self, some: NDArray[np.bool_]) -> "Kinds":
        """Some of them."""
        return Kinds(*(field[some] for field in self))


def samples_of(task: Task, fit: Fit) -> tuple[int, int]:
    """Where the first kind of sample that training draws ends, and how many follow each other."""
    if fit.draw != "sequence" and task.edges == "dropped":
        return task.reach - 1 - task.ahead, 1
    first = first_end(task, task.length)
    count = task.length - task.ahead - first
    left_out = count % (fit.batch if fit.draw == "sequence" else 1)
    return first + left_out, count - left_out


def kinds_of(task: Task, fit: Fit, end: int, samples: int) -> Kinds:
    """Every place of a sample, by the paths that its answers have: the first samples of a sequence
    may have another than the later ones, and those whose answer lies before it are not asked.
    """
    place = np.arange(task.answers, dtype=np.int32)
    each = task.when == "each"
    said = place if each else np.full_like(place, task.heard - 1)
    lag = np.full_like(place, task.lag[0]) if each else np.array(task.lag, np.int32)
    heard = said - lag
    begin = np.maximum(task.heard - 1 - np.minimum(said, heard) - end, 0)
    asked = np.full(task.answers, True)
    if fit.draw == "stream":
        begin = np.zeros_like(begin)
    elif each:
        asked = (place >= lag) & (place - lag < task.heard)
    rows = -(heard // fit.batch)  # the fewest back whose window starts at or before the symbol
    carried = fit.draw != "stream" and fit.state == "carried"
    before = (heard < 0) & (heard <= said)
    reached = before & (heard + rows * fit.batch < task.heard) if carried else before & False
    path = np.full(task.answers, PATHS.index(WINDOW), np.int8)
    path[heard > said] = PATHS.index(NONE)
    path[before] = PATHS.index(STATE if fit.draw == "stream" else NONE)
    begin = np.minimum(begin, samples)
    turns = np.where(reached, np.clip(rows * fit.batch, begin, samples), samples)
    early = Kinds(place, lag, heard, said, path, begin, turns - begin)
    state = np.full_like(path, PATHS.index(STATE))
    later = Kinds(place, lag, heard, said, state, turns, samples - turns)
    parts = [part.of(asked & (part.samples > 0)) for part in (early, later)]
    return Kinds(*(np.concatenate(pair) for pair in zip(*parts, strict=True)))
