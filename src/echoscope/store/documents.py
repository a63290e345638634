"""Whole runs in a store's database, with their weights beside it: kept, tidied up, read."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from echoscope.errors import StoreError
from echoscope.runs.run import RANKS, Run
from echoscope.settings import JsonValue
from echoscope.store import columns, database, weights_file

Rank = tuple[int, bool, str]  # what two runs of equal settings are compared by


def keep(
    folder: Path, run: Run, content: bytes | None, wins: Callable[[Rank, Rank], bool]
) -> Run | None:
    """The run as it is kept, or None if the one that was there stays."""
    named = replace(run, weights=weights_file.name_of(run.id, content) if content else "")
    untidy = True
    try:
        with database.writing(folder) as connection:
            connection.execute("DELETE FROM leases WHERE id = ?", [run.id])
            there = connection.execute(
                "SELECT outcome, weights, created FROM runs WHERE id = ?", [run.id]
            )
            before = there.fetchone()
            if before and not wins(
                _rank(named.outcome, named.weights, named.created), _rank(*before)
            ):
                untidy = False
                return None
            if content:
                weights_file.put(folder / named.weights, content)
            columns.insert(connection, named)
        untidy = bool(before and before[1])
    finally:
        if untidy:
            with suppress(StoreError):  # a file too many does no harm
                _tidy(folder, run.id)
    return named


def _tidy(folder: Path, identity: str) -> None:
    """Remove the weights' files of a run that it does not name; a transaction, so that
    nobody is writing one.
    """
    if not (folder / database.NAME).exists() or (folder / f"{identity}.json").exists():
        return
    with database.writing(folder) as connection:
        named = connection.execute(
            "SELECT weights FROM runs WHERE id = ?", [identity]
        ).fetchone() or ("",)
        for path in folder.glob(f"{identity}-*.safetensors"):
            if path.name != named[0]:
                path.unlink(missing_ok=True)


def read(folder: Path, identity: str) -> Run:
    """The run of this id, which is there; a `StoreError` where its document is missing."""
    with database.reading(folder) as connection:
        result = connection.execute(
            "SELECT id, run, curve FROM documents WHERE id = ?", [identity]
        ).fetchone()
    if not result:
        where = folder / database.NAME
        raise StoreError(
            f"{where} is damaged: run {identity} has no document; run the experiment again."
        )
    return run_of(folder, *result)


def run_of(folder: Path, identity: str, text: str, curve: str) -> Run:
    """The run of its document in the database, which is two texts: the run and its curve."""
    where = f"Run {identity} in {folder / database.NAME}"
    try:
        values: JsonValue = json.loads(text) | {"curve": json.loads(curve)}
    except (TypeError, ValueError, RecursionError):
        raise StoreError(
            f"{where} is damaged: its document is not JSON; run the experiment again."
        ) from None
    return Run.from_json(values, where)


def _rank(outcome: str, weights: str, created: str) -> Rank:
    return RANKS.get(outcome, len(RANKS)), bool(weights), created  # what we do not know stays
