"""Trainings of one layer, as many at a time as there are cores for, which can be stopped."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from echoscope.experiment.experiment import Experiment
from echoscope.measure.layer.base import Layer, Over
from echoscope.measure.layer.failures import named_failures
from echoscope.process.cores import cores
from echoscope.process.leaving import LEAVABLE
from echoscope.training.loop import HOLDS
from echoscope.training.results import Outcome, Progress

MOST_WORKERS = 4  # threads, which share one lock of Python between their slices
GRACE = 1.5  # seconds that a training has to come to the end of its slice
POLL = 0.1  # seconds between two looks at whether it is over


@dataclass(frozen=True)
class Job:
    """A training to be done. `scored` asks for its outcome on fresh targets, which costs as much as
    some hundred updates; `label` is whatever the one who asks knows it by.
    """

    experiment: Experiment
    scored: bool = False
    label: object = None


@dataclass(frozen=True)
class Trained:
    """What became of a job. `finished` is False where it was stopped before it had solved its task
    or made all its updates. `accuracy` is that of the last fresh targets it was trained on, before
    it was; of a scored one, of the outcome. `seconds` are of training alone, `compiling` before it.
    """

    job: Job
    finished: bool
    solved: bool
    accuracy: float
    loss: float
    steps: int
    seconds: float
    compiling: float
    outcome: Outcome | None = None


@dataclass
class Trials:
    """Trains jobs of one layer in threads: a compiled program, and most of PyTorch, let go of
    Python's lock, so each keeps a core busy, and a program is compiled once for all of them.

    Use it in a `with`: to leave it stops what runs, at the end of its slice (a fiftieth of a
    training). Nothing that has ended is lost, and what was `scored` is kept; `pace` has the seconds
    an update of the slowest training, by window. `deadline` is a time of `time.monotonic` at which
    everything stops by itself. What has not stopped `GRACE` seconds after is left to itself: it
    ends with its slice, and nobody waits for it.
    """

    layer: Layer
    workers: int = field(default_factory=lambda: min(cores(), MOST_WORKERS))
    deadline: float = np.inf
    scored: list[Trained] = field(init=False, default_factory=list)
    pace: dict[int, float] = field(init=False, default_factory=dict)
    _pool: ThreadPoolExecutor = field(init=False)
    _running: set[Future[Trained]] = field(init=False, default_factory=set)
    _left: set[Future[Trained]] = field(init=False, default_factory=set)
    _round: int = field(init=False, default=0)
    _stopped: threading.Event = field(init=False, default_factory=threading.Event)
    _locks: dict[Experiment, threading.Lock] = field(init=False, default_factory=dict)
    _known: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix=LEAVABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        wait(self._running | self._left, timeout=GRACE)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def until(self, deadline: float) -> None:
        """Begin another round, which is over at the deadline, when what the one before has left at
        work has stopped: nobody asks for it any more.
        """
        self.deadline = deadline
        self._round += 1
        while self._running and not self.over:
            self._running = wait(self._running, POLL).not_done
        self._left |= self._running
        self._running = set()

    def stop(self) -> None:
        """Stop what runs at the end of its slice."""
        self._stopped.set()

    @property
    def free(self) -> int:
        """How many workers have nothing to do."""
        return self.workers - len(self._running)

    @property
    def over(self) -> bool:
        """Whether nothing more will be trained."""
        return self._stopped.is_set() or time.monotonic() >= self.deadline

    def submit(self, job: Job) -> None:
        """Train it as soon as a worker is free."""
        self._running.add(self._pool.submit(self._train, job, self._round))

    def wait(self) -> Trained | None:
        """The next job to end, whichever it is; None where none is under way that will soon."""
        if not self._running:
            return None
        ended = self._first()
        if ended is None:
            return None
        self._running.discard(ended)
        result = ended.result()
        window = result.job.experiment.task.time_steps
        if result.steps:
            self.pace[window] = max(self.pace.get(window, 0.0), result.seconds / result.steps)
        if result.outcome:
            self.scored.append(result)
        return result

    def _first(self) -> Future[Trained] | None:
        since = None
        while True:
            done = wait(self._running, POLL, FIRST_COMPLETED).done
            if done:
                return next(iter(done))
            since = since or (time.monotonic() if self.over else None)
            if since and time.monotonic() - since > GRACE:
                return None

    def each(self, jobs: list[Job]) -> Iterator[Trained]:
        """Every job that ends before all is over, in the order of their ends. One at a time: it
        takes whatever ends, so nothing else may be under way.
        """
        waiting = list(jobs)
        while True:
            while self.free > 0 and waiting and not self.over:
                self.submit(waiting.pop(0))
            ended = self.wait()
            if ended is None:
                return
            if ended.finished:
                yield ended

    def _train(self, job: Job, begun: int) -> Trained:
        def over() -> bool:
            return begun != self._round or self.over

        with named_failures(self.layer.identity.source, "where it is trained"):
            return self._trained(job, over)

    def _trained(self, job: Job, over: Over) -> Trained:
        experiment = self.layer.experiment(job.experiment)
        began = time.monotonic()
        with self._lock(experiment.shape):  # whoever comes second finds the program
            trainer = self.layer.trainer([experiment], over)
        compiled = time.monotonic()
        target = experiment.training.target_accuracy
        last, finished, solved = _watched(iter(trainer), target, over)
        seconds = time.monotonic() - compiled
        outcome = trainer.outcomes()[0] if job.scored and finished else None
        accuracy = outcome.accuracy if outcome else None
        point = last.points[0] if last else None
        return Trained(
            job,
            finished,
            solved,
            accuracy.value if accuracy else point.accuracy if point else 0.0,
            point.loss if point else np.inf,
            point.step if point else 0,
            seconds,
            compiled - began,
            outcome,
        )

    def _lock(self, shape: Experiment) -> threading.Lock:
        with self._known:
            return self._locks.setdefault(shape, threading.Lock())


def _watched(
    trainer: Iterator[Progress], target: float | None, over: Over
) -> tuple[Progress | None, bool, bool]:
    """Train to the end or until it is over: where it stood, whether it is finished, and solved."""
    last: Progress | None = None
    reached = 0
    while not over():
        progress = next(trainer, None)
        if progress is None:
            return last, not over(), reached >= HOLDS
        last = progress
        reached = reached + 1 if target and last.points[0].accuracy >= target else 0
    return last, False, False
