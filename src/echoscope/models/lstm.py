"""One LSTM layer and one dense layer: it hears the window and says one answer after it."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from echoscope.models import cell
from echoscope.models.model import Heard, Logits, Model, Sizes, State, Weights
from echoscope.models.weights import dense_weights, lstm_weights


def init(rng: np.random.Generator, sizes: Sizes) -> Weights:
    """An LSTM over `symbols` inputs and a dense layer over its `units`."""
    return lstm_weights(rng, sizes.symbols, sizes.units, "heard") | dense_weights(rng, sizes.units, sizes.symbols)


def rest(sizes: Sizes, batch: int) -> cell.State:
    """Hidden state and cell, both zero."""
    return jnp.zeros((batch, sizes.units)), jnp.zeros((batch, sizes.units))


def hear(weights: Weights, state: State, heard: Heard) -> tuple[cell.Steps, cell.State]:
    """Hidden states of every step. A row of the kernel is what a one-hot symbol times it would give."""
    projected = weights["heard.kernel"][heard.T] + weights["heard.bias"]
    return cell.lstm(weights["heard.recurrent"], state, projected)


def say(weights: Weights, hidden: cell.Steps) -> Logits:
    """The dense layer on hidden states [answers, batch, units], as logits [batch, answers, symbols]."""
    return jnp.swapaxes(hidden, 0, 1) @ weights["said.kernel"] + weights["said.bias"]


def apply(weights: Weights, state: State, heard: Heard, answers: int = 1) -> tuple[Logits, State]:
    """One answer, from the hidden state after the last symbol of the window."""
    hidden, state = hear(weights, state, heard)
    return say(weights, hidden[-1:]), state


def step(weights: Weights, state: State, symbol: Int[Array, " batch"], answers: int = 1) -> tuple[Logits, State]:
    """The same on one symbol."""
    return apply(weights, state, symbol[:, None])


MODEL = Model(init, apply, rest, step)
