"""One GRU layer in Keras' default form, which multiplies before it resets.

With gates z (update) and r (reset) and candidate g = tanh(x K + r (h R + c)): h(t) = z h(t-1) + (1 - z) g.
Source: Cho et al. 2014 (arXiv 1406.1078); this order of reset and product is that of cuDNN.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from echoscope.models import cell
from echoscope.models.model import Heard, Sizes, State, Weights
from echoscope.models.readout import both
from echoscope.models.rnn import rest
from echoscope.models.weights import recurrent_weights


def first(rng: np.random.Generator, sizes: Sizes) -> Weights:
    """First weights: gates side by side as update, reset, candidate; a second bias, of the product that is reset."""
    layer = recurrent_weights(rng, sizes.symbols, sizes.units, "heard", gates=3)
    return layer | {"heard.recurrent_bias": np.zeros(3 * sizes.units, np.float32)}


def hear(weights: Weights, state: State, heard: Heard) -> tuple[cell.Steps, cell.Hidden]:
    """Hidden states of every step, and the last."""
    recurrent, bias = weights["heard.recurrent"], weights["heard.recurrent_bias"]
    units = len(recurrent)

    def step(hidden: cell.Hidden, at: tuple[Array]) -> tuple[cell.Hidden, tuple[cell.Hidden]]:
        own = hidden @ recurrent + bias
        update, reset = jnp.split(jax.nn.sigmoid(at[0][:, : 2 * units] + own[:, : 2 * units]), 2, axis=-1)
        candidate = jnp.tanh(at[0][:, 2 * units :] + reset * own[:, 2 * units :])
        hidden = update * hidden + (1 - update) * candidate
        return hidden, (hidden,)

    return cell.over(step, state, weights["heard.kernel"][heard.T] + weights["heard.bias"], units)


MODELS = both(first, hear, rest)
