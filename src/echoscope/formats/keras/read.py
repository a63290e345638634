"""A Keras file in: the settings of its network, and its weights."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from echoscope.errors import StoreError
from echoscope.formats.keras import older
from echoscope.formats.keras.archive import check_weights, config_of
from echoscope.formats.keras.chain import Chain, chain_of
from echoscope.formats.keras.check import check_options, model_name
from echoscope.formats.keras.config import PASSED, check_classes, loss_of
from echoscope.formats.keras.graph import pieces_of
from echoscope.formats.keras.levels import Settled, settled, without_first
from echoscope.formats.keras.loader import OLDER, Layer, damaged, keras_itself, keras_path, refuse
from echoscope.formats.keras.names import Note, check_whole, named, note_of
from echoscope.formats.keras.outputs import Requested, Symbols, answers_of
from echoscope.recoding import Recoding, Value
from echoscope.settings import Json


@dataclass(frozen=True, kw_only=True)
class KerasModel:
    """What a Keras file holds: the settings of its network, and its weights under the names that a
    run gives them.

    `window` is None where the file leaves the time axis open, `batch_size` where it leaves the
    batch open. `target_count` is how many are predicted after one window, or at each step. `gaps`
    are "masked" or "marked" where the network can read one, else "none". `stateful` says whether
    its layers are. `recoding` says which value each symbol stands for; None where it is its own.
    `ignored` names the layers that do nothing when a network is used. Weights are float32, and lie
    as in Keras; layers of fewer units than the widest have zeros beside them.
    """

    model: str
    readout: str
    encoding: str
    layers: int
    bidirectional: bool
    gaps: str
    vocab_size: int
    units: int
    window: int | None
    target_count: int
    batch_size: int | None
    stateful: bool
    weights: dict[str, np.ndarray]
    recoding: Recoding | None = None
    ignored: tuple[str, ...] = ()


def read_keras(
    path: str | os.PathLike[str],
    encoding: str | None = None,
    vocab_size: int | None = None,
    names: Sequence[Value] | None = None,
) -> KerasModel:
    """The settings and weights of a `.keras` file, or of an `.h5` file of Keras 2 or 3, made of the
    layers that Echoscope has.

    Those are: LSTM, GRU (also `reset_after=False`) or SimpleRNN, several above each other and in
    both directions, with an Embedding or a Masking before; RepeatVector and an LSTM to decode; or
    Flatten and a Dense layer of rectified units; and a Dense layer that predicts; as a Sequential
    or a functional model. Dropout and noise do nothing when a network is used.

    Nothing in the file is run: its layers are checked by name, and its sizes by what they declare,
    before Keras sees it. `encoding`, and `vocab_size` where it is "scalar" or "bits", say what the
    outputs mean where the file does not; `names` the value that each symbol stands for, in order.
    Raises `StoreError` for what is not such a file or network, `ExtraError` without Keras.

    >>> read_keras("net.keras").units
    50
    """
    path = keras_path(path, older=True)
    keras, config, note, model, layers = _loaded(path)
    chain = chain_of(path, layers)
    check_options(path, keras, chain)
    told = Requested(encoding, vocab_size) if note is None else note.told(encoding, vocab_size)
    symbols = answers_of(path, keras, model, chain, loss_of(config), told)
    targets = _target_count(path, chain, model)
    mine = _weights(path, keras, chain, symbols, targets)
    shape = model.inputs[0].shape
    first = next(iter(chain.recurrent.values()), None)
    each = first is not None and chain.decoder is None and chain.layers[-1].return_sequences
    return KerasModel(
        model=model_name(chain),
        readout="decoder" if chain.decoder is not None else "all" if each else "last",
        encoding="one-hot" if mine.folded else symbols.encoding,
        layers=max(1, len(chain.layers)),
        bidirectional=chain.both,
        gaps=symbols.gaps,
        vocab_size=symbols.vocab_size,
        units=mine.units,
        window=shape[1],
        target_count=targets,
        batch_size=shape[0],
        stateful=first is not None and bool(first.stateful),
        weights=mine.weights,
        recoding=_recoding(path, chain, symbols, note, names),
        ignored=tuple(_ignored(path, config)),
    )


def _loaded(path: Path) -> tuple[ModuleType, Json, Note | None, Layer, list[Layer]]:
    """Keras, the config of a file, what we wrote beside it, the network that it is, and its layers
    in their order.
    """
    if path.suffix in OLDER:
        config, held = older.read_older(path)
        older.check_container(path, config)
        keras = keras_itself()
        model = older.built(path, keras, config, held)
        return keras, config, None, model, list(model.layers)
    config = config_of(path)
    note = note_of(path)
    check_whole(path, note)
    check_classes(path, config)
    keras = keras_itself()
    check_weights(path, config)
    pieces = pieces_of(path, config)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        layers = [model.get_layer(piece.name) for piece in pieces if piece.kind != "InputLayer"]
    except (
        Exception
    ) as error:  # Keras raises whatever a damaged config or weights file runs it into
        raise damaged(
            path, f"Keras {keras.__version__} cannot load it: {type(error).__name__}"
        ) from error
    return keras, config, note, model, layers


def _ignored(path: Path, config: Json) -> Iterator[str]:
    """The layers that do nothing when a network is used, and the dropout inside of others."""
    for piece in pieces_of(path, config):
        inner = piece.settings.get("layer")
        parts = [piece.settings, inner.get("config") if isinstance(inner, dict) else None]
        if piece.kind in PASSED and piece.kind != "InputLayer":
            yield f"{piece.kind} {piece.name}"
        for name in ("dropout", "recurrent_dropout"):
            if any(isinstance(part, dict) and part.get(name) for part in parts):
                yield f"{name} of {piece.name}"


def _recoding(
    path: Path, chain: Chain, symbols: Symbols, note: Note | None, names: Sequence[Value] | None
) -> Recoding | None:
    """Which value each symbol stands for: by the caller, by the file, or as an Embedding counts
    them whose 0 is a gap.
    """
    if names is not None:
        return named(path, names, symbols.vocab_size)
    if note is not None and note.recoding is not None:
        return note.checked(path, symbols.vocab_size)
    if note is None and chain.masked_table:
        return Recoding(tuple(range(1, symbols.vocab_size + 1)), missing_values=(0,))
    return None


def _target_count(path: Path, chain: Chain, model: Layer) -> int:
    if chain.repeat is not None:
        return chain.repeat.n
    if chain.reshape is None:
        return 1
    shape = tuple(model.outputs[0].shape)
    if len(shape) != 3 or chain.decoder is not None or chain.readout.units % shape[2]:
        refuse(
            path,
            f"layer {chain.reshape.name}",
            "a list of targets, each of all outputs",
            shape[1:],
            "leave it out, which has no weights, and save it",
        )
    return chain.readout.units // shape[2]


def _weights(
    path: Path, keras: ModuleType, chain: Chain, symbols: Symbols, targets: int
) -> Settled:
    weights: dict[str, np.ndarray] = {}
    for place in chain.places():
        weights |= place.read(keras)
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise StoreError(
                f"{path} has weights {name} that are not all finite numbers: train the model again."
            )
    outputs = len(weights["readout.bias"]) // (1 if chain.decoder is not None else targets)
    if chain.masked_table and outputs == symbols.vocab_size + 1:
        weights = without_first(weights, 1 if chain.decoder is not None else targets)
    return settled(chain, weights, chain.masked_table)
