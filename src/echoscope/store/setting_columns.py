"""Settings as columns: one generated column a setting, made from its declaration."""

import json
import sqlite3
from typing import Any, get_args

from echoscope.runs.table import FIELDS_OF, SETTINGS

TYPES = {int: "INTEGER", float: "REAL", bool: "INTEGER", str: "TEXT"}


def declared() -> str:
    """The columns of all settings, as a new table declares them: computed once, when a run is kept.

    Lag is a number, to be compared, or several as the text 4,3; true is 1 and false is 0.
    """
    return ",\n".join(f"        {_column(name)} STORED" for name in SETTINGS)


def add_missing(connection: sqlite3.Connection) -> None:
    """Columns for settings that came after the table was made; inside a transaction."""
    for name in missing(connection):
        connection.execute(f"ALTER TABLE runs ADD COLUMN {_column(name)} VIRTUAL")


def missing(connection: sqlite3.Connection) -> list[str]:
    """The settings that a table has no column for."""
    there = {name for _, name, *_ in connection.execute("PRAGMA table_xinfo(runs)")}
    return [name for name in SETTINGS if name not in there]


def text_of(settings: dict[str, Any]) -> str:
    """Settings as the JSON text that the columns read."""
    lags = settings["lag"]
    lag = lags[0] if len(lags) == 1 else ",".join(map(str, lags))
    return json.dumps(settings | {"lag": lag})


def values_of(text: str) -> tuple[Any, ...]:
    """The values of `SETTINGS` in their order, of a text; one that came later has its default."""
    settings = json.loads(text)
    lag = settings["lag"]
    lags = (lag,) if isinstance(lag, int) else tuple(map(int, lag.split(",")))
    return tuple(
        lags if name == "lag" else settings.get(name, FIELDS_OF[name].default) for name in SETTINGS
    )


def _column(name: str) -> str:
    kind: Any = FIELDS_OF[name].type
    kinds = [kind] if isinstance(kind, type) else list(get_args(kind))
    declared = next((TYPES[kind] for kind in kinds if kind in TYPES), "NUMERIC")
    declared = "NUMERIC" if name == "lag" else declared
    return f"\"{name}\" {declared} AS (json_extract(settings, '$.{name}'))"
