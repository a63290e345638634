"""Every command and every line of Python in the README and the pages of docs runs, in order, at a
small size; the lessons have a test of their own.
"""

import re
import socket
import textwrap
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from echoscope import Store
from echoscope.cli import status
from echoscope.lab import controls, layers, studying, trying, work
from echoscope.registry import kind_of, models
from here import scored, train_here
from test_figures import grid
from test_lessons import SMALL, commands, every_command, smaller, untrained
from test_plugins import only_here

ROOT = Path(__file__).parent.parent
REFERENCE, STUDIES = ROOT / "docs" / "reference.md", ROOT / "docs" / "studies.md"
PLUGINS, LAB = ROOT / "docs" / "plugins.md", ROOT / "docs" / "lab.md"
PAGES = (ROOT / "README.md", REFERENCE)
FIRST = "run lag --fit quick --vocab-size 256 --epochs 3 --units 4 --seeds 2"
OF_PLUGINS = {**SMALL, "--seeds": "1"}
# what a page trains until it is solved, for a moment only
SMALLER = {
    REFERENCE: {"lag=2)": "lag=2, units=4, epochs=3)"},
    STUDIES: {'"lag": "1..4", "units": [8, 16]}': '"lag": "1..2", "units": [4], "epochs": [3]}'},
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
    monkeypatch.setattr("echoscope.measure.budget.LEAST", 1.0)
    monkeypatch.setattr("echoscope.measure.search.scoring.Scorer.scores", scored)
    train_here(monkeypatch)
    return tmp_path


def keep_grid() -> None:
    """The runs that the reference evaluates, and that nobody trained."""
    for model in ("lstm", "gru"):
        for run in grid(lags=(1, 5), units=(4, 32), model=model, vocab_size=10, window=20):
            Store("echoes").add(run)


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
    if page == REFERENCE:
        keep_grid()
    else:
        assert status(FIRST.split()) == 0
    lines = commands(page)
    assert lines
    for command in lines:
        small = chain(*smaller(command, page).items())
        assert status([*command, *small]) == 0, (command, capsys.readouterr().err)
        if command[0] in ("run", "sweep"):
            assert status(untrained(command)) == 0, (command, capsys.readouterr().err)


def test_the_commands_of_the_page_of_plugins_run(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = {"run": OF_PLUGINS, "sweep": {**OF_PLUGINS, "--workers": "1"}}
    with only_here():
        for command in commands(PLUGINS):
            flags = small.get(command[0], {}) | ({"--bits": "2,3"} if "--bits" in command else {})
            assert status([*command, *chain(*flags.items())]) == 0, capsys.readouterr().err


def test_the_commands_of_the_page_of_the_lab_run(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lab itself serves until it is ended: here it is served to nobody."""
    served: list[tuple[str, ...]] = []

    def serve(_: Store, place: socket.socket, ready: object, layers: tuple[str, ...]) -> None:
        served.append(layers)
        place.close()

    monkeypatch.setattr("echoscope.lab.server.serve", serve)
    for command in every_command(LAB):
        small = chain(*smaller(command, LAB).items()) if command[0] == "run" else ()
        assert status([*command, *small]) == 0, (command, capsys.readouterr().err)
    assert served == [(), ("examples/my_layer.py:MyCell",)]


def test_the_page_of_the_lab_has_its_bounds_and_its_pictures() -> None:
    text = LAB.read_text()
    rows = dict(re.findall(r"^\| `?([a-z_ ,]+?)`? \| ([\d,]+) \|$", text, re.M))
    bounds = {name: int(most.replace(",", "")) for name, most in rows.items()}
    assert bounds == controls.MOST | {
        "seeds of a training": controls.MOST_SEEDS,
        "trainings, measurements and studies that go on at a time": work.MOST_AT_ONCE,
        "trainings of a study": studying.MOST_CELLS,
        "units of a layer that is measured": layers.MOST_UNITS,
        "symbols that are typed at a time": trying.MOST_SYMBOLS,
    }
    pictures = re.findall(r"\]\((pictures/[^)]+)\)", text)
    assert len(pictures) > 5
    for picture in pictures:
        assert (ROOT / "docs" / picture).is_file(), picture


@pytest.mark.parametrize("page", [REFERENCE, STUDIES], ids=lambda page: page.stem)
def test_the_python_of_a_page_runs(page: Path, place: Path) -> None:
    keep_grid()
    (place / "study.toml").write_text(textwrap.dedent(FILE))
    pieces = python_of(page)
    for whole, small in SMALLER[page].items():
        assert any(whole in piece for piece in pieces)
        pieces = [piece.replace(whole, small) for piece in pieces]
    names: dict[str, Any] = {"__name__": "__main__"}
    for piece in pieces:
        exec(compile(piece, page.name, "exec"), names)


def test_every_model_stands_on_the_page_of_models() -> None:
    page = (ROOT / "docs" / "learn" / "models.md").read_text()
    ours = [name for name in models("") if isinstance(kind_of(name).module, str)]
    assert {"lstm", "ring", "mlp"} <= set(ours)
    assert [name for name in ours if f"`{name}`" not in page] == []
