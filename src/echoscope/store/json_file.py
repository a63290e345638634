"""Runs as they were kept before there was a database: ID.json, each with its weights beside it.
Only read.
"""

import json
import re
from pathlib import Path

from echoscope.errors import StoreError
from echoscope.runs.run import Run
from echoscope.settings import JsonValue


def paths(folder: Path) -> list[Path]:
    """The files of a folder that are named as such runs are."""
    return sorted(path for path in folder.glob("*.json") if re.fullmatch("[0-9a-f]{12}", path.stem))


def read(path: Path) -> Run:
    """The run of a file. Raises `StoreError` if it is damaged."""
    try:
        values: JsonValue = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise StoreError(
            f"{path} is damaged: it is not JSON; delete it, or run the experiment again."
        ) from None
    return Run.from_json(values, str(path))
