"""A leaky integrator of plain functions: half of its units forget fast, half slowly."""

import jax
import jax.numpy as jnp


class Cell:
    def init(self, key, input_size, units):
        return {
            "read": jax.random.normal(key, (input_size, units)),
            "keep": jnp.linspace(0, 3, units),
        }

    def initial_state(self, batch_size, units):
        return jnp.zeros((batch_size, units))

    def step(self, weights, state, inputs):
        keep = jax.nn.sigmoid(weights["keep"])
        state = keep * state + (1 - keep) * (inputs @ weights["read"])
        return state, jnp.tanh(state)
