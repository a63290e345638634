"""A file that is whole or not there: written beside its place, then moved to it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from stat import S_IMODE
from uuid import uuid4

PREFIX, ENDING = ".echoscope-", ".part"  # of the name that a file has until it is whole


def put(path: Path, content: bytes) -> None:
    """Write a file, in place of what was there. Raises `OSError`, and then what was there is as it
    was.

    >>> put(Path("page.html"), b"<!doctype html>")
    """
    with place(path) as part:
        part.write_bytes(content)


@contextmanager
def place(path: Path) -> Iterator[Path]:
    """A name to write a file of any size under; at the end of the block it takes the place of
    `path`, whole.

    A link is followed, and what it points at replaced. A new file has the permissions that the
    user's umask leaves, one that was there keeps its own. What is neither a file nor a link to one,
    such as a pipe, is written as it is. Raises `OSError`, and then what was there is as it was.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        yield target
        return
    with beside(target) as part:
        yield part
        with suppress(FileNotFoundError):
            part.chmod(S_IMODE(target.stat().st_mode))
        _saved(part)
        os.replace(part, target)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """An empty file in the folder of `target`, with its ending, that is gone after the block.

    Its lock says that its writer lives. Those of writers that were killed are removed, once a
    folder and process.
    """
    clear(target.parent)
    part, handle = _begun(target)
    try:
        yield part
    finally:
        _remove(part)
        os.close(handle)


@cache
def clear(folder: Path) -> None:
    """Remove what writers that were killed have left in a folder: nobody holds its lock any
    more.
    """
    for part in folder.glob(f"{PREFIX}*{ENDING}*"):
        with suppress(OSError), part.open("rb+") as file:  # held, not ours, or gone by now
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(part)


def _begun(target: Path) -> tuple[Path, int]:
    while True:
        part = target.with_name(f"{PREFIX}{uuid4().hex[:12]}{ENDING}{target.suffix}")
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if part.exists():  # else another process took it for abandoned before it was locked
            return part, handle
        os.close(handle)


def _saved(part: Path) -> None:
    """Have the system write it to the disk: a name must never stand for content that a power
    failure can lose.
    """
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def _remove(part: Path) -> None:
    for ending in ("", "-wal", "-shm"):  # a database has its log beside it
        Path(f"{part}{ending}").unlink(missing_ok=True)
