"""One plain recurrent layer: h(t) = tanh(x(t) K + h(t-1) R + b). Source: Elman 1990."""

from functools import partial

import jax.numpy as jnp
from jaxtyping import Array

from echoscope.models import cell
from echoscope.models.model import Weights
from echoscope.models.recurrent import Layer, recurrent
from echoscope.models.weights import recurrent_weights


def rest(units: int, batch: int) -> cell.Hidden:
    """The hidden state, zero."""
    return jnp.zeros((batch, units))


def run(
    weights: Weights, name: str, state: cell.Hidden | None, projected: cell.Projected, present: cell.Present
) -> tuple[cell.Steps, cell.Hidden]:
    """Hidden states of every step, and the last."""
    own = weights[f"{name}.recurrent"]

    def step(hidden: cell.Hidden, at: Array) -> cell.Hidden:
        return jnp.tanh(at + hidden @ own)

    return cell.over(step, state, projected, len(own), present)


MODELS = recurrent(Layer(partial(recurrent_weights, gates=1), run, rest))
