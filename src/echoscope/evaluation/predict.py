"""Prediction: user data through a trained network, framed and used as in training."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from echoscope.errors import IntegerError, SettingError
from echoscope.evaluation.forward import Part, parts_of, parts_of_windows, use_of, windows_of
from echoscope.evaluation.network import Network, network_of
from echoscope.evaluation.prediction import Prediction
from echoscope.evaluation.seen_windows import familiar
from echoscope.experiment.experiment import CONTINUOUS, WINDOWS, Experiment
from echoscope.integers import GAP, integers
from echoscope.models.base import Weights
from echoscope.models.encoders import ENCODINGS
from echoscope.settings import whole
from echoscope.tasks.echo import Echo
from echoscope.tasks.windows import first_end, of_length


def predict(
    experiment: Experiment,
    weights: Weights,
    value: Sequence[object] | np.ndarray,
    top: int = 0,
    data: np.ndarray | None = None,
    use: str | None = None,
) -> Prediction:
    """What a network predicts for integers that nobody generated, used as it was scored
    (`Experiment.use`).

    None (or -1) is a gap, where the task has gaps. `top` asks for so many of the likeliest symbols.
    A forecast (a lag below 0) also has the windows at the end, whose targets nobody knows yet.
    `data` [time] are the user data that the network trained on (`Store.data`): with them,
    windows that it trained on are known in other files too. `use` asks for another use: windows
    or continuous.

    Raises `IntegerError` for values that are not integers of 0 to vocab_size-1, or too few for one
    window.
    """
    parts = list(predictions(experiment, weights, value, top, data, use))
    if not isinstance(experiment.task, Echo):
        return Prediction.joined(parts)
    bare = [replace(part, inputs=part.inputs[:, :0]) for part in parts]
    inputs = parts[0].inputs if len(parts) == 1 else _all_inputs(experiment, value)
    return replace(Prediction.joined(bare), inputs=inputs)


def predictions(
    experiment: Experiment,
    weights: Weights,
    value: Sequence[object] | np.ndarray,
    top: int = 0,
    data: np.ndarray | None = None,
    use: str | None = None,
) -> Iterator[Prediction]:
    """The same in pieces of bounded size, in order: of ten million integers nobody needs every
    window at once.
    """
    network = network_of(experiment, weights, "predict")
    used = use_of(experiment, use)
    if not isinstance(experiment.task, Echo):
        return _samples(network, value, ranks(experiment, top))
    task = experiment.echo
    sequence = integers(value, task.vocab_size, gaps=task.gappy)
    most = ranks(experiment, top)
    learned = familiar(experiment, sequence, data)
    first_end(task, len(sequence) + task.ahead)
    return _pieces(network, sequence.astype(np.int32), learned, most, used)


def _samples(network: Network, value: object, top: int) -> Iterator[Prediction]:
    """The predictions for samples of another task than the echo, which stand one after the other;
    the targets are what a perfect memory of each says.
    """
    task = network.experiment.task
    sequence, size = integers(value, task.vocab_size).astype(np.int32), task.time_steps
    if not len(sequence) or len(sequence) % size:
        raise IntegerError(
            f"A sample of task {task.kind} has {size} integers, and there are {len(sequence)}: give"
            " whole samples, one after the other."
        )
    inputs = sequence.reshape(-1, size)
    for part in parts_of_windows(network, inputs, WINDOWS, top):
        count = len(part.predictions)
        read = inputs[part.start : part.start + count]
        targets = np.where(task.mask(), task.oracle(read.astype(np.int64)), GAP)
        fresh = np.zeros(count, bool)
        yield Prediction(
            read,
            targets,
            part.predictions,
            part.sure,
            targets != GAP,
            part.ranked,
            part.likely,
            fresh,
        )


def _pieces(
    network: Network,
    sequence: NDArray[np.integer],
    learned: NDArray[np.bool_],
    top: int,
    use: str,
) -> Iterator[Prediction]:
    task = of_length(network.experiment.echo, len(sequence))
    first = first_end(task, len(sequence) + task.ahead)
    known = np.concatenate([sequence, np.full(task.ahead, GAP, np.int32)])
    inputs = windows_of(task, sequence)
    begin = len(sequence) - len(inputs)  # where the first window of all ends
    for part in _by_window(network, task.time_steps, sequence, top, use):
        kept = part.of(np.s_[max(0, first - begin - part.start) :])
        start = max(part.start, first - begin)
        if not len(kept.predictions):
            continue
        framed = task.frame_at(np.arange(start, start + len(kept.predictions)) + begin)
        targets = known[framed.target]
        mask = framed.mask & (targets != GAP)
        yield Prediction(
            inputs[start : start + len(kept.predictions)],
            np.where(mask, targets, GAP),
            kept.predictions,
            kept.sure,
            mask,
            kept.ranked,
            kept.likely,
            learned[start - first + begin :][: len(kept.predictions)],
        )


def _by_window(
    network: Network, size: int, sequence: NDArray[np.integer], top: int, use: str
) -> Iterator[Part]:
    """Predictions for windows of this size, also where they are made by one state that goes on from
    integer to integer.
    """
    parts, task = parts_of(network, sequence, use, top), network.experiment.echo
    if use != CONTINUOUS or task.readout != "all":
        yield from parts
        return
    before, gaps = None, size - 1 if task.edges == "padded" else 0
    for part in parts:
        joined = part if before is None else _after(before, part)
        if before is None and gaps:
            joined = _after(
                part.of(np.zeros(gaps, int)), part
            )  # what stands before the sequence is not asked
        count = len(joined.predictions) - size + 1
        if count > 0:
            places = np.arange(count)[:, None] + np.arange(size)
            laid = (
                # every target of every step
                field[places].reshape(count, size * field.shape[1], *field.shape[2:])
                for field in joined[1:]
            )
            yield Part(max(0, part.start - size + 1 + gaps), *laid)
        before = joined.of(np.s_[max(0, count) :])


def _after(before: Part, part: Part) -> Part:
    return Part(
        before.start, *(np.concatenate(pair) for pair in zip(before[1:], part[1:], strict=True))
    )


def _all_inputs(experiment: Experiment, value: object) -> np.ndarray:
    task = experiment.echo
    sequence = integers(value, task.vocab_size, gaps=task.gappy).astype(np.int32)
    task = of_length(task, len(sequence))
    inputs = windows_of(task, sequence)
    return inputs[first_end(task, len(sequence) + task.ahead) - (len(sequence) - len(inputs)) :]


def ranks(experiment: Experiment, top: object) -> int:
    """How many of the likeliest symbols are asked for, or a `SettingError`."""
    most = whole("top", top, 0, experiment.task.vocab_size)
    if most and ENCODINGS[experiment.encoding].logits is None:
        raise SettingError(
            f"encoding {experiment.encoding} says one number, without probabilities: leave top out."
        )
    return most
