"""No memory at all: the window's steps side by side as features, one hidden layer of rectified
units.

A stream adds each symbol's row of the kernel as it comes, so that it too hears every symbol once. A
masked gap adds nothing. Source: the multilayer perceptron of Rumelhart et al. 1986; rectified units
as in Glorot et al. 2011.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from echoscope.models import dense, encoding
from echoscope.models.model import MASKED, Heard, Model, Sizes, State, Values, Weights
from echoscope.models.weights import dense_weights, glorot

Sum = tuple[Float[Array, "batch units"], Int[Array, "batch 1"]]


def init(rng: np.random.Generator | None, sizes: Sizes) -> Weights:
    """One dense layer over the encoded window [heard * inputs], one over its units."""
    own = encoding.ENCODINGS[sizes.encoding]
    hidden = {
        "heard.kernel": glorot(rng, sizes.heard * own.inputs(sizes), sizes.units),
        "heard.bias": np.zeros(sizes.units, np.float32),
    }
    return (
        encoding.first(rng, sizes)
        | hidden
        | dense_weights(rng, sizes.units, sizes.answers * own.outputs(sizes))
    )


def rest(sizes: Sizes, batch: int) -> Sum:
    """Nothing heard: the sum so far, and how many symbols are in it."""
    return jnp.zeros((batch, sizes.units)), jnp.zeros((batch, 1), jnp.int32)


def apply(weights: Weights, state: State, heard: Heard, sizes: Sizes) -> tuple[Values, State]:
    """All answers from the whole window. A state is passed on untouched: nothing outlasts a
    window.
    """
    added = _added(weights, heard, jnp.arange(heard.shape[1]), sizes)
    return _say(weights, added.sum(axis=1), sizes), state


def step(
    weights: Weights, state: State, symbol: Int[Array, " batch"], sizes: Sizes
) -> tuple[Values, State]:
    """The answers if the window ended here, and the sum with this symbol in its place."""
    total, count = state
    total = total + _added(weights, symbol, count[:, 0], sizes)
    return _say(weights, total, sizes), (total, count + 1)


def _added(
    weights: Weights, heard: Int[Array, "*shape"], places: Int[Array, " places"], sizes: Sizes
) -> Float[Array, "*shape units"]:
    """What each symbol adds at its place in the window; places are those of the last axis."""
    own = encoding.ENCODINGS[sizes.encoding]
    inputs = own.inputs(sizes)
    if own.vectors is None:
        added = weights["heard.kernel"][places * inputs + heard]
    else:
        kernels = weights["heard.kernel"].reshape(-1, inputs, sizes.units)[places]
        added = jnp.einsum("...i,...iu->...u", own.vectors(weights, heard, sizes), kernels)
    return jnp.where((heard >= 0)[..., None], added, 0) if sizes.gaps == MASKED else added


def _say(weights: Weights, total: Float[Array, "batch units"], sizes: Sizes) -> Values:
    return dense.vector(weights, jax.nn.relu(total + weights["heard.bias"]), sizes.answers)


MODELS = {"after": Model(init, apply, rest, step)}
