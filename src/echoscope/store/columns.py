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
REAL = [name for name in WORDS if name in ("missing", "rate", "stop")]  # in JSON, SQLite rounds them to 15 digits
OTHERS = [name for name in WORDS if name not in REAL]
_REAL_PLACES = [WORDS.index(name) for name in REAL]
_LAG = WORDS.index("lag")


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
    known = _words(list(set(said)))
    made = zip(identity, [known[one] for one in said], *rest, map(WrittenClimb, climbs), strict=True)
    return [tuple.__new__(Row, values) for values in made]


def _words(said: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The words of rows, by the `REAL` ones and the text of the `OTHERS`."""
    texts = json.loads(f"[{','.join(text for *_, text in said)}]")
    found = {}
    for key, words in zip(said, texts, strict=True):
        for place, value in zip(_REAL_PLACES, key, strict=False):
            words.insert(place, value)
        lag = words[_LAG]
        words[_LAG] = (lag,) if isinstance(lag, int) else tuple(map(int, lag.split(",")))
        found[key] = tuple(words)
    return found
