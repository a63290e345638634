"""A trained network read step by step, its carried state rounded or disturbed on the way.

The whole is read once undisturbed, to see what each unit of the state reaches: from its lowest
value to its highest it is cut into levels, and its standard deviation is the unit of the noise.
Then it is read again, and what each time step hands to the next is disturbed. What the layer says
at a step is computed from the state that it was handed, so disturbed by then.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike

from echoscope.errors import SettingError
from echoscope.measure.layer.base import State, Weights
from echoscope.models import dense, encoders, stack
from echoscope.models.base import Sizes
from echoscope.registry import layer_of
from echoscope.training.results import Outcome
from echoscope.training.setup import Setup

SHARED = -1  # the axis of the rows in an array that all rows share
Stepped = tuple[State, Array]  # the state after a step, and its output
Step = Callable[[State, Array], Stepped]
Read = tuple[Array, Array, State]  # outputs, logits and the state after the last step
Program = Callable[..., Read]


class Values(NamedTuple):
    """What was read: outputs and logits of every time step, and the state after the last."""

    outputs: Float[np.ndarray, "time batch width"]
    logits: Float[np.ndarray, "time batch heads symbols"]
    state: State


class _Range(NamedTuple):
    """What each unit of one array of the state reached, the axis of the rows left as 1."""

    low: Array
    high: Array
    total: Array
    squares: Array


Looked = tuple[State, list[_Range]]


def values_of(
    outcome: Outcome,
    symbols: ArrayLike,
    state: State,
    hands_state: bool,
    *,
    bits: int | None = None,
    noise: float = 0.0,
    seed: int = 0,
) -> Values:
    """See `Layer.values`; a layer that hands no state over has none to disturb.

    Raises `SettingError` for a network whose answers are not symbols at every time step, and for a
    state that grows as it is read.
    """
    _check(outcome, bits, noise)
    whole, disturbed = _programs(outcome.setup)
    weights = jax.tree.map(jnp.asarray, outcome.weights)
    read = jnp.asarray(np.asarray(symbols, np.int32))
    if (bits is None and noise == 0) or not hands_state:
        outputs, logits, after = whole(weights, read, state)
    else:
        levels = 0.0 if bits is None else float(2**bits)
        key = jax.random.key(seed)
        outputs, logits, after = disturbed(weights, read, state, levels, noise, key)
    return Values(np.asarray(outputs), np.asarray(logits), after if hands_state else None)


def _check(outcome: Outcome, bits: int | None, noise: float) -> None:
    sizes, task = outcome.setup.sizes, outcome.experiment.task
    if task.readout == "decoder" or sizes.bidirectional:
        raise SettingError(
            "a network is read step by step where it answers at every time step: use readout all,"
            " and bidirectional false."
        )
    if encoders.ENCODINGS[sizes.encoding].logits is None:
        raise SettingError(
            f"encoding {sizes.encoding} gives no probabilities to score: use encoding one-hot."
        )
    if bits is not None and not 1 <= bits <= 24:
        raise SettingError(f"bits must be a whole number of 1 to 24, not {bits}.")
    if not 0 <= noise < np.inf:
        raise SettingError(f"noise must be a number of at least 0, not {noise}.")


@lru_cache(maxsize=16)
def _programs(setup: Setup) -> tuple[Program, Program]:
    """The two reads of a model, compiled for each shape that they meet."""
    sizes, heads = setup.sizes, setup.shape.task.heads
    apply = partial(stack.apply, layer_of(setup.shape.model))

    def whole(weights: Weights, symbols: Int[Array, "time batch"], state: State) -> Read:
        outputs, after = apply(weights, state, symbols.T, sizes)
        return outputs, _logits(weights, outputs, heads, sizes), after

    def step(weights: Weights, state: State, symbols: Int[Array, " batch"]) -> Stepped:
        outputs, after = apply(weights, state, symbols[:, None], sizes)
        return after, outputs[0]

    def disturbed(
        weights: Weights, symbols: Int[Array, "time batch"], state: State, *how: Array
    ) -> Read:
        outputs, after = _disturbed(partial(step, weights), symbols, state, *how)
        return outputs, _logits(weights, outputs, heads, sizes), after

    return jax.jit(whole), jax.jit(disturbed)


def _logits(
    weights: Weights, outputs: Float[Array, "time batch width"], heads: int, sizes: Sizes
) -> Float[Array, "time batch heads symbols"]:
    """What the readout says at every time step."""
    time, batch, _ = outputs.shape
    values = encoders.possible(dense.each(weights, outputs, heads), sizes)
    logits = encoders.ENCODINGS[sizes.encoding].logits
    answers = values if logits is None else logits(values, sizes)
    return jnp.swapaxes(answers.reshape(batch, time, heads, -1), 0, 1)


def _disturbed(
    step: Step,
    symbols: Int[Array, "time batch"],
    state: State,
    levels: Array,
    noise: Array,
    key: Array,
) -> tuple[Float[Array, "time batch width"], State]:
    """Outputs and state of a read of which each step hands on a disturbed state. The first step is
    apart: of the state None it makes one of arrays.
    """
    axes = _row_axes(step, symbols)
    first, output = step(state, symbols[0])
    _check_kept(step, first, symbols[0])

    def look(carry: Looked, now: Array) -> tuple[Looked, None]:
        before, ranges = carry
        after, _ = step(before, now)
        return (after, _widened(ranges, after, axes)), None

    start = [_range(leaf, axis) for leaf, axis in zip(_numbers(first), axes, strict=True)]
    (_, ranges), _ = lax.scan(look, (first, start), symbols[1:])
    disturb = partial(_handed_on, ranges, axes, len(symbols), levels, noise)

    def read(before: State, now: tuple[Array, Array]) -> tuple[State, Array]:
        after, output = step(before, now[0])
        return disturb(after, now[1]), output

    keys = jax.random.split(key, len(symbols))
    after, outputs = lax.scan(read, disturb(first, keys[0]), (symbols[1:], keys[1:]))
    return jnp.concatenate([output[None], outputs]), after


def _row_axes(step: Step, symbols: Array) -> list[int]:
    """The axis of the rows in each array of the state: that which grows with them."""
    two, three = (
        _numbers(jax.eval_shape(step, None, jax.ShapeDtypeStruct((rows,), symbols.dtype))[0])
        for rows in (2, 3)
    )
    return [
        next((axis for axis, size in enumerate(few.shape) if size != more.shape[axis]), SHARED)
        for few, more in zip(two, three, strict=True)
    ]


def _check_kept(step: Step, state: State, symbols: Array) -> None:
    """Refuse a state whose arrays change their shape from one step to the next."""
    after = jax.eval_shape(step, state, symbols)[0]
    before = jax.eval_shape(lambda: state)
    if [leaf.shape for leaf in jax.tree.leaves(after)] != [
        leaf.shape for leaf in jax.tree.leaves(before)
    ]:
        raise SettingError(
            "the state of this layer grows with every time step, so that it cannot be rounded unit"
            " by unit: give it a cache of fixed size."
        )


def _numbers(state: State) -> list[Array]:
    """The arrays of a state that hold numbers which could be others: no counters, no keys."""
    return [leaf for leaf in jax.tree.leaves(state) if _is_number(leaf)]


def _is_number(leaf: Array) -> bool:
    return jnp.issubdtype(leaf.dtype, jnp.inexact)


def _parts(leaf: Array) -> Array:
    """An array as real numbers, a complex one as two, side by side in the last axis."""
    if jnp.iscomplexobj(leaf):
        return jnp.stack([leaf.real, leaf.imag], axis=-1)
    return leaf[..., None]


def _whole(parts: Array, leaf: Array) -> Array:
    joined = lax.complex(parts[..., 0], parts[..., 1]) if jnp.iscomplexobj(leaf) else parts[..., 0]
    return joined.astype(leaf.dtype)


def _range(leaf: Array, axis: int) -> _Range:
    parts = _parts(leaf).astype(jnp.float32)
    if axis == SHARED:
        return _Range(parts, parts, parts, parts * parts)
    low, high = parts.min(axis, keepdims=True), parts.max(axis, keepdims=True)
    mean = partial(jnp.mean, axis=axis, keepdims=True)
    return _Range(low, high, mean(parts), mean(parts * parts))


def _widened(ranges: list[_Range], state: State, axes: list[int]) -> list[_Range]:
    """Ranges that hold one more time step."""
    new = [_range(leaf, axis) for leaf, axis in zip(_numbers(state), axes, strict=True)]
    return [
        _Range(
            jnp.minimum(a.low, b.low),
            jnp.maximum(a.high, b.high),
            a.total + b.total,
            a.squares + b.squares,
        )
        for a, b in zip(ranges, new, strict=True)
    ]


def _handed_on(
    ranges: list[_Range],
    axes: list[int],
    steps: int,
    levels: Array,
    noise: Array,
    state: State,
    key: Array,
) -> State:
    """A state with noise, rounded to its levels."""
    leaves, form = jax.tree.flatten(state)
    left = iter(zip(ranges, jax.random.split(key, max(1, len(ranges))), strict=False))
    handed = []
    for leaf in leaves:
        if not _is_number(leaf):
            handed.append(leaf)
            continue
        reached, drawn = next(left)
        parts = _parts(leaf)
        spread = reached.squares / steps - jnp.square(reached.total / steps)
        deviation = jnp.sqrt(jnp.maximum(spread, 0))
        parts = parts + noise * deviation * jax.random.normal(drawn, parts.shape)
        width = (reached.high - reached.low) / jnp.maximum(levels - 1, 1)
        place = (jnp.clip(parts, reached.low, reached.high) - reached.low) / jnp.where(
            width > 0, width, 1
        )
        rounded = reached.low + jnp.round(place) * width
        handed.append(_whole(jnp.where(levels > 0, rounded, parts), leaf))
    return jax.tree.unflatten(form, handed)
