"""The compiled program: a slice of training for every lane of a group. It draws, frames, steps and scores by itself.

A score is a slice at rate 0: the same program hears fresh sequences and learns nothing, so nothing more is compiled.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from echoscope import adam
from echoscope.batch import Batch, Cut, cut, draw, framed, lane_key
from echoscope.experiment import Experiment
from echoscope.models import model_of
from echoscope.models.model import State, Weights

DRAWN = 16  # epochs whose integers are drawn at once: a generator's call costs as much for one as for all of them


class Lane(NamedTuple):
    """What training changes."""

    weights: Weights
    moments: adam.Moments


Numbers = Any  # an array [lanes ...]: NumPy's outside the program, JAX's inside, where a lane sees only its own


class Course(NamedTuple):
    """What a lane is told for one slice: whose integers, how fast, from which epoch, how many of them (0: rest)."""

    seed: Numbers
    stream: Numbers
    rate: Numbers
    first: Numbers
    epochs: Numbers


class Tally(NamedTuple):
    """What a slice counted: `loss` and `right` as means over its epochs, `squares` of `right` about its mean (Welford).

    `drawn` [lanes, rows, length] and `said` [lanes, updates, batch, answers] are those of its last epoch.
    """

    loss: Numbers
    right: Numbers
    squares: Numbers
    drawn: Numbers
    said: Numbers


class Told(NamedTuple):
    """What one epoch gave: the loss of every update, and every answer said."""

    loss: Float[Array, " updates"]
    said: Int[Array, "updates batch answers"]


def epoch(experiment: Experiment, lane: Lane, batch: Batch, rate: Float[Array, ""]) -> tuple[Lane, Told]:
    """Every update of one fresh draw, in order. Carried state starts at rest with each draw, as the tutorials do."""
    model, sizes = model_of(experiment)
    updates, rows, _ = batch.heard.shape
    carried = experiment.fit.state == "carried" and updates > 1

    def loss(weights: Weights, state: State, part: Batch):
        logits, state = model.apply(weights, state, part.heard, sizes.answers)
        lost, said = judged(logits, part.answer, part.asked)
        return lost, (state, said)

    def update(carry: tuple[Lane, State], part: Batch):
        lane, state = carry
        (lost, (state, said)), gradient = jax.value_and_grad(loss, has_aux=True)(lane.weights, state, part)
        lane = Lane(*adam.step(lane.weights, lane.moments, gradient, rate))
        return (lane, state if carried else None), Told(lost, said)

    first = model.rest(sizes, rows) if carried else None
    (lane, _), told = lax.scan(update, (lane, first), batch)
    return lane, told


def judged(
    logits: Float[Array, "batch answers symbols"], answer: Int[Array, "batch answers"], asked: Any
) -> tuple[Float[Array, ""], Int[Array, "batch answers"]]:
    """Mean negative log-probability of the asked answers, in nats, and every symbol said: the likeliest, or the lowest
    of equals.

    Plain reductions instead of a gather and an argmax: XLA turns those, and the gather's gradient, into scalar loops.
    """
    symbols = lax.broadcasted_iota(jnp.int32, logits.shape, 2)
    top = lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))
    said = jnp.min(jnp.where(logits == top, symbols, logits.shape[-1] - 1), axis=-1)
    label = jnp.sum(jnp.where(symbols == answer[..., None], logits - top, 0), axis=-1)
    lost = jnp.log(jnp.sum(jnp.exp(logits - top), axis=-1)) - label
    return jnp.sum(jnp.where(asked, lost, 0)) / jnp.sum(asked), said


def _slice(experiment: Experiment, plan: Cut, lane: Lane, course: Course) -> tuple[Lane, Tally]:
    """One lane through `course.epochs` epochs."""
    key = lane_key(course.seed, course.stream)

    def several(block: Int[Array, ""], carry: tuple[Lane, Tally]):
        start = block * DRAWN
        epochs = course.first + start + jnp.arange(DRAWN)
        integers = jax.vmap(lambda epoch: draw(key, epoch, plan.shape, experiment.task.symbols))(epochs)
        count = jnp.minimum(course.epochs - start, DRAWN)
        return lax.fori_loop(0, count, lambda at, carry: one(start + at, integers[at], carry), carry)

    def one(at: Int[Array, ""], drawn: Int[Array, "rows length"], carry: tuple[Lane, Tally]):
        lane, tally = carry
        batch = framed(drawn, plan)
        lane, told = epoch(experiment, lane, batch, course.rate)
        right = jnp.sum((told.said == batch.answer) & plan.asked).astype(jnp.float32)
        return lane, counted(tally, at + 1, told, right, drawn)

    def counted(tally: Tally, count: Int[Array, ""], told: Told, right: Float[Array, ""], drawn: Array) -> Tally:
        step = right - tally.right
        mean = tally.right + step / count
        loss = tally.loss + (jnp.mean(told.loss) - tally.loss) / count
        return Tally(loss, mean, tally.squares + step * (right - mean), drawn, told.said)

    zero = jnp.zeros(())
    nothing = Tally(zero, zero, zero, jnp.zeros(plan.shape, jnp.int32), jnp.zeros(plan.asked.shape, jnp.int32))
    return lax.fori_loop(0, -(-course.epochs // DRAWN), several, (lane, nothing))


@lru_cache(maxsize=32)
def compiled(shape: Experiment, lanes: int) -> Any:
    """The program for `lanes` lanes of one shape: (lanes, course) in, (lanes, tally) out.

    On a CPU lanes go one after the other inside it: each costs what it costs alone, gives the same numbers in a group
    of any size, and nothing once it has stopped. On an accelerator they go side by side.
    """
    plan = cut(shape)

    def lane(given: tuple[Lane, Course]):
        return _slice(shape, plan, *given)

    over = jax.vmap(lane) if jax.default_backend() != "cpu" else lambda given: lax.map(lane, given)
    program = jax.jit(lambda group, course: over((group, course)), donate_argnums=0)
    group = jax.eval_shape(lambda: stacked([fresh(shape)] * lanes))
    kinds = (jnp.uint32, jnp.int32, jnp.float32, jnp.int32, jnp.int32)
    return program.lower(group, Course(*(jax.ShapeDtypeStruct((lanes,), kind) for kind in kinds))).compile()


def shape_of(experiment: Experiment) -> Experiment:
    """The words that a program is compiled for: those left when seed, rate, epochs and stop are set aside."""
    return experiment.change(seed=0, rate=0.001, epochs=1, stop=None)


def fresh(experiment: Experiment) -> Lane:
    """First weights, from the seed alone."""
    model, sizes = model_of(experiment)
    weights = model.init(np.random.default_rng(experiment.seed), sizes)
    return Lane(weights, adam.at_rest(weights))


def stacked(lanes: list[Lane]) -> Lane:
    """Lanes side by side, along a new first axis."""
    return jax.tree.map(lambda *parts: np.stack(parts), *lanes)


def follow(
    experiment: Experiment, weights: Weights, drawn: Int[np.ndarray, "epochs rows length"]
) -> tuple[Weights, Float[np.ndarray, "epochs updates"]]:
    """Train from given weights on given integers, epoch by epoch; gives the last weights and every update's loss.

    `drawn` has the shape [epochs, 1, length], or [epochs, batch, integers per window] when the fit draws windows.
    """
    plan = cut(experiment)
    rate = jnp.float32(experiment.fit.rate)

    def one(lane: Lane, integers: Int[Array, "rows length"]):
        lane, told = epoch(experiment, lane, framed(integers, plan), rate)
        return lane, told.loss

    start = Lane(jax.tree.map(jnp.asarray, weights), adam.at_rest(weights))
    lane, losses = jax.jit(lambda lane, integers: lax.scan(one, lane, integers))(start, jnp.asarray(drawn))
    return jax.tree.map(np.asarray, lane.weights), np.asarray(losses)
