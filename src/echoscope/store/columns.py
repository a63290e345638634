"""A record as the columns of its row in the database, and rows as they are judged."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from echoscope.experiment.presets import preset_name
from echoscope.runs.best_so_far import WrittenClimb
from echoscope.runs.run import Record
from echoscope.runs.table import WORDS, Row, Rows, placed
from echoscope.store.queries import AMONG, among

RESULTS = (
    "created",
    "outcome",
    "reason",
    "score",
    "score_low",
    "score_high",
    "answers",
    "chance",
    "chance_low",
    "chance_high",
    "rule",
    "bound",
    "loss",
    "distance",
    "steps",
    "parameters",
    "state_size",
    "group",
    "device",
    "source",
    "weights",
)
LAG = WORDS.index("lag")


def columns_of(record: Record) -> dict[str, Any]:
    """The columns of one record; what is not a finite number is None.

    >>> columns_of(record)["lag"], columns_of(record)["units"]
    ('1', 50)
    """
    plain, row = record.to_json(), Row.of(record)
    words: dict[str, Any] = dict(zip(WORDS, row.words, strict=True)) | {"seed": row.seed}
    return {
        "id": record.id,
        "preset": preset_name(record.experiment),
        "words": record.experiment.change(seed=0).id,
        **words,
        "lag": ",".join(map(str, words["lag"])),
        **{name: plain[name] for name in RESULTS},
        "seconds": row.seconds,
        "fit_steps": row.fit_steps,
        "last": row.last,
        "climb": json.dumps(row.climb),
        "versions": json.dumps(record.versions, sort_keys=True),
    }


def insert(connection: sqlite3.Connection, record: Record) -> None:
    """Put a record in place of the one of its id, if there is one; inside a transaction."""
    values, plain = columns_of(record), record.to_json()
    curve = plain.pop("curve")
    connection.execute("DELETE FROM records WHERE id = ?", [record.id])  # and with it, its document
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO records ({names}) VALUES ({marks})", list(values.values()))
    texts = (json.dumps(part, allow_nan=False) for part in (plain, curve))
    connection.execute(
        "INSERT INTO documents (id, record, curve) VALUES (?, ?, ?)", [record.id, *texts]
    )


def judged(connection: sqlite3.Connection, condition: str, ids: Iterable[str] | None) -> Rows:
    """The rows that meet a condition and have these ids, the oldest first, without reading a
    document or a curve.

    A column costs a quarter of a microsecond a row, so words are read once for all rows that have
    them, and those share one tuple of them.
    """
    found = _select(
        connection, Row._fields, f"{condition} AND {AMONG} ORDER BY created, id", among(ids)
    )
    if not found:
        return Rows.of([])
    columns: dict[str, Sequence[Any]] = dict(
        zip(Row._fields, zip(*found, strict=True), strict=True)
    )
    one_of_each = dict(zip(columns["words"], columns["id"], strict=True)).values()
    said = {
        key: placed(_words(*values), source)
        for key, source, *values in _select(
            connection, ("words", "source", *WORDS), AMONG, among(one_of_each)
        )
    }
    columns |= {
        "words": [said[key] for key in columns["words"]],
        "climb": list(map(WrittenClimb, columns["climb"])),
    }
    return Rows(columns)


def _select(
    connection: sqlite3.Connection, names: Iterable[str], condition: str, given: list[Any]
) -> list[Any]:
    columns = ", ".join(
        f'records."{name}"' for name in names
    )  # alone, SQLite would take an unknown name for a text
    return connection.execute(f"SELECT {columns} FROM records WHERE {condition}", given).fetchall()


def _words(*values: Any) -> tuple[Any, ...]:
    """The words of a row; a lag is a number, or several as a text."""
    lag = values[LAG]
    lags = (lag,) if isinstance(lag, int) else tuple(map(int, lag.split(",")))
    return (*values[:LAG], lags, *values[LAG + 1 :])
