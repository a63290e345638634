"""Integers drawn on the device, random or from user data, and framed there into batches."""

from types import ModuleType
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Integer

from echoscope.experiment.experiment import Experiment
from echoscope.integers import GAP
from echoscope.tasks.base import Frame, Task
from echoscope.tasks.draws import Drawn
from echoscope.tasks.echo import Echo
from echoscope.tasks.windows import frame
from echoscope.training import random

TRAINED, EVALUATED = 0, 1  # the two streams of integers that one seed gives; they never meet
MISSING, AGE, START, COLUMNS = 1, 2, 3, 4  # what else one epoch's key decides


class Batch(NamedTuple):
    """What one epoch reads and is asked, in the order of its updates. A gap is -1, or the task's
    mark. Of several columns the inputs have them as one more axis.
    """

    inputs: Int[Array, "updates batch time *columns"]
    target: Int[Array, "updates batch targets"]
    mask: Bool[Array | np.ndarray, "updates batch targets"]


class BatchPlan(NamedTuple):
    """How one epoch's draw becomes updates: positions in the drawn integers, constant for an
    experiment's settings.

    `gappy` says that drawn integers can be gaps, so that `mask` depends on them too, and `whole`
    that windows with a gap are left out. `padding` gaps are put before. `shape` [rows, length] is a
    draw's, of several columns [rows, length, columns].
    """

    task: Task
    shape: tuple[int, ...]
    padding: int
    gappy: bool
    whole: bool
    stream: bool
    inputs: Int[np.ndarray, "updates batch time"]
    target: Int[np.ndarray, "updates batch targets"]
    mask: Bool[np.ndarray, "updates batch targets"]

    @property
    def target_count(self) -> int:
        """Targets asked in one epoch, where none is missing."""
        return int(self.mask.sum())

    def target_steps(self) -> Int[np.ndarray, "updates batch targets"]:
        """Where the integer stands with which each target is said."""
        return self.inputs[..., self.task.target_steps()]

    def positions(self) -> Int[np.ndarray, "updates batch targets"]:
        """At which step each target is said, from 0: of the sequence where one is cut, else of the
        window.
        """
        if self.shape[0] == 1 and not self.stream and self.shape[1] > self.task.reach:
            return self.target_steps() - self.padding
        return np.broadcast_to(self.task.target_steps(), self.mask.shape)


class UserSlice(NamedTuple):
    """Where an epoch finds user data: a row begins in `integers` at a place from `begin` up to
    `end`, at random, or with a `stride` above 0 one row after the other.

    Of several sequences `places` are those from which a row lies in one of them, and `begin` and
    `end` count these; of one sequence it is empty, and every integer is such a place.
    """

    integers: Int[Array, " count *columns"]
    begin: Int[Array, ""]
    end: Int[Array, ""]
    stride: Int[Array, ""]
    places: Int[Array, " places"] | np.ndarray = np.zeros(0, np.int32)


def batch_plan(experiment: Experiment) -> BatchPlan:
    """One sequence cut into windows in order, or a batch of windows, each from other
    integers.
    """
    task, training = experiment.task, experiment.training
    stream = training.sampling == "stream"
    gappy = task.gappy or experiment.data is not None or stream
    columns = (len(task.column_sizes),) if task.column_sizes else ()
    whole = isinstance(task, Echo) and task.whole_only and task.missing > 0
    padding = 0
    if training.sampling == "sequence":
        echo = experiment.echo
        framed = frame(echo, batch_size=training.batch_size)
        padding = echo.time_steps - 1 if echo.edges == "padded" else 0
        target = np.maximum(framed.target, 0)
        shape = len(framed.inputs) // training.batch_size, training.batch_size, -1
        parts = (framed.inputs + padding, target + padding, framed.mask)
        inputs, target, mask = (part.reshape(shape) for part in parts)
        drawn = (1, echo.length, *columns)
        return BatchPlan(task, drawn, padding, gappy, whole, False, inputs, target, mask)
    length = 2 * task.time_steps if stream else task.reach
    (inputs, target, mask) = _endless(experiment.echo) if stream else task.frame()
    rows = np.arange(training.batch_size)[:, None] * length
    mask = np.broadcast_to(mask, (training.batch_size, mask.shape[1]))
    return BatchPlan(
        task,
        (training.batch_size, length, *columns),
        padding,
        gappy,
        whole,
        stream,
        (rows + inputs)[None],
        (rows + target)[None],
        mask[None],
    )


def _endless(task: Echo) -> Frame:
    """The second of two windows of a stream, where every target has been read."""
    inputs = np.arange(task.time_steps, 2 * task.time_steps)[None]
    target = task.time_steps + task.input_steps()[None]
    return Frame(inputs, target, np.ones(target.shape, bool))


def run_key(seed: Integer[Array, ""], stream: Integer[Array, ""]) -> random.Key:
    """The key of one run's integers: TRAINED or EVALUATED."""
    return random.fold_in(random.key(seed), stream)


def sample_integers(
    experiment: Experiment,
    plan: BatchPlan,
    key: random.Key,
    epoch: Int[Array, ""],
    data: UserSlice | None = None,
) -> Int[Array, "rows length *columns"]:
    """The integers of one epoch: the same whatever group or slice draws them."""
    training = experiment.training
    if training.sampling == "windows" and data is None:
        return experiment.task.sample(random.Draws(random.fold_in(key, epoch)), plan.shape[0])
    task = experiment.echo
    if training.sampling == "stream":
        size = (training.batch_size, task.time_steps, *plan.shape[2:])
        before = _drawn(task, random.fold_in(key, epoch - 1), size, None, epoch)
        here = _drawn(task, random.fold_in(key, epoch), size, None, epoch)
        return jnp.concatenate([jnp.where(epoch == 0, GAP, before), here], axis=1)
    key = random.fold_in(key, epoch)
    drawn = _drawn(task, key, plan.shape, data, epoch)
    return task.cut(random.Draws(key, AGE), drawn) if training.sampling == "windows" else drawn


def _drawn(
    task: Echo,
    key: random.Key,
    shape: tuple[int, ...],
    data: UserSlice | None,
    epoch: Int[Array, ""],
) -> Int[Array, "rows length *columns"]:
    if data is None:
        apart = random.fold_in(key, COLUMNS) if task.columns else key
        drawn = task.drawn(random.Draws(apart), shape[:2])
    else:
        anywhere = random.integers(random.fold_in(key, START), (shape[0],), data.begin, data.end)
        in_order = data.begin + (epoch * shape[0] + jnp.arange(shape[0])) * data.stride
        places = jnp.where(data.stride > 0, in_order, anywhere)
        starts = data.places[places] if data.places.shape[0] else places
        inside = (places < data.end).reshape(-1, *[1] * (len(shape) - 1))
        drawn = jnp.where(inside, data.integers[starts[:, None] + jnp.arange(shape[1])], GAP)
    if task.missing and data is None:  # user data have their own gaps
        lost = random.happens(random.fold_in(key, MISSING), task.missing, shape)
        drawn = jnp.where(lost, GAP, drawn)
    return drawn


def framed(
    drawn: Int[Array | np.ndarray, "rows length *columns"],
    plan: BatchPlan,
    traced: Int[Array, " values"] | None = None,
    xp: ModuleType = jnp,
) -> Batch:
    """Drawn integers as the updates of one epoch, at other lags than the plan's, or another
    difficulty, if they are traced.

    What is missing is not asked. `xp` is `numpy` where it is framed outside a program.
    """
    columns, asked = plan.shape[2:], plan.mask
    if traced is not None and not isinstance(plan.task, Echo):
        drawn = plan.task.arranged(drawn, traced, xp)
        asked = xp.broadcast_to(plan.task.asked(traced, plan.task.target_steps()), asked.shape)
        traced = None
    pads = ((plan.padding, 0), *[(0, 0)] * len(columns))
    flat: Drawn = xp.pad(xp.reshape(drawn, (-1, *columns)), pads, constant_values=GAP)
    inputs, inside = flat[plan.inputs], asked
    if traced is None:
        target = plan.task.pick(flat, plan.target)
    else:
        back = xp.tile(traced, plan.task.target_count // plan.task.heads)
        target = flat[xp.maximum(plan.target_steps() - back, 0)]
        if plan.task.readout == "all" and not plan.stream:
            inside = xp.broadcast_to(plan.task.target_steps() >= back, plan.mask.shape)
    if not plan.gappy:
        return Batch(inputs, target, inside)
    mask = inside & (target != GAP)
    if plan.whole:
        there = xp.all(inputs != GAP, axis=tuple(range(2, inputs.ndim)))
        kept = (there & xp.all(mask == inside, axis=-1))[..., None]
        read = kept.reshape(*kept.shape, *[1] * len(columns))
        mask, inputs = mask & kept, xp.where(read, inputs, GAP)
    return Batch(told(plan.task, inputs, xp), xp.maximum(target, 0), mask)


def told(task: Task, inputs: Drawn, xp: ModuleType = jnp) -> Drawn:
    """Symbols as the model is told them: a gap as -1, or where it is marked as the number
    `vocab_size`.
    """
    return xp.where(inputs == GAP, task.vocab_size, inputs) if task.marked else inputs
