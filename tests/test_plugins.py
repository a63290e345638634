"""Layers and tasks from outside the package: by a file, and by an entry point."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pyarrow import parquet

from echoscope import (
    SettingError,
    Store,
    StoreError,
    Sweep,
    preset,
    register_layer,
    register_task,
    registry,
    setting,
    train,
)
from echoscope.analysis.spans import span_of
from echoscope.cli import status
from echoscope.experiment import fields, presets
from echoscope.figures import Evidence, figures
from echoscope.report.sweep_command import command_of
from echoscope.runs.table import Rows
from echoscope.studies.grid import Study
from echoscope.studies.jobs import failed
from echoscope.tasks.registry import OURS
from test_summary import a_run

EXAMPLES = Path(__file__).parent.parent / "examples"
FILE, TASK_FILE = EXAMPLES / "leaky.py", EXAMPLES / "parity.py"
SMALL = ["--fit", "quick", "--vocab-size", "5", "--units", "8", "--epochs", "60"]


@contextmanager
def only_here() -> Iterator[None]:
    """What is registered inside is not there afterwards."""
    known = (registry.LAYERS, presets.TASKS, presets.PRESETS, fields.FIELDS, fields.PLACES)
    before, files = list(map(dict, known)), os.environ.get(registry.FILES, "")
    yield
    os.environ[registry.FILES] = files
    for there, was in zip(known, before, strict=True):
        there.clear()
        there.update(was)
    registry.load_installed.cache_clear()


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(registry.FILES, "")
    with only_here():
        yield


@pytest.mark.parametrize("file", [FILE, TASK_FILE], ids=lambda file: file.name)
def test_the_examples_are_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 36
    body = file.read_text().split('"""', 2)[2].strip().splitlines()
    assert len(body) <= 30


Printed = Callable[..., str]


@pytest.fixture
def printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Printed:
    """Run a command that knows only the plugins that it names; what it prints, or refuses."""

    def command(*words: str, rc: int = 0) -> str:
        with only_here():
            ended = status(words)
        out, err = capsys.readouterr()
        assert ended == rc, err
        return err if rc else out

    monkeypatch.chdir(tmp_path)
    return command


def test_a_file_s_task_is_explained_swept_used_and_drawn(tmp_path: Path, printed: Printed) -> None:
    plugin = ["--plugin", str(TASK_FILE)]
    store = ["--store", str(tmp_path / "echoes"), *plugin]
    asks = json.loads(printed("explain", "parity", "--bits", "3", "--json", *plugin))
    assert (asks["demand"]["bits"], asks["oracle"], asks["chance"]) == (1.0, 1.0, 0.5)
    small = ["--epochs", "60", "--units", "4", "--seeds", "1", "--workers", "2", "--json"]
    swept = json.loads(printed("sweep", "parity", "--bits", "1..3", *small, *store))
    assert swept["trained"] == 3
    listed = json.loads(printed("runs", "--where", "bits = 3 and units = 4", "--json", *store))
    assert (listed[0]["task"], listed[0]["bits"], listed[0]["lag"]) == ("parity", 3, None)
    run = ["--run", listed[0]["id"]]
    said = json.loads(printed("predict", *["1", "1", "1", "0", "1", "1"], "--json", *run, *store))
    assert said["targets"] == [1, 0]
    printed("figure", "bits", str(tmp_path / "bits.svg"), "--target-accuracy", "0.9", *store)
    assert "Bits that are read." in printed("run", "--help", "--plugin", str(TASK_FILE))
    assert printed("summary", *store[:2], rc=2) == (
        "echoscope: Some of these runs are of task parity, which is not there: name the file that"
        " registers it with --plugin, or leave them out with a condition, as task <> 'parity'.\n"
    )
    without = printed("predict", "1", "1", "1", *run, *store[:2], rc=2)
    assert "is of task 'parity', which is not there: name the file that registers it" in without
    for bits in ("0", "x", "1.5", "1000001"):
        refused = printed("explain", "parity", "--bits", bits, *plugin, rc=2)
        assert refused.startswith("echoscope: bits must be an integer from 1 to 1000000, not ")


@pytest.fixture(scope="module")
def parities(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Runs of a task that no longer is there."""
    folder = tmp_path_factory.mktemp("parities") / "echoes"
    with only_here():
        registry.load_file(str(TASK_FILE))
        for seed in (0, 1):
            Store(folder).add(*train(preset("parity", bits=2, units=4, seed=seed, epochs=2)))
    return Store(folder)


@pytest.mark.parametrize(
    "words",
    [
        "runs",
        "runs --json",
        "runs --export there.csv",
        "runs --export there.parquet",
        "show",
        "show --json",
        "show --figure there.svg",
        "summary",
        "summary --json",
        "summary --by units",
        "export there.keras",
        "predict 1 0 1 1",
        "generate 1 0 1 1",
        "stream",
        "evaluate",
        "confusion",
        "report there.html",
        "report there.md",
        *(f"figure {name} there.svg" for name in figures()),
    ],
)
def test_runs_of_a_task_that_is_not_there_are_listed_and_else_refused_in_a_sentence(
    words: str,
    parities: Store,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = status([*words.split(), "--store", str(parities.folder)])
    error = capsys.readouterr().err
    assert "Traceback" not in error
    if words.startswith("runs"):
        assert ended == 0
        assert not error
    else:
        assert ended == 2
        assert "which is not there: name the file that registers it with --plugin" in error


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_export_has_the_columns_of_a_task_that_is_not_there(
    kind: str, parities: Store, tmp_path: Path
) -> None:
    columns = parities.table()
    assert columns["lag"] == [None, None]
    file = tmp_path / f"there.{kind}"
    assert status(["runs", "--store", str(parities.folder), "--export", str(file)]) == 0
    if kind == "parquet":
        table = parquet.read_table(file)
        assert table.to_pydict() == columns
        assert str(table.schema.field("bits").type) == "int64"
    else:
        with file.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert [(row["bits"], row["lag"]) for row in rows] == [("2", "")] * 2


def test_what_was_gathered_of_a_task_has_a_difficulty_when_the_task_is_gone(
    parities: Store,
) -> None:
    with only_here():
        registry.load_file(str(TASK_FILE))
        evidence = Evidence.of(parities.rows())
        assert evidence.difficulty == "bits"
        assert "--bits 2" in command_of(parities.rows())[0]
    assert evidence.difficulty == "lag"


def test_one_command_repeats_no_two_tasks() -> None:
    with only_here():
        registry.load_file(str(TASK_FILE))
        ours = presets.TASKS["parity"]
        register_task(type("Other", (ours,), {"kind": "other"}))
        both = [failed(preset(kind, bits=2), "") for kind in ("parity", "other")]
        command, sentence = command_of(Rows.of(both))
    assert command == ""
    assert sentence == (
        "No preset has the task of all of these runs (other and parity), so no one command repeats"
        " them: repeat those of each task with a sweep of its preset."
    )


def test_a_span_names_what_is_no_number() -> None:
    @register_task
    @dataclass(frozen=True, kw_only=True, repr=False)
    class Maybe(presets.TASKS["hold"]):
        """A task whose difficulty may be left out."""

        kind, difficulty = "maybe", "pause"
        pause: int | None = setting("time steps", None)

    runs = [
        replace(failed(preset("maybe", pause=pause), ""), outcome="done", accuracy=1.0)
        for pause in (1, None)
    ]
    with pytest.raises(StoreError, match=r"each ask one pause of at least 0, not none: leave"):
        span_of(runs)


def test_a_task_s_kind_and_settings_are_its_own() -> None:
    exec(TASK_FILE.read_text(), {"__name__": "theirs"})
    assert preset("parity", bits=4).task.time_steps == 4

    for kind in ("hold", "echo"):
        ours = presets.TASKS[kind]
        for name in ("Another", ours.__name__):
            with pytest.raises(SettingError, match=rf"^task {kind} is there already: give the"):
                register_task(type(name, (ours,), {}))
    with pytest.raises(SettingError, match=r"^task lag is there already"):
        register_task(type("Lag", (presets.TASKS["hold"],), {"kind": "lag"}))
    assert presets.TASKS["hold"] is OURS[1]

    @dataclass(frozen=True, kw_only=True, repr=False)
    class Units(presets.TASKS["hold"]):
        """A task whose setting has the name of a model's."""

        kind = "units-task"
        units: int = setting("something else", 3)

    with pytest.raises(SettingError, match=r"^setting units of task units-task is there already"):
        register_task(Units)
    assert "units-task" not in presets.TASKS


def with_setting(name: str) -> str:
    """A file of a task that has a setting of this name."""
    return f"""
from dataclasses import dataclass
from echoscope import register_task, setting
from echoscope.tasks.hold import Hold

@register_task
@dataclass(frozen=True, kw_only=True, repr=False)
class Theirs(Hold):
    kind = "theirs"
    {name}: int = setting("of theirs", 3)
"""


@pytest.mark.parametrize(
    ("name", "what", "command"),
    [
        ("steps", "column", "run hold --epochs 1"),
        ("Settings", "column", "runs"),
        ("accuracy_low", "column", "runs"),
        ("workers", "flag", "sweep hold --epochs 1"),
        ("json", "flag", "run hold --epochs 1"),
        ("help", "flag", "explain hold"),
        ("no_header", "flag", "run lag --epochs 1"),
        ("UNITS", "setting of another kind", "explain hold"),
    ],
)
@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
def test_a_task_s_setting_has_no_name_of_a_result_or_a_flag(
    name: str, what: str, command: str, old: bool, tmp_path: Path, printed: Printed
) -> None:
    if old:
        Store(tmp_path / "echoes").add(a_run())
    elif command == "runs":
        pytest.skip("a store that is not there is not made by reading it")
    (tmp_path / "theirs.py").write_text(with_setting(name))
    ours = ["--plugin", "theirs.py"]
    ours += [] if command.startswith("explain") else ["--store", "echoes"]
    as_what = f"as a {what}" if what.startswith("setting") else f"as the name of a {what}"
    refusal = f"setting {name} of task theirs is there already, {as_what}: give it another name."
    assert printed(*command.split(), *ours, rc=2) == f"echoscope: {refusal}\n"
    assert (tmp_path / "echoes").exists() == old


def test_a_file_s_layer_is_trained_swept_and_used(tmp_path: Path, printed: Printed) -> None:
    store = str(tmp_path / "echoes")
    plugin = ["--plugin", str(FILE), "--store", store]
    swept = ["sweep", "lag", *SMALL, "--model", "leaky,rnn", "--seeds", "1", "--workers", "1"]
    assert json.loads(printed(*swept, "--json", *plugin))["trained"] == 2
    ids = Store(store).table("model = 'leaky'", names=["id"])["id"]
    predict = ["predict", "1", "2", "3", "4", "0", "--json", "--run", ids[0]]
    assert json.loads(printed(*predict, *plugin))["targets"] == [4]
    assert printed(*predict, "--store", store, rc=2) == (
        f"echoscope: Run {ids[0]} in {Path(store) / 'runs.sqlite'} is of model 'leaky', which is"
        " not there: name the file that registers it with --plugin.\n"
    )


def test_an_entry_point_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "their_layers.py").write_text(FILE.read_text())
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint("leaky", "their_layers", registry.GROUP)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point])
    assert preset("lag", model="leaky").model == "leaky"


def test_an_entry_point_brings_a_task(tmp_path: Path) -> None:
    """Of a package that is installed, in a process of its own: a task stays registered."""
    package = tmp_path / "their_tasks-1.0.dist-info"
    package.mkdir()
    (tmp_path / "their_tasks.py").write_text(TASK_FILE.read_text())
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: their-tasks\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(f"[{registry.GROUP}]\nparity = their_tasks\n")
    code = "from echoscope.cli import main; main()"
    for name, ended in (("parity", 0), ("paritie", 2)):
        done = subprocess.run(
            [sys.executable, "-c", code, "explain", name, "--json"],
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == ended, done.stderr
    assert "paritie" in done.stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1/0", "ZeroDivisionError: division by zero"),
        (None, "FileNotFoundError: "),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
    ],
)
def test_a_file_that_fails_is_said(
    text: str | None, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.py"
    if text is not None:
        file.write_text(text)
    assert status(["explain", "lag", "--plugin", str(file)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"echoscope: plugin {file} cannot be used ({why}")
    assert error.endswith("): name a Python file that registers a layer.\n")


def test_our_own_names_are_taken() -> None:
    with pytest.raises(SettingError, match="model lstm is there already"):
        register_layer("lstm", None)
    with pytest.raises(SettingError, match="model nobody is not there"):
        registry.kind_of("nobody")


def test_python_registers_and_sweeps_here(tmp_path: Path) -> None:
    registry.load_file(str(FILE))
    assert str(FILE) in os.environ[registry.FILES]
    study = Study(
        preset="lag", fit="quick", seeds=1, axes={"model": "leaky", "vocab_size": 5, "epochs": 20}
    )
    from concurrent.futures import ThreadPoolExecutor

    *_, last = Sweep(study, Store(tmp_path), executor=ThreadPoolExecutor(1))
    assert last.done == 1
