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
from test_records import WEIGHTS, a_run

CLAIMING = """
cells = [f"cell{place}" for place in range(200)]
print("ready", flush=True)
sys.stdin.readline()
store, name = Store(sys.argv[1]), sys.argv[2]
fives = [cells[start : start + 5] for start in range(0, 200, 5)]
mine = [cell for five in fives for cell in store.lease(five[:3], name)]
mine += [cell for five in fives for cell in store.lease(five, name)]
print(*mine, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[list[Popen[str]]]:
    result = [process(CLAIMING, tmp_path, name) for name in ("one", "two")]
    yield result
    for worker in result:
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
    item, two = (line(worker).split() for worker in workers)
    cells = [f"cell{place}" for place in range(200)]
    assert sorted(item + two) == sorted(cells)
    store = Store(tmp_path)
    assert store.lease(cells, "three") == []
    workers[0].kill()
    workers[0].wait()
    assert store.lease(cells, "three") == sorted(item, key=cells.index)


def test_a_claim_ends_with_its_record_or_its_release(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ids = [a_run(seed).id for seed in range(5)]
    assert store.lease([ids[0], ids[0], ids[1]], "one") == ids[:2]
    assert store.lease(ids, "two") == ids[2:]
    assert store.lease(ids, "one") == []  # what it holds is not given again
    store.add(a_run(2), WEIGHTS)
    assert (store.heartbeat("one"), store.heartbeat("two")) == (2, 2)
    store.release("one")
    assert (store.heartbeat("one"), store.lease(ids, "three")) == (0, ids[:2])


def test_what_ended_is_done_and_what_was_interrupted_is_not(tmp_path: Path) -> None:
    store = Store(tmp_path)
    outcomes = ("done", "solved", "imported", "diverged", "failed", "interrupted")
    ids = [store.add(a_run(seed, outcome)).id for seed, outcome in enumerate(outcomes)]
    assert store.lease(ids, "one") == ids[5:]
    assert store.lease(ids, "two", again=("failed", "interrupted")) == [ids[4]]


def test_a_process_number_used_again_is_not_the_same_worker(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.lease(["cell"], "one") == ["cell"]
    sql(store.path, "UPDATE leases SET born = '1'")
    assert store.lease(["cell"], "two") == ["cell"]


def test_another_host_s_worker_lives_by_its_beat(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.lease(["cell"], "far")
    sql(
        store.path,
        f"UPDATE leases SET host = 'far away', pid = 1, heartbeat = {time.time() - LEASE + 60}",
    )
    assert store.lease(["cell"], "near") == []
    sql(store.path, f"UPDATE leases SET heartbeat = {time.time() - LEASE - 60}")
    assert store.heartbeat("far") == 1
    assert store.lease(["cell"], "near") == []
    sql(store.path, f"UPDATE leases SET heartbeat = {time.time() - LEASE - 60}")
    assert store.lease(["cell"], "near") == ["cell"]
    assert (store.heartbeat("far"), store.heartbeat("near")) == (0, 1)


def test_a_claim_names_its_process(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.lease(["cell"], "one")
    sql(store.path, f"UPDATE leases SET worker = 'found' WHERE pid = {os.getpid()} AND host <> ''")
    assert store.heartbeat("found") == 1
