"""Two LSTMs: the encoder reads the window, its last hidden state is repeated to the decoder, which
targets.

The code is the same at every step of the decoder, so it is multiplied by the decoder's kernel once.
The decoder is one layer, whatever the encoder is. Source: the repeat-vector encoder-decoder of the
tutorials; Sutskever et al. 2014 and Cho et al. 2014 for the idea.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from echoscope.models import cell, dense, lstm, recurrent
from echoscope.models.encoding import ENCODINGS
from echoscope.models.model import Inputs, Model, Sizes, State, Values, Weights
from echoscope.models.weights import dense_weights, lstm_weights


def init(rng: np.random.Generator | None, sizes: Sizes) -> Weights:
    """An encoder over the encoded symbols, a decoder over the encoder's last hidden state, and a
    dense layer.
    """
    return (
        recurrent.first(lstm.LAYER, rng, sizes)
        | lstm_weights(rng, sizes.width, sizes.units, "decoder")
        | dense_weights(rng, sizes.units, ENCODINGS[sizes.encoding].outputs(sizes))
    )


def initial_state(sizes: Sizes, batch: int) -> tuple[State, cell.State]:
    """The encoder's and the decoder's state, all zero."""
    return recurrent.initial_state(lstm.LAYER, sizes, batch), lstm.CELL.initial_state(
        sizes.units, batch
    )


def apply(weights: Weights, state: State, inputs: Inputs, sizes: Sizes) -> tuple[Values, State]:
    """Targets, one a step of the decoder."""
    encoder, decoder = (None, None) if state is None else state
    hidden, encoder = recurrent.forward(lstm.LAYER, weights, encoder, inputs, sizes)
    code = recurrent.last(hidden, sizes) @ weights["decoder.kernel"] + weights["decoder.bias"]
    repeated = jnp.repeat(code[None], sizes.target_count, axis=0)
    decoded, decoder = lstm.run(weights, "decoder", decoder, repeated)
    return dense.say(weights, decoded), (encoder, decoder)


def step(
    weights: Weights, state: State, symbol: Int[Array, " batch"], sizes: Sizes
) -> tuple[Values, State]:
    """The encoder reads one symbol; the decoder predicts from the state it has, which it keeps for
    the window's end.
    """
    encoder, decoder = initial_state(sizes, len(symbol)) if state is None else state
    if sizes.both:
        window = jnp.concatenate([encoder[:, 1:], symbol[:, None]], axis=1)
        return apply(weights, None, window, sizes)[0], (window, decoder)
    values, (encoder, _) = apply(weights, (encoder, decoder), symbol[:, None], sizes)
    return values, (encoder, decoder)


MODELS = {"decoder": Model(init, apply, initial_state, step)}
