"""Questions to the runs: columns of those that meet a condition, on a connection that can do
nothing but read.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import accumulate
from typing import Any, TypeVar

from echoscope.errors import StoreError
from echoscope.settings import whole
from echoscope.store.query_limits import TooMuchError, limited
from echoscope.synonyms import named

Answer = TypeVar("Answer")
Cell = Any  # of SQLite: an int, float, text or None
SqlRow = tuple[Cell, ...]
Columns = dict[str, list[Cell]]  # by their names
Parts = Iterator[list[SqlRow]]  # rows, some at a time
MAKES = (
    "load_extension",
    "randomblob",
    "zeroblob",
    "printf",
    "format",
)  # what is large, of nothing
READS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)
OF_THE_STORE = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_FULL,
)
MOST = 2**63 - 1  # as many as SQLite counts
QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")  # a text, or the name of a column
# comments, a second statement, a quote that does not close
UNSAID = ("--", "/*", ";", "'", '"', "`", "[")
HIDDEN = ("settings", "best_so_far")  # what other columns say in a form to read


AMONG = "(?1 IS NULL OR id IN (SELECT value FROM json_each(?1)))"


def ids_of(connection: sqlite3.Connection) -> list[str]:
    """The ids of all runs, the oldest first."""
    result = connection.execute("SELECT id FROM runs ORDER BY created, id")
    return [identity for (identity,) in result]


def among(ids: Iterable[str] | None) -> list[str | None]:
    """What the parameter of `AMONG` is for these ids, or for all of them."""
    return [None if ids is None else json.dumps(list(ids))]


def answered(
    connection: sqlite3.Connection, where: str | None, ask: Callable[[str], Answer]
) -> Answer:
    """What `ask` says of `where` as one bracketed condition, on a connection that from now on can
    only read runs.
    """
    names = names_of(connection)
    condition = f"(\n{_condition(where, names)}\n)"
    # Known from now on: the authorizer would refuse to declare it.
    connection.execute("SELECT 1 FROM json_each('[]')")
    connection.set_authorizer(_only_reads)
    try:
        with limited(connection):
            return ask(condition)
    except TooMuchError:
        raise StoreError(
            f"where {where!r} takes too long to answer: compare columns with values, as in units >="
            " 32 and accuracy > 0.9."
        ) from None
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if where is None or code in OF_THE_STORE or "decode to UTF-8" in str(error):
            raise
        why = (
            "it leaves a value open" if isinstance(error, sqlite3.ProgrammingError) else str(error)
        )
        raise StoreError(_unanswered(where, why, names)) from None


def names_of(connection: sqlite3.Connection) -> list[str]:
    """The columns of runs."""
    return [
        column[0]
        for column in connection.execute("SELECT * FROM runs LIMIT 0").description
        if column[0] not in HIDDEN
    ]


def taken(
    connection: sqlite3.Connection,
    take: Callable[[list[str], Parts], Answer],
    where: str | None,
    sort: str,
    limit: int | None,
    columns: Sequence[str],
) -> Answer:
    """What `take` makes of the names of columns and of the runs that meet `where`, ordered by
    `sort`, the last `limit` of them, a thousand at a time; see `Store.table`.
    """
    names = names_of(connection)
    by, falls = sort.removeprefix("-"), sort.startswith("-")
    for setting, value in (("sort", by), *(("column", column) for column in columns)):
        if value not in names:
            raise StoreError(f"{setting} {value!r} is not a column of runs: {named(value, names)}")
    shown = list(columns or names)
    last, end = ("DESC", "ASC") if falls else ("ASC", "DESC")
    ordered = f"{_by(by, last, 'FIRST')}created {last}, id {last}"

    def ask(condition: str) -> Answer:
        chosen = ", ".join(f'"{name}"' for name in shown)
        source = f"FROM runs WHERE {condition}"
        if limit is not None:  # the last so many are the first the other way round
            most = whole("limit", limit, 1, MOST)
            ends = f"{_by(by, end, 'LAST')}created {end}, id {end} LIMIT {most}"
            source = f"FROM runs WHERE id IN (SELECT id {source} {ends})"
        # One that stayed open would hold the store's log, and leave it behind.
        with closing(connection.execute(f"SELECT {chosen} {source} {ordered}")) as rows:
            return take(shown, _parts(rows))

    return answered(connection, where, ask)


def _by(column: str, end: str, nulls: str) -> str:
    """An order by a column that is not the one of every order, which there is an index for."""
    return "ORDER BY " if column == "created" else f'ORDER BY "{column}" {end} NULLS {nulls}, '


def _parts(rows: sqlite3.Cursor) -> Parts:
    while part := rows.fetchmany(1000):
        yield part


def columns_of(names: list[str], parts: Parts) -> Columns:
    """The columns of rows, by name."""
    result: Columns = {name: [] for name in names}
    for part in parts:
        for column, values in zip(result.values(), zip(*part, strict=True), strict=True):
            column.extend(values)
    return result | (
        {"lag": [None if lag is None else str(lag) for lag in result["lag"]]}
        if "lag" in result
        else {}
    )


def _condition(where: str | None, names: list[str]) -> str:
    """`where` as it can stand between brackets: one expression, without comments or a second
    statement.
    """
    if where is None:
        return "1"
    if not where.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in where):
        raise StoreError(_unanswered(where, "it has bytes that are no text", names))
    for name in QUOTED.findall(where):
        column = name.strip('"')
        if name.startswith('"') and column not in names:  # SQLite would take it for a text
            raise StoreError(_unanswered(where, f"no such column: {column}", names))
    bare = QUOTED.sub("", where)
    depths = accumulate((sign == "(") - (sign == ")") for sign in bare)
    wrong = [mark for mark in UNSAID if mark in bare] or [")"] * (min(depths, default=0) < 0)
    if wrong:
        raise StoreError(_unanswered(where, f"near {wrong[0]!r}: syntax error", names))
    return where


def _unanswered(where: str | None, why: str, names: list[str]) -> str:
    missing = re.fullmatch("no such column: (.*)", why)
    if missing:
        return f"where {where!r} names no column of runs: {named(missing[1], names)}"
    if "prohibited" in why or "authorized" in why:
        why = "it may only read runs"
    if 'near ")"' in why and ")" not in (where or ""):  # of the brackets that it is set in
        why = "it ends too early"
    return (
        f"where {where!r} is not a condition on runs ({why}): write one such as units >= 32 and"
        " accuracy > 0.9."
    )


def _only_reads(action: int, name: str | None, column: str | None, *_: object) -> int:
    read = action != sqlite3.SQLITE_READ or name in ("runs", "json_each")
    allowed = action in READS and read and column not in MAKES
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
