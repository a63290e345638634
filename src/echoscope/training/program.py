"""The compiled program: a slice of training for every lane of a group. It draws, frames, steps and
scores by itself.

A score is a slice at rate 0: the same program hears fresh sequences and learns nothing, so nothing
more is compiled.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from echoscope.errors import WordError, plain, shown
from echoscope.experiment.experiment import Experiment
from echoscope.models import model_of
from echoscope.models.encoding import judged
from echoscope.models.model import State, Weights
from echoscope.training import optimizer
from echoscope.training.batches import Batch, Cut, Own, cut, draw, framed, lane_key

# epochs whose integers are drawn at once: a generator's call costs as much for one as for all of
# them
DRAWN = 16


class Lane(NamedTuple):
    """What training changes. `state` outlives an epoch only where the fit draws streams, and is
    None elsewhere.
    """

    weights: Weights
    moments: optimizer.Moments
    state: State = None


# an array [lanes ...]: NumPy's outside the program, JAX's inside, where a lane sees only its own
Numbers = Any


class Course(NamedTuple):
    """What a lane is told for one slice: whose integers, how fast, from which epoch, how many of
    them (0: rest).

    `begin`, `end` and `stride` say where in own integers, as `batch.Own` has it. `lag` [lanes,
    lags] is the lane's own, heeded where it is a value.
    """

    seed: Numbers
    stream: Numbers
    rate: Numbers
    first: Numbers
    epochs: Numbers
    begin: Numbers
    end: Numbers
    stride: Numbers
    lag: Numbers


KINDS = Course(jnp.uint32, jnp.int32, jnp.float32, *([jnp.int32] * 6))


class Tally(NamedTuple):
    """What a slice counted: means over its epochs of `loss`, of `asked` answers, of those said
    `right`, and of their `distance` from the right ones, summed in symbols. `spread` has the sums
    of squares of right and of asked about their means, and of their products (Welford).

    `drawn` [lanes, rows, length] and `said` [lanes, updates, batch, answers] are those of its last
    epoch. `placed` [lanes, 2, updates, batch, answers] counts, over all of them, what was asked at
    each place and what was said right.
    """

    loss: Numbers
    asked: Numbers
    right: Numbers
    distance: Numbers
    spread: Numbers
    drawn: Numbers
    said: Numbers
    placed: Numbers


class Told(NamedTuple):
    """What one epoch gave: the loss of every update, and every answer said."""

    loss: Float[Array, " updates"]
    said: Int[Array, "updates batch answers"]


def epoch(
    experiment: Experiment, lane: Lane, batch: Batch, rate: Float[Array, ""]
) -> tuple[Lane, Told]:
    """Every update of one fresh draw, in order. Carried state starts at rest with each draw, as the
    tutorials do.
    """
    model, sizes = model_of(experiment)
    updates, rows, _ = batch.heard.shape
    stream = experiment.fit.draw == "stream"
    carried = stream or (experiment.fit.state == "carried" and updates > 1)

    def loss(weights: Weights, state: State, part: Batch):
        values, state = model.apply(weights, state, part.heard, sizes)
        lost, said = judged(values, part.answer, part.asked, sizes)
        return lost, (state, said)

    def update(carry: tuple[Lane, State], part: Batch):
        lane, state = carry
        (lost, (state, said)), gradient = jax.value_and_grad(loss, has_aux=True)(
            lane.weights, state, part
        )
        lane = Lane(*optimizer.step(lane.weights, lane.moments, gradient, rate))
        return (lane, state if carried else None), Told(lost, said)

    first = lane.state if stream else model.rest(sizes, rows) if carried else None
    (lane, state), told = lax.scan(update, (lane._replace(state=None), first), batch)
    return lane._replace(state=state if stream else None), told


def _slice(
    experiment: Experiment, plan: Cut, integers: Array, lane: Lane, course: Course
) -> tuple[Lane, Tally]:
    """One lane through `course.epochs` epochs."""
    key = lane_key(course.seed, course.stream)
    own = Own(integers, course.begin, course.end, course.stride) if experiment.data else None

    def several(block: Int[Array, ""], carry: tuple[Lane, Tally]):
        start = block * DRAWN
        epochs = course.first + start + jnp.arange(DRAWN)
        drawn = jax.vmap(lambda epoch: draw(experiment, plan, key, epoch, own))(epochs)
        count = jnp.minimum(course.epochs - start, DRAWN)
        return lax.fori_loop(0, count, lambda at, carry: one(start + at, drawn[at], carry), carry)

    def one(at: Int[Array, ""], drawn: Int[Array, "rows length"], carry: tuple[Lane, Tally]):
        lane, tally = carry
        batch = framed(drawn, plan, course.lag if experiment.lag_is_a_value else None)
        lane, told = epoch(experiment, lane, batch, course.rate)
        return lane, _counted(tally, at + 1, batch, told, drawn)

    zero = jnp.zeros(())
    nothing = Tally(
        zero,
        zero,
        zero,
        zero,
        jnp.zeros(3),
        jnp.zeros(plan.shape, jnp.int32),
        jnp.zeros(plan.asked.shape, jnp.int32),
        jnp.zeros((2, *plan.asked.shape), jnp.int32),
    )
    # A stream goes on from slice to slice, and begins at rest.
    begun = jax.tree.map(lambda part: jnp.where(course.first == 0, 0, part), lane.state)
    return lax.fori_loop(
        0, -(-course.epochs // DRAWN), several, (lane._replace(state=begun), nothing)
    )


def _counted(tally: Tally, count: Int[Array, ""], batch: Batch, told: Told, drawn: Array) -> Tally:
    """The tally with one more epoch, its `count`th. An update's loss counts for as much as it was
    asked.
    """
    asked = jnp.sum(batch.asked, axis=(1, 2))
    right = (told.said == batch.answer) & batch.asked
    distance = jnp.sum(
        jnp.where(batch.asked, jnp.abs(told.said - batch.answer), 0).astype(jnp.float32)
    )
    loss = jnp.sum(told.loss * asked) / jnp.maximum(jnp.sum(asked), 1)
    new = jnp.stack(
        [loss, jnp.sum(asked).astype(jnp.float32), jnp.sum(right).astype(jnp.float32), distance]
    )
    old = jnp.stack(tally[:4])
    means = old + (new - old) / count
    (asked_before, right_before), (asked_after, right_after) = (new - old)[1:3], (new - means)[1:3]
    spread = jnp.stack(
        [right_before * right_after, asked_before * asked_after, right_before * asked_after]
    )
    loss, many, correct, off = means
    placed = tally.placed + jnp.stack([jnp.broadcast_to(batch.asked, right.shape), right])
    return Tally(loss, many, correct, off, tally.spread + spread, drawn, told.said, placed)


@lru_cache(maxsize=32)
def compiled(shape: Experiment, lanes: int, own: int = 0) -> Any:
    """The program for `lanes` lanes of one shape and `own` integers: (lanes, course, integers) in,
    (lanes, tally) out.

    On a CPU lanes go one after the other inside it: each costs what it costs alone, gives the same
    numbers in a group of any size, and nothing once it has stopped. On an accelerator they go side
    by side.
    """
    plan = cut(shape)

    def program(group: Lane, course: Course, integers: Array):
        def lane(given: tuple[Lane, Course]):
            return _slice(shape, plan, integers, *given)

        return (
            jax.vmap(lane)((group, course))
            if jax.default_backend() != "cpu"
            else lax.map(lane, (group, course))
        )

    group = jax.tree.map(
        lambda part: jax.ShapeDtypeStruct((lanes, *np.shape(part)), part.dtype),
        begun(shape, unfilled(shape)),
    )
    course = Course(*(jax.ShapeDtypeStruct((lanes,), kind) for kind in KINDS))
    course = course._replace(lag=jax.ShapeDtypeStruct((lanes, len(shape.task.lag)), KINDS.lag))
    integers = jax.ShapeDtypeStruct((own,), jnp.int32)
    return jax.jit(program, donate_argnums=0).lower(group, course, integers).compile()


def fresh(experiment: Experiment) -> Lane:
    """First weights, from the seed alone."""
    model, sizes = model_of(experiment)
    return begun(experiment, model.init(np.random.default_rng(experiment.seed), sizes))


def unfilled(experiment: Experiment) -> Weights:
    """Zeros in the shapes of its weights, which take no memory."""
    model, sizes = model_of(experiment)
    return model.init(None, sizes)


def fitting(experiment: Experiment, weights: Weights) -> Weights:
    """The weights, if they are the network's that the words ask for, and numbers; else a
    `WordError`.
    """
    if not isinstance(weights, Mapping):
        raise WordError(
            "Weights must be arrays by name, as train and Store.weights give them, not"
            f" {shown(weights)}."
        )
    shapes = {name: array.shape for name, array in unfilled(experiment).items()}
    unlike = sorted(set(shapes) ^ set(weights), key=str)
    if unlike:
        raise WordError(
            f"The weights of this network are {', '.join(shapes)}: {plain(str(unlike[0]), 60)} is "
            f"{'missing' if unlike[0] in shapes else 'not one of them'}."
        )
    for name, shape in shapes.items():
        if np.shape(weights[name]) != shape:
            raise WordError(
                f"The weights {name} of this network have shape {shape}, not"
                f" {np.shape(weights[name])}: give those that were trained with the same words."
            )
        array = np.asarray(weights[name])
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            what = (
                "a value that is not a number"
                if array.dtype.kind == "f"
                else f"{array.dtype} and not floats"
            )
            raise WordError(f"The weights {name} hold {what}: train the network again.")
    return weights


def begun(experiment: Experiment, weights: Weights) -> Lane:
    """A lane that starts from given weights."""
    model, sizes = model_of(experiment)
    stream = experiment.fit.draw == "stream"
    shapes = jax.eval_shape(lambda: model.rest(sizes, experiment.fit.batch)) if stream else None
    state = jax.tree.map(lambda part: np.zeros(part.shape, part.dtype), shapes)
    return Lane(weights, optimizer.at_rest(weights), state)


def stacked(lanes: list[Lane]) -> Lane:
    """Lanes side by side, along a new first axis."""
    return jax.tree.map(lambda *parts: np.stack(parts), *lanes)


def follow(
    experiment: Experiment, weights: Weights, drawn: Int[np.ndarray, "epochs rows length"]
) -> tuple[Weights, Float[np.ndarray, "epochs updates"]]:
    """Train from given weights on given integers, epoch by epoch; gives the last weights and every
    update's loss.

    `drawn` has the shape [epochs, 1, length], or [epochs, batch, integers per window] when the fit
    draws windows, or [epochs, batch, 2 windows], the one before and this, when it draws streams.
    """
    plan = cut(experiment)
    rate = jnp.float32(experiment.fit.rate)

    def one(lane: Lane, integers: Int[Array, "rows length"]):
        lane, told = epoch(experiment, lane, framed(integers, plan), rate)
        return lane, told.loss

    start = begun(experiment, jax.tree.map(jnp.asarray, weights))
    lane, losses = jax.jit(lambda lane, integers: lax.scan(one, lane, integers))(
        start, jnp.asarray(drawn)
    )
    return jax.tree.map(np.asarray, lane.weights), np.asarray(losses)
