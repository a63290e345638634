"""What was trained is kept, in a store of its own where the one asked for no longer can keep it."""

from collections.abc import Sequence

from echoscope.cli.terminal import output
from echoscope.cli.terminal.write import say
from echoscope.errors import StoreError
from echoscope.runs.run import Run
from echoscope.store import Store
from echoscope.store.elsewhere import Trained, elsewhere
from echoscope.wording import typed


def keep(store: Store, trained: Sequence[Trained]) -> tuple[Store, list[Run], bool]:
    """The store that keeps all of it, the runs as they were kept, and whether that is another
    store than the one given.
    """
    try:
        runs, rescued = [store.add(*item) for item in trained], False
    except StoreError as error:
        store, runs = rescue(store, trained, error)
        rescued = True
    for run in runs:
        output.kept(f"run {run.id} is kept in {store.path}")
    return store, runs, rescued


def rescue(store: Store, trained: Sequence[Trained], error: StoreError) -> tuple[Store, list[Run]]:
    """A store of its own for what was trained, and the sentence that says how it gets home."""
    other, runs, says = elsewhere(store, trained)
    say(f"echoscope: {typed(str(error))} {says}", err=True)
    return other, runs
