"""One GRU layer in Keras' default form, which multiplies before it resets.

With gates z (update) and r (reset) and candidate g = tanh(x K + r (h R + c)): h(t) = z h(t-1) + (1 - z) g.
Source: Cho et al. 2014 (arXiv 1406.1078); this order of reset and product is that of cuDNN.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from echoscope.models import cell
from echoscope.models.model import Weights
from echoscope.models.recurrent import Layer, recurrent
from echoscope.models.rnn import rest
from echoscope.models.weights import recurrent_weights


def first(rng: np.random.Generator, inputs: int, units: int, name: str) -> Weights:
    """First weights: gates side by side as update, reset, candidate; a second bias, of the product that is reset."""
    layer = recurrent_weights(rng, inputs, units, name, gates=3)
    return layer | {f"{name}.recurrent_bias": np.zeros(3 * units, np.float32)}


def run(
    weights: Weights, name: str, state: cell.Hidden | None, projected: cell.Projected, present: cell.Present
) -> tuple[cell.Steps, cell.Hidden]:
    """Hidden states of every step, and the last."""
    kernel, bias = weights[f"{name}.recurrent"], weights[f"{name}.recurrent_bias"]
    units = len(kernel)

    def step(hidden: cell.Hidden, at: Array) -> cell.Hidden:
        own = hidden @ kernel + bias
        update, reset = jnp.split(jax.nn.sigmoid(at[:, : 2 * units] + own[:, : 2 * units]), 2, axis=-1)
        candidate = jnp.tanh(at[:, 2 * units :] + reset * own[:, 2 * units :])
        return update * hidden + (1 - update) * candidate

    return cell.over(step, state, projected, units, present)


MODELS = recurrent(Layer(first, run, rest))
