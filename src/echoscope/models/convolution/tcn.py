"""A temporal convolutional network: levels of two causal convolutions, each level twice as dilated
as the one below, and each with a way around it.

It reads exactly 1 + 2 (k - 1) (2^L - 1) time steps: 29 with kernels of k = 3 and L = 3 levels.
Source: Bai et al. 2018 (arXiv 1803.01271), `locuslab/TCN TCN/tcn.py`, without its weight norm and
dropout, and with Glorot's first weights: normal ones of deviation 0.01 learn slowly.
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
from echoscope.models.initializers import glorot, uniform

KERNEL, LEVELS = 3, 3
REACH = 1 + 2 * (KERNEL - 1) * (2**LEVELS - 1)
State = tuple[Carried, ...]  # two of each level


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights: of both convolutions of each level, and of the first way around."""
    weights: Weights = {"around": glorot(rng, input_size, units)}
    for place in range(2 * LEVELS):
        width = units if place else input_size
        limit = np.sqrt(6 / (KERNEL * width + units))
        weights[f"kernel{place}"] = uniform(rng, limit, width, KERNEL * units)
        weights[f"bias{place}"] = np.zeros(units, np.float32)
    return weights


def initial_state(units: int, batch_size: int, time_steps: int) -> State:
    """Nothing for the steps to come."""
    reaches = ((KERNEL - 1) * 2**level for level in range(LEVELS) for _ in range(2))
    return tuple(jnp.zeros((batch_size, reach, units)) for reach in reaches)


def apply(
    weights: Weights, state: State, inputs: Vectors, present: Present = None
) -> tuple[Outputs, State]:
    """Outputs of every time step and the next state."""
    units = weights["bias0"].shape[0]
    around, below = affine(inputs, weights["around"], jnp.zeros(units)), inputs
    following = []
    for level in range(LEVELS):
        for place in (2 * level, 2 * level + 1):
            kernel, bias = weights[f"kernel{place}"], weights[f"bias{place}"]
            parts = jnp.split(affine(below, kernel, jnp.zeros(KERNEL * units)), KERNEL, axis=-1)
            sums, carried = overlapped(parts, 2**level, state[place], present)
            below, following = jax.nn.relu(sums + bias), [*following, carried]
        around = below = jax.nn.relu(below + around)
    return around, tuple(following)


LAYER = SequenceLayer(init, initial_state, apply, one_hot=True)
