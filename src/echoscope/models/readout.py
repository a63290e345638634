"""From a layer to a model: a dense layer that answers after the window or at each step."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from echoscope.models.model import Heard, Logits, Model, Sizes, State, Weights
from echoscope.models.weights import dense_weights

# A layer hears a window: (weights, state, heard) gives hidden states [time, batch, units] and the next state.
Hear = Callable[[Weights, State, Heard], tuple[Any, State]]


def say(weights: Weights, hidden: Float[Array, "answers batch units"]) -> Logits:
    """The dense layer on each hidden state, as logits [batch, answers, symbols]."""
    return jnp.swapaxes(hidden, 0, 1) @ weights["said.kernel"] + weights["said.bias"]


def vector(weights: Weights, hidden: Float[Array, "batch units"], answers: int) -> Logits:
    """All answers from one hidden state, side by side in the dense layer's output."""
    return (hidden @ weights["said.kernel"] + weights["said.bias"]).reshape(len(hidden), answers, -1)


def both(
    first: Callable[[np.random.Generator, Sizes], Weights], hear: Hear, rest: Callable[[Sizes, int], State]
) -> dict[str, Model]:
    """The two models of a recurrent layer, by `when`; `first` gives the layer's own first weights."""

    def init(rng: np.random.Generator, sizes: Sizes) -> Weights:
        return first(rng, sizes) | dense_weights(rng, sizes.units, sizes.answers * sizes.symbols)

    def after(weights: Weights, state: State, heard: Heard, answers: int = 1) -> tuple[Logits, State]:
        hidden, state = hear(weights, state, heard)
        return vector(weights, hidden[-1], answers), state

    def each(weights: Weights, state: State, heard: Heard, answers: int = 1) -> tuple[Logits, State]:
        hidden, state = hear(weights, state, heard)
        return say(weights, hidden), state

    return {"after": Model(init, after, rest, stepwise(after)), "each": Model(init, each, rest, stepwise(each))}


def stepwise(apply: Callable[[Weights, State, Heard, int], tuple[Logits, State]]) -> Callable[..., Any]:
    """The same on one symbol [batch]."""

    def step(weights: Weights, state: State, symbol: Int[Array, " batch"], answers: int = 1) -> tuple[Logits, State]:
        return apply(weights, state, symbol[:, None], answers)

    return step
