"""Claims: no cell is done twice, and none is lost with its worker."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from echoscope import Store
from echoscope.store.leases import LEASE
from test_database import process, sql
from test_records import WEIGHTS, record

CLAIMING = """
cells = [f"cell{place}" for place in range(200)]
print("ready", flush=True)
sys.stdin.readline()
store, name = Store(sys.argv[1]), sys.argv[2]
fives = [cells[start : start + 5] for start in range(0, 200, 5)]
mine = [cell for five in fives for cell in store.claim(five[:3], name)]
mine += [cell for five in fives for cell in store.claim(five, name)]
print(*mine, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[list[Popen[str]]]:
    found = [process(CLAIMING, tmp_path, name) for name in ("one", "two")]
    yield found
    for worker in found:
        with worker:
            worker.kill()


def line(worker: Popen[str]) -> str:
    assert worker.stdout
    return worker.stdout.readline().strip()


def go(worker: Popen[str]) -> None:
    assert worker.stdin
    worker.stdin.write("\n")
    worker.stdin.flush()


def test_two_processes_share_no_cell_and_a_dead_one_s_are_free(
    tmp_path: Path, workers: list[Popen[str]]
) -> None:
    assert [line(worker) for worker in workers] == ["ready", "ready"]
    for worker in workers:
        go(worker)
    one, two = (line(worker).split() for worker in workers)
    cells = [f"cell{place}" for place in range(200)]
    assert sorted(one + two) == sorted(cells)
    store = Store(tmp_path)
    assert store.claim(cells, "three") == []
    workers[0].kill()
    workers[0].wait()
    assert store.claim(cells, "three") == sorted(one, key=cells.index)


def test_a_claim_ends_with_its_record_or_its_release(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ids = [record(seed).id for seed in range(5)]
    assert store.claim([ids[0], ids[0], ids[1]], "one") == ids[:2]
    assert store.claim(ids, "two") == ids[2:]
    assert store.claim(ids, "one") == []  # what it holds is not given again
    store.add(record(2), WEIGHTS)
    assert (store.beat("one"), store.beat("two")) == (2, 2)
    store.release("one")
    assert (store.beat("one"), store.claim(ids, "three")) == (0, ids[:2])


def test_what_ended_is_done_and_what_was_interrupted_is_not(tmp_path: Path) -> None:
    store = Store(tmp_path)
    outcomes = ("done", "solved", "imported", "diverged", "failed", "interrupted")
    ids = [store.add(record(seed, outcome)).id for seed, outcome in enumerate(outcomes)]
    assert store.claim(ids, "one") == ids[5:]
    assert store.claim(ids, "two", again=("failed", "interrupted")) == [ids[4]]


def test_a_process_number_used_again_is_not_the_same_worker(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.claim(["cell"], "one") == ["cell"]
    sql(store.path, "UPDATE claims SET born = '1'")
    assert store.claim(["cell"], "two") == ["cell"]


def test_another_host_s_worker_lives_by_its_beat(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.claim(["cell"], "far")
    sql(
        store.path,
        f"UPDATE claims SET host = 'far away', pid = 1, beat = {time.time() - LEASE + 60}",
    )
    assert store.claim(["cell"], "near") == []
    sql(store.path, f"UPDATE claims SET beat = {time.time() - LEASE - 60}")
    assert store.beat("far") == 1
    assert store.claim(["cell"], "near") == []
    sql(store.path, f"UPDATE claims SET beat = {time.time() - LEASE - 60}")
    assert store.claim(["cell"], "near") == ["cell"]
    assert (store.beat("far"), store.beat("near")) == (0, 1)


def test_a_claim_names_its_process(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.claim(["cell"], "one")
    sql(store.path, f"UPDATE claims SET worker = 'found' WHERE pid = {os.getpid()} AND host <> ''")
    assert store.beat("found") == 1
