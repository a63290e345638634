"""The door for Keras, on JAX: a cell, a recurrent layer, or a layer of whole sequences.

A recurrent layer is measured through its cell, with the outputs of all time steps and its state
handed over, whatever it was told of `return_sequences`, `return_state` and `stateful`. For every
seed a fresh layer draws the weights: of the same class and arguments, or from the configuration of
a layer that is there.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import jax
import keras
import numpy as np

from echoscope.errors import SettingError
from echoscope.measure.doors import keras_reads
from echoscope.measure.doors.calls import mode_words, state_word
from echoscope.measure.doors.reads import Read, functions_of
from echoscope.measure.in_jax.check import checked
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.in_jax.trees import Array, Module, Parts, Tree
from echoscope.measure.layer.base import State
from echoscope.measure.layer.construct import explained, identity_of, maker
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.layer.source import Named

ROWS, STEPS = 2, 3  # of the call that builds a layer
LAYER, CELL, THROUGH = "Keras layer", "Keras cell", "Keras layer, through its cell"


def opened(known: Named, options: LayerOptions, input_size: int) -> JaxLayer:
    """The layer of a Keras layer or cell, its class or a factory. Raises `SettingError` where it
    cannot be made, and where Keras runs on another backend.
    """
    if keras.backend.backend() != "jax":
        raise SettingError(
            f"Keras layers are measured on JAX, and Keras runs on {keras.backend.backend()}: set"
            " KERAS_BACKEND to jax before it is imported."
        )
    recipe, source = maker(known, options), known.source
    with _seeded(0):
        looked_at, fixed = recipe.make(input_size)
    door = _door(looked_at, source)

    def init(seed: int, input_size: int) -> Parts:
        remedy = "name its class, or a function that makes it"
        with _seeded(seed), explained(f"{source} cannot be made for {input_size} inputs", remedy):
            made = recipe.make(input_size).layer
            inner = made.cell if door == THROUGH else made
            inner = _again(inner) if made is known.thing else inner
            layer = inner if door == LAYER else keras.layers.RNN(inner, True, True)
            _build(layer, inner, input_size)
            return keras_reads.parts_of(layer)

    def initial_state(parts: Parts, batch_size: int) -> State:
        return None if door == LAYER else parts.static.value.get_initial_state(batch_size)

    read = keras_reads.sequence(source, options) if door == LAYER else keras_reads.cell(source)
    trains = read if door == LAYER else keras_reads.whole

    def train(parts: Parts, rest: Tree, state: State, inputs: Array, key: jax.Array) -> Read:
        return trains(parts, keras_reads.drawn(parts, key), state, inputs, training=True)

    functions = functions_of(
        read,
        init,
        initial_state,
        train=train if _has_modes(looked_at, door) else None,
        padded=None if door == LAYER or _stack_without_states(looked_at) else keras_reads.padded,
        on_host=True,
    )
    framework = f"keras {keras.__version__}"
    identity = identity_of(known, options, type(looked_at), framework, door, fresh=True)
    hands = door != LAYER or state_word(looked_at.call) is not None
    return checked(JaxLayer(identity, functions, input_size, fixed, hands))


def _build(layer: Module, inner: Module, input_size: int) -> None:
    """Its variables, and those of the layers that it holds: one without a `build` of its own makes
    them where it is called.
    """
    if type(inner).build is keras.layers.Layer.build:
        if inner is layer:
            inner(keras.ops.zeros((ROWS, STEPS, input_size)))
            return
        inner(keras.ops.zeros((ROWS, input_size)), layer.get_initial_state(ROWS))
    layer.build((None, None, input_size))


def _door(layer: Module, source: str) -> str:
    """As what it is measured. A recurrent layer with a call of a person's own may do more than its
    cell, and so is not taken for it.
    """
    if not isinstance(layer, keras.layers.RNN):
        return CELL if hasattr(layer, "state_size") else LAYER
    if layer.go_backwards:
        raise SettingError(
            f"{source} reads its inputs from the end, and has no memory of what came before: let"
            " go_backwards be False."
        )
    return THROUGH if type(layer).call.__module__.startswith("keras.") else LAYER


def _has_modes(layer: Module, door: str) -> bool:
    """Whether training differs, of itself or of a layer that it holds: not of a dropout of 0."""
    itself = layer.cell if door == THROUGH else layer
    return any(_trains(part) for part in itself._flatten_layers())


def _trains(layer: Module) -> bool:
    names = ("rate", "dropout", "recurrent_dropout")
    rates = [getattr(layer, name) for name in names if hasattr(layer, name)]
    return bool(mode_words(layer.call, True)) and (any(rates) or not rates)


def _stack_without_states(layer: Module) -> bool:
    """Whether it is a stack with a cell that does not say how its state begins: Keras' masks take
    the state of such a stack for its output.
    """
    cells = getattr(getattr(layer, "cell", layer), "cells", ())
    return not all(callable(getattr(cell, "get_initial_state", None)) for cell in cells)


def _again(layer: Module) -> Module:
    """A layer of the same configuration, with weights of its own."""
    inner = [layer, *getattr(layer, "cells", ()), *getattr(layer, "layers", ())]
    with keras.saving.custom_object_scope({type(part).__name__: type(part) for part in inner}):
        return type(layer).from_config(layer.get_config())


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Whatever Keras draws is drawn from a seed; what others draw goes on undisturbed."""
    before = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
