"""One plain recurrent layer: h(t) = tanh(x(t) K + h(t-1) R + b). Source: Elman 1990."""

import jax.numpy as jnp
from jaxtyping import Array

from echoscope.models.base import Generator, Weights
from echoscope.models.initializers import recurrent_weights
from echoscope.models.recurrent import cell


def step(recalled: Array, inputs: Array, state: cell.State) -> cell.State:
    """The next hidden state, from the gates of the one before and of the symbol."""
    return (jnp.tanh(inputs + recalled),)


CELL = cell.automatic(1, step)


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights, of one gate."""
    return recurrent_weights(rng, input_size, units, gates=1)


LAYER = cell.layer(CELL, init)
