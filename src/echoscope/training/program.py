"""The compiled program: a slice of training for every run of a group. It draws, frames, steps and
accuracies by itself.

An accuracy is a slice at learning_rate 0: the same program reads fresh sequences and learns
nothing, so nothing more is compiled.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from echoscope.experiment.experiment import Experiment
from echoscope.models import model_of
from echoscope.models.base import State, Weights
from echoscope.models.encoders import mean_loss
from echoscope.training import optimizer
from echoscope.training.batches import (
    Batch,
    BatchPlan,
    UserSlice,
    batch_plan,
    framed,
    run_key,
    sample_integers,
)
from echoscope.training.train_state import TrainState, begun, unfilled

# epochs whose integers are drawn at once: a generator's call costs as much for one as for all of
# them
DRAWN = 16


# an array [runs ...]: NumPy's outside the program, JAX's inside, where a run sees only its own
Numbers = Any


class SlicePlan(NamedTuple):
    """What a run is told for one slice: whose integers, how fast, from which epoch, how many of
    them (0: rest).

    `begin`, `end` and `stride` say where in user data, as `batch.UserSlice` has it. `lag` [runs,
    lags] is the run's own, heeded where it is a value.
    """

    seed: Numbers
    stream: Numbers
    learning_rate: Numbers
    first: Numbers
    epochs: Numbers
    begin: Numbers
    end: Numbers
    stride: Numbers
    lag: Numbers


KINDS = SlicePlan(jnp.uint32, jnp.int32, jnp.float32, *([jnp.int32] * 6))


class Metrics(NamedTuple):
    """What a slice counted: means over its epochs of `loss`, of `mask` targets, of those said
    `correct`, and of their `mean_absolute_error` from the right ones, summed in symbols. `spread`
    has the sums of squares of right and of asked about their means, and of their products
    (Welford).

    `drawn` [runs, rows, length] and `predictions` [runs, updates, batch, targets] are those of its
    last epoch. `placed` [runs, 2, updates, batch, targets] counts, over all of them, what was asked
    at each place and what was predicted correctly.
    """

    loss: Numbers
    mask: Numbers
    correct: Numbers
    mean_absolute_error: Numbers
    spread: Numbers
    drawn: Numbers
    predictions: Numbers
    placed: Numbers


class EpochOutputs(NamedTuple):
    """What one epoch gave: the loss of every update, and every target said."""

    loss: Float[Array, " updates"]
    predictions: Int[Array, "updates batch targets"]


def epoch(
    experiment: Experiment, train_state: TrainState, batch: Batch, learning_rate: Float[Array, ""]
) -> tuple[TrainState, EpochOutputs]:
    """Every update of one fresh draw, in order. Carried state starts in the initial state with each
    draw, as the tutorials do.
    """
    model, sizes = model_of(experiment)
    updates, rows, _ = batch.inputs.shape
    stream = experiment.training.sampling == "stream"
    carried = stream or (experiment.training.stateful and updates > 1)

    def loss(weights: Weights, state: State, part: Batch):
        values, state = model.apply(weights, state, part.inputs, sizes)
        lost, text = mean_loss(values, part.target, part.mask, sizes)
        return lost, (state, text)

    def update(carry: tuple[TrainState, State], part: Batch):
        train_state, state = carry
        (lost, (state, text)), gradient = jax.value_and_grad(loss, has_aux=True)(
            train_state.weights, state, part
        )
        train_state = TrainState(
            *optimizer.step(train_state.weights, train_state.moments, gradient, learning_rate)
        )
        return (train_state, state if carried else None), EpochOutputs(lost, text)

    first = train_state.state if stream else model.initial_state(sizes, rows) if carried else None
    (train_state, state), told = lax.scan(update, (train_state._replace(state=None), first), batch)
    return train_state._replace(state=state if stream else None), told


def _slice(
    experiment: Experiment,
    plan: BatchPlan,
    integers: Array,
    train_state: TrainState,
    slice_plan: SlicePlan,
) -> tuple[TrainState, Metrics]:
    """One run through `slice_plan.epochs` epochs."""
    key = run_key(slice_plan.seed, slice_plan.stream)
    mine = (
        UserSlice(integers, slice_plan.begin, slice_plan.end, slice_plan.stride)
        if experiment.data
        else None
    )

    def several(block: Int[Array, ""], carry: tuple[TrainState, Metrics]):
        start = block * DRAWN
        epochs = slice_plan.first + start + jnp.arange(DRAWN)
        drawn = jax.vmap(lambda epoch: sample_integers(experiment, plan, key, epoch, mine))(epochs)
        count = jnp.minimum(slice_plan.epochs - start, DRAWN)
        return lax.fori_loop(0, count, lambda at, carry: item(start + at, drawn[at], carry), carry)

    def item(
        at: Int[Array, ""], drawn: Int[Array, "rows length"], carry: tuple[TrainState, Metrics]
    ):
        train_state, metrics = carry
        batch = framed(drawn, plan, slice_plan.lag if experiment.lag_is_a_value else None)
        train_state, told = epoch(experiment, train_state, batch, slice_plan.learning_rate)
        return train_state, _counted(metrics, at + 1, batch, told, drawn)

    zero = jnp.zeros(())
    nothing = Metrics(
        zero,
        zero,
        zero,
        zero,
        jnp.zeros(3),
        jnp.zeros(plan.shape, jnp.int32),
        jnp.zeros(plan.mask.shape, jnp.int32),
        jnp.zeros((2, *plan.mask.shape), jnp.int32),
    )
    # A stream goes on from slice to slice, and begins in the initial state.
    begun = jax.tree.map(lambda part: jnp.where(slice_plan.first == 0, 0, part), train_state.state)
    return lax.fori_loop(
        0, -(-slice_plan.epochs // DRAWN), several, (train_state._replace(state=begun), nothing)
    )


def _counted(
    metrics: Metrics, count: Int[Array, ""], batch: Batch, told: EpochOutputs, drawn: Array
) -> Metrics:
    """The tally with one more epoch, its `count`th. An update's loss counts for as much as it was
    asked.
    """
    mask = jnp.sum(batch.mask, axis=(1, 2))
    correct = (told.predictions == batch.target) & batch.mask
    mean_absolute_error = jnp.sum(
        jnp.where(batch.mask, jnp.abs(told.predictions - batch.target), 0).astype(jnp.float32)
    )
    loss = jnp.sum(told.loss * mask) / jnp.maximum(jnp.sum(mask), 1)
    new = jnp.stack(
        [
            loss,
            jnp.sum(mask).astype(jnp.float32),
            jnp.sum(correct).astype(jnp.float32),
            mean_absolute_error,
        ]
    )
    old = jnp.stack(metrics[:4])
    means = old + (new - old) / count
    (asked_before, correct_before), (asked_after, correct_after) = (
        (new - old)[1:3],
        (new - means)[1:3],
    )
    spread = jnp.stack(
        [correct_before * correct_after, asked_before * asked_after, correct_before * asked_after]
    )
    placed = metrics.placed + jnp.stack([jnp.broadcast_to(batch.mask, correct.shape), correct])
    loss, many, hits, off = means
    return Metrics(loss, many, hits, off, metrics.spread + spread, drawn, told.predictions, placed)


@lru_cache(maxsize=32)
def compiled(shape: Experiment, runs: int, mine: int = 0) -> Any:
    """The program for `runs` runs of one shape and `data` integers: (runs, course, integers) in,
    (runs, tally) out.

    On a CPU runs go one after the other inside it: each costs what it costs alone, gives the same
    numbers in a group of any size, and nothing once it has stopped. On an accelerator they go side
    by side.
    """
    plan = batch_plan(shape)

    def program(group: TrainState, slice_plan: SlicePlan, integers: Array):
        def single(pair: tuple[TrainState, SlicePlan]):
            return _slice(shape, plan, integers, *pair)

        return (
            jax.vmap(single)((group, slice_plan))
            if jax.default_backend() != "cpu"
            else lax.map(single, (group, slice_plan))
        )

    group = jax.tree.map(
        lambda part: jax.ShapeDtypeStruct((runs, *np.shape(part)), part.dtype),
        begun(shape, unfilled(shape)),
    )
    slice_plan = SlicePlan(*(jax.ShapeDtypeStruct((runs,), kind) for kind in KINDS))
    slice_plan = slice_plan._replace(
        lag=jax.ShapeDtypeStruct((runs, len(shape.task.lag)), KINDS.lag)
    )
    integers = jax.ShapeDtypeStruct((mine,), jnp.int32)
    return jax.jit(program, donate_argnums=0).lower(group, slice_plan, integers).compile()


def follow(
    experiment: Experiment, weights: Weights, drawn: Int[np.ndarray, "epochs rows length"]
) -> tuple[Weights, Float[np.ndarray, "epochs updates"]]:
    """Train from given weights on given integers, epoch by epoch; gives the last weights and every
    update's loss.

    `drawn` has the shape [epochs, 1, length], or [epochs, batch, integers per window] when the
    training draws windows, or [epochs, batch, 2 windows], the one before and this, when it draws
    streams.
    """
    plan = batch_plan(experiment)
    learning_rate = jnp.float32(experiment.training.learning_rate)

    def item(train_state: TrainState, integers: Int[Array, "rows length"]):
        train_state, told = epoch(experiment, train_state, framed(integers, plan), learning_rate)
        return train_state, told.loss

    start = begun(experiment, jax.tree.map(jnp.asarray, weights))
    train_state, losses = jax.jit(
        lambda train_state, integers: lax.scan(item, train_state, integers)
    )(start, jnp.asarray(drawn))
    return jax.tree.map(np.asarray, train_state.weights), np.asarray(losses)
