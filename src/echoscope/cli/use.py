"""`echoscope predict`, `stream`, `export`, `import`: use a trained network, here and elsewhere."""

import json
import math
import sys
from typing import Any

import click
import numpy as np

from echoscope.cli import reading, screen
from echoscope.cli.flags import experiment_of, value, with_json, with_own, with_record, with_store, with_words
from echoscope.errors import IntegerError, WordError
from echoscope.framing import integer
from echoscope.record import Record
from echoscope.store import Store
from echoscope.words import whole


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("numbers", nargs=-1, metavar="[INTEGER]...")
@with_own
@click.option("--top", default="0", metavar="N", help="also show the N likeliest symbols of each answer (0).")
@click.option("--rows", default="20", metavar="N", help="windows to show (20).")
@with_record
@with_json
def predict(numbers: tuple[str, ...], file: str | None, column: str | None, text: str | None, rows: str, top: str,
            identity: str | None, store: Store, as_json: bool) -> None:  # fmt: skip
    """Echo your own integers: from the line, --file, --text, or standard input."""
    shown = whole("rows", value(rows), 1)
    record = store.find(identity)
    weights = store.weights(record)
    task = record.experiment.task
    given = _given(numbers, file, column, text, task.symbols, task.gappy)
    from echoscope.prediction import predict as answer
    from echoscope.run import entries

    found = answer(record.experiment, weights, np.array(given, np.int64), value(top))
    right = int(((found.expected == found.predicted) & found.asked).sum())
    asked = int(found.asked.sum())
    heard = [screen.with_gaps(window) for window in found.heard]
    expected = entries(found.expected, found.asked)
    said = np.ones_like(found.asked) if task.ahead else found.asked  # a forecast is worth saying where none can judge
    predicted = entries(found.predicted, said)
    confidence = entries(found.confidence.astype(float), said & ~np.isnan(found.confidence))
    likely = np.stack([found.ranked, found.probability], axis=-1)
    if as_json:
        ranked = {"top": found.ranked.tolist(), "probability": found.probability.tolist()} if likely.size else {}
        screen.document({"record": record.id, "heard": heard, "expected": expected,
                         "predicted": predicted, "confidence": confidence, "right": right, "asked": asked,
                         "score": right / asked if asked else None, "chance": record.chance} | ranked)  # fmt: skip
        return
    screen.answers(heard, expected, predicted, shown, confidence, likely.tolist() if likely.size else None)
    share = f"{right:,} of {asked:,} right ({right / asked:.2%}; " if asked else "nothing to judge ("
    click.echo(f"{share}chance {record.chance:.2%}), record {record.id}")


def _given(
    numbers: tuple[str, ...], file: str | None, column: str | None, text: str | None, symbols: int, gaps: bool
) -> list[int]:
    sources = [name for name, there in (("integers", numbers), ("--file", file), ("--text", text)) if there]
    if len(sources) > 1:
        raise IntegerError(f"Integers must come from one place, not from {' and '.join(sources)}: choose one.")
    unknown = [word for word in numbers if word.startswith("--")]
    if unknown:
        raise click.NoSuchOption(unknown[0])
    if column and not file:
        raise IntegerError("--column names a column of a file: give the --file too.")
    if file:
        return reading.from_file(file, column, symbols, gaps)
    if text:
        return reading.from_text(text, symbols)
    return reading.from_words(numbers, symbols, gaps) if numbers else reading.from_input(symbols, gaps)


@click.command()
@with_record
@with_json
def stream(identity: str | None, store: Store, as_json: bool) -> None:
    """Echo one integer at a time: a line in, a line out, at once; an empty line forgets.

    Answers are integers with blanks between, or - while a whole window has not been heard yet.
    """
    record = store.find(identity)
    weights = store.weights(record)
    from echoscope.prediction import Stream

    network, task = Stream(record.experiment, weights), record.experiment.task
    between = ""
    if as_json:
        click.echo(f'{{"record": "{record.id}", "answers": [', nl=False)
    try:
        for number, line in enumerate(iter(sys.stdin.readline, ""), 1):
            if not line.strip():
                network.reset()
                _say("" if as_json else "reset", as_json, "")
                continue
            said = network.hear(integer(line, task.symbols, f"line {number}", task.gappy))
            answer = {
                "heard": said.heard,
                "predicted": list(said.predicted),
                "confidence": [None if math.isnan(sure) else sure for sure in said.confidence],
            }
            _say(json.dumps(answer) if as_json else " ".join(map(str, said.predicted)) or "-", as_json, between)
            between = ","
    finally:
        if as_json:
            click.echo("\n]}")


def _say(text: str, as_json: bool, between: str) -> None:
    if text:
        click.echo(f"{between}\n{text}" if as_json else text, nl=not as_json)
    sys.stdout.flush()


@click.command()
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


@click.command("import")
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
