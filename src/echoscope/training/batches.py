"""Integers drawn on the device, random or from a person's own, and framed there into batches."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Integer

from echoscope.experiment.experiment import Experiment
from echoscope.integers import GAP
from echoscope.tasks.echo import Task
from echoscope.tasks.windows import Frame, frame, windows
from echoscope.training import random

TRAINED, EVALUATED = 0, 1  # the two streams of integers that one seed gives; they never meet
MISSING, AGE, START = 1, 2, 3  # what else one epoch's key decides


class Batch(NamedTuple):
    """What one epoch reads and is asked, in the order of its updates. A gap is -1, or the task's
    mark.
    """

    inputs: Int[Array, "updates batch time"]
    target: Int[Array, "updates batch targets"]
    mask: Bool[Array | np.ndarray, "updates batch targets"]


class BatchPlan(NamedTuple):
    """How one epoch's draw becomes updates: positions in the drawn integers, constant for an
    experiment's settings.

    `gappy` says that drawn integers can be gaps, so that `mask` depends on them too. `padding`
    gaps are put before.
    """

    task: Task
    shape: tuple[int, int]
    padding: int
    gappy: bool
    stream: bool
    inputs: Int[np.ndarray, "updates batch time"]
    target: Int[np.ndarray, "updates batch targets"]
    mask: Bool[np.ndarray, "updates batch targets"]

    @property
    def target_count(self) -> int:
        """Targets asked in one epoch, where none is missing."""
        return int(self.mask.sum())

    def said_at(self) -> Int[np.ndarray, "updates batch targets"]:
        """Where the integer stands with which each target is said: that of lag 0."""
        ends = self.inputs[..., -1:] + np.zeros(len(self.task.lag), int)
        return self.inputs if self.task.readout == "all" else ends

    def positions(self) -> Int[np.ndarray, "updates batch targets"]:
        """At which step each target is said, from 0: of the sequence where one is cut, else of the
        window.
        """
        if self.shape[0] == 1 and not self.stream and self.shape[1] > self.task.reach:
            return self.said_at() - self.padding
        steps = (
            np.arange(self.task.time_steps)
            if self.task.readout == "all"
            else np.full(len(self.task.lag), self.task.time_steps - 1)
        )
        return np.broadcast_to(steps, self.mask.shape)


class UserSlice(NamedTuple):
    """Where an epoch finds user data: in `integers` from `begin` up to `end`, at
    random, or with a `stride` above 0 one row after the other.
    """

    integers: Int[Array, " own"]
    begin: Int[Array, ""]
    end: Int[Array, ""]
    stride: Int[Array, ""]


def batch_plan(experiment: Experiment) -> BatchPlan:
    """One sequence cut into windows in order, or a batch of windows each from integers of its
    own.
    """
    task, training = experiment.task, experiment.training
    gappy = task.gappy or experiment.data is not None or training.sampling == "stream"
    if training.sampling == "sequence":
        framed = frame(task, batch_size=training.batch_size)
        padding = task.time_steps - 1 if task.edges == "padded" else 0
        parts = Frame(framed.inputs + padding, np.maximum(framed.target, 0) + padding, framed.mask)
        updates = len(framed.inputs) // training.batch_size
        return BatchPlan(
            task,
            (1, task.length),
            padding,
            gappy,
            False,
            *(part.reshape(updates, training.batch_size, -1) for part in parts),
        )
    length = 2 * task.time_steps if training.sampling == "stream" else task.reach
    framed = windows(task, np.array([length - 1 - task.ahead]))
    if training.sampling == "stream":
        target = framed.inputs - task.lag[0] if task.readout == "all" else framed.target
        framed = Frame(framed.inputs, target, np.ones(target.shape, bool))
    rows = np.arange(training.batch_size)[:, None] * length
    mask = np.broadcast_to(framed.mask, (training.batch_size, framed.mask.shape[1]))
    return BatchPlan(
        task,
        (training.batch_size, length),
        0,
        gappy,
        training.sampling == "stream",
        (rows + framed.inputs)[None],
        (rows + framed.target)[None],
        mask[None],
    )


def run_key(seed: Integer[Array, ""], stream: Integer[Array, ""]) -> random.Key:
    """The key of one run's integers: TRAINED or SCORED."""
    return random.fold_in(random.key(seed), stream)


def sample_integers(
    experiment: Experiment,
    plan: BatchPlan,
    key: random.Key,
    epoch: Int[Array, ""],
    mine: UserSlice | None = None,
) -> Int[Array, "rows length"]:
    """The integers of one epoch: the same whatever group or slice draws them."""
    task = experiment.task
    if experiment.training.sampling == "stream":
        size = (experiment.training.batch_size, task.time_steps)
        before = _drawn(task, random.fold_in(key, epoch - 1), size, None, epoch)
        here = _drawn(task, random.fold_in(key, epoch), size, None, epoch)
        return jnp.concatenate([jnp.where(epoch == 0, GAP, before), here], axis=1)
    key = random.fold_in(key, epoch)
    drawn = _drawn(task, key, plan.shape, mine, epoch)
    if task.edges == "padded" and experiment.training.sampling == "windows":
        ends = random.integers(
            random.fold_in(key, AGE), (plan.shape[0], 1), task.first, task.length - task.ahead
        )
        drawn = jnp.where(jnp.arange(task.reach) < task.reach - 1 - task.ahead - ends, GAP, drawn)
    return drawn


def _drawn(
    task: Task,
    key: random.Key,
    shape: tuple[int, int],
    mine: UserSlice | None,
    epoch: Int[Array, ""],
) -> Int[Array, "rows length"]:
    if mine is None:
        drawn = random.integers(key, shape, 0, task.vocab_size)
    else:
        last = mine.end - shape[1]
        anywhere = random.integers(random.fold_in(key, START), (shape[0],), mine.begin, last + 1)
        in_order = mine.begin + (epoch * shape[0] + jnp.arange(shape[0])) * mine.stride
        starts = jnp.where(mine.stride > 0, in_order, anywhere)[:, None]
        drawn = jnp.where(starts <= last, mine.integers[starts + jnp.arange(shape[1])], GAP)
    if task.missing and mine is None:  # user data have their own gaps
        lost = random.happens(random.fold_in(key, MISSING), task.missing, shape)
        drawn = jnp.where(lost, GAP, drawn)
    return drawn


def framed(
    drawn: Int[Array, "rows length"], plan: BatchPlan, lag: Int[Array, " lags"] | None = None
) -> Batch:
    """Drawn integers as the updates of one epoch, at another lag than the plan's if one is given.

    What is missing is not asked.
    """
    flat: Any = jnp.pad(jnp.ravel(drawn), (plan.padding, 0), constant_values=GAP)
    inputs, inside = flat[plan.inputs], plan.mask
    if lag is None:
        target = flat[plan.target]
    else:
        target = flat[jnp.maximum(plan.said_at() - lag, 0)]
        if plan.task.readout == "all" and not plan.stream:
            inside = jnp.broadcast_to(jnp.arange(plan.task.time_steps) >= lag, plan.mask.shape)
    if not plan.gappy:
        return Batch(inputs, target, inside)
    mask = inside & (target != GAP)
    if plan.task.gaps == "dropped" and plan.task.missing:
        kept = jnp.all(inputs != GAP, axis=-1, keepdims=True) & jnp.all(
            mask == inside, axis=-1, keepdims=True
        )
        mask, inputs = mask & kept, jnp.where(kept, inputs, GAP)
    return Batch(told(plan.task, inputs), jnp.maximum(target, 0), mask)


def told(task: Task, inputs: Any) -> Any:
    """Heard symbols as the model is told them: a gap as -1, or where it is marked as the number
    `vocab_size`.
    """
    return jnp.where(inputs == GAP, task.vocab_size, inputs) if task.gaps == "marked" else inputs
