"""A sweep with any executor: every cell once, whatever becomes of workers, stores and other
processes.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from echoscope import EchoscopeError, SettingError, Store, StoreError, Study, Sweep, train
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.presets import preset
from echoscope.store import AGAIN
from echoscope.studies.estimate import ProbeError, costs_of, seconds_of, work_of
from echoscope.studies.jobs import Kept, Probe, death_of, failed, probe_cell, train_cells
from echoscope.studies.plan import plan
from echoscope.studies.sweep import TRIES
from echoscope.studies.worker_pool import WorkerPool, WorkerPoolError
from echoscope.training.results import Point, Progress
from here import train_here
from quick import QUICK

STUDY = Study(
    preset="lag",
    fit="quick",
    seeds=2,
    axes={"vocab_size": 3, "epochs": 40, "units": "4,6", "lag": "1..2"},
)


class Inline(Executor):
    """Does everything at once, in order, and remembers it; `faults` come first."""

    def __init__(self, *faults: BaseException) -> None:
        self.given: list[list[Experiment]] = []
        self.faults = list(faults)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given.append(args[0])
        done: Future[Any] = Future()
        if self.faults:
            done.set_exception(self.faults.pop(0))
        else:
            done.set_result(fn(*args, **kwargs))
        return done


def made(cells: list[Experiment], weights: bool) -> list[Kept]:
    """Runs that nobody trained."""
    return [(replace(failed(cell, ""), outcome="done", accuracy=0.5), None) for cell in cells]


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echoscope.studies.sweep.train_cells", made)


def test_any_executor_trains_a_study_as_a_run_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_here(monkeypatch)
    store, steps = Store(tmp_path), []
    with ThreadPoolExecutor(1) as executor:
        for advance in Sweep(STUDY, store, executor=executor):
            steps.append((advance.done, len(advance.runs)))
            assert (advance.cells, advance.before, advance.failed) == (8, 0, 0)
    assert [done for done, _ in steps] == [
        sum(new for _, new in steps[: place + 1]) for place in range(len(steps))
    ]
    assert steps[-1][0] == 8
    runs = store.runs()
    assert {run.id for run in runs} == {cell.id for cell in STUDY.cells()}
    assert {run.side_by_side for run in runs} == {1}
    item = runs[3]
    alone, weights = train(item.experiment)
    assert (item.accuracy, item.curve, item.steps) == (alone.accuracy, alone.curve, alone.steps)
    kept = store.weights(item)
    assert all((kept[name] == weights[name]).all() for name in weights)
    assert [advance.done for advance in Sweep(STUDY, store, executor=Inline())] == []


@pytest.mark.usefixtures("untrained")
def test_lanes_share_a_shape_and_weights_are_optional(tmp_path: Path) -> None:
    executor = Inline()
    *_, last = Sweep(STUDY, Store(tmp_path), executor=executor, group_size=3, weights=False)
    assert (last.done, last.best and last.best.accuracy) == (8, 0.5)
    assert [len(cells) for cells in executor.given] == [3, 1, 3, 1]
    assert all(len({cell.shape for cell in cells}) == 1 for cells in executor.given)
    with pytest.raises(StoreError, match="was kept without its weights"):
        Store(tmp_path).weights(Store(tmp_path).find())


@pytest.mark.usefixtures("untrained")
def test_a_cell_whose_worker_dies_is_tried_again_and_then_failed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    executor = Inline(*[BrokenExecutor("gone")] * TRIES)
    *_, last = Sweep(STUDY, store, executor=executor)
    assert (last.done, last.failed) == (8, 1)
    assert executor.given[:TRIES] == [executor.given[0]] * TRIES
    assert len(executor.given) == TRIES + 7
    table = store.table("outcome = 'failed'")
    assert table["id"] == [executor.given[0][0].id]
    assert table["reason"] == ["its worker died 3 times, why is not known (BrokenExecutor)"]
    assert list(Sweep(STUDY, store, executor=Inline())) == []
    *_, last = Sweep(STUDY, store, executor=Inline(), retry=["failed"])
    assert (last.before, last.done, last.failed) == (7, 8, 0)
    assert store.table("outcome = 'failed'")["id"] == []


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize("fault", ["tried again", "not taken", "not kept"])
def test_a_closed_sweep_leases_nothing(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise EchoscopeError("full")

    store, executor = Store(tmp_path), Inline(*[BrokenExecutor("gone")] * 3)
    study = STUDY.with_settings(axes=STUDY.axes | {"lag": ((1,),), "units": (4,)})
    if fault == "not taken":
        monkeypatch.setattr(executor, "submit", refused)
    if fault == "not kept":
        executor.faults = []
        monkeypatch.setattr(store, "add", refused)
    sweep = Sweep(study, store, executor=executor, group_size=2)
    ids = [cell.id for cell in study.cells()]
    if fault == "tried again":
        next(sweep)
        sweep.finish()
        next(sweep)
    else:
        with pytest.raises(EchoscopeError, match="full"):
            next(sweep)
    sweep.close()
    assert store.lease(ids, "another", AGAIN) == ids


def test_what_cannot_be_trained_is_a_failed_record_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise MemoryError("RESOURCE_EXHAUSTED:\n  out of memory")

    monkeypatch.setattr("echoscope.training.loop.Training.__init__", full)
    ((run, weights),) = train_cells([STUDY.cells()[0]])
    assert (run.outcome, run.reason) == (
        "failed",
        "MemoryError: RESOURCE_EXHAUSTED: out of memory",
    )
    assert (run.accuracy, weights) == (None, None)


@pytest.mark.usefixtures("untrained")
def test_two_sweeps_of_one_study_do_each_cell_once(tmp_path: Path) -> None:
    item, two = Inline(), Inline()
    sweeps = [Sweep(STUDY, Store(tmp_path), executor=executor) for executor in (item, two)]
    last = [advance for pair in zip_longest(*sweeps) for advance in pair if advance]
    assert (last[-1].done, last[-1].elsewhere) == (8, 0)
    assert min(len(item.given), len(two.given)) > 0
    value = [cell.id for cells in item.given + two.given for cell in cells]
    assert sorted(value) == sorted(cell.id for cell in STUDY.cells())


@pytest.mark.usefixtures("untrained")
def test_cells_that_another_process_claimed_are_waited_for_and_taken_back(tmp_path: Path) -> None:
    store, cells = Store(tmp_path), STUDY.cells()
    store.lease([cells[0].id, cells[1].id], "another")
    sweep, seen = Sweep(STUDY, store, executor=Inline()), []
    for advance in sweep:
        seen.append((advance.done, advance.elsewhere))
        if advance.done == 6 and advance.elsewhere == 2:
            store.add(made([cells[0]], False)[0][0])
            store.release("another")
    assert (6, 2) in seen
    assert seen[-1] == (8, 0)


@pytest.mark.usefixtures("untrained")
def test_finishing_hands_out_nothing_more_and_leaves_no_claim(tmp_path: Path) -> None:
    store = Store(tmp_path)
    sweep = Sweep(STUDY, store, executor=Inline(), at_once=1)
    for advance in sweep:
        if advance.done >= 2:
            sweep.finish()
    assert 2 <= len(store.ids()) < 8
    assert len(store.lease([cell.id for cell in STUDY.cells()], "another")) == 8 - len(store.ids())


@pytest.mark.usefixtures("untrained")
def test_a_store_that_fills_up_ends_a_sweep_with_its_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, add = Store(tmp_path), Store.add

    def filling(self: Store, *value: Any) -> Any:
        if len(self.ids()) == 3:
            raise StoreError("The store is full.")
        return add(self, *value)

    monkeypatch.setattr(Store, "add", filling)
    with pytest.raises(StoreError, match=r"^The store is full\.$"):
        list(Sweep(STUDY, store, executor=Inline()))
    monkeypatch.undo()
    assert len(store.ids()) == 3
    assert len(store.lease([cell.id for cell in STUDY.cells()], "another")) == 5


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            ModuleNotFoundError("No module named 'echoscope'"),
            (
                "A worker cannot import Echoscope (No module named 'echoscope'): "
                "install the same version there."
            ),
        )
    ],
)
def test_a_worker_without_echoscope_is_said(
    fault: BaseException, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(EchoscopeError) as caught:
        list(Sweep(STUDY, Store(tmp_path), executor=Inline(fault)))
    assert str(caught.value) == sentence
    assert Store(tmp_path).ids() == []


def test_an_executor_that_has_ended_is_said(tmp_path: Path) -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(
        EchoscopeError,
        match=r"^The executor takes no more work \(cannot schedule new futures after shutdown\)",
    ):
        list(Sweep(STUDY, Store(tmp_path), executor=executor))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"workers": 0}, "workers must be an integer from 1 to 1024, not 0."),
        ({"at_once": 0}, "at_once must be an integer of at least 1, not 0."),
        ({"group_size": "x"}, "group_size must be an integer of at least 1, not 'x'."),
        ({"retry": ["done"]}, "retry 'done' is not known: use failed or diverged."),
    ],
)
def test_refused_words(settings: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        Sweep(STUDY, Store(tmp_path), **settings)
    assert str(caught.value) == sentence


def test_the_most_that_a_sweep_takes_lies_on_the_line_between_two_probes() -> None:
    light, heavy = (preset("lag", fit="quick", units=units) for units in (8, 32))
    probes = [Probe(light, 2.0, 0.001, 0.1, "cpu"), Probe(heavy, 2.0, 0.005, 0.2, "cpu")]
    middle = light.change(units=20)
    share = (work_of(middle) - work_of(light)) / (work_of(heavy) - work_of(light))
    assert seconds_of(middle, probes) == pytest.approx(0.001 + 0.004 * share)

    class Probing(Inline):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return super().submit(
                lambda cell: next(probe for probe in probes if probe.experiment == cell), *args
            )

    study = Study(preset="lag", fit="quick", seeds=1, axes={"units": "8,20,32"})
    costs = costs_of(plan(study), Probing())
    assert (costs.programs, costs.compile) == (3, 2.0)
    assert costs.train == pytest.approx(2000 * (0.001 + 0.005 + 0.001 + 0.004 * share) + 3 * 0.2)
    assert costs.longest == pytest.approx(2000 * 0.005 + 0.2)
    most = costs.train / 2 + costs.longest / 2
    assert costs.seconds(2) == pytest.approx(4 + most)  # one of the two compiles twice
    assert costs.seconds(2, shared=False) == pytest.approx(6 + most)
    assert costs.seconds(1) == pytest.approx(6 + costs.train)
    with pytest.raises(StoreError, match="Nothing of this study is left"):
        costs_of(plan(study, [cell.id for cell in study.cells()]), Probing())


def test_every_cell_takes_its_own_epochs() -> None:
    class Probing(Inline):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            (cell,) = args
            assert cell.training.epochs == 10_000  # of few, a slice would be timed and no step
            return super().submit(lambda cell: Probe(cell, 2.0, 0.001, 0.2, "cpu"), *args)

    for fit, steps in (("quick", 1), ("tutorial", 25)):
        for epochs in ([10, 10_000], [10_000, 10]):
            axes = {"units": 8, "epochs": epochs, "learning_rate": [0.1, 0.2]}
            study = Study(preset="current", fit=fit, seeds=3, axes=axes)
            costs = costs_of(plan(study), Probing())
            assert costs.programs == 1
            assert costs.train == pytest.approx(6 * (10_010 * 0.001 * steps + 2 * 0.2))
            assert costs.longest == pytest.approx(10_000 * 0.001 * steps + 0.2)


def test_a_probe_counts_what_is_loaded_once_with_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, cell = [0.0], preset("lag", fit="quick")

    class Trained:
        slices, accuracies = iter([5.0, *[0.04] * 100]), iter([1.0, 0.2])

        def __init__(self, _: list[Experiment], data: None = None) -> None:
            self.step = 0
            clock[0] += 2.0 if not clock[0] else 0.0

        def __iter__(self) -> Iterator[Progress]:
            return self

        def __next__(self) -> Progress:
            clock[0] += next(self.slices)
            self.step += 40
            return Progress(self.step, 2000, (Point(self.step, 1.0, 0.5),))

        def outcomes(self) -> None:
            clock[0] += next(self.accuracies)

    monkeypatch.setattr("echoscope.training.loop.Training", Trained)
    monkeypatch.setattr("echoscope.studies.jobs.time.perf_counter", lambda: clock[0])
    probe = probe_cell(cell)
    assert probe.compile == pytest.approx(2 + 5 + 1)
    assert probe.step == pytest.approx(0.001)
    assert probe.accuracy == pytest.approx(0.2)


def test_a_cell_that_cannot_be_tried_leaves_the_time_unknown() -> None:
    with pytest.raises(
        ProbeError,
        match=r"^how long it takes is not known: a trial .* failed \(MemoryError: too much\)$",
    ):
        costs_of(plan(STUDY), Inline(MemoryError("too much")))
    with pytest.raises(
        EchoscopeError,
        match=r"^A worker cannot import Echoscope \(no such module\): install"
        r" the same",
    ):
        costs_of(plan(STUDY), Inline(ImportError("no such module")))


@pytest.fixture(scope="module")
def worker_pool() -> Iterator[WorkerPool]:
    with WorkerPool(1) as result:
        yield result


def test_workers_that_cannot_begin_are_said_to_whatever_the_reason_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("echoscope.studies.worker_pool.begin", int)  # takes no such arguments
    with WorkerPool(1) as broken:
        with pytest.raises(BrokenExecutor):
            broken.submit(os.getpid).result()
        with pytest.raises(WorkerPoolError, match=r"use fewer workers, as memory may be short\.$"):
            broken.submit(os.getpid)


def cores_of_threads() -> list[frozenset[int]]:
    """Where each thread of a worker may run: anywhere, or all workers' would share one core."""
    return [
        frozenset(os.sched_getaffinity(int(thread.name)))
        for thread in Path("/proc/self/task").iterdir()
    ]


def test_a_worker_has_one_thread_ignores_ctrl_c_and_is_replaced_when_it_dies(
    worker_pool: WorkerPool,
) -> None:
    process = worker_pool.submit(os.getpid).result()
    os.kill(process, signal.SIGINT)
    assert worker_pool.submit(os.getpid).result() == process
    assert set(worker_pool.submit(cores_of_threads).result()) == {
        frozenset(os.sched_getaffinity(0))
    }
    doomed = worker_pool.submit(time.sleep, 60)
    os.kill(process, signal.SIGKILL)
    with pytest.raises(BrokenExecutor):
        doomed.result()
    assert worker_pool.submit(os.getpid).result() != process


def test_workers_end_with_the_process_that_asked_for_them_and_the_next_crew_tidies_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, time; from echoscope.studies.worker_pool import WorkerPool\n"
        "if __name__ == '__main__':\n"
        "    pool = WorkerPool(1); print(pool.submit(os.getpid).result(), pool"
        ".folder, flush=True)\n"
        "    pool.submit(time.sleep, 60)\n"
        "    time.sleep(60)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True
    ) as asking:
        assert asking.stdout
        process, folder = asking.stdout.readline().split()
        worker = int(process)
        with WorkerPool(1) as beside:
            assert Path(folder).exists()
        asking.kill()
    until = time.monotonic() + 20
    while _lives(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(worker)
    assert Path(folder).exists()
    assert not beside.folder.exists()
    with WorkerPool(1):
        assert not Path(folder).exists()


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from echoscope import Store, Study, Sweep\n"
        "list(Sweep(Study(preset='lag', seeds=1), Store('echoes'), workers=1))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=120,
    )
    assert done.returncode != 0
    assert "put what it does under if __name__ == '__main__':." in done.stderr
    assert Store(tmp_path / "echoes").ids() == []


def test_a_crew_says_how_a_worker_died_and_asks_for_less_after_a_crash() -> None:
    with WorkerPool(2) as worker_pool:
        for work, left in ((crash, -signal.SIGABRT), (vanish, 3), (get_killed, -signal.SIGKILL)):
            value = worker_pool.submit(work)
            assert isinstance(value.exception(60), BrokenExecutor)
            assert worker_pool.left(value) == left
            if work is crash:
                assert worker_pool.submit(flags).result(60) == ""
        assert worker_pool.left(worker_pool.submit(flags)) is None


def crash() -> None:
    os.abort()


def vanish() -> None:
    os._exit(3)


def get_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def flags() -> str:
    """The switches that were asked for, but for those of the tests."""
    mine = QUICK.split()
    return " ".join(flag for flag in os.environ["XLA_FLAGS"].split() if flag not in mine)


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (None, "why is not known (BrokenExecutor)"),
        (3, "the last with status 3"),
        (-9, "the last ended by SIGKILL, by someone or by a system short of memory"),
        (-15, "the last ended by SIGTERM"),
        (-6, "the last crashed (SIGABRT) without the switches that make it faster"),
    ],
)
def test_of_a_death_is_said_what_is_known(left: int | None, text: str) -> None:
    assert death_of(left, BrokenExecutor("gone")) == text


def test_a_hangup_of_all_processes_leaves_the_workers_and_what_looks_after_them() -> None:
    """As a terminal that is closed sends it: to all, and it is for the parent to say what then."""
    code = (
        "import os, signal\n"
        "from echoscope.studies.worker_pool import WorkerPool\n"
        "signal.signal(signal.SIGHUP, lambda *_: print('heard', flush=True))\n"
        "if __name__ == '__main__':\n"
        "    with WorkerPool(1) as pool:\n"
        "        pool.submit(abs, 1).result()\n"
        "        os.killpg(0, signal.SIGHUP)\n"
        "        print(pool.submit(abs, -7).result(), flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        text=True,
        start_new_session=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "heard\n7\n", "")
