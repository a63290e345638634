"""A store of its own for what was trained, where the one asked for no longer can keep it."""

import tempfile
from collections.abc import Sequence
from typing import Any

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
