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

from echoscope import Record, RecordError, Store, preset
from echoscope.cli import status
from echoscope.store.database import NAME
from echoscope.store.migrations import MIGRATIONS
from test_records import WEIGHTS, record

TESTS = str(Path(__file__).parent)
COMMANDS = (["runs"], ["show"], ["predict", "1", "2", "3", "4", "5"])


def process(code: str, *words: object, **how: Any) -> subprocess.Popen[str]:
    start = f"import sys; sys.path.insert(0, {TESTS!r}); from test_database import *\n"
    command = [sys.executable, "-c", start + code, *map(str, words)]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
    )


def whole(folder: Path) -> dict[int, Record]:
    """The records by seed, after every check that there is: of the file, of the ids, of the
    weights.
    """
    store = Store(folder)
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    found = {kept.experiment.seed: kept for kept in store.records()}
    assert len(found) == len(store.ids()) == len(set(store.ids()))
    for kept in found.values():
        assert store.weights(kept)["said.bias"].tolist() == [kept.score] * 3
    return found


ADDING = """
store = Store(sys.argv[1])
for score in range(1, 1000):
    for seed in range(5):
        weights = {"said.bias": np.full(3, score / 1024, np.float32)}
        store.add(record(seed, score=score / 1024), weights)
        print(seed, score, flush=True)
"""


def test_a_kill_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(1)
    for _ in range(3):
        with process(ADDING, tmp_path) as worker:
            assert worker.stdout
            said = [worker.stdout.readline() for _ in range(chance.randrange(1, 9))]
            time.sleep(chance.random() / 30)
            worker.kill()
            said += worker.stdout.read().splitlines()
        reported = dict(map(int, line.split()) for line in said if line)
        found = whole(tmp_path)
        assert reported
        for seed, score in reported.items():
            assert found[seed].score in (score / 1024, (score + 1) / 1024)


def test_two_processes_may_make_one_store(tmp_path: Path) -> None:
    code = (
        "sys.stdin.read()\nfor seed in range(int(sys.argv[2]), 8, 2):"
        " Store(sys.argv[1]).add(record(seed, score=1.0), "
    )
    code += "{'said.bias': np.ones(3, np.float32)})"
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
    kept = Store(tmp_path).add(record(), WEIGHTS)
    connect = sqlite3.connect

    def limited(*given: Any, **how: Any) -> sqlite3.Connection:
        connection = connect(*given, **how)
        connection.execute("PRAGMA max_page_count = 1")  # never less than what is there
        return connection

    monkeypatch.setattr(sqlite3, "connect", limited)
    with pytest.raises(RecordError) as caught:
        Store(tmp_path).add(record(score=0.9, curve=LARGE), {"said.bias": np.ones(3, np.float32)})
    assert (
        str(caught.value)
        == f"The store {tmp_path} cannot be written (database or disk is full): make room or"
        " leave, "
        "or name another with --store."
    )
    assert Store(tmp_path).find().score == 0.5
    assert Store(tmp_path).weights(kept)["said.bias"].tolist() == [0, 1, 2]
    assert len(list(tmp_path.iterdir())) == 2


FILLING = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
store = Store(sys.argv[1])
for given in ({"curve": LARGE}, {"score": 0.9}):
    try:
        many = 60_000 if "score" in given else 3
        store.add(record(**given), {"said.bias": np.zeros(many, np.float32)})
    except RecordError as error:
        print(error)
"""


def test_what_the_system_refuses_to_write_is_said(tmp_path: Path) -> None:
    Store(tmp_path).add(record(score=1.0), {"said.bias": np.ones(3, np.float32)})
    out, err = process(FILLING, tmp_path).communicate()
    assert err == ""
    said = "The store {} cannot be written ({}): make room or leave, or name another with --store."
    assert out.splitlines() == [
        said.format(tmp_path, why) for why in ("disk I/O error", "File too large")
    ]
    assert whole(tmp_path)[0].score == 1
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
    from echoscope.training.program import fresh

    store, experiment = Store(open_folder), preset("lag", symbols=10, units=4)
    kept = store.add(record(experiment=experiment), fresh(experiment).weights)
    assert [status([*words, "--store", str(open_folder)]) for words in COMMANDS] == [0, 0, 0]
    out = capsys.readouterr().out
    before = {path.name: path.read_bytes() for path in open_folder.iterdir()}
    with unwritable(open_folder):
        assert [status([*words, "--store", str(open_folder)]) for words in COMMANDS] == [0, 0, 0]
        assert capsys.readouterr().out == out
        for written in (lambda: store.add(record(), WEIGHTS), lambda: store.claim(["a"], "w")):
            with pytest.raises(RecordError) as caught:
                written()
            assert (
                str(caught.value)
                == f"The store {open_folder} cannot be written (attempt to write a readonly "
                "database): make room or leave, or name another with --store."
            )
        with pytest.raises(RecordError, match=r"cannot be written \(Permission denied\)"):
            Store(open_folder / "new").add(record(), WEIGHTS)
    assert {path.name: path.read_bytes() for path in open_folder.iterdir()} == before
    assert store.find() == Store(open_folder).find(kept.id)


def test_what_waits_in_the_log_of_a_read_only_store_is_read_or_said(open_folder: Path) -> None:
    store = Store(open_folder / "live")
    store.add(record(), WEIGHTS)
    with closing(sqlite3.connect(store.path)) as busy:
        busy.execute("SELECT * FROM records").fetchall()  # while someone is there, the log stays
        store.add(record(1), WEIGHTS)
        killed = Path(shutil.copytree(store.folder, open_folder / "killed"))
        with unwritable(killed):
            assert len(Store(killed).ids()) == 2
        (killed / f"{NAME}-shm").unlink()
        with unwritable(killed), pytest.raises(RecordError) as caught:
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
            "it, or name another folder with --store."
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
            "back a copy of it, or save what is whole with sqlite3 {path} .recover."
        ),
    ),
    (
        lambda path: sql(path, "PRAGMA application_id = 7"),
        (
            "{path} is not a store but a SQLite database of something else: "
            "move it away, or name another folder with --store."
        ),
    ),
    (
        lambda path: sql(path, "PRAGMA user_version = 99"),
        f"{{path}} has schema 99 and this Echoscope reads {len(MIGRATIONS)}: update it.",
    ),
    (
        lambda path: sql(path, "ALTER TABLE records RENAME TO other"),
        (
            "{path} is damaged (no such table: records): put back a "
            "copy of it, or save what is whole with sqlite3 {path} .recover."
        ),
    ),
    (
        lambda path: (path.unlink(), path.mkdir()),
        (
            "The store {folder} cannot be read (disk I/O error): allow reading it, or "
            "name another with --store."
        ),
    ),
]


@pytest.mark.parametrize(("spoil", "sentence"), SPOILT)
def test_damage_is_said_and_never_overwritten(
    spoil: Any, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path)
    store.add(record(), WEIGHTS)
    spoil(store.path)
    before = {path.name: path.is_dir() or path.read_bytes() for path in tmp_path.iterdir()}
    for words in (*COMMANDS, ["runs", "--where", "units > 3"], ["merge", str(tmp_path)]):
        assert status([*words, "--store", str(tmp_path)]) == 2
        assert (
            capsys.readouterr().err
            == f"echoscope: {sentence.format(path=store.path, folder=tmp_path)}\n"
        )
    for written in (lambda: store.add(record(2), WEIGHTS), lambda: store.claim(["a"], "w")):
        with pytest.raises(RecordError):
            written()
    assert {path.name: path.is_dir() or path.read_bytes() for path in tmp_path.iterdir()} == before


def test_any_damage_gets_a_sentence_or_does_not_matter(tmp_path: Path) -> None:
    store, chance = Store(tmp_path), random.Random(2)
    for seed in range(20):
        store.add(record(seed), WEIGHTS)
    good, said = store.path.read_bytes(), []
    asking = (
        store.ids,
        store.records,
        store.find,
        store.table,
        lambda: store.table("units > 3", "score"),
        lambda: store.claim(["a"], "w"),
        lambda: store.add(record(3), WEIGHTS),
    )
    for _ in range(40):
        place, size = chance.randrange(len(good)), chance.choice([1, 30, 5000])
        store.path.write_bytes(
            (good[:place] + chance.randbytes(size) + good[place + size :])[: len(good)]
        )
        for ask in asking:
            try:
                ask()
            except RecordError as error:
                said.append(str(error))
    assert len(said) > 40
    assert [sentence for sentence in said if sentence[-1] not in ".?"] == []


def test_an_older_schema_is_brought_up_and_a_newer_one_is_left(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(open_folder)
    store.add(record(), WEIGHTS)
    later = (
        *MIGRATIONS,
        "ALTER TABLE records ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'; CREATE TABLE more (a)",
    )
    with monkeypatch.context() as patch:
        patch.setattr("echoscope.store.database.MIGRATIONS", later)
        if os.name == "posix":
            with (
                unwritable(open_folder),
                pytest.raises(RecordError, match="has an older schema and may not be written"),
            ):
                store.ids()
        assert store.table("colour = 'red'")["id"] == store.ids()
        store.add(record(1), WEIGHTS)
        assert store.table()["colour"] == ["red", "red"]
    with pytest.raises(
        RecordError,
        match=f"has schema {len(later)} and this Echoscope reads {len(MIGRATIONS)}: update it",
    ):
        store.ids()


def test_a_busy_store_is_waited_for_and_then_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.add(record(), WEIGHTS)
    monkeypatch.setattr("echoscope.store.database.PATIENCE", 0.1)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordError) as caught:
            store.add(record(1), WEIGHTS)
        assert len(store.ids()) == 1  # readers never wait
    assert (
        str(caught.value)
        == f"{store.path} is busy, another process has been writing for 0.1 seconds: try again"
        " when "
        "it is done."
    )
