"""What a model is: functions of its weights, nothing else."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

Weights = dict[str, Any]  # arrays by name, as they stand in the record's safetensors file
State = Any  # what a model carries from one sample to the next: arrays [batch, units], or None at rest
Heard = Int[Array, "batch time"]
Logits = Float[Array, "batch answers symbols"]


class Sizes(NamedTuple):
    """How large a model is: `symbols` in and out, `units` of memory, `answers` said at once, `heard` steps a window."""

    symbols: int
    units: int
    answers: int
    heard: int


class Model(NamedTuple):
    """A model is `init` and `apply`, and the same equations one symbol at a time for streaming.

    `init(rng, sizes)` gives first weights. `apply(weights, state, heard, answers)` gives logits
    [batch, answers, symbols] and the next state; the state None is rest. `rest(sizes, batch)` is that state in zeros.
    `step(weights, state, symbol, answers)` hears one symbol [batch] and gives what the model would say if its window
    ended there, and the state from which it hears the next.
    """

    init: Callable[[np.random.Generator, Sizes], Weights]
    apply: Callable[[Weights, State, Heard, int], tuple[Logits, State]]
    rest: Callable[[Sizes, int], State]
    step: Callable[[Weights, State, Int[Array, " batch"], int], tuple[Logits, State]]
