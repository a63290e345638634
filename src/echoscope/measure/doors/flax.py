"""The door for Flax NNX: a cell, an `RNN`, or a module of whole sequences.

A cell is what has `initialize_carry` and gives (carry, outputs); a module of whole sequences reads
[batch, time, features]. What is no `nnx.Param` is no weight: it is carried from time step to time
step of one call, as `nnx.RNN` does, and begins anew with the next.
"""

from collections.abc import Callable

import flax
import jax
from flax import nnx

from echoscope.errors import SettingError
from echoscope.measure.doors import flax_reads
from echoscope.measure.doors.calls import mode_words, needed, refuse_many, state_word
from echoscope.measure.doors.flax_reads import Taken
from echoscope.measure.doors.reads import Read, Reads, functions_of
from echoscope.measure.in_jax.check import checked, seen_once
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.in_jax.trees import Array, Module, Parts, Tree, reseeded
from echoscope.measure.layer.base import State
from echoscope.measure.layer.construct import call, identity_of, maker
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.layer.source import Named

MODES = ("deterministic", "use_running_average")  # attributes that say whether a module trains


def opened(known: Named, options: LayerOptions, input_size: int) -> JaxLayer:
    """The layer of an NNX module, its class or a factory. Raises `SettingError` where it has more
    inputs than one, or cannot be made.
    """
    if known.thing in (nnx.RNN, nnx.Bidirectional):
        raise SettingError(
            f"{known.source} needs a cell: name a function instead, such as"
            " def make(in_features, units, rngs): return"
            " nnx.RNN(nnx.GRUCell(in_features, units, rngs=rngs))."
        )
    recipe = maker(known, options)
    module, fixed = seen_once(
        lambda: recipe.make(input_size, rngs=nnx.Rngs(0), key=jax.random.key(0), seed=0)
    )

    def init(key: jax.Array, input_size: int) -> Parts:
        made = recipe.make(input_size, rngs=nnx.Rngs(key), key=key, seed=0).layer
        made = nnx.clone(made)  # an instance of the person's own stays as it is
        made.eval()
        graph, weights, rest = nnx.split(made, nnx.Param, ...)
        return Parts(nnx.as_pure(weights), nnx.as_pure(rest), Taken(graph, input_size))

    kind = _kind(module, known.source)
    read, in_training = (_reads(kind, known.source, options, mode) for mode in (False, True))

    def train(parts: Parts, rest: Tree, state: State, inputs: Array, key: jax.Array) -> Read:
        return in_training(parts, reseeded(rest, key), state, inputs)

    functions = functions_of(
        read,
        init,
        _begins(kind, known.source),
        train=train if _has_modes(module) else None,
        padded=read if kind == RNN else None,
    )
    framework, door = f"flax {flax.__version__}", f"Flax NNX {kind}"
    identity = identity_of(known, options, type(module), framework, door, recipe.fresh)
    hands = kind != MODULE or state_word(module.__call__) is not None
    return checked(JaxLayer(identity, functions, input_size, fixed, hands))


RNN, CELL, MODULE = "RNN", "cell", "module"


def _kind(module: Module, source: str) -> str:
    if isinstance(module, nnx.RNN):
        return RNN
    if callable(getattr(module, "initialize_carry", None)):
        return CELL
    names = needed(module.__call__)
    if len(names) > 1 and names[1:] != [state_word(module.__call__)]:
        refuse_many(source, names)
    return MODULE


def _reads(kind: str, source: str, options: LayerOptions, training: bool) -> Reads:
    if kind == RNN:
        return flax_reads.rnn(training)
    read = flax_reads.cell if kind == CELL else flax_reads.sequence
    return read(source, options, training)


def _has_modes(module: Module) -> bool:
    """Whether any part of it is told that it trains, by an attribute or by its call."""
    parts = [part for _, part in nnx.iter_modules(module)]
    attributes = any(hasattr(part, mode) for part in parts for mode in MODES)
    return attributes or bool(mode_words(module.__call__, True))


def _begins(kind: str, source: str) -> Callable[[Parts, int], State]:
    """How its state begins; None where a call itself makes it."""

    def initial_state(parts: Parts, batch_size: int) -> State:
        if kind == MODULE:
            return None
        itself = parts.static.module(parts, parts.rest)
        shape = (batch_size, parts.static.input_size)
        known = {"input_shape": shape, "batch_size": batch_size, "rngs": nnx.Rngs(0)}
        cell = itself.cell if kind == RNN else itself
        return call(f"{source}'s initialize_carry", cell.initialize_carry, **known)

    return initial_state
