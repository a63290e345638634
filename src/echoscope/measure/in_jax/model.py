"""A layer behind a door of JAX as a model, which the compiled engine trains."""

from typing import Protocol

import jax
import numpy as np

from echoscope.measure.in_jax.functions import Functions
from echoscope.measure.in_jax.trees import Array, Named, Tree
from echoscope.measure.layer.base import State, Weights
from echoscope.measure.lift import LIFT, lift
from echoscope.models.base import Generator, SequenceLayer


class Opened(Protocol):
    """What a model needs of a layer behind a door of JAX."""

    @property
    def functions(self) -> Functions:
        """What it computes."""
        ...

    @property
    def fixed(self) -> int | None:
        """The only width that it reads, None if it takes any."""
        ...

    @property
    def tried(self) -> bool:
        """Whether nothing said that width, so that it was tried."""
        ...

    def form_at(self, input_size: int) -> Named:
        """Its weights' names where it reads this width."""
        ...

    def made(self, seed: int, input_size: int) -> Tree:
        """Its weights as the door has them."""
        ...


def sequence_layer(layer: Opened) -> SequenceLayer:
    """A layer as a middle part of a model; one that reads another width has its inputs brought to
    that by a matrix of its own. Its initial state depends on its weights, and so is made where
    these are known: till then it is none.
    """

    def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
        size = layer.fixed or input_size
        form = layer.form_at(size)
        if rng is None:
            weights = {
                name: np.broadcast_to(np.float32(0), np.shape(array))
                for name, array in form.flat(form.template).items()
            }
        else:
            weights = jax.tree.map(
                np.asarray, form.flat(layer.made(int(rng.integers(2**31)), size))
            )
        return weights | lift(rng, input_size, layer.fixed, layer.tried)

    def apply(weights: Weights, state: State, inputs: Array, present: Array) -> tuple[Array, State]:
        if LIFT in weights:
            inputs = inputs @ weights[LIFT]
        tree = layer.form_at(inputs.shape[-1]).tree(weights)
        if not jax.tree.leaves(state):  # none, or that of a layer which carries none
            state = layer.functions.initial_state(tree, inputs.shape[1])
        return layer.functions.apply(tree, state, inputs)

    def initial_state(units: int, batch_size: int, time_steps: int) -> State:
        return ()

    return SequenceLayer(init, initial_state, apply, skips_initial=True)
