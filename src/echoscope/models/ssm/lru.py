"""The linear recurrent unit: a diagonal linear recurrence, parallel over time.

x(t) = a x(t-1) + g B u(t) with complex a inside the unit circle, y(t) = Re(C x(t)) + D u(t), and a
gate: h(t) = y(t) sigmoid(y(t) W + b). Source: Orvieto et al. 2023 (arXiv 2303.06349), with radii
drawn from 0.9 to 0.999.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex

from echoscope.models.base import (
    Generator,
    Outputs,
    Present,
    SequenceLayer,
    Vectors,
    Weights,
    affine,
)
from echoscope.models.initializers import glorot, uniform
from echoscope.models.ssm.recurrence import over_gaps, recurrence

RADII = (0.9, 0.999)
State = Complex[Array, "batch units"]


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights; the kernel has B's real and imaginary parts and D side by side."""
    low, high = (radius * radius for radius in RADII)
    squares = np.float32((low + high) / 2) + uniform(rng, (high - low) / 2, 1, units)[0]
    phase = np.float32(np.pi) + uniform(rng, np.pi, 1, units)[0]
    decay = np.log(-0.5 * np.log(squares)).astype(np.float32)
    turned = [glorot(rng, units, units) for _ in range(3)]
    limit = np.sqrt(6 / (input_size + units))  # of each of the three, as Glorot has it
    return {
        "kernel": uniform(rng, limit, input_size, 3 * units),
        "bias": np.zeros(3 * units, np.float32),
        "decay": decay,
        "phase": np.log(np.maximum(phase, np.float32(1e-6))),
        "real": turned[0],
        "imaginary": turned[1],
        "gate": turned[2],
        "gate_bias": np.zeros(units, np.float32),
    }


def initial_state(units: int, batch_size: int, time_steps: int) -> State:
    """The recurrent state, complex."""
    return jnp.zeros((batch_size, units), jnp.complex64)


def apply(
    weights: Weights, state: State, inputs: Vectors, present: Present = None
) -> tuple[Outputs, State]:
    """Outputs of every time step and the next state."""
    factor = jnp.exp(-jnp.exp(weights["decay"]) + 1j * jnp.exp(weights["phase"]))
    scale = jnp.sqrt(1 - jnp.abs(factor) ** 2)
    real, imaginary, skip = jnp.split(
        affine(inputs, weights["kernel"], weights["bias"]), 3, axis=-1
    )
    added = scale * (real + 1j * imaginary)
    factors = jnp.broadcast_to(factor, (len(added), 1, len(factor)))
    states = recurrence(*over_gaps(factors, added, present), state)
    mixed = states.real @ weights["real"] - states.imag @ weights["imaginary"] + skip
    outputs = mixed * jax.nn.sigmoid(mixed @ weights["gate"] + weights["gate_bias"])
    return outputs, states[-1]


LAYER = SequenceLayer(init, initial_state, apply, one_hot=True)
