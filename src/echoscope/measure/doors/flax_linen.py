"""The door for Flax Linen, which keeps parameters apart from modules: a cell, an `RNN`, or a module
of whole sequences.

Collections other than `params` are no weights. They are carried from time step to time step of one
call, and begin anew with the next.
"""

from typing import Any

import flax
import jax
import jax.numpy as jnp
from flax import linen

from echoscope.errors import SettingError
from echoscope.measure.doors.calls import (
    mode_words,
    needed,
    parted,
    refuse_many,
    state_word,
    turned,
)
from echoscope.measure.doors.reads import Read, Reads, functions_of
from echoscope.measure.in_jax.check import checked
from echoscope.measure.in_jax.functions import scanned
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.in_jax.trees import Array, Held, Module, Parts, Tree
from echoscope.measure.layer.base import State
from echoscope.measure.layer.construct import call, identity_of, maker
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.layer.source import Named

DROPS = "dropout"  # what Linen calls the stream of random numbers of its dropout
RNN, CELL, MODULE = "RNN", "cell", "module"


def opened(known: Named, options: LayerOptions, input_size: int) -> JaxLayer:
    """The layer of a Linen module, its class or a factory. Raises `SettingError` where it has more
    inputs than one, or cannot be made.
    """
    if known.thing in (linen.RNN, linen.Bidirectional):
        raise SettingError(
            f"{known.source} needs a cell: name a function instead, such as"
            " def make(units): return nn.RNN(nn.GRUCell(units))."
        )
    module, fixed = maker(known, options).make(input_size)
    kind = _kind(module, known.source)

    def begin(batch_size: int, input_size: int) -> State:
        if kind == MODULE:
            return None
        words = {"rng": jax.random.key(0), "input_shape": (batch_size, input_size)}
        cell = module.cell if kind == RNN else module
        return call(f"{known.source}'s initialize_carry", cell.initialize_carry, **words)

    def init(key: jax.Array, input_size: int) -> Parts:
        inputs = jnp.zeros((2, input_size) if kind == CELL else (2, 3, input_size))
        begins = (begin(2, input_size), inputs) if kind == CELL else (inputs,)
        initialize: Any = module.init  # its words are those of the module's own call
        words = mode_words(module.__call__, False)
        variables = dict(initialize({"params": key, DROPS: key}, *begins, **words))
        weights = variables.pop("params", {})
        return Parts(weights, variables, Held(input_size))

    read = _cell if kind == CELL else _rnn if kind == RNN else _sequence
    functions = functions_of(
        read(module, known.source, options),
        init,
        lambda parts, batch_size: begin(batch_size, parts.static.value),
        train=read(module, known.source, options) if _has_modes(module) else None,
        padded=_padded(module, known.source, options) if kind == RNN else None,
    )
    framework, door = f"flax {flax.__version__}", f"Flax Linen {kind}"
    identity = identity_of(known, options, type(module), framework, door, fresh=True)
    hands = kind != MODULE or state_word(module.__call__) is not None
    return checked(JaxLayer(identity, functions, input_size, fixed, hands))


def _kind(module: Module, source: str) -> str:
    if isinstance(module, linen.RNN):
        return RNN
    if callable(getattr(module, "initialize_carry", None)):
        return CELL
    names = needed(module.__call__)
    if len(names) > 1 and names[1:] != [state_word(module.__call__)]:
        refuse_many(source, names)
    return MODULE


def _told(module: Module) -> bool:
    """Whether an attribute tells the module itself that it trains."""
    return isinstance(getattr(module, "deterministic", None), bool)


def _has_modes(module: Module) -> bool:
    return _told(module) or bool(mode_words(module.__call__, True))


def _called(
    module: Module, parts: Parts, rest: Tree, key: Array, *inputs: Array, **more: Any
) -> tuple[Any, Tree]:
    """A call, in training mode where there is a key, and the other collections after it."""
    itself = module.clone(deterministic=key is None) if _told(module) else module
    words = mode_words(module.__call__, key is not None) | more
    streams = None if key is None else {DROPS: key}
    variables = {"params": parts.weights, **rest}
    result, after = itself.apply(variables, *inputs, **words, rngs=streams, mutable=list(rest))
    return result, dict(after)


def _cell(module: Module, source: str, options: LayerOptions) -> Reads:
    def read(parts: Parts, rest: Tree, state: State, inputs: Array, key: Array = None) -> Read:
        def step(_: Tree, carried: Tree, at: Array) -> tuple[Tree, Array]:
            state, rest, key = carried
            here, key = (None, None) if key is None else jax.random.split(key)
            result, rest = _called(module, parts, rest, here, state, at)
            outputs, state = parted(source, result, options, "state_output")
            return (state, rest, key), outputs

        outputs, (state, rest, _) = scanned(step, source)(None, (state, rest, key), inputs)
        return Read(outputs, state, rest)

    return read


def _rnn(module: Module, source: str, options: LayerOptions, **words: Any) -> Reads:
    def read(parts: Parts, rest: Tree, state: State, inputs: Array, key: Array = None) -> Read:
        more = {"initial_carry": state, "return_carry": True, "time_major": True, **words}
        (state, outputs), rest = _called(module, parts, rest, key, inputs, **more)
        return Read(outputs, state, rest)

    return read


def _padded(module: Module, source: str, options: LayerOptions) -> Reads:
    def read(parts: Parts, rest: Tree, state: State, inputs: Array, lengths: Array) -> Read:
        told = _rnn(module, source, options, seq_lengths=lengths)
        return told(parts, rest, state, inputs)

    return read


def _sequence(module: Module, source: str, options: LayerOptions) -> Reads:
    def read(parts: Parts, rest: Tree, state: State, inputs: Array, key: Array = None) -> Read:
        word = state_word(module.__call__)
        more = {word: state} if word else {}
        result, rest = _called(module, parts, rest, key, turned(inputs, options), **more)
        outputs, state = parted(source, result, options)
        return Read(turned(outputs, options), state if word else None, rest)

    return read
