"""`echoscope export`: a trained network out to Keras."""

import click

from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_run
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.write import say
from echoscope.recoding import Recoding
from echoscope.store import Store


@command("echoscope export net.keras")
@click.argument("path", metavar="FILE.keras")
@click.option(
    "--stateful", metavar="N", help="keep the state from call to call, of N sequences at once."
)
@with_run
@with_json
def export(
    path: str, stateful: str | None, identity: str | None, store: Store, as_json: bool
) -> None:
    """Save a network as a .keras file of Keras' own layers.

    It predicts any number of windows, each read from the initial state, as predict --use windows
    does.
    """
    run = store.find(identity)
    weights = store.weights(run)
    from echoscope.formats.keras import write_keras

    sequences = None if stateful is None else value(stateful)
    recoding = run.recoding if isinstance(run.recoding, Recoding) else None
    write_keras(run.experiment, weights, path, sequences, recoding)
    output.kept(f"run {run.id} is saved in {path}")
    if as_json:
        screen.document({"run": run.id, "file": path})
    else:
        say(f"Run {run.id} is saved in {path}; in Keras: keras.models.load_model({path!r})")
