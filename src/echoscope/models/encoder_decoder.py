"""Two LSTMs: the encoder hears the window, its last hidden state is repeated to the decoder, which
answers.

The code is the same at every step of the decoder, so it is multiplied by the decoder's kernel once.
The decoder is one layer, whatever the encoder is. Source: the repeat-vector encoder-decoder of the
tutorials; Sutskever et al. 2014 and Cho et al. 2014 for the idea.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from echoscope.models import cell, dense, lstm, recurrent
from echoscope.models.encoding import ENCODINGS
from echoscope.models.model import Heard, Model, Sizes, State, Values, Weights
from echoscope.models.weights import dense_weights, lstm_weights


def init(rng: np.random.Generator | None, sizes: Sizes) -> Weights:
    """An encoder over the encoded symbols, a decoder over the encoder's last hidden state, and a
    dense layer.
    """
    return (
        recurrent.first(lstm.LAYER, rng, sizes)
        | lstm_weights(rng, sizes.width, sizes.units, "decoded")
        | dense_weights(rng, sizes.units, ENCODINGS[sizes.encoding].outputs(sizes))
    )


def rest(sizes: Sizes, batch: int) -> tuple[State, cell.State]:
    """The encoder's and the decoder's state, all zero."""
    return recurrent.rest(lstm.LAYER, sizes, batch), lstm.CELL.rest(sizes.units, batch)


def apply(weights: Weights, state: State, heard: Heard, sizes: Sizes) -> tuple[Values, State]:
    """Answers, one a step of the decoder."""
    encoder, decoder = (None, None) if state is None else state
    hidden, encoder = recurrent.hear(lstm.LAYER, weights, encoder, heard, sizes)
    code = recurrent.last(hidden, sizes) @ weights["decoded.kernel"] + weights["decoded.bias"]
    repeated = jnp.repeat(code[None], sizes.answers, axis=0)
    decoded, decoder = lstm.run(weights, "decoded", decoder, repeated)
    return dense.say(weights, decoded), (encoder, decoder)


def step(
    weights: Weights, state: State, symbol: Int[Array, " batch"], sizes: Sizes
) -> tuple[Values, State]:
    """The encoder hears one symbol; the decoder answers from the state it has, which it keeps for
    the window's end.
    """
    encoder, decoder = rest(sizes, len(symbol)) if state is None else state
    if sizes.both:
        window = jnp.concatenate([encoder[:, 1:], symbol[:, None]], axis=1)
        return apply(weights, None, window, sizes)[0], (window, decoder)
    values, (encoder, _) = apply(weights, (encoder, decoder), symbol[:, None], sizes)
    return values, (encoder, decoder)


MODELS = {"after": Model(init, apply, rest, step)}
