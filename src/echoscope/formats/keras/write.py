"""A trained network out, as a `.keras` file of Keras' own layers."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import numpy as np

from echoscope.atomic_file import place as writing
from echoscope.errors import SettingError, StoreError
from echoscope.experiment.experiment import Experiment
from echoscope.formats.keras import blocks
from echoscope.formats.keras.chain import LAYERS, chain_of
from echoscope.formats.keras.ends import after, before, is_masked, with_gap
from echoscope.formats.keras.loader import Layer, keras_itself, keras_path
from echoscope.formats.keras.names import BLOCKS, add_note
from echoscope.models import model_of
from echoscope.models.stack import names
from echoscope.recoding import Recoding
from echoscope.settings import whole
from echoscope.studies.axis import one_text


def write_keras(
    experiment: Experiment,
    weights: Mapping[str, np.ndarray],
    path: str | os.PathLike[str],
    stateful: int | None = None,
    recoding: Recoding | None = None,
) -> None:
    """Write the network as a `.keras` file, whole or not at all; a file of that name is replaced.

    The file reads what its encoding says: one-hot [batch, window, symbols], bits or a scalar of as
    many numbers in their last axis, or integers [batch, window] to embed. A gap that is passed over
    is a vector of zeros, of bits or a scalar -1 (0 for an mlp, to which a gap adds nothing); of
    embedded integers it is 0, and every symbol one more. It says [batch, outputs] after the window,
    or [batch, targets, outputs] where there are several targets or one at each step: probabilities
    of symbols, or of bits, or a scalar. A window of none leaves the time axis open, and the batch
    is open: each window is read from the initial state, as `predict` reads it, so any number of
    windows may be given. `recoding` goes along: `read_keras` gives it back.

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
    _check_weights(experiment, weights)
    arrays = {name: np.asarray(array, np.float32) for name, array in weights.items()}
    keras = keras_itself()
    if experiment.model in BLOCKS:
        model = blocks.built(keras, experiment, arrays, stateful)
    else:
        model = keras.Sequential(
            [
                *before(keras, experiment, stateful),
                *_layers(keras, experiment, stateful),
                *after(keras, experiment),
            ]
        )
        arrays = with_gap(experiment, arrays)
        for place in chain_of(path, model.layers).places():
            place.write([arrays[name] for name in place.names])
    _save(model, path, experiment, recoding)


def _save(model: Layer, path: Path, experiment: Experiment, recoding: Recoding | None) -> None:
    try:
        with writing(path) as part:
            model.save(part)
            add_note(Path(part), experiment, recoding)
    except OSError as error:
        raise StoreError(
            f"{path} could not be written ({error.strerror or type(error).__name__}): "
            "make room there, or choose another path."
        ) from error


def _check_written(experiment: Experiment, stateful: int | None) -> None:
    """Refuse what Keras' own layers cannot say, or not together."""
    model, masked = experiment.model, is_masked(experiment)
    if experiment.task.column_sizes:
        raise StoreError(
            "Several columns are not written to Keras: train on one, or use the weights in the"
            " run's safetensors file."
        )
    if model not in (*LAYERS, *BLOCKS, "mlp"):
        raise StoreError(
            f"Keras has no layer that is model {model}: its weights are in the run's safetensors"
            " file."
        )
    if model == "attention" and masked:
        raise StoreError(
            "Keras has no layer by which model attention passes over gaps: train with gaps marked,"
            " which has, or use the weights in the run's safetensors file."
        )
    if stateful is None:
        return
    whole("stateful", stateful, 1, 1_000_000)
    if model == "attention":
        raise SettingError(
            "Keras has no layer that keeps the state of model attention: leave stateful out."
        )
    for name, value in (("model", "mlp"), ("bidirectional", True)):
        if getattr(experiment, name) == value:
            raise SettingError(
                f"{name} {one_text(value)} has no state that outlasts a window: leave stateful out."
            )


def _check_weights(experiment: Experiment, weights: Mapping[str, np.ndarray]) -> None:
    """Refuse weights that are not those of the experiment."""
    model, sizes = model_of(experiment)
    for name, wanted in model.init(None, sizes).items():
        array = weights.get(name)
        if array is None or np.shape(array) != wanted.shape:
            got = "missing" if array is None else f"of shape {np.shape(array)}"
            raise StoreError(
                f"The weights {name} must be of shape {wanted.shape} for this experiment, but"
                f" are {got}: give the weights that it trained."
            )


def _layers(keras: ModuleType, experiment: Experiment, stateful: int | None) -> list[Layer]:
    """The layers between what is read and the dense layer that predicts."""
    known, sizes = keras.layers, model_of(experiment)[1]
    if experiment.model == "mlp":
        hidden = known.Dense(experiment.units, activation="relu", dtype="float32", name="layer1")
        return [known.Flatten(dtype="float32"), hidden]
    *lower, upper = names(sizes.layers)
    every = experiment.task.readout == "all"
    stack = [
        _recurrent(keras, experiment, name, True, stateful, sizes.bidirectional) for name in lower
    ]
    stack.append(_recurrent(keras, experiment, upper, every, stateful, sizes.bidirectional))
    if experiment.model == "encoder-decoder":
        stack += [
            known.RepeatVector(sizes.target_count, dtype="float32"),
            _recurrent(keras, experiment, "decoder", True, stateful),
        ]
    return stack


def _recurrent(
    keras: ModuleType,
    experiment: Experiment,
    name: str,
    every: bool,
    stateful: int | None,
    both: bool = False,
) -> Layer:
    kind, options = LAYERS[experiment.model]
    layer = getattr(keras.layers, kind)(
        experiment.units,
        stateful=stateful is not None,
        return_sequences=every,
        dtype="float32",
        name=name,
        **options,
    )
    return keras.layers.Bidirectional(layer, dtype="float32", name=name) if both else layer
