"""A `.keras` file that is damaged, or made to do harm: a sentence each, and nothing of it read that
need not be.
"""

import io
import json
import os
import random
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from damaged_json import damage
from echoscope import EchoscopeError, StoreError, preset, read_keras, write_keras
from echoscope.cli import status
from networks import first_weights

os.environ.setdefault("KERAS_BACKEND", "jax")
keras: Any = import_module("keras")  # once its backend is chosen

KERNEL = "layers/lstm/cell/vars/0"
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The parts of a good file."""
    path = tmp_path_factory.mktemp("good") / "echo.keras"
    experiment = preset("lag", vocab_size=7, units=3, window=4, stateful=False)
    write_keras(experiment, first_weights(experiment), path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Parts, path: Path, how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def edited(parts: Parts, edit: Callable[[Any], None]) -> Parts:
    """The parts with a change of the weights file."""
    content = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(content, "r+") as file:
        edit(file)
    return parts | {"model.weights.h5": content.getvalue()}


def refusal(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is said of a file that Keras is never asked to load."""
    with monkeypatch.context() as patch:
        patch.setattr(
            keras.saving, "load_model", lambda *_args, **_options: pytest.fail("Keras was asked")
        )
        with pytest.raises(StoreError) as caught:
            read_keras(path)
    return str(caught.value)


# Declared sizes


def test_a_file_that_would_unpack_to_much_more_than_it_is_is_not_read(
    whole: Parts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("echoscope.formats.keras.archive.ROOM", 1_000_000)
    zeros = whole | {"model.weights.h5": bytes(5_000_000)}
    path = packed(zeros, tmp_path / "echo.keras", zipfile.ZIP_DEFLATED)
    unpacked = sum(map(len, zeros.values()))
    text = (
        f"{path} has {path.stat().st_size:,} bytes and would unpack to {unpacked:,}, which no"
        " trained weights do: save the model again with model.save of Keras 3."
    )
    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("a part was read"))
        assert refusal(path, monkeypatch) == text
    assert status(["import", str(path), "lag", "--store", str(tmp_path / "store")]) == 2
    assert capsys.readouterr().err == f"echoscope: {text}\n"
    assert not (tmp_path / "store").exists()
    read_keras(packed(whole, path, zipfile.ZIP_DEFLATED))  # packed, but no more than weights are


def test_what_a_part_declares_is_the_most_that_is_read_of_it(
    whole: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A packed part of five million zeros that declares a thousand."""
    path = packed(
        whole | {"model.weights.h5": bytes(5_000_000)},
        tmp_path / "echo.keras",
        zipfile.ZIP_DEFLATED,
    )
    length = (5_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(length, (1000).to_bytes(4, "little")))
    assert "is damaged or of another version (model.weights.h5: " in refusal(path, monkeypatch)


def test_weights_packed_inside_their_own_file_are_counted_too(
    whole: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edit(file: Any) -> None:
        file.create_dataset(
            "more",
            shape=(1_000_000, 1_000_000),
            dtype="f4",
            chunks=(1000, 1000),
            compression="gzip",
        )

    path = packed(edited(whole, edit), tmp_path / "echo.keras")
    assert "model.weights.h5 would unpack to 4,000,000,000,640 bytes" in refusal(path, monkeypatch)


@pytest.mark.parametrize(("setting", "value"), [("units", 10**6), ("units", 10**30)])
def test_layers_that_ask_for_more_weights_than_there_are_are_not_built(
    setting: str, value: int, whole: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads(whole["config.json"])
    config["config"]["layers"][1]["config"][setting] = value
    path = packed(whole | {"config.json": json.dumps(config).encode()}, tmp_path / "echo.keras")
    assert "its layers ask for at least " in refusal(path, monkeypatch)


# Parts and weights


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda file: file.__delitem__(KERNEL), "ask for at least 141 weights, and it has 76"),
        (
            lambda file: _put(file, file[KERNEL][()].astype("f2")),
            "must be float32, not float16",
        ),
        (
            lambda file: _put(file, file[KERNEL][()].astype("i4")),
            "must be float32, not int32",
        ),
        (
            lambda file: _put(file, h5py.ExternalLink("other.h5", "/x")),
            f"names another file or place at {KERNEL}",
        ),
        (
            lambda file: _put(file, h5py.SoftLink("/layers/dense/vars/0")),
            f"names another file or place at {KERNEL}",
        ),
    ],
)
def test_weights_that_are_elsewhere_or_of_another_kind_are_refused(
    edit: Any, text: str, whole: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert text in refusal(packed(edited(whole, edit), tmp_path / "echo.keras"), monkeypatch)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (
            lambda file: _put(file, np.full((7, 12), np.nan, "f4")),
            "has weights layer1.kernel that are not all finite",
        ),
        (
            lambda file: _put(file, np.full((7, 12), np.inf, "f4")),
            "has weights layer1.kernel that are not all finite",
        ),
        (
            lambda file: _put(file, np.ones((12, 7), "f4")),
            "is damaged or of another version (Keras ",
        ),
    ],
)
def test_weights_that_no_training_leaves_are_refused(
    edit: Any, text: str, whole: Parts, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=r".*") as caught:
        read_keras(packed(edited(whole, edit), tmp_path / "echo.keras"))
    assert text in str(caught.value)


def _put(file: Any, content: Any) -> None:
    del file[KERNEL]
    file[KERNEL] = content


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_part_that_is_missing_or_twice_there_is_refused(
    name: str, whole: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    initial_state = {part: content for part, content in whole.items() if part != name}
    text = refusal(packed(initial_state, tmp_path / "echo.keras"), monkeypatch)
    assert ("it has no model.weights.h5" in text) == (name != "config.json")
    path = packed(whole, tmp_path / "echo.keras")
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(name, whole[name])
    assert "is not a Keras file" in refusal(path, monkeypatch)


def test_a_config_without_end_is_refused(
    whole: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in (b"[" * 200_000, b'{"a":' * 200_000, b"9" * 10_000, b'{"a": "\xff"}'):
        path = packed(whole | {"config.json": content}, tmp_path / "echo.keras")
        assert "is not a Keras file" in refusal(path, monkeypatch)


@pytest.mark.parametrize(
    ("place", "setting", "value"),
    [
        (0, "batch_shape", 7),
        (0, "batch_shape", "x"),
        (1, "units", [3]),
        (1, "units", None),
        (2, "units", "7"),
    ],
)
def test_a_layer_of_other_words_is_refused(
    place: int, setting: str, value: Any, whole: Parts, tmp_path: Path
) -> None:
    config = json.loads(whole["config.json"])
    config["config"]["layers"][place]["config"][setting] = value
    with pytest.raises(
        StoreError,
        match=r"is damaged or of another version \(Keras \S+ cannot load it: \w+\): save",
    ):
        read_keras(
            packed(whole | {"config.json": json.dumps(config).encode()}, tmp_path / "echo.keras")
        )


def test_any_damage_gets_a_sentence_or_does_not_matter(whole: Parts, tmp_path: Path) -> None:
    chance, path, text = random.Random(1), tmp_path / "echo.keras", []
    good = packed(whole, path).read_bytes()
    for turn in range(80):
        if turn % 2:
            config = json.loads(whole["config.json"])
            damage(config, chance)
            packed(whole | {"config.json": json.dumps(config).encode()}, path)
        else:
            place = chance.randrange(len(good))
            path.write_bytes(
                good[:place] + chance.randbytes(chance.choice([1, 30])) + good[place + 1 :]
            )
        try:
            read_keras(path)
        except EchoscopeError as error:
            text.append(str(error))
    assert len(text) > 30
    assert all(sentence.startswith(str(path)) and sentence.endswith(".") for sentence in text)
