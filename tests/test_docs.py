"""Every command and every line of Python in the README and the pages of docs runs, in order, at a
small size; the lessons have a test of their own.
"""

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from echoscope.cli import status
from test_lessons import GRID, SMALL, commands

ROOT = Path(__file__).parent.parent
REFERENCE, STUDIES = ROOT / "docs" / "reference.md", ROOT / "docs" / "studies.md"
PLUGINS = ROOT / "docs" / "plugins.md"
PAGES = (ROOT / "README.md", REFERENCE)
GRID_OF_RUNS = (
    "sweep lag --fit quick --vocab-size 10 --window 20 --lag 1,5 --units 4,32 --model lstm,gru"
    " --epochs 3 --seeds 2 --workers 1"
)
# what a page trains until it is solved, for a moment only
SMALLER = {
    REFERENCE: {"lag=2)": "lag=2, epochs=60)"},
    STUDIES: {'"units": [8, 16]}': '"units": [8, 16], "epochs": [60]}'},
}
FILE = """
    preset = "lag"
    fit = "quick"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like the clone's, where a page may write."""
    for name in ("examples", "README.md"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECHOSCOPE_STORE", raising=False)
    return tmp_path


def python_of(page: Path) -> list[str]:
    """The pieces of Python of a page: indented paragraphs that follow an import of ours."""
    pieces = re.findall(r"(?:^(?: {4}.*)?\n)+", page.read_text(), re.M)
    texts = [textwrap.dedent(piece).strip() for piece in pieces]
    begun = next(at for at, text in enumerate(texts) if text.startswith(("import ", "from echo")))
    told = ("echoscope ", "pip ", "dask ", "preset =", "from dask")
    return [text for text in texts[begun:] if text and not text.startswith(told)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_run(
    page: Path, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {REFERENCE: GRID_OF_RUNS, PAGES[0]: "run lag --epochs 3"}.get(page)
    assert before is None or status(before.split()) == 0
    lines = [command for command in commands(page) if command[0] != "stream"]
    assert lines
    for command in lines:
        fewer = {"run": SMALL, "sweep": GRID}.get(command[0], {})
        small = [part for pair in fewer.items() for part in pair]
        assert status([*command, *small]) == 0, (command, capsys.readouterr().err)


def test_the_commands_of_the_page_of_plugins_run(place: Path) -> None:
    """In a process of their own, where what a plugin registers stays."""
    small = [part for pair in {**SMALL, "--workers": "1"}.items() for part in pair]
    lines = [
        [*command, *(small if command[0] == "sweep" else small[:-2] if command[0] == "run" else [])]
        for command in commands(PLUGINS)
    ]
    code = (
        "import json, sys; from echoscope.cli import status\n"
        "if __name__ == '__main__': print([status(line) for line in json.loads(sys.argv[1])])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(lines)], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == str([0] * len(lines)), done.stderr


@pytest.mark.parametrize("page", [REFERENCE, STUDIES], ids=lambda page: page.stem)
def test_the_python_of_a_page_runs(page: Path, place: Path) -> None:
    assert status(GRID_OF_RUNS.split()) == 0
    (place / "study.toml").write_text(textwrap.dedent(FILE))
    pieces = python_of(page)
    for whole, small in SMALLER[page].items():
        assert any(whole in piece for piece in pieces)
        pieces = [piece.replace(whole, small) for piece in pieces]
    names: dict[str, Any] = {"__name__": "page"}
    for piece in pieces:
        exec(compile(piece, page.name, "exec"), names)
