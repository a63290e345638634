"""The baselines by name, and how many numbers one of so many units has and carries.

A layer that only mixes time steps, as attention does, is two blocks here (`models/block.py`), with
a short convolution and without. Those are no models that a setting names: whoever compares layers
registers them by `layer`.
"""

from functools import cache
from typing import NamedTuple

import jax

from echoscope.errors import SettingError, alternatives
from echoscope.models.attention.causal import MIXER
from echoscope.models.base import SequenceLayer
from echoscope.models.block import blocks
from echoscope.registry import layer_of, register_layer

CELLS = ("lstm", "gru", "rnn", "lstm-torch", "lstm-flax")
MIXERS = ("attention", "lru", "min-gru", "selective", "delta")
FLOORS = ("convolution", "tcn", "echo-state", "ring")  # what holds without having learned to
BLOCKS, CONVOLVED = "-blocks", "-blocks+conv"
NAMES = (*CELLS, *(name + form for name in MIXERS for form in (BLOCKS, CONVOLVED)), *FLOORS)
SYMBOLS, WINDOW = 10, 24  # read one-hot, in windows of so many time steps


class Size(NamedTuple):
    """How large a layer is: numbers that are trained, and numbers that are carried."""

    parameters: int
    state_size: int


@cache
def layer(name: str) -> SequenceLayer:
    """A baseline's layer, which from then on is a model of its name.

    Raises `SettingError` for another name.
    """
    if name not in NAMES:
        raise SettingError(f"baseline {name} is not there: {alternatives(name, NAMES)}")
    mixer = name.removesuffix(CONVOLVED).removesuffix(BLOCKS)
    if mixer == name:
        return layer_of(name)
    inner = MIXER if mixer == "attention" else layer_of(mixer)
    whole = blocks(inner, convolution=name.endswith(CONVOLVED))
    register_layer(name, whole, listed=False)
    return whole


@cache
def size(name: str, units: int, symbols: int = SYMBOLS, window: int = WINDOW) -> Size:
    """A baseline's size: without the readout; attention's cache is that of a window.

    >>> size("lstm", 32)
    Size(parameters=5504, state_size=64)
    """
    known = layer(name)
    weights = known.init(None, symbols, units, window)
    trained = [array.size for part, array in weights.items() if part not in known.fixed]
    state = jax.eval_shape(lambda: known.initial_state(units, 1, window))
    doubled = [
        leaf.size * (2 if leaf.dtype == "complex64" else 1) for leaf in jax.tree.leaves(state)
    ]
    return Size(sum(trained), sum(doubled))
