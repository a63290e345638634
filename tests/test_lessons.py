"""Every command of every lesson runs, page by page and in order, at a small size."""

import json
import re
import shlex
import sys
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest

from echoscope.cli import status
from echoscope.studies.axis import value_of, values_of
from here import train_here

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs" / "learn").glob("*.md"))
STUDIES = ROOT / "docs" / "studies.md"
KERAS = ROOT / "docs" / "learn" / "keras.md"
SMALL = {"--epochs": "3", "--units": "4", "--seeds": "2"}
OWN = {**SMALL, "--window": "1,2", "--workers": "1"}  # a study of user data
GRID = {**SMALL, "--lag": "1..2", "--model": "lstm", "--workers": "1"}
LONGEST = "24"  # the longest window of a lesson, in which the lags of all have their place
APART = {"--seed", "--task", "--training"}  # of two seeds, and what has settings inside it


def commands(page: Path) -> list[list[str]]:
    """A page's commands, but for one that test_cluster has, those that read standard input, to
    which test_cli talks, and the lab, which test_lab begins.
    """
    return [command for command in every_command(page) if command[0] not in ("stream", "lab")]


def every_command(page: Path) -> list[list[str]]:
    """The same with those."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("    echoscope ")]
    return [shlex.split(line)[1:] for line in lines if "--dask" not in line]


def smaller(command: list[str], page: Path) -> dict[str, str]:
    """The flags with which a command runs in a moment. Pages share their sizes, and so programs;
    only where one goes on with a network, its window stays that of the page.
    """
    if command[0] in ("evaluate", "confusion"):
        return {"--integers": "1000"}
    if command[0] in ("measure", "compare"):
        return {"--units": "4", "--budget": "2s"}
    if command[0] == "watch":
        return {"--units": "4", "--epochs": "3", "--frames": "2"}
    if command[0] != "run":
        grid = OWN if "--file" in command else GRID
        return grid if command[0] == "sweep" else {}
    sizes = {} if "quick" in command else {"--batch-size": "4"}
    if not {"--file", "--text"} & {*command}:
        sizes["--vocab-size"] = "256"
    typed = {"predict", "generate"} & {line[0] for line in commands(page)}
    if "quick" in command and "none" not in command and not typed:
        sizes["--window"] = LONGEST
    return SMALL | sizes


def untrained(command: list[str]) -> list[str]:
    """What says how a command would train that is taken as its page has it."""
    return ["explain", *command[1:]] if command[0] == "run" else [*command, "--dry-run"]


def settings(experiment: dict[str, Any]) -> dict[str, Any]:
    """Every setting by its flag."""
    parts = {**experiment, **experiment["task"], **experiment["training"]}
    return {f"--{name.replace('_', '-')}": value for name, value in parts.items()}


def said_by(command: list[str]) -> dict[str, Any]:
    """What a command's flags say, as values."""
    texts = {flag: text for flag, text in pairwise(command) if flag.startswith("--")}
    texts.pop("--target-columns", None)  # columns by their names, which settings have as numbers
    return {
        flag: [*chain(*values_of("lag", text))] if flag == "--lag" else value_of(text)
        for flag, text in texts.items()
    }


@pytest.mark.parametrize("page", [*PAGES, STUDIES], ids=lambda page: page.stem)
def test_a_lesson_s_commands_run(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def printed(*command: str) -> dict[str, Any]:
        assert status([*command, "--json"]) == 0, (command, capsys.readouterr().err)
        return json.loads(capsys.readouterr().out)

    train_here(monkeypatch)
    monkeypatch.setenv("ECHOSCOPE_STORE", str(tmp_path))
    monkeypatch.chdir(tmp_path if page in (STUDIES, KERAS) else ROOT)
    if page == STUDIES:
        (tmp_path / "examples").symlink_to(ROOT / "examples")
    for command in commands(page):
        small = smaller(command, page)
        if "--save" in command:  # not where the page's own picture is
            small["--save"] = str(tmp_path / command[command.index("--save") + 1])
        result = printed(*command, *chain(*small.items()))
        if command[0] in ("run", "sweep"):
            told = printed(*untrained(command))
        if command[0] == "run":
            asked = settings(told["experiment"])
            said = said_by(command)
            flags = {flag: said[flag] for flag in said if flag in {*asked} - {*small}}
            for run in result["runs"]:
                trained = settings(run["experiment"])
                assert run["epochs"] == trained["--epochs"] == 3
                assert all(trained[flag] == text for flag, text in flags.items())
                assert {name for name in asked if asked[name] != trained[name]} <= {*small} | APART
            assert 0 <= result["accuracy_low"] <= result["accuracy"] <= result["accuracy_high"] <= 1


def test_every_lesson_is_in_the_list_and_has_its_table_and_the_lab_at_it() -> None:
    """Its picture and its link are those that `docs/make_lab.py` draws."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from make_lab import LESSONS, MOST_BYTES, PICTURES
    finally:
        sys.path.pop(0)
    listed = (ROOT / "docs" / "learn" / "README.md").read_text()
    pages = {page.stem: page for page in PAGES if page.stem not in ("README", "keras")}
    assert pages.keys() == LESSONS.keys()
    for name, page in pages.items():
        text = page.read_text()
        assert f"({page.name})" in listed
        assert commands(page), page
        assert "95 % interval" in text or "results" in text
        assert text.count(f"](../pictures/lab/lesson-{name}.webp)") == 1
        assert (PICTURES / f"lesson-{name}.webp").stat().st_size <= MOST_BYTES
        opening = [LESSONS[name].link, *(f"train?{each}" for each in LESSONS[name].trained)]
        assert re.findall(r"`#(\w+[?][^`]+|try)`", text)[-1] in opening, name
