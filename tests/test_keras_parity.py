"""Keras as the referee: the same 200 updates as the tutorials' own loop."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from echoscope.experiment.presets import PRESETS
from echoscope.formats.keras import read_keras
from echoscope.models import model_of
from echoscope.training.program import follow
from networks import applied, first_weights

os.environ.setdefault("KERAS_BACKEND", "jax")
keras: Any = import_module("keras")  # once its backend is chosen
layers = keras.layers

NAMES = (
    "layer1.kernel",
    "layer1.recurrent",
    "layer1.bias",
    "decoder.kernel",
    "decoder.recurrent",
    "decoder.bias",
    "readout.kernel",
    "readout.bias",
)


class Carried(layers.LSTM):
    """A stateful LSTM whose state is among the model's variables.

    Keras 3.15 leaves it out of them, so that on JAX every batch of `fit` starts from the state at
    its first tracing, which neither Keras' documentation nor the tutorials mean. A direct call of
    the plain layer does carry it.
    """

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        super().build(sequences_shape, initial_state_shape)
        self.carried = list(self.states)


class Losses(keras.callbacks.Callback):
    """The loss of every update: a log is the mean over the batches of its epoch so far, so sums are
    subtracted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []
        self.total = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.total = 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        total = float(logs["loss"]) * (batch + 1)
        self.losses.append(total - self.total)
        self.total = total


def dense() -> Any:
    return layers.Dense(100, activation="softmax")


def peer(name: str, lstm: type = Carried) -> Any:
    """The model of a tutorial, line by line."""
    stacks = {
        "current": lambda: [keras.Input((1, 100)), layers.LSTM(15), dense()],
        "blind": lambda: [keras.Input(batch_shape=(6, 1, 100)), lstm(50, stateful=True), dense()],
        "lag": lambda: [keras.Input(batch_shape=(5, 5, 100)), lstm(50, stateful=True), dense()],
        "whole": lambda: [
            keras.Input(batch_shape=(7, 5, 100)),
            lstm(20, return_sequences=True, stateful=True),
            layers.TimeDistributed(dense()),
        ],
        "partial": lambda: [
            keras.Input(batch_shape=(21, 5, 100)),
            lstm(150, stateful=True),
            layers.RepeatVector(2),
            lstm(150, return_sequences=True, stateful=True),
            layers.TimeDistributed(dense()),
        ],
    }
    model = keras.Sequential(stacks[name]())
    model.compile(loss="categorical_crossentropy", optimizer="adam")
    return model


def to_supervised(encoded: np.ndarray, n_in: int, n_out: int) -> tuple[np.ndarray, np.ndarray]:
    """Copies of the sequence shifted by n_in - 1 to 0 side by side, whole rows only, and the oldest
    of each.
    """
    rows = len(encoded) - n_in + 1
    inputs = np.stack([encoded[i : i + rows] for i in range(n_in)], axis=1)
    return inputs, inputs[:, :n_out]


def tutorial_data(name: str, sequence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """X and y as each tutorial makes them of one sequence, by plain slicing."""
    encoded = np.eye(100, dtype=np.float32)[sequence]
    if name == "current":
        return encoded.reshape(25, 1, 100), encoded
    if name == "blind":
        return encoded[1:].reshape(24, 1, 100), encoded[:-1]
    if name == "lag":
        return np.stack([encoded[t - 4 : t + 1] for t in range(5, 25)]), encoded[4:-1]
    return to_supervised(encoded, 5, 5 if name == "whole" else 2)


def tutorial_fit(
    name: str, weights: dict[str, Any], batch: int, sequences: np.ndarray, lstm: type = Carried
) -> tuple[Any, list[float]]:
    """The tutorial's loop: one fresh sequence an epoch, stateful false at its end."""
    model, losses = peer(name, lstm), Losses()
    for variable, key in zip(
        model.trainable_variables, [key for key in NAMES if key in weights], strict=True
    ):
        variable.assign(weights[key])
    for sequence in sequences:
        inputs, target = tutorial_data(name, sequence)
        model.fit(
            inputs, target, epochs=1, batch_size=batch, shuffle=False, verbose=0, callbacks=[losses]
        )
        for layer in model.layers:
            if getattr(layer, "stateful", False):
                layer.reset_states()
    return model, losses.losses


@pytest.mark.parametrize("name", list(PRESETS)[:5])
def test_200_updates_of_every_preset_are_those_of_keras(name: str) -> None:
    experiment = PRESETS[name]
    weights = first_weights(experiment)
    epochs = -(-200 * experiment.training.epochs // experiment.steps)
    drawn = np.random.default_rng(1).integers(0, 100, (epochs, 1, 25))
    model, losses = tutorial_fit(name, weights, experiment.training.batch_size, drawn[:, 0])
    trained, followed = follow(experiment, weights, drawn)
    assert len(losses) >= 200
    np.testing.assert_allclose(followed.ravel(), losses, rtol=1e-4)
    for variable, key in zip(
        model.trainable_variables, [key for key in NAMES if key in weights], strict=True
    ):
        target_accuracy = np.asarray(variable.value)
        assert np.linalg.norm(target_accuracy - trained[key]) <= 1e-3 * np.linalg.norm(
            target_accuracy
        ), key


def test_keras_own_stateful_layer_on_jax_is_our_reset() -> None:
    experiment = PRESETS["lag"].change(stateful=False)
    weights = first_weights(experiment)
    drawn = np.random.default_rng(2).integers(0, 100, (25, 1, 25))
    _, losses = tutorial_fit(
        "lag", weights, experiment.training.batch_size, drawn[:, 0], layers.LSTM
    )
    np.testing.assert_allclose(follow(experiment, weights, drawn)[1].ravel(), losses, rtol=1e-4)


def test_a_model_trained_in_plain_keras_reads_in(tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input(batch_shape=(5, 5, 100)), layers.LSTM(8, stateful=True), dense()]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam")
    inputs, target = tutorial_data("lag", np.arange(25))
    model.fit(inputs, target, batch_size=5, shuffle=False, verbose=0)
    model.save(tmp_path / "echo.keras")
    read = read_keras(tmp_path / "echo.keras")
    assert (read.model, read.readout, read.vocab_size, read.units, read.window) == (
        "lstm",
        "last",
        100,
        8,
        5,
    )
    assert (read.target_count, read.batch_size, read.stateful) == (1, 5, True)
    for variable, key in zip(
        model.trainable_variables, [key for key in NAMES if key in read.weights], strict=True
    ):
        np.testing.assert_array_equal(np.asarray(variable.value), read.weights[key])


OWN = {"gru": layers.GRU, "rnn": layers.SimpleRNN, "lstm": layers.LSTM}


def ours(experiment: Any, inputs: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    model, sizes = model_of(experiment)
    values, _ = applied(
        model,
        {key: jnp.asarray(array) for key, array in weights.items()},
        None,
        jnp.asarray(inputs),
        sizes,
    )
    return np.asarray(values)[:, 0]


def theirs(
    stack: list[Any], weights: dict[str, np.ndarray], order: list[str], inputs: np.ndarray
) -> np.ndarray:
    """What Keras' own layers say, given our weights: a GRU's two biases are one array there."""
    model = keras.Sequential([*stack, layers.Dense(11)])
    model.build((None, *inputs.shape[1:]))
    mine = dict(weights)
    for key in [key for key in weights if key.endswith("recurrent_bias")]:
        first = key.replace("recurrent_bias", "bias")
        mine[first] = np.stack([mine[first], mine.pop(key)])
    for variable, key in zip(
        model.trainable_variables, [key for key in order if key in mine], strict=True
    ):
        variable.assign(mine[key])
    return np.asarray(model(inputs))


def random_weights(experiment: Any) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    return {
        key: rng.normal(size=np.shape(value)).astype(np.float32)
        for key, value in first_weights(experiment).items()
    }


@pytest.mark.parametrize("name", ["gru", "rnn", "mlp"])
def test_other_models_give_the_logits_of_keras_own_layers(name: str) -> None:
    experiment = PRESETS["lag"].change(model=name, vocab_size=11, units=7, window=4, stateful=False)
    weights, inputs = random_weights(experiment), np.random.default_rng(1).integers(0, 11, (5, 4))
    stack = (
        [layers.Flatten(), layers.Dense(7, activation="relu")] if name == "mlp" else [OWN[name](7)]
    )
    logits = theirs(stack, weights, list(NAMES), np.eye(11, dtype=np.float32)[inputs])
    assert np.abs(logits - ours(experiment, inputs, weights)).max() < 1e-5


@pytest.mark.parametrize("window", [4, 12])
@pytest.mark.parametrize("name", ["gru", "rnn", "lstm"])
def test_a_masked_gap_is_keras_masking(name: str, window: int) -> None:
    experiment = PRESETS["lag"].change(
        model=name, vocab_size=11, units=7, window=window, stateful=False, missing=0.3
    )
    weights, inputs = (
        random_weights(experiment),
        np.random.default_rng(2).integers(-4, 11, (5, window)).clip(-1),
    )
    one_hot = np.where(inputs[..., None] < 0, 0, np.eye(11)[inputs]).astype(np.float32)
    logits = theirs([layers.Masking(0.0), OWN[name](7)], weights, list(NAMES), one_hot)
    assert np.abs(logits - ours(experiment, inputs, weights)).max() < 1e-5


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", ["gru", "rnn", "lstm"])
def test_stacked_and_bidirectional_are_keras_own(name: str, bidirectional: bool) -> None:
    experiment = PRESETS["lag"].change(
        model=name,
        vocab_size=11,
        units=7,
        window=4,
        stateful=False,
        layers=2,
        bidirectional=bidirectional,
        encoding="embedding",
    )
    weights, inputs = random_weights(experiment), np.random.default_rng(3).integers(0, 11, (5, 4))
    stack = [OWN[name](7, return_sequences=True), OWN[name](7)]
    if bidirectional:
        stack = [layers.Bidirectional(layer) for layer in stack]
    parts = [
        f"{prefix}.{part}"
        for prefix in ("layer1", "layer1_back", "layer2", "layer2_back")
        for part in ("kernel", "recurrent", "bias")
    ]
    order = ["encoder.embedding", *parts, "readout.kernel", "readout.bias"]
    logits = theirs([layers.Embedding(11, 7), *stack], weights, order, inputs)
    assert np.abs(logits - ours(experiment, inputs, weights)).max() < 1e-4
