"""What was trained is kept, in a store of its own where the one asked for no longer can keep it."""

import tempfile
from collections.abc import Sequence
from typing import Any

from echoscope.cli.terminal import output
from echoscope.cli.terminal.write import say
from echoscope.errors import RecordError
from echoscope.runs.run import Record
from echoscope.store import Store

Trained = tuple[Any, ...]  # a record, its weights or None, and own integers where there are any


def keep(store: Store, trained: Sequence[Trained]) -> tuple[Store, list[Record], bool]:
    """The store that keeps all of it, the records as they were kept, and whether that is another
    store than the one given.
    """
    try:
        records, rescued = [store.add(*one) for one in trained], False
    except RecordError as error:
        store, records = rescue(store, trained, error)
        rescued = True
    for record in records:
        output.kept(f"record {record.id} is kept in {store.path}")
    return store, records, rescued


def rescue(
    store: Store, trained: Sequence[Trained], error: RecordError
) -> tuple[Store, list[Record]]:
    """A store of its own for what was trained, and the sentence that says how it gets home."""
    elsewhere = Store(tempfile.mkdtemp(prefix="echoscope-kept-"))
    records = [elsewhere.add(*one) for one in trained]
    say(
        f"echoscope: {error} What was trained is kept in {elsewhere.folder}: when the store can"
        f" be written again, echoscope merge {elsewhere.folder} --store {store.folder} takes"
        " it in.",
        err=True,
    )
    return elsewhere, records
