"""Training: pull slices of one compiled program until every lane has an outcome."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from echoscope.errors import WordError, shown
from echoscope.experiment import baselines, user_data
from echoscope.experiment.experiment import Experiment, is_experiment
from echoscope.experiment.user_data import SCORE_ANSWERS
from echoscope.stats.intervals import Score
from echoscope.training.batches import SCORED, TRAINED, cut
from echoscope.training.memory import check_room
from echoscope.training.program import (
    KINDS,
    Course,
    Lane,
    Tally,
    begun,
    compiled,
    fitting,
    fresh,
    stacked,
)
from echoscope.training.results import Outcome, Point, Progress

SLICES = 50  # a full fit is this many pulls, and a curve this many points at most
HOLDS = 2  # slices in a row that must reach `stop`
POINT_ANSWERS = 1_000  # held-out answers behind a point of the curve, where there are so many
MARGIN = 1.05  # more answers drawn than that, where some will be missing
DONE, SOLVED, INTERRUPTED, DIVERGED = "done", "solved", "interrupted", "diverged"


@dataclass
class _Lane:
    """What is known of one lane so far."""

    experiment: Experiment
    chance: baselines.Chance | None
    outcome: str | None = None
    epochs: int = 0
    held: int = 0
    seconds: float = 0.0
    curve: list[Point] = field(default_factory=list)

    @property
    def slice(self) -> int:
        """Epochs to train in the next pull: none once there is an outcome."""
        whole = self.experiment.fit.epochs
        return 0 if self.outcome else min(-(-whole // SLICES), whole - self.epochs)


class Training:
    """A group of experiments of one shape (they differ in seed, rate, epochs or stop), trained by
    one program.

    Iterate to train; stop iterating whenever you like; `outcomes()` scores what there is.

    >>> training = Training([preset("current", epochs=3, seed=seed) for seed in (0, 1)])
    >>> [progress.epoch for progress in training]
    [1, 2, 3]
    >>> [outcome.steps for outcome in training.outcomes()]
    [75, 75]

    First weights come from each seed, unless `weights` gives them, by name, for every lane. `data`
    are own integers [time] to learn from instead of random ones: the last fifth is held out, and
    the score is measured on it. Raises `WordError` if the experiments are not of one shape,
    `IntegerError` for own integers that do not fit, and `RoomError` for what the free memory cannot
    hold.
    """

    def __init__(
        self,
        experiments: Sequence[Experiment],
        weights: Sequence[dict[str, np.ndarray]] = (),
        data: Any = None,
    ) -> None:
        if isinstance(experiments, str | Experiment):
            raise WordError(
                "Training needs a list of experiments, as [preset('lag')], not"
                f" {shown(experiments)}."
            )
        for experiment in experiments:
            is_experiment(experiment, "Training")
        if not experiments:
            raise WordError("Training needs at least one experiment, not none.")
        named = [experiment.imported for experiment in experiments if experiment.imported]
        if named and not weights:
            raise WordError(
                f"The weights {named[0]} were imported, so no training makes them: use those of its"
                " record, or train with imported None."
            )
        experiments, self._own = user_data.named(experiments, data)
        self.shape = experiments[0].shape
        for experiment in experiments:
            if experiment.shape != self.shape:
                raise WordError(
                    "Experiments of one group may differ only in seed, rate, epochs and stop, and"
                    " in lags inside their window: train the others in a group of their own."
                )
        check_room(self.shape, len(experiments))
        self.plan = cut(self.shape)
        chances = {
            one.task.lag: (
                baselines.chance(one, self._own.astype(np.int64)) if len(self._own) else None
            )
            for one in experiments
        }
        self._lanes = [
            _Lane(experiment, chances[experiment.task.lag]) for experiment in experiments
        ]
        first = [begun(self.shape, fitting(self.shape, given)) for given in weights] or [
            fresh(experiment) for experiment in experiments
        ]
        self._group: Lane = stacked(first)
        started = time.perf_counter()
        self._program = compiled(self.shape, len(experiments), len(self._own))
        self.seconds_compile = time.perf_counter() - started

    def __iter__(self) -> Iterator[Progress]:
        return self

    def __next__(self) -> Progress:
        active = [lane for lane in self._lanes if not lane.outcome]
        if not active:
            raise StopIteration
        started = time.perf_counter()
        counts = [lane.slice for lane in self._lanes]
        tally = self._run(TRAINED, [lane.experiment.fit.rate for lane in self._lanes], counts)
        share = (time.perf_counter() - started) / len(active)
        for place, lane in enumerate(self._lanes):
            if not lane.outcome:
                lane.seconds += share
                lane.epochs += counts[place]
        held = self._held_out(counts) if len(self._own) else None
        for place, lane in enumerate(self._lanes):
            if counts[place]:
                seen = (float(held.loss[place]), min(_share(held, place), 1.0)) if held else None
                self._judge(lane, float(tally.loss[place]), _share(tally, place), seen)
        done = max(lane.epochs for lane in self._lanes)
        most = max(lane.experiment.fit.epochs for lane in self._lanes)
        return Progress(done, most, tuple(lane.curve[-1] for lane in self._lanes))

    def _held_out(self, counts: list[int]) -> Tally:
        """How the lanes that were just trained do on windows that are held out."""
        asked = [self.whole_score(lane.experiment, POINT_ANSWERS) for lane in self._lanes]
        epochs = [one if count else 0 for (one, _), count in zip(asked, counts, strict=True)]
        return self._run(SCORED, [0.0] * len(counts), epochs, [stride for _, stride in asked])

    def _run(
        self, stream: int, rates: list[float], epochs: list[int], strides: Sequence[int] = (0,)
    ) -> Tally:
        lanes = self._lanes
        first = [0 if stream == SCORED else lane.epochs for lane in lanes]
        split = user_data.learned(self.shape, len(self._own)) if len(self._own) else 0
        begin, end = (split, len(self._own)) if stream == SCORED else (0, split)
        own_words = [lane.experiment for lane in lanes]
        said = {
            "seed": [one.seed for one in own_words],
            "stream": stream,
            "rate": rates,
            "first": first,
            "epochs": epochs,
            "begin": begin,
            "end": end,
            "stride": strides,
        }
        each = {
            name: np.full(len(lanes), value, getattr(KINDS, name)) for name, value in said.items()
        }
        course = Course(**each, lag=np.array([one.task.lag for one in own_words], KINDS.lag))
        scored = (
            stream == SCORED
        )  # leaves no trace: neither in weights, for its rate is 0, nor in Adam's moments
        group = jax.tree.map(jnp.copy, self._group) if scored else self._group
        group, tally = self._program(group, course, self._own)
        if not scored:
            self._group = group
        return jax.tree.map(np.asarray, tally)

    def _judge(
        self, lane: _Lane, loss: float, score: float, held_out: tuple[float, float] | None
    ) -> None:
        """Add the slice to the curve; close the lane if it has diverged, solved its task, or
        trained every epoch.
        """
        fit = lane.experiment.fit
        lane.curve.append(Point(lane.epochs * len(self.plan.heard), loss, score, held_out))
        lane.held = lane.held + 1 if fit.stop is not None and score >= fit.stop else 0
        if not np.isfinite(loss):
            lane.outcome = DIVERGED
        elif lane.held >= HOLDS:
            lane.outcome = SOLVED
        elif lane.epochs >= fit.epochs:
            lane.outcome = DONE

    def outcomes(self) -> list[Outcome]:
        """Every lane's outcome and score, on at least 10,000 answers to integers that no training
        ever draws.
        """
        weights = jax.tree.map(np.array, self._group.weights)
        epochs, strides = zip(
            *(self.whole_score(lane.experiment) for lane in self._lanes), strict=True
        )
        tally = self._run(SCORED, [0.0] * len(self._lanes), list(epochs), list(strides))
        return [
            self._outcome(place, lane, epochs[place], weights, tally)
            for place, lane in enumerate(self._lanes)
        ]

    def whole_score(self, experiment: Experiment, answers: int = SCORE_ANSWERS) -> tuple[int, int]:
        """Epochs of a score, and of own integers the stride between draws: every window held out,
        or an even choice.
        """
        if len(self._own):
            held = user_data.held_out(experiment, len(self._own), answers)
            return held.epochs, held.stride
        plan = cut(experiment)
        likely = plan.answers * experiment.task.kept
        epochs = -(-answers // plan.answers)
        return (math.ceil(MARGIN * answers / likely) if plan.gappy else epochs), 0

    def _outcome(
        self, place: int, lane: _Lane, epochs: int, weights: dict[str, Any], tally: Tally
    ) -> Outcome:
        mine = {name: array[place] for name, array in weights.items()}
        loss = float(tally.loss[place])
        finite = bool(np.isfinite(loss)) and all(
            np.isfinite(array).all() for array in mine.values()
        )
        outcome = DIVERGED if not finite else lane.outcome or INTERRUPTED
        score = _score(place, epochs, tally) if finite else None
        if (
            outcome == SOLVED
            and len(self._own)
            and score
            and score.value < (lane.experiment.fit.stop or 0)
        ):
            outcome = DONE
        return Outcome(
            experiment=lane.experiment,
            outcome=outcome,
            epochs=lane.epochs,
            steps=lane.epochs * len(self.plan.heard),
            curve=tuple(lane.curve),
            score=score,
            loss=loss if outcome != DIVERGED else None,
            distance=(
                float(tally.distance[place] / tally.asked[place]) if outcome != DIVERGED else None
            ),
            chance=lane.chance,
            weights=mine,
            drawn=tally.drawn[place],
            said=tally.said[place],
            placed=tally.placed[place],
            seconds_compile=self.seconds_compile,
            seconds_train=lane.seconds,
            group=len(self._lanes),
        )


def _share(tally: Tally, place: int) -> float:
    return float(tally.right[place]) / max(float(tally.asked[place]), 1e-9)


def _score(place: int, epochs: int, tally: Tally) -> Score:
    """The share of right answers; answers of one draw hang together, so the spread between draws
    widens it.

    Where draws differ in what they ask, it is the spread of right - share * asked (the ratio
    estimator's).
    """
    share, asked = min(_share(tally, place), 1.0), float(tally.asked[place])
    alone = asked * share * (1 - share)
    rights, askeds, products = map(float, tally.spread[place])
    between = (rights - 2 * share * products + share * share * askeds) / max(epochs - 1, 1)
    return Score.of(
        share, round(asked * epochs), between / alone if alone > 0 and epochs > 1 else 1.0
    )
