"""Stores of the first schema, which kept `records.sqlite`: their runs are brought over once, under
the names of this one, and the old database stays as it is.
"""

import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from echoscope.errors import StoreError
from echoscope.runs.run import Run
from echoscope.store import columns

NAME = "records.sqlite"


def bring_over(folder: Path, connection: sqlite3.Connection) -> None:
    """Put every run of an old database into a new one; what is damaged there is left there."""
    path = folder / NAME
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as old:
        for record, curve in old.execute("SELECT record, curve FROM documents ORDER BY rowid"):
            with suppress(StoreError, ValueError, TypeError, RecursionError):
                values = json.loads(record) | {"curve": json.loads(curve)}
                columns.insert(connection, Run.from_json(values, str(path)))
