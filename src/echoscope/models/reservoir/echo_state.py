"""An echo state network: h(t) = tanh(x(t) K + h(t-1) R) with weights that are never trained.

Only the readout above it learns. Source: Jaeger 2001. The recurrent weights are scaled to a
spectral radius of 0.9, those of the inputs uniform in plus and minus 0.5.
"""

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
from echoscope.models.initializers import uniform

RADIUS, INPUTS = 0.9, 0.5
State = Float[Array, "batch units"]


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """The weights."""
    recurrent = uniform(rng, 1.0, units, units)
    if rng is not None:
        radius = np.abs(np.linalg.eigvals(recurrent)).max()
        recurrent = (recurrent * RADIUS / radius).astype(np.float32)
    return {"kernel": uniform(rng, INPUTS, input_size, units), "recurrent": recurrent}


def initial_state(units: int, batch_size: int, time_steps: int) -> State:
    """The hidden state in zeros."""
    return jnp.zeros((batch_size, units))


def apply(
    weights: Weights, state: State, inputs: Vectors, present: Present = None
) -> tuple[Outputs, State]:
    """Outputs of every time step and the next state."""
    kernel, recurrent = (lax.stop_gradient(weights[name]) for name in ("kernel", "recurrent"))
    read = affine(inputs, kernel, jnp.zeros(kernel.shape[1]))
    there = jnp.ones(read.shape[:2], bool) if present is None else present

    def step(hidden: Array, now: tuple[Array, Array]) -> tuple[Array, Array]:
        after = jnp.tanh(now[0] + hidden @ recurrent)
        after = jnp.where(now[1][:, None], after, hidden)
        return after, after

    state, outputs = lax.scan(step, state, (read, there))
    return outputs, state


LAYER = SequenceLayer(
    init, initial_state, apply, one_hot=True, holds=True, fixed=("kernel", "recurrent")
)
