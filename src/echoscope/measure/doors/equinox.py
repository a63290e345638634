"""The door for Equinox: a cell, called with an input and a state, or a module of one sequence
[time, features]. Both know nothing of batches, and are mapped over them.

What a cell gives is its state, as of `GRUCell` and `LSTMCell`, and its outputs the whole of that or
its first part; where it gives both, `carry` says in which order. Floating-point arrays are weights.
"""

import inspect
from functools import partial
from typing import Any

import equinox
import jax
import jax.numpy as jnp

from echoscope.errors import SettingError
from echoscope.measure.doors.calls import array_of, needed, parted, refuse_many, state_word
from echoscope.measure.in_jax.check import checked, seen_once
from echoscope.measure.in_jax.functions import Functions, scanned
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.in_jax.trees import Array, Held, Module, Parts, Tree, forms_differ
from echoscope.measure.layer.base import State
from echoscope.measure.layer.construct import call, identity_of, maker
from echoscope.measure.layer.failures import failure
from echoscope.measure.layer.options import STEP, LayerOptions
from echoscope.measure.layer.source import Named

BEGINS = ("initial_state", "init_state", "initialize_carry", "init_carry", "init_hidden")
WIDTHS = ("hidden_size", "state_size", "hidden_dim", "units", "features")


def opened(known: Named, options: LayerOptions, input_size: int) -> JaxLayer:
    """The layer of an Equinox module, its class or a factory. Raises `SettingError` where it cannot
    be made, or nothing says how its state begins.
    """
    recipe, source = maker(known, options), known.source

    def init(key: jax.Array, input_size: int) -> Parts:
        made = equinox.nn.inference_mode(recipe.make(input_size, key=key, seed=0).layer)
        weights, others = equinox.partition(made, equinox.is_inexact_array)
        rest, static = equinox.partition(others, equinox.is_array)
        return Parts(weights, rest, Held((static, input_size)))

    module, fixed = seen_once(lambda: recipe.make(input_size, key=jax.random.key(0), seed=0))
    names = [name for name in needed(type(module).__call__)[1:] if name != "key"]
    is_cell = len(names) == 2 and options.layout in (None, STEP)
    if len(names) > 2:
        refuse_many(source, names)

    def initial_state(parts: Parts, batch_size: int) -> State:
        if len(names) < 2:
            return None
        state = _begun(source, _whole(parts), parts.static.value[1], options)
        return jax.tree.map(lambda part: jnp.broadcast_to(part, (batch_size, *part.shape)), state)

    def apply(
        parts: Parts, state: State, inputs: Array, key: jax.Array | None = None
    ) -> tuple[Array, State]:
        itself = _whole(parts)
        if key is not None:
            itself = equinox.nn.inference_mode(itself, value=False)
        read = _stepped if is_cell else _mapped
        return read(source, itself, options, state, inputs, key)

    door = "Equinox cell" if is_cell else "Equinox module"
    framework = f"equinox {equinox.__version__}"
    identity = identity_of(known, options, type(module), framework, door, recipe.fresh)
    functions = Functions(init, initial_state, apply, apply if _has_modes(module) else None)
    hands = is_cell or state_word(type(module).__call__) is not None
    return checked(JaxLayer(identity, functions, input_size, fixed, hands))


def _whole(parts: Parts) -> Module:
    return equinox.combine(parts.weights, parts.rest, parts.static.value[0])


def _has_modes(module: Module) -> bool:
    leaves = jax.tree.leaves(module, is_leaf=lambda part: hasattr(part, "inference"))
    return any(hasattr(leaf, "inference") for leaf in leaves)


def _outputs(source: str, result: Array, options: LayerOptions) -> tuple[Array, State]:
    if isinstance(result, tuple | list):
        return parted(source, result, options, "hc")
    return array_of(source, result), result


def _begun(source: str, cell: Module, width: int, options: LayerOptions) -> State:
    """Of one row: what the cell says, else zeros of its hidden size, or two, as it gives them."""
    for name in BEGINS:
        if callable(getattr(cell, name, None)):
            return call(f"{source}'s {name}", getattr(cell, name), key=jax.random.key(0))
    size = next((getattr(cell, name) for name in WIDTHS if hasattr(cell, name)), None)
    inputs = jax.ShapeDtypeStruct((width,), jnp.float32)
    seen = ""
    if isinstance(size, int):
        zeros = jnp.zeros(size)
        for state in (zeros, (zeros, zeros)):
            try:
                result = jax.eval_shape(partial(_called, cell, None), inputs, state)
                differs = forms_differ(state, _outputs(source, result, options)[1])
            except SettingError:
                raise
            except Exception as error:
                differs = failure(error)
            if not differs:
                return state
            seen = seen or f", and zeros of its width are no beginning ({differs})"
    raise SettingError(
        f"{source} does not say how its state begins{seen}: give it initial_state(), of one row."
    )


def _called(module: Module, key: Array, *inputs: Array, **more: Any) -> Module:
    """A call on one row, with a key where it asks for one."""
    words = inspect.signature(type(module).__call__).parameters
    asks = "key" in words and (key is not None or words["key"].default is inspect.Parameter.empty)
    more |= {"key": jax.random.key(0) if key is None else key} if asks else {}
    return module(*inputs, **more)


def _stepped(
    source: str, cell: Module, options: LayerOptions, state: State, inputs: Array, key: Array
) -> tuple[Array, State]:
    """A cell over [time, batch, features]."""
    keys = None if key is None else jax.random.split(key, inputs.shape[:2])

    def step(_: Tree, state: State, at: Array) -> tuple[State, Array]:
        def row(inputs: Array, state: State, key: Array) -> tuple[State, Array]:
            outputs, state = _outputs(source, _called(cell, key, inputs, state), options)
            return state, outputs

        here, key = at
        return jax.vmap(row, in_axes=(0, 0, None if key is None else 0))(here, state, key)

    return scanned(step, source)(None, state, (inputs, keys))


def _mapped(
    source: str, module: Module, options: LayerOptions, state: State, inputs: Array, key: Array
) -> tuple[Array, State]:
    """A module of sequences over [time, batch, features]."""
    keys = None if key is None else jax.random.split(key, inputs.shape[1])
    word = state_word(type(module).__call__)

    def row(inputs: Array, state: State, key: Array) -> tuple[Array, State]:
        more = {word: state} if word else {}
        return parted(source, _called(module, key, inputs, **more), options)

    axes = (1, None if state is None else 0, None if key is None else 0)
    outputs, state = jax.vmap(row, in_axes=axes, out_axes=(1, 0))(inputs, state, keys)
    return outputs, state if word else None
