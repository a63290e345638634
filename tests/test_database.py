"""The database of a store: kills, damage, full disks, read-only folders, other schemas. Nothing is
lost, all is said.
"""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope import Run, Store, StoreError, preset
from echoscope.cli import status
from echoscope.store.database import NAME
from echoscope.store.migrations import MIGRATIONS
from networks import first_weights
from test_records import WEIGHTS, a_run

TESTS = str(Path(__file__).parent)
COMMANDS = (["runs"], ["show"], ["predict", "1", "2", "3", "4", "5"])


def process(code: str, *settings: object, **how: Any) -> subprocess.Popen[str]:
    start = f"import sys; sys.path.insert(0, {TESTS!r}); from test_database import *\n"
    command = [sys.executable, "-c", start + code, *map(str, settings)]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
    )


def whole(folder: Path) -> dict[int, Run]:
    """The runs by seed, after every check that there is: of the file, of the ids, of the
    weights.
    """
    store = Store(folder)
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    result = {kept.experiment.seed: kept for kept in store.runs()}
    assert len(result) == len(store.ids()) == len(set(store.ids()))
    for kept in result.values():
        assert store.weights(kept)["readout.bias"].tolist() == [kept.accuracy] * 3
    return result


ADDING = """
store = Store(sys.argv[1])
for accuracy in range(1, 1000):
    for seed in range(5):
        weights = {"readout.bias": np.full(3, accuracy / 1024, np.float32)}
        store.add(a_run(seed, accuracy=accuracy / 1024), weights)
        print(seed, accuracy, flush=True)
"""


def test_a_kill_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(1)
    for _ in range(3):
        with process(ADDING, tmp_path) as worker:
            assert worker.stdout
            text = [worker.stdout.readline() for _ in range(chance.randrange(1, 9))]
            time.sleep(chance.random() / 30)
            worker.kill()
            *lines, _ = worker.stdout.read().split("\n")  # the last one may be torn by the kill
            text += lines
        reported = dict(map(int, line.split()) for line in text if line)
        result = whole(tmp_path)
        assert reported
        for seed, accuracy in reported.items():
            assert result[seed].accuracy in (accuracy / 1024, (accuracy + 1) / 1024)


def test_two_processes_may_make_one_store(tmp_path: Path) -> None:
    code = (
        "sys.stdin.read()\nfor seed in range(int(sys.argv[2]), 8, 2):"
        " Store(sys.argv[1]).add(a_run(seed, accuracy=1.0), "
    )
    code += "{'readout.bias': np.ones(3, np.float32)})"
    workers = [process(code, tmp_path / "new", first) for first in (0, 1)]
    for worker in workers:
        assert worker.stdin
        worker.stdin.close()
    for worker in workers:
        with worker:
            assert worker.stderr
            assert (worker.stderr.read(), worker.wait()) == ("", 0)
    assert sorted(whole(tmp_path / "new")) == list(range(8))
    assert not list(tmp_path.rglob(".*"))


LARGE = tuple((step, 0.123456789, 0.5) for step in range(10_000))


def test_a_full_database_is_said_and_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Store(tmp_path).add(a_run(), WEIGHTS)
    connect = sqlite3.connect

    def limited(*values: Any, **how: Any) -> sqlite3.Connection:
        connection = connect(*values, **how)
        connection.execute("PRAGMA max_page_count = 1")  # never less than what is there
        return connection

    monkeypatch.setattr(sqlite3, "connect", limited)
    with pytest.raises(StoreError) as caught:
        Store(tmp_path).add(
            a_run(accuracy=0.9, curve=LARGE), {"readout.bias": np.ones(3, np.float32)}
        )
    assert (
        str(caught.value)
        == f"The store {tmp_path} cannot be written (database or disk is full): make room or"
        " leave, "
        "or name another store."
    )
    assert Store(tmp_path).find().accuracy == 0.5
    assert Store(tmp_path).weights(kept)["readout.bias"].tolist() == [0, 1, 2]
    assert len(list(tmp_path.iterdir())) == 2


FILLING = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
store = Store(sys.argv[1])
for given in ({"curve": LARGE}, {"accuracy": 0.9}):
    try:
        many = 60_000 if "accuracy" in given else 3
        store.add(a_run(**given), {"readout.bias": np.zeros(many, np.float32)})
    except StoreError as error:
        print(error)
"""


def test_what_the_system_refuses_to_write_is_said(tmp_path: Path) -> None:
    Store(tmp_path).add(a_run(accuracy=1.0), {"readout.bias": np.ones(3, np.float32)})
    out, err = process(FILLING, tmp_path).communicate()
    assert err == ""
    text = "The store {} cannot be written ({}): make room or leave, or name another store."
    assert out.splitlines() == [
        text.format(tmp_path, why) for why in ("disk I/O error", "File too large")
    ]
    assert whole(tmp_path)[0].accuracy == 1
    assert len(list(tmp_path.iterdir())) == 2


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """A folder that this process may read and not write, also where it runs as root."""
    root, files = os.geteuid() == 0, [folder, *folder.iterdir()]
    before = {path: path.stat().st_mode for path in files}
    for path in files:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in before.items():
            path.chmod(mode)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="echoes"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_store_is_read_and_never_written(
    open_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:

    store, experiment = Store(open_folder), preset("lag", vocab_size=10, units=4)
    kept = store.add(a_run(experiment=experiment), first_weights(experiment))
    assert [status([*settings, "--store", str(open_folder)]) for settings in COMMANDS] == [0, 0, 0]
    out = capsys.readouterr().out
    before = {path.name: path.read_bytes() for path in open_folder.iterdir()}
    with unwritable(open_folder):
        assert [status([*settings, "--store", str(open_folder)]) for settings in COMMANDS] == [
            0,
            0,
            0,
        ]
        assert capsys.readouterr().out == out
        for written in (lambda: store.add(a_run(), WEIGHTS), lambda: store.lease(["a"], "w")):
            with pytest.raises(StoreError) as caught:
                written()
            assert (
                str(caught.value)
                == f"The store {open_folder} cannot be written (attempt to write a readonly "
                "database): make room or leave, or name another store."
            )
        with pytest.raises(StoreError, match=r"cannot be written \(Permission denied\)"):
            Store(open_folder / "new").add(a_run(), WEIGHTS)
    assert {path.name: path.read_bytes() for path in open_folder.iterdir()} == before
    assert store.find() == Store(open_folder).find(kept.id)


def test_what_waits_in_the_log_of_a_read_only_store_is_read_or_said(open_folder: Path) -> None:
    store = Store(open_folder / "live")
    store.add(a_run(), WEIGHTS)
    with closing(sqlite3.connect(store.path)) as busy:
        busy.execute("SELECT * FROM runs").fetchall()  # while someone is there, the log stays
        store.add(a_run(1), WEIGHTS)
        killed = Path(shutil.copytree(store.folder, open_folder / "killed"))
        with unwritable(killed):
            assert len(Store(killed).ids()) == 2
        (killed / f"{NAME}-shm").unlink()
        with unwritable(killed), pytest.raises(StoreError) as caught:
            Store(killed).ids()
    assert (
        str(caught.value)
        == f"The store {killed} cannot be read where it may not be written, for its last changes "
        f"wait in {NAME}-wal: copy the folder to another place."
    )
    assert len(Store(killed).ids()) == 2


def sql(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


SPOILT = [
    (
        lambda path: path.write_bytes(b"hello" * 4000),
        (
            "{path} is damaged, or is not a SQLite database: put back a copy of "
            "it, or name another store."
        ),
    ),
    (
        lambda path: path.write_bytes(b""),
        "{path} is damaged (it is empty): put back a copy of it, or delete it to begin anew.",
    ),
    (
        lambda path: path.write_bytes(path.read_bytes()[:10_000]),
        (
            "{path} is damaged (database disk image is malformed): put "
            "back a copy of it, or see what sqlite3 {path} .recover can still read."
        ),
    ),
    (
        lambda path: sql(path, "PRAGMA application_id = 7"),
        (
            "{path} is not a store but a SQLite database of something else: "
            "move it away, or name another store."
        ),
    ),
    (
        lambda path: sql(path, "PRAGMA user_version = 99"),
        f"{{path}} has schema 99 and this Echoscope reads {len(MIGRATIONS)}: update it.",
    ),
    (
        lambda path: sql(path, "ALTER TABLE runs RENAME TO other"),
        (
            "{path} is damaged (no such table: runs): put back a "
            "copy of it, or see what sqlite3 {path} .recover can still read."
        ),
    ),
    (
        lambda path: (path.unlink(), path.mkdir()),
        (
            "The store {folder} cannot be read (disk I/O error): allow reading it, or "
            "name another store."
        ),
    ),
]


@pytest.mark.parametrize(("spoil", "sentence"), SPOILT)
def test_damage_is_said_and_never_overwritten(
    spoil: Any, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path)
    store.add(a_run(), WEIGHTS)
    spoil(store.path)
    before = {path.name: path.is_dir() or path.read_bytes() for path in tmp_path.iterdir()}
    for settings in (*COMMANDS, ["runs", "--where", "units > 3"], ["merge", str(tmp_path)]):
        assert status([*settings, "--store", str(tmp_path)]) == 2
        assert (
            capsys.readouterr().err
            == f"echoscope: {sentence.format(path=store.path, folder=tmp_path)}\n"
        )
    for written in (lambda: store.add(a_run(2), WEIGHTS), lambda: store.lease(["a"], "w")):
        with pytest.raises(StoreError):
            written()
    assert {path.name: path.is_dir() or path.read_bytes() for path in tmp_path.iterdir()} == before


def test_any_damage_gets_a_sentence_or_does_not_matter(tmp_path: Path) -> None:
    store, chance = Store(tmp_path), random.Random(2)
    for seed in range(20):
        store.add(a_run(seed), WEIGHTS)
    good, text = store.path.read_bytes(), []
    asking = (
        store.ids,
        store.runs,
        store.find,
        store.table,
        lambda: store.table("units > 3", "accuracy"),
        lambda: store.lease(["a"], "w"),
        lambda: store.add(a_run(3), WEIGHTS),
    )
    for _ in range(40):
        place, size = chance.randrange(len(good)), chance.choice([1, 30, 5000])
        store.path.write_bytes(
            (good[:place] + chance.randbytes(size) + good[place + size :])[: len(good)]
        )
        for ask in asking:
            try:
                ask()
            except StoreError as error:
                text.append(str(error))
    assert len(text) > 40
    assert [sentence for sentence in text if sentence[-1] not in ".?"] == []


def test_an_older_schema_is_brought_up_and_a_newer_one_is_left(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(open_folder)
    store.add(a_run(), WEIGHTS)
    later = (
        *MIGRATIONS,
        "ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'; CREATE TABLE more (a)",
    )
    with monkeypatch.context() as patch:
        patch.setattr("echoscope.store.database.MIGRATIONS", later)
        if os.name == "posix":
            with (
                unwritable(open_folder),
                pytest.raises(StoreError, match="has an older schema and may not be written"),
            ):
                store.ids()
        assert store.table("colour = 'red'")["id"] == store.ids()
        store.add(a_run(1), WEIGHTS)
        assert store.table()["colour"] == ["red", "red"]
    with pytest.raises(
        StoreError,
        match=f"has schema {len(later)} and this Echoscope reads {len(MIGRATIONS)}: update it",
    ):
        store.ids()


def test_a_busy_store_is_waited_for_and_then_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.add(a_run(), WEIGHTS)
    monkeypatch.setattr("echoscope.store.database.PATIENCE", 0.1)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            store.add(a_run(1), WEIGHTS)
        assert len(store.ids()) == 1  # readers never wait
    assert (
        str(caught.value)
        == f"{store.path} is busy, another process has been writing for 0.1 seconds: try again"
        " when "
        "it is done."
    )
