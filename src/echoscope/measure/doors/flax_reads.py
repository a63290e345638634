"""How a module of Flax NNX reads a whole [time, batch, features]."""

from typing import Any, NamedTuple

from flax import nnx

from echoscope.measure.doors.calls import mode_words, parted, state_word, turned
from echoscope.measure.doors.reads import Read, Reads
from echoscope.measure.in_jax.functions import scanned
from echoscope.measure.in_jax.trees import Array, Module, Parts, Tree
from echoscope.measure.layer.base import State
from echoscope.measure.layer.options import LayerOptions


class Taken(NamedTuple):
    """What is no array of a module: its structure and the width that it was made for."""

    graph: Any
    input_size: int

    def module(self, parts: Parts, rest: Tree, training: bool = False) -> Module:
        """The module itself, of these arrays."""
        module = nnx.merge(self.graph, parts.weights, rest)
        if training:
            module.train()
        return module


def after(itself: Module) -> Tree:
    """The arrays of a module that are no weights, as they are now."""
    return nnx.as_pure(nnx.state(itself, nnx.Not(nnx.Param)))


def cell(source: str, options: LayerOptions, training: bool = False) -> Reads:
    """By a cell, step by step; what it keeps to itself goes on from step to step."""

    def read(parts: Parts, rest: Tree, state: State, inputs: Array) -> Read:
        def step(_: Tree, carried: Tree, at: Array) -> tuple[Tree, Array]:
            state, rest = carried
            itself = parts.static.module(parts, rest, training)
            result = itself(state, at, **mode_words(itself.__call__, training))
            outputs, state = parted(source, result, options, "state_output")
            return (state, after(itself)), outputs

        outputs, (state, rest) = scanned(step, source)(None, (state, rest), inputs)
        return Read(outputs, state, rest)

    return read


def rnn(training: bool = False) -> Reads:
    """By an `nnx.RNN`, told lengths where they are known."""

    def read(
        parts: Parts, rest: Tree, state: State, inputs: Array, lengths: Array | None = None
    ) -> Read:
        itself = parts.static.module(parts, rest, training)
        state, outputs = itself(
            inputs, initial_carry=state, seq_lengths=lengths, return_carry=True, time_major=True
        )
        return Read(outputs, state, after(itself))

    return read


def sequence(source: str, options: LayerOptions, training: bool = False) -> Reads:
    """By a module of whole sequences."""

    def read(parts: Parts, rest: Tree, state: State, inputs: Array) -> Read:
        itself = parts.static.module(parts, rest, training)
        word = state_word(itself.__call__)
        words = mode_words(itself.__call__, training) | ({word: state} if word else {})
        outputs, state = parted(source, itself(turned(inputs, options), **words), options)
        return Read(turned(outputs, options), state if word else None, after(itself))

    return read
