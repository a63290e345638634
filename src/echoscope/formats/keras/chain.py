"""The layers of a network in Keras, as one chain: what each of them is for, and its variables under
our names.

What is read and what is written goes through the same chain, so that both have the same weights in
the same places.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from echoscope.formats.keras.config import PASSED
from echoscope.formats.keras.loader import Layer, refuse
from echoscope.models.stack import BACK, names

KINDS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn"}
# The layer of Keras that a model is, with its options.
LAYERS: dict[str, tuple[str, dict[str, bool]]] = {
    "lstm": ("LSTM", {}),
    "encoder-decoder": ("LSTM", {}),
    "gru": ("GRU", {"reset_after": True}),
    "gru-before": ("GRU", {"reset_after": False}),
    "rnn": ("SimpleRNN", {}),
}
LETTERS = {
    "Embedding": "E",
    "Masking": "M",
    "LSTM": "R",
    "GRU": "R",
    "SimpleRNN": "R",
    "Flatten": "F",
    "Dense": "D",
    "RepeatVector": "V",
    "Reshape": "S",
    "Activation": "A",
    "Softmax": "A",
}
ORDER = re.compile(
    "(?P<embedding>E?)"
    "(?:(?P<masking>M?)(?P<layers>R+)(?P<repeat>V?)(?P<decoder>(?<=V)R)?"
    "|F(?P<hidden>D)(?P<rectified>A?))"
    "(?P<readout>D)(?P<reshape>S?)(?P<after>A?)"
)
RULE = (
    "[Embedding or Masking], LSTM, GRU or SimpleRNN (each plain or Bidirectional), [RepeatVector,"
    " LSTM], Dense, or [Embedding], Flatten, Dense, Dense"
)

ORDERED = (
    "put those that fit into a new keras.Sequential, which keeps their weights, train that a little"
    " further, and save it"
)


@dataclass(frozen=True)
class Chain:
    """Keras' layers by what they are for; None for one that is not there. `readout` is without its
    TimeDistributed.
    """

    embedding: Layer
    masking: Layer
    layers: tuple[Layer, ...]
    repeat: Layer
    decoder: Layer
    hidden: Layer
    rectified: Layer
    readout: Layer
    reshape: Layer
    after: Layer

    @property
    def both(self) -> bool:
        """Whether the window is read in both directions."""
        return any(kind_of(layer) == "Bidirectional" for layer in self.layers)

    @property
    def masked_table(self) -> bool:
        """Whether the embedding's symbol 0 is a gap: Flatten takes no mask on."""
        return self.hidden is None and self.embedding is not None and self.embedding.mask_zero

    @property
    def recurrent(self) -> dict[str, Layer]:
        """Every recurrent layer by the name that a run gives it."""
        result: dict[str, Layer] = {}
        for name, layer in zip(names(len(self.layers)), self.layers, strict=False):
            if kind_of(layer) == "Bidirectional":
                result |= {name: layer.forward_layer, name + BACK: layer.backward_layer}
            else:
                result[name] = layer
        return result | ({"decoder": self.decoder} if self.decoder is not None else {})

    def places(self) -> Iterator["Place"]:
        """Every variable, in Keras' order."""
        if self.embedding is not None:
            yield Place(("encoder.embedding",), self.embedding, "embeddings")
        for name, layer in self.recurrent.items():
            yield Place((f"{name}.kernel",), layer.cell, "kernel")
            yield Place((f"{name}.recurrent",), layer.cell, "recurrent_kernel")
            twice = kind_of(layer) == "GRU" and layer.reset_after
            biases = (f"{name}.bias", f"{name}.recurrent_bias") if twice else (f"{name}.bias",)
            yield Place(biases, layer.cell, "bias")
        for name, layer in (("layer1", self.hidden), ("readout", self.readout)):
            if layer is not None:
                yield Place((f"{name}.kernel",), layer, "kernel")
                yield Place((f"{name}.bias",), layer, "bias")


class Place(NamedTuple):
    """Where a variable of Keras has the weights of these names: several lie side by side along its
    first axis.
    """

    names: tuple[str, ...]
    layer: Layer
    attribute: str

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of each of the weights."""
        whole = tuple(getattr(self.layer, self.attribute).shape)
        return whole if len(self.names) == 1 else whole[1:]

    def read(self, keras: ModuleType) -> dict[str, np.ndarray]:
        """The weights as they are used: with what LoRA adds to them, say, and zeros for a bias that
        is left out.
        """
        variable = getattr(self.layer, self.attribute)
        if variable is None:
            zeros = np.zeros(self.layer.kernel.shape[-1], np.float32)
            return dict.fromkeys(self.names, zeros)
        # `.value`, because NumPy 2 warns of the way in which Keras 3.15 turns a variable itself
        # into an array.
        value = np.array(
            keras.ops.convert_to_numpy(getattr(variable, "value", variable)), np.float32
        )
        return dict(zip(self.names, [value] if len(self.names) == 1 else list(value), strict=True))

    def write(self, weights: Sequence[np.ndarray]) -> None:
        """Put the weights there."""
        value = weights[0] if len(self.names) == 1 else np.stack(weights)
        getattr(self.layer, self.attribute).assign(value)


def kind_of(layer: object) -> str:
    """The class of a layer."""
    return type(layer).__name__


def chain_of(path: Path, layers: Sequence[Layer]) -> Chain:
    """The chain that layers are. Raises `StoreError` for layers in another order."""
    kept = [layer for layer in layers if kind_of(layer) not in PASSED]
    inner = [layer.layer if kind_of(layer) == "TimeDistributed" else layer for layer in kept]
    result = ORDER.fullmatch("".join(map(_letter, kept)))
    if result is None:
        refuse(path, "layers", RULE, ", ".join(map(_said, kept)) or "none", ORDERED)
    parts = {
        name: inner[slice(*result.span(name))] if result[name] else []
        for name in result.groupdict()
    }
    layers = tuple(parts.pop("layers"))
    return Chain(layers=layers, **{name: part[0] if part else None for name, part in parts.items()})


def _letter(layer: Layer) -> str:
    if kind_of(layer) == "Bidirectional":
        return LETTERS["LSTM"] if kind_of(layer.forward_layer) in KINDS else "?"
    if kind_of(layer) == "TimeDistributed":
        return LETTERS["Dense"] if kind_of(layer.layer) == "Dense" else "?"
    return LETTERS.get(kind_of(layer), "?")


def _said(layer: Layer) -> str:
    mine = getattr(layer, "forward_layer", None) or getattr(layer, "layer", None)
    kind = f"{kind_of(layer)}({kind_of(mine)})" if mine is not None else kind_of(layer)
    return f"{layer.name} ({kind})" if layer.name else kind
