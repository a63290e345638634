"""Weights beside the runs: safetensors files named by a run's id and a hash of their content,
written whole.
"""

import hashlib
from pathlib import Path

import numpy as np

from echoscope.atomic_file import put
from echoscope.errors import StoreError
from echoscope.runs import schema_1

__all__ = ["content_of", "encoded", "name_of", "put", "read"]


def encoded(weights: dict[str, np.ndarray]) -> bytes:
    """The content of a file that holds these weights, by name."""
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(array) for name, array in weights.items()})


def name_of(identity: str, content: bytes) -> str:
    """The file's name: ID-HASH.safetensors."""
    return f"{identity}-{_hash(content)}.safetensors"


def content_of(path: Path) -> bytes:
    """A file's bytes, if they are those it was written with; else a `StoreError`."""
    try:
        content = path.read_bytes()
    except OSError:
        raise StoreError(f"The weights {path} cannot be read: run the experiment again.") from None
    if _hash(content) != path.stem.split("-")[-1]:
        raise StoreError(f"The weights {path} are damaged: run the experiment again.")
    return content


def read(path: Path) -> dict[str, np.ndarray]:
    """The weights of a file, by name. Raises `StoreError` if it is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        weights = load(content_of(path))
    except SafetensorError:
        raise StoreError(f"The weights {path} cannot be read: run the experiment again.") from None
    if "said.kernel" not in weights:
        return weights
    return {schema_1.weight_name(name): array for name, array in weights.items()}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
