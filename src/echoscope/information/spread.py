"""How sure the mean of a series is, whose values in a row may go together."""

import numpy as np

from echoscope.stats.intervals import BLOCK, Floats, mean_and_half


def half_of(values: Floats) -> float:
    """Half of the 95 % interval around the mean of values in the order of time: by their own spread
    or that of blocks in a row, whichever is wider; nan of a single value.

    >>> round(half_of(np.array([1.0, 2.0, 3.0])), 4)
    2.4841

    Shapes: (values,), at least one. Source: the batch means of Conway 1963.
    """
    alone = mean_and_half(values.tolist())[1]
    if len(values) < 2 * BLOCK:
        return alone
    blocks = values[: len(values) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
    return float(np.maximum(alone, mean_and_half(blocks.tolist())[1]))
