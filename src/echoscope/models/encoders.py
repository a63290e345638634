"""Encodings: how a symbol becomes numbers that a layer reads, and how the numbers that it says
become a symbol.

One-hot is never made: a one-hot vector times a matrix is a row of that matrix, so rows are
gathered. `embedding` is read through a table as wide as the memory; `scalar` is the symbol in 0..1
and a regression; `bits` are its binary digits. Source: the linear representation is the tutorials';
embeddings are those of Bengio et al. 2003.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from echoscope.models.base import MARKED, Generator, OneHot, Sizes, Values, Weights
from echoscope.models.dense import outputs_first
from echoscope.models.initializers import uniform

Symbols = Int[Array, "*shape"]
Lost = Float[Array, "batch targets"]
Predicted = Int[Array, "batch targets"]
Sure = Float[Array, "batch targets"]
NEVER = np.float32(-1e9)  # the logit of a symbol that a column does not have
EMBEDDED = 0.05  # Keras' limit of the first weights of an embedding


class Encoding(NamedTuple):
    """One way between symbols and numbers.

    `inputs(sizes)` and `outputs(sizes)` count the numbers of one symbol read and predicted.
    `vectors` gives the read ones [..., inputs], or is None where rows are gathered. `say(values,
    sizes)` gives what is said, `lost(values, target, sizes)` each target's loss, `logits(values,
    sizes)` one number a symbol, of which that of what is said is the largest; None where there are
    none.
    """

    inputs: Callable[[Sizes], int]
    outputs: Callable[[Sizes], int]
    vectors: Callable[[Weights, Symbols, Sizes], Float[Array, "*shape inputs"]] | None
    say: Callable[[Values, Sizes], Predicted]
    lost: Callable[[Values, Int[Array, "batch targets"], Sizes], Lost]
    logits: Callable[[Values, Sizes], Values] | None


def init(rng: Generator, sizes: Sizes) -> Weights:
    """The encoder's own first weights: an embedding's table [kinds, units], else nothing."""
    if sizes.encoding != "embedding":
        return {}
    kinds = sizes.input_vocab_size * max(1, len(sizes.columns))
    return {"encoder.embedding": uniform(rng, EMBEDDED, kinds, sizes.units)}


def width(sizes: Sizes) -> int:
    """How many numbers a layer reads at a time step: of several columns those of each, side by
    side.
    """
    return ENCODINGS[sizes.encoding].inputs(sizes) * max(1, len(sizes.columns))


def encoded(weights: Weights, symbols: Symbols, sizes: Sizes) -> Any:
    """Symbols as a layer reads them: vectors [..., inputs], or `OneHot`."""
    vectors = ENCODINGS[sizes.encoding].vectors
    if not sizes.columns:
        return (
            OneHot(symbols, sizes.input_vocab_size)
            if vectors is None
            else vectors(weights, symbols, sizes)
        )
    begins = jnp.arange(len(sizes.columns)) * sizes.input_vocab_size
    placed = jnp.where(symbols < 0, symbols, symbols + begins)
    if vectors is None:
        return OneHot(placed, width(sizes), columns=True)
    each = jnp.where(placed[..., None] < 0, 0, vectors(weights, placed, sizes))
    return each.reshape(*each.shape[:-2], -1)


def possible(values: Values, sizes: Sizes) -> Values:
    """Logits of which those of symbols that a target's column does not have are out of question."""
    if len(set(sizes.columns)) < 2:
        return values
    known = np.array([sizes.columns[place] for place in sizes.predicted])
    among = np.arange(sizes.vocab_size) < known[:, None]
    return jnp.where(np.tile(among, (values.shape[1] // len(known), 1)), values, NEVER)


def mean_loss(
    values: Values, target: Int[Array, "batch targets"], mask: Array | np.ndarray, sizes: Sizes
) -> tuple[Float[Array, ""], tuple[Predicted, Lost]]:
    """Mean loss of the scored targets, in nats (the squared error of a scalar); every symbol said,
    and the loss of each target, 0 where it is not scored.
    """
    encoding = ENCODINGS[sizes.encoding]
    lost = jnp.where(mask, encoding.lost(values, target, sizes), 0)
    mean = jnp.sum(lost) / jnp.maximum(jnp.sum(mask), 1)
    return mean, (encoding.say(values, sizes), lost)


def answered(values: Values, sizes: Sizes) -> tuple[Predicted, Sure]:
    """Every symbol said and its probability; NaN from a regression, which gives none."""
    encoding = ENCODINGS[sizes.encoding]
    predictions = encoding.say(values, sizes)
    if encoding.logits is None:
        return predictions, jnp.full(predictions.shape, jnp.nan)
    logits = encoding.logits(values, sizes)  # the largest is that of what is predicted
    sums = jnp.sum(jnp.exp(logits - jnp.max(logits, axis=-1, keepdims=True)), axis=-1)
    return predictions, 1 / sums


def _likeliest(logits: Values, sizes: Sizes) -> Predicted:
    """The likeliest symbol, or the lowest of equals.

    Plain reductions instead of an argmax, and below of a gather: XLA turns those, and the gather's
    gradient, into scalar loops.
    """
    logits, axis = _laid(logits)
    symbols = lax.broadcasted_iota(jnp.int32, logits.shape, axis)
    top = lax.stop_gradient(jnp.max(logits, axis=axis, keepdims=True))
    symbol = jnp.min(jnp.where(logits == top, symbols, logits.shape[axis] - 1), axis=axis)
    return symbol if axis else symbol.T


def _cross_entropy(logits: Values, target: Int[Array, "batch targets"], sizes: Sizes) -> Lost:
    logits, axis = _laid(logits)
    target = target if axis else target.T
    symbols = lax.broadcasted_iota(jnp.int32, logits.shape, axis)
    top = lax.stop_gradient(jnp.max(logits, axis=axis, keepdims=True))
    label = jnp.sum(jnp.where(symbols == jnp.expand_dims(target, axis), logits - top, 0), axis=axis)
    lost = jnp.log(jnp.sum(jnp.exp(logits - top), axis=axis)) - label
    return lost if axis else lost.T


def _laid(logits: Values) -> tuple[Array, int]:
    """Logits and the axis of the symbols: first where they are few, as the dense layer gives
    them.
    """
    batch, targets, outputs = logits.shape
    return (logits.T, 0) if outputs_first(outputs, batch * targets) else (logits, 2)


def _scaled(symbols: Symbols, sizes: Sizes) -> Float[Array, "*shape"]:
    """0..1; the mark of a gap is -1, as the tutorials propose."""
    scaled = symbols / jnp.float32(sizes.vocab_size - 1)
    return jnp.where(symbols == sizes.vocab_size, -1.0, scaled) if sizes.gaps == MARKED else scaled


def _nearest(values: Values, sizes: Sizes) -> Predicted:
    return jnp.round(jnp.clip(values[..., 0], 0, 1) * (sizes.vocab_size - 1)).astype(jnp.int32)


def _squared(values: Values, target: Int[Array, "batch targets"], sizes: Sizes) -> Lost:
    return jnp.square(values[..., 0] - _scaled(target, sizes))


def _digits(count: int) -> int:
    return (count - 1).bit_length()


def _bits(symbols: Symbols, count: int) -> Float[Array, "*shape bits"]:
    return ((symbols[..., None] >> jnp.arange(count)) & 1).astype(jnp.float32)


def _every_symbol(sizes: Sizes) -> Float[Array, "symbols bits"]:
    return _bits(jnp.arange(sizes.vocab_size), _digits(sizes.vocab_size))


def _likeliest_bits(values: Values, sizes: Sizes) -> Predicted:
    """The likeliest symbol by its bits. Where they are no symbol, the best number below
    `vocab_size`: it agrees with the last symbol down to a bit that is one there and zero here, and
    is free below that bit.
    """
    count = _digits(sizes.vocab_size)
    place = jnp.arange(count)
    symbol = jnp.sum((values > 0) << place, axis=-1)
    if sizes.vocab_size == 1 << count:
        return symbol
    last = sizes.vocab_size - 1
    turns = np.array([bit for bit in range(count) if last >> bit & 1])
    above = (last >> (turns[:, None] + 1)) << (turns[:, None] + 1)
    free = jnp.sum(((values > 0) << place)[..., None, :] * (place < turns[:, None]), axis=-1)
    below = jnp.concatenate([above[:, 0] + free, jnp.full((*symbol.shape, 1), last)], axis=-1)
    fit = jnp.sum(_bits(below, count) * values[..., None, :], axis=-1)
    best = jnp.take_along_axis(below, jnp.argmax(fit, axis=-1)[..., None], axis=-1)[..., 0]
    return jnp.where(symbol <= last, symbol, best)


def _bit_entropy(values: Values, target: Int[Array, "batch targets"], sizes: Sizes) -> Lost:
    digits = _bits(target, _digits(sizes.vocab_size))
    return jnp.sum(jnp.logaddexp(0, values) - digits * values, axis=-1)


ENCODINGS = {
    "one-hot": Encoding(
        lambda sizes: sizes.input_vocab_size,
        lambda sizes: sizes.vocab_size,
        None,
        _likeliest,
        _cross_entropy,
        lambda values, sizes: values,
    ),
    "embedding": Encoding(
        lambda sizes: sizes.units,
        lambda sizes: sizes.vocab_size,
        lambda weights, inputs, sizes: weights["encoder.embedding"][inputs],
        _likeliest,
        _cross_entropy,
        lambda values, sizes: values,
    ),
    "scalar": Encoding(
        lambda sizes: 1,
        lambda sizes: 1,
        lambda weights, inputs, sizes: _scaled(inputs, sizes)[..., None],
        _nearest,
        _squared,
        None,
    ),
    "bits": Encoding(
        lambda sizes: _digits(sizes.input_vocab_size),
        lambda sizes: _digits(sizes.vocab_size),
        lambda weights, inputs, sizes: _bits(inputs, _digits(sizes.input_vocab_size)),
        _likeliest_bits,
        _bit_entropy,
        lambda values, sizes: values @ _every_symbol(sizes).T,
    ),
}
