"""`echoscope export` and `import`: what of a Keras file becomes a run, and what is said of it."""

import os
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import echoscope
from echoscope.cli import status
from echoscope.store import migrations

os.environ.setdefault("KERAS_BACKEND", "jax")
keras: Any = import_module("keras")  # once its backend is chosen
layers = keras.layers


def network(seed: int = 0) -> Any:
    """A network of the tutorials', which nobody trained."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((3, 5)), layers.LSTM(4), layers.Dense(5, activation="softmax")])


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """A command's status and what it printed: to standard output, and of errors."""
    capsys.readouterr()
    code = status(list(map(str, words)))
    return code, *capsys.readouterr()


# Identity


def test_two_networks_of_equal_settings_are_two_runs_and_one_twice_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, name in ((0, "one"), (1, "other"), (0, "again")):
        network(seed).save(tmp_path / f"{name}.keras")
        code, _, err = said(capsys, "import", tmp_path / f"{name}.keras", "lag", "--store", tmp_path / "store")
        assert (code, err) == (0, "")
    store = echoscope.Store(tmp_path / "store")
    ids = store.ids()
    assert len(ids) == 2
    named = {store.find(identity).experiment.imported for identity in ids}
    assert len(named) == 2
    assert named == set(store.table()["imported"])
    for identity in ids:
        record = store.find(identity)
        assert echoscope.Record.from_json(record.to_json()) == record
        code, out, err = said(capsys, "show", identity, "--store", tmp_path / "store")
        assert (code, err) == (0, "")
        assert f"imported {record.experiment.imported}" in out
    kernels = [store.weights(store.find(identity))["heard.kernel"] for identity in ids]
    assert not np.array_equal(*kernels)


def test_what_was_not_imported_keeps_its_identity() -> None:
    assert [echoscope.preset(name).id for name in echoscope.PRESETS] == [
        "51d0d4441841", "11c4779a21db", "44136fa355b3", "9b6de79bb5fa", "51fc8cf5872d",
    ]  # fmt: skip
    assert "imported" not in echoscope.preset("lag").said()


def test_imported_weights_are_not_trained() -> None:
    with pytest.raises(echoscope.WordError, match="were imported, so no training makes them"):
        echoscope.train(echoscope.preset("lag", imported="0123456789ab"))
    with pytest.raises(echoscope.WordError, match="imported must be none or the 12 hexadecimal digits"):
        echoscope.preset("lag", imported="net.keras")


def test_a_store_from_before_learns_the_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = migrations.MIGRATIONS[:1]
    monkeypatch.setattr("echoscope.store.database.MIGRATIONS", old)
    from echoscope.store.database import writing

    with writing(tmp_path) as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchone() == (0,)
    monkeypatch.undo()
    assert echoscope.Store(tmp_path).table()["imported"] == []
    with closing(sqlite3.connect(tmp_path / "records.sqlite")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(migrations.MIGRATIONS),)
