"""An output that closes or fills up, a signal, a store that cannot be written: what is done is
kept, and said.
"""

import importlib
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from echoscope.cli import echoscope, status
from echoscope.cli.signals import EndedError, first_signal_waits, signals_end
from echoscope.store import Store

TRAINED = "lag --vocab-size 4 --units 4 --epochs 20"
SMALL = ["--epochs", "3", "--units", "4", "--window", "3"]
COMMANDS = {  # each command as it is tried, and whether it keeps something
    "lab": ("lab --no-browser", False),
    "run": (f"run {TRAINED}", True),
    "sweep": (f"sweep {TRAINED} --seeds 1 --workers 1 --seed 7 --store swept", True),
    "explain": ("explain lag", False),
    "watch": (f"watch {TRAINED} --frames 2 --save seen.png", True),
    "predict": ("predict 1 2 3 1 2 3", False),
    "stream": ("stream", False),
    "forecast": ("forecast --next 2 --store ahead", False),
    "evaluate": ("evaluate --integers 1000", False),
    "confusion": ("confusion --integers 1000", False),
    "generate": ("generate 1 2 3 1 2 3 --steps 3", False),
    "runs": ("runs --export runs.csv", True),
    "summary": ("summary", False),
    "show": ("show", False),
    "figure": ("figure curves curves.svg", True),
    "report": ("report report.md", True),
    "export": ("export net.keras", True),
    "import": ("import net.keras lag --store imported", True),
    "merge": ("merge imported --store merged", True),
    "inspect": ("inspect --text net.keras --report page.md", True),
    "xray": ("xray rnn --units 4 --report xray.md", True),
    "measure": ("measure rnn --units 4 --budget 1s --card card.svg", True),
    "compare": ("compare rnn rnn --units 4 --budget 1s --measure bits", False),
}
# The exit status with each output, which is closed when Python starts, closes or is full.
CODES = {">&-": 0, "| head -0": 0, ">/dev/full": 1}
ALL = """
import json, os, sys
from echoscope.cli import main
from echoscope.measure import budget
from echoscope.measure.search.scoring import Scorer
budget.LEAST = 1.0
Scorer.scores = lambda self, seed, measures: {name: 1.0 for name in measures}
from echoscope.lab import server
server.serve = lambda store, place, ready, layers: ready("http://127.0.0.1/")
commands, folders = json.loads(sys.argv[1])
for how, folder in folders.items():
    os.chdir(folder)
    file = os.open("stderr", os.O_WRONLY | os.O_CREAT)
    os.dup2(file, 2)
    os.close(file)
    if how == "| head -0":
        read, write = os.pipe()
        os.close(read)
        os.dup2(write, 1)
    elif how == ">/dev/full":
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    if how != ">&-":
        sys.stdout = open(1, "w", closefd=False)
    ended, closed = [], sys.stdout is None
    for settings in commands:
        print("#" + settings, file=sys.stderr)
        if closed:
            sys.stdout = None
        try:
            main(settings.split())
        except SystemExit as end:
            ended.append(end.code)
    print(json.dumps(ended), file=sys.stderr, flush=True)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("output")
    assert status([*f"run {TRAINED} --seed 1 --store".split(), str(folder / "echoes")]) == 0
    (folder / "log.csv").write_text("0\n1\n2\n" * 20)
    ahead = ["--file", str(folder / "log.csv"), "--lag", "-1", "--store", str(folder / "ahead")]
    assert status(["run", "lag", "--fit", "quick", *SMALL, *ahead]) == 0
    return folder


def test_every_command_is_tried() -> None:
    assert set(COMMANDS) == set(echoscope.commands)


@pytest.fixture(scope="module")
def folders(place: Path) -> dict[str, Path]:
    """Where every command was tried with each output, in one process."""
    folders = {
        how: Path(shutil.copytree(place, place.parent / f"output{len(how)}")) for how in CODES
    }
    told = json.dumps([[settings for settings, _ in COMMANDS.values()], folders], default=str)
    closed = '"$0" -c "$1" "$2" </dev/null >&-'
    subprocess.run(["bash", "-c", closed, sys.executable, ALL, told], check=False)
    return folders


@pytest.mark.parametrize(("how", "code"), CODES.items())
def test_an_output_that_takes_no_more_ends_the_printing_and_never_the_work(
    how: str, code: int, folders: dict[str, Path]
) -> None:
    folder = folders[how]
    err = (folder / "stderr").read_text()
    assert "Traceback" not in err
    *lines, last = err.splitlines()
    parts = dict(part.partition("\n")[::2] for part in "\n".join(lines).split("#")[1:])
    for (settings, keeps), ended in zip(COMMANDS.values(), json.loads(last), strict=True):
        printed = settings != "stream"  # nothing came in
        assert ended == (code if printed else 0), (settings, parts[settings])
        assert ("echoscope: standard output" in parts[settings]) == (
            printed and (keeps or code == 1)
        ), settings
    assert len(Store(folder / "echoes").ids()) == 2
    for name in ("swept", "imported", "merged"):
        assert len(Store(folder / name).ids()) == 1
    assert all(
        (folder / name).stat().st_size
        for name in ("runs.csv", "curves.svg", "report.md", "net.keras", "seen.png")
    )


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_keeps_what_was_trained(name: str, tmp_path: Path) -> None:
    code = (
        "import os, signal; from echoscope.training.loop import Training; first ="
        " Training.__next__\ndef following(self): found = first(self); os.kill(os.getpid(),"
        f" signal.{name}); return found\nTraining.__next__ = following; from echoscope.cli import"
        " main; main()"
    )
    settings = [*f"run {TRAINED} --epochs 500 --json --store".split(), str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", code, *settings], capture_output=True, text=True, check=False
    )
    assert done.returncode == 128 + getattr(signal, name), done.stderr
    assert (
        done.stderr.strip() == "echoscope: ending at the next slice and keeping what was trained."
    )
    assert json.loads(done.stdout)["outcome"] == "interrupted"
    assert len(Store(tmp_path).ids()) == 1


def test_a_hangup_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    code = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from echoscope.training.loop import Training; first = Training.__next__\n"
        "def following(self): found = first(self);"
        " os.kill(os.getpid(), signal.SIGHUP); return found\nTraining.__next__ = following; from"
        " echoscope.cli import main; main()"
    )
    settings = [*f"run {TRAINED} --json --store".split(), str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", code, *settings], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["outcome"] == "done"


def test_a_store_that_cannot_be_written_is_said_before_anything_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("echoscope.cli.commands.run"), "trained_group", None)
    (tmp_path / "link").symlink_to("nowhere/else")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "runs.sqlite").symlink_to("nowhere")
    (tmp_path / "file").write_text("")
    why = {
        "link": f"({tmp_path}/link is a link to nothing): remove the link",
        "a" * 300: "(File name too long): make room or leave",
        "inner": "(unable to open database file): make room or leave",
        "file/below": "(Not a directory): make room or leave",
    }
    for name, sentence in why.items():
        assert status(["run", "lag", "--store", str(tmp_path / name)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert (
            printed.err
            == f"echoscope: The store {tmp_path / name} cannot be written {sentence}, or name"
            " another store.\n"
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "inner", "link"]
    assert [path.name for path in (tmp_path / "inner").iterdir()] == ["runs.sqlite"]


def test_what_was_trained_is_kept_elsewhere_where_the_store_cannot_be_written_any_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from echoscope.training.loop import Training

    store, first = tmp_path / "echoes", Training.outcomes

    def outcomes(self: Training) -> object:
        store.write_text("no folder any more")
        return first(self)

    monkeypatch.setattr(Training, "outcomes", outcomes)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert status([*f"run {TRAINED} --store".split(), str(store)]) == 1
    text = capsys.readouterr().err
    store.unlink()
    merge = text[text.index("echoscope merge") :].partition(" takes")[0].split()
    assert status(merge[1:]) == 0
    assert len(Store(store).ids()) == 1


def test_a_sweep_whose_store_was_removed_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from echoscope.studies.sweep import Sweep

    keep = Sweep._keep

    def removing(self: Sweep, *kept: object) -> object:
        if self.store.path.exists() and len(self.store.ids()) == 2:
            shutil.rmtree(self.store.folder)
        return keep(self, *kept)

    monkeypatch.setattr(Sweep, "_keep", removing)
    settings = f"sweep {TRAINED} --seeds 3 --workers 1 --store".split()
    assert status([*settings, str(tmp_path / "echoes")]) == 1
    assert capsys.readouterr().err.endswith(
        f"echoscope: 2 runs that this sweep counts are no longer in {tmp_path / 'echoes'}, which"
        " was changed meanwhile: the same settings train what is missing.\n"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_inside_of_any_command_is_its_status(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object) -> None:
        raise EndedError(number)

    monkeypatch.setattr("echoscope.store.Store.parts", ended)
    assert status(["runs", "--store", str(tmp_path)]) == 128 + number


def test_a_signal_that_python_swallows_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    class Tidied:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    def tidy() -> None:
        Tidied()
        time.sleep(20)

    with pytest.raises(EndedError) as ended, signals_end():
        tidy()
    assert ended.value.number == signal.SIGTERM
    assert capsys.readouterr().err == ""


def load() -> None:
    importlib.import_module("loading")
    time.sleep(20)


def load_noted() -> None:
    with first_signal_waits("the first is noted."):
        signal.raise_signal(signal.SIGINT)
        load()


@pytest.mark.parametrize("what", [load, load_noted])
def test_a_signal_waits_for_a_module_that_is_being_loaded(
    what: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loading.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGTERM)\nloaded = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "loading", raising=False)
    with pytest.raises(EndedError) as ended, signals_end():
        what()
    assert ended.value.number == signal.SIGTERM
    assert sys.modules["loading"].loaded
