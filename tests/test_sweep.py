"""The command `sweep`: a grid trained group by group, gone on with, and judged."""

import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from echoscope import RecordError, Store, Study
from echoscope.cli import status
from echoscope.studies.estimate import Costs, ProbeError
from echoscope.studies.jobs import failed

STUDY = Study(
    preset="lag",
    fit="quick",
    seeds=2,
    axes={"symbols": 3, "epochs": 40, "units": "4,6", "lag": "1..2"},
)

GRID = [
    "sweep",
    "lag",
    "--fit",
    "quick",
    "--symbols",
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


def document(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert status([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_grid_is_trained_and_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
    before = {record.id: record.created for record in Store(tmp_path / "store").records()}
    assert len(before) == 2
    found = document(capsys, *GRID, *store)
    assert (found["left"], found["groups"]) == (6, [3, 3])
    assert [part["words"] for part in found["summary"]] == [
        {"lag": lag, "units": units} for lag in ([1], [2]) for units in (4, 6)
    ]
    assert [part["runs"]["number"] for part in found["summary"]] == [2] * 4
    records = Store(tmp_path / "store").records()
    assert len(records) == 8
    assert {record.id: record.created for record in records}.items() >= before.items()
    assert {record.group for record in records} == {1}
    assert status([*GRID, *store]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "lag 1, 2, units 4, 6; 2 seeds: 8 cells"
    assert said[1].strip() == "8 trained before, none left"
    assert any(line.startswith("score along lag (mean over seeds; chance 33.3 %") for line in said)


def test_a_study_whose_time_cannot_be_known_is_trained_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> Costs:
        raise ProbeError("how long it takes is not known: too much")

    monkeypatch.setattr(sys.modules["echoscope.cli.commands.sweep"], "costs_of", unknown)
    found = document(
        capsys, *GRID[:-4], "--lag", "1", "--seeds", "1", "--store", str(tmp_path / "one")
    )
    assert (found["trained"], found["seconds_at_most"]) == (2, None)
    assert status([*GRID, "--dry-run", "--store", str(tmp_path / "two")]) == 0
    assert "how long" not in capsys.readouterr().out
    assert status([*GRID, "--dry-run", "--time", "--store", str(tmp_path / "two")]) == 0
    assert "how long it takes is not known: too much" in capsys.readouterr().out


def test_a_study_file_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "study.toml"
    file.write_text(
        'preset = "lag"\nfit = "quick"\nseeds = 2\n[words]\nsymbols = 3\nepochs = 40\nlag ='
        ' "1..2"\nunits = [4, 6]\n'
    )
    for cell in STUDY.cells():
        Store(tmp_path / "store").add(
            replace(failed(cell, ""), outcome="done", score=0.5, answers=100)
        )
    store = ["--store", str(tmp_path / "store")]
    one, other = document(capsys, "sweep", str(file), *store), document(capsys, *GRID, *store)
    assert one["summary"] == other["summary"]
    assert one["groups"] == other["groups"]
    assert (one["id"], one["left"], one["trained"]) == (STUDY.id, 0, 0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("sweep lagg --lag 1..2", "preset 'lagg' is not known: did you mean 'lag'?"),
        (
            "sweep whole --lag 3..5",
            (
                "The cell lag 5 cannot be: lag 5 asks for nothing inside a window of 5: use a lag"
                " of at most 4, or a longer window."
            ),
        ),
        ("sweep lag --wanted 2", "wanted must be a number above 0 and at most 1, not 2."),
        (
            "sweep lag --wanted 0.01",
            (
                "wanted must be above chance, which is 0.01, not 0.01: a guess without memory"
                " reaches that; ask for more."
            ),
        ),
        ("sweep lag --workers 0", "workers must be an integer from 1 to 1024, not 0."),
        ("sweep lag --retry done", "retry 'done' is not known: use failed or diverged."),
        ("sweep lag --seeds 0", "seeds must be an integer from 1 to 1000, not 0."),
        (
            "sweep study.toml --lag 1",
            "A study file says all words of its study: leave --lag out, or write it there.",
        ),
    ],
)
def test_refusals(
    words: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status([*words.split(), "--store", str(tmp_path / "store")]) == 2
    assert capsys.readouterr().err == f"echoscope: {sentence}\n"
    assert not (tmp_path / "store").exists()


@pytest.fixture(autouse=True, scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands of these tests share what they compile: that costs them more than all else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path_factory.mktemp("programs")))
        yield


KILLED = [*GRID[:-1], "6", "--epochs", "300"]  # 24 cells of a tenth of a second


def begun(*words: str, **given: Any) -> subprocess.Popen[str]:
    """A sweep in a process of its own, and of its own group, so that a kill is the whole
    command's.
    """
    code = "from echoscope.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **given,
    )


def after(store: Store, records: int, process: subprocess.Popen[str]) -> None:
    """Return when the store has so many records."""
    until = time.monotonic() + 120
    while len(store.ids()) < records:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def results(store: Store) -> dict[str, tuple[Any, ...]]:
    """What must be equal however often a study was killed: outcome, score, curve, group and weights
    of every cell.
    """
    return {
        record.id: (record.outcome, record.score, record.curve, record.group, record.weights)
        for record in store.records()
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
    assert f"{24 - done} left: the same words go on here" in out
    assert {outcome for outcome, *_ in results(store).values()} <= {"done", "solved"}
    assert document(capsys, *KILLED, "--store", str(tmp_path), "--dry-run")["left"] == 24 - done


def test_a_second_interrupt_ends_at_once_and_what_is_kept_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with begun(
        *KILLED, "--epochs", "10000", "--stop", "none", "--store", str(tmp_path)
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


def test_kills_lose_no_finished_cell_and_double_none(tmp_path: Path) -> None:
    killed, whole, chance = Store(tmp_path / "killed"), Store(tmp_path / "whole"), random.Random(4)
    before: dict[str, str] = {}
    for _ in range(3):
        with begun(*KILLED, "--store", str(killed.folder)) as process:
            after(killed, len(before) + chance.randint(1, 3), process)
            time.sleep(chance.random() / 4)
            os.killpg(process.pid, signal.SIGKILL)
        now = {record.id: record.created for record in killed.records()}
        assert before.items() <= now.items()
        before = now
    for store in (killed, whole):
        with begun(*KILLED, "--store", str(store.folder)) as process:
            process.communicate()
        assert process.returncode == 0
    made = {record.id: record.created for record in killed.records()}
    assert before.items() <= made.items()
    assert len(made) == 24
    assert results(killed) == results(whole)


def test_two_commands_on_one_study_share_it_and_a_killed_one_s_cells_are_taken_over(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    words = [*KILLED, "--store", str(tmp_path), "--json"]
    with begun(*words) as one, begun(*words) as two, begun(*words) as three:
        after(store, 1, one)
        os.killpg(three.pid, signal.SIGKILL)
        said = [json.loads(process.communicate(timeout=120)[0]) for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0)
    assert len(store.ids()) == 24
    assert sum(document["trained"] for document in said) <= 24
    assert all(document["summary"] == said[0]["summary"] for document in said)


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
    found = json.loads(done.stdout.splitlines()[-1])
    assert 0 < found["left"] < 24
    assert found["trained"] == found["left"]


def test_what_failed_is_said_and_tried_again_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, cells = Store(tmp_path), STUDY.cells()
    store.add(failed(cells[0], "MemoryError: too little"))
    words = [*GRID, "--store", str(tmp_path)]
    assert status(words) == 1
    assert "In no table: 1 of 8 runs, which failed" in capsys.readouterr().out.replace("\n", " ")
    assert store.find(cells[0].id).outcome == "failed"
    assert status([*words, "--retry", "failed"]) == 0
    assert store.find(cells[0].id).outcome in ("done", "solved")


def test_what_a_store_no_longer_takes_is_kept_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found out as late as can be: after the cells are trained."""
    store, add = tmp_path / "store", Store.add

    def full(own: Store, *given: Any) -> Any:
        if own.folder == store and len(own.ids()) == 3:
            raise RecordError("The disk is full.")
        return add(own, *given)

    def made(cells: list[Any], weights: bool) -> list[Any]:
        return [(replace(failed(cell, ""), outcome="done", score=0.5), None) for cell in cells]

    monkeypatch.setattr(Store, "add", full)
    monkeypatch.setattr("echoscope.studies.sweep.train_cells", made)
    monkeypatch.setattr(
        sys.modules["echoscope.cli.commands.sweep"], "_timed", lambda *_, **__: None
    )
    monkeypatch.setattr("echoscope.studies.sweep.Crew", lambda *_, **__: ThreadPoolExecutor(1))
    assert status([*GRID, "--store", str(store)]) == 1
    said = capsys.readouterr().err
    elsewhere = Path(re.findall(r"is kept in (\S+): when", said)[0])
    assert said.startswith("echoscope: The disk is full. What was trained is kept in")
    assert len(Store(elsewhere).ids()) >= 1
    monkeypatch.setattr(Store, "add", add)
    assert status(shlex.split(re.findall(r"(echoscope merge .*) takes", said)[0])[1:]) == 0
    assert len(Store(store).ids()) == 3 + len(Store(elsewhere).ids())
