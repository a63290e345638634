"""A file that is whole or not there: written beside its place, then moved to it."""

import os
import tempfile
from pathlib import Path


def put(path: Path, content: bytes) -> None:
    """Write a file, in place of what was there. Raises `OSError`, and then what was there is as it was.

    >>> put(Path("page.html"), b"<!doctype html>")
    """
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
