"""Work: what a worker is handed and gives back. It needs JAX only when it is done."""

import platform
import signal
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from echoscope.errors import EchoscopeError
from echoscope.experiment.demand import ceiling_of
from echoscope.experiment.experiment import Experiment
from echoscope.process.supervisor import crashed
from echoscope.runs.run import Run
from echoscope.runs.versions import now, versions
from echoscope.studies.shared_data import SharedData

Result = TypeVar("Result")
PROBED = 0.3  # seconds of training that a probe times, in slices of which one may be longer
Kept = tuple[Run, dict[str, np.ndarray] | None]  # a run, and its weights if they are to be kept


@dataclass(frozen=True)
class Probe:
    """What a trial of one cell cost: seconds to compile and load its program, seconds a step of
    training, seconds to evaluate it; and on what kind of device.
    """

    experiment: Experiment
    compile: float
    step: float
    accuracy: float
    platform: str


@dataclass
class Piece:
    """Cells of one shape that a worker trains together."""

    shape: Experiment
    cells: list[Experiment]
    tries: int = 0
    unknown: bool = False  # whether a worker did not have the user data


def train_cells(
    cells: Sequence[Experiment], weights: bool = True, shared: SharedData | None = None
) -> list[Kept]:
    """Train cells of one shape, the runs of one program, to their end, on user data if they are
    `shared`. What cannot be trained is a failed run. Raises `MissingDataError` where this worker
    must be given the data.
    """
    from echoscope.training.loop import Training
    from echoscope.training.train import run_of

    data = shared.read() if shared else None
    try:
        training = Training(cells, data=data)
        for _ in training:
            pass
        return [
            (run_of(outcome), outcome.weights if weights else None)
            for outcome in training.outcomes()
        ]
    except Exception as error:
        return [(failed(cell, reason_of(error)), None) for cell in cells]


def check_heaviest(shapes: Sequence[Experiment], runs: int, processes: int) -> None:
    """Refuse cells of which one does not fit into this machine's memory, in so many processes at a
    time: an `InsufficientMemoryError`.
    """
    from echoscope.training.memory import check_room, footprint

    check_room(max(shapes, key=lambda shape: footprint(shape, runs)), runs, processes)


def probe_cell(cell: Experiment, shared: SharedData | None = None) -> Probe:
    """Compile a cell's program, and train it for some tenths of a second or to its end. What the
    first slice and the first accuracy take to load is paid once, and so counted with the program.
    """
    import jax

    from echoscope.training.loop import Training

    data = shared.read() if shared else None
    started = time.perf_counter()
    training = Training([cell], data=data)
    next(training)
    training.outcomes()
    loaded, steps = time.perf_counter(), 0
    training = Training([cell], data=data)
    for progress in training:
        steps = progress.points[0].step
        if time.perf_counter() - loaded > PROBED:
            break
    trained = time.perf_counter()
    training.outcomes()
    evaluated = time.perf_counter()
    step = (trained - loaded) / steps
    return Probe(cell, loaded - started, step, evaluated - trained, jax.default_backend())


def result_of(future: Future[Result]) -> Result:
    """What a worker gave. Raises `EchoscopeError` where it has no or another Echoscope, else what
    the work raised.
    """
    try:
        return future.result()
    except (ImportError, AttributeError) as error:
        raise EchoscopeError(
            f"A worker cannot import Echoscope ({error}): install the same version there."
        ) from None


def failed(experiment: Experiment, reason: str) -> Run:
    """The run of a training that gave nothing, with the reason in a few words: too little memory,
    say.
    """
    return Run(
        experiment=experiment,
        outcome="failed",
        reason=reason,
        accuracy=None,
        accuracy_low=None,
        accuracy_high=None,
        target_count=0,
        loss=None,
        chance=experiment.task.chance,
        ceiling=ceiling_of(experiment),
        epochs=0,
        steps=0,
        curve=(),
        seconds={"compile": 0.0, "train": 0.0},
        side_by_side=1,
        inputs=[],
        targets=[],
        predictions=[],
        versions=versions(),
        device=platform.machine(),
        created=now(),
    )


def reason_of(error: Exception) -> str:
    """What went wrong, in a few words."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__


def death_of(left: int | None, error: Exception) -> str:
    """Why a worker died that left so: what is known of it, and no more."""
    if left is None:
        return f"why is not known ({type(error).__name__})"
    if left >= 0:
        return f"the last with status {left}"
    name = signal.Signals(-left).name
    if crashed(left):
        return f"the last crashed ({name}) without the switches that make it faster"
    by = ", by someone or by a system short of memory" if name == "SIGKILL" else ""
    return f"the last ended by {name}{by}"
