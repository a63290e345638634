"""What a condition may cost: its steps, its memory, its size. Ctrl-C is read while SQLite is at
work.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

# of SQLite's machine; a million runs and an ordinary condition take a tenth of it
STEPS = 2_000_000_000
LOOK = 2_000  # steps between two looks, some microseconds
LARGEST = 1 << 26  # bytes of a value: the ids of three million runs, which a question may hand over
SIZES = (
    (sqlite3.SQLITE_LIMIT_LENGTH, LARGEST),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1_000_000),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
)


class TooMuchError(Exception):
    """A condition has taken more steps than any that is of use."""


@contextmanager
def limited(connection: sqlite3.Connection) -> Iterator[None]:
    """In here, SQL ends with `TooMuchError` after so many steps, and with a signal's exception when
    one comes.
    """
    before = {kind: connection.setlimit(kind, most) for kind, most in SIZES}
    left, why = STEPS // LOOK, list[BaseException]()

    def look() -> int:
        nonlocal left
        try:
            left -= 1
            if left < 0:
                raise TooMuchError
        except BaseException as error:  # a signal's too: SQLite would swallow it
            why.append(error)
            return 1
        return 0

    connection.set_progress_handler(look, LOOK)
    try:
        yield
    except sqlite3.OperationalError as error:
        if why:
            raise why[0] from None
        # a signal that came as `look` began or ended
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None
        raise
    finally:
        connection.set_progress_handler(None, LOOK)
        for kind, most in before.items():
            connection.setlimit(kind, most)
