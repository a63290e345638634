"""A minimal gated unit of Equinox: one gate, and what it gives is its state."""

import equinox as eqx
import jax
import jax.numpy as jnp


class Cell(eqx.Module):
    gate: eqx.nn.Linear
    candidate: eqx.nn.Linear
    hidden_size: int

    def __init__(self, input_size, hidden_size, *, key):
        first, second = jax.random.split(key)
        self.gate = eqx.nn.Linear(input_size + hidden_size, hidden_size, key=first)
        self.candidate = eqx.nn.Linear(input_size + hidden_size, hidden_size, key=second)
        self.hidden_size = hidden_size

    def __call__(self, x, h):
        z = jax.nn.sigmoid(self.gate(jnp.concatenate([x, h])))
        return (1 - z) * h + z * jnp.tanh(self.candidate(jnp.concatenate([x, z * h])))
