"""One plain recurrent layer: h(t) = tanh(x(t) K + h(t-1) R + b). Source: Elman 1990."""

from functools import partial

import jax.numpy as jnp
from jaxtyping import Array

from echoscope.models import cell
from echoscope.models.model import Weights
from echoscope.models.recurrent import Layer, recurrent
from echoscope.models.weights import recurrent_weights


def step(recalled: Array, inputs: Array, state: cell.State) -> cell.State:
    """The next hidden state, from the gates of the one before and of the symbol."""
    return (jnp.tanh(inputs + recalled),)


CELL = cell.automatic(1, step)


def run(
    weights: Weights,
    name: str,
    state: cell.State | None,
    projected: cell.Projected,
    present: cell.Present = None,
) -> tuple[cell.Steps, cell.State]:
    """Hidden states of every step, and the last state."""
    return cell.recur(CELL, weights[f"{name}.recurrent"], None, state, projected, present)


MODELS = recurrent(Layer(partial(recurrent_weights, gates=1), run, CELL.initial_state))
