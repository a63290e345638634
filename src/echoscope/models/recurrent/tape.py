"""Tapes: what every step of a window leaves for the way back, an entry a step, in order of time.

There are two kinds, with the same three methods. Where a window is written out step by step, a tape
is its entries: XLA fuses across them, and would slice one array again for every use. Where it is
looped over, a tape is one array that is written in place.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

# An entry: an array, or several that come to lie side by side. Those are written each to its place
# where the window is looped over, so that XLA computes them there; it asks for each number of a
# concatenation which part it is of.
Part = Array | tuple[Array, ...]


def beside(part: Part) -> Array:
    """A part in one array."""
    return jnp.concatenate(part, axis=-1) if isinstance(part, tuple) else part


class Entries(NamedTuple):
    """A tape of a window that is written out: None where nothing is written yet."""

    entries: tuple[Any, ...]

    def at(self, t: int) -> Any:
        """The entry of a step."""
        return self.entries[t]

    def put(self, t: int, entry: Part) -> "Entries":
        """The tape with the entry of a step."""
        return Entries((*self.entries[:t], beside(entry), *self.entries[t + 1 :]))

    def whole(self, first: int = 0, last: int | None = None) -> Array:
        """The entries from `first` to before `last`, in one array."""
        return jnp.stack(self.entries[first:last])


class Stacked(NamedTuple):
    """A tape of a window that is looped over, where a step is a number that XLA knows later."""

    array: Array

    def at(self, t: Any) -> Array:
        """The entry of a step."""
        if isinstance(t, int):
            return self.array[t]
        return lax.dynamic_index_in_dim(self.array, t, keepdims=False, allow_negative_indices=False)

    def put(self, t: Any, entry: Part) -> "Stacked":
        """The tape with the entry of a step."""
        tape, place = self.array, 0
        for array in entry if isinstance(entry, tuple) else (entry,):
            start = (t, 0, place)
            tape = lax.dynamic_update_slice(tape, array[None], start, allow_negative_indices=False)
            place += array.shape[-1]
        return Stacked(tape)

    def whole(self, first: int = 0, last: int | None = None) -> Array:
        """The entries from `first` to before `last`, in one array."""
        return self.array[first:last]


Tape = Entries | Stacked
