"""A causal convolution as sums that overlap: what a step gives to itself and to later ones.

What it hands on are the sums of the steps to come, so that nothing is kept of what was read but
what they will need. A gap is passed over: distances count the steps that are there.
"""

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float

from echoscope.models.base import Outputs, Present

Carried = Float[Array, "batch _reach units"]


def overlapped(
    parts: Sequence[Outputs], dilation: int, carried: Carried, present: Present = None
) -> tuple[Outputs, Carried]:
    """Sums at every time step and those of the steps to come.

    `parts[i]` [time, batch, units] is what each step gives to the one `i` times `dilation` after
    it, and `carried` reaches as far as the last of them.

    >>> ones = jnp.ones((3, 1, 1))
    >>> sums, carried = overlapped([ones, 2 * ones], 1, jnp.zeros((1, 1, 1)))
    >>> sums.ravel().tolist(), carried.ravel().tolist()
    ([1.0, 3.0, 3.0], [2.0])
    """
    steps, reach = len(parts[0]), carried.shape[1]
    sums = jnp.pad(jnp.swapaxes(carried, 0, 1), ((0, steps), (0, 0), (0, 0)))
    if present is None:
        for tap, part in enumerate(parts):
            after = reach - tap * dilation
            sums = sums + jnp.pad(part, ((tap * dilation, after), (0, 0), (0, 0)))
        return sums[:steps], jnp.swapaxes(sums[steps:], 0, 1)
    rows, places = jnp.arange(carried.shape[0]), jnp.cumsum(present, axis=0) - 1
    for tap, part in enumerate(parts):
        there = jnp.where(present, places + tap * dilation, len(sums))
        sums = sums.at[there, rows].add(part, mode="drop")
    ahead = places[-1] + 1 + jnp.arange(reach)[:, None]
    return sums[jnp.maximum(places, 0), rows], jnp.swapaxes(sums[ahead, rows], 0, 1)
