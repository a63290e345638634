"""The selective state space: a linear recurrence whose step, input and read-out depend on what is
read.

Of each unit u a state of 16 numbers: s(t) = exp(-d A) s(t-1) + d B u, y(t) = C s(t) + D u, then y
times silu of a gate, and a mix of the units. The step d, B and C are read from u. Source: Gu and
Dao 2023 (arXiv 2312.00752) and `mamba_ssm/modules/mamba_simple.py`, without the widening to twice
the units; its short convolution is apart (`block.py`). At birth d lies in 0.001 to 0.1 and A is 1
to 16: the slowest numbers have time constants of 10 to 1000 steps.
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
from echoscope.models.initializers import glorot, log_steps, uniform
from echoscope.models.ssm.recurrence import over_gaps, recurrence

NUMBERS = 16  # of state, a unit
State = Float[Array, "batch units numbers"]


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights; the kernel has the units and their gate side by side."""
    rank = -(-units // 16)  # of the way by which a step is read
    limit = np.sqrt(6 / (input_size + units))
    shape, decay = (units, NUMBERS), np.log(np.arange(1, NUMBERS + 1, dtype=np.float32))
    return {
        "kernel": uniform(rng, limit, input_size, 2 * units),
        "bias": np.zeros(2 * units, np.float32),
        "select": glorot(rng, units, rank + 2 * NUMBERS),
        "step": uniform(rng, rank**-0.5, rank, units),
        "step_bias": log_steps(rng, units),
        "decay": np.broadcast_to(np.float32(0), shape)
        if rng is None
        else np.tile(decay, (units, 1)),
        "skip": np.ones(units, np.float32),
        "mixed": glorot(rng, units, units),
    }


def initial_state(units: int, batch_size: int, time_steps: int) -> State:
    """Every unit's state in zeros."""
    return jnp.zeros((batch_size, units, NUMBERS))


def apply(
    weights: Weights, state: State, inputs: Vectors, present: Present = None
) -> tuple[Outputs, State]:
    """Outputs of every time step and the next state."""
    read, gate = jnp.split(affine(inputs, weights["kernel"], weights["bias"]), 2, axis=-1)
    read, rank = jax.nn.silu(read), len(weights["step"])
    chosen = read @ weights["select"]
    low, enter, leave = jnp.split(chosen, (rank, rank + NUMBERS), axis=-1)
    step = jax.nn.softplus(low @ weights["step"] + weights["step_bias"])
    factors = jnp.exp(-step[..., None] * jnp.exp(weights["decay"]))
    added = (step * read)[..., None] * enter[..., None, :]
    states = recurrence(*over_gaps(factors, added, present), state)
    outputs = jnp.einsum("tbun,tbn->tbu", states, leave) + weights["skip"] * read
    return (outputs * jax.nn.silu(gate)) @ weights["mixed"], states[-1]


LAYER = SequenceLayer(init, initial_state, apply, one_hot=True)
