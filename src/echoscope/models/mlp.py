"""No memory: a layer that sees the window at once, its time steps side by side as features.

One dense layer of rectified units over the whole window. A stream adds each symbol's row of the
kernel as it comes; a gap adds nothing. Source: the multilayer perceptron of Rumelhart et al. 1986;
rectified units as in Glorot et al. 2011.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from echoscope.models.base import (
    Generator,
    OneHot,
    Outputs,
    Present,
    SequenceLayer,
    Vectors,
    Weights,
)
from echoscope.models.initializers import glorot

Sum = tuple[Float[Array, "batch units"], Int[Array, "batch 1"]]


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """A kernel [time * inputs, units] and its bias."""
    return {
        "kernel": glorot(rng, time_steps * input_size, units),
        "bias": np.zeros(units, np.float32),
    }


def initial_state(units: int, batch_size: int, time_steps: int) -> Sum:
    """Nothing read: the sum so far, and how many symbols are in it."""
    return jnp.zeros((batch_size, units)), jnp.zeros((batch_size, 1), jnp.int32)


def apply(
    weights: Weights, state: Sum, inputs: Vectors, present: Present = None
) -> tuple[Outputs, Sum]:
    """At each time step the outputs as if the window ended there."""
    (total, count), (steps, _, features) = state, inputs.shape
    places = count[0, 0] + jnp.arange(steps)  # rows of a batch are read in step
    if isinstance(inputs, OneHot):
        added = inputs.from_place(places * features).times(weights["kernel"])
    else:
        kernels = weights["kernel"].reshape(-1, features, total.shape[-1])[places]
        added = jnp.einsum("tbi,tiu->tbu", inputs, kernels)
    if present is not None:
        added = jnp.where(present[..., None], added, 0)
    sums = total + jnp.cumsum(added, axis=0)
    return jax.nn.relu(sums + weights["bias"]), (sums[-1], count + steps)


# A gap adds nothing, so what is known after it is what was known before it.
LAYER = SequenceLayer(init, initial_state, apply, one_hot=True, holds=True)
