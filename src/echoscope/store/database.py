"""A store's SQLite database: opened to read or to write, brought to its schema; what is wrong, in a
sentence.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from echoscope.atomic_file import beside
from echoscope.errors import StoreError
from echoscope.store import setting_columns, upgrade
from echoscope.store.migrations import APPLICATION, MIGRATIONS

NAME = "runs.sqlite"
PATIENCE = 30.0  # seconds to wait for another writer
UNWRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read, also where nothing may be written; without a database, one
    without runs.

    Raises `StoreError` for a database that is damaged, of something else, or from a newer
    Echoscope.
    """
    path = folder / NAME
    with _saying(folder, "read"), ExitStack() as stack:
        if _is_old(folder):
            _create(path)
        yield _reader(path, stack) if path.exists() else stack.enter_context(closing(empty()))


@contextmanager
def writing(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection inside one transaction: all of it is kept at the end of the block, or nothing.

    The folder and its database are made if they are not there. Raises `StoreError` as `reading`
    does, and for a folder that cannot be written or a disk that is full.
    """
    path = folder / NAME
    with _saying(folder, "written"):
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        with closing(_connected(f"{path.absolute().as_uri()}?mode=rw")) as connection:
            _upgrade(connection, path)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")


def empty() -> sqlite3.Connection:
    """A database of the newest schema in memory, without runs."""
    connection = _connected(":memory:")
    _migrate(connection, 0)
    return connection


def _connected(where: str) -> sqlite3.Connection:
    connection = sqlite3.connect(where, timeout=PATIENCE, isolation_level=None, uri=True)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _reader(path: Path, stack: ExitStack) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    log, index = (path.with_name(f"{NAME}-{part}") for part in ("wal", "shm"))
    try:
        # The last connection to leave folds the log into the database and removes it. One that only
        # reads cannot, so one that could write stays open beside it.
        _upgrade(stack.enter_context(closing(_connected(uri.replace("mode=ro", "mode=rw")))), path)
    except sqlite3.OperationalError as error:
        if _code(error) not in UNWRITABLE:
            raise
        waiting = log.exists() and log.stat().st_size > 0
        if waiting and not index.exists():
            raise StoreError(
                f"The store {path.parent} cannot be read where it may not be written, for its last "
                f"changes wait in {log.name}: copy the folder to another place."
            ) from None
        uri += "" if index.exists() else "&immutable=1"
    connection = stack.enter_context(closing(_connected(uri)))
    connection.execute("PRAGMA query_only = ON")
    if _schema(connection, path) < len(MIGRATIONS):
        raise StoreError(
            f"{path} has an older schema and may not be written, so it cannot be brought to schema "
            f"{len(MIGRATIONS)}: copy the folder to another place."
        )
    return connection


def _create(path: Path) -> None:
    """A new database, whole or not there, that never replaces one made meanwhile."""
    with beside(path) as part:
        with closing(_connected(part.absolute().as_uri())) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            _migrate(connection, 0)
            if _is_old(path.parent):
                upgrade.bring_over(path.parent, connection)
            connection.execute("COMMIT")
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not path.exists():
                os.replace(part, path)


def _is_old(folder: Path) -> bool:
    """Whether a folder has runs of the first schema, and none of this one yet."""
    return (folder / upgrade.NAME).exists() and not (folder / NAME).exists()


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    if _schema(connection, path) < len(MIGRATIONS) or setting_columns.missing(connection):
        connection.execute("BEGIN IMMEDIATE")
        _migrate(connection, _schema(connection, path))  # another process may have been first
        connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection, before: int) -> None:
    for script in MIGRATIONS[before:]:
        for statement in script.split(";"):
            setting_columns.migrate(connection, statement)
    setting_columns.add_missing(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _schema(connection: sqlite3.Connection, path: Path) -> int:
    """The schema's number, of a database that is a store's; else a `StoreError`."""
    application, schema = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("application_id", "user_version")
    )
    if path.stat().st_size == 0:
        raise StoreError(
            f"{path} is damaged (it is empty): put back a copy of it, or delete it to begin anew."
        )
    if application != APPLICATION:
        raise StoreError(
            f"{path} is not a store but a SQLite database of something else: move it away, or name "
            "another store."
        )
    if schema > len(MIGRATIONS):
        raise StoreError(
            f"{path} has schema {schema} and this Echoscope reads {len(MIGRATIONS)}: update it."
        )
    return schema


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


@contextmanager
def _saying(folder: Path, done: str) -> Iterator[None]:
    """What fails inside, as one sentence. `done` is read or written."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        raise StoreError(_sentence(error, folder, done)) from None
    except UnicodeDecodeError:
        raise StoreError(_damaged(folder / NAME, "a text in it is not UTF-8")) from None
    except OSError as error:
        raise StoreError(failed(folder, done, error.strerror or str(error))) from None


def _sentence(error: sqlite3.DatabaseError, folder: Path, done: str) -> str:
    path, code = folder / NAME, _code(error)
    if code == sqlite3.SQLITE_NOTADB:
        return (
            f"{path} is damaged, or is not a SQLite database: put back a copy of it, or name"
            " another store."
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return (
            f"{path} is busy, another process has been writing for {PATIENCE:g} seconds: try again"
            " when it is done."
        )
    if code in (*UNWRITABLE, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return failed(folder, done, str(error))
    return _damaged(path, str(error))


def _damaged(path: Path, why: str) -> str:
    return (
        f"{path} is damaged ({why}): put back a copy of it, or see what sqlite3"
        f" {path} .recover can still read."
    )


def failed(folder: Path, done: str, why: str) -> str:
    """The sentence for a store that the system does not let be read or written."""
    remedy = "make room or leave" if done == "written" else "allow reading it"
    return f"The store {folder} cannot be {done} ({why}): {remedy}, or name another store."
