"""Feedback: a network's echoes as its own next input, which can only shrink or repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echoscope.errors import WordError
from echoscope.evaluation.predict import predict
from echoscope.evaluation.stream import Stream
from echoscope.experiment.experiment import Experiment
from echoscope.models.model import Weights
from echoscope.settings import whole

MOST = 10_000


@dataclass(frozen=True)
class Feedback:
    """What becomes of integers whose echoes are fed back.

    `replaced` are the lists that arise when all echoes replace what was heard, the given one first:
    each is shorter by a window less one. `appended` are the integers said when each is put behind
    what was heard, and `period` after how many of them they repeat (None: not within those said).
    """

    replaced: tuple[tuple[int, ...], ...]
    appended: tuple[int, ...]
    period: int | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "replaced": [list(part) for part in self.replaced],
            "appended": list(self.appended),
            "period": self.period,
        }


def feed_back(
    experiment: Experiment, weights: Weights, given: Sequence[Any] | np.ndarray, steps: object = 30
) -> Feedback:
    """Feed echoes back, both ways: in place of what was heard, and appended to it, `steps` times.

    With an exact echo of lag k the appended integer is x(t+1) = x(t-k), so they repeat every k+1
    integers: nothing new can come. A forecast (a lag below 0) is fed back in the same way, and can
    go on. Raises `WordError` unless the network says one answer after its window, `IntegerError`
    for other integers.
    """
    count = whole("steps", steps, 1, MOST)
    task = experiment.task
    if task.when == "each" or len(task.lag) > 1:
        raise WordError(
            "Feeding back needs a network that says one answer after its window, not one a step or "
            "several: train one with when after and one lag."
        )
    least = task.first + 1
    found = predict(experiment, weights, given)
    lists = [tuple(int(value) for value in given)]
    while len(lists) < count and len(lists[-1]) >= least:
        found = predict(experiment, weights, lists[-1])
        lists.append(tuple(found.predicted[:, 0].tolist()))
    stream = Stream(experiment, weights)
    said = [stream.hear(value).predicted for value in lists[0]]
    for _ in range(count - 1):
        said.append(stream.hear(said[-1][0]).predicted)
    appended = [one[0] for one in said[-count:]]
    return Feedback(tuple(lists), tuple(appended), _period(appended))


def _period(said: list[int]) -> int | None:
    """The smallest shift under which the later two thirds repeat, at least twice."""
    tail = np.array(said[len(said) // 3 :])
    return next(
        (shift for shift in range(1, len(tail) // 2 + 1) if (tail[shift:] == tail[:-shift]).all()),
        None,
    )
