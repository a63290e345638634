"""The LSTM as PyTorch starts it: all weights and both biases uniform in plus and minus one over the
root of the units, so that the forget gate begins half open.

Source: `torch/nn/modules/rnn.py` (`reset_parameters`); pytorch/pytorch#20102 asks for another one.
The equations are those of `lstm.py`.
"""

import numpy as np

from echoscope.models.base import Generator, Weights
from echoscope.models.initializers import uniform
from echoscope.models.recurrent import cell
from echoscope.models.recurrent.lstm import CELL


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights; the second bias is of the product with the recurrent weights."""
    limit = 1 / np.sqrt(units)
    return {
        "kernel": uniform(rng, limit, input_size, 4 * units),
        "recurrent": uniform(rng, limit, units, 4 * units),
        "bias": uniform(rng, limit, 1, 4 * units)[0],
        "recurrent_bias": uniform(rng, limit, 1, 4 * units)[0],
    }


LAYER = cell.layer(CELL, init)
