"""A layer of JAX as pure functions over trees, and how they are compiled."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
from jax import lax

from echoscope.errors import SettingError
from echoscope.measure.in_jax.trees import Array, Tree, forms_differ
from echoscope.measure.layer.base import State

# What is run a few times compiles three times as fast without what XLA does for long trainings.
QUICKLY = {
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
    "xla_backend_optimization_level": 0,
}


class Functions(NamedTuple):
    """A layer as its door has it, all pure, over trees of any form.

    `init(key, input_size)` gives its weights, or `Parts` with what else it is made of; where it is
    `on_host`, it takes a seed for the key and is not traced. `initial_state(weights, batch_size)`
    is its initial state. `apply(weights, state, inputs)` reads [time, batch, features] and gives
    outputs and the next state, by the form that trains. `train(weights, state, inputs, key)` is the
    same in training mode, `padded(weights, state, inputs, lengths)` the same told how long each row
    is, and `twice(weights, inputs)` the outputs of two calls of one module in a row; None where the
    layer has no such thing.
    """

    init: Callable[[Tree, int], Tree]
    initial_state: Callable[[Tree, int], State]
    apply: Callable[[Tree, State, Array], tuple[Array, State]]
    train: Callable[[Tree, State, Array, jax.Array], tuple[Array, State]] | None = None
    padded: Callable[[Tree, State, Array, Tree], tuple[Array, State]] | None = None
    twice: Callable[[Tree, Array], tuple[Tree, Array]] | None = None
    on_host: bool = False


def compiled(function: Callable[..., Tree], static: int | None = None) -> Tree:
    """A function compiled for being run a few times; anew for each value of argument `static`."""
    return jax.jit(function, static_argnums=static, compiler_options=QUICKLY)


def scanned(
    step: Callable[[Tree, State, Array], tuple[State, Array]], source: str = "step"
) -> Tree:
    """The `apply` of a layer that has only a step(weights, state, inputs) -> (state, outputs)."""

    def apply(weights: Tree, state: State, inputs: Array) -> tuple[Array, State]:
        if jax.tree.leaves(inputs)[0].shape[0]:
            first = jax.tree.map(lambda part: part[0], inputs)
            after, _ = jax.eval_shape(partial(step, weights), state, first)
            differs = forms_differ(state, after)
            if differs:
                raise SettingError(
                    f"{source} gives back another state than it takes ({differs}; inputs are"
                    " float32): let it give the state in the form that it begins with, and say"
                    " carry where the order of what it gives is another."
                )
        state, outputs = lax.scan(partial(step, weights), state, inputs)
        return outputs, state

    return apply
