"""A crew: worker processes of this machine, one thread each, as an executor. It imports no JAX; its
workers do.
"""

import fcntl
import os
import shutil
import signal
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.spawn import get_preparation_data
from pathlib import Path
from typing import IO, Any

from echoscope import xla
from echoscope.errors import EchoError
from echoscope.words import whole

MOST_WORKERS = 1024
PREFIX, LOCK = (
    "echoscope-crew-",
    "crew.lock",
)  # of its folder, and of the file there that it holds while it lives
UNGUARDED = (
    "Worker processes end as soon as they begin, because they read the main program again: put what"
    " it does under if __name__ == '__main__':."
)


class CrewError(EchoError):
    """Worker processes cannot be had here."""


class Crew(Executor):
    """Workers that each do one thing at a time. One that dies fails only what it was doing, and is
    replaced.

    Without a number there are as many as this process may use cores. They share what they compile,
    ignore Ctrl-C, which is for the process that asked, and end with it, however it ends. Raises
    `WordError` for a number of no workers.

    >>> with Crew(2) as crew:
    ...     crew.submit(pow, 2, 5).result()
    32
    """

    def __init__(self, workers: object = None) -> None:
        self.workers = cores() if workers is None else whole("workers", workers, 1, MOST_WORKERS)
        try:
            get_preparation_data(
                "worker"
            )  # refuses in a worker that is still reading the main program
        except RuntimeError:
            raise CrewError(UNGUARDED) from None
        _tidy_up()
        self.folder = Path(
            tempfile.mkdtemp(prefix=PREFIX)
        )  # programs once compiled, and what workers print
        lock = (self.folder / LOCK).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        self._tidy = weakref.finalize(self, _remove, self.folder, lock)
        self._workers = [_Worker(self.folder, number) for number in range(self.workers)]
        self._ended = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a worker call `fn`, the one with the least to do."""
        if self._ended:
            raise RuntimeError("this crew has been shut down")
        return min(self._workers, key=lambda worker: worker.busy).submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers: after what they are doing, or with `wait` False at once."""
        self._ended = True
        for worker in self._workers:
            worker.shutdown(wait, cancel_futures)
        self._tidy()


def _remove(folder: Path, lock: IO[bytes]) -> None:
    """Remove a folder, and only then let go of its lock."""
    shutil.rmtree(folder, ignore_errors=True)
    lock.close()


def _tidy_up() -> None:
    """Remove the folders of crews that were killed: nobody holds their lock any more."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError), lock.open("rb+") as file:  # held, not ours, or gone by now
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


class _Worker:
    """One process, made when it is first needed and again when it has died."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder, self._number = folder, number
        self._pool: ProcessPoolExecutor | None = None
        self._process: Future[int] | None = None
        self.busy = 0

    def submit(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        pool = self._pool or self._started()
        try:
            done = pool.submit(fn, *args, **kwargs)
        except BrokenProcessPool:
            done = self._started().submit(fn, *args, **kwargs)
        self.busy += 1
        done.add_done_callback(self._rest)
        return done

    def _rest(self, _: Future[Any]) -> None:
        self.busy -= 1

    def _started(self) -> ProcessPoolExecutor:
        if self._process and self._process.done() and self._process.exception():
            raise CrewError(UNGUARDED)
        log = self._folder / f"worker-{self._number}.log"
        self._pool = ProcessPoolExecutor(
            1, get_context("spawn"), begin, (str(self._folder), str(log))
        )
        self._process = self._pool.submit(os.getpid)
        return self._pool

    def shutdown(self, wait: bool, cancel: bool) -> None:
        if self._pool is None:
            return
        if not wait and self._process and self._process.done() and not self._process.exception():
            with suppress(ProcessLookupError):
                os.kill(self._process.result(), signal.SIGTERM)
        self._pool.shutdown(wait, cancel_futures=cancel or not wait)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def begin(folder: str, log: str) -> None:
    """What a worker does first: it leaves Ctrl-C and the screen to its parent, ends with it, and
    starts XLA.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(out, stream.fileno())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    kept = {
        "JAX_COMPILATION_CACHE_DIR": folder,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    for name, value in kept.items():
        os.environ.setdefault(name, value)
    xla.start(1)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
