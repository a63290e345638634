"""What a model is made of: an encoder, a sequence layer, a readout. All are functions of their
weights, nothing else.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

Weights = dict[str, Any]  # arrays by name, as they stand in a run's safetensors file
# what a model carries from one sample to the next: a tree of arrays [batch, ...], or None for the
# initial state
State = Any
Inputs = Int[Array, "batch time *columns"]
Values = Float[Array, "batch targets outputs"]
Features = Float[Array, "time batch features"]
Outputs = Float[Array, "time batch units"]
Present = Bool[Array, "time batch"] | None  # False at a gap, which state passes over; None: no gaps
Generator = np.random.Generator | None  # none: zeros of the same shapes, which take no memory

NO_GAPS, MASKED, MARKED = "none", "masked", "marked"


class Sizes(NamedTuple):
    """How large a model is and how its inputs are encoded: all that it is told besides its weights.

    `vocab_size` symbols in and out, `units` of memory, `target_count` predictions at once,
    `time_steps` of a window, `layers` one above the other, `bidirectional` or read one
    way. `gaps` are none, masked (the symbol -1, which state passes over) or marked (one more
    symbol, of the number `vocab_size`). Where several `columns` are read at a time step, these are
    the symbols that each has, `vocab_size` the most of them, and `predicted` the places of those
    that are predicted.
    """

    vocab_size: int
    units: int
    target_count: int
    time_steps: int
    encoding: str = "one-hot"
    layers: int = 1
    bidirectional: bool = False
    gaps: str = NO_GAPS
    columns: tuple[int, ...] = ()
    predicted: tuple[int, ...] = (0,)

    @property
    def input_vocab_size(self) -> int:
        """Symbols that can be read, the mark of a gap among them."""
        return self.vocab_size + (self.gaps == MARKED)

    @property
    def width(self) -> int:
        """Numbers that the uppermost layer hands on."""
        return self.units * (2 if self.bidirectional else 1)


class OneHot(NamedTuple):
    """One-hot vectors [..., size] that are never made: only the index of each one is there.

    A one-hot vector times a matrix is a row of that matrix. Where there are several `columns`,
    their vectors stand side by side: the last axis of the symbols is that of the columns, the
    symbols of each counted from where it begins, and -1 where one is missing. A vector times a
    matrix is then the sum of several rows.
    """

    symbols: Int[Array, "*shape"]
    size: int
    columns: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the vectors would have."""
        shape = self.symbols.shape[:-1] if self.columns else self.symbols.shape
        return (*shape, self.size)

    def vectors(self) -> Float[Array, "*shape size"]:
        """The vectors themselves; of a symbol below 0, zeros."""
        ones = (self.symbols[..., None] == jnp.arange(self.size)).astype(jnp.float32)
        return ones.sum(-2) if self.columns else ones

    def from_place(self, begins: Int[Array, " time"]) -> "OneHot":
        """The same counted from another row of a matrix at each time step, the first axis."""
        begin = begins.reshape(-1, *[1] * (self.symbols.ndim - 1))
        moved = self.symbols + begin
        kept = jnp.where(self.symbols < 0, self.symbols, moved) if self.columns else moved
        return self._replace(symbols=kept)

    def times(self, matrix: Float[Array, "size width"]) -> Float[Array, "*shape width"]:
        """The vectors times a matrix."""
        if not self.columns:
            return matrix[self.symbols]
        rows = jnp.where(self.symbols[..., None] < 0, 0, matrix[self.symbols])
        return rows.sum(-2)


Vectors = Array | OneHot  # of symbols as a layer reads them [..., features]


class SequenceLayer(NamedTuple):
    """A layer over time: everything in which an LSTM differs from a state-space layer or attention.

    `init(rng, input_size, units, time_steps)` gives its weights by name. `initial_state(units,
    batch_size, time_steps)` is its initial state, a tree of arrays [batch, ...].
    `apply(weights, state, inputs, present)` reads inputs [time, batch, features] and gives outputs
    [time, batch, units] and the next state, so that a window read in parts, each from the state
    that the one before left, gives what the whole window gives. Where `present` [time, batch] is
    False, the state stays as it was, and the outputs do not count: those of the step before are
    used, unless the layer `holds` its outputs there itself.

    Two hooks make a layer fast, and are left out by one that does without. With `one_hot` its
    inputs may be `OneHot`, whose product with a matrix gathers rows; without it they are always an
    array. With `skips_initial` a state of None is the initial one. `fixed` names the weights that
    no gradient reaches, which stay as they were drawn and are no parameters.
    """

    init: Callable[[Generator, int, int, int], Weights]
    initial_state: Callable[[int, int, int], State]
    apply: Callable[[Weights, State, Vectors, Present], tuple[Outputs, State]]
    one_hot: bool = False
    skips_initial: bool = False
    holds: bool = False
    fixed: tuple[str, ...] = ()


def affine(
    inputs: Vectors, kernel: Float[Array, "features units"], bias: Float[Array, " units"]
) -> Float[Array, "*shape units"]:
    """Inputs times a kernel, plus a bias."""
    if not isinstance(inputs, OneHot):
        return inputs @ kernel + bias
    if inputs.columns or len(kernel) >= inputs.symbols.size:
        return inputs.times(kernel) + bias
    # A sum over the fewer of the two, also in the gradient of the bias.
    return inputs.times(kernel + bias)


class Model(NamedTuple):
    """`init(rng, sizes)` gives first weights, and without a generator zeros of their shapes that
    take no memory. `apply(weights, state, inputs, sizes)` gives its outputs as numbers [batch,
    targets, outputs], which the encoding reads, and the next state; the state None is the initial
    one. `initial_state(sizes, batch_size)` is that state as arrays.
    """

    init: Callable[[Generator, Sizes], Weights]
    apply: Callable[[Weights, State, Inputs, Sizes], tuple[Values, State]]
    initial_state: Callable[[Sizes, int], State]
