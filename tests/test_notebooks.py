"""The notebooks in examples/: every cell runs and shows itself, and says what the commands say."""

import json
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import echoscope
from echoscope.cli import status
from here import train_here
from test_display import page

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
Names = dict[str, Any]


@cache
def opened(name: str) -> Any:
    """A notebook as the module that it is; marimo is loaded with the first one."""
    spec = spec_from_file_location(f"notebook_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name: str, **controls: object) -> tuple[str, Names]:
    """What the cells of a notebook show, and what they define, with its controls put somewhere."""
    there = {control: SimpleNamespace(value=value) for control, value in controls.items()}
    outputs, names = opened(name).app.run(defs=there)
    return "\n".join(shown(output) for output in outputs if output is not None), dict(names)


def shown(output: Any) -> str:
    """What a cell shows: ours runs nothing and asks no host."""
    if not type(output).__module__.startswith("echoscope."):
        return str(import_module("marimo").as_html(output).text)
    if hasattr(output, "_repr_html_"):
        return page(output)
    return output._repr_mimebundle_()["image/svg+xml"]


def told(command: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command says as JSON."""
    capsys.readouterr()
    assert status([*command, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    train_here(monkeypatch)
    monkeypatch.setenv("ECHOSCOPE_STORE", str(tmp_path))


def test_the_learner_s_notebook_trains_what_the_command_trains(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text, names = run("learner", which="current", lag=1, units=4, moment=1, typed="7, 0 99")
    trained, known = names["run"], told(["run", "current", "--fit", "quick"], capsys)
    assert (trained.id, trained.accuracy) == (known["id"], known["accuracy"])
    assert trained.accuracy_low > 10 * trained.chance
    assert names["prediction"].predictions.ravel().tolist() == [7, 0, 99]
    assert f"took {trained.steps:,} updates" in text
    assert f"<b>Run {trained.id}: current" in text
    assert "3 windows, 100.00% of 3 right" in text
    film = names["film"]
    assert f"step {film.frames[1].step}," in text
    assert "1 of 1 targets can arrive by no path" in text


def test_the_practitioner_s_notebook_says_what_the_commands_say(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text, names = run("practitioner", chosen={"source": "melody.csv"}, window=2)
    path = str(EXAMPLES / "melody.csv")
    known = told(["inspect", path], capsys)
    assert names["inspection"].verdict == known["verdict"]
    assert names["inspection"].window == 7
    command = ["run", "lag", "--fit", "quick", "--file", path, "--lag", "-1", "--window", "2"]
    trained, known = names["run"], told(command, capsys)
    assert (trained.id, trained.accuracy) == (known["id"], known["accuracy"])
    assert names["beside"].best.name in text
    notes = set(names["data"].recoding.values)
    assert [row["step"] for row in names["rows"]] == [1, 2, 3, 4, 5]
    assert {row["value"] for row in names["rows"]} <= notes
    assert sum(row["values"] for row in names["trusted"]) == trained.target_count
    for sequence in names["sequences"].values():
        settings = {name: value for name, value in sequence.items() if name != "bins"}
        settings["source"] = EXAMPLES / settings["source"]
        assert len(echoscope.recode(echoscope.read(**settings), bins=sequence.get("bins"))) > 50


def test_the_layer_designer_s_notebook_finds_the_fault_and_what_became_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def scores(scorer: Any, seed: int, measures: Sequence[str]) -> dict[str, float]:
        held = 31.0 if scorer.layer.identity.source.endswith("Today") else 2.0
        return dict.fromkeys(measures, held)

    monkeypatch.setattr("echoscope.measure.search.scoring.Scorer.scores", scores)
    text, names = run("layer_designer", units=4, budget="5s")
    assert [fault.name for fault in names["broken"].faults] == ["isolated"]
    assert names["sound"].faults == ()
    identity = names["report"].xray.identity
    assert (identity.source, identity.kind) == ("Today", "Today")
    assert "What was looked at" in text
    assert [item.verdict for item in names["comparison"].differences] == ["better"]
    assert "hold better (+29 [+29, +29])" in text


def test_a_cell_that_fails_fails_its_notebook() -> None:
    with pytest.raises(echoscope.IntegerError, match=r"nowhere\.csv"):
        run("practitioner", chosen={"source": "nowhere.csv"}, window=2)


def test_marimo_comes_with_an_extra_of_its_own_and_with_the_tests() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (asked,) = extras["optional-dependencies"]["notebook"]
    assert asked.startswith("marimo>=")
    assert asked in extras["optional-dependencies"]["test"]
