"""One GRU layer in Keras' default form, which multiplies before it resets.

With gates z (update) and r (reset) and candidate g = tanh(x K + r (h R + c)): h(t) = z h(t-1) + (1
- z) g. Source: Cho et al. 2014 (arXiv 1406.1078); this order of reset and product is that of cuDNN.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from echoscope.models.base import Generator, Weights
from echoscope.models.initializers import recurrent_weights
from echoscope.models.recurrent import cell


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights: gates side by side as update, reset, candidate; a second bias, of the product
    that is reset.
    """
    weights = recurrent_weights(rng, input_size, units, gates=3)
    return weights | {"recurrent_bias": np.zeros(3 * units, np.float32)}


def forward(recalled: Array, inputs: Array, state: cell.State) -> tuple[cell.State, cell.Written]:
    """Hidden state; gates, candidate, and what was reset. One tanh gives both gates, as the
    LSTM's.
    """
    (hidden,), units = state, recalled.shape[-1] // 3
    recurrent = recalled[:, 2 * units :]
    gates = jnp.tanh((inputs + recalled)[:, : 2 * units] * 0.5) * 0.5 + 0.5
    update, reset = jnp.split(gates, 2, axis=-1)
    candidate = jnp.tanh(inputs[:, 2 * units :] + reset * recurrent)
    return (update * hidden + (1 - update) * candidate,), ((gates, candidate), recurrent)


def backward(
    kept: cell.Kept, before: cell.State, state: cell.State, gradient: cell.State
) -> tuple[cell.Written, cell.State]:
    """The gradients of what was read and of what was reset, and of the hidden state before."""
    update, reset, candidate = jnp.split(kept[0], 3, axis=-1)
    (d_h,), (hidden,), recurrent = gradient, before, kept[1]
    d_candidate = d_h * (1 - update) * (1 - candidate * candidate)
    d_update = d_h * (hidden - candidate) * update * (1 - update)
    d_reset = d_candidate * recurrent * reset * (1 - reset)
    return ((d_update, d_reset, d_candidate), d_candidate * reset), (d_h * update,)


def recalled(left: tuple[Array, ...]) -> Array:
    """The gradient of the hidden state's gates: that of the symbol's, but for the candidate."""
    inputs, recurrent = left
    return jnp.concatenate([inputs[..., : -recurrent.shape[-1]], recurrent], axis=-1)


CELL = cell.Cell(1, forward, backward, recalled)


LAYER = cell.layer(CELL, init)
