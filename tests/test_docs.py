"""Every command and every line of Python in the README and the pages of docs runs, in order, at a
small size; the lessons have a test of their own.
"""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from echoscope.cli import status
from test_lessons import GRID, SMALL, commands

ROOT = Path(__file__).parent.parent
REFERENCE, STUDIES = ROOT / "docs" / "reference.md", ROOT / "docs" / "studies.md"
PAGES = (ROOT / "README.md", ROOT / "docs" / "plugins.md", REFERENCE)
GRID_OF_RUNS = (
    "sweep lag --fit quick --vocab-size 10 --window 20 --lag 1,5 --units 4,32 --model lstm,gru"
    " --epochs 3 --seeds 2 --workers 1"
)
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
    of_plugins = {**SMALL, "--workers": "1"}  # whose models, lags and bits are its own
    sweep = of_plugins if page.stem == "plugins" else GRID
    lines = [command for command in commands(page) if command[0] != "stream"]
    assert lines
    for command in lines:
        fewer = {"run": SMALL, "sweep": sweep}.get(command[0], {})
        small = [part for pair in fewer.items() for part in pair]
        assert status([*command, *small]) == 0, (command, capsys.readouterr().err)


@pytest.mark.parametrize("page", [REFERENCE, STUDIES], ids=lambda page: page.stem)
def test_the_python_of_a_page_runs(page: Path, place: Path) -> None:
    assert status(GRID_OF_RUNS.split()) == 0
    (place / "study.toml").write_text(textwrap.dedent(FILE))
    pieces = python_of(page)
    assert pieces
    names: dict[str, Any] = {"__name__": "page"}
    for piece in pieces:
        exec(compile(piece, page.name, "exec"), names)
