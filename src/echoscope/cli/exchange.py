"""`echoscope export`, `import`: trained networks out to Keras and in from it."""

from typing import Any

import click

from echoscope.cli import screen
from echoscope.cli.flags import experiment_of, value, with_json, with_record, with_store, with_words
from echoscope.cli.manual import command
from echoscope.errors import WordError
from echoscope.record import Record
from echoscope.store import Store


@command("echoscope export net.keras")
@click.argument("path", metavar="FILE.keras")
@with_record
@with_json
def export(path: str, identity: str | None, store: Store, as_json: bool) -> None:
    """Save a network as a .keras file of the tutorials' own layers."""
    record = store.find(identity)
    weights = store.weights(record)
    from echoscope.keras_file import write_keras

    write_keras(record.experiment, weights, path)
    if as_json:
        screen.document({"record": record.id, "file": path})
    else:
        click.echo(f"Record {record.id} is saved in {path}; in Keras: keras.models.load_model({path!r})")


@command("echoscope import net.keras lag --store imported", name="import")
@click.argument("path", metavar="FILE.keras")
@with_words
@with_store
@with_json
def import_(path: str, store: Store, as_json: bool, **given: Any) -> None:
    """Make a record of a trained .keras network, scored on the task of a preset.

    The file says its own symbols, window, units, model and state; the preset and flags say the rest, such as the lag.
    """
    from echoscope.keras_file import read_keras

    found = read_keras(path)
    sizes = {"symbols": found.symbols, "units": found.units, "model": found.model, "when": found.when,
             "state": found.state}  # fmt: skip
    sizes |= {"encoding": "one-hot", "layers": 1, "direction": "forward", "gaps": "masked"}  # what such a file can say
    sizes |= {} if found.window is None else {"window": found.window}
    sizes |= {} if found.batch is None else {"batch": found.batch}
    said = {name: given[name] for name in sizes if given.get(name) is not None}
    for name, text in said.items():
        if value(text) != sizes[name]:
            raise WordError(f"{name} is {sizes[name]} in {path}, not {text}: leave --{name} out.")
    experiment = experiment_of(given | {name: str(size) for name, size in sizes.items()})
    if len(experiment.task.lag) != found.answers and experiment.task.when == "after":
        raise WordError(f"{path} says {found.answers} answers after its window, but lag "
                        f"{','.join(map(str, experiment.task.lag))} asks for {len(experiment.task.lag)}: "
                        "give as many lags as answers.")  # fmt: skip
    from echoscope.run import imported

    record = store.add(imported(experiment, found.weights), found.weights)
    _announce(record, store, as_json)


def _announce(record: Record, store: Store, as_json: bool) -> None:
    if as_json:
        screen.document(record.to_json())
    else:
        screen.paragraph(screen.scored(record))
        click.echo(f"record {record.id} in {store.path}")
