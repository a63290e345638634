"""Another store's runs taken in: all that is whole there, and a sentence for what is not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from echoscope.errors import StoreError
from echoscope.runs.run import Run
from echoscope.store import database, documents, json_file, queries, user_data_file, weights_file


@dataclass(frozen=True)
class Merged:
    """What a merge did: runs taken in, runs that stayed as they were, and a sentence for each
    damaged one.
    """

    added: int
    stayed: int
    damaged: tuple[str, ...]


def merge(folder: Path, other: Path) -> Merged:
    """Take in the runs of the store in `other`, as `Store.merge` has it."""
    kept, damaged = [], []
    learned: set[str | None] = set()
    result = list(_all(other))
    if not result:
        raise StoreError(f"There is no run in {other}: name a folder that has some.")
    with database.writing(folder):
        pass  # there is a database now
    # While someone is there, the log is not folded in after every run.
    with database.reading(folder):
        for read in result:
            try:
                run, content = read()
                kept.append(
                    documents.keep(folder, run, content, lambda new, old: new > old) is not None
                )
                learned.add(run.experiment.data)
            except _DamagedError as error:
                damaged.append(str(error))
    damaged += user_data_file.brought(other, folder, learned)
    return Merged(sum(kept), len(kept) - sum(kept), tuple(damaged))


def _all(folder: Path) -> Iterator[Callable[[], tuple[Run, bytes | None]]]:
    """A call for every run, also of those from before the database, that reads it with its
    weights' bytes.
    """
    with database.reading(folder) as connection:
        ids = queries.ids_of(connection)
    for identity in ids:
        yield partial(_whole, folder, partial(documents.read, folder, identity))
    for path in json_file.paths(folder):
        yield partial(_whole, folder, partial(json_file.read, path))


def _whole(folder: Path, read: Callable[[], Run]) -> tuple[Run, bytes | None]:
    try:
        run = read()
        return run, (weights_file.content_of(folder / run.weights) if run.weights else None)
    except StoreError as error:
        raise _DamagedError(str(error)) from None


class _DamagedError(StoreError):
    """A run of the other store that cannot be taken in."""
