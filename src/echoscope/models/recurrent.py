"""From a layer to a model: stacked, in one or both directions, with a dense layer that predicts
after the window or at each step.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from echoscope.models import dense, encoding
from echoscope.models.cell import Present, Projected, Steps
from echoscope.models.model import MASKED, Inputs, Model, Sizes, State, Values, Weights
from echoscope.models.weights import dense_weights

BACK = "_back"


class Layer(NamedTuple):
    """A recurrent layer under a name: `first(rng, inputs, units, name)` gives its weights,
    `initial_state(units, batch)` its state in zeros, and `run(weights, name, state, projected,
    present)` hidden states [time, batch, units] and the next state, from inputs already multiplied
    by its kernel plus bias.
    """

    first: Callable[[np.random.Generator | None, int, int, str], Weights]
    run: Callable[[Weights, str, State, Projected, Present], tuple[Steps, State]]
    initial_state: Callable[[int, int], State]


def names(layers: int) -> list[str]:
    """The layers' names, the lowest first."""
    return ["layer1", *(f"layer{place}" for place in range(2, layers + 1))]


def first(layer: Layer, rng: np.random.Generator | None, sizes: Sizes) -> Weights:
    """First weights of all that reads: encoding and layers."""
    weights = encoding.first(rng, sizes)
    inputs = encoding.ENCODINGS[sizes.encoding].inputs(sizes)
    for name in names(sizes.layers):
        for direction in (name, name + BACK) if sizes.both else (name,):
            weights |= layer.first(rng, inputs, sizes.units, direction)
        inputs = sizes.width
    return weights


def forward(
    layer: Layer, weights: Weights, state: State, inputs: Inputs, sizes: Sizes
) -> tuple[Float[Array, "time batch width"], State]:
    """Hidden states of every step of the uppermost layer, and the next state of each layer."""
    present = inputs.T >= 0 if sizes.gaps == MASKED else None
    states = (None,) * sizes.layers if state is None else state
    hidden, following = None, []
    for name, mine in zip(names(sizes.layers), states, strict=True):
        forward, last = layer.run(
            weights, name, mine, _projected(weights, name, hidden, inputs, sizes), present
        )
        following.append(last)
        if sizes.both:
            backward = _projected(weights, name + BACK, hidden, inputs, sizes)[::-1]
            back, _ = layer.run(
                weights, name + BACK, None, backward, None if present is None else present[::-1]
            )
            forward = jnp.concatenate([forward, back[::-1]], axis=-1)
        hidden = forward
    assert hidden is not None
    return hidden, tuple(following)


def _projected(
    weights: Weights, name: str, below: Steps | None, inputs: Inputs, sizes: Sizes
) -> Projected:
    if below is None:
        return encoding.times(weights, name, inputs.T, sizes)
    return below @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]


def last(hidden: Float[Array, "time batch width"], sizes: Sizes) -> Float[Array, "batch width"]:
    """What is known when the window has been read: each direction's hidden state at its own
    end.
    """
    if not sizes.both:
        return hidden[-1]
    return jnp.concatenate([hidden[-1, :, : sizes.units], hidden[0, :, sizes.units :]], axis=-1)


def initial_state(layer: Layer, sizes: Sizes, batch: int) -> State:
    """Every layer's state in zeros. One that reads both ways keeps the window itself, to read it
    again from its end.
    """
    if sizes.both:
        return jnp.zeros((batch, sizes.time_steps), jnp.int32)
    return tuple(layer.initial_state(sizes.units, batch) for _ in range(sizes.layers))


def recurrent(layer: Layer) -> dict[str, Model]:
    """The two models of a layer, by `readout`."""

    def init(rng: np.random.Generator | None, sizes: Sizes) -> Weights:
        outputs = sizes.target_count * encoding.ENCODINGS[sizes.encoding].outputs(sizes)
        return first(layer, rng, sizes) | dense_weights(rng, sizes.width, outputs)

    def after(weights: Weights, state: State, inputs: Inputs, sizes: Sizes) -> tuple[Values, State]:
        hidden, state = forward(layer, weights, state, inputs, sizes)
        return dense.vector(weights, last(hidden, sizes), sizes.target_count), state

    def each(weights: Weights, state: State, inputs: Inputs, sizes: Sizes) -> tuple[Values, State]:
        hidden, state = forward(layer, weights, state, inputs, sizes)
        return dense.say(weights, hidden), state

    def zeros(sizes: Sizes, batch: int) -> State:
        return initial_state(layer, sizes, batch)

    return {
        "last": Model(init, after, zeros, stepwise(after)),
        "all": Model(init, each, zeros, stepwise(each)),
    }


def stepwise(
    apply: Callable[[Weights, State, Inputs, Sizes], tuple[Values, State]],
) -> Callable[..., Any]:
    """The same on one symbol [batch]."""

    def step(
        weights: Weights, state: State, symbol: Int[Array, " batch"], sizes: Sizes
    ) -> tuple[Values, State]:
        if not sizes.both:
            return apply(weights, state, symbol[:, None], sizes)
        window = jnp.concatenate([state[:, 1:], symbol[:, None]], axis=1)
        return apply(weights, None, window, sizes)[0], window

    return step
