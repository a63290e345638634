"""What the numbers that a network in Keras hears and says are: by what the file says of them, or by
what it is told.
"""

from pathlib import Path
from typing import Any, NamedTuple

from echoscope.errors import RecordError, WordError
from echoscope.formats.keras.chain import Chain, kind_of
from echoscope.formats.keras.config import Loss
from echoscope.formats.keras.loader import refuse

ACTIVATIONS = ("softmax", "linear", "sigmoid")


class Answers(NamedTuple):
    """How a symbol is heard and said, how many there are, and `gaps`: none can be heard, or masked,
    or marked.
    """

    encoding: str
    symbols: int
    gaps: str


class Told(NamedTuple):
    """What the caller says where a file cannot; None is nothing."""

    encoding: str | None
    symbols: int | None


def answers_of(path: Path, keras: Any, model: Any, chain: Chain, loss: Loss, told: Told) -> Answers:
    """The encoding, symbols and gaps of a network.

    A softmax chooses one of its outputs, and so do logits that were trained by a cross-entropy of
    logits. Of other outputs a file does not say what they mean, so nothing is guessed.
    """
    heard = chain.embedding.input_dim if chain.embedding is not None else model.inputs[0].shape[-1]
    said, last = model.outputs[0].shape[-1], _activation(path, keras, chain)
    encoding = "one-hot" if chain.embedding is None else "embedding"
    chosen = last == "softmax" or loss.logits
    if told.encoding not in (None, encoding) and chosen:
        raise WordError(
            f"encoding is {encoding} in {path}, not {told.encoding}: leave --encoding out."
        )
    if told.encoding in ("scalar", "bits"):
        return _numbers(path, chain, heard, said, last, told)
    if heard - said not in (0, 1) or said == 1:
        if chain.embedding is None and heard == said:
            _ask(
                path,
                f"hears one number and says one, and {loss}",
                "if they are symbols divided by symbols-1, say so with --encoding scalar and"
                " --symbols",
            )
        refuse(path, "last Dense layer", f"as wide as its input, {heard}", said)
    if told.encoding not in (None, encoding):
        raise WordError(
            f"encoding is {encoding} in {path}, not {told.encoding}: leave --encoding out."
        )
    if last == "linear" and not chosen and told.encoding is None:
        _ask(
            path,
            f"says {said} numbers without a softmax, and {loss}",
            f"if the largest is the symbol said, say so with --encoding {encoding}",
        )
    if last == "sigmoid" and told.encoding is None:
        _ask(
            path,
            f"says {said} numbers with a sigmoid, and {loss}",
            f"if the largest is the symbol said, say so with --encoding {encoding}; if they are the"
            " binary digits of one, with --encoding bits and --symbols",
        )
    if heard > said:
        return Answers(encoding, said, "marked")
    # One-hot, a gap is a vector of zeros: to Flatten and Dense it adds nothing, which is what
    # masked means there.
    passes = chain.masking is not None or (chain.hidden is not None and encoding == "one-hot")
    return Answers(encoding, said, "masked" if passes else "none")


def _numbers(path: Path, chain: Chain, heard: int, said: int, last: str, told: Told) -> Answers:
    """Answers that are numbers of a symbol, not one number a symbol: a file does not say how many
    symbols there are.
    """
    encoding, symbols = told
    if symbols is None:
        raise RecordError(
            f"{path} does not say how many symbols its numbers stand for: say so with --symbols."
        )
    width, wanted = (
        (1, "linear") if encoding == "scalar" else ((symbols - 1).bit_length(), "sigmoid")
    )
    if chain.embedding is not None or (heard, said) != (width, width):
        got = f"{heard} and {said}" if chain.embedding is None else "an Embedding"
        raise WordError(
            f"encoding {encoding} of {symbols} symbols hears and says {width} numbers, and {path}"
            f" has {got}: leave --encoding out."
        )
    if last not in (wanted, "linear"):
        refuse(path, "last activation", wanted, last)
    if chain.masking is None:
        return Answers(str(encoding), symbols, "none")
    if 0 <= chain.masking.mask_value <= 1:
        refuse(
            path,
            f"mask_value of layer {chain.masking.name}",
            "outside 0 to 1, where symbols are",
            chain.masking.mask_value,
        )
    return Answers(str(encoding), symbols, "masked")


def _activation(path: Path, keras: Any, chain: Chain) -> str:
    """What the answers go through last: in the dense layer, or after it."""
    known = {getattr(keras.activations, name): name for name in ACTIVATIONS}
    inner = known.get(chain.said.activation)
    if inner is None:
        refuse(
            path,
            f"activation of layer {chain.said.name}",
            " or ".join(ACTIVATIONS),
            getattr(chain.said.activation, "__name__", chain.said.activation),
        )
    if chain.reshape is not None and inner == "softmax":
        refuse(path, "softmax", "after Reshape, of each answer by itself", "before it")
    if chain.after is None:
        return inner
    outer = "softmax" if kind_of(chain.after) == "Softmax" else known.get(chain.after.activation)
    if inner != "linear" or outer is None or getattr(chain.after, "axis", -1) != -1:
        refuse(
            path,
            f"layer {chain.after.name}",
            f"{' or '.join(ACTIVATIONS)} of what Dense says",
            f"{kind_of(chain.after)} after {inner}",
        )
    return outer


def _ask(path: Path, what: str, remedy: str) -> None:
    raise RecordError(f"{path} {what}: {remedy}.")
