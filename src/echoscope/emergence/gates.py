"""The gates of a layer at every time step, of those whose equations name them."""

from collections.abc import Callable
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from echoscope.models import encoders, stack
from echoscope.models.base import NO_GAPS, Sizes, Weights, affine
from echoscope.models.recurrent import cell, gru, lstm
from echoscope.training.setup import Setup

# What each step keeps, in the order of its weights; an lstm has its cell beside them.
LSTM = lstm.CELL, ("input gate", "forget gate", "candidate", "output gate")
GATES: dict[str, tuple[cell.Cell, tuple[str, ...]]] = {
    "lstm": LSTM,
    "gru": (gru.CELL, ("update gate", "reset gate", "candidate")),
    "encoder-decoder": LSTM,
}
CELL = "cell"
Each = dict[str, Array]


def gates_of(
    setup: Setup, weights: Weights, symbols: Int[np.ndarray, "time batch"]
) -> dict[str, Float[np.ndarray, "time batch units"]]:
    """The gates of the uppermost layer, and its cell where it has one, over windows that are read
    from the initial state, and after them those of a decoder; nothing of a model whose gates have
    no names here.
    """
    if setup.shape.model not in GATES or setup.sizes.gaps != NO_GAPS:
        return {}
    gates = _program(setup)(jax.tree.map(jnp.asarray, weights), jnp.asarray(symbols, jnp.int32))
    return {name: np.asarray(gate) for name, gate in gates.items()}


@lru_cache(maxsize=16)
def _program(setup: Setup) -> Callable[[Weights, Array], Each]:
    sizes, (known, names) = setup.sizes, GATES[setup.shape.model]

    def read(weights: Weights, symbols: Array) -> Each:
        below, result = encoders.encoded(weights, symbols, sizes), {}
        for name in stack.names(sizes.layers):
            below, result = _layer(known, names, stack.of(name, weights), below)
        if setup.shape.task.readout != "decoder":
            return result
        _, says = decoded(weights, below[-1], sizes)
        return {name: jnp.concatenate([gate, says[name]]) for name, gate in result.items()}

    return jax.jit(read)


def decoded(
    weights: Weights, code: Float[Array, "batch width"], sizes: Sizes
) -> tuple[Float[Array, "steps batch units"], Each]:
    """The outputs of a decoder that is handed this at every time step of its own, its gates and its
    cell.
    """
    repeated = jnp.repeat(code[None], sizes.target_count, axis=0)
    return _layer(*LSTM, stack.of("decoder", weights), repeated)


def _layer(
    known: cell.Cell, names: tuple[str, ...], weights: Weights, below: stack.Vectors
) -> tuple[Float[Array, "time batch units"], Each]:
    """The outputs of one layer, its gates and its cell."""
    recurrent = weights["recurrent"]
    again = weights.get("recurrent_bias", jnp.zeros(recurrent.shape[1]))
    projected = affine(below, weights["kernel"], weights["bias"])

    def step(state: cell.State, inputs: Array) -> tuple[cell.State, tuple[cell.State, Array]]:
        after, kept = known.forward(state[0] @ recurrent + again, inputs, state)
        return after, (after, jnp.concatenate(jax.tree.leaves(kept[0]), axis=-1))

    first = known.initial_state(len(recurrent), projected.shape[1])
    _, (states, gates) = lax.scan(step, first, projected)
    result = dict(zip(names, jnp.split(gates, len(names), axis=-1), strict=True))
    return states[0], result | ({CELL: states[1]} if len(states) > 1 else {})
