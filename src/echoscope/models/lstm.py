"""The LSTM layer. Its equations and their derivative stand in `cell`."""

import jax.numpy as jnp

from echoscope.models import cell
from echoscope.models.model import Weights
from echoscope.models.recurrent import Layer, recurrent
from echoscope.models.weights import lstm_weights


def rest(units: int, batch: int) -> cell.State:
    """Hidden state and cell, both zero."""
    return jnp.zeros((batch, units)), jnp.zeros((batch, units))


def run(
    weights: Weights, name: str, state: cell.State | None, projected: cell.Projected, present: cell.Present
) -> tuple[cell.Steps, cell.State]:
    """Hidden states of every step, and the last state."""
    return cell.lstm(weights[f"{name}.recurrent"], state, projected, present)


LAYER = Layer(lstm_weights, run, rest)
MODELS = recurrent(LAYER)
