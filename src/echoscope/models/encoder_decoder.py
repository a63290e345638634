"""Two LSTM layers: the encoder hears the window, its last hidden state is repeated to the decoder, which answers.

The code is the same at every step of the decoder, so it is multiplied by the decoder's kernel once.
Source: the repeat-vector encoder-decoder of the tutorials; Sutskever et al. 2014 and Cho et al. 2014 for the idea.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from echoscope.models import cell, lstm
from echoscope.models.model import Heard, Logits, Model, Sizes, State, Weights
from echoscope.models.readout import say
from echoscope.models.weights import dense_weights, lstm_weights


def init(rng: np.random.Generator, sizes: Sizes) -> Weights:
    """An encoder over `symbols`, a decoder over the encoder's `units`, and a dense layer."""
    return (
        lstm_weights(rng, sizes.symbols, sizes.units, "heard")
        | lstm_weights(rng, sizes.units, sizes.units, "decoded")
        | dense_weights(rng, sizes.units, sizes.symbols)
    )


def rest(sizes: Sizes, batch: int) -> tuple[cell.State, cell.State]:
    """The encoder's and the decoder's state, all zero."""
    return lstm.rest(sizes, batch), lstm.rest(sizes, batch)


def apply(weights: Weights, state: State, heard: Heard, answers: int) -> tuple[Logits, State]:
    """`answers` answers, one a step of the decoder."""
    encoder, decoder = (None, None) if state is None else state
    hidden, encoder = lstm.hear(weights, encoder, heard)
    code = hidden[-1] @ weights["decoded.kernel"] + weights["decoded.bias"]
    decoded, decoder = cell.lstm(weights["decoded.recurrent"], decoder, jnp.repeat(code[None], answers, axis=0))
    return say(weights, decoded), (encoder, decoder)


def step(weights: Weights, state: State, symbol: Int[Array, " batch"], answers: int) -> tuple[Logits, State]:
    """The encoder hears one symbol; the decoder answers from the state it has, which it keeps for the window's end."""
    decoder = None if state is None else state[1]
    logits, (encoder, _) = apply(weights, state, symbol[:, None], answers)
    return logits, (encoder, decoder)


MODELS = {"after": Model(init, apply, rest, step)}
