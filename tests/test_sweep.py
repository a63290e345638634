"""The command `sweep`: a grid trained group by group, gone on with, and evaluated."""

import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from echoscope import Store, StoreError, Study, Sweep
from echoscope.cli import status
from echoscope.studies.estimate import Costs, ProbeError
from echoscope.studies.jobs import failed
from here import Here, train_here

STUDY = Study(
    preset="lag",
    fit="quick",
    seeds=2,
    axes={"vocab_size": 3, "epochs": 40, "units": "4,6", "lag": "1..2"},
)

GRID = [
    "sweep",
    "lag",
    "--fit",
    "quick",
    "--vocab-size",
    "3",
    "--epochs",
    "40",
    "--units",
    "4,6",
    "--lag",
    "1..2",
    "--workers",
    "1",
    "--seeds",
    "2",
]


def document(capsys: pytest.CaptureFixture[str], *settings: str) -> dict:
    assert status([*settings, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_grid_is_trained_and_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    train_here(monkeypatch)
    store = ["--store", str(tmp_path / "store")]
    planned = document(capsys, *GRID, *store, "--dry-run")
    assert (planned["cells"], planned["left"], planned["groups"], planned["summary"]) == (
        8,
        8,
        [4, 4],
        [],
    )
    assert not (tmp_path / "store").exists()
    document(capsys, *GRID[:-4], "--lag", "1", "--seeds", "1", *store)
    before = {run.id: run.created for run in Store(tmp_path / "store").runs()}
    assert len(before) == 2
    result = document(capsys, *GRID, *store)
    assert (result["left"], result["groups"]) == (6, [3, 3])
    assert [part["settings"] for part in result["summary"]] == [
        {"lag": lag, "units": units} for lag in ([1], [2]) for units in (4, 6)
    ]
    assert [part["runs"]["number"] for part in result["summary"]] == [2] * 4
    runs = Store(tmp_path / "store").runs()
    assert len(runs) == 8
    assert {run.id: run.created for run in runs}.items() >= before.items()
    assert {run.side_by_side for run in runs} == {1}
    assert status([*GRID, *store]) == 0
    text = capsys.readouterr().out.splitlines()
    assert text[0] == "lag 1, 2, units 4, 6; 2 seeds: 8 cells"
    assert text[1].strip() == "8 trained before, none left"
    assert any(
        line.startswith("accuracy along lag (mean over seeds; chance 33.3 %") for line in text
    )


def test_a_study_whose_time_cannot_be_known_is_trained_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> Costs:
        raise ProbeError("how long it takes is not known: too much")

    train_here(monkeypatch)
    monkeypatch.setattr(import_module("echoscope.cli.commands.sweep"), "costs_of", unknown)
    result = document(
        capsys, *GRID[:-4], "--lag", "1", "--seeds", "1", "--store", str(tmp_path / "one")
    )
    assert (result["trained"], result["seconds_at_most"]) == (2, None)
    assert status([*GRID, "--dry-run", "--store", str(tmp_path / "two")]) == 0
    assert "how long" not in capsys.readouterr().out
    assert status([*GRID, "--dry-run", "--time", "--store", str(tmp_path / "two")]) == 0
    assert "how long it takes is not known: too much" in capsys.readouterr().out


def test_a_study_file_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "study.toml"
    file.write_text(
        'preset = "lag"\nfit = "quick"\nseeds = 2\n[settings]\nvocab_size = 3\nepochs = 40\nlag ='
        ' "1..2"\nunits = [4, 6]\n'
    )
    for cell in STUDY.cells():
        Store(tmp_path / "store").add(
            replace(failed(cell, ""), outcome="done", accuracy=0.5, target_count=100)
        )
    store = ["--store", str(tmp_path / "store")]
    item, other = document(capsys, "sweep", str(file), *store), document(capsys, *GRID, *store)
    assert item["summary"] == other["summary"]
    assert item["groups"] == other["groups"]
    assert (item["id"], item["left"], item["trained"]) == (STUDY.id, 0, 0)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("sweep lagg --lag 1..2", "preset 'lagg' is not known: did you mean 'lag'?"),
        (
            "sweep whole --lag 3..5",
            (
                "The cell lag 5 cannot be: lag 5 asks for nothing inside a window of 5: use a lag"
                " of at most 4, or a longer window."
            ),
        ),
        (
            "sweep lag --target-accuracy 2",
            "target_accuracy must be a number above 0 and at most 1, not 2.0.",
        ),
        (
            "sweep lag --target-accuracy 0.01",
            (
                "target_accuracy must be above chance, which is 0.01, not 0.01: a guess without"
                " memory"
                " reaches that; ask for more."
            ),
        ),
        ("sweep lag --workers 0", "workers must be an integer from 1 to 1024, not 0."),
        ("sweep lag --retry done", "retry 'done' is not known: use failed or diverged."),
        ("sweep lag --seeds 0", "seeds must be an integer from 1 to 1000, not 0."),
        (
            "sweep study.toml --fit quick",
            "A study file says all settings of its study: leave fit out, or write it there.",
        ),
        (
            "sweep study.toml --fit tutorial --seeds 2",
            "A study file says all settings of its study: leave fit out, or write it there.",
        ),
        (
            "sweep study.toml --lag 1",
            "A study file says all settings of its study: leave lag out, or write it there.",
        ),
    ],
)
def test_refusals(
    settings: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status([*settings.split(), "--store", str(tmp_path / "store")]) == 2
    assert capsys.readouterr().err == f"echoscope: {sentence}\n"
    assert not (tmp_path / "store").exists()


KILLED = [*GRID[:-1], "6", "--epochs", "300"]  # 24 cells of a tenth of a second


def begun(*settings: str, **value: Any) -> subprocess.Popen[str]:
    """A sweep in a process of its own, and of its own group, so that a kill is the whole
    command's.
    """
    code = "from echoscope.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *settings],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **value,
    )


def after(store: Store, runs: int, process: subprocess.Popen[str]) -> None:
    """Return when the store has so many runs."""
    until = time.monotonic() + 120
    while len(store.ids()) < runs:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def results(store: Store) -> dict[str, tuple[Any, ...]]:
    """What must be equal however often a study was killed: outcome, accuracy, curve, group and
    weights of every cell.
    """
    return {
        run.id: (run.outcome, run.accuracy, run.curve, run.side_by_side, run.weights)
        for run in store.runs()
    }


def test_an_interrupt_ends_a_sweep_and_the_next_one_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path)
    with begun(*KILLED, "--store", str(tmp_path)) as process:
        after(store, 2, process)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (
        "echoscope: ending when the cells in training are done, and keeping them; once more ends at"
        " once." in err
    )
    done = len(store.ids())
    assert 2 <= done < 24
    assert f"{24 - done} left: the same settings go on here" in out
    assert {outcome for outcome, *_ in results(store).values()} <= {"done", "solved"}
    assert document(capsys, *KILLED, "--store", str(tmp_path), "--dry-run")["left"] == 24 - done


def test_a_second_interrupt_ends_at_once_and_what_is_kept_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with begun(
        *KILLED, "--epochs", "10000", "--target-accuracy", "none", "--store", str(tmp_path)
    ) as process:  # seconds a cell
        after(store, 1, process)
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.endswith(
        "echoscope: ended at once; the cells that were in training are free again.\n"
    )
    assert 1 <= len(store.ids()) < 24


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sweep_that_ends_before_its_first_cell_has_the_status_of_its_signal(
    twice: bool, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = import_module("echoscope.cli.commands.sweep")

    def interrupted(sweeping: Sweep) -> None:
        for _ in range(1 + twice):
            os.kill(os.getpid(), number)
        sweeping.close()
        raise StopIteration

    monkeypatch.setattr(command, "_timed", lambda *_, **__: None)
    monkeypatch.setattr(Sweep, "__next__", interrupted)
    small = ["sweep", "lag", "--lag", "1,2", "--seeds", "1", "--workers", "1"]
    assert status([*small, "--store", str(tmp_path / "echoes")]) == 128 + number


@pytest.mark.parametrize("seconds", [0.7, 1.6, 3.0])
def test_an_interrupt_ends_a_sweep_of_slow_cells_whenever_it_comes(
    seconds: float, tmp_path: Path
) -> None:
    """Also as a worker begins, or as it times a cell that would take minutes."""
    slow = "sweep lag --vocab-size 50 --epochs 100000000 --lag 1,2 --units 64,65 --workers 1"
    with begun(*slow.split(), "--store", str(tmp_path)) as process:
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGINT)
        time.sleep(1)
        if process.poll() is None:  # cells that are in training are waited for by the first
            os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err


def test_kills_lose_no_finished_cell_and_double_none(tmp_path: Path) -> None:
    killed, whole, chance = Store(tmp_path / "killed"), Store(tmp_path / "whole"), random.Random(4)
    before: dict[str, str] = {}
    for _ in range(3):
        with begun(*KILLED, "--store", str(killed.folder)) as process:
            after(killed, len(before) + chance.randint(1, 3), process)
            time.sleep(chance.random() / 4)
            os.killpg(process.pid, signal.SIGKILL)
        now = {run.id: run.created for run in killed.runs()}
        assert before.items() <= now.items()
        before = now
    for store in (killed, whole):
        with begun(*KILLED, "--store", str(store.folder)) as process:
            process.communicate()
        assert process.returncode == 0
    made = {run.id: run.created for run in killed.runs()}
    assert before.items() <= made.items()
    assert len(made) == 24
    assert results(killed) == results(whole)


def test_two_commands_on_one_study_share_it_and_a_killed_one_s_cells_are_taken_over(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    settings = [*KILLED, "--store", str(tmp_path), "--json"]
    with begun(*settings) as item, begun(*settings) as two, begun(*settings) as three:
        after(store, 1, item)
        os.killpg(three.pid, signal.SIGKILL)
        text = [json.loads(process.communicate(timeout=120)[0]) for process in (item, two)]
    assert (item.returncode, two.returncode) == (0, 0)
    assert len(store.ids()) == 24
    assert sum(document["trained"] for document in text) <= 24
    assert all(document["summary"] == text[0]["summary"] for document in text)


def test_a_full_disk_ends_a_sweep_and_with_room_it_goes_on(tmp_path: Path) -> None:
    """On a file system of its own, in a namespace where this user may mount one."""
    room = 'mount -t tmpfs -o size=260k none "$1" || exit 77; cd "$1"; shift; "$@"; echo $? >&2; '
    more = 'mount -o remount,size=8m none . && "$@" --json'
    disk, elsewhere = tmp_path / "disk", tmp_path / "elsewhere"
    disk.mkdir()
    elsewhere.mkdir()
    done = subprocess.run(
        [
            "unshare",
            "-rm",
            "sh",
            "-c",
            room + more,
            "sh",
            str(disk),
            sys.executable,
            "-c",
            "from echoscope.cli import main; main()",
            *KILLED,
            "--store",
            "store",
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(elsewhere)},
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("no file system can be mounted here")
    assert "The store store cannot be written (" in done.stderr
    assert "What was trained is kept in" in done.stderr
    assert done.stderr.splitlines()[-1] == "1"
    (rescued,) = elsewhere.glob("echoscope-kept-*")
    assert Store(rescued).ids()
    result = json.loads(done.stdout.splitlines()[-1])
    assert 0 < result["left"] < 24
    assert result["trained"] == result["left"]


def test_what_failed_is_said_and_tried_again_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    train_here(monkeypatch)
    store, cells = Store(tmp_path), STUDY.cells()
    store.add(failed(cells[0], "MemoryError: too little"))
    settings = [*GRID, "--store", str(tmp_path)]
    assert status(settings) == 1
    assert "In no table: 1 of 8 runs, which failed" in capsys.readouterr().out.replace("\n", " ")
    assert store.find(cells[0].id).outcome == "failed"
    assert status([*settings, "--retry", "failed"]) == 0
    assert store.find(cells[0].id).outcome in ("done", "solved")


def test_what_a_store_no_longer_takes_is_kept_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found out as late as can be: after the cells are trained."""
    store, add = tmp_path / "store", Store.add

    def full(mine: Store, *value: Any) -> Any:
        if mine.folder == store and len(mine.ids()) == 3:
            raise StoreError("The disk is full.")
        return add(mine, *value)

    def made(cells: list[Any], weights: bool) -> list[Any]:
        return [(replace(failed(cell, ""), outcome="done", accuracy=0.5), None) for cell in cells]

    monkeypatch.setattr(Store, "add", full)
    monkeypatch.setattr("echoscope.studies.sweep.train_cells", made)
    monkeypatch.setattr(
        import_module("echoscope.cli.commands.sweep"), "_timed", lambda *_, **__: None
    )
    monkeypatch.setattr("echoscope.studies.sweep.WorkerPool", Here)
    assert status([*GRID, "--store", str(store)]) == 1
    text = capsys.readouterr().err
    elsewhere = Path(re.findall(r"is kept in (\S+): when", text)[0])
    assert text.startswith("echoscope: The disk is full. What was trained is kept in")
    assert len(Store(elsewhere).ids()) >= 1
    monkeypatch.setattr(Store, "add", add)
    assert status(shlex.split(re.findall(r"(echoscope merge .*) takes", text)[0])[1:]) == 0
    assert len(Store(store).ids()) == 3 + len(Store(elsewhere).ids())
