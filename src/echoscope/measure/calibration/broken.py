"""Layers with one fault each: what the X-ray must name, and nothing else of them."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from echoscope.measure.calibration.known import SYMBOLS, known
from echoscope.measure.in_jax.functions import Functions
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.in_jax.trees import Tree
from echoscope.measure.layer.base import State

UNITS = 32


def init(key: jax.Array, input_size: int) -> Tree:
    """A kernel, and one that decides how much of the state stays."""
    first, second = jax.random.split(key)
    start = jax.nn.initializers.lecun_normal()
    return {
        "kernel": start(first, (input_size, UNITS)),
        "keep": start(second, (input_size, UNITS)),
        "bias": jnp.ones(UNITS),
    }


def initial_state(weights: Tree, batch_size: int) -> State:
    """Zeros [batch, units]."""
    return jnp.zeros((batch_size, UNITS))


def whole(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
    """h(t) = a h(t-1) + (1 - a) W x(t), with a = sigmoid(K x(t) + b): no fault in it."""
    keep = jax.nn.sigmoid(inputs @ weights["keep"] + weights["bias"])
    added = (1 - keep) * (inputs @ weights["kernel"])

    def step(state: State, parts: tuple[Array, Array]) -> tuple[State, Array]:
        state = parts[0] * state + parts[1]
        return state, state

    after, states = lax.scan(step, state, (keep, added))
    return states, after


def sound() -> JaxLayer:
    """The layer that the others are broken from."""
    return known("sound", Functions(init, initial_state, whole), SYMBOLS)


def looking_ahead() -> JaxLayer:
    """Reads the next input with its own, as a convolution that is padded on both sides does."""

    def apply(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
        following = jnp.concatenate([inputs[1:], jnp.zeros_like(inputs[:1])])
        outputs, _ = whole(weights, state, inputs + 0.5 * following)
        return outputs, None

    layer = known("looks ahead", Functions(init, initial_state, apply))
    return replace(layer, hands_state=False)


def leaking_between_rows() -> JaxLayer:
    """Takes the mean over the batch from its outputs."""

    def apply(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
        outputs, after = whole(weights, state, inputs)
        return outputs - 0.1 * outputs.mean(1, keepdims=True), after

    return known("leaks between rows", Functions(init, initial_state, apply))


def step_unlike_whole() -> JaxLayer:
    """Squashes the state that is handed to it once more where it reads more than one step."""

    def apply(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
        return whole(weights, jnp.tanh(state) if len(inputs) > 1 else state, inputs)

    return known("step unlike whole", Functions(init, initial_state, apply))


def not_deterministic() -> JaxLayer:
    """Adds noise that nobody gave it a seed for."""
    rng = np.random.default_rng()

    def apply(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
        outputs, after = whole(weights, state, inputs)
        shape = jax.ShapeDtypeStruct(outputs.shape, jnp.float32)
        noise = jax.pure_callback(lambda: rng.standard_normal(shape.shape, np.float32), shape)
        return outputs + 0.01 * noise, after

    return known("not deterministic", Functions(init, initial_state, apply))


def keeping_a_state() -> JaxLayer:
    """A module that goes on from where its last call ended."""

    @jax.jit
    def twice(weights: Tree, inputs: Array) -> tuple[Array, Array]:
        first, state = whole(weights, initial_state(weights, inputs.shape[1]), inputs)
        return first, whole(weights, state, inputs)[0]

    return known("keeps a state", Functions(init, initial_state, whole, twice=twice))
