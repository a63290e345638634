"""Help: commands in the order of use, whole sentences, examples that work, within the terminal."""

import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

import echoscope
from echoscope.cli import echoscope as commands
from echoscope.cli import status
from echoscope.cli.help import Manual
from echoscope.experiment.fields import SETTINGS
from here import scored, train_here
from test_lessons import SMALL

RUN = [part for name in ("--epochs", "--units") for part in (name, SMALL[name])]
MEASURED = ["--units", "4", "--budget", "2s"]
QUICK = {
    "measure": MEASURED,
    "compare": MEASURED,
    "run": RUN,
    "watch": [*RUN, "--frames", "2"],
    "sweep": [*RUN, "--workers", "1", "--seeds", "1", "--lag", "1,2"],
}


def shown(capsys: pytest.CaptureFixture[str], *settings: str) -> str:
    assert status([*settings, "--help"]) == 0
    return capsys.readouterr().out


def test_commands_are_in_the_order_of_use_each_with_a_whole_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = shown(capsys)
    names = [
        line.split()[0]
        for line in page.partition("Start here:")[2].splitlines()
        if line.startswith("  ") and line[2].isalpha()
    ]
    assert names[:7] == ["lab", "run", "predict", "explain", "inspect", "sweep", "report"]
    assert names == list(commands.commands)
    assert "..." not in page.partition("Start here:")[2]
    assert status([]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == page.splitlines()[2:]


@pytest.mark.parametrize("wide", [40, 80, 200])
def test_help_fits(
    wide: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(wide))
    for name in ("", *commands.commands):
        lines = shown(capsys, *filter(None, [name])).splitlines()
        typed = [line for line in lines if not line.startswith("  echoscope ") and "|" not in line]
        assert max(map(len, typed)) <= wide, name
        if wide >= 80:
            assert max(map(len, lines)) <= wide, name


def test_every_command_has_examples_and_options_by_what_they_are_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, command in commands.commands.items():
        assert isinstance(command, Manual)
        assert command.examples, name
        assert all(example.startswith(f"echoscope {name}") for example in command.examples)
        page = shown(capsys, name)
        assert page.index("Examples:") < page.index("From where, and to where:")
    page = shown(capsys, "run")
    heads = [line for line in page.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert heads == [
        "Examples:",
        "The task:",
        "The task hold:",
        "The task selective-copy:",
        "The task associative-recall:",
        "The model:",
        "The training:",
        "Your own sequence:",
        "From where, and to where:",
        "Help:",
    ]


def test_examples_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the page, in one folder; trained for a moment only."""
    train_here(monkeypatch)
    monkeypatch.setattr("echoscope.measure.budget.LEAST", 1.0)
    monkeypatch.setattr("echoscope.measure.search.scoring.Scorer.scores", scored)
    monkeypatch.setattr("echoscope.lab.server.serve", lambda _, place, ready, layers: place.close())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECHOSCOPE_STORE", raising=False)
    for part in ("examples", "LICENSE"):
        (tmp_path / part).symlink_to(Path(__file__).parent.parent / part)
    (tmp_path / "note.txt").write_bytes(bytes([3, 1, 4, 1, 5, 9, 2, 6]))
    (tmp_path / "numbers.txt").write_text("1\n2\n3\n4\n5\n6\n")
    for name, command in commands.commands.items():
        assert isinstance(command, Manual)
        for example in command.examples:
            settings, _, source = example.partition(" < numbers")
            if name == "merge":
                other = echoscope.Store("other-echoes")
                other.add(echoscope.Store("echoes").find())
            with Path(f"numbers{source or '.txt'}").open() as value:
                monkeypatch.setattr("sys.stdin", value)
                if name == "sweep" and "--file" in settings:  # later commands use the other runs
                    monkeypatch.setenv("ECHOSCOPE_STORE", "own")
                if name == "forecast":
                    monkeypatch.setenv("ECHOSCOPE_STORE", "ahead")
                    ahead = "run lag --fit quick --lag -1 --file examples/events.csv --column event"
                    assert status([*ahead.split(), *QUICK["run"]]) == 0
                assert status([*shlex.split(settings)[1:], *QUICK.get(name, [])]) == 0, (
                    example,
                    capsys.readouterr().err,
                )
                monkeypatch.delenv("ECHOSCOPE_STORE", raising=False)
            capsys.readouterr()


def test_next_steps_work_also_in_another_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    train_here(monkeypatch)
    monkeypatch.chdir(tmp_path)
    train = "--vocab-size 10 --units 4 --epochs 1 --store 'an other'"
    for command in (
        f"run lag {train}",
        f"run lag {train} --seeds 2",
        f"sweep lag {train} --seeds 2",
    ):
        assert status(shlex.split(command)) == 0
        step = capsys.readouterr().out.rpartition("next: echoscope ")[2].strip()
        assert step.endswith("--store 'an other'")
        assert status(shlex.split(step)) == 0, capsys.readouterr().err
        capsys.readouterr()
    assert not (tmp_path / "echoes").exists()


@pytest.mark.parametrize(
    ("name", "value", "coloured"),
    [("NO_COLOR", "1", False), ("TERM", "dumb", False), ("TERM", "xterm", True)],
)
def test_colours_are_left_out_where_they_are_not_wanted(
    name: str,
    value: str,
    coloured: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("click._compat.isatty", lambda _: True)
    assert ("\x1b[" in (status(["explain", "lag"]) or capsys.readouterr().out)) == coloured


def test_python_m_echoscope_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "echoscope", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"echoscope {echoscope.__version__}\n"


def test_the_reference_names_every_option_of_every_command() -> None:
    page = (Path(__file__).parent.parent / "docs" / "reference.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `echoscope ")]
    elsewhere = {
        "--store",
        "--json",
        "--help",
        "--plugin",
        *(f"--{name.replace(chr(95), chr(45))}" for name in SETTINGS),
    }
    missing = {
        (name, option.opts[0])
        for name, known in commands.commands.items()
        for option in known.params
        if isinstance(option, click.Option) and option.opts[0] not in elsewhere
        if option.opts[0] != "--seed" or name in ("confusion", "evaluate")
        if not any(f"`echoscope {name}" in row and option.opts[0] in row for row in rows)
    }
    assert missing == set()
