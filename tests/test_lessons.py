"""Every command of every lesson runs, page by page and in order, at a small size."""

import json
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from echoscope.cli import status
from echoscope.cli.options import value

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs" / "learn").glob("*.md"))
STUDIES = ROOT / "docs" / "studies.md"
KERAS = ROOT / "docs" / "learn" / "keras.md"
SMALL = {"--epochs": "3", "--units": "4", "--seeds": "2"}
GRID = {**SMALL, "--lag": "1..2", "--model": "lstm", "--workers": "1"}


def commands(page: Path) -> list[list[str]]:
    lines = [line for line in page.read_text().splitlines() if line.startswith("    echoscope ")]
    return [shlex.split(line)[1:] for line in lines if "--dask" not in line]  # test_cluster has one


@pytest.mark.parametrize("page", [*PAGES, STUDIES], ids=lambda page: page.stem)
def test_a_lesson_s_commands_run(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHOSCOPE_STORE", str(tmp_path))
    monkeypatch.chdir(tmp_path if page in (STUDIES, KERAS) else ROOT)
    for command in commands(page):
        fewer = {"run": SMALL, "sweep": GRID}.get(command[0], {})
        small = [part for pair in fewer.items() for part in pair]
        small = ["--integers", "1000"] if command[0] in ("evaluate", "confusion") else small
        if command[0] == "stream":
            continue  # reads standard input; test_cli talks to it
        assert status([*command, *small, "--json"]) == 0, (command, capsys.readouterr().err)
        result = json.loads(capsys.readouterr().out)
        if command[0] == "run":
            told = dict(pairwise(command))
            for run in result["runs"]:
                fit = run["experiment"]["training"]
                assert run["epochs"] == fit["epochs"] == 3
                assert all(
                    fit[setting] == value(told[f"--{setting}"])
                    for setting in ("state", "sampling")
                    if f"--{setting}" in told
                )
            assert 0 <= result["accuracy_low"] <= result["accuracy"] <= result["accuracy_high"] <= 1


def test_every_lesson_is_in_the_list_and_has_its_picture_and_table() -> None:
    listed = (ROOT / "docs" / "learn" / "README.md").read_text()
    for page in PAGES:
        text = page.read_text()
        if page.stem not in ("README", "keras"):
            assert f"({page.name})" in listed
            assert commands(page), page
            assert "95 % interval" in text or "results" in text
        for link in [part.split(")")[0].split("#")[0] for part in text.split("](")[1:]]:
            assert not link or (page.parent / link).exists(), (page.name, link)
