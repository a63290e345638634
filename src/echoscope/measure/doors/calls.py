"""How a module is called: the words that its signature has for what a measurement hands it."""

import inspect
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from echoscope.errors import SettingError, listed
from echoscope.measure.in_jax.trees import Array
from echoscope.measure.layer.base import State
from echoscope.measure.layer.construct import STATES
from echoscope.measure.layer.given import no_outputs
from echoscope.measure.layer.options import TIME_FIRST, LayerOptions

# How modules are told that they train.
TRAINS = ("training", "train", "is_training")
DETERMINISTIC = ("deterministic", "inference", "use_running_average")


def positional(function: Callable[..., object]) -> list[inspect.Parameter]:
    """The arguments that are handed over by place, without self."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p for p in inspect.signature(function).parameters.values() if p.kind in kinds]


def needed(function: Callable[..., object]) -> list[str]:
    """Those of them that have no default."""
    return [p.name for p in positional(function) if p.default is p.empty]


def state_word(function: Callable[..., object]) -> str | None:
    """The name of the argument for the state that a sequence module may be handed; None without."""
    names = set(inspect.signature(function).parameters)
    return next((name for name in STATES if name in names), None)


def mode_words(function: Callable[..., object], training: bool) -> dict[str, bool]:
    """How a call is told whether it trains, by the words of its signature."""
    names = inspect.signature(function).parameters
    words = dict.fromkeys(TRAINS, training) | dict.fromkeys(DETERMINISTIC, not training)
    return {name: value for name, value in words.items() if name in names}


def parted(
    source: str, result: Array, options: LayerOptions, usual: str | None = None
) -> tuple[Array, State]:
    """The outputs and the state that a module gave: as `carry` says, else as is `usual` in its
    framework. What is no pair is outputs alone.

    Raises `SettingError` for a pair of which nobody has said what it is.
    """
    if not isinstance(result, tuple | list):
        return array_of(source, result), None
    order = options.carry or usual
    if order is None or len(result) != 2:
        raise SettingError(
            f"{source} gives {len(result)} things: let it give two, and say carry=output_state or"
            " carry=state_output, or carry=hc or carry=ch where both are handed on."
        )
    first, second = result
    if order in ("hc", "ch"):
        return array_of(source, first if order == "hc" else second), result
    outputs, state = (first, second) if order == "output_state" else (second, first)
    return array_of(source, outputs), state


def array_of(source: str, outputs: Array) -> Array:
    """The outputs, if they are an array. Raises `SettingError` for nothing, a dict, a list."""
    if not hasattr(outputs, "dtype"):
        raise no_outputs(source, outputs)
    return outputs


def turned(inputs: Array, options: LayerOptions) -> Any:
    """[time, batch, ...] as a module of batches reads it, and back again: these have the batch
    first, unless `layout` says otherwise.
    """
    whole = options.layout == TIME_FIRST or inputs.ndim < 3
    return inputs if whole else jnp.swapaxes(inputs, 0, 1)


def refuse_many(source: str, names: list[str]) -> None:
    """Say that a module needs more than its inputs."""
    raise SettingError(
        f"{source} is called with {listed(names)}, and nothing says how its state begins: give it"
        " initialize_carry or initial_state, or wrap it in a module that is called with its inputs."
    )
