"""The command `sweep`: a grid trained group by group, gone on with, and judged."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from echoscope import Store
from echoscope.cli import status

GRID = [
    "sweep",
    "lag",
    "--fit",
    "quick",
    "--symbols",
    "3",
    "--epochs",
    "40",
    "--units",
    "4,6",
    "--lag",
    "1..2",
    "--seeds",
    "2",
]


def document(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert status([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_grid_is_trained_and_gone_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", str(tmp_path / "store")]
    planned = document(capsys, *GRID, *store, "--dry-run")
    assert (planned["cells"], planned["left"], planned["groups"], planned["summary"]) == (8, 8, [4, 4], [])
    assert not (tmp_path / "store").exists()
    document(capsys, *GRID[:-4], "--lag", "1", "--seeds", "1", *store)
    before = {record.id: record.created for record in Store(tmp_path / "store").records()}
    assert len(before) == 2
    found = document(capsys, *GRID, *store)
    assert (found["left"], found["groups"]) == (6, [3, 3])
    assert [part["words"] for part in found["summary"]] == [
        {"lag": lag, "units": units} for lag in ([1], [2]) for units in (4, 6)
    ]
    assert [part["runs"]["number"] for part in found["summary"]] == [2] * 4
    records = Store(tmp_path / "store").records()
    assert len(records) == 8
    assert {record.id: record.created for record in records}.items() >= before.items()
    assert {record.group for record in records} == {1, 3}
    assert status([*GRID, *store]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "lag 1, 2, units 4, 6; 2 seeds: 8 cells"
    assert said[1].strip() == "8 trained before, 0 left in 0 groups of one compiled program each"


def test_a_study_file_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "study.toml"
    file.write_text(
        'preset = "lag"\nfit = "quick"\nseeds = 2\n[words]\nsymbols = 3\nepochs = 40\nunits = [4, 6]\nlag = "1..2"\n'
    )
    store = ["--store", str(tmp_path / "store"), "--dry-run"]
    one, other = document(capsys, "sweep", str(file), *store), document(capsys, *GRID, *store)
    assert one["id"] == other["id"]
    assert one["groups"] == other["groups"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("sweep lagg --lag 1..2", "preset 'lagg' is not known: did you mean 'lag'?"),
        ("sweep whole --lag 3..5", "The cell lag 5 cannot be: lag 5 asks for nothing inside a window of 5: use a lag of at "
         "most 4, or a longer window."),
        ("sweep lag --seeds 0", "seeds must be an integer from 1 to 1000, not 0."),
        ("sweep study.toml --lag 1", "A study file says all words of its study: leave --lag out, or write it there."),
    ],
)  # fmt: skip
def test_refusals(words: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status([*words.split(), "--store", str(tmp_path / "store")]) == 2
    assert capsys.readouterr().err == f"echoscope: {sentence}\n"
    assert not (tmp_path / "store").exists()


def test_an_interrupt_ends_a_sweep_and_the_next_one_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = (
        "import os, signal; from echoscope.training import Training; first = Training.__next__\n"
        "def following(self): found = first(self); os.kill(os.getpid(), signal.SIGINT); return found\n"
        "Training.__next__ = following; from echoscope.cli import main; main()"
    )
    words = [*GRID, "--store", str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", code, *words, "--epochs", "100"], capture_output=True, text=True,
                          check=False, env=os.environ)  # fmt: skip
    assert done.returncode == 128 + signal.SIGINT
    assert [record.outcome for record in Store(tmp_path).records()] == ["interrupted"] * 4
    found = document(capsys, *words, "--epochs", "100")
    assert found["left"] == 8
    assert {record.outcome for record in Store(tmp_path).records()} <= {"done", "solved"}
