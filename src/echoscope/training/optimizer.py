"""Adam, with epsilon where Keras puts it: beside the root of the second moment that is not yet
corrected.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from echoscope.models.base import Weights

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7


class Moments(NamedTuple):
    """Running means of the gradient and of its square, and the steps taken."""

    first: Weights
    second: Weights
    steps: Float[Array | np.ndarray, "*runs"]


def zeros(weights: Weights) -> Moments:
    """No gradient seen yet."""
    moments = jax.tree.map(lambda weight: np.zeros(weight.shape, np.float32), weights)
    return Moments(moments, moments, np.zeros((), np.float32))


def step(
    weights: Weights, moments: Moments, gradient: Weights, learning_rate: Float[Array, ""]
) -> tuple[Weights, Moments]:
    """One weight update. Source: Kingma and Ba 2015, the efficient form at the end of their section
    2.
    """
    steps = moments.steps + 1
    # XLA changes a weight in place only where nothing reads it afterwards, and copies it otherwise.
    # So the step waits for the whole gradient: one number of each array, times a zero that the
    # compiler may not drop (0 * nan is nan).
    learning_rate = learning_rate + 0.0 * sum(
        array.ravel()[0] for array in jax.tree.leaves(gradient)
    )
    scale = learning_rate * jnp.sqrt(1 - BETA_2**steps) / (1 - BETA_1**steps)
    first = jax.tree.map(lambda mean, g: mean + (g - mean) * (1 - BETA_1), moments.first, gradient)
    second = jax.tree.map(
        lambda mean, g: mean + (g * g - mean) * (1 - BETA_2), moments.second, gradient
    )
    weights = jax.tree.map(
        lambda w, m, v: w - scale * m / (jnp.sqrt(v) + EPSILON), weights, first, second
    )
    return weights, Moments(first, second, steps)
