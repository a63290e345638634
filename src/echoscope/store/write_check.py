"""Whether a store could be written, tried before anything is trained, and without leaving a
trace.
"""

import os
import tempfile
from pathlib import Path

from echoscope.atomic_file import PREFIX
from echoscope.errors import StoreError
from echoscope.store import database

ROOM = 1 << 18  # bytes that a new store and a small network's weights need


def check_writable(folder: Path) -> None:
    """Raises `StoreError` where a run could not be kept in this folder, whether it is there or
    to be made.
    """
    try:
        if os.path.lexists(folder / database.NAME):
            with database.writing(folder):
                pass
        else:
            database.empty().close()  # refuses a task's setting that has the name of a column
        there = folder.absolute()
        missing: list[str] = []
        while not os.path.lexists(there):
            missing.insert(0, there.name)
            there = there.parent
        if not there.exists():
            raise StoreError(
                f"The store {folder} cannot be written ({there} is a link to nothing): remove the"
                " link, or name another store."
            )
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=there) as made:
            trial = Path(made, *missing)
            trial.mkdir(parents=True, exist_ok=True)
            (trial / database.NAME).write_bytes(bytes(ROOM))
    except OSError as error:
        raise StoreError(database.failed(folder, "written", error.strerror or str(error))) from None
