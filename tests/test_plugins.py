"""Layers from outside the package: by a file, and by an entry point."""

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from echoscope import SettingError, Store, Sweep, preset, register_layer, registry
from echoscope.cli import status
from echoscope.studies.grid import Study

FILE = Path(__file__).parent.parent / "examples" / "leaky.py"
SMALL = ["--fit", "quick", "--vocab-size", "5", "--units", "8", "--epochs", "60"]


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "LAYERS", registry.LAYERS)
    monkeypatch.setenv(registry.FILES, "")
    before = dict(registry.LAYERS)
    yield
    registry.LAYERS.clear()
    registry.LAYERS.update(before)
    registry.load_installed.cache_clear()


def test_the_example_is_short() -> None:
    assert len(FILE.read_text().splitlines()) <= 36
    body = FILE.read_text().split('"""', 2)[2].strip().splitlines()
    assert len(body) <= 30


def test_a_file_s_layer_is_trained_swept_and_used(tmp_path: Path) -> None:
    store = str(tmp_path / "echoes")
    command = [sys.executable, "-m", "echoscope"]
    plugin = ["--plugin", str(FILE), "--store", store]
    swept = ["sweep", "lag", *SMALL, "--model", "leaky,rnn", "--seeds", "1", "--json"]
    done = subprocess.run([*command, *swept, *plugin], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["trained"] == 2
    ids = Store(store).table("model = 'leaky'", names=["id"])["id"]
    predict = ["predict", "1", "2", "3", "4", "0", "--json", "--run", ids[0]]
    said = subprocess.run([*command, *predict, *plugin], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout)["targets"] == [4]
    without = subprocess.run(
        [*command, *predict, "--store", store], capture_output=True, text=True, check=False
    )
    assert without.returncode == 2
    assert without.stderr == (
        f"echoscope: Run {ids[0]} in {Path(store) / 'runs.sqlite'} is of model 'leaky', which is"
        " not there: name the file that registers it with --plugin.\n"
    )


def test_an_entry_point_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "their_layers.py").write_text(FILE.read_text())
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint("leaky", "their_layers", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    assert preset("lag", model="leaky").model == "leaky"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1/0", "ZeroDivisionError: division by zero"),
        (None, "FileNotFoundError: "),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_a_file_that_fails_is_said(
    text: str | None, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.py"
    if text is not None:
        file.write_text(text)
    assert status(["explain", "lag", "--plugin", str(file)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"echoscope: plugin {file} cannot be used ({why}")
    assert error.endswith("): name a Python file that registers a layer.\n")


def test_our_own_names_are_taken() -> None:
    with pytest.raises(SettingError, match="model lstm is there already"):
        register_layer("lstm", None)
    with pytest.raises(SettingError, match="model nobody is not there"):
        registry.kind_of("nobody")


def test_python_registers_and_sweeps_here(tmp_path: Path) -> None:
    registry.load_file(str(FILE))
    assert str(FILE) in os.environ[registry.FILES]
    study = Study(
        preset="lag", fit="quick", seeds=1, axes={"model": "leaky", "vocab_size": 5, "epochs": 20}
    )
    from concurrent.futures import ThreadPoolExecutor

    *_, last = Sweep(study, Store(tmp_path), executor=ThreadPoolExecutor(1))
    assert last.done == 1
