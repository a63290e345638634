"""The compiled program: a slice of training for every run of a group. It draws, frames, trains and
evaluates by itself.

An evaluation is a slice at learning_rate 0: the same program reads fresh sequences and learns
nothing, so nothing more is compiled.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from echoscope.experiment.experiment import Experiment
from echoscope.models.base import State, Weights
from echoscope.models.encoders import mean_loss
from echoscope.training import optimizer
from echoscope.training.batches import (
    Batch,
    UserSlice,
    batch_plan,
    framed,
    run_key,
    sample_integers,
)
from echoscope.training.kept_programs import compiled_once
from echoscope.training.setup import Setup
from echoscope.training.train_state import TrainState, begun

# epochs whose integers are drawn at once: a generator's call costs as much for one as for all of
# them
DRAWN = 16


# an array [runs ...]: NumPy's outside the program, JAX's inside, where a run sees only its own
Numbers = Any


class Slice(NamedTuple):
    """What a run is told for one slice: whose integers, how fast, from which epoch, how many of
    them (0: none).

    `begin`, `end` and `stride` say where in user data, as `batches.UserSlice` has it. `traced`
    [runs, values] are the run's own settings of its task that the program takes as numbers.
    """

    seed: Numbers
    stream: Numbers
    learning_rate: Numbers
    first: Numbers
    epochs: Numbers
    begin: Numbers
    end: Numbers
    stride: Numbers
    traced: Numbers

    @classmethod
    def of(cls, traced: Sequence[tuple[int, ...]], **values: Numbers) -> "Slice":
        """A slice for each run, of values that differ or that all share."""
        arrays = {
            name: np.full(len(traced), value, DTYPES.get(name, np.int32))
            for name, value in values.items()
        }
        return cls(**arrays, traced=np.array(traced, np.int32))


DTYPES = {"seed": np.uint32, "learning_rate": np.float32}  # all else in a slice is int32


class Metrics(NamedTuple):
    """What a slice counted: means over its epochs of `loss`, of how many `targets` there are,
    of how many are predicted `correct`, and of their summed `mean_absolute_error` in symbols.
    `squares` has the sums of squares of `correct` and of `targets` about their means, and of
    their products (Welford).

    `drawn` [runs, rows, length] and `predictions` [runs, updates, batch, targets] are those of its
    last epoch. `placed` [runs, 2, updates, batch, targets] counts, over all of them, what was asked
    at each place and what was predicted correctly. `lost` [runs, heads] is the mean over epochs of
    the summed losses of each of several targets predicted at once, empty where it is one.
    """

    loss: Numbers
    targets: Numbers
    correct: Numbers
    mean_absolute_error: Numbers
    squares: Numbers
    drawn: Numbers
    predictions: Numbers
    placed: Numbers
    lost: Numbers


class EpochOutputs(NamedTuple):
    """What one epoch gave: the loss of every update, the prediction for every target, and the
    summed losses of each of several targets that are predicted at once.
    """

    loss: Float[Array, " updates"]
    predictions: Int[Array, "updates batch targets"]
    lost: Float[Array, "updates heads"]


def _by_head(lost: Float[Array, "batch targets"], heads: int) -> Float[Array, " heads"]:
    """The sum of the losses of each of several targets; nothing where one is predicted at once."""
    return jnp.sum(lost.reshape(-1, heads), axis=0) if heads > 1 else jnp.zeros(0)


def epoch(
    setup: Setup, train_state: TrainState, batch: Batch, learning_rate: Float[Array, ""]
) -> tuple[TrainState, EpochOutputs]:
    """Every update of one fresh draw, in order. Carried state starts in the initial state with each
    draw, as the tutorials do.
    """
    model, sizes, training = setup.model, setup.sizes, setup.shape.training
    updates, rows = batch.inputs.shape[:2]
    stream = training.sampling == "stream"
    carried = stream or (training.stateful and updates > 1)

    def loss(weights: Weights, state: State, part: Batch):
        values, state = model.apply(weights, state, part.inputs, sizes)
        mean, answers = mean_loss(values, part.target, part.mask, sizes)
        return mean, (state, answers)

    def update(carry: tuple[TrainState, State], part: Batch):
        train_state, state = carry
        (mean, (state, (predictions, lost))), gradient = jax.value_and_grad(loss, has_aux=True)(
            train_state.weights, state, part
        )
        train_state = TrainState(
            *optimizer.step(train_state.weights, train_state.moments, gradient, learning_rate)
        )
        outputs = EpochOutputs(mean, predictions, _by_head(lost, sizes.target_count))
        return (train_state, state if carried else None), outputs

    first = train_state.state if stream else setup.initial_state(rows) if carried else None
    (train_state, state), outputs = lax.scan(
        update, (train_state._replace(state=None), first), batch
    )
    return train_state._replace(state=state if stream else None), outputs


def _slice(
    setup: Setup, integers: Array, places: Array, train_state: TrainState, told: Slice
) -> tuple[TrainState, Metrics]:
    """One run through `told.epochs` epochs."""
    key = run_key(told.seed, told.stream)
    shape, plan = setup.shape, setup.plan
    data = UserSlice(integers, told.begin, told.end, told.stride, places) if shape.data else None

    def several(block: Int[Array, ""], carry: tuple[TrainState, Metrics]):
        start = block * DRAWN
        epochs = told.first + start + jnp.arange(DRAWN)
        drawn = jax.vmap(lambda epoch: sample_integers(shape, plan, key, epoch, data))(epochs)
        count = jnp.minimum(told.epochs - start, DRAWN)

        def epoch_at(at: Int[Array, ""], carry: tuple[TrainState, Metrics]):
            return one_epoch(start + at, drawn[at], carry)

        return lax.fori_loop(0, count, epoch_at, carry)

    def one_epoch(
        at: Int[Array, ""],
        drawn: Int[Array, "rows length *columns"],
        carry: tuple[TrainState, Metrics],
    ):
        train_state, metrics = carry
        batch = framed(drawn, plan, told.traced if shape.task.traced else None)
        train_state, outputs = epoch(setup, train_state, batch, told.learning_rate)
        return train_state, _counted(metrics, at + 1, batch, outputs, drawn)

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
        jnp.zeros(plan.task.heads if plan.task.heads > 1 else 0),
    )
    train_state = train_state._replace(state=_first_state(setup, train_state.state, told.first))
    return lax.fori_loop(0, -(-told.epochs // DRAWN), several, (train_state, nothing))


def _first_state(setup: Setup, state: State, first: Int[Array, ""]) -> State:
    """A stream goes on from slice to slice, and begins in the layers' initial state."""
    training = setup.shape.training
    if training.sampling != "stream":
        return state
    initial = setup.initial_state(training.batch_size)
    return jax.tree.map(lambda start, part: jnp.where(first == 0, start, part), initial, state)


def _counted(
    metrics: Metrics, count: Int[Array, ""], batch: Batch, outputs: EpochOutputs, drawn: Array
) -> Metrics:
    """The metrics with one more epoch, its `count`th. An update's loss counts for as much as it has
    targets.
    """
    targets = jnp.sum(batch.mask, axis=(1, 2))
    correct = (outputs.predictions == batch.target) & batch.mask
    mean_absolute_error = jnp.sum(
        jnp.where(batch.mask, jnp.abs(outputs.predictions - batch.target), 0).astype(jnp.float32)
    )
    loss = jnp.sum(outputs.loss * targets) / jnp.maximum(jnp.sum(targets), 1)
    new = jnp.stack(
        [
            loss,
            jnp.sum(targets).astype(jnp.float32),
            jnp.sum(correct).astype(jnp.float32),
            mean_absolute_error,
        ]
    )
    old = jnp.stack(metrics[:4])
    means = old + (new - old) / count
    targets_from_old, correct_from_old = (new - old)[1:3]
    targets_from_new, correct_from_new = (new - means)[1:3]
    squares = metrics.squares + jnp.stack(
        [
            correct_from_old * correct_from_new,
            targets_from_old * targets_from_new,
            correct_from_old * targets_from_new,
        ]
    )
    loss, target_count, correct_count, mean_absolute_error = means
    placed = metrics.placed + jnp.stack([jnp.broadcast_to(batch.mask, correct.shape), correct])
    lost = metrics.lost + (jnp.sum(outputs.lost, axis=0) - metrics.lost) / count
    return Metrics(
        loss,
        target_count,
        correct_count,
        mean_absolute_error,
        squares,
        drawn,
        outputs.predictions,
        placed,
        lost,
    )


@lru_cache(maxsize=32)
def compiled(setup: Setup, runs: int, data: tuple[int, ...] = (0,), places: int = 0) -> Any:
    """The program for `runs` runs of one shape, user data of a shape and so many `places` in them:
    (group, slices, integers, places) in, (group, metrics) out.

    On a CPU runs go one after the other inside it: each costs what it costs alone, gives the same
    numbers in a group of any size, and nothing once it has stopped. On an accelerator they go side
    by side.
    """

    def program(group: TrainState, told: Slice, integers: Array, places: Array):
        def single(pair: tuple[TrainState, Slice]):
            return _slice(setup, integers, places, *pair)

        return (
            jax.vmap(single)((group, told))
            if jax.default_backend() != "cpu"
            else lax.map(single, (group, told))
        )

    group = jax.tree.map(
        lambda part: jax.ShapeDtypeStruct((runs, *np.shape(part)), part.dtype),
        begun(setup, setup.unfilled),
    )
    numbers = {name: 0 for name in Slice._fields if name != "traced"}
    told = Slice.of([setup.shape.task.traced] * runs, **numbers)
    arrays = (jax.ShapeDtypeStruct(size, jnp.int32) for size in (data, (places,)))
    return compiled_once(program, (group, told, *arrays), setup.shape, (runs, *data, places))


def follow(
    experiment: Experiment, weights: Weights, drawn: Int[np.ndarray, "epochs rows length *columns"]
) -> tuple[Weights, Float[np.ndarray, "epochs updates"]]:
    """Train from given weights on given integers, epoch by epoch; gives the last weights and every
    update's loss.

    `drawn` has the shape [epochs, 1, length], or [epochs, batch, integers per window] when the
    training draws windows, or [epochs, batch, 2 windows], the one before and this, when it draws
    streams.
    """
    setup, plan = Setup.of(experiment), batch_plan(experiment)
    learning_rate = jnp.float32(experiment.training.learning_rate)

    def one_epoch(train_state: TrainState, integers: Int[Array, "rows length *columns"]):
        train_state, outputs = epoch(setup, train_state, framed(integers, plan), learning_rate)
        return train_state, outputs.loss

    start = begun(setup, jax.tree.map(jnp.asarray, weights))
    train_state, losses = jax.jit(
        lambda train_state, integers: lax.scan(one_epoch, train_state, integers)
    )(start, jnp.asarray(drawn))
    return jax.tree.map(np.asarray, train_state.weights), np.asarray(losses)
