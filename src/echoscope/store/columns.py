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
REAL = [name for name in WORDS if name in ("missing", "rate", "stop")]  # in JSON, SQLite rounds them to 15 digits
# A column costs a quarter of a microsecond a row. Those of few values together, as words are, come as one JSON text
# that is read once for all the records that have it.
FEW = [*(name for name in WORDS if name not in REAL), "outcome", "answers", "fit_steps", "parameters", "state_size"]
MANY = [name for name in Row._fields if name not in (*FEW, "words")]


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
        "versions": json.dumps(record.versions, sort_keys=True),
    }


def judged(connection: sqlite3.Connection, condition: str, ids: Iterable[str] | None) -> list[Row]:
    """The rows that meet a condition and have these ids, the oldest first, without reading a document or a curve.

    Those of equal words share one tuple of them.
    """
    many, few = (", ".join(f'"{name}"' for name in names) for names in ((*MANY, *REAL), FEW))
    found = connection.execute(f"SELECT {many}, json_array({few}) FROM records WHERE {condition} AND {AMONG} "
                               "ORDER BY created, id", among(ids)).fetchall()  # fmt: skip
    if not found:
        return []
    every = list(zip(*found, strict=True))
    columns: dict[str, Iterable[Any]] = dict(zip(MANY, every, strict=False))
    said = list(zip(*every[len(MANY) :], strict=True))
    known = _few(list(set(said)))
    columns |= zip(("words", *FEW[-5:]), zip(*[known[one] for one in said], strict=True), strict=True)
    columns["climb"] = map(WrittenClimb, columns["climb"])
    made = zip(*(columns[name] for name in Row._fields), strict=True)
    return [tuple.__new__(Row, values) for values in made]


def _few(said: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The words of a row and its last five of `FEW`, by its `REAL` words and the text of `FEW`."""
    texts = json.loads(f"[{','.join(text for *_, text in said)}]")
    places, lag = [WORDS.index(name) for name in REAL], WORDS.index("lag")
    found, same = {}, {}
    for key, few in zip(said, texts, strict=True):
        *words, outcome, answers, fit_steps, parameters, state_size = few
        for place, value in zip(places, key, strict=False):
            words.insert(place, value)
        lags = words[lag]
        words[lag] = (lags,) if isinstance(lags, int) else tuple(map(int, lags.split(",")))
        one = tuple(words)
        found[key] = (same.setdefault(one, one), outcome, answers, fit_steps, parameters, state_size)
    return found
