"""What a model is: functions of its weights, nothing else."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

Weights = dict[str, Any]  # arrays by name, as they stand in the run's safetensors file
# what a model carries from one sample to the next: a tree of arrays [batch, ...], or None in the
# initial state
State = Any
Inputs = Int[Array, "batch time"]
Values = Float[Array, "batch targets outputs"]

NO_GAPS, MASKED, MARKED = "none", "masked", "marked"


class Sizes(NamedTuple):
    """How large a model is and how it reads: all that a model is told besides its weights.

    `vocab_size` in and out, `units` of memory, `targets` said at once, `inputs` steps a window,
    `layers` one above the other, `both` directions or one. `gaps` are none, masked (the symbol -1,
    which state passes over) or marked (one more symbol, of the number `vocab_size`).
    """

    vocab_size: int
    units: int
    target_count: int
    time_steps: int
    encoding: str = "one-hot"
    layers: int = 1
    both: bool = False
    gaps: str = NO_GAPS

    @property
    def kinds(self) -> int:
        """Symbols that can be read, the mark of a gap among them."""
        return self.vocab_size + (self.gaps == MARKED)

    @property
    def width(self) -> int:
        """Numbers that the uppermost layer hands on."""
        return self.units * (2 if self.both else 1)


class Model(NamedTuple):
    """A model is `init` and `apply`, and the same equations one symbol at a time for streaming.

    `init(rng, sizes)` gives first weights, and without a generator zeros of their shapes that take
    no memory. `apply(weights, state, inputs, sizes)` gives what it says as numbers [batch, targets,
    outputs], which the encoding reads, and the next state; the state None is rest. `rest(sizes,
    batch)` is that state in zeros. `step(weights, state, symbol, sizes)` reads one symbol [batch]
    and gives what the model would say if its window ended there, and the state from which it reads
    the next.
    """

    init: Callable[[np.random.Generator | None, Sizes], Weights]
    apply: Callable[[Weights, State, Inputs, Sizes], tuple[Values, State]]
    initial_state: Callable[[Sizes, int], State]
    step: Callable[[Weights, State, Int[Array, " batch"], Sizes], tuple[Values, State]]
