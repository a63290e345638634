"""Another store's records taken in: all that is whole there, and a sentence for what is not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from echoscope.errors import RecordError
from echoscope.runs.run import Record
from echoscope.store import database, documents, json_file, user_data_file, weights_file


@dataclass(frozen=True)
class Merged:
    """What a merge did: records taken in, records that stayed as they were, and a sentence for each
    damaged one.
    """

    added: int
    stayed: int
    damaged: tuple[str, ...]


def merge(folder: Path, other: Path) -> Merged:
    """Take in the records of the store in `other`, as `Store.merge` has it."""
    kept, damaged = [], []
    learned: set[str | None] = set()
    found = list(_all(other))
    if not found:
        raise RecordError(f"There is no record in {other}: name a folder that has some.")
    with database.writing(folder):
        pass  # there is a database now
    # While someone is there, the log is not folded in after every record.
    with database.reading(folder):
        for read in found:
            try:
                record, content = read()
                kept.append(
                    documents.keep(folder, record, content, lambda new, old: new > old) is not None
                )
                learned.add(record.experiment.data)
            except _DamagedError as error:
                damaged.append(str(error))
    damaged += user_data_file.brought(other, folder, learned)
    return Merged(sum(kept), len(kept) - sum(kept), tuple(damaged))


def _all(folder: Path) -> Iterator[Callable[[], tuple[Record, bytes | None]]]:
    """A call for every record, also of those from before the database, that reads it with its
    weights' bytes.
    """
    for identity in _ids(folder):
        yield partial(_whole, folder, partial(documents.read, folder, identity))
    for path in json_file.paths(folder):
        yield partial(_whole, folder, partial(json_file.read, path))


def _whole(folder: Path, read: Callable[[], Record]) -> tuple[Record, bytes | None]:
    try:
        record = read()
        return record, (
            weights_file.content_of(folder / record.weights) if record.weights else None
        )
    except RecordError as error:
        raise _DamagedError(str(error)) from None


def _ids(folder: Path) -> list[str]:
    with database.reading(folder) as connection:
        found = connection.execute("SELECT id FROM records ORDER BY created, id")
        return [identity for (identity,) in found]


class _DamagedError(RecordError):
    """A record of the other store that cannot be taken in."""
