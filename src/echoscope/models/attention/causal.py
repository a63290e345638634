"""Causal self-attention with rotary positions: one block of a transformer.

Inputs times a kernel are the residual stream x; x + attention(norm(x)), then x + feed-forward
(norm(x)). A query sees the keys of its own step and of the `time_steps` - 1 before it, so that a
stream needs no more state than a window of keys and values. Source: Vaswani et al. 2017; Su et al.
2021 (arXiv 2104.09864) for the rotary positions; Zhang and Sennrich 2019 for the norm.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from echoscope.models.base import (
    Generator,
    Outputs,
    Present,
    SequenceLayer,
    Vectors,
    Weights,
    affine,
)
from echoscope.models.initializers import glorot

HEADS = (4, 2, 1)  # the most of these that part the units into even numbers
WIDE = 4  # times the units: the inner width of the feed-forward part
BASE = 10_000.0  # of the rotary wavelengths
STRETCH = 128  # time steps: a longer window from the initial state is read in such stretches


class Cache(NamedTuple):
    """Keys and values of the last time steps, with their positions (-1: none), and how many
    symbols were read.
    """

    keys: Float[Array, "batch steps units"]
    values: Float[Array, "batch steps units"]
    positions: Int[Array, "batch steps"]
    read: Int[Array, " batch"]


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights: the kernel into the residual stream, then those of the block."""
    return {
        "kernel": glorot(rng, input_size, units),
        "bias": np.zeros(units, np.float32),
        **mixer_init(rng, units, units, time_steps),
        "forward": glorot(rng, units, WIDE * units),
        "forward_bias": np.zeros(WIDE * units, np.float32),
        "forwarded": glorot(rng, WIDE * units, units),
        "forwarded_bias": np.zeros(units, np.float32),
        "scale": np.ones(units, np.float32),
        "forward_scale": np.ones(units, np.float32),
    }


def initial_state(units: int, batch_size: int, time_steps: int) -> Cache:
    """A cache without keys."""
    keys = jnp.zeros((batch_size, time_steps, units))
    positions = jnp.full((batch_size, time_steps), -1)
    return Cache(keys, keys, positions, jnp.zeros(batch_size, jnp.int32))


def apply(
    weights: Weights, state: Cache, inputs: Vectors, present: Present = None
) -> tuple[Outputs, Cache]:
    """Outputs of every time step and the next state."""
    stream = affine(inputs, weights["kernel"], weights["bias"])
    attended, cache = attend(weights, state, normed(stream, weights["scale"]), present)
    stream = stream + attended
    inner = normed(stream, weights["forward_scale"]) @ weights["forward"]
    inner = jax.nn.gelu(inner + weights["forward_bias"])
    return stream + inner @ weights["forwarded"] + weights["forwarded_bias"], cache


def mixer_init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights of the attention alone."""
    return {"attend": glorot(rng, input_size, 3 * units), "attended": glorot(rng, units, units)}


def attend(
    weights: Weights, state: Cache, inputs: Vectors, present: Present = None
) -> tuple[Outputs, Cache]:
    """What attention gives to every time step, and the next state."""
    steps, batch, _ = inputs.shape
    there = jnp.ones((batch, steps), bool) if present is None else present.T
    positions = state.read[:, None] + jnp.cumsum(there, axis=1) - 1
    none = jnp.zeros(weights["attend"].shape[1])
    mixed = jnp.swapaxes(affine(inputs, weights["attend"], none), 0, 1)
    query, key, value = jnp.split(mixed, 3, axis=-1)
    query, key = (_rotated(part, positions) for part in (query, key))
    window, new = state.keys.shape[1], jnp.where(there, positions, -1)

    def behind() -> Array:
        """The read keys stand behind those of the cache."""
        keys = jnp.concatenate([state.keys, key], axis=1)
        values = jnp.concatenate([state.values, value], axis=1)
        places = jnp.concatenate([state.positions, new], axis=1)
        return _attend((query, positions), keys, values, places, window)

    def alone() -> Array:
        """There is no cache yet: a stretch of queries at a time, with the keys up to its end."""
        parts = []
        for begin in range(0, steps, STRETCH):
            end = begin + STRETCH
            asked, keys = (query[:, begin:end], positions[:, begin:end]), key[:, :end]
            parts.append(_attend(asked, keys, value[:, :end], new[:, :end], window))
        return jnp.concatenate(parts, axis=1)

    attended = behind() if steps <= STRETCH else lax.cond(jnp.any(state.read), behind, alone)
    slots = jnp.where(there & (positions > positions[:, -1:] - window), positions % window, window)
    return jnp.swapaxes(attended @ weights["attended"], 0, 1), Cache(
        _put(state.keys, slots, key),
        _put(state.values, slots, value),
        _put(state.positions, slots, positions),
        positions[:, -1] + 1,
    )


def normed(stream: Array, scale: Array) -> Array:
    """A stream of which every time step has a mean square of 1, times a scale."""
    return stream * lax.rsqrt(jnp.mean(stream * stream, axis=-1, keepdims=True) + 1e-6) * scale


def heads(units: int) -> int:
    """How many heads so many units have."""
    return next(count for count in HEADS if units % (2 * count) == 0)


def _rotated(
    part: Float[Array, "batch steps units"], positions: Int[Array, "batch steps"]
) -> Float[Array, "batch steps units"]:
    """Each pair of a head's units turned by an angle of its position."""
    batch, steps, units = part.shape
    wide = units // heads(units)
    waves = BASE ** (-np.arange(0, wide, 2, dtype=np.float32) / wide)
    angles = positions[..., None, None] * waves
    first, second = jnp.split(part.reshape(batch, steps, -1, wide), 2, axis=-1)
    turned = [
        first * jnp.cos(angles) - second * jnp.sin(angles),
        first * jnp.sin(angles) + second * jnp.cos(angles),
    ]
    return jnp.concatenate(turned, axis=-1).reshape(part.shape)


def _attend(
    queries: tuple[Array, Array], keys: Array, values: Array, positions: Array, window: int
) -> Float[Array, "batch steps units"]:
    """The mean of values by how well their keys fit, of those that a query may see."""
    query, now = queries
    batch, steps, units = query.shape
    count = heads(units)
    query, keys, values = (
        part.reshape(batch, part.shape[1], count, -1) for part in (query, keys, values)
    )
    fit = jnp.einsum("bqhd,bkhd->bhqk", query, keys) / np.sqrt(units // count)
    away = now[:, None, :, None] - positions[:, None, None, :]
    seen = (positions[:, None, None, :] >= 0) & (away >= 0) & (away < window)
    shares = jax.nn.softmax(jnp.where(seen, fit, -1e9), axis=-1)
    return jnp.einsum("bhqk,bkhd->bqhd", shares, values).reshape(batch, steps, units)


def _put(there: Array, slots: Int[Array, "batch steps"], part: Array) -> Array:
    rows = jnp.arange(len(there))[:, None]
    return there.at[rows, slots].set(part, mode="drop")


LAYER = SequenceLayer(init, initial_state, apply, one_hot=True)
# The attention alone, on inputs that are as wide as its outputs.
MIXER = SequenceLayer(mixer_init, initial_state, attend, one_hot=True)
