"""What a model is: functions of its weights, nothing else."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

Weights = dict[str, Any]  # arrays by name, as they stand in the record's safetensors file
# what a model carries from one sample to the next: a tree of arrays [batch, ...], or None at rest
State = Any
Heard = Int[Array, "batch time"]
Values = Float[Array, "batch answers outputs"]

UNHEARD, MASKED, MARKED = "none", "masked", "marked"


class Sizes(NamedTuple):
    """How large a model is and how it hears: all that a model is told besides its weights.

    `symbols` in and out, `units` of memory, `answers` said at once, `heard` steps a window,
    `layers` one above the other, `both` directions or one. `gaps` are none, masked (the symbol -1,
    which state passes over) or marked (one more symbol, of the number `symbols`).
    """

    symbols: int
    units: int
    answers: int
    heard: int
    encoding: str = "one-hot"
    layers: int = 1
    both: bool = False
    gaps: str = UNHEARD

    @property
    def kinds(self) -> int:
        """Symbols that can be heard, the mark of a gap among them."""
        return self.symbols + (self.gaps == MARKED)

    @property
    def width(self) -> int:
        """Numbers that the uppermost layer hands on."""
        return self.units * (2 if self.both else 1)


class Model(NamedTuple):
    """A model is `init` and `apply`, and the same equations one symbol at a time for streaming.

    `init(rng, sizes)` gives first weights, and without a generator zeros of their shapes that take
    no memory. `apply(weights, state, heard, sizes)` gives what it says as numbers [batch, answers,
    outputs], which the encoding reads, and the next state; the state None is rest. `rest(sizes,
    batch)` is that state in zeros. `step(weights, state, symbol, sizes)` hears one symbol [batch]
    and gives what the model would say if its window ended there, and the state from which it hears
    the next.
    """

    init: Callable[[np.random.Generator | None, Sizes], Weights]
    apply: Callable[[Weights, State, Heard, Sizes], tuple[Values, State]]
    rest: Callable[[Sizes, int], State]
    step: Callable[[Weights, State, Int[Array, " batch"], Sizes], tuple[Values, State]]
