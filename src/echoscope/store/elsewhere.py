"""A store of its own for what was trained, where the one asked for no longer can keep it."""

import tempfile
from collections.abc import Collection, Sequence
from typing import Any

from echoscope.errors import StoreError, many
from echoscope.runs.run import Run
from echoscope.store.folder import Store

Trained = tuple[Any, ...]  # a run, its weights or None, and user data where there are any


def elsewhere(store: Store, trained: Sequence[Trained]) -> tuple[Store, list[Run], str]:
    """That store, the runs in it, and the sentence that says how they get home."""
    other = Store(tempfile.mkdtemp(prefix="echoscope-kept-"))
    runs = [other.add(*item) for item in trained]
    return (
        other,
        runs,
        f"What was trained is kept in {other.folder}: when the store can be written again,"
        f" echoscope merge {other.folder} --store {store.folder} takes it in.",
    )


def gone(store: Store, before: Collection[str]) -> str:
    """The sentence for runs that were in a store and are no longer there, as it was removed while
    others were trained; empty where all are, or where it cannot be read, which is said where that
    is tried.
    """
    try:
        lost = len({*before} - {*store.ids()})
    except StoreError:
        return ""
    if not lost:
        return ""
    return (
        f"The store {store.folder} was removed or replaced meanwhile: what was trained here is kept"
        f" there, and {many(lost, 'run')} of before no longer."
    )
