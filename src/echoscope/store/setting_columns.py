"""Settings as columns: one generated column a setting, made from its declaration."""

import json
import sqlite3
from typing import get_args

from echoscope.experiment.fields import (
    FIELDS,
    SETTINGS,
    TASK,
    Values,
    default_of,
    has,
    is_several,
    taken,
)
from echoscope.settings import ByName, JsonValue, Value
from echoscope.tasks.base import ECHO

GENERATED = (2, 3)  # columns that SQLite computes, as PRAGMA table_xinfo marks them
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
    """The settings that a table has no column for. Raises `SettingError` for one that has the name
    of a result's.
    """
    results, settings = set[str](), set[str]()
    for _, name, *_, hidden in connection.execute("PRAGMA table_xinfo(runs)"):
        (settings if hidden in GENERATED else results).add(name.lower())
    for name in SETTINGS:
        if name.lower() in results:
            raise taken(name, "column")
    return [name for name in SETTINGS if name.lower() not in settings]


def migrate(connection: sqlite3.Connection, statement: str) -> None:
    """One statement of a migration, which may make a table with the columns of all settings. Raises
    `SettingError` as `missing`.
    """
    try:
        connection.execute(statement.replace("{settings}", declared()))
    except sqlite3.OperationalError as error:
        _, _, name = str(error).partition("duplicate column name: ")
        if name not in SETTINGS:
            raise
        raise taken(name, "column") from None


def text_of(settings: ByName) -> str:
    """Settings as the JSON text that the columns read: those that the task has, and its kind unless
    it is the echo's.
    """
    kind = settings[TASK]
    names = [name for name in settings if has(kind, name) and (name, kind) != (TASK, ECHO)]
    return json.dumps({name: _said(settings[name]) for name in names})


def values_of(text: str) -> Values:
    """The values of `SETTINGS` in their order, of a text; one that came later has its default."""
    settings = json.loads(text)
    kind = settings.get(TASK, ECHO)
    for name in filter(is_several, settings):
        value = settings[name]
        if value is not None:
            settings[name] = (
                (value,) if isinstance(value, int) else tuple(map(int, value.split(",")))
            )
    return tuple(
        [settings[name] if name in settings else default_of(kind, name) for name in SETTINGS]
    )


def _said(value: Value) -> JsonValue:
    if not isinstance(value, tuple):
        return value
    return value[0] if len(value) == 1 else ",".join(map(str, value))


def _column(name: str) -> str:
    value = f"json_extract(settings, '$.{name}')"
    if name == TASK:
        return f"\"{name}\" TEXT AS (coalesce({value}, '{ECHO}'))"
    kind = FIELDS[name].type
    kinds = [kind] if isinstance(kind, type) else list(get_args(kind))
    declared = next((TYPES[kind] for kind in kinds if kind in TYPES), "NUMERIC")
    return f'"{name}" {"NUMERIC" if is_several(name) else declared} AS ({value})'
