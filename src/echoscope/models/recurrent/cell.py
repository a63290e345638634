"""A recurrent layer over a whole window, with a derivative written by hand.

A layer says what happens between two products with its recurrent weights, and its derivative
(`Cell`). Two things make that fast where automatic differentiation is not: the gradient of the
recurrent weights is one large product after the loop instead of one a step; and what a step leaves
is written in place (`in_place` says how).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

from echoscope.models.base import Generator, Present, SequenceLayer, Weights, affine
from echoscope.models.recurrent.tape import Entries, Part, Stacked, Tape, beside
from echoscope.process import xla

# windows up to this are written out step by step: faster for the short ones, slower for the long
UNROLLED = 8

Hidden = Float[Array, "batch units"]
State = tuple[Hidden, ...]  # the hidden state first
Projected = Float[Array, "time batch gates"]
Steps = Float[Array, "time batch units"]
Kept = tuple[Float[Array, "batch _kept"], ...]
Written = tuple[Part, ...]


class Cell(NamedTuple):
    """One step of a layer whose state has `parts` arrays, and its derivative.

    `forward(recalled, inputs, state)` gives the next state and what is kept, the first of it as
    wide as `inputs`. These are the symbol's gates, `recalled` the hidden state's (the product with
    the recurrent weights, plus their bias). `backward(kept, before, state, gradient)`, from
    the gradient of the state, gives what is left, as wide as what was kept, the
    gradient of `inputs` first; and the gradient of the state before, but for what comes through
    `recalled`. `recalled(left)` is the gradient of `recalled`. Of what is kept and left, a part may
    be several arrays side by side, as a tuple.
    """

    parts: int
    forward: Callable[[Array, Array, State], tuple[State, Written]]
    backward: Callable[[Kept, State, State, State], tuple[Written, State]]
    recalled: Callable[[tuple[Any, ...]], Any] = lambda left: left[0]

    def initial_state(self, units: int, batch: int) -> State:
        """Every part of the state in zeros."""
        return (jnp.zeros((batch, units)),) * self.parts


def automatic(parts: int, step: Callable[[Array, Array, State], State]) -> Cell:
    """The cell of a layer that says one step only: `step(recalled, inputs, state)` gives the next
    state.

    Its derivative is JAX's, of one step at a time, which computes the step once more. It costs a
    new layer nothing to write; one that is used much is faster by hand.
    """

    def forward(recalled: Array, inputs: Array, state: State) -> tuple[State, Kept]:
        return step(recalled, inputs, state), (inputs, recalled)

    def backward(kept: Kept, before: State, state: State, gradient: State) -> tuple[Kept, State]:
        inputs, recalled = kept
        d_recalled, d_inputs, d_before = jax.vjp(step, recalled, inputs, before)[1](gradient)
        return (d_inputs, d_recalled), d_before

    return Cell(parts, forward, backward, lambda left: left[1])


def in_place(count: int) -> bool:
    """Whether a step of a window writes onto the tape that it reads, which takes a tenth less time
    than to another one. With multi-output fusion XLA does both in one pass; without, it would copy
    the whole tape each step.
    """
    return count > UNROLLED and xla.fuses_outputs()


def _loop(count: int, step: Callable[[Any, Any], Any], carry: Any) -> Any:
    """`step(t, carry)` gives the next carry; `t` is a number where the loop is written out."""
    if count > UNROLLED:
        return lax.fori_loop(0, count, step, carry)
    for t in range(count):
        carry = step(t, carry)
    return carry


def passed(present: Bool[Array, " batch"], following: State, state: State) -> State:
    """The following state, or the one before where the step is a gap."""
    return jax.tree.map(lambda new, old: jnp.where(present[:, None], new, old), following, state)


def _scan(
    cell: Cell,
    recurrent: Array,
    bias: Array | None,
    state: State | None,
    projected: Projected,
    present: Present,
) -> tuple[tuple[Tape, ...], tuple[Tape, ...]]:
    """The state before every step and after the last one, a tape for each part; and what every step
    kept.
    """
    (count, batch), inputs = projected.shape[:2], Stacked(projected)
    onto = in_place(count)
    first = cell.initial_state(len(recurrent), batch) if state is None else state

    def recalled(state: State) -> Array:
        product = state[0] @ recurrent
        return product if bias is None else product + bias

    def step(t: Any, carry: Any) -> Any:
        before, states, kept = carry
        # In the initial state the hidden state is zero: the product is left out, half of a
        # decoder's work for two targets.
        zeros = state is None and isinstance(t, int) and t == 0
        product = (
            jnp.zeros_like(projected[0]) + (0 if bias is None else bias)
            if zeros
            else recalled(before)
        )
        following, keep = cell.forward(product, (kept[0] if onto else inputs).at(t), before)
        if present is not None:
            following = passed(present[t], following, before)
        states = tuple(tape.put(t + 1, part) for tape, part in zip(states, following, strict=True))
        kept = tuple(tape.put(t, part) for tape, part in zip(kept, keep, strict=True))
        return following, states, kept

    shapes = jax.eval_shape(cell.forward, projected[0], projected[0], first)[1]
    widths = [sum(array.shape[-1] for array in jax.tree.leaves(part)) for part in shapes]
    if count <= UNROLLED:
        states: tuple[Tape, ...] = tuple(Entries((part, *[None] * count)) for part in first)
        kept: tuple[Tape, ...] = (Entries((None,) * count),) * len(widths)
    else:
        begun = (jnp.zeros((count + 1, *part.shape)).at[0].set(part) for part in first)
        states = tuple(map(Stacked, begun))
        kept = tuple(Stacked(jnp.zeros((count, batch, width))) for width in widths)
        kept = (inputs, *kept[1:]) if onto else kept
    return _loop(count, step, (first, states, kept))[1:]


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def recur(
    cell: Cell,
    recurrent: Float[Array, "units gates"],
    bias: Float[Array, " gates"] | None,
    state: State | None,
    projected: Projected,
    present: Present = None,
) -> tuple[Steps, State]:
    """Hidden states [time, batch, units] and the last state, from inputs already multiplied by the
    kernel plus bias.

    `state` None is the initial one. Where `present` is given and False, the state passes over
    the step.
    """
    return _forward(cell, recurrent, bias, state, projected, present)[0]


def _forward(
    cell: Cell,
    recurrent: Array,
    bias: Array | None,
    state: State | None,
    projected: Projected,
    present: Present,
) -> tuple[tuple[Steps, State], Any]:
    states, kept = _scan(cell, recurrent, bias, state, projected, present)
    return (states[0].whole(1), tuple(tape.at(-1) for tape in states)), (
        recurrent,
        bias,
        state,
        present,
        states,
        kept,
    )


def _backward(cell: Cell, residuals: Any, gradient: tuple[Steps, State]) -> tuple[Any, ...]:
    recurrent, bias, state, present, states, kept = residuals
    d_hidden, d_last = gradient
    transposed, count = recurrent.T, len(d_hidden)
    onto = in_place(count)

    def step(back: Any, carry: Any) -> Any:
        t, (d_state, tapes) = count - 1 - back, carry
        d_state = (d_state[0] + Stacked(d_hidden).at(t), *d_state[1:])
        before, after = (tuple(tape.at(place) for tape in states) for place in (t, t + 1))
        kept_here = tuple(tape.at(t) for tape in (tapes if onto else kept))
        left, d_before = cell.backward(kept_here, before, after, d_state)
        if present is not None:
            left = jax.tree.map(lambda part: jnp.where(present[t][:, None], part, 0), left)
        d_before = (
            d_before[0] + cell.recalled(tuple(map(beside, left))) @ transposed,
            *d_before[1:],
        )
        if present is not None:
            d_before = passed(present[t], d_before, d_state)
        return d_before, tuple(tape.put(t, part) for tape, part in zip(tapes, left, strict=True))

    begun = kept if onto else jax.tree.map(jnp.zeros_like, kept)
    d_first, left = _loop(count, step, (d_last, begun))
    known = int(state is None and 1 < count <= UNROLLED)  # the first step's product was left out
    d_recalled = cell.recalled(tuple(tape.whole(known) for tape in left))
    d_recurrent = _product(states[0].whole(known, -1), d_recalled)
    return (
        d_recurrent,
        None if bias is None else cell.recalled(tuple(tape.whole() for tape in left)).sum((0, 1)),
        None if state is None else d_first,
        left[0].whole(),
        None,
    )


def _product(hidden: Steps, d_recalled: Projected) -> Float[Array, "units gates"]:
    """Every step's outer product, summed: one product of two matrices."""
    return hidden.reshape(-1, hidden.shape[-1]).T @ d_recalled.reshape(-1, d_recalled.shape[-1])


recur.defvjp(_forward, _backward)


def over(
    cell: Cell, weights: Weights, state: State | None, projected: Projected, present: Present
) -> tuple[Steps, State]:
    """A cell over inputs that are already multiplied by its kernel."""
    bias = weights.get("recurrent_bias")
    return recur(cell, weights["recurrent"], bias, state, projected, present)


def layer(cell: Cell, init: Callable[[Generator, int, int, int], Weights]) -> SequenceLayer:
    """The layer of a cell: its inputs times the kernel, then the loop over time."""

    def initial_state(units: int, batch_size: int, time_steps: int) -> State:
        return cell.initial_state(units, batch_size)

    def apply(
        weights: Weights, state: State | None, inputs: Any, present: Present = None
    ) -> tuple[Steps, State]:
        features = affine(inputs, weights["kernel"], weights["bias"])
        return over(cell, weights, state, features, present)

    return SequenceLayer(init, initial_state, apply, one_hot=True, skips_initial=True, holds=True)
