"""Networks that others built in Keras, as `.keras` and as `.h5`: read, and equal to Keras' own
answers on a thousand windows.
"""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import Recoding, preset, read_keras
from echoscope.formats.keras import KerasModel
from echoscope.models import model_of
from networks import applied

os.environ.setdefault("KERAS_BACKEND", "jax")
keras: Any = import_module("keras")  # once its backend is chosen
layers = keras.layers

SYMBOLS, WINDOW, WINDOWS = 6, 4, 1000
CASES = Path(__file__).parent / "cases"


def one_hot(*stack: Any, window: int | None = WINDOW, batch: int | None = None) -> Any:
    return keras.Sequential([keras.Input(batch_shape=(batch, window, SYMBOLS)), *stack])


def integers(*stack: Any) -> Any:
    return keras.Sequential([keras.Input((WINDOW,), dtype="int32"), *stack])


def answers(units: int = SYMBOLS) -> Any:
    return layers.Dense(units, activation="softmax")


def functional(inputs: Any, *stack: Any) -> Any:
    """The same as a Sequential would be, called layer by layer."""
    outputs = inputs
    for layer in stack:
        outputs = layer(outputs)
    return keras.Model(inputs, outputs)


def deep(kind: Any, **options: Any) -> list[Any]:
    """Layers of different widths, with dropout between and inside of them."""
    return [
        kind(3, return_sequences=True, dropout=0.1, recurrent_dropout=0.1, **options),
        layers.SpatialDropout1D(0.1),
        kind(7, **options),
        layers.GaussianNoise(0.3),
    ]


def both(layer: Any, **options: Any) -> Any:
    return layers.Bidirectional(layer, **options)


NETWORKS: dict[str, Callable[[], Any]] = {
    "gru, reset before": lambda: one_hot(*deep(layers.GRU, reset_after=False), answers()),
    "gru": lambda: one_hot(*deep(layers.GRU), answers()),
    "rnn without bias": lambda: one_hot(
        *deep(layers.SimpleRNN, use_bias=False),
        layers.Dense(SYMBOLS, use_bias=False),
        layers.Softmax(),
    ),
    "lstm, an Activation after it": lambda: one_hot(
        *deep(layers.LSTM), layers.Dense(SYMBOLS), layers.Activation("softmax")
    ),
    "two directions, put together in four ways": lambda: one_hot(
        both(layers.LSTM(3, return_sequences=True)),
        both(layers.LSTM(4, return_sequences=True), merge_mode="sum"),
        both(layers.LSTM(2, return_sequences=True), merge_mode="ave"),
        layers.LSTM(5, return_sequences=True),
        both(layers.LSTM(3), backward_layer=layers.LSTM(3, go_backwards=True)),
        answers(),
    ),
    "an embedding of another width": lambda: integers(
        layers.Embedding(SYMBOLS, 3), both(layers.GRU(5, reset_after=False)), answers()
    ),
    "an embedding whose 0 is a gap": lambda: integers(
        layers.Embedding(SYMBOLS + 1, 5, mask_zero=True),
        layers.LSTM(5, return_sequences=True),
        layers.LSTM(4),
        answers(),
    ),
    "masking": lambda: one_hot(
        layers.Masking(0.0),
        both(layers.GRU(4, return_sequences=True)),
        both(layers.GRU(3)),
        answers(),
    ),
    "at each step": lambda: one_hot(
        layers.Masking(0.0),
        layers.GRU(4, return_sequences=True),
        layers.Dense(SYMBOLS),
        layers.Activation("softmax"),
    ),
    "an encoder and a narrower decoder": lambda: one_hot(
        both(layers.LSTM(4), merge_mode="sum"),
        layers.RepeatVector(2),
        layers.LSTM(3, return_sequences=True),
        layers.TimeDistributed(answers()),
    ),
    "no memory": lambda: integers(
        layers.Embedding(SYMBOLS, 3, mask_zero=True),
        layers.Flatten(),
        layers.Dense(8),
        layers.Activation("relu"),
        layers.Dropout(0.5),
        answers(),
    ),
    "functional, masking": lambda: functional(
        keras.Input((WINDOW, SYMBOLS)), layers.Masking(0.0), *deep(layers.LSTM), answers()
    ),
    "functional, an embedding whose 0 is a gap": lambda: functional(
        keras.Input((WINDOW,)),
        layers.Embedding(SYMBOLS + 1, 3, mask_zero=True),
        layers.Dropout(0.2),
        both(layers.GRU(4, return_sequences=True)),
        both(layers.GRU(4)),
        answers(),
    ),
}
IN_BOTH_FORMATS = [
    ("two directions, put together in four ways", ".h5"),
    ("an embedding of another width", ".h5"),
    ("an encoder and a narrower decoder", ".h5"),
    ("functional, masking", ".h5"),
    ("functional, an embedding whose 0 is a gap", ".h5"),
    *[(name, ".keras") for name in NETWORKS],
]


def filled(model: Any) -> Any:
    """The model with weights all of which matter."""
    rng = np.random.default_rng(7)
    model.set_weights([rng.normal(0, 0.7, array.shape) for array in model.get_weights()])
    return model


def drawn(gaps: bool, count: int = WINDOWS) -> np.ndarray:
    """Windows of symbols, -1 where there is a gap."""
    rng = np.random.default_rng(3)
    inputs = rng.integers(0, SYMBOLS, (count, WINDOW))
    return np.where(rng.random(inputs.shape) < 0.4, -1, inputs) if gaps else inputs


def asked(model: Any, inputs: np.ndarray, zero_is_gap: bool) -> np.ndarray:
    """What Keras says to windows of symbols."""
    if len(model.inputs[0].shape) == 2:
        return model.predict(inputs + zero_is_gap, WINDOWS, verbose=0)
    vectors = np.where(inputs[..., None] < 0, 0, np.eye(SYMBOLS)[inputs])
    return model.predict(vectors.astype(np.float32), WINDOWS, verbose=0)


def here(read: KerasModel, inputs: np.ndarray) -> np.ndarray:
    """What the network says here, as probabilities [batch, targets, symbols]."""
    settings = {
        name: getattr(read, name)
        for name in (
            "model",
            "readout",
            "encoding",
            "layers",
            "bidirectional",
            "vocab_size",
            "units",
            "window",
        )
    }
    experiment = preset(
        "lag", lag=tuple(range(read.target_count)), length=25, batch_size=1, stateful=False
    ).change(**settings, **({"missing": 0.3} if read.gaps == "masked" else {}))
    model, sizes = model_of(experiment)
    arrays = {name: jnp.asarray(array) for name, array in read.weights.items()}
    values = np.asarray(applied(model, arrays, None, jnp.asarray(inputs), sizes)[0])
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.mark.filterwarnings("ignore:Layer .flatten:UserWarning")
@pytest.mark.parametrize(("name", "ending"), IN_BOTH_FORMATS)
def test_a_network_of_another_hand_says_here_what_it_says_in_keras(
    name: str, ending: str, tmp_path: Path
) -> None:
    theirs, path = filled(NETWORKS[name]()), tmp_path / f"net{ending}"
    theirs.save(path)
    read = read_keras(path)
    inputs = drawn(read.gaps == "masked")
    wanted = asked(theirs, inputs, "0 is a gap" in name)
    got = here(read, inputs)
    assert np.abs(got - wanted.reshape(got.shape)).max() < 1e-5
    assert (read.gaps == "masked") == any(word in name for word in ("mask", "gap", "each step"))
    assert read.recoding == (
        Recoding(tuple(range(1, SYMBOLS + 1)), missing_values=(0,)) if "gap" in name else None
    )


def test_a_table_whose_0_is_a_gap_may_say_0_too_and_is_read_without_it(tmp_path: Path) -> None:
    """A Dense as wide as the table has an output for the gap, which no target ever is."""
    theirs = filled(
        integers(
            layers.Embedding(SYMBOLS + 1, 3, mask_zero=True),
            layers.LSTM(4),
            layers.Dense(2 * (SYMBOLS + 1)),
            layers.Reshape((2, SYMBOLS + 1)),
            layers.Softmax(),
        )
    )
    theirs.save(tmp_path / "net.keras")
    read = read_keras(tmp_path / "net.keras")
    assert (read.vocab_size, read.target_count) == (SYMBOLS, 2)
    inputs = drawn(True)
    wanted = asked(theirs, inputs, True)[..., 1:]
    wanted = wanted / wanted.sum(axis=-1, keepdims=True)
    assert np.abs(here(read, inputs) - wanted).max() < 1e-5


@pytest.mark.parametrize("name", ["sequential", "functional"])
def test_a_file_of_keras_2_says_what_keras_2_said(name: str) -> None:
    """Files that TensorFlow's Keras 2.21 wrote, with its own predictions."""
    answers = np.load(CASES / "keras2_answers.npz")
    read = read_keras(CASES / f"keras2_{name}.h5")
    assert read.model == {"sequential": "gru-before", "functional": "lstm"}[name]
    got = here(read, answers[f"{name}_inputs"])[:, 0]
    assert np.abs(got - answers[f"{name}_predictions"]).max() < 1e-5


def test_what_does_nothing_when_a_network_is_used_is_named(tmp_path: Path) -> None:
    one_hot(layers.Dropout(0.1, name="first"), *deep(layers.GRU), answers()).save(
        tmp_path / "net.keras"
    )
    names = [part.split(" ")[0] for part in read_keras(tmp_path / "net.keras").ignored]
    assert names == [
        "Dropout",
        "dropout",
        "recurrent_dropout",
        "SpatialDropout1D",
        "GaussianNoise",
    ]
    assert read_keras(tmp_path / "net.keras").ignored[0] == "Dropout first"
