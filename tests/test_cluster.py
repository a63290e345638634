"""A study on a Dask cluster: a real scheduler and workers in processes of their own, one of them
killed.
"""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from subprocess import DEVNULL, Popen

import pytest
from distributed import Client

from echoscope import EchoscopeError, ExtraError, Store, Study, Sweep
from echoscope.cli import status
from echoscope.process.xla import FASTER
from echoscope.studies.dask import DaskCluster
from test_sweep import results

SETTINGS = {"vocab_size": 3, "epochs": 300, "units": 4, "lag": "1..2"}
STUDY = Study(preset="lag", fit="quick", seeds=4, axes=SETTINGS)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers that their nannies start again when they die."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    folder = tmp_path_factory.mktemp("cluster")
    dask = [sys.executable, "-m", "dask"]
    port = address.rpartition(":")[2]
    begun = [
        Popen(
            [
                *dask,
                "scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                port,
                "--no-dashboard",
                "--no-show",
            ],
            cwd=folder,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
    ]
    begun += [
        Popen(
            [
                *dask,
                "worker",
                address,
                "--nthreads",
                "1",
                "--no-dashboard",
                "--local-directory",
                str(folder),
            ],
            cwd=folder,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        for _ in range(2)
    ]
    with Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    yield address
    for process in reversed(begun):
        process.terminate()
        process.wait()


def test_a_study_on_a_cluster_outlives_a_killed_worker_and_is_what_it_is_here(
    scheduler: str, tmp_path: Path
) -> None:
    there, here = Store(tmp_path / "there"), Store(tmp_path / "here")
    executor = DaskCluster(scheduler)
    assert (executor.workers, executor.at_once) == (2, 4)
    killed = None
    with (
        Client(scheduler, set_as_default=False) as client,
        Sweep(STUDY, there, executor=executor) as sweep,
    ):
        for advance in sweep:
            if advance.done >= 3 and killed is None:
                killed = next(iter(client.run(os.getpid).values()))
                os.kill(killed, signal.SIGKILL)
        assert killed is not None
        assert (advance.done, advance.trained, advance.failed) == (8, 8, 0)
        assert killed not in client.run(os.getpid).values()
    with ThreadPoolExecutor(1) as threads:
        list(Sweep(STUDY, here, executor=threads))
    assert {key: result[:2] for key, result in results(there).items()} == {
        key: result[:2] for key, result in results(here).items()
    }


def test_workers_start_xla_with_its_switches_and_a_thread_for_each_of_theirs(
    scheduler: str,
) -> None:
    def started() -> tuple[int, str, int]:
        names = [(thread / "comm").read_text() for thread in Path("/proc/self/task").iterdir()]
        return (
            os.getpid(),
            os.environ.get("XLA_FLAGS", ""),
            sum("XLAEigen" in name for name in names),
        )

    executor = DaskCluster(scheduler)
    worked = executor.submit(os.getpid).result()
    with Client(scheduler, set_as_default=False) as client:
        ((flags, threads),) = (text for pid, *text in client.run(started).values() if pid == worked)
    assert flags.startswith(FASTER)
    assert threads == 1
    executor.shutdown()


def test_the_command_trains_on_a_cluster(
    scheduler: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [f"--{name.replace(chr(95), chr(45))}={value}" for name, value in SETTINGS.items()]
    assert (
        status(
            [
                "sweep",
                "lag",
                "--fit=quick",
                *settings,
                "--seeds=1",
                f"--dask={scheduler}",
                f"--store={tmp_path}",
            ]
        )
        == 0
    )
    assert "2 cells trained in" in capsys.readouterr().out
    assert len(Store(tmp_path).ids()) == 2
    assert status(["sweep", "lag", f"--dask={scheduler}", "--workers=2"]) == 2
    assert "leave --workers out, or --dask" in capsys.readouterr().err


def test_a_worker_of_another_version_is_said(
    scheduler: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("echoscope.studies.dask.versions", lambda: {"echoscope": "9.9"})
    assert (
        status(["sweep", "lag", "--lag=1..2", f"--dask={scheduler}", f"--store={tmp_path / 'new'}"])
        == 2
    )
    assert (
        capsys.readouterr().err
        == f"echoscope: A worker cannot import Echoscope (it has {version('echoscope')}, the"
        " command 9.9): install the same version there.\n"
    )
    assert not (tmp_path / "new").exists()


def test_a_worker_without_echoscope_is_said_and_lives_on(scheduler: str, tmp_path: Path) -> None:
    def hide() -> int:
        for name in [name for name in sys.modules if name.partition(".")[0] == "echoscope"]:
            del sys.modules[name]
        sys.modules.update(echoscope=None)
        return os.getpid()

    def show() -> None:
        del sys.modules["echoscope"]

    with Client(scheduler, set_as_default=False) as client:
        workers = set(client.run(hide).values())
        with (
            Sweep(STUDY, Store(tmp_path), executor=DaskCluster(scheduler)) as sweep,
            pytest.raises(
                EchoscopeError,
                match=r"^A worker cannot import Echoscope .* install the same version there",
            ),
        ):
            list(sweep)
        assert set(client.run(os.getpid).values()) == workers
        client.run(show)


def test_a_scheduler_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echoscope.studies.dask.PATIENCE", 0.2)
    with pytest.raises(
        EchoscopeError,
        match=r"^No Dask scheduler answers at tcp://127\.0\.0\.1:1 .*start one"
        r" with dask",
    ):
        DaskCluster("tcp://127.0.0.1:1")
    with pytest.raises(EchoscopeError, match=r"^No Dask scheduler answers at nonsense"):
        DaskCluster("nonsense")


def test_without_dask_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExtraError, match=r"pip install 'echoscope\[dask\]'"):
        DaskCluster("tcp://127.0.0.1:1")
