"""The LSTM as Flax' `LSTMCell` starts it: an orthogonal matrix for each gate, inputs by LeCun's
rule and every bias 0, that of the forget gate too.

Source: `flax/nnx/nn/recurrent.py` of Flax 0.12.8, where `OptimizedLSTMCell` has one orthogonal
matrix for all gates instead. The equations are those of `lstm.py`.
"""

import numpy as np

from echoscope.models.base import Generator, Weights
from echoscope.models.initializers import lecun_normal, orthogonal
from echoscope.models.recurrent import cell
from echoscope.models.recurrent.lstm import CELL


def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
    """First weights, gates side by side."""
    return {
        "kernel": lecun_normal(rng, input_size, 4 * units),
        "recurrent": np.concatenate([orthogonal(rng, units, units) for _ in range(4)], axis=1),
        "bias": np.zeros(4 * units, np.float32),
    }


LAYER = cell.layer(CELL, init)
