"""One LSTM layer. Its equations and their derivative stand in `cell`."""

import jax.numpy as jnp
import numpy as np

from echoscope.models import cell
from echoscope.models.model import Heard, Sizes, State, Weights
from echoscope.models.readout import both
from echoscope.models.weights import lstm_weights


def first(rng: np.random.Generator, sizes: Sizes) -> Weights:
    """First weights of the layer."""
    return lstm_weights(rng, sizes.symbols, sizes.units, "heard")


def rest(sizes: Sizes, batch: int) -> cell.State:
    """Hidden state and cell, both zero."""
    return jnp.zeros((batch, sizes.units)), jnp.zeros((batch, sizes.units))


def hear(weights: Weights, state: State, heard: Heard) -> tuple[cell.Steps, cell.State]:
    """Hidden states of every step. A row of the kernel is what a one-hot symbol times it would give."""
    projected = weights["heard.kernel"][heard.T] + weights["heard.bias"]
    return cell.lstm(weights["heard.recurrent"], state, projected)


MODELS = both(first, hear, rest)
