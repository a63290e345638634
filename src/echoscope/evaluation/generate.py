"""Generation: a network's echoes as its own next input, which can only shrink or repeat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echoscope.errors import SettingError
from echoscope.evaluation.predict import predict
from echoscope.evaluation.stream import Stream
from echoscope.experiment.experiment import Experiment
from echoscope.html_repr import HtmlRepr
from echoscope.integers import integers
from echoscope.models.base import Weights
from echoscope.settings import Json, whole
from echoscope.tasks.windows import first_end

MOST = 10_000


@dataclass(frozen=True)
class Generated(HtmlRepr, shown_by="networks"):
    """What becomes of integers whose echoes are fed back.

    `replaced` are the lists that arise when all echoes replace what was read, those read first:
    each is shorter by a window less one, and a gap is -1. `appended` are the predictions when
    each is put behind what was read, and `period` after how many of them they repeat (None: not
    within these).
    """

    replaced: tuple[tuple[int, ...], ...]
    appended: tuple[int, ...]
    period: int | None

    def to_json(self) -> Json:
        """Plain JSON values."""
        return {
            "replaced": [list(part) for part in self.replaced],
            "appended": list(self.appended),
            "period": self.period,
        }


def generate(
    experiment: Experiment,
    weights: Weights,
    values: Sequence[object] | np.ndarray,
    steps: object = 30,
) -> Generated:
    """Feed echoes back, both ways: in place of what was read, and appended to it, `steps` times.

    With an exact echo of lag k the appended integer is x(t+1) = x(t-k), so they repeat every k+1
    integers: nothing new can come. A forecast (a lag below 0) is fed back in the same way, and can
    go on. Raises `SettingError` unless the network predicts one target after its window,
    `IntegerError` for other integers.
    """
    count = whole("steps", steps, 1, MOST)
    task = experiment.echo
    if task.readout == "all" or task.heads > 1 or task.columns:
        raise SettingError(
            "Feeding back needs a network that predicts one target after its window, of one column,"
            " not one a step or several: train one with readout last, one lag and one column."
        )
    stream, least = Stream(experiment, weights), task.first + 1
    read = integers(values, task.vocab_size, gaps=task.gappy).tolist()
    first_end(task, len(read) + task.ahead)
    lists = [tuple(read)]
    while len(lists) < count and len(lists[-1]) >= least:
        result = predict(experiment, weights, lists[-1])
        lists.append(tuple(result.predictions[:, 0].tolist()))
    predicted = [stream.forward(value).predictions for value in read]
    for _ in range(count - 1):
        predicted.append(stream.forward(predicted[-1][0]).predictions)
    appended = [item[0] for item in predicted[-count:]]
    return Generated(tuple(lists), tuple(appended), _period(appended))


def _period(predicted: list[int]) -> int | None:
    """The smallest shift under which the later two thirds repeat, at least twice."""
    tail = np.array(predicted[len(predicted) // 3 :])
    return next(
        (shift for shift in range(1, len(tail) // 2 + 1) if (tail[shift:] == tail[:-shift]).all()),
        None,
    )
