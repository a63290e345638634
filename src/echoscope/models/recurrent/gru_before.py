"""One GRU layer in its first form, which resets before it multiplies: Keras' `reset_after=False`.

With gates z (update) and r (reset) and candidate g = tanh(x K + (r h) R + b): h(t) = z h(t-1) + (1
- z) g. Source: Cho et al. 2014 (arXiv 1406.1078, first version). The product with R waits for the
gates, so a step has two products, one after the other, and the loop is a plain scan.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from echoscope.models.base import (
    Generator,
    Outputs,
    Present,
    SequenceLayer,
    Vectors,
    Weights,
    affine,
)
from echoscope.models.initializers import recurrent_weights
from echoscope.models.recurrent.cell import Hidden, State


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights: gates side by side as update, reset, candidate."""
    return recurrent_weights(rng, input_size, units, gates=3)


def initial_state(units: int, batch_size: int, time_steps: int) -> State:
    """The hidden state in zeros."""
    return (jnp.zeros((batch_size, units)),)


def apply(
    weights: Weights, state: State, inputs: Vectors, present: Present = None
) -> tuple[Outputs, State]:
    """Outputs of every time step and the next state."""
    recurrent = weights["recurrent"]
    units = len(recurrent)
    gated, last = recurrent[:, : 2 * units], recurrent[:, 2 * units :]
    projected = affine(inputs, weights["kernel"], weights["bias"])
    there = jnp.ones(projected.shape[:2], bool) if present is None else present

    def step(hidden: Hidden, now: tuple[Array, Array]) -> tuple[Hidden, Hidden]:
        gates, present_now = now
        update, reset = jnp.split(
            jax.nn.sigmoid(gates[:, : 2 * units] + hidden @ gated), 2, axis=-1
        )
        candidate = jnp.tanh(gates[:, 2 * units :] + (reset * hidden) @ last)
        following = update * hidden + (1 - update) * candidate
        following = jnp.where(present_now[:, None], following, hidden)
        return following, following

    hidden, outputs = lax.scan(step, state[0], (projected, there))
    return outputs, (hidden,)


LAYER = SequenceLayer(init, initial_state, apply, one_hot=True, holds=True)
