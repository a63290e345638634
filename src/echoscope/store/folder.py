"""Where runs live: a folder with one SQLite database, and their weights in safetensors files
beside it.

A run is one transaction, and its weights are written before the row that names them: a kill at
any moment leaves the old run or the new one, whole. A store is for the processes of one machine;
`merge` joins those of several.
"""

import json
import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import numpy as np

from echoscope.errors import StoreError, shown
from echoscope.experiment.user_data import UserData
from echoscope.html_repr import HtmlRepr
from echoscope.integers import Integers
from echoscope.registry import TYPED
from echoscope.runs.run import Run
from echoscope.runs.table import Rows
from echoscope.store import (
    columns,
    database,
    documents,
    json_file,
    leases,
    merge,
    queries,
    user_data_file,
    weights_file,
    write_check,
)
from echoscope.store.merge import Merged

Taken = TypeVar("Taken")
AGAIN = ("interrupted",)  # outcomes that are not yet an answer


def usual_store() -> str:
    """The folder where runs live if no other is said."""
    return os.environ.get("ECHOSCOPE_STORE") or "echoes"


class Store(HtmlRepr):
    """A folder of runs. Threads and processes may share it; nothing is held open between calls.

    >>> Store("echoes").ids()
    []

    Every method raises `StoreError` where the database is damaged, cannot be read, or cannot be
    written.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        if not isinstance(folder, str | os.PathLike):
            raise StoreError(
                f"A store is named by its folder, as in Store('echoes'), not by {shown(folder)}."
            )
        self.folder = Path(folder)
        with suppress(OSError):  # a name that cannot be is said where the store is used
            if self.folder.exists() and not self.folder.is_dir():
                raise StoreError(
                    f"The store {self.folder} must be a folder, not a file: name another store."
                )

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    @property
    def path(self) -> Path:
        """The database."""
        return self.folder / database.NAME

    def check_writable(self) -> None:
        """Raise `StoreError` where a run could not be kept, before it is trained; leaves
        nothing behind.
        """
        write_check.check_writable(self.folder)

    def ids(self) -> list[str]:
        """The ids of all runs, the oldest first. Reads no run."""
        with database.reading(self.folder) as connection:
            return queries.ids_of(connection)

    def runs(self, ids: Iterable[str] | None = None) -> list[Run]:
        """All runs with their curves, or those with these ids, the oldest first; `rows` is far
        quicker.
        """
        with database.reading(self.folder) as connection:
            result = connection.execute(
                "SELECT id, run, curve FROM runs JOIN documents USING (id) "
                f"WHERE {queries.AMONG} ORDER BY created, id",
                queries.among(ids),
            ).fetchall()
        return [documents.run_of(self.folder, *texts) for texts in result]

    def rows(self, where: str | None = None, ids: Iterable[str] | None = None) -> Rows:
        """What aggregating needs of the runs that meet `where` and have these ids, the oldest
        first.

        >>> list(Store("echoes").rows("units >= 32"))
        []

        A hundred thousand take about a second, whatever the length of their curves. Raises
        `StoreError` as `table`.
        """
        with database.reading(self.folder) as connection:
            return queries.answered(
                connection, where, lambda condition: columns.rows_of(connection, condition, ids)
            )

    def table(
        self,
        where: str | None = None,
        sort: str = "created",
        limit: int | None = None,
        names: Sequence[str] = (),
    ) -> queries.Columns:
        """Columns of the runs, by name, without reading a curve: what a data frame is made of.

        >>> Store("echoes").table(where="units >= 32 and lag = 1", sort="accuracy")["accuracy"]
        []

        `where` is a condition on columns, in SQL. `sort` is a column, the largest last, or with a -
        before it, the smallest last; what has no value comes first. `limit` keeps the last so many,
        and `names` are the only columns. `lag` is text, for there may be several; in `where` and
        `sort` a single lag is a number. Raises `StoreError` for what is not such a condition.
        """
        with database.reading(self.folder) as connection:
            take = queries.columns_of
            return queries.taken(connection, take, where, sort, limit, names)

    def parts(
        self,
        take: Callable[[list[str], queries.Parts], Taken],
        where: str | None = None,
        sort: str = "created",
        limit: int | None = None,
        names: Sequence[str] = (),
    ) -> Taken:
        """What `take` makes of the names of columns and of their rows, a thousand at a time: of
        runs as `table` has them, when they are too many to hold.
        """
        with database.reading(self.folder) as connection:
            return queries.taken(connection, take, where, sort, limit, names)

    def origins(self, ids: Iterable[str] | None = None) -> queries.Columns:
        """Where all runs, or those with these ids, were made: every different `versions`,
        `device` and `source`.

        No document is read.
        """
        among = queries.among(ids)
        with database.reading(self.folder) as connection:
            result = connection.execute(
                f"SELECT DISTINCT versions, device, source FROM runs WHERE {queries.AMONG}",
                among,
            ).fetchall()
        versions, device, source = (
            sorted({item[place] for item in result if item[place]}) for place in range(3)
        )
        return {
            "versions": [json.loads(text) for text in versions],
            "device": device,
            "source": source,
        }

    def find(self, identity: str | None = None) -> Run:
        """The run with this id, or the only one whose id starts so, or the latest. Raises
        `StoreError`.
        """
        ids = self.ids()
        if not ids:
            raise StoreError(self.nothing())
        if identity is None:
            return documents.read(self.folder, ids[-1])
        result = [known for known in ids if known.startswith(identity)] if identity else []
        if not result:
            raise StoreError(
                f"No run in {self.folder} starts with {identity!r}: see {self.typed('runs')}."
            )
        if len(result) > 1:
            raise StoreError(
                f"{identity!r} is the start of {len(result)} runs ({', '.join(sorted(result))}): "
                "give more of it."
            )
        return documents.read(self.folder, result[0])

    def add(
        self,
        run: Run,
        weights: dict[str, np.ndarray] | None = None,
        data: UserData | Integers | None = None,
    ) -> Run:
        """Keep a run and its weights, whole or not at all, and end its lease; gives what is
        kept.

        `data` [time] are the user data that it trained on, kept once for all runs that did.
        Equal settings replace the run they had, unless that one was finished, had weights, or was
        trained here, and this one is less: then that one stays.
        """
        content = None if weights is None else weights_file.encoded(weights)
        if data is not None and run.experiment.data is not None:
            mine = data if isinstance(data, UserData) else UserData(np.asarray(data))
            user_data_file.keep(self.folder, run.experiment.data, mine)
        kept = documents.keep(self.folder, run, content, lambda new, old: new[:2] >= old[:2])
        if kept is None and run.outcome == "imported":
            raise StoreError(
                f"Run {run.id} of these settings was trained here and stays: import into another"
                " store, or with another seed."
            )
        return kept or documents.read(self.folder, run.id)

    def data(self, run: Run) -> UserData | None:
        """The user data that a run trained on; None for random ones, or where they were not
        kept.

        Raises `StoreError` if they are damaged.
        """
        name = run.experiment.data
        return None if name is None else user_data_file.read(self.folder, name)

    def weights(self, run: Run) -> dict[str, np.ndarray]:
        """The weights of a run, by name. Raises `StoreError` if they are missing or damaged, or
        it diverged.
        """
        if run.outcome == "diverged":
            raise StoreError(
                f"Run {run.id} diverged, so it has nothing to say: train it with a smaller"
                " learning_rate, or name another run."
            )
        if not run.weights:
            why = (
                f"failed ({run.reason})"
                if run.outcome == "failed"
                else "was kept without its weights"
            )
            raise StoreError(
                f"Run {run.id} {why}, so it has nothing to say: run it again, or name another run."
            )
        return weights_file.read(self.folder / run.weights)

    def lease(self, ids: Sequence[str], worker: str, again: Sequence[str] = AGAIN) -> list[str]:
        """Those of `ids`, in order, that nobody has done or is doing: from now on `worker`'s.

        Done is every run but one whose outcome is in `again`. Doing it is a living worker with a
        lease on it: on this host as long as its process lives, on another until it has given no
        `heartbeat` for ten minutes. `worker` is a name of this process's own choice, that no other
        worker has.
        """
        with database.writing(self.folder) as connection:
            return leases.lease(connection, ids, worker, again)

    def heartbeat(self, worker: str) -> int:
        """A sign of life of `worker`; gives how many cells it still leases."""
        with database.writing(self.folder) as connection:
            return leases.heartbeat(connection, worker)

    def release(self, worker: str) -> None:
        """End every lease of `worker`: what it has not done is free again."""
        with database.writing(self.folder) as connection:
            leases.release(connection, worker)

    def merge(self, folder: str | os.PathLike[str]) -> Merged:
        """Take in runs, weights and user data of another store, or of a folder from before
        the database.

        Of two runs of equal settings the one that `add` would keep stays, and of two of the same
        rank the later one. What is damaged there is said and left out. Merging twice changes
        nothing.
        """
        return merge.merge(self.folder, Store(folder).folder)

    def typed(self, command: str) -> str:
        """A command over this store, as it is typed."""
        store = () if str(self.folder) == usual_store() else (("--store", str(self.folder)),)
        flags = (*(("--plugin", path) for path in TYPED), *store)
        return " ".join(["echoscope", command, *map(shlex.join, flags)])

    def nothing(self) -> str:
        """The sentence for a store without runs."""
        older = len(json_file.paths(self.folder))
        if older:
            return (
                f"There is no run in {self.path}, but {older} from before the database beside"
                f" it: take them in with echoscope merge {self.folder} --store {self.folder}."
            )
        return f"There is no run in {self.folder}: make one with {self.typed('run lag')}."
