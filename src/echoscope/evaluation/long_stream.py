"""One network, one long stream, and whether its predictions at the end are as good as at the
start.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from echoscope.errors import IntegerError
from echoscope.evaluation.forward import parts_of, use_of
from echoscope.evaluation.network import network_of
from echoscope.evaluation.predict import predictions
from echoscope.experiment.experiment import CONTINUOUS, Experiment
from echoscope.experiment.user_data import UserData, held_out_part
from echoscope.html_repr import HtmlRepr
from echoscope.integers import GAP, Integers
from echoscope.models.base import Weights
from echoscope.settings import Json, whole
from echoscope.stats.intervals import Accuracy, accuracy_of
from echoscope.tasks.draws import NumpyDraws
from echoscope.tasks.windows import first_end

PARTS = 10  # stretches of the stream that are scored on their own
LEAST = 1000  # integers of a stream


@dataclass(frozen=True)
class Evaluation(HtmlRepr, shown_by="networks"):
    """Accuracy of a whole stream of `integers` fresh integers, and of each tenth of its targets, in
    order.

    `use` is how the network was used.
    """

    integers: int
    use: str
    accuracy: Accuracy
    parts: tuple[Accuracy, ...]

    def to_json(self) -> Json:
        """Plain JSON values."""
        names = ("accuracy", "accuracy_low", "accuracy_high", "target_count")
        accuracies = [
            dict(zip(names, (part.value, part.low, part.high, part.target_count), strict=True))
            for part in (self.accuracy, *self.parts)
        ]
        return (
            {"integers": self.integers, "use": self.use} | accuracies[0] | {"parts": accuracies[1:]}
        )


def evaluate(
    experiment: Experiment,
    weights: Weights,
    integers: object = 100_000,
    seed: object = 0,
    data: UserData | Integers | None = None,
    use: str | None = None,
) -> Evaluation:
    """How a network lasts on one long stream, used as it was scored (`Experiment.use`) or as is
    asked: of random integers, missing as often as when it was trained, or where it trained on user
    data and these are its `data` [time], of the next of their held-out end, of which there may
    be fewer; each of several sequences is read on its own.

    Raises `SettingError` unless `integers` is from 1,000 to 100,000,000, `seed` a whole number from
    0, and `use` windows or continuous; `IntegerError` where one window needs more integers.
    """
    used = use_of(experiment, use)
    sequence = unseen(experiment, integers, seed, data)
    correct = corrects(experiment, weights, sequence, used)
    parts = np.array_split(correct, min(PARTS, len(correct)))
    return Evaluation(
        len(sequence), used, accuracy_of(correct), tuple(accuracy_of(part) for part in parts)
    )


def unseen(
    experiment: Experiment, integers: object, seed: object, data: UserData | Integers | None
) -> UserData:
    """Integers that training never read, as `evaluate` has them; a gap is -1."""
    count, settled = (
        whole("integers", integers, LEAST, 100_000_000),
        whole("seed", seed, 0, 2**32 - 1),
    )
    if data is not None:
        data = data if isinstance(data, UserData) else UserData(np.asarray(data))
        begin, end = held_out_part(experiment, data)
        return data.part(begin, min(end, begin + count))
    task, draws = experiment.echo, NumpyDraws(settled)
    drawn = task.drawn(draws, (count,))
    lost = draws.happens(task.missing, drawn.shape) if task.missing else False
    return UserData(np.where(lost, GAP, drawn))


def corrects(
    experiment: Experiment,
    weights: Weights,
    sequence: UserData | Int[np.ndarray, " integers *columns"],
    use: str | None = None,
) -> Bool[np.ndarray, "moments targets"]:
    """Which predictions for a stream are right: exactly those of `Stream`."""
    correct, predicted = outputs_of(experiment, weights, sequence, use)
    return correct == predicted


def outputs_of(
    experiment: Experiment,
    weights: Weights,
    sequence: UserData | Int[np.ndarray, " integers *columns"],
    use: str | None = None,
) -> tuple[Int[np.ndarray, "moments targets"], Int[np.ndarray, "moments targets"]]:
    """The targets of a stream and the predictions, at the moments at which all are asked: exactly
    those of `Stream`. Moments are left out at which a target is a gap, or where gaps are dropped,
    the window has one. Raises `IntegerError` where none is left.
    """
    task, used = experiment.echo, use_of(experiment, use)
    if task.readout != "all":
        parts = list(predictions(experiment, weights, sequence, use=used))
        kept = [part.mask.all(axis=1) for part in parts]
        if task.gaps == "dropped":
            kept = [
                some & (part.inputs != GAP).all(axis=tuple(range(1, part.inputs.ndim)))
                for part, some in zip(parts, kept, strict=True)
            ]
        correct, predicted = (
            np.concatenate(
                [getattr(part, name)[some] for part, some in zip(parts, kept, strict=True)]
            )
            for name in ("targets", "predictions")
        )
        return _some(correct, predicted)
    data = sequence if isinstance(sequence, UserData) else UserData(np.asarray(sequence))
    least = 1 if used == CONTINUOUS else task.first + 1
    whole_ones = [part for part in data.sequences() if len(part) >= least or not data.several]
    asked = [_at_each(experiment, weights, part, used) for part in whole_ones]
    nothing = np.zeros((0, task.heads), np.int64)
    return _some(*(np.concatenate([nothing, *parts]) for parts in zip(*asked, strict=True)))


def _at_each(
    experiment: Experiment,
    weights: Weights,
    sequence: Int[np.ndarray, " integers *columns"],
    use: str,
) -> tuple[Int[np.ndarray, "moments heads"], Int[np.ndarray, "moments heads"]]:
    """The targets and predictions at the steps of a sequence at which all of them are asked."""
    task = experiment.echo
    steps = np.arange(max(0, *task.lag), max(len(sequence) + min(0, *task.lag), 0, *task.lag))
    correct = task.pick(sequence, steps[:, None] - task.which[: task.heads])
    predicted = _each(experiment, weights, sequence, use)[steps]
    there = (correct != GAP).all(axis=1)
    return correct[there], predicted[there]


def _some(correct: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(correct):
        raise IntegerError(
            "These integers ask for nothing that is not a gap: give others, or more of them."
        )
    return correct, predicted


def _each(
    experiment: Experiment,
    weights: Weights,
    sequence: Int[np.ndarray, " integers *columns"],
    use: str,
) -> Int[np.ndarray, "integers heads"]:
    """What is predicted at each integer: by the window that ends there, at first by the first
    window.
    """
    task = experiment.echo
    if use != CONTINUOUS:
        first_end(task, len(sequence))
    parts = [
        part.predictions.reshape(len(part.predictions), -1, task.heads)
        for part in parts_of(network_of(experiment, weights, "evaluate"), sequence, use)
    ]
    first = parts[0][0, :-1] if task.edges == "dropped" else parts[0][0, :0]
    return np.concatenate([first, *(predicted[:, -1] for predicted in parts)])
