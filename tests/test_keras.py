"""`.keras` files, out and back in."""

import json
import os
import re
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from echoscope.errors import ExtraError, StoreError
from echoscope.experiment.experiment import Experiment
from echoscope.formats.keras import KerasModel, read_keras, write_keras
from echoscope.formats.keras.chain import ORDERED
from echoscope.formats.keras.check import REBUILD, SIMILAR, TRAIN
from echoscope.formats.keras.config import CONTAINED
from echoscope.formats.keras.graph import CUT
from echoscope.formats.keras.loader import SET
from echoscope.models import model_of
from networks import applied, first_weights

os.environ.setdefault("KERAS_BACKEND", "jax")
keras: Any = import_module("keras")  # once its backend is chosen
layers = keras.layers

SMALL = Experiment().change(
    vocab_size=11, length=17, window=4, lag=2, units=7, batch_size=3, stateful=False
)
DECODED = SMALL.change(model="encoder-decoder", lag=(3, 1))
EACH = SMALL.change(readout="all")
RESET = {
    "last": SMALL,
    "all": EACH,
    "open window": EACH.change(window=None, batch_size=1),
    "encoder-decoder": DECODED,
}
EVERY = RESET | {
    f"{name} carried": experiment.change(stateful=True) for name, experiment in RESET.items()
}

# Files that Keras reads, and files that come back


class Theirs(layers.LSTM):
    """A layer of somebody's own."""


def random_weights(experiment: Experiment) -> dict[str, np.ndarray]:
    """Weights of the experiment's shapes, all of them far from zero, biases too."""
    rng = np.random.default_rng(3)
    shapes = {key: np.shape(value) for key, value in first_weights(experiment).items()}
    return {key: rng.normal(size=shape).astype(np.float32) for key, shape in shapes.items()}


def settings_of(model: KerasModel) -> dict[str, Any]:
    return {key: value for key, value in vars(model).items() if key != "weights"}


USUAL = {
    "encoding": "one-hot",
    "layers": 1,
    "bidirectional": False,
    "gaps": "none",
    "recoding": None,
    "ignored": (),
    "vocab_size": 11,
    "units": 7,
    "batch_size": None,
    "stateful": False,
}


def stateful_of(experiment: Experiment) -> int | None:
    return experiment.training.batch_size if experiment.training.stateful else None


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("name", EVERY)
def test_keras_gives_the_same_logits_from_a_written_file(name: str, tmp_path: Path) -> None:
    experiment = EVERY[name]
    weights, path = random_weights(experiment), tmp_path / "echo.keras"
    write_keras(experiment, weights, path, stateful_of(experiment))
    loaded = keras.saving.load_model(path)
    last = getattr(loaded.layers[-1], "layer", loaded.layers[-1])
    assert last.activation is keras.activations.softmax
    last.activation = keras.activations.linear  # so that the targets are logits
    model, sizes = model_of(experiment)
    arrays, state = {key: jnp.asarray(array) for key, array in weights.items()}, None
    for inputs in np.random.default_rng(5).integers(
        0, 11, (2, experiment.training.batch_size, experiment.task.time_steps)
    ):
        target_accuracy, after = applied(model, arrays, state, jnp.asarray(inputs), sizes)
        state = after if experiment.training.stateful else None  # where the second batch starts
        got = np.asarray(loaded(np.eye(11, dtype=np.float32)[inputs])).reshape(
            target_accuracy.shape
        )
        assert np.abs(got - np.asarray(target_accuracy)).max() < 1e-5
    assert names_in(tmp_path) == ["echo.keras"]


@pytest.mark.parametrize("name", EVERY)
def test_a_written_file_reads_back_equal(name: str, tmp_path: Path) -> None:
    experiment = EVERY[name]
    task, fit = experiment.task, experiment.training
    weights, path = random_weights(experiment), str(tmp_path / "echo.keras")
    write_keras(experiment, weights, path, stateful_of(experiment))
    model = read_keras(path)
    settings = {
        "model": experiment.model,
        "readout": task.readout,
        "window": task.window,
        "target_count": len(task.lag),
    }
    assert settings_of(model) == USUAL | settings | {
        "stateful": fit.stateful,
        "batch_size": stateful_of(experiment),
    }
    assert model.weights.keys() == weights.keys()
    for key, array in model.weights.items():
        assert array.dtype == np.float32
        assert array.tobytes() == weights[key].tobytes()


def test_a_functional_encoder_decoder_with_a_bare_dense_reads_in(tmp_path: Path) -> None:
    inputs = keras.Input((6, 11))
    lstm = layers.LSTM(7, dropout=0.2)
    code = layers.RepeatVector(3)(lstm(inputs))
    text = layers.Dense(11)(layers.LSTM(7, return_sequences=True, kernel_regularizer="l2")(code))
    keras.Model(inputs, layers.Softmax()(text)).save(tmp_path / "echo.keras")
    settings = {"model": "encoder-decoder", "readout": "decoder", "window": 6, "target_count": 3}
    settings["ignored"] = (f"dropout of {lstm.name}",)
    assert settings_of(read_keras(tmp_path / "echo.keras")) == USUAL | settings


# Refusals

CHAIN = (
    "[Embedding or Masking], LSTM, GRU or SimpleRNN (each plain or Bidirectional), [RepeatVector,"
    " LSTM], Dense, or [Embedding], Flatten, Dense, Dense"
)
KNOWN = (
    "LSTM, GRU, SimpleRNN, Bidirectional, Dense, TimeDistributed, RepeatVector, Embedding, Masking,"
    " Flatten, Reshape, Activation, Softmax, InputLayer, Dropout, SpatialDropout1D,"
    " GaussianDropout, GaussianNoise, AlphaDropout or ActivityRegularization of Keras alone"
)
ONE_WAY = "one chain from one input to one output"
KERAS_MODEL = "a Sequential or Functional of Keras"
LEFT_OUT = (
    "leave it out, as in keras.Sequential([layer for layer in model.layers if layer.name !="
    " 'other']), which keeps the others' weights, train that a little further where it did"
    " something, and save it"
)


def says(sentence: str, kind: type[Exception] = StoreError) -> Any:
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


def refuses(path: Path, what: str, rule: str, got: str, remedy: str) -> Any:
    return says(f"{path} cannot be read, because its {what} must be {rule}, not {got}: {remedy}.")


def stack(*after_input: Any) -> Any:
    return keras.Sequential([keras.Input((4, 11)), *after_input])


def ended(*lstm: Any, **options: Any) -> Any:
    """An LSTM with some options, and a dense layer."""
    return stack(
        layers.LSTM(7, name="layer1", **options), *lstm, layers.Dense(11, activation="softmax")
    )


def twice() -> Any:
    inputs, lstm = keras.Input((4, 11)), layers.LSTM(11, return_sequences=True, name="again")
    return keras.Model(inputs, layers.Dense(11)(lstm(lstm(inputs))))


def begun() -> Any:
    inputs, state = keras.Input((4, 11)), keras.Input((7,))
    return keras.Model(
        [inputs, state], layers.Dense(11)(layers.LSTM(7)(inputs, initial_state=[state, state]))
    )


def split() -> Any:
    inputs = keras.Input((4, 11), name="read")
    parts = [layers.LSTM(7, name=f"part{place}")(inputs) for place in (1, 2)]
    return keras.Model(inputs, layers.Dense(11)(layers.Concatenate(name="other")(parts)))


def forked() -> Any:
    inputs = keras.Input((4, 11))
    code = layers.LSTM(7, name="code")(inputs)
    return keras.Model(inputs, [layers.Dense(11)(code), layers.Dense(2)(code)])


def always_dropping() -> Any:
    inputs = keras.Input((4, 11))
    code = layers.Dropout(0.5, name="drop")(layers.LSTM(7)(inputs), training=True)
    return keras.Model(inputs, layers.Dense(11)(code))


def own_mask() -> Any:
    inputs = keras.Input((4, 11), name="read")
    there = keras.ops.any(keras.ops.not_equal(inputs, 5.0), axis=-1)
    return keras.Model(inputs, layers.Dense(11)(layers.LSTM(7)(inputs, mask=there)))


REFUSED: dict[str, tuple[Any, str, str, str, str]] = {
    "lambda": (
        lambda: ended(layers.Lambda(lambda x: x, name="other")),
        "layer other",
        KNOWN,
        "keras.layers.Lambda",
        LEFT_OUT,
    ),
    "convolution": (
        lambda: stack(layers.Conv1D(7, 2, name="other"), layers.LSTM(7), layers.Dense(11)),
        "layer other",
        KNOWN,
        "keras.layers.Conv1D",
        LEFT_OUT,
    ),
    "nested": (
        lambda: stack(keras.Sequential([layers.LSTM(7)], name="inner"), layers.Dense(11)),
        "layer inner",
        KNOWN,
        "keras.Sequential",
        "put its own layers in its place, as in keras.Sequential([*model.get_layer('inner').layers,"
        " ...]), which keeps their weights, and save that",
    ),
    "theirs": (
        lambda: stack(Theirs(7, name="other"), layers.Dense(11)),
        "layer other",
        KNOWN,
        f"{__name__}.Theirs",
        LEFT_OUT,
    ),
    "two kinds of GRU": (
        lambda: stack(
            layers.GRU(7, return_sequences=True),
            layers.GRU(7, reset_after=False, name="before"),
            layers.Dense(11),
        ),
        "reset_after of layer before",
        "True",
        "False",
        TRAIN,
    ),
    "mixed": (
        lambda: ended(layers.GRU(7, name="other"), return_sequences=True),
        "layer other",
        "LSTM",
        "GRU",
        SIMILAR,
    ),
    "a decoder of another kind": (
        lambda: stack(
            layers.GRU(7),
            layers.RepeatVector(2),
            layers.GRU(7, return_sequences=True, name="decoded"),
            layers.Dense(11),
        ),
        "layer decoded",
        "LSTM",
        "GRU",
        SIMILAR,
    ),
    "one target": (
        lambda: ended(layers.RepeatVector(2), layers.LSTM(7, name="decoded")),
        "return_sequences of layer decoded",
        "True",
        "False",
        TRAIN,
    ),
    "multiplied": (
        lambda: stack(
            layers.Bidirectional(layers.LSTM(7), merge_mode="mul", name="both"), layers.Dense(11)
        ),
        "merge_mode of layer both",
        "concat or sum or ave",
        "mul",
        TRAIN,
    ),
    "directions of two widths": (
        lambda: stack(
            layers.Bidirectional(
                layers.LSTM(5), backward_layer=layers.LSTM(7, go_backwards=True, name="back")
            ),
            layers.Dense(11),
        ),
        "units of layer back",
        "5",
        "7",
        TRAIN,
    ),
    "no dense": (
        lambda: stack(layers.LSTM(7, name="only")),
        "layers",
        CHAIN,
        "only (LSTM)",
        ORDERED,
    ),
    "dense first": (
        lambda: stack(
            layers.TimeDistributed(layers.Dense(3), name="first"),
            layers.LSTM(7, name="then"),
            layers.Dense(11, name="last"),
        ),
        "layers",
        CHAIN,
        "first (TimeDistributed(Dense)), then (LSTM), last (Dense)",
        ORDERED,
    ),
    "twice": (twice, "layers", ONE_WAY, "layer again 2 times", CUT),
    "begun": (begun, "layers", ONE_WAY, "inputs 2", CUT),
    "split": (split, "layer other", KNOWN, "keras.layers.Concatenate", LEFT_OUT),
    "forked": (forked, "layers", ONE_WAY, "outputs 2", CUT),
    "a mask of its own": (own_mask, "layers", ONE_WAY, "a mask of its own", CUT),
    "dropping while it is used": (
        always_dropping,
        "layer drop",
        "called as it is used",
        "with training=True",
        "call it without, in a new model of the same layers, which keeps the weights",
    ),
    "unbuilt": (
        lambda: keras.Sequential([layers.LSTM(7), layers.Dense(11)]),
        "input shape",
        "known, so that there are weights",
        "left open",
        "call the model on one batch, which builds it, and save it again",
    ),
    "activation": (
        lambda: ended(activation="relu"),
        "activation of layer layer1",
        "tanh",
        "relu",
        SET,
    ),
    "gate": (
        lambda: ended(recurrent_activation="hard_sigmoid"),
        "recurrent_activation of layer layer1",
        "sigmoid",
        "hard_sigmoid",
        SET,
    ),
    "backwards": (
        lambda: ended(go_backwards=True),
        "go_backwards of layer layer1",
        "False",
        "True",
        TRAIN,
    ),
    "answer": (
        lambda: stack(layers.LSTM(7), layers.Dense(11, activation="relu", name="said")),
        "activation of layer said",
        "softmax or linear or sigmoid",
        "relu",
        SET,
    ),
    "half": (
        lambda: ended(dtype="mixed_float16"),
        "compute_dtype of layer layer1",
        "float32",
        "float16",
        REBUILD,
    ),
    "stateful, in both directions": (
        lambda: keras.Sequential(
            [
                keras.Input(batch_shape=(1, 4, 11)),
                layers.Bidirectional(layers.LSTM(7, stateful=True, name="both")),
                layers.Dense(11),
            ]
        ),
        "stateful of layer forward_both",
        "False",
        "True",
        REBUILD,
    ),
    "vocab_size": (
        lambda: stack(layers.LSTM(7), layers.Dense(9, name="last")),
        "layer last",
        "as wide as its input, 11",
        "9",
        "what it says are no symbols that it reads, so put a Dense of that width in its place,"
        " train that a little, and save it",
    ),
}


# Some of the refused networks were never built, and Keras says so when it saves them.
@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built:UserWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_a_network_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    build, *settings = REFUSED[name]
    path = tmp_path / "echo.keras"
    build().save(path)
    with refuses(path, *settings):
        read_keras(path)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_keras(SMALL, random_weights(SMALL), tmp_path / "echo.keras")
    return tmp_path / "echo.keras"


def rewrite(path: Path, name: str, content: bytes) -> None:
    """Change one part of the file."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for part, old in files.items():
            archive.writestr(part, content if part == name else old)


@pytest.mark.parametrize(
    "part",
    [
        {"module": "os", "class_name": "system", "config": {}},
        {"module": "kerasx.layers", "class_name": "Dense", "config": {}},
        {
            "module": "keras.layers",
            "class_name": "LSTM",
            "config": {},
            "registered_name": "their>LSTM",
        },
        {
            "module": "keras.initializers",
            "class_name": "function",
            "config": "get",
            "registered_name": "get",
        },
        {"module": None, "class_name": "__lambda__", "config": {"value": ""}},
    ],
)
def test_a_foreign_part_is_refused_before_keras_sees_it(
    part: Any, written: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(
        keras.saving, "load_model", lambda *_args, **_options: pytest.fail("Keras was asked")
    )
    config = json.loads(zipfile.ZipFile(written).read("config.json"))
    config["config"]["layers"][1]["config"]["bias_initializer"] = part
    rewrite(written, "config.json", json.dumps(config).encode())
    kind, remedy = (
        f"{part['module'] or 'unknown'}.{part['class_name']}",
        LEFT_OUT.replace("'other'", "'layer1'"),
    )
    with refuses(written, "layer layer1", KNOWN, kind, remedy):
        read_keras(written)


@pytest.mark.parametrize(
    ("config", "settings"),
    [
        (
            [],
            ("config.json", "a JSON object", "list", "save it again with model.save of Keras 3"),
        ),
        ({}, ("model", KERAS_MODEL, "unknown.unknown", CONTAINED)),
        (
            {"module": "theirs", "class_name": "Sequential"},
            ("model", KERAS_MODEL, "theirs.Sequential", CONTAINED),
        ),
    ],
)
def test_a_config_that_is_no_model_is_refused(
    config: Any, settings: tuple[str, str, str, str], written: Path
) -> None:
    rewrite(written, "config.json", json.dumps(config).encode())
    with refuses(written, *settings):
        read_keras(written)


def test_damaged_weights_are_refused(written: Path) -> None:
    rewrite(written, "model.weights.h5", b"not HDF5")
    with says(
        f"{written} is damaged or of another version (model.weights.h5: OSError): save the model"
        " again."
    ):
        read_keras(written)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"\x89HDF\r\n"])
def test_what_is_not_a_keras_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "echo.keras"
    path.write_bytes(content)
    with says(
        f"{path} is not a Keras file, which is a zip archive with a config.json in it: "
        "write it with model.save of Keras 3."
    ):
        read_keras(path)


def test_paths_that_cannot_be_are_refused(tmp_path: Path) -> None:
    weights, path = random_weights(SMALL), tmp_path / "echo.keras"
    with says(f"{path} does not exist: name a .keras file that does."):
        read_keras(path)
    with says(
        f"The folder {path} does not exist, so echo.keras cannot be written there: make it, or"
        " choose another."
    ):
        write_keras(SMALL, weights, path / "echo.keras")
    path.mkdir()
    long = path / f"{'e' * 300}.keras"
    wrong = {
        path: f"{path} is a folder, not a .keras file: name a file.",
        long: f"{long} cannot be reached (File name too long): name another.",
        path / "echo.h5": (
            f"{path / 'echo.h5'} is of Keras' older format, which is only read: write echo.keras,"
            " and in Keras save that as .h5 where it is needed."
        ),
    }
    with says(f"{path / 'echo.h5'} does not exist: name a Keras file that does."):
        read_keras(path / "echo.h5")
    for value, sentence in wrong.items():
        if value.suffix != ".h5":
            with says(sentence):
                read_keras(value)
        with says(sentence):
            write_keras(SMALL, weights, value)
    path.rmdir()
    path.write_text("a file")
    with says(f"{path} is not a folder, so echo.keras cannot be written there: choose a folder."):
        write_keras(SMALL, weights, path / "echo.keras")


def test_weights_of_another_experiment_are_refused(tmp_path: Path) -> None:
    value = "for this experiment, but are {}: give the weights that it trained."
    with says(
        f"The weights layer1.kernel must be of shape (11, 28) {value.format('of shape (11, 32)')}"
    ):
        write_keras(SMALL, random_weights(SMALL.change(units=8)), tmp_path / "echo.keras")
    with says(f"The weights decoder.kernel must be of shape (7, 28) {value.format('missing')}"):
        write_keras(DECODED, random_weights(SMALL), tmp_path / "echo.keras")
    assert names_in(tmp_path) == []


def test_a_file_is_written_whole_or_not_at_all(written: Path, monkeypatch: Any) -> None:
    before = written.read_bytes()

    def full(*_paths: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with says(
        f"{written} could not be written (No space left on device): make room there, or choose"
        " another path."
    ):
        write_keras(SMALL, random_weights(SMALL), written)
    assert written.read_bytes() == before
    assert names_in(written.parent) == ["echo.keras"]
    monkeypatch.undo()
    write_keras(DECODED, random_weights(DECODED), written)
    assert read_keras(written).model == "encoder-decoder"


def test_without_keras_the_extra_is_named(written: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    sentence = (
        "Reading and writing .keras files needs Keras: install it with pip install"
        " 'echoscope[keras]'."
    )
    with says(sentence, ExtraError):
        read_keras(written)
    with says(sentence, ExtraError):
        write_keras(SMALL, random_weights(SMALL), written)
