"""Which symbols the numbers stand for that a network in Keras reads and predicts: by what its file
says of them, or else by what the caller says.
"""

from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from echoscope.errors import SettingError, StoreError
from echoscope.formats.keras.chain import Chain, kind_of
from echoscope.formats.keras.config import Loss
from echoscope.formats.keras.loader import SET, Layer, refuse

ACTIVATIONS = ("softmax", "linear", "sigmoid")


class Symbols(NamedTuple):
    """The symbols of a network: by which `encoding` numbers stand for one, how many different ones
    there are, and what becomes of `gaps`: "masked", "marked", or "none" where it reads none.
    """

    encoding: str
    vocab_size: int
    gaps: str


class Requested(NamedTuple):
    """What the caller says where a file cannot; None is nothing."""

    encoding: str | None
    vocab_size: int | None


def answers_of(
    path: Path, keras: ModuleType, model: Layer, chain: Chain, loss: Loss, told: Requested
) -> Symbols:
    """The encoding, symbols and gaps of a network.

    A softmax chooses one of its outputs, and so do logits that were trained by a cross-entropy of
    logits. Of other outputs a file does not say what they mean, so nothing is guessed.
    """
    inputs = chain.embedding.input_dim if chain.embedding is not None else model.inputs[0].shape[-1]
    outputs, last = model.outputs[0].shape[-1], _activation(path, keras, chain)
    if chain.masked_table and outputs == inputs - 1:
        outputs = inputs  # as many symbols as the table has beside the gap
    encoding = "one-hot" if chain.embedding is None else "embedding"
    chosen = last == "softmax" or loss.logits
    if told.encoding not in (None, encoding) and chosen:
        raise SettingError(
            f"encoding is {encoding} in {path}, not {told.encoding}: leave encoding out."
        )
    if told.encoding in ("scalar", "bits"):
        return _numbers(path, chain, inputs, outputs, last, told)
    if inputs - outputs not in (0, 1) or outputs == 1:
        if chain.embedding is None and inputs == outputs:
            _ask(
                path,
                f"reads one number and says one, and {loss}",
                "if they are symbols divided by vocab_size-1, say so with encoding=scalar and"
                " vocab_size",
            )
        refuse(
            path,
            f"layer {chain.readout.name}",
            f"as wide as its input, {inputs}",
            outputs,
            "what it says are no symbols that it reads, so put a Dense of that width in its place,"
            " train that a little, and save it",
        )
    if told.encoding not in (None, encoding):
        raise SettingError(
            f"encoding is {encoding} in {path}, not {told.encoding}: leave encoding out."
        )
    if last == "linear" and not chosen and told.encoding is None:
        _ask(
            path,
            f"says {outputs} numbers without a softmax, and {loss}",
            f"if the largest is the symbol said, say so with encoding={encoding}",
        )
    if last == "sigmoid" and told.encoding is None:
        _ask(
            path,
            f"says {outputs} numbers with a sigmoid, and {loss}",
            f"if the largest is the symbol said, say so with encoding={encoding}; if they are the"
            " binary digits of one, with encoding=bits and vocab_size",
        )
    if chain.masked_table:
        return Symbols(encoding, inputs - 1, "masked")
    if inputs > outputs:
        return Symbols(encoding, outputs, "marked")
    # One-hot, a gap is a vector of zeros: to Flatten and Dense it adds nothing, which is what
    # masked means there.
    passes = chain.masking is not None or (chain.hidden is not None and encoding == "one-hot")
    return Symbols(encoding, outputs, "masked" if passes else "none")


def _numbers(
    path: Path, chain: Chain, inputs: int, outputs: int, last: str, told: Requested
) -> Symbols:
    """The symbols of a network that reads and predicts a symbol as its value or its binary digits:
    of how many there are, the file says nothing.
    """
    encoding, vocab_size = told
    if vocab_size is None:
        raise StoreError(
            f"{path} does not say how many symbols its numbers stand for: say so with vocab_size."
        )
    width, activation = (
        (1, "linear") if encoding == "scalar" else ((vocab_size - 1).bit_length(), "sigmoid")
    )
    if chain.embedding is not None or (inputs, outputs) != (width, width):
        got = f"{inputs} and {outputs}" if chain.embedding is None else "an Embedding"
        raise SettingError(
            f"encoding {encoding} of {vocab_size} symbols reads and says {width} numbers, and"
            f" {path} has {got}: leave encoding out."
        )
    if last not in (activation, "linear"):
        refuse(path, f"activation of layer {chain.readout.name}", activation, last, SET)
    if chain.masking is None:
        return Symbols(str(encoding), vocab_size, "none")
    if 0 <= chain.masking.mask_value <= 1:
        refuse(
            path,
            f"mask_value of layer {chain.masking.name}",
            "outside 0 to 1, where symbols are",
            chain.masking.mask_value,
            "give its Masking another value, which has no weights, and save it",
        )
    return Symbols(str(encoding), vocab_size, "masked")


def _activation(path: Path, keras: ModuleType, chain: Chain) -> str:
    """What the outputs go through last: in the dense layer, or after it."""
    known = {getattr(keras.activations, name): name for name in ACTIVATIONS}
    inner = known.get(chain.readout.activation)
    if inner is None:
        refuse(
            path,
            f"activation of layer {chain.readout.name}",
            " or ".join(ACTIVATIONS),
            getattr(chain.readout.activation, "__name__", chain.readout.activation),
            SET,
        )
    if chain.reshape is not None and inner == "softmax":
        refuse(
            path,
            f"softmax of layer {chain.readout.name}",
            "after Reshape, of each target by itself",
            "before it",
            SET,
        )
    if chain.after is None:
        return inner
    outer = "softmax" if kind_of(chain.after) == "Softmax" else known.get(chain.after.activation)
    if inner != "linear" or outer is None or getattr(chain.after, "axis", -1) != -1:
        refuse(
            path,
            f"layer {chain.after.name}",
            f"{' or '.join(ACTIVATIONS)} of what Dense says",
            f"{kind_of(chain.after)} after {inner}",
            "leave it out, which has no weights, and save it",
        )
    return outer


def _ask(path: Path, what: str, remedy: str) -> None:
    raise StoreError(f"{path} {what}: {remedy}.")
