"""Readouts: from a layer's outputs to predictions, said once for all layers.

`last` predicts all targets from the outputs at the window's end; `all` one set of targets at every
time step; `decoder` repeats the last outputs to a second LSTM, which predicts one target a step.
Source of `decoder`: the repeat-vector encoder-decoder of the tutorials; Sutskever et al. 2014 and
Cho et al. 2014 for the idea.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp

from echoscope.models import dense, stack
from echoscope.models.base import Generator, Outputs, Sizes, State, Values, Weights
from echoscope.models.encoders import ENCODINGS
from echoscope.models.initializers import dense_weights
from echoscope.models.recurrent import cell, lstm


class Readout(NamedTuple):
    """`init(rng, sizes)` gives its weights, `initial_state(sizes, batch_size)` its initial
    state, and `apply(weights, state, outputs, sizes)` values [batch, targets, outputs] from a
    layer's outputs [time, batch, width], and the next state.
    """

    init: Callable[[Generator, Sizes], Weights]
    initial_state: Callable[[Sizes, int], State]
    apply: Callable[[Weights, State, Outputs, Sizes], tuple[Values, State]]


def _dense(rng: Generator, sizes: Sizes) -> Weights:
    outputs = sizes.target_count * ENCODINGS[sizes.encoding].outputs(sizes)
    return stack.named("readout", dense_weights(rng, sizes.width, outputs))


def _none(sizes: Sizes, batch_size: int) -> State:
    return ()


def _last(weights: Weights, state: State, outputs: Outputs, sizes: Sizes) -> tuple[Values, State]:
    return dense.vector(weights, stack.last(outputs, sizes), sizes.target_count), ()


def _all(weights: Weights, state: State, outputs: Outputs, sizes: Sizes) -> tuple[Values, State]:
    return dense.each(weights, outputs, sizes.target_count), ()


def _decoder(rng: Generator, sizes: Sizes) -> Weights:
    layer = lstm.LAYER.init(rng, sizes.width, sizes.units, sizes.target_count)
    outputs = ENCODINGS[sizes.encoding].outputs(sizes)
    return stack.named("decoder", layer) | stack.named(
        "readout", dense_weights(rng, sizes.units, outputs)
    )


def _decoder_state(sizes: Sizes, batch_size: int) -> State:
    return lstm.LAYER.initial_state(sizes.units, batch_size, sizes.target_count)


def _decode(weights: Weights, state: State, outputs: Outputs, sizes: Sizes) -> tuple[Values, State]:
    """The code is the same at every time step, so it is multiplied by the kernel once."""
    decoder = stack.of("decoder", weights)
    code = stack.last(outputs, sizes) @ decoder["kernel"] + decoder["bias"]
    repeated = jnp.repeat(code[None], sizes.target_count, axis=0)
    decoded, state = cell.over(lstm.CELL, decoder, state, repeated, None)
    return dense.each(weights, decoded, 1), state


READOUTS = {
    "last": Readout(_dense, _none, _last),
    "all": Readout(_dense, _none, _all),
    "decoder": Readout(_decoder, _decoder_state, _decode),
}
