"""No memory at all: the window's steps side by side as features, one hidden layer of rectified units.

A stream adds each symbol's row of the kernel as it comes, so that it too hears every symbol once.
Source: the multilayer perceptron of Rumelhart et al. 1986; rectified units as in Glorot et al. 2011.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from echoscope.models.model import Heard, Logits, Model, Sizes, State, Weights
from echoscope.models.readout import vector
from echoscope.models.weights import dense_weights, glorot

Sum = tuple[Float[Array, "batch units"], Int[Array, "batch 1"]]


def init(rng: np.random.Generator, sizes: Sizes) -> Weights:
    """One dense layer over the one-hot window [heard * symbols], one over its units."""
    hidden = {
        "heard.kernel": glorot(rng, sizes.heard * sizes.symbols, sizes.units),
        "heard.bias": np.zeros(sizes.units, np.float32),
    }
    return hidden | dense_weights(rng, sizes.units, sizes.answers * sizes.symbols)


def rest(sizes: Sizes, batch: int) -> Sum:
    """Nothing heard: the sum so far, and how many symbols are in it."""
    return jnp.zeros((batch, sizes.units)), jnp.zeros((batch, 1), jnp.int32)


def apply(weights: Weights, state: State, heard: Heard, answers: int) -> tuple[Logits, State]:
    """All answers from the whole window. A state is passed on untouched: nothing outlasts a window."""
    symbols = len(weights["said.bias"]) // answers
    rows = heard + symbols * jnp.arange(heard.shape[1])
    return _say(weights, weights["heard.kernel"][rows].sum(axis=1), answers), state


def step(weights: Weights, state: State, symbol: Int[Array, " batch"], answers: int) -> tuple[Logits, State]:
    """The answers if the window ended here, and the sum with this symbol in its place."""
    total, count = state
    symbols = len(weights["said.bias"]) // answers
    total = total + weights["heard.kernel"][count[:, 0] * symbols + symbol]
    return _say(weights, total, answers), (total, count + 1)


def _say(weights: Weights, total: Float[Array, "batch units"], answers: int) -> Logits:
    return vector(weights, jax.nn.relu(total + weights["heard.bias"]), answers)


MODELS = {"after": Model(init, apply, rest, step)}
