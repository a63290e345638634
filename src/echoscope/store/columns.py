"""A record as the columns of its row in the database, and rows as they are judged."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from echoscope.experiment import preset_name
from echoscope.record import Record
from echoscope.row import WORDS, Row, WrittenClimb
from echoscope.store.queries import AMONG, among

RESULTS = ("created", "outcome", "reason", "score", "score_low", "score_high", "answers", "chance", "rule", "bound",
           "loss", "distance", "steps", "parameters", "state_size", "group", "device", "source", "weights")  # fmt: skip
JUDGED = [name for name in Row._fields if name not in ("words", "climb")]
REAL = ("missing", "rate", "stop")  # in JSON, SQLite would round them to 15 digits
OTHERS = [name for name in WORDS if name not in REAL]


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

    Twenty columns of words would cost more than all others. So they come as one text, read once for the many records
    of equal words, which then share one tuple.
    """
    chosen, others = (", ".join(f'"{name}"' for name in names) for names in ((*JUDGED, "climb", *REAL), OTHERS))
    found = connection.execute(f"SELECT {chosen}, json_array({others}) FROM records WHERE {condition} AND {AMONG} "
                               "ORDER BY created, id", among(ids)).fetchall()  # fmt: skip
    if not found:
        return []
    columns = list(zip(*found, strict=True))
    (identity, *rest), climbs, words = columns[: len(JUDGED)], columns[len(JUDGED)], columns[len(JUDGED) + 1 :]
    said = list(zip(*words, strict=True))
    known = {one: _words(*one) for one in set(said)}
    return list(map(Row, identity, [known[one] for one in said], *rest, map(WrittenClimb, climbs)))


def _words(*said: Any) -> tuple[Any, ...]:
    """The words of a row, from the `REAL` ones and the text of the `OTHERS`."""
    *real, text = said
    words = dict(zip((*REAL, *OTHERS), (*real, *json.loads(text)), strict=True))
    words["lag"] = tuple(map(int, str(words["lag"]).split(",")))
    return tuple(words[name] for name in WORDS)
