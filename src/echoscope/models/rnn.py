"""One plain recurrent layer: h(t) = tanh(x(t) K + h(t-1) R + b). Source: Elman 1990."""

from functools import partial

import jax.numpy as jnp
from jaxtyping import Array

from echoscope.models import cell
from echoscope.models.model import Weights
from echoscope.models.recurrent import Layer, recurrent
from echoscope.models.weights import recurrent_weights


def forward(own: Array, heard: Array, state: cell.State) -> tuple[cell.State, cell.Kept]:
    """The hidden state, which is all that is kept."""
    hidden = jnp.tanh(heard + own)
    return (hidden,), (hidden,)


def backward(
    kept: cell.Kept, before: cell.State, state: cell.State, wanted: cell.State
) -> tuple[cell.Kept, cell.State]:
    """The gradient before the tanh."""
    d_z = wanted[0] * (1 - kept[0] * kept[0])
    return (d_z,), (jnp.zeros_like(d_z),)


CELL = cell.Cell(1, forward, backward)


def run(
    weights: Weights, name: str, state: cell.State | None, projected: cell.Projected, present: cell.Present = None
) -> tuple[cell.Steps, cell.State]:
    """Hidden states of every step, and the last state."""
    return cell.recur(CELL, weights[f"{name}.recurrent"], None, state, projected, present)


MODELS = recurrent(Layer(partial(recurrent_weights, gates=1), run, CELL.rest))
