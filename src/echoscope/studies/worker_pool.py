"""A worker pool: worker processes of this machine, one thread each, as an executor. It imports no
JAX; its workers do.
"""

import fcntl
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import connection, parent_process, resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from multiprocessing.spawn import get_preparation_data
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from echoscope.errors import EchoscopeError
from echoscope.process import compile_cache, xla
from echoscope.process.cores import cores
from echoscope.process.supervisor import FORWARDED, crashed
from echoscope.process.uninterrupted import uninterrupted
from echoscope.settings import whole

MOST_WORKERS = 1024
Told = ParamSpec("Told")  # what work is given
Given = TypeVar("Given")  # what it gives
Due = Future[Any]  # what a worker is to give
PATIENCE = 5.0  # seconds for the system to say how a process ended that is gone
SOON = 0.01  # seconds between two questions after that
PREFIX, LOCK = (
    "echoscope-workers-",
    "workers.lock",
)  # of its folder, and of the file there that it holds while it lives
UNGUARDED = (
    "Worker processes end as soon as they begin, because they read the main program again: put what"
    " it does under if __name__ == '__main__':."
)

ENDED = (
    "Worker processes end as soon as they begin: put what the main program does under"
    " if __name__ == '__main__':, or, where it is, use fewer workers, as memory may be short."
)


class WorkerPoolError(EchoscopeError):
    """Worker processes cannot be had here."""


class WorkerPool(Executor):
    """Workers that each do one thing at a time. One that dies fails only what it was doing, and is
    replaced.

    Without a number there are as many as this process may use cores; `fused` asks the compiler for
    multi-output fusion, as `fusible` allows it. They share what they compile,
    ignore Ctrl-C, which is for the process that asked, and end with it, however it ends. Raises
    `SettingError` for a number of no workers.

    >>> with WorkerPool(2) as worker_pool:
    ...     worker_pool.submit(pow, 2, 5).result()
    32
    """

    def __init__(self, workers: object = None, *, fused: bool = False) -> None:
        self.workers = cores() if workers is None else whole("workers", workers, 1, MOST_WORKERS)
        try:
            get_preparation_data(
                "worker"
            )  # refuses in a worker that is still reading the main program
        except RuntimeError:
            raise WorkerPoolError(UNGUARDED) from None
        _tidy_up()
        _track()
        self.folder = Path(
            tempfile.mkdtemp(prefix=PREFIX)
        )  # programs once compiled, and what workers print
        lock = (self.folder / LOCK).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        self._tidy = weakref.finalize(self, _remove, self.folder, lock)
        self._workers = [_Worker(self.folder, number, fused) for number in range(self.workers)]
        self._ended = False

    def submit(
        self, fn: Callable[Told, Given], /, *args: Told.args, **kwargs: Told.kwargs
    ) -> Future[Given]:
        """Have a worker call `fn`, the one with the least to do."""
        if self._ended:
            raise RuntimeError("this worker pool has been shut down")
        worker = min(self._workers, key=lambda worker: (worker.busy, not worker.crashed))
        return worker.submit(fn, *args, **kwargs)

    def left(self, future: Due) -> int | None:
        """How the worker died that was to give this: its status, or below 0 its signal; None where
        that is not known.
        """
        return next((left for worker in self._workers if (left := worker.left(future))), None)

    @property
    def busy(self) -> bool:
        """Whether any worker has something to do."""
        return any(worker.busy for worker in self._workers)

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
    """Remove the folders of worker pools that were killed: nobody holds their lock any more."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError), lock.open("rb+") as file:  # held, not ours, or gone by now
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def _track() -> None:
    """Begin the process that looks after what Python's processes share. Of the signals that are for
    their parent, it would be ended by one.
    """
    if hasattr(signal, "SIGHUP"):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """One process, made when it is first needed and again when it has died. After a crash it asks
    the compiler for nothing but what it does by itself.
    """

    def __init__(self, folder: Path, number: int, fused: bool) -> None:
        self._folder, self._number, self._fused = folder, number, fused
        self._pool: ProcessPoolExecutor | None = None
        self._first_call: Future[int] | None = None
        self._made = _Made()
        self._given: WeakKeyDictionary[Due, BaseProcess | None] = WeakKeyDictionary()
        self.busy, self.crashed = 0, False

    def submit(
        self, fn: Callable[Told, Given], *args: Told.args, **kwargs: Told.kwargs
    ) -> Future[Given]:
        # Parted by a signal, a process could have begun that nobody knows: it would wait for work,
        # and this one for its end.
        with uninterrupted():
            pool = self._pool or self._started()
            try:
                done = pool.submit(fn, *args, **kwargs)
            except BrokenProcessPool:
                done = self._started().submit(fn, *args, **kwargs)
            self.busy += 1
            self._given[done] = self._made.last
            done.add_done_callback(self._rest)
        return done

    def left(self, future: Due) -> int | None:
        """How the process left that this was given to, if it is gone."""
        process = self._given.get(future)
        if process is None:
            return None
        # The pool's own thread asks too, and the system tells one of them only: what that one was
        # told is known a moment later.
        until = time.monotonic() + PATIENCE
        while process.exitcode is None and time.monotonic() < until:
            connection.wait([process.sentinel], until - time.monotonic())
            time.sleep(SOON)
        self.crashed = self.crashed or crashed(process.exitcode or 0)
        return process.exitcode

    def _rest(self, _: Due) -> None:
        self.busy -= 1

    def _started(self) -> ProcessPoolExecutor:
        if self._first_call and self._first_call.done() and self._first_call.exception():
            raise WorkerPoolError(ENDED)
        log = self._folder / f"worker-{self._number}.log"
        kept = compile_cache.whole() or self._folder / compile_cache.WHOLE
        initargs = (str(self._folder), str(kept), str(log), self._fused, self.crashed)
        self._pool = ProcessPoolExecutor(1, self._made, begin, initargs)
        self._first_call = self._pool.submit(os.getpid)
        return self._pool

    def shutdown(self, wait: bool, cancel: bool) -> None:
        if self._pool is None:
            return
        if not wait and self._made.last is not None and self._made.last.is_alive():
            self._made.last.kill()
        self._pool.shutdown(wait, cancel_futures=cancel or not wait)


class _Made(SpawnContext):
    """Begins processes, and knows the last."""

    Process: Any

    def __init__(self) -> None:
        super().__init__()
        self.last: BaseProcess | None = None
        self.Process = self._begun

    def _begun(self, *args: Any, **kwargs: Any) -> BaseProcess:
        self.last = SpawnProcess(*args, **kwargs)
        return self.last


def check_spawns(executor: Executor | None) -> None:
    """Refuse processes that are forked: JAX has threads, and in a fork of them its first program
    waits for ever.
    """
    context = getattr(executor, "_mp_context", None)
    if context is not None and context.get_start_method() == "fork":
        raise EchoscopeError(
            "The executor forks its processes, in which JAX hangs: make it as ProcessPoolExecutor("
            "mp_context=multiprocessing.get_context('spawn')), or leave executor out."
        )


def begin(folder: str, kept: str, log: str, fused: bool = False, plain: bool = False) -> None:
    """What a worker does first: it leaves signals and the screen to its parent, ends with it, and
    starts XLA, `plain` without switches. Programs are kept where its parent keeps them, else in the
    folder of the worker pool.
    """
    for name in FORWARDED:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(out, stream.fileno())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    compile_cache.ask_for(Path(folder), Path(kept))
    if plain:
        xla.leave_alone()
    xla.start(1, fused)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
