"""What values may do to a terminal: nothing. A pipe would prove nothing, for click takes escapes
out of what it pipes.
"""

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from echoscope import Store
from echoscope.cli import status
from test_summary import a_run

EVIL = "\x1b[5m\x1b]0;mine\x07"
SHOWN = r"\x1b[5m"
CODE = (
    "import json, sys; from echoscope.cli import status; print(*[status(settings) for settings in"
    " json.loads(sys.argv[1])])"
)


def on_terminal(*commands: list[str], cwd: Path) -> str:
    """What these commands print on a terminal, and at the end the exit status of each."""
    mine, theirs = pty.openpty()
    environment = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")
    }
    with subprocess.Popen(
        [sys.executable, "-c", CODE, json.dumps(commands)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env=environment | {"TERM": "xterm", "COLUMNS": "200"},
    ):
        os.close(theirs)
        text = b""
        while True:
            try:
                part = os.read(mine, 65536)
            except OSError:  # Linux says so that the other end is closed
                break
            if not part:
                break
            text += part
    os.close(mine)
    return text.decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose texts obey nobody, a file whose name and heading do not either."""
    folder = tmp_path_factory.mktemp("terminal")
    texts = {
        "device": f"cpu{EVIL}",
        "created": f"2027{EVIL[:4]}",
        "versions": {"jax": EVIL},
        "rule": f"map-last{EVIL}",
    }
    store = Store(folder / "store")
    store.add(replace(a_run(0.9, data="0123456789ab"), source=f"own{EVIL}.csv", **texts))
    Store(folder / f"failed{EVIL}").add(a_run(0.9, seed=1))
    Store(folder / f"failed{EVIL}").add(
        replace(a_run(None), outcome="failed", reason=f"lost{EVIL}", **texts)
    )
    (folder / f"name{EVIL}.csv").write_text(f"read{EVIL},other\n" + "1,0\n0,1\n" * 60)
    return folder


COMMANDS = {
    "show": (["show", "--store", "store"], 0),
    "show failed": (["show", "--store", f"failed{EVIL}"], 0),
    "runs": (["runs", "--store", "store"], 0),
    "summary": (["summary", "--store", f"failed{EVIL}"], 0),
    "explain": (
        ["explain", "lag", "--file", f"name{EVIL}.csv", "--column", "other", "--window", "5"],
        0,
    ),
    "no run": (["show", f"a{EVIL}", "--store", "store"], 2),
    "no store": (["runs", "--store", f"a{EVIL}"], 0),
    "no such condition": (["runs", "--where", f"units = '{EVIL}'", "--store", "store"], 0),
    "no file": (["run", "lag", "--file", f"a{EVIL}.csv"], 2),
    "no column": (["run", "lag", "--file", f"name{EVIL}.csv", "--column", "a"], 2),
    "no text": (["run", "lag", "--text", f"a{EVIL}"], 2),
    "no command": ([f"a{EVIL}"], 2),
    "no option": (["run", f"--a{EVIL}"], 2),
    "no figure": (["figure", "curves", f"a{EVIL}", "--store", "store"], 2),
    "no merge": (["merge", f"a{EVIL}", "--store", "store"], 2),
    "import": (["import", f"a{EVIL}.keras", "lag"], 2),
    "run": (
        [
            "run",
            "lag",
            "--file",
            f"name{EVIL}.csv",
            "--column",
            "other",
            "--epochs",
            "1",
            "--units",
            "2",
            "--store",
            f"kept{EVIL}",
        ],
        0,
    ),
    "predict": (
        ["predict", "--file", f"name{EVIL}.csv", "--column", "3", "--store", f"kept{EVIL}"],
        2,
    ),
}


@pytest.fixture(scope="module")
def printed(folder: Path) -> dict[str, str]:
    """What each of them prints on a terminal."""
    marks = [["runs", "--store", f"mark {name}"] for name in COMMANDS]
    each = [
        command
        for pair in zip(marks, (settings for settings, _ in COMMANDS.values()), strict=True)
        for command in pair
    ]
    text = on_terminal(*each, cwd=folder)
    *_, ended = text.strip().splitlines()
    parts = [
        text.split(f"--store 'mark {name}'.", 1)[1].split("There is no run in mark ", 1)[0]
        for name in COMMANDS
    ]
    assert [int(item) for item in ended.split()][1::2] == [
        status for _, status in COMMANDS.values()
    ], text
    return dict(zip(COMMANDS, parts, strict=True))


@pytest.mark.parametrize("name", COMMANDS)
def test_no_value_tells_a_terminal_what_to_do(name: str, printed: dict[str, str]) -> None:
    assert SHOWN in printed[name]
    assert not [raw for raw in ("\x1b[5m", "\x1b]", "\x07") if raw in printed[name]]


def test_colours_of_our_own_stay(printed: dict[str, str]) -> None:
    assert "\x1b[1mResult" in printed["show"]
    assert "\x1b[31m\x1b[1m  error" in printed["run"]


def test_json_says_the_very_value(folder: Path) -> None:
    text = on_terminal(["show", "--store", "store", "--json"], cwd=folder)
    assert json.loads(text.splitlines()[0])["source"] == f"own{EVIL}.csv"


def test_everything_for_people_goes_through_one_outlet() -> None:
    sources = sorted((Path(__file__).parent.parent / "src" / "echoscope" / "cli").rglob("*.py"))
    free = {
        path.name: text.count("click.echo(")
        for path in sources
        if "click.echo(" in (text := path.read_text())
    }
    assert free == {
        "write.py": 1,
        "screen.py": 4,
    }  # screen.document and documents print JSON, which has its own escapes
    assert not [
        path.name
        for path in sources
        if "secho(" in path.read_text() or "print(" in path.read_text()
    ]


def test_a_file_whose_name_is_no_text_is_learned_from_and_kept(tmp_path: Path) -> None:
    path, store = tmp_path / os.fsdecode(b"n\xff.csv"), tmp_path / "store"
    path.write_text("0\n1\n" * 60)
    settings = [
        "run",
        "lag",
        "--window",
        "5",
        "--epochs",
        "1",
        "--units",
        "2",
        "--store",
        str(store),
        "--no-header",
    ]
    assert status([*settings, "--file", str(path)]) == 0
    assert Store(store).find().source == rf"{tmp_path}/n\udcff.csv"
