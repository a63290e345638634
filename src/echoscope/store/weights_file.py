"""Weights beside the records: safetensors files named by a record's id and a hash of their content,
written whole.
"""

import hashlib
from pathlib import Path

import numpy as np

from echoscope.atomic_file import put
from echoscope.errors import RecordError

__all__ = ["content_of", "encoded", "name_of", "put", "read"]


def encoded(weights: dict[str, np.ndarray]) -> bytes:
    """The content of a file that holds these weights, by name."""
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(array) for name, array in weights.items()})


def name_of(identity: str, content: bytes) -> str:
    """The file's name: ID-HASH.safetensors."""
    return f"{identity}-{_hash(content)}.safetensors"


def content_of(path: Path) -> bytes:
    """A file's bytes, if they are those it was written with; else a `RecordError`."""
    try:
        content = path.read_bytes()
    except OSError:
        raise RecordError(f"The weights {path} cannot be read: run the experiment again.") from None
    if _hash(content) != path.stem.split("-")[-1]:
        raise RecordError(f"The weights {path} are damaged: run the experiment again.")
    return content


def read(path: Path) -> dict[str, np.ndarray]:
    """The weights of a file, by name. Raises `RecordError` if it is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(content_of(path))
    except SafetensorError:
        raise RecordError(f"The weights {path} cannot be read: run the experiment again.") from None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
