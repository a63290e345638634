"""The minimal GRU: a GRU whose gate and candidate do not read the state before, so that it is
parallel over time.

With z = sigmoid(x W + b) and g = candidate(x V + c): h(t) = (1 - z) h(t-1) + z g, where the
candidate is u + 1/2 above 0 and sigmoid(u) below, which keeps states positive. Source: Feng et al.
2024 (arXiv 2410.01201), Appendix B. Here h itself is handed over: an implementation that puts it
through the candidate's function once more in its parallel form gives other numbers in parts than
whole (lucidrains/minGRU-pytorch#9).
"""

import jax
import jax.numpy as jnp
import numpy as np
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
from echoscope.models.ssm.recurrence import over_gaps, recurrence

State = Float[Array, "batch units"]


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights: gate and candidate side by side."""
    limit = np.sqrt(6 / (input_size + units))
    return {
        "kernel": uniform(rng, limit, input_size, 2 * units),
        "bias": np.zeros(2 * units, np.float32),
    }


def initial_state(units: int, batch_size: int, time_steps: int) -> State:
    """The hidden state in zeros."""
    return jnp.zeros((batch_size, units))


def apply(
    weights: Weights, state: State, inputs: Vectors, present: Present = None
) -> tuple[Outputs, State]:
    """Outputs of every time step and the next state."""
    gate, raw = jnp.split(affine(inputs, weights["kernel"], weights["bias"]), 2, axis=-1)
    update = jax.nn.sigmoid(gate)
    candidate = jnp.where(raw >= 0, raw + 0.5, jax.nn.sigmoid(raw))
    states = recurrence(*over_gaps(1 - update, update * candidate, present), state)
    return states, states[-1]


LAYER = SequenceLayer(init, initial_state, apply, one_hot=True, holds=True)
