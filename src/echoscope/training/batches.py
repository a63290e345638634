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

TRAINED, SCORED = 0, 1  # the two streams of integers that one seed gives; they never meet
MISSING, AGE, START = 1, 2, 3  # what else one epoch's key decides


class Batch(NamedTuple):
    """What one epoch hears and is asked, in the order of its updates. A gap is -1, or the task's
    mark.
    """

    heard: Int[Array, "updates batch time"]
    answer: Int[Array, "updates batch answers"]
    asked: Bool[Array | np.ndarray, "updates batch answers"]


class Cut(NamedTuple):
    """How one epoch's draw becomes updates: positions in the drawn integers, constant for an
    experiment's words.

    `gappy` says that drawn integers can be gaps, so that `asked` depends on them too. `padding`
    gaps are put before.
    """

    task: Task
    shape: tuple[int, int]
    padding: int
    gappy: bool
    stream: bool
    heard: Int[np.ndarray, "updates batch time"]
    answer: Int[np.ndarray, "updates batch answers"]
    asked: Bool[np.ndarray, "updates batch answers"]

    @property
    def answers(self) -> int:
        """Answers asked in one epoch, where none is missing."""
        return int(self.asked.sum())

    def said_at(self) -> Int[np.ndarray, "updates batch answers"]:
        """Where the integer stands with which each answer is said: that of lag 0."""
        ends = self.heard[..., -1:] + np.zeros(len(self.task.lag), int)
        return self.heard if self.task.when == "each" else ends

    def positions(self) -> Int[np.ndarray, "updates batch answers"]:
        """At which step each answer is said, from 0: of the sequence where one is cut, else of the
        window.
        """
        if self.shape[0] == 1 and not self.stream and self.shape[1] > self.task.reach:
            return self.said_at() - self.padding
        steps = (
            np.arange(self.task.heard)
            if self.task.when == "each"
            else np.full(len(self.task.lag), self.task.heard - 1)
        )
        return np.broadcast_to(steps, self.asked.shape)


class Own(NamedTuple):
    """Where an epoch finds a person's own integers: in `integers` from `begin` up to `end`, at
    random, or with a `stride` above 0 one row after the other.
    """

    integers: Int[Array, " own"]
    begin: Int[Array, ""]
    end: Int[Array, ""]
    stride: Int[Array, ""]


def cut(experiment: Experiment) -> Cut:
    """One sequence cut into windows in order, or a batch of windows each from integers of its
    own.
    """
    task, fit = experiment.task, experiment.fit
    gappy = task.gappy or experiment.data is not None or fit.draw == "stream"
    if fit.draw == "sequence":
        framed = frame(task, batch=fit.batch)
        padding = task.heard - 1 if task.edges == "padded" else 0
        parts = Frame(framed.heard + padding, np.maximum(framed.answer, 0) + padding, framed.asked)
        updates = len(framed.heard) // fit.batch
        return Cut(
            task,
            (1, task.length),
            padding,
            gappy,
            False,
            *(part.reshape(updates, fit.batch, -1) for part in parts),
        )
    length = 2 * task.heard if fit.draw == "stream" else task.reach
    framed = windows(task, np.array([length - 1 - task.ahead]))
    if fit.draw == "stream":
        answer = framed.heard - task.lag[0] if task.when == "each" else framed.answer
        framed = Frame(framed.heard, answer, np.ones(answer.shape, bool))
    rows = np.arange(fit.batch)[:, None] * length
    asked = np.broadcast_to(framed.asked, (fit.batch, framed.asked.shape[1]))
    return Cut(
        task,
        (fit.batch, length),
        0,
        gappy,
        fit.draw == "stream",
        (rows + framed.heard)[None],
        (rows + framed.answer)[None],
        asked[None],
    )


def lane_key(seed: Integer[Array, ""], stream: Integer[Array, ""]) -> random.Key:
    """The key of one lane's integers: TRAINED or SCORED."""
    return random.fold_in(random.key(seed), stream)


def draw(
    experiment: Experiment,
    plan: Cut,
    key: random.Key,
    epoch: Int[Array, ""],
    own: Own | None = None,
) -> Int[Array, "rows length"]:
    """The integers of one epoch: the same whatever group or slice draws them."""
    task = experiment.task
    if experiment.fit.draw == "stream":
        size = (experiment.fit.batch, task.heard)
        before = _drawn(task, random.fold_in(key, epoch - 1), size, None, epoch)
        here = _drawn(task, random.fold_in(key, epoch), size, None, epoch)
        return jnp.concatenate([jnp.where(epoch == 0, GAP, before), here], axis=1)
    key = random.fold_in(key, epoch)
    drawn = _drawn(task, key, plan.shape, own, epoch)
    if task.edges == "padded" and experiment.fit.draw == "windows":
        ends = random.integers(
            random.fold_in(key, AGE), (plan.shape[0], 1), task.first, task.length - task.ahead
        )
        drawn = jnp.where(jnp.arange(task.reach) < task.reach - 1 - task.ahead - ends, GAP, drawn)
    return drawn


def _drawn(
    task: Task, key: random.Key, shape: tuple[int, int], own: Own | None, epoch: Int[Array, ""]
) -> Int[Array, "rows length"]:
    if own is None:
        drawn = random.integers(key, shape, 0, task.symbols)
    else:
        last = own.end - shape[1]
        anywhere = random.integers(random.fold_in(key, START), (shape[0],), own.begin, last + 1)
        in_order = own.begin + (epoch * shape[0] + jnp.arange(shape[0])) * own.stride
        starts = jnp.where(own.stride > 0, in_order, anywhere)[:, None]
        drawn = jnp.where(starts <= last, own.integers[starts + jnp.arange(shape[1])], GAP)
    if task.missing and own is None:  # own integers have their own gaps
        lost = random.happens(random.fold_in(key, MISSING), task.missing, shape)
        drawn = jnp.where(lost, GAP, drawn)
    return drawn


def framed(
    drawn: Int[Array, "rows length"], plan: Cut, lag: Int[Array, " lags"] | None = None
) -> Batch:
    """Drawn integers as the updates of one epoch, at another lag than the plan's if one is given.

    What is missing is not asked.
    """
    flat: Any = jnp.pad(jnp.ravel(drawn), (plan.padding, 0), constant_values=GAP)
    heard, inside = flat[plan.heard], plan.asked
    if lag is None:
        answer = flat[plan.answer]
    else:
        answer = flat[jnp.maximum(plan.said_at() - lag, 0)]
        if plan.task.when == "each" and not plan.stream:
            inside = jnp.broadcast_to(jnp.arange(plan.task.heard) >= lag, plan.asked.shape)
    if not plan.gappy:
        return Batch(heard, answer, inside)
    asked = inside & (answer != GAP)
    if plan.task.gaps == "dropped" and plan.task.missing:
        kept = jnp.all(heard != GAP, axis=-1, keepdims=True) & jnp.all(
            asked == inside, axis=-1, keepdims=True
        )
        asked, heard = asked & kept, jnp.where(kept, heard, GAP)
    return Batch(told(plan.task, heard), jnp.maximum(answer, 0), asked)


def told(task: Task, heard: Any) -> Any:
    """Heard symbols as the model is told them: a gap as -1, or where it is marked as the number
    `symbols`.
    """
    return jnp.where(heard == GAP, task.symbols, heard) if task.gaps == "marked" else heard
