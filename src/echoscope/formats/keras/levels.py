"""The weights of a network in Keras in the shapes that ours have, where Keras allows more: layers
of other widths, an embedding of any width, no bias, two directions put together otherwise.

All of it is exact: a unit whose weights are zeros stays zero, and an embedding times a kernel is
the kernel of one-hot vectors.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from echoscope.formats.keras.chain import Chain, kind_of
from echoscope.formats.keras.loader import Layer
from echoscope.models.stack import BACK, names

Array = np.ndarray
Weights = dict[str, Array]
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
MERGES = ("concat", "sum", "ave")


class Settled(NamedTuple):
    """Weights under the names and in the shapes of our models, the units that each layer has then,
    and whether the embedding went into the first kernel, so that symbols are one-hot.
    """

    weights: Weights
    units: int
    folded: bool


def settled(chain: Chain, weights: Weights, masked: bool) -> Settled:
    """The weights of a chain as ours. Where gaps are `masked` by an embedding, its row 0 is no
    symbol, and neither is the output of that number.
    """
    weights = dict(weights)
    if chain.hidden is not None:
        units = chain.hidden.units
    else:
        units = max(layer.units for layer in chain.recurrent.values())
        weights |= _widened(chain, weights, units)
    table = weights.pop("encoder.embedding", None)
    if table is None:
        return Settled(weights, units, False)
    table = table[1:] if masked else table
    if table.shape[1] == units:
        return Settled({"encoder.embedding": table} | weights, units, False)
    for name in ("layer1.kernel", f"layer1{BACK}.kernel"):
        if name in weights:
            kernel = weights[name].reshape(-1, table.shape[1], weights[name].shape[1])
            product = np.einsum("se,teu->tsu", table.astype(float), kernel.astype(float))
            weights[name] = product.reshape(-1, kernel.shape[-1]).astype(np.float32)
    return Settled(weights, units, True)


def without_first(weights: Weights, targets: int) -> Weights:
    """A readout [width, targets * outputs] without the first output of each target."""
    result = dict(weights)
    for name in ("readout.kernel", "readout.bias"):
        array = weights[name]
        parts = array.reshape(*array.shape[:-1], targets, -1)[..., 1:]
        result[name] = np.ascontiguousarray(parts.reshape(*array.shape[:-1], -1))
    return result


class Rows(NamedTuple):
    """Where the rows of a kernel go that reads a layer: to each of these `places`, times `share`,
    of `height` rows in all.
    """

    places: tuple[Array, ...]
    share: float
    height: int

    def spread(self, kernel: Float[Array, "rows columns"]) -> Array:
        """The kernel with its rows in their places, and zeros elsewhere."""
        result = np.zeros((self.height, kernel.shape[1]), np.float32)
        for place in self.places:
            result[place] = kernel * np.float32(self.share)
        return result


def _widened(chain: Chain, weights: Weights, units: int) -> Weights:
    """Every recurrent layer with as many units as the widest, in as many directions as any."""
    result: Weights = {}
    rows: Rows | None = None  # the first layer reads symbols as they are
    for name, layer in zip(names(len(chain.layers)), chain.layers, strict=False):
        gates = GATES[kind_of(getattr(layer, "forward_layer", layer))]
        mine = _layer(weights, name, units, gates, rows)
        if chain.both:
            back = _layer(weights, name + BACK, units, gates, rows)
            mine |= back or {
                key.replace(name, name + BACK, 1): np.zeros_like(array)
                for key, array in mine.items()
            }
        result |= mine
        rows = _rows_after(layer, units, chain.both)
    if chain.decoder is not None:
        result |= _layer(weights, "decoder", units, GATES["LSTM"], rows)
        rows = Rows((np.arange(chain.decoder.units),), 1, units)
    assert rows is not None
    return result | {"readout.kernel": rows.spread(weights["readout.kernel"])}


def _rows_after(layer: Layer, units: int, both: bool) -> Rows:
    """Where the rows go of a kernel that reads this layer."""
    merge = getattr(layer, "merge_mode", "")
    forward = np.arange(getattr(layer, "forward_layer", layer).units)
    count = units * (2 if both else 1)
    if merge == "concat":
        return Rows((np.concatenate([forward, units + forward]),), 1, count)
    if not merge:
        return Rows((forward,), 1, count)
    return Rows((forward, units + forward), 0.5 if merge == "ave" else 1, count)


def _layer(weights: Weights, name: str, units: int, gates: int, rows: Rows | None) -> Weights:
    """The weights of one direction of a layer, its rows and gates in their places."""
    result: Weights = {}
    for part in ("kernel", "recurrent", "bias", "recurrent_bias"):
        array = weights.get(f"{name}.{part}")
        if array is None:
            continue
        if part == "kernel" and rows is not None:
            array = rows.spread(array)
        more = units - array.shape[-1] // gates
        parts = array.reshape(*array.shape[:-1], gates, -1)
        before = [(0, more if part == "recurrent" else 0)] * (parts.ndim - 2)
        parts = np.pad(parts, [*before, (0, 0), (0, more)])
        result[f"{name}.{part}"] = parts.reshape(*parts.shape[:-2], gates * units)
    return result
