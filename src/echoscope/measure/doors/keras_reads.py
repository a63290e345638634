"""How a layer of Keras on JAX reads a whole [time, batch, features]."""

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from echoscope.measure.doors.calls import mode_words, parted, state_word, turned
from echoscope.measure.doors.reads import Read, Reads
from echoscope.measure.in_jax.functions import scanned
from echoscope.measure.in_jax.trees import Array, Held, Module, Parts, Tree
from echoscope.measure.layer.base import State
from echoscope.measure.layer.options import LayerOptions

SEEDS = "seed_generator_state"  # what Keras calls the state of its random numbers


def parts_of(layer: Module) -> Parts:
    """The arrays of a layer that is built. `rest` are its variables that do not train."""
    rest = [jnp.asarray(v.value) for v in layer.non_trainable_variables]
    return Parts(dict(_named(layer)), rest, Held(layer))


def _named(layer: Module) -> list[tuple[str, np.ndarray]]:
    """Its weights in Keras' order, numbered where two have one name."""
    names = [v.name for v in layer.trainable_variables]
    if len(set(names)) < len(names):
        names = [f"{at:02}.{name}" for at, name in enumerate(names)]
    return [(n, np.asarray(v.value)) for n, v in zip(names, layer.trainable_variables, strict=True)]


def _weights(parts: Parts) -> list[Array]:
    return [parts.weights[name] for name, _ in _named(parts.static.value)]


def drawn(parts: Parts, key: jax.Array) -> Tree:
    """What is no weight, with the seeds of its dropout drawn anew."""
    kept = list(zip(parts.static.value.non_trainable_variables, parts.rest, strict=True))
    keys = jax.random.split(key, max(len(kept), 1))
    return [
        jax.random.bits(draw, old.shape, old.dtype) if SEEDS in v.path else old
        for draw, (v, old) in zip(keys, kept, strict=False)
    ]


def called(
    layer: Module, weights: list[Array], rest: Tree, *inputs: Array, **words: Any
) -> tuple[Any, Tree]:
    """A call with these values for its variables, and what becomes of those that do not train. As
    `stateless_call`, but by the layer's own way in, which tells the layers that it holds whether
    they train.
    """
    kept = layer.non_trainable_variables
    values = [*zip(layer.trainable_variables, weights, strict=True), *zip(kept, rest, strict=True)]
    with keras.StatelessScope(state_mapping=values) as scope:
        result = layer(*inputs, **words)
    after = [scope.get_current_value(variable) for variable in kept]
    return result, [old if new is None else new for new, old in zip(after, rest, strict=True)]


def cell(source: str) -> Reads:
    """By the cell of a `keras.layers.RNN`, step by step. What it keeps to itself goes on from step
    to step, which Keras' own loop on JAX does not do.
    """

    def read(parts: Parts, rest: Tree, state: State, inputs: Array) -> Read:
        itself, weights = parts.static.value.cell, _weights(parts)
        words = mode_words(itself.call, False) | {"training": False}

        def step(_: Tree, carried: Tree, at: Array) -> tuple[Tree, Array]:
            before, rest = carried
            result, rest = called(itself, weights, rest, at, before, **words)
            outputs, after = parted(source, result, LayerOptions(), "output_state")
            return (_like(before, after), rest), outputs

        outputs, (state, rest) = scanned(step, source)(None, (state, rest), inputs)
        return Read(outputs, state, rest)

    return read


def _like(before: State, after: State) -> State:
    """A state in the lists that it came in, where it has as many arrays."""
    leaves, form = jax.tree.leaves(after), jax.tree.structure(before)
    return jax.tree.unflatten(form, leaves) if len(leaves) == form.num_leaves else after


def whole(parts: Parts, rest: Tree, state: State, inputs: Array, **words: Any) -> Read:
    """By Keras' own layer around a cell, which knows of masks and draws one dropout for all time
    steps.
    """
    layer, weights = parts.static.value, _weights(parts)
    by_rows = jnp.swapaxes(inputs, 0, 1)
    result, rest = called(layer, weights, rest, by_rows, initial_state=state, **words)
    outputs, *after = result
    return Read(jnp.swapaxes(outputs, 0, 1), _like(state, after), rest)


def padded(parts: Parts, rest: Tree, state: State, inputs: Array, lengths: Array) -> Read:
    """The same, told how long each row is."""
    mask = jnp.arange(len(inputs)) < lengths[:, None]
    return whole(parts, rest, state, inputs, mask=mask)


def sequence(source: str, options: LayerOptions) -> Reads:
    """By a layer of whole sequences."""

    def read(parts: Parts, rest: Tree, state: State, inputs: Array, training: bool = False) -> Read:
        layer, weights = parts.static.value, _weights(parts)
        word = state_word(layer.call)
        words = mode_words(layer.call, training) | ({word: state} if word else {})
        words |= {"training": training}
        result, rest = called(layer, weights, rest, turned(inputs, options), **words)
        outputs, state = parted(source, result, options)
        return Read(turned(outputs, options), state if word else None, rest)

    return read
