"""The LSTM's equations over a whole window, with a derivative written by hand.

With gates i, f, o and candidate g read from z(t) = projected(t) + h(t-1) R:
c(t) = f c(t-1) + i g, h(t) = o tanh(c(t)). Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate).

Two things make it fast where automatic differentiation is not: all four gates come from one tanh, since
sigmoid(x) = tanh(x/2)/2 + 1/2; and the gradient of R is one large product after the loop instead of one a step.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float

UNROLLED = 8  # windows up to this are written out step by step: faster for the short ones, slower for the long

Hidden = Float[Array, "batch units"]
State = tuple[Hidden, Hidden]
Projected = Float[Array, "time batch gates"]
Steps = Float[Array, "time batch units"]
Present = Bool[Array, "time batch"] | None  # False where a gap is heard, which state passes over; None: no gaps
# One entry a step: a list of arrays where the window is written out, one stacked array where it is scanned. XLA fuses
# across the entries of a list; it would slice the stacked array again for every use.
Each = list[Any] | Array


def _steps(step: Callable[[Any, Any], tuple[Any, Any]], carry: Any, at: tuple[Each, ...], reverse: bool = False) -> Any:
    """`lax.scan` over the entries of `at`, or the same written out step by step if they are lists."""
    if not isinstance(at[0], list):
        return lax.scan(step, carry, at, reverse=reverse)
    count = len(at[0])
    kept: list[Any] = [None] * count
    for t in reversed(range(count)) if reverse else range(count):
        carry, kept[t] = step(carry, tuple(part[t] for part in at))
    return carry, tuple(list(part) for part in zip(*kept, strict=True))


def over(
    step: Callable[[Hidden, Array], Hidden], state: Hidden | None, projected: Projected, units: int, present: Present
) -> tuple[Steps, Hidden]:
    """Hidden states [time, batch, units] and the last one of any other cell: `step(hidden, at)` gives the next.

    `state` None is zeros [batch, units]. Where `present` is given and False, the state passes over the step.
    """
    first = jnp.zeros((projected.shape[1], units)) if state is None else state

    def at_step(hidden: Hidden, at: tuple[Array, ...]) -> tuple[Hidden, tuple[Hidden]]:
        following = step(hidden, at[0])
        hidden = following if present is None else jnp.where(at[1][:, None], following, hidden)
        return hidden, (hidden,)

    parts = (projected,) if present is None else (projected, present)
    at = tuple(list(part) for part in parts) if len(projected) <= UNROLLED else parts
    last, (kept,) = _steps(at_step, first, at)
    return _whole(kept), last


def _whole(each: Each) -> Array:
    return jnp.stack(each) if isinstance(each, list) else each


def _joined(first: Array, rest: Each) -> Each:
    return [first, *rest] if isinstance(rest, list) else jnp.concatenate([first[None], rest])


def _gates(z: Float[Array, "batch gates"]) -> Float[Array, "batch gates"]:
    """Sigmoid of the input, forget and output gates, tanh of the candidate between them, by one tanh."""
    shift = np.repeat(np.array([0.5, 0.5, 0.0, 0.5], np.float32), z.shape[-1] // 4)
    return jnp.tanh(z * (1 - shift)) * (1 - shift) + shift


def _forward(
    recurrent: Float[Array, "units gates"], state: State | None, projected: Projected, present: Present
) -> tuple[Each, Each, Each]:
    """Hidden states, cells and gates of every step."""

    def step(state: State | None, at: tuple[Array, ...]):
        # At rest h and c are zero: the product is left out, half of a decoder's work for two answers.
        z = at[0] if state is None else at[0] + state[0] @ recurrent
        gates = _gates(z)
        i, f, g, o = jnp.split(gates, 4, axis=-1)
        cell = i * g if state is None else f * state[1] + i * g
        hidden = o * jnp.tanh(cell)
        if present is not None:
            hidden, cell = passed(at[1], (hidden, cell), state)
        return (hidden, cell), (hidden, cell, gates)

    at = (projected,) if present is None else (projected, present)
    short = len(projected) <= UNROLLED
    if state is None and (present is not None or not short):
        rest = jnp.zeros_like(projected[0, :, : len(recurrent)])
        state = (rest, rest)
    return _steps(step, state, tuple(list(part) for part in at) if short else at)[1]


def passed(present: Bool[Array, " batch"], following: Any, state: Any) -> Any:
    """The following state, or the one before where the step is a gap."""
    return jax.tree.map(lambda new, old: jnp.where(present[:, None], new, old), following, state)


@jax.custom_vjp
def lstm(
    recurrent: Float[Array, "units gates"], state: State | None, projected: Projected, present: Present = None
) -> tuple[Steps, State]:
    """Hidden states [time, batch, units] and the last state, from inputs already multiplied by the kernel plus bias.

    `state` None is rest. Gates lie side by side as input, forget, cell, output (Keras' order).
    """
    hidden, cells, _ = _forward(recurrent, state, projected, present)
    return _whole(hidden), (hidden[-1], cells[-1])


def _lstm_forward(
    recurrent: Float[Array, "units gates"], state: State | None, projected: Projected, present: Present
) -> tuple[Any, Any]:
    hidden, cells, gates = _forward(recurrent, state, projected, present)
    return (_whole(hidden), (hidden[-1], cells[-1])), (recurrent, state, present, hidden, cells, gates)


def _lstm_backward(kept: Any, wanted: tuple[Steps, State]) -> tuple[Any, Any, Any, None]:
    recurrent, state, present, hidden, cells, gates = kept
    d_hidden, d_last = wanted
    transposed = recurrent.T

    def step(carry: State, at: tuple[Array, ...]):
        d_h, d_c = carry
        d_above, gates, cell, before = at[:4]
        i, f, g, o = jnp.split(gates, 4, axis=-1)
        squashed = jnp.tanh(cell)
        d_h = d_h + d_above
        after = (d_h, d_c)
        d_c = d_c + d_h * o * (1 - squashed * squashed)
        d_i, d_f, d_g = d_c * g * i * (1 - i), d_c * before * f * (1 - f), d_c * i * (1 - g * g)
        d_z = jnp.concatenate([d_i, d_f, d_g, d_h * squashed * o * (1 - o)], axis=-1)
        if present is not None:
            d_z = jnp.where(at[4][:, None], d_z, 0)
            return passed(at[4], (d_z @ transposed, d_c * f), after), (d_z,)
        return (d_z @ transposed, d_c * f), (d_z,)

    rest = jnp.zeros_like(hidden[0])
    first_hidden, first_cell = (rest, rest) if state is None else state
    short = isinstance(gates, list)
    at = (list(d_hidden) if short else d_hidden, gates, cells, _joined(first_cell, cells[:-1]))
    if present is not None:
        at = (*at, list(present) if short else present)
    d_first, (d_projected,) = _steps(step, d_last, at, reverse=True)
    d_projected = _whole(d_projected)
    if state is None:
        return _product(_whole(hidden)[:-1], d_projected[1:]), None, d_projected, None
    return _product(_whole(_joined(first_hidden, hidden[:-1])), d_projected), d_first, d_projected, None


def _product(hidden: Steps, d_projected: Projected) -> Float[Array, "units gates"]:
    """Every step's outer product, summed: one product of two matrices."""
    return hidden.reshape(-1, hidden.shape[-1]).T @ d_projected.reshape(-1, d_projected.shape[-1])


lstm.defvjp(_lstm_forward, _lstm_backward)
