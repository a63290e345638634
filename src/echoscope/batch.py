"""Fresh integers, drawn on the device, and framed there into batches."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Integer, PRNGKeyArray

from echoscope.experiment import Experiment
from echoscope.framing import frame

TRAINED, SCORED = 0, 1  # the two streams of integers that one seed gives; they never meet


class Batch(NamedTuple):
    """What one epoch hears and is asked, in the order of its updates."""

    heard: Int[Array, "updates batch time"]
    answer: Int[Array, "updates batch answers"]
    asked: Bool[np.ndarray, "updates batch answers"]


class Cut(NamedTuple):
    """How one epoch's draw becomes updates: positions in the drawn integers, constant for an experiment's words."""

    shape: tuple[int, int]
    heard: Int[np.ndarray, "updates batch time"]
    answer: Int[np.ndarray, "updates batch answers"]
    asked: Bool[np.ndarray, "updates batch answers"]

    @property
    def answers(self) -> int:
        """Asked answers in one epoch."""
        return int(self.asked.sum())


def cut(experiment: Experiment) -> Cut:
    """One sequence cut into windows in order, or a batch of windows each from integers of its own."""
    task, fit = experiment.task, experiment.fit
    if fit.draw == "sequence":
        framed = frame(task, batch=fit.batch)
        updates = len(framed.heard) // fit.batch
        return Cut((1, task.length), *(part.reshape(updates, fit.batch, -1) for part in framed))
    framed = frame(task, task.reach)
    rows = np.arange(fit.batch)[:, None] * task.reach
    asked = np.broadcast_to(framed.asked, (fit.batch, framed.asked.shape[1]))
    return Cut((fit.batch, task.reach), (rows + framed.heard)[None], (rows + framed.answer)[None], asked[None])


def lane_key(seed: Integer[Array, ""], stream: Integer[Array, ""]) -> PRNGKeyArray:
    """The key of one lane's integers: TRAINED or SCORED."""
    return jax.random.fold_in(jax.random.key(seed), stream)


def draw(key: PRNGKeyArray, epoch: Int[Array, ""], shape: tuple[int, int], symbols: int) -> Int[Array, "rows length"]:
    """The integers of one epoch: the same whatever group or slice draws them."""
    return jax.random.randint(jax.random.fold_in(key, epoch), shape, 0, symbols)


def framed(drawn: Int[Array, "rows length"], cut: Cut) -> Batch:
    """Drawn integers as the updates of one epoch."""
    flat = jnp.ravel(drawn)
    return Batch(flat[cut.heard], flat[cut.answer], cut.asked)
