"""Training: pull slices of one compiled program until every run has an outcome."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import jax
import numpy as np

from echoscope.errors import SettingError, shown
from echoscope.experiment import baselines
from echoscope.experiment.experiment import Experiment, check_experiment
from echoscope.experiment.held_out import EVALUATION_TARGETS, Places, held_out
from echoscope.experiment.user_data import UserData, held_out_part, named
from echoscope.models.base import Weights
from echoscope.training.batches import EVALUATED, TRAINED, BatchPlan, batch_plan
from echoscope.training.memory import check_room
from echoscope.training.program import Metrics, Slice, compiled
from echoscope.training.results import Outcome, Point, Progress
from echoscope.training.scores import accuracy_of, by_label, share_of
from echoscope.training.setup import Setup
from echoscope.training.train_state import TrainState, begun, fitting, stacked

SLICES = 50  # a full training is this many pulls, and a curve this many points at most
HOLDS = 2  # slices in a row that must reach `target_accuracy`
POINT_TARGETS = 1_000  # held-out targets behind a point of the curve, where there are so many
MARGIN = 1.05  # more targets drawn than that, where some will be missing
DONE, SOLVED, INTERRUPTED, DIVERGED = "done", "solved", "interrupted", "diverged"


class Reading(NamedTuple):
    """What is read to evaluate a run: so many epochs, with a `stride` between user data's draws."""

    epochs: int
    stride: int = 0


class Terms(NamedTuple):
    """What runs of one task share: their plan, what needs no memory of user data, and what is read
    for a point of the curve and for the accuracy.
    """

    plan: BatchPlan
    chance: baselines.Chance | None
    point: Reading
    accuracy: Reading

    @classmethod
    def of(cls, experiment: Experiment, data: UserData | None) -> "Terms":
        """The terms of a task, and user data if it is learned from them."""
        plan = batch_plan(experiment)
        point, accuracy = (
            reading(experiment, plan, data, targets)
            for targets in (POINT_TARGETS, EVALUATION_TARGETS)
        )
        return cls(plan, baselines.chance(experiment, data) if data else None, point, accuracy)


def reading(
    experiment: Experiment, plan: BatchPlan, data: UserData | None, targets: int
) -> Reading:
    """What is read for at least so many targets: every window held out, or an even choice."""
    if data:
        held = held_out(experiment, data, targets)
        return Reading(held.epochs, held.stride)
    if not plan.gappy:
        return Reading(-(-targets // plan.target_count))
    return Reading(math.ceil(MARGIN * targets / (plan.target_count * experiment.task.kept)))


@dataclass
class _Run:
    """What is known of one run so far."""

    experiment: Experiment
    terms: Terms
    outcome: str | None = None
    epochs: int = 0
    slices_at_target: Fraction = Fraction()
    seconds: float = 0.0
    curve: list[Point] = field(default_factory=list)

    @property
    def slice(self) -> int:
        """Epochs to train in the next pull: none once there is an outcome."""
        whole = self.experiment.training.epochs
        return 0 if self.outcome else min(-(-whole // SLICES), whole - self.epochs)


class Training:
    """A group of experiments of one shape (they differ in seed, learning_rate, epochs,
    target_accuracy or fold), trained by one program.

    Iterate to train; stop iterating whenever you like; `outcomes()` evaluates what there is.

    >>> training = Training([preset("current", epochs=3, seed=seed) for seed in (0, 1)])
    >>> [progress.epoch for progress in training]
    [1, 2, 3]
    >>> [outcome.steps for outcome in training.outcomes()]
    [75, 75]

    First weights come from each seed, unless `weights` gives them, by name, for every run. `data`
    are user data [time] to train on instead of random ones: the last fifth is held out, and the
    accuracy is measured on it. Raises `SettingError` if the experiments are not of one shape,
    `IntegerError` for user data that cannot be trained on, and `InsufficientMemoryError` for what
    the free memory cannot hold.
    """

    def __init__(
        self,
        experiments: Sequence[Experiment],
        weights: Sequence[dict[str, np.ndarray]] = (),
        data: object = None,
    ) -> None:
        if isinstance(experiments, str | Experiment) or not isinstance(experiments, Iterable):
            raise SettingError(
                "Training needs a list of experiments, as [preset('lag')], not"
                f" {shown(experiments)}."
            )
        for experiment in experiments:
            check_experiment(experiment, "Training")
        if not experiments:
            raise SettingError("Training needs at least one experiment, not none.")
        imported = [experiment.imported for experiment in experiments if experiment.imported]
        if imported and not weights:
            raise SettingError(
                f"The weights {imported[0]} were imported, so no training makes them: use those of"
                " its run, or train with imported None."
            )
        experiments, self.data = named(experiments, data)
        self.setup = Setup.of(experiments[0])
        for experiment in experiments:
            if experiment.shape != self.setup.shape:
                raise SettingError(
                    "Experiments of one group may differ only in seed, learning_rate, epochs,"
                    " target_accuracy and fold, and in lags inside their window: train the others"
                    " in a group of their own."
                )
        check_room(self.setup.shape, len(experiments))
        one_of_each = {(item.task, item.training.fold): item for item in reversed(experiments)}
        terms = {key: Terms.of(item, self.data) for key, item in one_of_each.items()}
        self._runs = [_Run(item, terms[item.task, item.training.fold]) for item in experiments]
        first = [fitting(self.setup, value) for value in weights] or [
            self.setup.first_weights(experiment.seed) for experiment in experiments
        ]
        self._group: TrainState = stacked([begun(self.setup, value) for value in first])
        self._integers = np.array(self.data.integers if self.data else (), np.int32)
        self._places = Places.of(self.setup.shape, self.data)
        started = time.perf_counter()
        shapes = self._integers.shape, len(self._places.starts)
        self._program = compiled(self.setup, len(experiments), *shapes)
        self.seconds_compile = time.perf_counter() - started

    def __iter__(self) -> Iterator[Progress]:
        return self

    def __next__(self) -> Progress:
        return self.pull()

    def pull(self, most: int | None = None) -> Progress:
        """Train a slice, or at most so many epochs of one: what is learned is the same. Raises
        `StopIteration` when every run has an outcome.
        """
        active = [run for run in self._runs if not run.outcome]
        if not active:
            raise StopIteration
        started = time.perf_counter()
        slices = [run.slice for run in self._runs]
        counts = slices if most is None else [min(most, count) for count in slices]
        metrics = self._run(
            TRAINED, [run.experiment.training.learning_rate for run in self._runs], counts
        )
        share = (time.perf_counter() - started) / len(active)
        for place, run in enumerate(self._runs):
            if not run.outcome:
                run.seconds += share
                run.epochs += counts[place]
        held_out = self._held_out(counts) if self.data else None
        for place, run in enumerate(self._runs):
            if counts[place]:
                held_out_point = (
                    (float(held_out.loss[place]), min(share_of(held_out, place), 1.0))
                    if held_out
                    else None
                )
                loss, accuracy = float(metrics.loss[place]), share_of(metrics, place)
                point = Point(self._steps(run), loss, accuracy, held_out_point)
                self._judge(run, point, Fraction(counts[place], slices[place]))
        done = max(run.epochs for run in self._runs)
        whole = max(run.experiment.training.epochs for run in self._runs)
        return Progress(done, whole, tuple(run.curve[-1] for run in self._runs))

    def _held_out(self, counts: list[int]) -> Metrics:
        """How the runs that were just trained do on windows that are held out."""
        points = [run.terms.point for run in self._runs]
        epochs = [point.epochs if count else 0 for point, count in zip(points, counts, strict=True)]
        strides = [point.stride for point in points]
        return self._run(EVALUATED, [0.0] * len(counts), epochs, strides)

    def _run(
        self,
        stream: int,
        learning_rates: list[float],
        epochs: list[int],
        strides: Sequence[int] = (0,),
    ) -> Metrics:
        first = [0 if stream == EVALUATED else run.epochs for run in self._runs]
        experiments = [run.experiment for run in self._runs]
        place = self._places.held_out if stream == EVALUATED else self._places.learned
        parts = [place(held_out_part(item, self.data)) for item in experiments if self.data]
        slices = Slice.of(
            [item.task.traced for item in experiments],
            seed=[item.seed for item in experiments],
            stream=stream,
            learning_rate=learning_rates,
            first=first,
            epochs=epochs,
            begin=[begin for begin, _ in parts] or 0,
            end=[end for _, end in parts] or 0,
            stride=strides,
        )
        # An evaluation leaves no trace: its learning_rate is 0, and Adam's moments are a copy.
        evaluating = stream == EVALUATED
        group = jax.tree.map(np.array, self._group) if evaluating else self._group
        group, metrics = self._program(group, slices, self._integers, self._places.starts)
        if not evaluating:
            self._group = group
        return jax.tree.map(np.asarray, metrics)

    def _judge(self, run: _Run, point: Point, part: Fraction) -> None:
        """Add what such a part of a slice gave to the curve; close the run if it has diverged,
        solved its task, or trained every epoch.
        """
        training = run.experiment.training
        run.curve.append(point)
        target = training.target_accuracy
        reached = target is not None and point.accuracy >= target
        run.slices_at_target = run.slices_at_target + part if reached else Fraction()
        if not np.isfinite(point.loss):
            run.outcome = DIVERGED
        elif run.slices_at_target >= HOLDS:
            run.outcome = SOLVED
        elif run.epochs >= training.epochs:
            run.outcome = DONE

    def _steps(self, run: _Run) -> int:
        return run.epochs * len(self.setup.plan.inputs)

    def outcomes(self) -> list[Outcome]:
        """Every run's outcome and accuracy, on at least 10,000 targets to integers that no training
        ever draws.
        """
        weights = jax.tree.map(np.array, self._group.weights)
        epochs, strides = zip(*(run.terms.accuracy for run in self._runs), strict=True)
        metrics = self._run(EVALUATED, [0.0] * len(self._runs), list(epochs), list(strides))
        return [self._outcome(place, run, weights, metrics) for place, run in enumerate(self._runs)]

    def _outcome(self, place: int, run: _Run, weights: Weights, metrics: Metrics) -> Outcome:
        epochs = run.terms.accuracy.epochs
        weights_of_run = {name: np.asarray(array[place]) for name, array in weights.items()}
        loss = float(metrics.loss[place])
        finite = bool(np.isfinite(loss)) and all(
            np.isfinite(array).all() for array in weights_of_run.values()
        )
        outcome = DIVERGED if not finite else run.outcome or INTERRUPTED
        accuracy = accuracy_of(place, epochs, metrics) if finite else None
        wanted = run.experiment.training.target_accuracy or 0
        if outcome == SOLVED and self.data and accuracy and accuracy.value < wanted:
            outcome = DONE
        task, off = run.experiment.task, metrics.mean_absolute_error[place] / metrics.targets[place]
        lags, columns = task.which[: task.heads].tolist(), task.which_column.tolist()
        return Outcome(
            experiment=run.experiment,
            outcome=outcome,
            epochs=run.epochs,
            steps=self._steps(run),
            curve=tuple(run.curve),
            accuracy=accuracy,
            loss=loss if outcome != DIVERGED else None,
            mean_absolute_error=None if outcome == DIVERGED else float(off),
            chance=run.terms.chance,
            setup=self.setup,
            plan=run.terms.plan,
            weights=weights_of_run,
            drawn=metrics.drawn[place],
            predictions=metrics.predictions[place],
            placed=metrics.placed[place],
            by_target=by_label(place, epochs, metrics, lags) if accuracy else (),
            by_column=by_label(place, epochs, metrics, columns) if accuracy else (),
            seconds_compile=self.seconds_compile,
            seconds_train=run.seconds,
            side_by_side=len(self._runs),
            recoding=self.data.recoding if self.data else None,
        )
