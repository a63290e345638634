"""No memory at all: the window's steps side by side as features, one hidden layer of rectified
units.

A stream adds each symbol's row of the kernel as it comes, so that it too reads every symbol once. A
masked gap adds nothing. Source: the multilayer perceptron of Rumelhart et al. 1986; rectified units
as in Glorot et al. 2011.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from echoscope.models import dense, encoding
from echoscope.models.model import MASKED, Inputs, Model, Sizes, State, Values, Weights
from echoscope.models.weights import dense_weights, glorot

Sum = tuple[Float[Array, "batch units"], Int[Array, "batch_size 1"]]


def init(rng: np.random.Generator | None, sizes: Sizes) -> Weights:
    """One dense layer over the encoded window [read * inputs], one over its units."""
    mine = encoding.ENCODINGS[sizes.encoding]
    hidden = {
        "layer1.kernel": glorot(rng, sizes.time_steps * mine.inputs(sizes), sizes.units),
        "layer1.bias": np.zeros(sizes.units, np.float32),
    }
    return (
        encoding.first(rng, sizes)
        | hidden
        | dense_weights(rng, sizes.units, sizes.target_count * mine.outputs(sizes))
    )


def initial_state(sizes: Sizes, batch: int) -> Sum:
    """Nothing read: the sum so far, and how many symbols are in it."""
    return jnp.zeros((batch, sizes.units)), jnp.zeros((batch, 1), jnp.int32)


def apply(weights: Weights, state: State, inputs: Inputs, sizes: Sizes) -> tuple[Values, State]:
    """All targets from the whole window. A state is passed on untouched: nothing outlasts a
    window.
    """
    added = _added(weights, inputs, jnp.arange(inputs.shape[1]), sizes)
    return _say(weights, added.sum(axis=1), sizes), state


def step(
    weights: Weights, state: State, symbol: Int[Array, " batch"], sizes: Sizes
) -> tuple[Values, State]:
    """The targets if the window ended here, and the sum with this symbol in its place."""
    total, count = state
    total = total + _added(weights, symbol, count[:, 0], sizes)
    return _say(weights, total, sizes), (total, count + 1)


def _added(
    weights: Weights, inputs: Int[Array, "*shape"], places: Int[Array, " places"], sizes: Sizes
) -> Float[Array, "*shape units"]:
    """What each symbol adds at its place in the window; places are those of the last axis."""
    encoder = encoding.ENCODINGS[sizes.encoding]
    width = encoder.inputs(sizes)
    if encoder.vectors is None:
        added = weights["layer1.kernel"][places * width + inputs]
    else:
        kernels = weights["layer1.kernel"].reshape(-1, width, sizes.units)[places]
        added = jnp.einsum("...i,...iu->...u", encoder.vectors(weights, inputs, sizes), kernels)
    return jnp.where((inputs >= 0)[..., None], added, 0) if sizes.gaps == MASKED else added


def _say(weights: Weights, total: Float[Array, "batch units"], sizes: Sizes) -> Values:
    return dense.vector(weights, jax.nn.relu(total + weights["layer1.bias"]), sizes.target_count)


MODELS = {"last": Model(init, apply, initial_state, step)}
