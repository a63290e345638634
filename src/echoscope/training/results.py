"""What training reports while it goes on and when it has ended: points, progress, outcomes."""

from dataclasses import dataclass

import numpy as np

from echoscope.column_recodings import ColumnRecodings
from echoscope.experiment import baselines
from echoscope.experiment.experiment import Experiment
from echoscope.recoding import Recoding
from echoscope.stats.intervals import Accuracy
from echoscope.training.batches import BatchPlan
from echoscope.training.scores import Scored
from echoscope.training.setup import Setup


@dataclass(frozen=True)
class Point:
    """One slice of one run: after `step` updates, the mean loss and accuracy of the targets it read
    for the first time.

    Every random target is fresh when it is predicted, so this is an accuracy on unseen data, of the
    network a moment before. User data are read again and again: `held_out` is the loss and the
    accuracy, right after the slice, on windows that are never trained on, an even choice of about
    1,000 of their targets; None for random integers.
    """

    step: int
    loss: float
    accuracy: float
    held_out: tuple[float, float] | None = None


@dataclass(frozen=True)
class Progress:
    """Where a group stands after a slice: epochs trained and to train at most, and each run's
    newest point.
    """

    epoch: int
    epochs: int
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one run: its weights (arrays by name), its curve, and its accuracy on fresh
    targets.

    `outcome` is done, solved (stopped early, and of user data with an accuracy on the held-out end
    that reaches `target_accuracy`: what it stops by is what it trains on), interrupted or diverged;
    `accuracy` and `loss` are None for a run that diverged, and so is `mean_absolute_error`, the
    mean of |predicted - target| in symbols. `drawn` is one fresh draw [rows, length], -1 where
    it has a gap, and `predictions` what the network predicted for it. `placed` [2,
    updates, batch, targets] counts the targets at each place of a draw, and those predicted
    correctly; `by_target` has the accuracy and the loss of each of several lags predicted at once
    (of other tasks the target's place), and `by_column` of each of several columns, by their
    numbers from 1. `chance` is what needs no memory, for user data; `setup` is what was
    compiled for it, and `plan` how its task lies in a draw. `seconds_train` is this run's share
    of the time its group
    trained; `seconds_compile` is the group's. `recoding` is that of user data.
    """

    experiment: Experiment
    outcome: str
    epochs: int
    steps: int
    curve: tuple[Point, ...]
    accuracy: Accuracy | None
    loss: float | None
    mean_absolute_error: float | None
    chance: baselines.Chance | None
    setup: Setup
    plan: BatchPlan
    weights: dict[str, np.ndarray]
    drawn: np.ndarray
    predictions: np.ndarray
    placed: np.ndarray
    by_target: tuple[Scored, ...]
    by_column: tuple[Scored, ...]
    seconds_compile: float
    seconds_train: float
    side_by_side: int
    recoding: Recoding | ColumnRecodings | None = None
