"""Columns of runs as a file for other programs: CSV, or Parquet with its types."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from echoscope.atomic_file import place
from echoscope.errors import StoreError, ending_of
from echoscope.store import database
from echoscope.store.folder import Store
from echoscope.store.queries import Columns, Parts

KINDS = (".csv", ".parquet")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # what a cell begins with that a spreadsheet calculates
NUMBERS = r"[-+]?[\d.]+(,[-+]?[\d.]+)*"


def kind_of(path: str) -> str:
    """The ending that says the kind of file; a `StoreError` for another one."""
    return ending_of(path, KINDS, "A table")


def export(store: Store, path: str, where: str | None, sort: str, limit: int | None) -> int:
    """Write every column of the runs that `Store.table` would give, whole or not at all; gives
    how many. What is not there is a blank cell, or null.

    Raises `StoreError` where the file cannot be written.
    """
    if kind_of(path) == ".csv":
        return store.parts(partial(write_csv, path), where, sort, limit)
    columns = store.table(where, sort, limit)
    _write_parquet(path, columns, _declared(store))
    return len(columns["id"])


@contextmanager
def _placed(path: str) -> Iterator[Path]:
    """A file that is in place when it is whole; what fails is said of it, and not of the store."""
    try:
        with place(Path(path)) as part:
            yield part
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}): name a folder that is there and has"
            " room."
        ) from None


def write_csv(path: str, names: list[str], parts: Parts) -> int:
    """Write rows under the names of their columns, some at a time; gives how many."""
    count = 0
    with _placed(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(names)
        for some in parts:
            rows.writerows(map(_plain, row) for row in some)
            count += len(some)
    return count


def _plain(cell: object) -> object:
    """A text that a spreadsheet would calculate gets a quote before it; numbers stay numbers, and
    so do several lags.

    >>> _plain("=1+1"), _plain("-4,-3"), _plain(-0.5)
    ("'=1+1", '-4,-3', -0.5)
    """
    formula = (
        isinstance(cell, str) and cell.startswith(FORMULAS) and not re.fullmatch(NUMBERS, cell)
    )
    return f"'{cell}" if formula else cell


def _declared(store: Store) -> dict[str, str]:
    """The type of each column of this store's runs, those of tasks that are not there too."""
    with database.reading(store.folder) as connection:
        return {name: kind for _, name, kind, *_ in connection.execute("PRAGMA table_xinfo(runs)")}


def _write_parquet(path: str, columns: Columns, declared: dict[str, str]) -> None:
    import pyarrow
    from pyarrow import parquet

    types = {"INTEGER": pyarrow.int64(), "REAL": pyarrow.float64()}
    arrays = {
        name: pyarrow.array(values, types.get(declared[name], pyarrow.string()))
        for name, values in columns.items()
    }
    with _placed(path) as part, part.open("wb") as file:
        parquet.write_table(pyarrow.table(arrays), file)
