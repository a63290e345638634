"""Every command of every lesson runs, at a small size."""

import json
from pathlib import Path

import pytest

from echoscope.cli import status

LESSONS = Path(__file__).parent.parent / "docs" / "learn"
COMMANDS = [
    pytest.param(line.split()[1:], id=line.strip())
    for page in sorted(LESSONS.glob("*.md"))
    for line in page.read_text().splitlines()
    if line.startswith("    echoscope run ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_lesson_s_command_runs(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--epochs", "3", "--units", "4", "--symbols", "6", "--seeds", "2"]
    assert status([*command, *small, "--json", "--store", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [run["steps"] for run in found["runs"]] == [3, 3]
    assert 0 <= found["score_low"] <= found["score"] <= found["score_high"] <= 1
