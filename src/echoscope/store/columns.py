"""A record as the columns of its row in the database, and rows as they are judged."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from echoscope.experiment import preset_name
from echoscope.record import Record
from echoscope.row import WORDS, Row
from echoscope.store.queries import AMONG, among

RESULTS = ("created", "outcome", "reason", "score", "score_low", "score_high", "answers", "chance", "rule", "bound",
           "loss", "distance", "steps", "parameters", "state_size", "group", "device", "source", "weights")  # fmt: skip
JUDGED = [name for name in Row._fields if name not in ("words", "climb")]


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
        **words,
        "lag": ",".join(map(str, words["lag"])),
        **{name: plain[name] for name in RESULTS},
        "seconds": row.seconds,
        "fit_steps": row.fit_steps,
        "last": row.last,
        "climb": json.dumps(row.climb),
    }


def judged(connection: sqlite3.Connection, condition: str, ids: Iterable[str] | None) -> list[Row]:
    """The rows that meet a condition and have these ids, the oldest first, without reading a document or a curve.

    All climbs are parsed at once: a hundred thousand calls of a parser would take a second.
    """
    names = ", ".join(f'"{name}"' for name in (*JUDGED, *WORDS, "climb"))
    found = connection.execute(f"SELECT {names} FROM records WHERE {condition} AND {AMONG} ORDER BY created, id",
                               among(ids)).fetchall()  # fmt: skip
    climbs = json.loads(f"[{','.join(values[-1] for values in found)}]")
    lag, lags = len(JUDGED) + WORDS.index("lag"), {}
    place = Row._fields.index("words")
    rows = []
    for values, climb in zip(found, climbs, strict=True):
        said = values[lag]
        if said not in lags:
            lags[said] = tuple(map(int, str(said).split(",")))
        words = (*values[len(JUDGED) : lag], lags[said], *values[lag + 1 : -1])
        rows.append(Row._make([*values[:place], words, *values[place : len(JUDGED)], tuple(map(tuple, climb))]))
    return rows
