"""A short causal convolution: y(t) = gelu(b + the sum over i of x(t-i) K_i), four steps wide.

It holds the last three inputs and nothing else: the floor under every layer that has one inside.
Source: the short convolutions of arXiv 2312.00752 and 2412.06464, here over all features at once.
"""

import jax
import jax.numpy as jnp
import numpy as np

from echoscope.models.base import (
    Generator,
    Outputs,
    Present,
    SequenceLayer,
    Vectors,
    Weights,
    affine,
)
from echoscope.models.convolution.taps import Carried, overlapped
from echoscope.models.initializers import uniform

WIDTH = 4


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights: the kernel of every step side by side, the newest first."""
    limit = np.sqrt(6 / (WIDTH * input_size + units))
    return {
        "kernel": uniform(rng, limit, input_size, WIDTH * units),
        "bias": np.zeros(units, np.float32),
    }


def initial_state(units: int, batch_size: int, time_steps: int) -> Carried:
    """Nothing for the steps to come."""
    return jnp.zeros((batch_size, WIDTH - 1, units))


def apply(
    weights: Weights, state: Carried, inputs: Vectors, present: Present = None
) -> tuple[Outputs, Carried]:
    """Outputs of every time step and the next state."""
    none = jnp.zeros(weights["kernel"].shape[1])
    parts = jnp.split(affine(inputs, weights["kernel"], none), WIDTH, axis=-1)
    sums, state = overlapped(parts, 1, state, present)
    return jax.nn.gelu(sums + weights["bias"]), state


LAYER = SequenceLayer(init, initial_state, apply, one_hot=True)
