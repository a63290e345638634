"""A run as the columns of its row in the database, and rows as they are aggregated."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from echoscope.experiment.fields import SETTINGS, settings_of
from echoscope.experiment.presets import preset_name
from echoscope.runs.best_so_far import BestSoFar
from echoscope.runs.run import Run
from echoscope.runs.table import Column, Row, Rows, placed
from echoscope.settings import ByName, Json
from echoscope.store import setting_columns
from echoscope.store.queries import AMONG, SqlRow, among

RESULTS = (
    "created",
    "outcome",
    "reason",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "target_count",
    "chance",
    "chance_low",
    "chance_high",
    "rule",
    "ceiling",
    "loss",
    "mean_absolute_error",
    "steps",
    "parameters",
    "state_size",
    "side_by_side",
    "device",
    "source",
    "weights",
)
FIELDS = ["settings_id" if name == "settings" else name for name in Row._fields]


def columns_of(run: Run) -> Json:
    """The columns of one run; what is not a finite number is None.

    >>> columns_of(run)["outcome"], columns_of(run)["seed"]
    ('done', 0)
    """
    plain, row = run.to_json(), Row.of(run)
    settings: ByName = dict(zip(SETTINGS, settings_of(run.experiment), strict=True))
    return {
        "id": run.id,
        "preset": preset_name(run.experiment),
        "seed": row.seed,
        "settings_id": run.experiment.change(seed=0).id,
        "settings": setting_columns.text_of(settings),
        **{name: plain[name] for name in RESULTS},
        "seconds": row.seconds,
        "planned_steps": row.planned_steps,
        "last_accuracy": row.last_accuracy,
        "best_so_far": row.best_so_far.content,
        "versions": json.dumps(run.versions, sort_keys=True),
    }


def insert(connection: sqlite3.Connection, run: Run) -> None:
    """Put a run in place of the one of its id, if there is one; inside a transaction."""
    values, plain = columns_of(run), run.to_json()
    curve = plain.pop("curve")
    connection.execute("DELETE FROM runs WHERE id = ?", [run.id])  # and with it, its document
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", list(values.values()))
    texts = (json.dumps(part, allow_nan=False) for part in (plain, curve))
    connection.execute("INSERT INTO documents (id, run, curve) VALUES (?, ?, ?)", [run.id, *texts])


def rows_of(connection: sqlite3.Connection, condition: str, ids: Iterable[str] | None) -> Rows:
    """The rows that meet a condition and have these ids, the oldest first, without reading a
    document or a curve.

    A column costs a quarter of a microsecond a row, so settings are read once for all rows that
    have them, and those share one tuple of them.
    """
    result = _select(
        connection, FIELDS, f"{condition} AND {AMONG} ORDER BY created, id", among(ids)
    )
    if not result:
        return Rows.of([])
    columns: dict[str, Column] = dict(zip(Row._fields, zip(*result, strict=True), strict=True))
    one_of_each = dict(zip(columns["settings"], columns["id"], strict=True)).values()
    values = {
        key: placed(setting_columns.values_of(settings), source)
        for key, source, settings in _select(
            connection, ("settings_id", "source", "settings"), AMONG, among(one_of_each)
        )
    }
    columns |= {
        "settings": [values[key] for key in columns["settings"]],
        "best_so_far": list(map(BestSoFar, columns["best_so_far"])),
    }
    return Rows(columns)


def _select(
    connection: sqlite3.Connection,
    names: Iterable[str],
    condition: str,
    parameters: Sequence[str | None],
) -> list[SqlRow]:
    columns = ", ".join(
        f'runs."{name}"' for name in names
    )  # alone, SQLite would take an unknown name for a text
    query = f"SELECT {columns} FROM runs WHERE {condition}"
    return connection.execute(query, parameters).fetchall()
