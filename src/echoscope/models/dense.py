"""The dense layer that predicts.

Where one target has fewer outputs than there are targets, they are given outputs first: sums over
symbols are then sums of long vectors. Of its products, those with few columns are padded, or turned
so that they have many.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from echoscope.models.base import Values, Weights

VECTOR = 16  # numbers that a processor multiplies at once; a kernel is padded to a multiple of it

Rows = Float[Array, "rows units"]
Kernel = Float[Array, "units outputs"]
Bias = Float[Array, " outputs"]
Outputs = Float[Array, "outputs rows"]


def each(weights: Weights, hidden: Float[Array, "steps batch units"], heads: int) -> Values:
    """The dense layer on the outputs of every step: [batch, steps * heads, outputs]."""
    kernel, bias = weights["readout.kernel"], weights["readout.bias"]
    steps, batch, units = hidden.shape
    if heads > 1:
        values = jnp.swapaxes(hidden, 0, 1) @ kernel + bias
        return values.reshape(batch, steps * heads, -1)
    if not outputs_first(len(bias), steps * batch):
        return jnp.swapaxes(hidden, 0, 1) @ kernel + bias
    return _narrow(hidden.reshape(-1, units), kernel, bias).reshape(-1, steps, batch).T


def vector(weights: Weights, hidden: Float[Array, "batch units"], targets: int) -> Values:
    """All targets from one hidden state, side by side in the dense layer's output."""
    kernel, bias = weights["readout.kernel"], weights["readout.bias"]
    batch = len(hidden)
    if not outputs_first(len(bias) // targets, targets * batch):
        return (hidden @ kernel + bias).reshape(batch, targets, -1)
    return jnp.transpose(_narrow(hidden, kernel, bias).reshape(targets, -1, batch), (2, 0, 1))


def outputs_first(outputs: int, targets: int) -> bool:
    """Whether values of so many targets in all lie with their outputs first in memory."""
    return outputs < targets


@jax.custom_vjp
def _narrow(hidden: Rows, kernel: Kernel, bias: Bias) -> Outputs:
    return _forward(hidden, kernel, bias)[0]


def _forward(hidden: Rows, kernel: Kernel, bias: Bias) -> tuple[Outputs, tuple[Rows, Kernel]]:
    padded = jnp.pad(kernel, ((0, 0), (0, -len(bias) % VECTOR)))
    return (hidden @ padded)[:, : len(bias)].T + bias[:, None], (hidden, kernel)


def _backward(residuals: tuple[Rows, Kernel], gradient: Outputs) -> tuple[Rows, Kernel, Bias]:
    hidden, kernel = residuals
    # Without the barrier the compiler turns the product around, to one with few columns.
    return (
        gradient.T @ kernel.T,
        lax.optimization_barrier(gradient @ hidden).T,
        gradient.sum(1),
    )


_narrow.defvjp(_forward, _backward)
