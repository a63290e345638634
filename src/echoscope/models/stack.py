"""Layers one above the other, in one or both directions, over encoded symbols."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from echoscope.models import encoders
from echoscope.models.base import (
    MASKED,
    Generator,
    Inputs,
    OneHot,
    Outputs,
    Present,
    SequenceLayer,
    Sizes,
    State,
    Vectors,
    Weights,
)

BACK = "_back"


def names(layers: int) -> list[str]:
    """The layers' names, the lowest first."""
    return [f"layer{place}" for place in range(1, layers + 1)]


def named(name: str, weights: Weights) -> Weights:
    """A layer's weights under the names that a model has them by."""
    return {f"{name}.{part}": array for part, array in weights.items()}


def of(name: str, weights: Weights) -> Weights:
    """The weights of one layer of a model, by its own names."""
    start = f"{name}."
    return {
        part.removeprefix(start): array for part, array in weights.items() if part.startswith(start)
    }


def init(layer: SequenceLayer, rng: Generator, sizes: Sizes) -> Weights:
    """First weights of encoder and layers."""
    weights = encoders.init(rng, sizes)
    width = encoders.width(sizes)
    for name in names(sizes.layers):
        for direction in (name, name + BACK) if sizes.bidirectional else (name,):
            weights |= named(direction, layer.init(rng, width, sizes.units, sizes.time_steps))
        width = sizes.width
    return weights


def initial_state(layer: SequenceLayer, sizes: Sizes, batch_size: int) -> State:
    """The initial state of every layer, of both directions where there are two."""
    state = _initial(layer, sizes, batch_size)
    return ((state, state) if sizes.bidirectional else (state,),) * sizes.layers


def _initial(layer: SequenceLayer, sizes: Sizes, batch_size: int) -> State:
    """One layer's state; where gaps are passed over, also the outputs that a gap repeats."""
    state = layer.initial_state(sizes.units, batch_size, sizes.time_steps)
    if layer.holds or sizes.gaps != MASKED:
        return state
    return state, jnp.zeros((batch_size, sizes.units))


def apply(
    layer: SequenceLayer, weights: Weights, state: State, inputs: Inputs, sizes: Sizes
) -> tuple[Float[Array, "time batch width"], State]:
    """Outputs of the uppermost layer at every time step, and the next state of each layer.

    The second direction reads every window from its end, and always from the initial state.
    """
    steps = jnp.swapaxes(inputs, 0, 1)
    there = steps >= 0 if sizes.gaps == MASKED else None
    present = there.any(-1) if there is not None and sizes.columns else there
    states = ((None,),) * sizes.layers if state is None else state
    below = encoders.encoded(weights, steps, sizes)
    back = encoders.encoded(weights, steps[::-1], sizes) if sizes.bidirectional else below
    following = []
    for name, (forward, *_) in zip(names(sizes.layers), states, strict=True):
        outputs, *last = _run(layer, weights, name, forward, below, present, sizes)
        if sizes.bidirectional:
            gone = None if present is None else present[::-1]
            other, end = _run(layer, weights, name + BACK, None, back, gone, sizes)
            outputs, last = jnp.concatenate([outputs, other[::-1]], axis=-1), [*last, end]
        following.append(tuple(last))
        below, back = outputs, outputs[::-1]
    return below, tuple(following)


def _run(
    layer: SequenceLayer,
    weights: Weights,
    name: str,
    state: State,
    below: Vectors,
    present: Present,
    sizes: Sizes,
) -> tuple[Outputs, State]:
    if isinstance(below, OneHot) and not layer.one_hot:
        below = below.vectors()
    weights, initial = of(name, weights), _initial(layer, sizes, below.shape[1])
    if layer.holds or present is None:
        state = initial if state is None and not layer.skips_initial else state
        return layer.apply(weights, state, below, present)
    # Outputs are held here, and go on beside the layer's state.
    before, last_outputs = initial if state is None else state
    outputs, following = layer.apply(weights, before, below, present)
    outputs = _held(outputs, last_outputs, present)
    return outputs, (following, outputs[-1])


def _held(outputs: Outputs, before: Array, present: Array) -> Outputs:
    """Outputs of which a gap repeats those of the last step that was there."""
    steps = jnp.arange(len(outputs))[:, None]
    places = lax.cummax(jnp.where(present, steps, -1), axis=0)
    last = jnp.take_along_axis(outputs, jnp.maximum(places, 0)[..., None], axis=0)
    return jnp.where(places[..., None] < 0, before, last)


def last(outputs: Float[Array, "time batch width"], sizes: Sizes) -> Float[Array, "batch width"]:
    """What is known when the window has been read: each direction's outputs at its own end."""
    if not sizes.bidirectional:
        return outputs[-1]
    return jnp.concatenate([outputs[-1, :, : sizes.units], outputs[0, :, sizes.units :]], axis=-1)
