"""How a module that was taken apart reads: what the doors of modules have in common."""

from collections.abc import Callable
from typing import Any, NamedTuple

from echoscope.measure.in_jax.functions import Functions
from echoscope.measure.in_jax.trees import Array, Parts, Tree
from echoscope.measure.layer.base import State


class Read(NamedTuple):
    """What a read gave: outputs [time, batch, width], the state that the module hands over, and its
    arrays that are no weights, as they are now.
    """

    outputs: Array
    state: State
    rest: Tree


Reads = Callable[..., Read]  # (parts, rest, state, inputs [time, batch, features], ...)


def functions_of(
    read: Reads,
    init: Callable[[Any, int], Parts],
    initial_state: Callable[[Parts, int], State],
    train: Reads | None = None,
    padded: Reads | None = None,
    on_host: bool = False,
) -> Functions:
    """The functions of a module. Whatever it keeps to itself begins anew with each call, and goes
    on in the second of `twice`. `train` is handed a key, `padded` lengths.
    """

    def pure(read: Reads) -> Callable[..., tuple[Array, State]]:
        def handed(parts: Parts, state: State, inputs: Array, *more: Any) -> tuple[Array, State]:
            return read(parts, parts.rest, state, inputs, *more)[:2]

        return handed

    def twice(parts: Parts, inputs: Array) -> tuple[Tree, Array]:
        state = initial_state(parts, inputs.shape[1])
        first = read(parts, parts.rest, state, inputs)
        return first.outputs, read(parts, first.rest, state, inputs).outputs

    return Functions(
        init,
        initial_state,
        apply=pure(read),
        train=pure(train) if train else None,
        padded=pure(padded) if padded else None,
        twice=twice,
        on_host=on_host,
    )
