"""What a network's layers hold at every time step, its decoder's while it says."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from echoscope.emergence.gates import decoded
from echoscope.models import stack
from echoscope.models.base import Weights
from echoscope.registry import layer_of
from echoscope.training.setup import Setup

Steps = Float[np.ndarray, "time batch units"]


class Read(NamedTuple):
    """The outputs of the uppermost layer at every time step, the arrays of the state after the
    last, and the outputs and cells of a decoder at every time step of its own, of which a network
    without one has none.
    """

    outputs: Steps
    state: tuple[np.ndarray, ...]
    decoder: Float[np.ndarray, "parts steps batch units"]


def read(setup: Setup, weights: Weights, symbols: Int[np.ndarray, "time batch"]) -> Read:
    """Windows, each read from the initial state."""
    program = _program(setup)
    outputs, state, decoder = program(
        jax.tree.map(jnp.asarray, weights), jnp.asarray(symbols, jnp.int32)
    )
    leaves = tuple(np.asarray(leaf) for leaf in jax.tree.leaves(state))
    return Read(np.asarray(outputs), leaves, np.asarray(decoder))


@lru_cache(maxsize=16)
def _program(setup: Setup) -> Callable[[Weights, Array], tuple[Array, object, Array]]:
    sizes = setup.sizes
    apply = partial(stack.apply, layer_of(setup.shape.model))

    def program(weights: Weights, symbols: Array) -> tuple[Array, object, Array]:
        outputs, state = apply(weights, None, symbols.T, sizes)
        if setup.shape.task.readout != "decoder":
            return outputs, state, jnp.zeros((2, 0, *outputs.shape[1:]))
        says, gates = decoded(weights, stack.last(outputs, sizes), sizes)
        return outputs, state, jnp.stack([says, gates["cell"]])

    return jax.jit(program)
