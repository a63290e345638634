"""Every setting that Keras has layers for: out to a `.keras` file and back in, with the same
numbers; others are refused.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import Experiment, SettingError, StoreError, preset, read_keras, write_keras
from echoscope.models import model_of
from echoscope.training.batches import told
from networks import applied, first_weights

os.environ.setdefault("KERAS_BACKEND", "jax")
keras: Any = import_module("keras")  # once its backend is chosen
layers = keras.layers

SMALL = preset(
    "lag", vocab_size=11, length=17, window=4, lag=2, units=5, batch_size=3, stateful=False
)
GAPS = {"missing": 0.3}
ALL: dict[str, dict[str, Any]] = {
    "gru": {"model": "gru"},
    "gru-before, deep": {"model": "gru-before", "layers": 2},
    "several, each": {"readout": "all", "lag": (2, 0)},
    "embedding, masked": {"encoding": "embedding", "layers": 2, **GAPS},
    "mlp, bits, masked": {"model": "mlp", "encoding": "bits", **GAPS},
    "rnn, each, deep": {"model": "rnn", "readout": "all", "layers": 3},
    "lstm, both, deep": {"layers": 2, "bidirectional": True},
    "gru, both, embedding": {"model": "gru", "bidirectional": True, "encoding": "embedding"},
    "embedding, marked": {"encoding": "embedding", "gaps": "marked", **GAPS},
    "several": {"lag": (3, 0, 1)},
    "several bits": {"lag": (3, 1), "encoding": "bits"},
    "scalar": {"encoding": "scalar", "model": "gru"},
    "mlp": {"model": "mlp"},
    "mlp, embedding, several": {"model": "mlp", "encoding": "embedding", "lag": (0, 1)},
    "mlp, masked": {"model": "mlp", **GAPS},
    "decoder": {"model": "encoder-decoder", "lag": (3, 1), "layers": 2, "bidirectional": True},
    "decoder, bits, masked": {
        "model": "encoder-decoder",
        "lag": (3, 1),
        "encoding": "bits",
        **GAPS,
    },
    "masked": GAPS,
    "masked, deep, each": {"readout": "all", "layers": 2, "model": "gru", **GAPS},
    "masked, deep, both": {"layers": 2, "bidirectional": True, "model": "rnn", **GAPS},
    "marked": {"gaps": "marked", **GAPS},
    "dropped": {"gaps": "dropped", **GAPS},
    "padded": {"edges": "padded"},
    "open": {"window": None, "readout": "all", "batch_size": 1},
}


def random_weights(experiment: Experiment) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {
        key: rng.normal(size=np.shape(value)).astype(np.float32)
        for key, value in first_weights(experiment).items()
    }


def vectors(experiment: Experiment, inputs: np.ndarray) -> np.ndarray:
    """What Keras is given for symbols [batch, window], where -1 is a gap."""
    task, vocab_size, gap = experiment.task, experiment.task.vocab_size, inputs < 0
    marked = task.gappy and task.gaps == "marked"
    if marked and experiment.encoding == "bits":
        inputs, gap = np.where(gap, vocab_size, inputs), np.zeros_like(gap)
    masked = task.gappy and task.gaps == "masked" and experiment.model != "mlp"
    if experiment.encoding == "embedding":
        return inputs + 1 if masked else np.where(gap, vocab_size, inputs)
    nothing = 0 if experiment.model == "mlp" and not marked else -1  # to add to a sum
    if experiment.encoding == "scalar":
        return np.where(gap, nothing, inputs / (vocab_size - 1))[..., None]
    if experiment.encoding == "bits":
        bits = inputs[..., None] >> np.arange((vocab_size - 1).bit_length()) & 1
        return np.where(gap[..., None], nothing, bits)
    kinds = np.eye(vocab_size + marked)
    return np.where(gap[..., None], kinds[-1] * marked, kinds[inputs])


def targets(
    experiment: Experiment, weights: dict[str, np.ndarray], inputs: np.ndarray
) -> np.ndarray:
    """What Echoscope says to windows read from the initial state, as probabilities: [batch,
    targets, outputs].
    """
    model, sizes = model_of(experiment)
    arrays = {key: jnp.asarray(array) for key, array in weights.items()}
    values = np.asarray(
        applied(model, arrays, None, told(experiment.task, jnp.asarray(inputs)), sizes)[0]
    )
    if experiment.encoding == "scalar":
        return values
    if experiment.encoding == "bits":
        return 1 / (1 + np.exp(-values))
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("name", ALL)
def test_a_network_out_and_in_says_the_same(name: str, tmp_path: Path) -> None:
    experiment = SMALL.change(**ALL[name])
    task, weights, path = experiment.task, random_weights(experiment), tmp_path / "echo.keras"
    write_keras(experiment, weights, path)
    rng = np.random.default_rng(5)
    inputs = rng.integers(0, 11, (1000, task.time_steps))  # more windows than a batch has
    if task.gappy and task.gaps != "dropped":
        inputs = np.where(rng.random(inputs.shape) < 0.4, -1, inputs)
    predictions = keras.models.load_model(path).predict(
        vectors(experiment, inputs).astype(np.float32), verbose=0
    )
    target_accuracy = targets(experiment, weights, inputs)
    np.testing.assert_allclose(
        predictions.reshape(target_accuracy.shape), target_accuracy, atol=1e-5
    )
    model = read_keras(path)
    assert (model.model, model.readout, model.encoding) == (
        experiment.model,
        task.readout,
        experiment.encoding,
    )
    assert (model.layers, model.bidirectional) == (experiment.layers, experiment.bidirectional)
    assert (model.vocab_size, model.units, model.window) == (11, 5, task.window)
    assert model.target_count == len(task.lag)
    assert model.weights.keys() == weights.keys()
    assert all(array.tobytes() == weights[key].tobytes() for key, array in model.weights.items())


BLOCKS: dict[str, dict[str, Any]] = {
    "lru, both, deep, masked": {"model": "lru", "layers": 2, "bidirectional": True, **GAPS},
    "lru, each, open": {"model": "lru", "window": None, "readout": "all", "batch_size": 1},
    "lru, embedding, masked": {"model": "lru", "encoding": "embedding", **GAPS},
    "attention, both, deep": {"layers": 2, "bidirectional": True, "units": 6},
    "attention, each, several": {"readout": "all", "units": 8, "lag": (1, 0)},
    "attention, marked, bits": {"encoding": "bits", "gaps": "marked", "units": 6, **GAPS},
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_model_that_is_several_layers_of_keras_says_the_same_there(
    name: str, tmp_path: Path
) -> None:
    experiment = SMALL.change(**{"model": "attention"} | BLOCKS[name])
    task, rng = experiment.task, np.random.default_rng(3)
    weights = {
        key: array + rng.normal(0, 0.2, array.shape).astype(np.float32)
        for key, array in first_weights(experiment).items()
    }
    write_keras(experiment, weights, tmp_path / "echo.keras")
    inputs = rng.integers(0, 11, (1000, task.time_steps))
    if task.gappy:
        inputs = np.where(rng.random(inputs.shape) < 0.4, -1, inputs)
    theirs = keras.models.load_model(tmp_path / "echo.keras")
    predictions = theirs.predict(vectors(experiment, inputs).astype(np.float32), verbose=0)
    wanted = targets(experiment, weights, inputs)
    np.testing.assert_allclose(predictions.reshape(wanted.shape), wanted, atol=1e-5)
    with pytest.raises(StoreError) as caught:
        read_keras(tmp_path / "echo.keras")
    assert str(caught.value).endswith(
        f" has model {experiment.model} in several layers of Keras, from which it is not put"
        " together again: take its run from where it was trained, with echoscope merge."
    )


def test_a_file_tells_whether_it_hears_gaps(tmp_path: Path) -> None:
    inputs = {}
    for name in (
        "gru",
        "masked",
        "padded",
        "marked",
        "embedding, marked",
        "dropped",
        "mlp, masked",
    ):
        experiment = SMALL.change(**ALL[name])
        write_keras(experiment, random_weights(experiment), tmp_path / "echo.keras")
        inputs[name] = read_keras(tmp_path / "echo.keras").gaps
    assert inputs == {
        "gru": "none",
        "masked": "masked",
        "padded": "masked",
        "marked": "marked",
        "embedding, marked": "marked",
        "dropped": "none",
        "mlp, masked": "masked",
    }


def test_dropout_and_a_softmax_of_its_own_are_read(tmp_path: Path) -> None:
    stack = [
        keras.Input((4, 11)),
        layers.SpatialDropout1D(0.1),
        layers.GRU(5, return_sequences=True, dropout=0.2),
        layers.Dropout(0.2),
        layers.GRU(5, recurrent_dropout=0.1),
        layers.Dropout(0.3),
        layers.Dense(11),
        layers.Activation("softmax"),
    ]
    theirs = keras.Sequential(stack)
    theirs.save(tmp_path / "echo.keras")
    model = read_keras(tmp_path / "echo.keras")
    experiment = SMALL.change(model="gru", layers=2)
    inputs = np.random.default_rng(1).integers(0, 11, (6, 4))
    text = theirs.predict(np.eye(11, dtype=np.float32)[inputs], verbose=0)
    np.testing.assert_allclose(text, targets(experiment, model.weights, inputs)[:, 0], atol=1e-5)


def test_what_lora_adds_is_read_with_the_weights(tmp_path: Path) -> None:
    theirs = keras.Sequential(
        [keras.Input((4, 11)), layers.LSTM(5), layers.Dense(11, activation="softmax")]
    )
    theirs.layers[-1].enable_lora(2)
    theirs.layers[-1].lora_kernel_b.assign(np.ones((2, 11)))
    theirs.save(tmp_path / "echo.keras")
    inputs = np.random.default_rng(1).integers(0, 11, (6, 4))
    text = theirs.predict(np.eye(11, dtype=np.float32)[inputs], verbose=0)
    weights = read_keras(tmp_path / "echo.keras").weights
    np.testing.assert_allclose(text, targets(SMALL, weights, inputs)[:, 0], atol=1e-5)


def test_quantized_weights_are_refused(tmp_path: Path) -> None:
    theirs = keras.Sequential(
        [keras.Input((4, 11)), layers.LSTM(5), layers.Dense(11, "softmax", name="last")]
    )
    theirs.layers[-1].quantize("int8")
    theirs.save(tmp_path / "echo.keras")
    with pytest.raises(
        StoreError,
        match=r"weights of layer last must be float32, not quantized \(\w+\): save the network as",
    ):
        read_keras(tmp_path / "echo.keras")


# A state that is kept from call to call


@pytest.mark.parametrize("name", ["gru", "lru"])
def test_a_stateful_file_goes_on_where_the_call_before_left_off(name: str, tmp_path: Path) -> None:
    experiment = SMALL.change(model=name, readout="all", stateful=True)
    weights, path = random_weights(experiment), tmp_path / "echo.keras"
    write_keras(experiment, weights, path, stateful=2)
    theirs = keras.models.load_model(path)
    model, sizes = model_of(experiment)
    arrays, state = {key: jnp.asarray(array) for key, array in weights.items()}, None
    inputs = np.random.default_rng(1).integers(0, 11, (3, 2, 4))
    for window in inputs:
        values, state = applied(model, arrays, state, jnp.asarray(window), sizes)
        text = np.asarray(theirs(np.eye(11, dtype=np.float32)[window]))
        np.testing.assert_array_equal(text.argmax(axis=-1), np.asarray(values).argmax(axis=-1))
    for layer in theirs.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()
    again = np.asarray(theirs(np.eye(11, dtype=np.float32)[inputs[0]]))
    np.testing.assert_allclose(again, targets(experiment, weights, inputs[0]), atol=1e-5)
    if name == "lru":  # which is not read back
        return
    model_read = read_keras(path)
    assert (model_read.stateful, model_read.batch_size) == (True, 2)


def test_a_stateful_layer_by_itself_is_its_cell_step_by_step() -> None:
    """The reference of a state that is carried: not `predict`, which starts every batch anew."""
    layer = layers.LSTM(5, stateful=True)
    theirs = keras.Sequential([keras.Input(batch_shape=(1, 1, 3)), layer])
    inputs = np.random.default_rng(2).normal(size=(6, 1, 3)).astype(np.float32)
    states = [np.zeros((1, 5), np.float32)] * 2
    for x in inputs:
        output, states = layer.cell(x, states)
        np.testing.assert_allclose(np.asarray(theirs(x[None])), np.asarray(output), atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "stateful", "sentence"),
    [
        ({"model": "mlp"}, 1, "model mlp has no state that outlasts a window: leave stateful out."),
        (
            {"bidirectional": True},
            1,
            "bidirectional true has no state that outlasts a window: leave stateful out.",
        ),
        ({}, 0, "stateful must be an integer from 1 to 1000000, not 0."),
        (
            {"model": "attention", "units": 8, **GAPS},
            None,
            (
                "Keras has no layer by which model attention passes over gaps: train with gaps"
                " marked, which has, or use the weights in the run's safetensors file."
            ),
        ),
        (
            {"model": "attention", "units": 8},
            2,
            "Keras has no layer that keeps the state of model attention: leave stateful out.",
        ),
    ],
)
def test_what_keras_has_no_layer_for_is_not_written(
    settings: dict[str, Any], stateful: int | None, sentence: str, tmp_path: Path
) -> None:
    experiment = SMALL.change(**settings)
    with pytest.raises((StoreError, SettingError)) as caught:
        write_keras(experiment, random_weights(experiment), tmp_path / "echo.keras", stateful)
    assert str(caught.value) == sentence
    assert list(tmp_path.iterdir()) == []
