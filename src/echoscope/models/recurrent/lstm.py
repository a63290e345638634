"""The LSTM layer.

With gates i, f, o and candidate g read from z(t) = x(t) K + h(t-1) R + b: c(t) = f c(t-1) + i g,
h(t) = o tanh(c(t)). Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from echoscope.models.base import Generator, Weights
from echoscope.models.initializers import recurrent_weights
from echoscope.models.recurrent import cell


def _gates(z: Float[Array, "batch gates"]) -> Float[Array, "batch gates"]:
    """Sigmoid of the input, forget and output gates, tanh of the candidate between them: one tanh
    for all four, since sigmoid(x) = tanh(x/2)/2 + 1/2.
    """
    shift = np.repeat(np.array([0.5, 0.5, 0.0, 0.5], np.float32), z.shape[-1] // 4)
    return jnp.tanh(z * (1 - shift)) * (1 - shift) + shift


def forward(recalled: Array, inputs: Array, state: cell.State) -> tuple[cell.State, cell.Written]:
    """Hidden state and cell, and the gates."""
    gates = _gates(inputs + recalled)
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    memory = f * state[1] + i * g
    return (o * jnp.tanh(memory), memory), (gates,)


def backward(
    kept: cell.Kept, before: cell.State, state: cell.State, gradient: cell.State
) -> tuple[cell.Written, cell.State]:
    """The gradient of z, and of the cell before."""
    i, f, g, o = jnp.split(kept[0], 4, axis=-1)
    squashed = jnp.tanh(state[1])
    d_h, d_c = gradient
    d_c = d_c + d_h * o * (1 - squashed * squashed)
    d_i, d_f, d_g = d_c * g * i * (1 - i), d_c * before[1] * f * (1 - f), d_c * i * (1 - g * g)
    d_z = jnp.concatenate([d_i, d_f, d_g, d_h * squashed * o * (1 - o)], axis=-1)
    return (d_z,), (jnp.zeros_like(d_h), d_c * f)


CELL = cell.Cell(2, forward, backward)


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights in Keras' layout: gates side by side as input, forget, candidate, output."""
    weights = recurrent_weights(rng, input_size, units, gates=4)
    weights["bias"][units : 2 * units] = 1
    return weights


LAYER = cell.layer(CELL, init)
