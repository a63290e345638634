"""One plain recurrent layer: h(t) = tanh(x(t) K + h(t-1) R + b). Source: Elman 1990."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from echoscope.models import cell
from echoscope.models.model import Heard, Sizes, State, Weights
from echoscope.models.readout import both
from echoscope.models.weights import recurrent_weights


def first(rng: np.random.Generator, sizes: Sizes) -> Weights:
    """First weights of the layer."""
    return recurrent_weights(rng, sizes.symbols, sizes.units, "heard", gates=1)


def rest(sizes: Sizes, batch: int) -> cell.Hidden:
    """The hidden state, zero."""
    return jnp.zeros((batch, sizes.units))


def hear(weights: Weights, state: State, heard: Heard) -> tuple[cell.Steps, cell.Hidden]:
    """Hidden states of every step, and the last."""
    recurrent = weights["heard.recurrent"]

    def step(hidden: cell.Hidden, at: tuple[Array]) -> tuple[cell.Hidden, tuple[cell.Hidden]]:
        hidden = jnp.tanh(at[0] + hidden @ recurrent)
        return hidden, (hidden,)

    return cell.over(step, state, weights["heard.kernel"][heard.T] + weights["heard.bias"], len(recurrent))


MODELS = both(first, hear, rest)
