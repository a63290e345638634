"""What training says while it goes on and when it has ended: points, progress, outcomes."""

from dataclasses import dataclass

import numpy as np

from echoscope.experiment import baselines
from echoscope.experiment.experiment import Experiment
from echoscope.stats.intervals import Score


@dataclass(frozen=True)
class Point:
    """One slice of one lane: after `step` updates, the mean loss and score of the answers it heard
    for the first time.

    Every random answer is fresh when it is asked, so this is a score on unseen data, of the network
    a moment before. Own integers are heard again and again: `held_out` is the loss and the score,
    right after the slice, on windows that are never learned from, an even choice of about 1,000 of
    their answers; None for random integers.
    """

    step: int
    loss: float
    score: float
    held_out: tuple[float, float] | None = None


@dataclass(frozen=True)
class Progress:
    """Where a group stands after a slice: epochs trained and to train at most, and each lane's
    newest point.
    """

    epoch: int
    epochs: int
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one lane: its weights (arrays by name), its curve, and its score on fresh
    answers.

    `outcome` is done, solved (stopped early, and of own integers with a score on the held-out end
    that reaches `stop`: what it stops by is what it learns from), interrupted or diverged; `score`
    and `loss` are None for a lane that diverged, and so is `distance`, the mean of |said - right|
    in symbols. `drawn` is one fresh draw [rows, length], -1 where it has a gap, and `said` what the
    network answered to it. `placed` [2, updates, batch, answers] counts what was asked at each
    place of a draw, and what was said right. `chance` is what needs no memory, for own integers.
    `seconds_train` is this lane's share of the time its group trained; `seconds_compile` is the
    group's.
    """

    experiment: Experiment
    outcome: str
    epochs: int
    steps: int
    curve: tuple[Point, ...]
    score: Score | None
    loss: float | None
    distance: float | None
    chance: baselines.Chance | None
    weights: dict[str, np.ndarray]
    drawn: np.ndarray
    said: np.ndarray
    placed: np.ndarray
    seconds_compile: float
    seconds_train: float
    group: int
