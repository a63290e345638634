"""A layer of one's own in ten lines: a recurrent network whose units forget at different speeds.

echoscope xray examples/my_layer.py:MyCell
"""

import jax
import jax.numpy as jnp


class MyCell:
    def __init__(self, units: int) -> None:
        self.units = units

    def init(self, key: jax.Array, input_size: int) -> dict[str, jax.Array]:
        kernel = jax.random.normal(key, (input_size, self.units)) / input_size**0.5
        return {"kernel": kernel, "keep": jnp.linspace(0, 5, self.units)}

    def initial_state(self, batch_size: int) -> jax.Array:
        return jnp.zeros((batch_size, self.units))

    def step(
        self, weights: dict[str, jax.Array], state: jax.Array, inputs: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        keep = jax.nn.sigmoid(weights["keep"])
        state = keep * state + (1 - keep) * jnp.tanh(inputs @ weights["kernel"])
        return state, state
