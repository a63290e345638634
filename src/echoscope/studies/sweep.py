"""A sweep: the cells of a study that are not trained yet, handed to an executor, kept as they come
back.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import numpy as np

from echoscope.errors import EchoscopeError, SettingError, StoreError, shown
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fusible import fusible
from echoscope.runs.run import Run
from echoscope.settings import choice, whole
from echoscope.store import AGAIN, Store, user_data_file
from echoscope.studies.cells import Waiting
from echoscope.studies.grid import Study
from echoscope.studies.jobs import Kept, Piece, death_of, failed, result_of, train_cells
from echoscope.studies.plan import Plan, plan
from echoscope.studies.progress import Advance, Tally
from echoscope.studies.shared_data import MissingDataError, SharedData, check_shapes, named
from echoscope.studies.worker_pool import WorkerPool, check_spawns

TRIES = 3  # how often a cell is handed out, where its worker dies
AHEAD = 4  # cells claimed at once: what another process on the same study does not get
PULSE = 0.5  # seconds between two looks, at most
HEARTBEAT = 60.0  # seconds between signs of life
RETRIED = ("failed", "diverged")


class Sweep:
    """Train a study: iterate to go on, `finish()` to train nothing more than what is being trained,
    `close()` to stop.

    `data` are user data [time] to train on instead of random integers, and `source` says in words
    where they came from; the store keeps them once, and each worker reads them once.

    Cells with a run in the store are not trained again, but those interrupted, and those with an
    outcome in `retry` (failed, diverged). Each cell is kept when it is trained; several processes
    may sweep one study into one store. `executor` is any of `concurrent.futures`, which trains
    `at_once` pieces at a time (a number, or what gives it); without one, it is a `WorkerPool` of
    `workers`, by default one a core. `group_size` cells of one shape are trained together: on a CPU
    more than one gives nothing, on other devices many do. Without `weights` only runs are kept.

    >>> study = Study(preset="current", seeds=2, axes={"vocab_size": [4], "epochs": [1]})
    >>> [advance.done for advance in Sweep(study, Store("echoes"), workers=1)][-1]
    2

    Raises `SettingError` for such settings, `StoreError` where the store cannot be used, and
    `EchoscopeError` where workers cannot be started or the executor has ended.
    """

    def __init__(
        self,
        study: Study,
        store: Store,
        *,
        executor: Executor | None = None,
        workers: object = None,
        at_once: int | Callable[[], int] | None = None,
        group_size: object = 1,
        weights: bool = True,
        retry: Sequence[str] = (),
        data: object = None,
        source: str = "",
    ) -> None:
        if not isinstance(study, Study) or not isinstance(store, Store):
            raise SettingError(
                "A Sweep needs a Study and a Store, as in Sweep(Study(preset='lag'),"
                f" Store('echoes')), not {shown(study)} and {shown(store)}."
            )
        check_spawns(executor)
        self.store, self._weights, self._source = store, weights, source
        study, self.data = named(study, data)
        self._shared = None if self.data is None else SharedData(self.data.name, str(store.folder))
        self._again = (*AGAIN, *(choice("retry", outcome, RETRIED) for outcome in retry))
        self.plan: Plan = plan(
            study, [row.id for row in store.rows() if row.outcome not in self._again]
        )
        if self.data is not None:
            check_shapes(self.plan.shapes, study, self.data)
        self.group_size = whole("group_size", group_size, 1)
        self._most = (
            at_once if at_once is None or callable(at_once) else whole("at_once", at_once, 1)
        )
        self._owns_executor = executor is None
        self.executor = executor or WorkerPool(workers, fused=fusible(self.plan.shapes))
        self._queues = {
            shape: Waiting(group)
            for shape, group in zip(self.plan.shapes, self.plan.groups, strict=True)
        }
        self._leased = {shape: deque[Experiment]() for shape in self._queues}
        self._again_pieces: deque[Piece] = deque()
        self._others: list[Experiment] = []
        self._running: dict[Future[list[Kept]], Piece] = {}
        self._name = f"{os.getpid()}-{uuid4().hex[:8]}"
        self._last_heartbeat = 0.0
        self._tally = Tally(len(self.plan.cells), len(self.plan.done))
        self.unkept: list[Kept] = []  # trained; where the store refuses it, somebody else's to keep
        self._ending = self._ended = self._leases = False

    def __iter__(self) -> Iterator[Advance]:
        return self

    def __next__(self) -> Advance:
        if self._ended:
            raise StopIteration
        if self._tally.began is None:
            self._tally.began = self._last_heartbeat = time.monotonic()
            if self.data is not None and self.plan.left:
                user_data_file.keep(self.store.folder, self.data.name, self.data)
        try:
            return self._step()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Sweep":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def at_once(self) -> int:
        """How many pieces are with the executor at a time."""
        if self._most is None:
            return getattr(self.executor, "at_once", None) or self._known or 1
        return self._most() if callable(self._most) else self._most

    @property
    def workers(self) -> int:
        """How many of them are trained at a time: all of them, where the executor does not say."""
        most = self.at_once
        return min(self._known or most, most)

    @property
    def _known(self) -> int:
        return getattr(self.executor, "workers", getattr(self.executor, "_max_workers", 0))

    def side_by_side(self, group_size: object) -> None:
        """From now on train so many cells together in one program, and one such piece at a time: as
        a GPU likes it.
        """
        self.group_size, self._most = whole("group_size", group_size, 1), 1

    @property
    def shared(self) -> SharedData | None:
        """The user data, to be given along with work; None for random integers."""
        return self._shared and replace(self._shared, data=self.data)

    def finish(self) -> None:
        """Train nothing more than what is being trained."""
        self._ending = True

    def close(self) -> None:
        """Stop at once: what is being trained is free again for the next sweep."""
        if self._ended:
            return
        self._ended = True
        for future in self._running:
            future.cancel()
        if self._owns_executor:
            at_work = getattr(self.executor, "busy", bool(self._running))
            self.executor.shutdown(wait=not at_work, cancel_futures=True)
        if self._leases:
            with suppress(StoreError):  # a lease ends with its process too
                self.store.release(self._name)

    def _step(self) -> Advance:
        self._fill(None)
        if not self._running:
            if self._ending or not self._others:
                self.close()
                raise StopIteration
            self._look_elsewhere()
            return self._advance([])
        finished, _ = wait(self._running, timeout=PULSE, return_when=FIRST_COMPLETED)
        for future in finished:
            piece = self._running.pop(future)
            self.unkept += [(self._named(run), kept) for run, kept in self._result(future, piece)]
            self._fill(piece.shape)  # first the worker has something to do, then the run is kept
        if time.monotonic() - self._last_heartbeat > HEARTBEAT:
            self.store.heartbeat(self._name)
            self._last_heartbeat = time.monotonic()
        runs = []
        while self.unkept:
            runs.append(self._keep(*self.unkept[0]))
            del self.unkept[0]
        return self._advance(runs)

    def _result(self, future: Future[list[Kept]], piece: Piece) -> list[Kept]:
        """What a piece gave; nothing where its worker died and it is to be tried again."""
        gone = EchoscopeError("its worker was taken away")
        error = gone if future.cancelled() else future.exception()
        if error is None or isinstance(error, ImportError | AttributeError):
            return result_of(future)
        if not isinstance(error, Exception):
            raise error
        if isinstance(error, MissingDataError) and not piece.unknown:
            piece.unknown = True
            self._again_pieces.append(piece)
            return []
        piece.tries += 1
        left = self.executor.left(future) if isinstance(self.executor, WorkerPool) else None
        if piece.tries < TRIES:
            self._again_pieces.append(piece)
            return []
        why = f"its worker died {TRIES} times, {death_of(left, error)}"
        return [(failed(cell, why), None) for cell in piece.cells]

    def _named(self, run: Run) -> Run:
        """A run with where its user data came from, also where it failed."""
        if self.data is None:
            return run
        return replace(run, source=self._source, recoding=self.data.recoding)

    def _keep(self, run: Run, weights: dict[str, np.ndarray] | None) -> Run:
        kept = self.store.add(run, weights)
        self._tally.add(kept)
        return kept

    def _fill(self, shape: Experiment | None) -> None:
        """Hand out pieces until there are as many as are wanted; of `shape` first, which that
        worker has compiled.
        """
        while len(self._running) < self.at_once and not self._ending:
            piece = self._again_pieces.popleft() if self._again_pieces else self._next(shape)
            if piece is None:
                return
            shared = self.shared if piece.unknown else self._shared
            work = (piece.cells, self._weights, *(() if shared is None else (shared,)))
            try:
                self._running[self.executor.submit(train_cells, *work)] = piece
            except RuntimeError as error:
                raise EchoscopeError(
                    f"The executor takes no more work ({error}): start it again; a study goes on"
                    " where it ended."
                ) from None

    def _next(self, shape: Experiment | None) -> Piece | None:
        while True:
            shapes = [known for known in self._queues if self._queues[known] or self._leased[known]]
            if not shapes:
                return None
            if shape not in shapes:
                at_work = [piece.shape for piece in self._running.values()]
                shape = min(
                    shapes, key=lambda known: (at_work.count(known), -len(self._queues[known]))
                )
            cells = self._taken(shape)
            if cells:
                return Piece(shape, cells)

    def _taken(self, shape: Experiment) -> list[Experiment]:
        """The next cells of a shape that are this process's to train."""
        queue, leased = self._queues[shape], self._leased[shape]
        if not leased:
            cells = [queue.popleft() for _ in range(min(max(AHEAD, self.group_size), len(queue)))]
            got = self._lease(cells)
            leased += [cell for cell in cells if cell.id in got]
            self._others += [cell for cell in cells if cell.id not in got]
        return [leased.popleft() for _ in range(min(self.group_size, len(leased)))]

    def _lease(self, cells: list[Experiment]) -> set[str]:
        """The ids of those cells that are this process's from now on, until it is closed."""
        self._leases = True
        return set(self.store.lease([cell.id for cell in cells], self._name, self._again))

    def _look_elsewhere(self) -> None:
        """Count the cells that others have finished, take back what they left, wait a moment."""
        outcomes = {
            row.id: row.outcome for row in self.store.rows(ids=[cell.id for cell in self._others])
        }
        left = [cell for cell in self._others if outcomes.get(cell.id, AGAIN[0]) in self._again]
        self._tally.done += len(self._others) - len(left)
        self._others = left
        free = self._lease(self._others)
        for cell in self._others:
            if cell.id in free:
                self._leased[cell.shape].append(cell)
        self._others = [cell for cell in self._others if cell.id not in free]
        if self._others and not free:
            time.sleep(PULSE)

    def _advance(self, runs: list[Run]) -> Advance:
        training = sum(len(piece.cells) for piece in self._running.values())
        return self._tally.advance(runs, training, len(self._others))
