"""Prediction: user data through a trained network, framed and used as in training."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from echoscope.errors import IntegerError, SettingError
from echoscope.evaluation.forward import parts_of_windows, use_of, windows_of
from echoscope.evaluation.network import Network, network_of
from echoscope.evaluation.pieces import of_sequences
from echoscope.evaluation.prediction import Prediction
from echoscope.evaluation.seen_windows import familiar
from echoscope.experiment.experiment import WINDOWS, Experiment
from echoscope.experiment.user_data import UserData
from echoscope.integers import GAP, integers
from echoscope.models.base import Weights
from echoscope.models.encoders import ENCODINGS
from echoscope.settings import whole
from echoscope.tasks.echo import Echo
from echoscope.tasks.windows import first_end, of_length


def predict(
    experiment: Experiment,
    weights: Weights,
    value: Sequence[object] | np.ndarray | UserData,
    top: int = 0,
    data: UserData | np.ndarray | None = None,
    use: str | None = None,
) -> Prediction:
    """What a network predicts for integers that nobody generated, used as it was scored
    (`Experiment.use`).

    A task of several columns reads integers [time, columns]. None (or -1) is a gap, where the task
    has gaps. `top` asks for so many of the likeliest symbols.
    A forecast (a lag below 0) also has the windows at the end, whose targets nobody knows yet.
    `UserData` of several sequences are read one by one, each from the initial state: no window
    crosses a border, and a sequence without a window gives none. `data` are the user data that the
    network trained on (`Store.data`): with them, windows that it trained on are known in other
    files too. `use` asks for another use: windows or continuous.

    Raises `IntegerError` for values that are not integers of 0 to vocab_size-1, or too few for one
    window.
    """
    parts = list(predictions(experiment, weights, value, top, data, use))
    if not isinstance(experiment.task, Echo) or (isinstance(value, UserData) and value.several):
        return Prediction.joined(parts)
    bare = [replace(part, inputs=part.inputs[:, :0]) for part in parts]
    inputs = parts[0].inputs if len(parts) == 1 else _all_inputs(experiment, value)
    return replace(Prediction.joined(bare), inputs=inputs)


def predictions(
    experiment: Experiment,
    weights: Weights,
    value: Sequence[object] | np.ndarray | UserData,
    top: int = 0,
    data: UserData | np.ndarray | None = None,
    use: str | None = None,
) -> Iterator[Prediction]:
    """The same in pieces of bounded size, in order: of ten million integers nobody needs every
    window at once.
    """
    network = network_of(experiment, weights, "predict")
    used = use_of(experiment, use)
    most = ranks(experiment, top)
    if not isinstance(experiment.task, Echo):
        return _samples(network, value, most)
    task = experiment.echo
    read = UserData.read(task, value)
    first_end(task, int(read.lengths.max()) + task.ahead)
    return of_sequences(network, read, familiar(experiment, read, data), most, used)


def _samples(network: Network, value: object, top: int) -> Iterator[Prediction]:
    """The predictions for samples of another task than the echo, which stand one after the other;
    the targets are what a perfect memory of each says.
    """
    task = network.experiment.task
    parts = value.sequences() if isinstance(value, UserData) else [value]
    known, size = [integers(part, task.vocab_size) for part in parts], task.time_steps
    for part in known:
        if not len(part) or len(part) % size:
            raise IntegerError(
                f"A sample of task {task.kind} has {size} integers, and there are {len(part)}: give"
                " whole samples, one after the other."
            )
    sequence = np.concatenate(known).astype(np.int32)
    number = np.repeat(np.arange(len(known)), [len(part) // size for part in known])
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
            number[part.start : part.start + count],
        )


def _all_inputs(experiment: Experiment, value: object) -> np.ndarray:
    task = experiment.echo
    sequence = UserData.read(task, value).integers.astype(np.int32)
    task = of_length(task, len(sequence))
    inputs = windows_of(task, sequence)
    return inputs[first_end(task, len(sequence) + task.ahead) - (len(sequence) - len(inputs)) :]


def ranks(experiment: Experiment, top: object) -> int:
    """How many of the likeliest symbols are asked for, or a `SettingError`."""
    task = experiment.task
    sizes = task.column_sizes or (task.vocab_size,)
    least = min(sizes[place] for place in task.predicted)
    most = whole("top", top, 0, least)
    if most and ENCODINGS[experiment.encoding].logits is None:
        raise SettingError(
            f"encoding {experiment.encoding} says one number, without probabilities: leave top out."
        )
    return most
