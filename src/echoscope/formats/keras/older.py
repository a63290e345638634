"""Keras' older format, one HDF5 file, as Keras 2 wrote it and Keras 3 still does: its config as
data, and a model built anew from what is known of it.

Keras 3 itself stops at the `time_major` of Keras 2's recurrent layers. Nothing of the file is given
to it but names, numbers and arrays.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from echoscope.errors import StoreError
from echoscope.formats.keras.archive import BUILD, MOST_CONFIG, arrays_of, check_type
from echoscope.formats.keras.check import REBUILD
from echoscope.formats.keras.config import CONTAINED, CONTAINERS, LAYERS, PASSED, refuse_layer
from echoscope.formats.keras.graph import Piece, pieces_of
from echoscope.formats.keras.loader import SET, Layer, damaged, refuse
from echoscope.settings import Json, JsonValue

RECURRENT = (
    "units activation recurrent_activation use_bias return_sequences return_state go_backwards"
    " stateful reset_after zero_output_for_mask"
)
OPTIONS = {
    "LSTM": RECURRENT,
    "GRU": RECURRENT,
    "SimpleRNN": RECURRENT,
    "Dense": "units activation use_bias",
    "Embedding": "input_dim output_dim mask_zero",
    "Masking": "mask_value",
    "RepeatVector": "n",
    "Reshape": "target_shape",
    "Activation": "activation",
    "Softmax": "axis",
    "Bidirectional": "merge_mode",
}
ATTRIBUTES = ("kernel", "recurrent_kernel", "bias", "embeddings")
WHOLE = "load it in Keras and save it as .keras, where what LoRA adds is added"
Arrays = dict[str, np.ndarray]


def read_older(path: Path) -> tuple[Json, dict[str, Arrays]]:
    """The config of a file, its `compile_config` as a `.keras` file has it, and the arrays of each
    layer by their path; unread by Keras.
    """
    import h5py  # beside Keras, which needs it

    try:
        with h5py.File(path, "r") as file:
            config = _json(path, file.attrs, "model_config")
            if "training_config" in file.attrs:
                config["compile_config"] = _json(path, file.attrs, "training_config")
            held: dict[str, Arrays] = {}
            for name, array in arrays_of(path, file, path.name):
                top, _, rest = name.partition("/")
                layer, _, where = rest.partition("/")
                if top == "model_weights" and "lora_" in where:
                    refuse(path, f"weights of layer {layer}", "whole", "parted by LoRA", WHOLE)
                if top == "model_weights" and where.split(":")[0].endswith(ATTRIBUTES):
                    check_type(path, where, array)
                    held.setdefault(layer, {})[where.split(":")[0]] = array[()]
    except StoreError:
        raise
    except FileNotFoundError:
        raise StoreError(f"{path} does not exist: name a Keras file that does.") from None
    except Exception as error:  # h5py raises whatever a damaged file runs it into
        raise damaged(path, f"{type(error).__name__}") from error
    return config, held


def built(path: Path, keras: ModuleType, config: Json, held: dict[str, Arrays]) -> Layer:
    """The network with its weights, as a Sequential of its layers in their order."""
    pieces = pieces_of(path, config)
    for piece in pieces:
        _check_known(path, piece)
    layers = [keras.Input(batch_shape=_shape(path, config, pieces), name="symbols")]
    layers += [_layer(path, keras, piece) for piece in pieces if piece.kind not in PASSED]
    _check_count(path, pieces, held)
    try:
        model = keras.Sequential(layers)
        for layer in model.layers:
            for part, forward in _parts(layer):
                _fill(path, layer.name, part, held.get(layer.name, {}), forward)
    except StoreError:
        raise
    except Exception as error:  # as Keras raises for layers that do not fit each other
        raise damaged(path, f"its layers do not fit: {type(error).__name__}") from error
    return model


def check_container(path: Path, config: Json) -> None:
    """Refuse a model that is no chain of layers to begin with."""
    kind = config.get("class_name")
    if kind not in (*CONTAINERS, "Model"):  # as Keras 2 called a functional one
        refuse(path, "model", "a Sequential or Functional of Keras", kind, CONTAINED)


def _json(path: Path, attributes: Any, name: str) -> Json:
    text = attributes.get(name)
    if text is None:
        raise StoreError(
            f"{path} has weights and no layers: in Keras, build the network, load them with"
            f" load_weights, and save it as {path.stem.removesuffix('.weights')}.keras."
        )
    if len(text) > MOST_CONFIG:
        raise damaged(path, f"{name} has {len(text):,} bytes")
    result = json.loads(text)
    if not isinstance(result, dict):
        raise damaged(path, f"{name} is no JSON object")
    return result


def _check_known(path: Path, piece: Piece) -> None:
    """Refuse a class that is not known, and what a layer hands on otherwise."""
    for part in filter(None, (piece, _inner(piece), _inner(piece, "backward_layer"))):
        if part.kind not in LAYERS:
            refuse_layer(path, piece.name, part.kind)
        for option in ("time_major", "return_state"):
            if part.settings.get(option):
                refuse(path, f"{option} of layer {part.name}", "False", "True", REBUILD)


def _shape(path: Path, config: Json, pieces: list[Piece]) -> list[int | None]:
    """What the network reads: of the input layer, or of the first layer, or of the whole."""
    first = pieces[0].settings if pieces else {}
    whole = config.get("config")
    shapes = (
        first.get("batch_input_shape"),
        first.get("batch_shape"),
        whole.get("build_input_shape") if isinstance(whole, dict) else None,
    )
    shape = next((value for value in shapes if isinstance(value, list)), None)
    if shape is None:
        refuse(path, "input shape", "known, so that there are weights", "left open", BUILD)
    return [part if isinstance(part, int) else None for part in shape]


def _layer(path: Path, keras: ModuleType, piece: Piece) -> Layer:
    """A layer built from those of its options that change what it says."""
    options: dict[str, Any] = {
        key: piece.settings[key]
        for key in OPTIONS.get(piece.kind, "").split()
        if piece.settings.get(key) is not None
    }
    if piece.kind == "GRU":
        options.setdefault("reset_after", False)  # as it was before there was a choice
    for key in ("layer", "backward_layer"):
        inner = _inner(piece, key)
        if inner is not None:
            options[key] = _layer(path, keras, inner)
    for key in ("activation", "recurrent_activation"):
        value = options.get(key, "linear")
        name = value.get("config", "a class") if isinstance(value, dict) else value
        if not hasattr(keras.activations, str(name)):
            refuse(path, f"{key} of layer {piece.name}", "one of Keras' own", name, SET)
        if key in options:
            options[key] = name
    try:
        return getattr(keras.layers, piece.kind)(
            name=piece.name, dtype=_type(piece.settings.get("dtype")), **options
        )
    except Exception as error:  # Keras raises whatever an option runs it into
        raise damaged(path, f"layer {piece.name}: {type(error).__name__}") from error


def _inner(piece: Piece, key: str = "layer") -> Piece | None:
    """The layer that a wrapper holds."""
    inner = piece.settings.get(key)
    if piece.kind not in ("Bidirectional", "TimeDistributed") or not isinstance(inner, dict):
        return None
    settings = inner.get("config")
    settings = settings if isinstance(settings, dict) else {}
    return Piece(str(settings.get("name")), str(inner.get("class_name")), settings)


def _type(value: JsonValue) -> str:
    """The name of a policy of numbers: a text, or an object with one."""
    if isinstance(value, dict):
        settings = value.get("config")
        return str(settings.get("name")) if isinstance(settings, dict) else "float32"
    return value if isinstance(value, str) else "float32"


def _parts(layer: Layer) -> Iterator[tuple[Layer, bool | None]]:
    """What of a layer has weights of its own, and whether it reads forward, where it is one of two
    directions.
    """
    if hasattr(layer, "forward_layer"):
        yield layer.forward_layer.cell, True
        yield layer.backward_layer.cell, False
    else:
        inner = getattr(layer, "layer", layer)
        yield getattr(inner, "cell", inner), None


def _fill(path: Path, layer: str, part: Layer, arrays: Arrays, forward: bool | None) -> None:
    """Give a layer its arrays, or say which is missing or of another shape."""
    mine = {
        name.rpartition("/")[2]: array
        for name, array in arrays.items()
        if forward in (None, any(up.startswith("forward_") for up in name.split("/")[-3:-1]))
    }
    for attribute in ATTRIBUTES:
        variable = getattr(part, attribute, None)
        if variable is None:
            continue
        array = mine.get(attribute)
        if array is None or array.shape != tuple(variable.shape):
            got = "missing" if array is None else f"of shape {array.shape}"
            raise damaged(path, f"its {attribute} of layer {layer} is {got}")
        variable.assign(array)


def _check_count(path: Path, pieces: list[Piece], held: dict[str, Arrays]) -> None:
    """Refuse layers that ask for more weights than there are, before any is made."""
    for piece in pieces:
        inner = _inner(piece) or piece
        units = inner.settings.get("units")
        arrays = held.get(piece.name, {})
        widest = max((array.shape[-1] for array in arrays.values()), default=0)
        if isinstance(units, int) and units > widest:
            raise damaged(
                path, f"layer {piece.name} has {units:,} units, and weights of {widest:,}"
            )
        size = piece.settings.get("input_dim")
        if piece.kind == "Embedding" and isinstance(size, int):
            rows = max((len(array) for array in arrays.values()), default=0)
            if size > rows:
                raise damaged(
                    path, f"layer {piece.name} has {size:,} rows, and weights of {rows:,}"
                )
