"""The rows of a store that something can be said of together."""

from collections import Counter

from echoscope.analysis.findings import UNTRAINED
from echoscope.errors import StoreError, listed
from echoscope.runs.table import Rows
from echoscope.store import Store


def trained_rows(store: Store, where: str | None = None) -> Rows:
    """The rows of a store's runs, or of those that meet `where`, one of them trained at least.

    Raises `StoreError` where none is, and as `Store.rows` does.
    """
    rows = store.rows(where)
    if not rows:
        raise StoreError(
            f"No run in {store.folder} meets {where}: see {store.typed('runs')}."
            if where and store.ids()
            else store.nothing()
        )
    counts = Counter(rows.columns["outcome"])
    if set(counts) <= set(UNTRAINED):
        text = listed([f"{number} {outcome}" for outcome, number in counts.items()])
        remedy = (
            f"see why with {store.typed('runs --json')}, and run them again"
            if "failed" in counts
            else (
                f"see each imported network with {store.typed('show')}, or train one with"
                f" {store.typed('run lag')}"
            )
        )
        raise StoreError(
            f"There is no trained run among these {len(rows)} ({text}), so there is nothing"
            f" to show: {remedy}."
        )
    return rows
