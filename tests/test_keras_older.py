"""Files of Keras' older format, one HDF5 file: what of them is refused or damaged, a sentence
each, before Keras is handed anything.
"""

import json
import os
import random
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from damaged_json import damage
from echoscope import EchoscopeError, StoreError, read_keras

os.environ.setdefault("KERAS_BACKEND", "jax")
keras: Any = import_module("keras")  # once its backend is chosen
layers = keras.layers

CASES = Path(__file__).parent / "cases"
KERNEL = "model_weights/low/low/lstm_cell/kernel:0"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A functional model that Keras 2 wrote: Masking, LSTM low, LSTM lstm, Dense dense_1."""
    return Path(shutil.copy(CASES / "keras2_functional.h5", tmp_path / "net.h5"))


def configured(file: Path, edit: Callable[[Any], None]) -> None:
    """Change the config of a file."""
    with h5py.File(file, "r+") as content:
        config = json.loads(content.attrs["model_config"])
        edit(config)
        content.attrs["model_config"] = json.dumps(config)


def refusal(file: Path) -> str:
    with pytest.raises(StoreError) as caught:
        read_keras(file)
    text = str(caught.value)
    assert text.startswith(f"{file} ")
    return text.removeprefix(f"{file} ")


def layer(config: Any, name: str) -> Any:
    return next(part for part in config["config"]["layers"] if part["config"]["name"] == name)


def test_a_loss_of_keras_2_is_read_like_one_of_keras_3(file: Path) -> None:
    def edit(config: Any) -> None:
        layer(config, "dense_1")["config"]["activation"] = "linear"

    configured(file, edit)
    assert "says 5 numbers without a softmax, and its loss is categorical_cross" in refusal(file)
    with h5py.File(file, "r+") as content:
        content.attrs["training_config"] = json.dumps(
            {
                "loss": {
                    "class_name": "CategoricalCrossentropy",
                    "config": {"from_logits": True},
                }
            }
        )
    assert read_keras(file).vocab_size == 5


def test_a_gru_from_before_there_was_a_choice_resets_before_its_product(tmp_path: Path) -> None:
    file = Path(shutil.copy(CASES / "keras2_sequential.h5", tmp_path / "net.h5"))

    def edit(config: Any) -> None:
        for part in (layer(config, "gru_1"), layer(config, "bidirectional")["config"]["layer"]):
            del part["config"]["reset_after"]

    configured(file, edit)
    whole, old = read_keras(CASES / "keras2_sequential.h5"), read_keras(file)
    assert old.model == "gru-before"
    assert all(np.array_equal(array, old.weights[key]) for key, array in whole.weights.items())


def a_class(name: str, kind: str, **options: Any) -> Callable[[Any], None]:
    def edit(config: Any) -> None:
        part = layer(config, name)
        part["class_name"] = kind
        part["config"] |= options

    return edit


def options(name: str, **values: Any) -> Callable[[Any], None]:
    return lambda config: layer(config, name)["config"].update(values)


def branch(config: Any) -> None:
    layer(config, "dense_1")["inbound_nodes"] = [[["low", 0, 0, {}], ["lstm", 0, 0, {}]]]


def state(config: Any) -> None:
    layer(config, "lstm")["inbound_nodes"] = [[["low", 0, 0, {"initial_state": ["low", 0, 1]}]]]


CODE = {"function": ["4wEAAAAAAAAAAAAAAAEAAAACAAAA", None, None], "function_type": "lambda"}


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (a_class("low", "Lambda", **CODE), "layer low must be LSTM, GRU, SimpleRNN, "),
        (a_class("low", "Custom>LSTM"), "of Keras alone, not Custom>LSTM: leave it out, as in "),
        (a_class("low", "CuDNNLSTM"), "of Keras alone, not CuDNNLSTM: leave it out"),
        (options("low", time_major=True), "time_major of layer low must be False, not True: build"),
        (options("low", recurrent_activation="hard_sigmoid"), "recurrent_activation of layer low "),
        (
            options("low", activation={"class_name": "theirs"}),
            "activation of layer low must be one of Keras' own, not a class: set it so in ",
        ),
        (options("lstm", return_state=True), "return_state of layer lstm must be False, not True:"),
        (options("lstm", dtype={"config": {"name": "mixed_float16"}}), "compute_dtype of layer ls"),
        (branch, "layers must be one chain from one input to one output, not outputs of layer low"),
        (state, "not layer lstm called with initial_state: cut one chain out of it with keras.Mod"),
        (options("input_1", batch_input_shape=None), "input shape must be known, so that there "),
        (lambda config: config.update(class_name="Theirs"), "model must be a Sequential or Func"),
    ],
)
def test_a_network_of_another_kind_is_refused_by_its_layer(
    edit: Callable[[Any], None], sentence: str, file: Path
) -> None:
    configured(file, edit)
    text = refusal(file)
    assert text.startswith("cannot be read, because its ")
    assert sentence in text


def _put(content: Any, value: Any) -> None:
    del content[KERNEL]
    content[KERNEL] = value


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda content: content.__delitem__(KERNEL), "its kernel of layer low is missing"),
        (lambda content: _put(content, np.ones((12, 5), "f4")), "kernel of layer low is of shape"),
        (lambda content: _put(content, np.ones((5, 12), "f2")), "lstm_cell/kernel:0 must be float"),
        (lambda content: _put(content, np.full((5, 12), np.nan, "f4")), "are not all finite"),
        (
            lambda content: _put(content, h5py.ExternalLink("other.h5", "/x")),
            f"net.h5 names another file or place at {KERNEL}",
        ),
        (
            lambda content: content.create_dataset(
                "x", (10**6, 10**6), "f4", chunks=(1000, 1000), compression="gzip"
            ),
            "net.h5 would unpack to ",
        ),
        (
            lambda content: content.create_dataset("model_weights/low/lora_kernel_a", data=[1.0]),
            "weights of layer low must be whole, not parted by LoRA: load it in Keras and save it",
        ),
        (
            lambda content: content.attrs.__delitem__("model_config"),
            "has weights and no layers: in Keras, build the network, load them with load_weights,",
        ),
        (lambda content: content.attrs.modify("model_config", "[]"), "model_config is no JSON ob"),
        (lambda content: content.attrs.modify("model_config", "{"), "version (JSONDecodeError): "),
    ],
)
def test_weights_that_are_elsewhere_or_of_another_kind_are_refused(
    edit: Callable[[Any], Any], sentence: str, file: Path
) -> None:
    with h5py.File(file, "r+") as content:
        edit(content)
    assert sentence in refusal(file)


def test_layers_that_ask_for_more_weights_than_there_are_are_not_built(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras, "Sequential", lambda *_: pytest.fail("Keras was asked"))
    configured(file, options("low", units=10**9))
    assert "layer low has 1,000,000,000 units, and weights of 12" in refusal(file)


def test_any_damage_gets_a_sentence_or_does_not_matter(file: Path) -> None:
    chance, good, sentences = random.Random(1), file.read_bytes(), []
    for turn in range(60):
        file.write_bytes(good)
        if turn % 2:
            configured(file, lambda config: damage(config, chance))
        else:
            place = chance.randrange(len(good) if turn % 4 else 4000)
            file.write_bytes(good[:place] + chance.randbytes(30) + good[place + 30 :])
        try:
            read_keras(file)
        except EchoscopeError as error:
            sentences.append(str(error))
    assert len(sentences) > 15
    assert all(text.startswith(str(file)) and text.endswith(".") for text in sentences)
