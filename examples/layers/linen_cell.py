"""A plain recurrent cell of Flax Linen."""

import jax
import jax.numpy as jnp
from flax import linen as nn


class Cell(nn.RNNCellBase):
    features: int

    @nn.compact
    def __call__(self, carry, inputs):
        kept = nn.Dense(self.features, kernel_init=nn.initializers.orthogonal())(carry)
        carry = jnp.tanh(kept + nn.Dense(self.features, use_bias=False)(inputs))
        return carry, carry

    def initialize_carry(self, rng: jax.Array, input_shape: tuple[int, ...]):
        return jnp.zeros((*input_shape[:-1], self.features))

    @property
    def num_feature_axes(self):
        return 1
