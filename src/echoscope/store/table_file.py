"""Columns of records as a file for other programs: CSV, or Parquet with its types."""

import csv
from contextlib import closing
from pathlib import Path
from typing import Any

from echoscope.errors import ExtraError, RecordError, alternatives
from echoscope.store import database

KINDS = (".csv", ".parquet")


def kind_of(path: str) -> str:
    """The ending that says the kind of file; a `RecordError` for another one."""
    kind = Path(path).suffix.lower()
    if kind not in KINDS:
        raise RecordError(f"A table must end in {' or '.join(KINDS)}, not {path!r}: {alternatives(kind, KINDS)}")
    return kind


def write(columns: dict[str, list[Any]], path: str) -> None:
    """Write what `Store.table` gave; what is not there is a blank cell, or null.

    Raises `RecordError` where the file cannot be written, and `ExtraError` for Parquet without pyarrow.
    """
    try:
        (_write_csv if kind_of(path) == ".csv" else _write_parquet)(columns, path)
    except OSError as error:
        raise RecordError(f"{path} cannot be written ({error.strerror}): name a folder that is there and has room."
                          ) from None  # fmt: skip


def _write_csv(columns: dict[str, list[Any]], path: str) -> None:
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        rows.writerows(zip(*columns.values(), strict=True))


def _write_parquet(columns: dict[str, list[Any]], path: str) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ExtraError(f"Writing {path} needs pyarrow, which is not installed: pip install 'echoscope[parquet]'."
                         ) from None  # fmt: skip
    types = {"INTEGER": pyarrow.int64(), "REAL": pyarrow.float64()}
    with closing(database.empty()) as connection:
        said = {name: kind for _, name, kind, *_ in connection.execute("PRAGMA table_info(records)")}
    arrays = {name: pyarrow.array(values, types.get(said[name], pyarrow.string())) for name, values in columns.items()}
    with Path(path).open("wb") as file:
        parquet.write_table(pyarrow.table(arrays), file)
