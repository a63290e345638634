"""A trained network out, as a `.keras` file of Keras' own layers."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import numpy as np

from echoscope.atomic_file import place as writing
from echoscope.errors import SettingError, StoreError
from echoscope.experiment.experiment import Experiment
from echoscope.formats.keras.chain import KINDS, chain_of
from echoscope.formats.keras.loader import Layer, keras_itself, keras_path
from echoscope.models import model_of
from echoscope.models.base import MASKED, Sizes
from echoscope.models.encoders import ENCODINGS
from echoscope.models.stack import names
from echoscope.settings import whole
from echoscope.studies.axis import one_text

LAST = {"one-hot": "softmax", "embedding": "softmax", "scalar": "linear", "bits": "sigmoid"}


def write_keras(
    experiment: Experiment,
    weights: Mapping[str, np.ndarray],
    path: str | os.PathLike[str],
    stateful: int | None = None,
) -> None:
    """Write the network as a `.keras` file, whole or not at all; a file of that name is replaced.

    The file reads what its encoding says: one-hot [batch, window, symbols], bits or a scalar of as
    many numbers in their last axis, or integers [batch, window] to embed. It says [batch, outputs]
    after the window, or [batch, targets, outputs] where there are several targets or one at each
    step: probabilities of symbols, or of bits, or a scalar. A window of none leaves the time axis
    open, and the batch is open: each window is read from the initial state, as `predict` reads it,
    so any number of windows may be given.

    `stateful` is a number of sequences: the layers then keep their state from one call of the model
    to the next, each call reading the next window of so many sequences. Call the model itself:
    Keras 3.15 on JAX has `predict` start every batch from the state that the model had when
    `predict` was first used.

    Raises `StoreError` if the path cannot be written, the weights are not this experiment's or
    Keras has no such layers; `SettingError` for a `stateful` that cannot be; `ExtraError` without
    Keras.

    >>> write_keras(experiment, weights, "net.keras")
    """
    path = keras_path(path)
    if not path.parent.exists():
        raise StoreError(
            f"The folder {path.parent} does not exist, so {path.name} cannot be written there: "
            "make it, or choose another."
        )
    if not path.parent.is_dir():
        raise StoreError(
            f"{path.parent} is not a folder, so {path.name} cannot be written there: "
            "choose a folder."
        )
    _check_written(experiment, stateful)
    model = _build(keras_itself(), experiment, stateful)
    for place in chain_of(path, model.layers).places():
        value = [weights.get(name) for name in place.names]
        for name, array in zip(place.names, value, strict=True):
            if array is None or np.shape(array) != place.shape:
                got = "missing" if array is None else f"of shape {np.shape(array)}"
                raise StoreError(
                    f"The weights {name} must be of shape {place.shape} for this experiment, but"
                    f" are {got}: give the weights that it trained."
                )
        place.write([np.asarray(array, np.float32) for array in value])
    _save(model, path)


def _save(model: Layer, path: Path) -> None:
    try:
        with writing(path) as part:
            model.save(part)
    except OSError as error:
        raise StoreError(
            f"{path} could not be written ({error.strerror or type(error).__name__}): "
            "make room there, or choose another path."
        ) from error


def _check_written(experiment: Experiment, stateful: int | None) -> None:
    """Refuse what Keras' own layers cannot say, or not together."""
    task, encoding = experiment.task, experiment.encoding
    _, sizes = model_of(experiment)
    if experiment.model not in (*KINDS.values(), "mlp", "encoder-decoder"):
        raise StoreError(
            f"Keras has no layer that is model {experiment.model}: its weights are in the run's"
            " safetensors file."
        )
    if task.readout == "all" and task.heads > 1:
        raise StoreError(
            "Keras has no layer that predicts several targets at each time step: its weights are in"
            " the run's safetensors file."
        )
    if sizes.gaps == MASKED and not experiment.echo.whole_only:
        passes = encoding == "one-hot" if experiment.model == "mlp" else encoding != "embedding"
        if not passes:
            raise StoreError(
                f"Keras has no layer by which model {experiment.model} passes over gaps of encoding"
                f" {encoding}: its weights are in the run's safetensors file."
            )
    if stateful is None:
        return
    whole("stateful", stateful, 1, 1_000_000)
    for name, value in (("model", "mlp"), ("bidirectional", True)):
        if getattr(experiment, name) == value:
            raise SettingError(
                f"{name} {one_text(value)} has no state that outlasts a window: leave stateful out."
            )


def _build(keras: ModuleType, experiment: Experiment, stateful: int | None) -> Layer:
    """Keras' layers. Their type is said, so that a global policy of Keras cannot round the
    weights.
    """
    task, known = experiment.task, keras.layers
    _, sizes = model_of(experiment)
    encoding, outputs = experiment.encoding, ENCODINGS[experiment.encoding].outputs(sizes)
    window = None if task.endless and experiment.model != "mlp" else task.time_steps
    each, decodes = task.readout == "all", experiment.model == "encoder-decoder"
    one_vector = not each and not decodes and sizes.target_count > 1
    last, mine = LAST[encoding], {"dtype": "float32"}
    readout = known.Dense(
        outputs * (sizes.target_count if one_vector else 1),
        activation="linear" if one_vector else last,
        name="readout",
        **mine,
    )
    stack = [*_inputs(keras, experiment, sizes, window, stateful)]
    if decodes:
        stack += [
            known.RepeatVector(sizes.target_count, **mine),
            _recurrent(keras, experiment, "decoder", True, stateful),
        ]
    stack.append(known.TimeDistributed(readout, **mine) if each or decodes else readout)
    if one_vector:
        stack += [
            known.Reshape((sizes.target_count, outputs), **mine),
            known.Activation(last, **mine),
        ]
    return keras.Sequential(stack)


def _inputs(
    keras: ModuleType,
    experiment: Experiment,
    sizes: Sizes,
    window: int | None,
    stateful: int | None,
) -> list[Layer]:
    """The layers from what is read to what is known of it at the window's end, or at each step."""
    known, encoding = keras.layers, experiment.encoding
    if encoding == "embedding":
        stack = [
            keras.Input(batch_shape=(stateful, window), dtype="int32"),
            known.Embedding(sizes.input_vocab_size, sizes.units, dtype="float32"),
        ]
    else:
        stack = [
            keras.Input(
                batch_shape=(stateful, window, ENCODINGS[encoding].inputs(sizes)), dtype="float32"
            )
        ]
    if experiment.model == "mlp":
        hidden = known.Dense(experiment.units, activation="relu", dtype="float32", name="layer1")
        return [*stack, known.Flatten(dtype="float32"), hidden]
    if sizes.gaps == MASKED and not experiment.echo.whole_only:
        stack.append(known.Masking(0.0 if encoding == "one-hot" else -1.0, dtype="float32"))
    *lower, upper = names(sizes.layers)
    every = experiment.task.readout == "all"
    stack += [
        _recurrent(keras, experiment, name, True, stateful, sizes.bidirectional) for name in lower
    ]
    return [*stack, _recurrent(keras, experiment, upper, every, stateful, sizes.bidirectional)]


def _recurrent(
    keras: ModuleType,
    experiment: Experiment,
    name: str,
    every: bool,
    stateful: int | None,
    both: bool = False,
) -> Layer:
    kinds = {model: kind for kind, model in KINDS.items()} | {"encoder-decoder": "LSTM"}
    layer = getattr(keras.layers, kinds[experiment.model])(
        experiment.units,
        stateful=stateful is not None,
        return_sequences=every,
        dtype="float32",
        name=name,
    )
    return keras.layers.Bidirectional(layer, dtype="float32", name=name) if both else layer
