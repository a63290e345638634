"""A linear ring: every unit hands 0.95 of what it holds to the next one, and nothing is trained but
the readout.

h(t) = 0.95 P h(t-1) + x(t) K, where P moves every number one place on. Source: Rodan and Tino 2011
(the simple cycle reservoir). Seen from a frame that turns along, it is a diagonal recurrence, which
is parallel over time.
"""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

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

GAIN, INPUTS = 0.95, 0.5
State = Float[Array, "batch units"]


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """The weights."""
    return {"kernel": uniform(rng, INPUTS, input_size, units)}


def initial_state(units: int, batch_size: int, time_steps: int) -> State:
    """The hidden state in zeros."""
    return jnp.zeros((batch_size, units))


def apply(
    weights: Weights, state: State, inputs: Vectors, present: Present = None
) -> tuple[Outputs, State]:
    """Outputs of every time step and the next state."""
    kernel = lax.stop_gradient(weights["kernel"])
    read = affine(inputs, kernel, jnp.zeros(kernel.shape[1]))
    there = jnp.ones(read.shape[:2], bool) if present is None else present
    turns = jnp.cumsum(there, axis=0)
    factors = jnp.full((len(read), 1, read.shape[-1]), GAIN, jnp.float32)
    states = recurrence(*over_gaps(factors, _turned(read, -turns), present), state)
    outputs = _turned(states, turns)
    return outputs, outputs[-1]


def _turned(
    part: Float[Array, "time batch units"], turns: Int[Array, "time batch"]
) -> Float[Array, "time batch units"]:
    """Every row's units moved on by so many places."""
    units = part.shape[-1]
    places = (jnp.arange(units) - turns[..., None]) % units
    return jnp.take_along_axis(part, places, axis=-1)


LAYER = SequenceLayer(init, initial_state, apply, one_hot=True, holds=True, fixed=("kernel",))
