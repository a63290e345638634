"""User data beside the runs that trained on them: one safetensors file for each hash,
written whole.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from echoscope.atomic_file import put
from echoscope.column_recodings import ColumnRecodings, from_json
from echoscope.errors import StoreError
from echoscope.experiment.user_data import UserData
from echoscope.recoding import Recoding
from echoscope.store import database


def path_of(folder: Path, name: str) -> Path:
    """Where the integers with this hash are: data-HASH.safetensors."""
    return folder / f"data-{name}.safetensors"


def keep(folder: Path, name: str, data: UserData) -> None:
    """Write them, unless they are there and whole. Raises `StoreError` for integers of another
    hash.
    """
    if data.name != name:
        raise StoreError(
            f"The run trained on the integers {name}, and those given are {data.name}: give those."
        )
    try:
        there = read(folder, name) is not None
    except StoreError:
        there = False
    if not there:
        from safetensors.numpy import save

        sequence = data.integers
        small = np.int16 if sequence.size and sequence.max() <= np.iinfo(np.int16).max else np.int32
        with database.writing(folder):  # which makes the folder, and says what goes wrong
            content = {"integers": np.ascontiguousarray(sequence, small)}
            if data.several:
                content["starts"] = np.ascontiguousarray(data.starts, np.int32)
            put(path_of(folder, name), save(content, _metadata(data.recoding)))


def brought(source: Path, folder: Path, names: Iterable[str | None]) -> list[str]:
    """Keep here what another folder has of these; gives a sentence for each that is damaged
    there.
    """
    damaged = []
    for name in names:
        try:
            data = None if name is None else read(source, name)
        except StoreError as error:
            damaged.append(str(error))
            continue
        if name is not None and data is not None:
            keep(folder, name, data)
    return damaged


def read(folder: Path, name: str) -> UserData | None:
    """The integers with this hash, None where they are not kept. Raises `StoreError` if
    they are damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = path_of(folder, name)
    if not path.exists():
        return None
    try:
        content = path.read_bytes()
        arrays = load(content)
        starts = arrays.get("starts", np.zeros(1)).astype(np.int64)
        data = UserData(arrays["integers"].astype(np.int64), _recoding(content), starts)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        data = UserData(np.zeros(0, np.int64))
    if data.name != name:
        raise StoreError(
            f"The integers {path} are damaged: delete the file, and train on them again to keep"
            " them."
        )
    return data


def _metadata(recoding: Recoding | ColumnRecodings | None) -> dict[str, str] | None:
    return {"recoding": json.dumps(recoding.to_json())} if recoding else None


def _recoding(content: bytes) -> Recoding | ColumnRecodings | None:
    """The recoding that the header of a safetensors file has: eight bytes with its size, then
    JSON.
    """
    size = int.from_bytes(content[:8], "little")
    text = json.loads(content[8 : 8 + size]).get("__metadata__", {}).get("recoding")
    return from_json(json.loads(text)) if text else None
