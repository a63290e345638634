"""The parts of a `.keras` file, a zip archive, looked at before Keras sees it: what they declare,
and no more.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from echoscope.errors import StoreError
from echoscope.formats.keras.loader import damaged, refuse
from echoscope.settings import Json

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MOST_CONFIG = 4 << 20  # bytes; of 16 stacked layers it has 60 thousand
# Keras stores weights unpacked, and trained ones would not pack by more than a tenth.
ROOM, PACKED = 64 << 20, 10
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
AGAIN = "save it again with model.save of Keras 3"
BUILD = "call the model on one batch, which builds it, and save it again"


def config_of(path: Path) -> Json:
    """The settings that Keras would build the model from, unread by Keras.

    Raises `StoreError` for what is no such archive, and for one that would unpack to much more
    than it is.
    """
    if not path.exists():
        raise StoreError(f"{path} does not exist: name a .keras file that does.")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(path, archive)
            config = json.loads(archive.read(CONFIG))
    except OSError as error:
        raise StoreError(
            f"{path} could not be read ({error.strerror or type(error).__name__}): "
            "make it readable, or name another."
        ) from error
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError) as error:
        raise StoreError(
            f"{path} is not a Keras file, which is a zip archive with a config.json in it: "
            "write it with model.save of Keras 3."
        ) from error
    if not isinstance(config, dict):
        refuse(path, CONFIG, "a JSON object", type(config).__name__, AGAIN)
    return config


def check_weights(path: Path, config: Json) -> None:
    """Refuse a weights file whose arrays are not there, not float32, or fewer than the layers ask
    for.
    """
    import h5py  # beside Keras, which needs it

    held = 0
    try:
        with (
            zipfile.ZipFile(path) as archive,
            h5py.File(io.BytesIO(archive.read(WEIGHTS)), "r") as file,
        ):
            for name, array in arrays_of(path, file, WEIGHTS):
                if name.startswith("optimizer") or "seed_generator" in name:
                    continue
                check_type(path, name, array)
                held += array.size
    except StoreError:
        raise
    except Exception as error:  # h5py raises whatever a damaged file runs it into
        raise damaged(path, f"{WEIGHTS}: {type(error).__name__}") from error
    if not held:
        refuse(path, "input shape", "known, so that there are weights", "left open", BUILD)
    needed = weights_asked(config)
    if needed > held:
        raise damaged(path, f"its layers ask for at least {needed:,} weights, and it has {held:,}")


def weights_asked(config: Json) -> int:
    """How many numbers the layers of a config have as kernels, each after the one before.

    >>> weights_asked({"config": {"layers": [
    ...     {"class_name": "InputLayer", "config": {"batch_shape": [None, 5, 3]}},
    ...     {"class_name": "LSTM", "config": {"units": 4}},
    ...     {"class_name": "Dense", "config": {"units": 3}}]}})
    124
    """
    total, width, steps = 0, 1, 1
    for layer in _layers(config):
        kind, settings = layer.get("class_name"), layer.get("config")
        settings = settings if isinstance(settings, dict) else {}
        if kind in ("TimeDistributed", "Bidirectional") and isinstance(settings.get("layer"), dict):
            both = 2 if kind == "Bidirectional" else 1
            beside = both if settings.get("merge_mode") == "concat" else 1
            kind, settings = settings["layer"].get("class_name"), settings["layer"].get("config")
            settings = settings if isinstance(settings, dict) else {}
        else:
            both = beside = 1
        size = {name: _count(settings, name) for name in ("units", "input_dim", "output_dim")}
        if kind == "InputLayer":
            value = settings.get("batch_shape")
            shape = (
                [part for part in value if isinstance(part, int)] if isinstance(value, list) else []
            )
            width, steps = shape[-1] if shape else 1, shape[-2] if len(shape) > 1 else 1
        elif kind == "Embedding":
            total, width = total + size["input_dim"] * size["output_dim"], size["output_dim"]
        elif kind in GATES:
            total += both * GATES[kind] * size["units"] * (width + size["units"])
            width = beside * size["units"]
        elif kind == "Flatten":
            width *= steps
        elif kind == "Dense":
            total, width = total + width * size["units"], size["units"]
    return total


def _layers(config: Json) -> list[Json]:
    inner = config.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else None
    return (
        [layer for layer in layers if isinstance(layer, dict)] if isinstance(layers, list) else []
    )


def _count(settings: Json, name: str) -> int:
    got = settings.get(name)
    return got if isinstance(got, int) and got > 0 else 0


def _check_sizes(path: Path, archive: zipfile.ZipFile) -> None:
    """What a part declares is also the most that is read of it."""
    parts = archive.infolist()
    names = [part.filename for part in parts]
    size, unpacked = path.stat().st_size, sum(part.file_size for part in parts)
    if unpacked > ROOM + PACKED * size:
        raise StoreError(
            f"{path} has {size:,} bytes and would unpack to {unpacked:,}, which no trained weights"
            " do: save the model again with model.save of Keras 3."
        )
    if CONFIG in names and archive.getinfo(CONFIG).file_size > MOST_CONFIG:
        refuse(
            path,
            CONFIG,
            f"of at most {MOST_CONFIG:,} bytes",
            f"{archive.getinfo(CONFIG).file_size:,}",
            AGAIN,
        )
    if len(set(names)) < len(names) or any(
        part.compress_type not in (0, zipfile.ZIP_DEFLATED) for part in parts
    ):
        raise ValueError
    if WEIGHTS not in names:
        raise damaged(path, f"it has no {WEIGHTS}")


def arrays_of(path: Path, file: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Every array of an HDF5 file, once it is sure that they are in it and no more than it could
    hold.
    """
    links: list[tuple[str, Any]] = []
    file.visititems_links(lambda name, link: links.append((name, link)))
    import h5py

    arrays = []
    for name, link in links:
        if not isinstance(link, h5py.HardLink):
            raise damaged(path, f"{where} names another file or place at {name}")
        if isinstance(file[name], h5py.Dataset):
            arrays.append((name, file[name]))
    if any(array.is_virtual or array.external for _, array in arrays):
        raise damaged(path, f"{where} has its arrays elsewhere")
    declared = sum(array.size * array.dtype.itemsize for _, array in arrays)
    if declared > ROOM + PACKED * path.stat().st_size:
        raise damaged(path, f"{where} would unpack to {declared:,} bytes")
    yield from arrays


def check_type(path: Path, name: str, array: Any) -> None:
    """Refuse an array of weights that are not float32, by its name."""
    if array.dtype != "float32":
        refuse(
            path,
            f"weights {name}",
            "float32",
            array.dtype,
            "build the network in float32, give it these with set_weights, and save it again",
        )
