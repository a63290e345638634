"""What every network that is written to Keras has in common: the layers that read symbols, and
those that predict.
"""

from types import ModuleType

import numpy as np

from echoscope.experiment.experiment import Experiment
from echoscope.formats.keras.loader import Layer
from echoscope.models import model_of
from echoscope.models.base import MASKED
from echoscope.models.encoders import ENCODINGS

LAST = {"one-hot": "softmax", "embedding": "softmax", "scalar": "linear", "bits": "sigmoid"}
EXACT = {"dtype": "float32"}  # is said, so that a global policy of Keras cannot round the weights
Weights = dict[str, np.ndarray]


def is_masked(experiment: Experiment) -> bool:
    """Whether the network reads gaps that its state passes over."""
    masked = model_of(experiment)[1].gaps == MASKED
    return masked and not experiment.echo.whole_only


def with_gap(experiment: Experiment, weights: Weights) -> Weights:
    """The weights with a row for the gap in an embedding's table: the first, or of an mlp the last,
    where it adds nothing.
    """
    if not is_masked(experiment) or experiment.encoding != "embedding":
        return weights
    table = weights["encoder.embedding"]
    gap = np.zeros((1, table.shape[1]), np.float32)
    parts = [table, gap] if experiment.model == "mlp" else [gap, table]
    return weights | {"encoder.embedding": np.concatenate(parts)}


def before(keras: ModuleType, experiment: Experiment, stateful: int | None) -> list[Layer]:
    """What is read, and the layer that makes it numbers or passes over gaps."""
    known, sizes, masked = keras.layers, model_of(experiment)[1], is_masked(experiment)
    fixed = experiment.model in ("mlp", "attention") or not experiment.task.endless
    window = experiment.task.time_steps if fixed else None
    if experiment.encoding == "embedding":
        count = sizes.input_vocab_size + masked
        zero = masked and experiment.model != "mlp"
        return [
            keras.Input(batch_shape=(stateful, window), dtype="int32"),
            known.Embedding(count, sizes.units, mask_zero=zero, **EXACT),
        ]
    width = ENCODINGS[experiment.encoding].inputs(sizes)
    layers = [keras.Input(batch_shape=(stateful, window, width), dtype="float32")]
    if masked and experiment.model != "mlp":
        layers.append(known.Masking(0.0 if experiment.encoding == "one-hot" else -1.0, **EXACT))
    return layers


def after(keras: ModuleType, experiment: Experiment) -> list[Layer]:
    """The dense layer that predicts: all targets side by side, or those of each step."""
    known, sizes = keras.layers, model_of(experiment)[1]
    outputs, last = ENCODINGS[experiment.encoding].outputs(sizes), LAST[experiment.encoding]
    decodes = experiment.model == "encoder-decoder"
    each, heads = experiment.task.readout == "all", 1 if decodes else sizes.target_count
    readout = known.Dense(
        outputs * heads, activation="linear" if heads > 1 else last, name="readout", **EXACT
    )
    layers = [known.TimeDistributed(readout, **EXACT) if each or decodes else readout]
    if heads > 1:
        targets = -1 if each else heads
        layers += [known.Reshape((targets, outputs), **EXACT), known.Activation(last, **EXACT)]
    return layers
