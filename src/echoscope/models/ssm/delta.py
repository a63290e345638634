"""The gated delta rule: a matrix that maps keys to values, in which a new value takes the place of
the one that its key had, and all of which fades.

With unit keys k and queries q, a strength b in (0, 1) and a share a of what is kept, for each head:
S(t) = a (I - b k k') S(t-1) + b k v', y(t) = S(t)' q; then a norm, a gate and a mix of the heads.
Source: Yang et al. 2024 (arXiv 2412.06464), `fla/layers/gated_deltanet.py`; the form in chunks is
that of arXiv 2406.06484, where a triangular system stands for a stretch of time steps. The short
convolution is apart (`block.py`).
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from echoscope.models.base import (
    Generator,
    Outputs,
    Present,
    SequenceLayer,
    Vectors,
    Weights,
    affine,
)
from echoscope.models.initializers import glorot, log_steps, uniform

HEADS = (4, 2, 1)  # the most of these that part the units
CHUNK = 32  # time steps that are one triangular system
State = Float[Array, "batch heads keys values"]
Rows = Float[Array, "chunks batch heads steps size"]


def heads(units: int) -> int:
    """How many heads so many units have."""
    return next(count for count in HEADS if units % count == 0)


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights; the kernel has queries, keys, values and gate side by side, then what is kept
    and the strength of each head.
    """
    count, limit = heads(units), np.sqrt(6 / (input_size + units))
    fades = np.log(8.5 + uniform(rng, 7.5, 1, count)[0]).astype(np.float32)
    return {
        "kernel": uniform(rng, limit, input_size, 4 * units + 2 * count),
        "bias": np.zeros(4 * units + 2 * count, np.float32),
        "fade": fades,
        "step_bias": log_steps(rng, count),
        "scale": np.ones(units // count, np.float32),
        "mixed": glorot(rng, units, units),
    }


def initial_state(units: int, batch_size: int, time_steps: int) -> State:
    """Every head's matrix in zeros."""
    count = heads(units)
    return jnp.zeros((batch_size, count, units // count, units // count))


def apply(
    weights: Weights, state: State, inputs: Vectors, present: Present = None
) -> tuple[Outputs, State]:
    """Outputs of every time step and the next state."""
    units, count = len(weights["mixed"]), len(weights["fade"])
    mixed = affine(inputs, weights["kernel"], weights["bias"])
    wide, narrow = mixed[..., : 4 * units], mixed[..., 4 * units :]
    shape = (*mixed.shape[:2], count, units // count)
    query, key, value, gate = (part.reshape(shape) for part in jnp.split(wide, 4, axis=-1))
    query, key = (_unit(jax.nn.silu(part)) for part in (query, key))
    fade = -jnp.exp(weights["fade"]) * jax.nn.softplus(narrow[..., :count] + weights["step_bias"])
    strength = jax.nn.sigmoid(narrow[..., count:])
    if present is not None:  # a gap keeps all, and adds nothing
        fade, strength = (jnp.where(present[..., None], part, 0) for part in (fade, strength))
    read = query * shape[-1] ** -0.5, key, jax.nn.silu(value)
    outputs, state = ruled(*read, fade, strength, state)
    norm = lax.rsqrt(jnp.mean(outputs * outputs, axis=-1, keepdims=True) + 1e-6)
    outputs = outputs * norm * weights["scale"] * jax.nn.silu(gate)
    return outputs.reshape(*shape[:2], units) @ weights["mixed"], state


def _unit(part: Array) -> Array:
    return part * lax.rsqrt(jnp.sum(part * part, axis=-1, keepdims=True) + 1e-6)


def ruled(
    query: Float[Array, "time batch heads keys"],
    key: Float[Array, "time batch heads keys"],
    value: Float[Array, "time batch heads values"],
    fade: Float[Array, "time batch heads"],
    strength: Float[Array, "time batch heads"],
    state: State,
) -> tuple[Float[Array, "time batch heads values"], State]:
    """What is read at every time step and the next state, a chunk of time steps at a time; `fade`
    is the logarithm of what is kept.
    """
    steps = len(query)
    size = min(steps, CHUNK)
    query, key, value, fade, strength = (
        _parted(part, size) for part in (query, key, value, fade[..., None], strength[..., None])
    )
    total = jnp.cumsum(fade, axis=-2)
    faded = jnp.tril(jnp.exp(jnp.minimum(total - jnp.swapaxes(total, -1, -2), 0)))
    alike = jnp.tril(strength * (key @ jnp.swapaxes(key, -1, -2)) * faded, -1) + jnp.eye(size)
    known = jnp.concatenate([strength * value, strength * jnp.exp(total) * key], axis=-1)
    solved = lax.linalg.triangular_solve(
        alike, known, left_side=True, lower=True, unit_diagonal=True
    )
    fresh, erased = jnp.split(solved, (value.shape[-1],), axis=-1)
    seen = query @ jnp.swapaxes(key, -1, -2) * faded
    kept = jnp.exp(total[..., -1:, :])
    written = key * jnp.exp(total[..., -1:, :] - total)

    def chunk(before: Array, now: tuple[Array, ...]) -> tuple[Array, Array]:
        fresh, erased, seen, asked, kept, written = now
        values = fresh - erased @ before
        read = asked @ before + seen @ values
        return kept * before + jnp.swapaxes(written, -1, -2) @ values, read

    parts = fresh, erased, seen, query * jnp.exp(total), kept, written
    state, read = lax.scan(chunk, state, parts)
    read = jnp.moveaxis(read, 3, 1)
    return read.reshape(-1, *read.shape[2:])[:steps], state


def _parted(part: Float[Array, "time batch heads size"], size: int) -> Rows:
    """Time steps in chunks of a size, the last filled up with such as change nothing."""
    filled = jnp.pad(part, ((0, -len(part) % size), (0, 0), (0, 0), (0, 0)))
    return jnp.moveaxis(filled.reshape(-1, size, *part.shape[1:]), 1, 3)


LAYER = SequenceLayer(init, initial_state, apply, one_hot=True)
