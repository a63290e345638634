"""Where records live: a folder of JSON files, each with its weights in a safetensors file beside it.

A record's JSON is renamed into place last, and names its weights by their own hash: a kill at any moment leaves the
old record or the new one, whole.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from echoscope.errors import RecordError
from echoscope.record import Record

FINISHED = ("done", "solved", "imported")


class Store:
    """A folder of records.

    >>> Store("echoes").ids()
    []
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise RecordError(f"The store {self.folder} must be a folder, not a file: name another with --store.")

    def ids(self) -> list[str]:
        """The ids of all records, in no order."""
        return [path.stem for path in self.folder.glob("*.json")]

    def records(self) -> list[Record]:
        """All records, the oldest first."""
        return sorted((self._read(identity) for identity in self.ids()), key=lambda record: record.created)

    def path(self, record: Record) -> Path:
        """The record's JSON file."""
        return self.folder / f"{record.id}.json"

    def find(self, identity: str | None = None) -> Record:
        """The record with this id, or the only one whose id starts so, or the latest. Raises `RecordError`."""
        ids = self.ids()
        if not ids:
            raise RecordError(f"There is no record in {self.folder}: make one with echoscope run lag.")
        if identity is None:
            return self.records()[-1]
        found = [known for known in ids if known.startswith(identity)] if identity else []
        if not found:
            raise RecordError(f"No record in {self.folder} starts with {identity!r}: see echoscope runs.")
        if len(found) > 1:
            raise RecordError(f"{identity!r} is the start of {len(found)} records ({', '.join(sorted(found))}): "
                              "give more of it.")  # fmt: skip
        return self._read(found[0])

    def add(self, record: Record, weights: dict[str, np.ndarray]) -> Record:
        """Keep a record and its weights, whole or not at all; gives it back with the weights' file named.

        Equal words replace the record they had, unless it was finished and this one is not: then that one stays.
        """
        from safetensors.numpy import save

        before = self._read(record.id).outcome if record.id in self.ids() else None
        if record.outcome == "imported" and before in ("done", "solved"):
            raise RecordError(f"Record {record.id} of these words was trained here and stays: import into another "
                              "--store, or with another --seed.")  # fmt: skip
        if record.outcome not in FINISHED and before in FINISHED:
            return self._read(record.id)
        content = save({name: np.ascontiguousarray(array) for name, array in weights.items()})
        named = replace(record, weights=f"{record.id}-{hashlib.sha256(content).hexdigest()[:16]}.safetensors")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _put(self.folder / named.weights, content)
            _put(self.path(named), json.dumps(named.to_json(), indent=1, allow_nan=False).encode() + b"\n")
            for old in self.folder.glob(f"{record.id}-*.safetensors"):
                if old.name != named.weights:
                    old.unlink(missing_ok=True)
        except OSError as error:
            raise RecordError(f"The store {self.folder} cannot be written ({error.strerror}): make room or leave, or "
                              "name another with --store.") from None  # fmt: skip
        return named

    def weights(self, record: Record) -> dict[str, np.ndarray]:
        """The weights of a record, by name. Raises `RecordError` if they are missing, damaged, or diverged."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        if record.outcome == "diverged":
            raise RecordError(f"Record {record.id} diverged, so it has nothing to say: train it with a smaller rate, "
                              "or name another record.")  # fmt: skip
        path = self.folder / record.weights
        try:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest()[:16] != path.stem.split("-")[-1]:
                raise RecordError(f"The weights {path} are damaged: run the experiment again.")
            return load(content)
        except (OSError, SafetensorError):
            raise RecordError(f"The weights {path} cannot be read: run the experiment again.") from None

    def _read(self, identity: str) -> Record:
        path = self.folder / f"{identity}.json"
        try:
            values: Any = json.loads(path.read_bytes())
        except (OSError, ValueError):
            raise RecordError(f"{path} is damaged: it is not JSON; delete it, or run the experiment again.") from None
        return Record.from_json(values, str(path))


def _put(path: Path, content: bytes) -> None:
    """Write a file that is whole or not there."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
