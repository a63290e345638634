"""A `.keras` file in: the settings of its network, and its weights."""

import os
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from echoscope.errors import StoreError
from echoscope.formats.keras.archive import check_weights, config_of
from echoscope.formats.keras.chain import Chain, chain_of
from echoscope.formats.keras.check import check_chain, check_options, model_name
from echoscope.formats.keras.config import check_classes, loss_of
from echoscope.formats.keras.loader import Layer, damaged, keras_itself, keras_path, refuse
from echoscope.formats.keras.outputs import Requested, answers_of


@dataclass(frozen=True, kw_only=True)
class KerasModel:
    """What a Keras file holds: the settings of its network, and its weights under the names that a
    run gives them.

    `window` is None where the file leaves the time axis open, `batch_size` where it leaves the
    batch open. `target_count` is how many are predicted after one window, or 1 at each step. `gaps`
    are "masked" or "marked" where the network can read one, else "none". `stateful` says whether
    its layers are. Weights are float32, and lie as in Keras.
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


def read_keras(
    path: str | os.PathLike[str], encoding: str | None = None, vocab_size: int | None = None
) -> KerasModel:
    """The settings and weights of a `.keras` file made of the layers that Echoscope has.

    Those are: LSTM, GRU or SimpleRNN with Keras' own defaults, several above each other and in both
    directions, with an Embedding or a Masking before; RepeatVector and an LSTM to decode; or
    Flatten and a Dense layer of rectified units; and a Dense layer that predicts. Dropout and noise
    do nothing when a network is used.

    Nothing in the file is run: its layers are checked by name, and its sizes by what they declare,
    before Keras sees it. `encoding`, and `vocab_size` where it is "scalar" or "bits", say what the
    outputs mean where the file does not. Raises `StoreError` for what is not such a file or
    network, `ExtraError` without Keras.

    >>> read_keras("net.keras").units
    50
    """
    path = keras_path(path)
    config = config_of(path)
    check_classes(path, config)
    keras = keras_itself()
    check_weights(path, config)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (
        Exception
    ) as error:  # Keras raises whatever a damaged config or weights file runs it into
        raise damaged(
            path, f"Keras {keras.__version__} cannot load it: {type(error).__name__}"
        ) from error
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    check_chain(path, keras, model, layers)
    chain = chain_of(path, layers)
    check_options(path, keras, chain)
    told = answers_of(path, keras, model, chain, loss_of(config), Requested(encoding, vocab_size))
    shape = model.inputs[0].shape
    first = next(iter(chain.recurrent.values()), None)
    each = first is not None and chain.decoder is None and chain.layers[-1].return_sequences
    return KerasModel(
        model=model_name(chain),
        readout="decoder" if chain.decoder is not None else "all" if each else "last",
        encoding=told.encoding,
        layers=max(1, len(chain.layers)),
        bidirectional=chain.both,
        gaps=told.gaps,
        vocab_size=told.vocab_size,
        units=first.units if first is not None else chain.hidden.units,
        window=shape[1],
        target_count=_target_count(path, chain, model),
        batch_size=shape[0],
        stateful=first is not None and bool(first.stateful),
        weights=_weights(path, keras, chain),
    )


def _target_count(path: Path, chain: Chain, model: Layer) -> int:
    if chain.repeat is not None:
        return chain.repeat.n
    if chain.reshape is None:
        return 1
    shape = tuple(model.outputs[0].shape)
    if (
        len(shape) != 3
        or chain.decoder is not None
        or (chain.layers and chain.layers[-1].return_sequences)
    ):
        refuse(path, f"layer {chain.reshape.name}", "a list of targets after the window", shape[1:])
    return shape[1]


def _weights(path: Path, keras: ModuleType, chain: Chain) -> dict[str, np.ndarray]:
    weights: dict[str, np.ndarray] = {}
    for place in chain.places():
        weights |= place.read(keras)
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise StoreError(
                f"{path} has weights {name} that are not all finite numbers: train the model again."
            )
    return weights
