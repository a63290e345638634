"""`echoscope predict`: a trained network on your own integers."""

from collections.abc import Iterable
from typing import Any

import click
import numpy as np

from echoscope import reading
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_own, with_record, with_use
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.write import say
from echoscope.errors import IntegerError
from echoscope.evaluation.prediction import Prediction
from echoscope.experiment.user_data import hash_of
from echoscope.integers import Integers
from echoscope.runs.run import Record
from echoscope.settings import whole
from echoscope.store import Store


@command(
    "echoscope predict 1 2 3 4 5 6 7 8",
    "echoscope predict --text note.txt",
    "echoscope predict 1 2 3 4 5 6 7 8 --top 3 --json",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("numbers", nargs=-1, metavar="[INTEGER]...")
@with_own
@click.option(
    "--top", default="0", metavar="N", help="also show the N likeliest symbols of each answer (0)."
)
@click.option("--rows", default="20", metavar="N", help="windows to show (20).")
@with_use
@with_record
@with_json
def predict(
    numbers: tuple[str, ...],
    file: str | None,
    column: str | None,
    header: bool | None,
    text: str | None,
    rows: str,
    top: str,
    use: str | None,
    identity: str | None,
    store: Store,
    as_json: bool,
) -> None:
    """Echo your own integers: from the line, --file, --text, or standard input."""
    shown = whole("rows", value(rows), 1)
    record = store.find(identity)
    weights = store.weights(record)
    task = record.experiment.task
    given = np.asarray(_given(numbers, file, column, header, text, task.symbols, task.gappy))
    from echoscope.evaluation.predict import predict as answer
    from echoscope.evaluation.predict import predictions

    asking = (record.experiment, weights, given, value(top), store.data(record), use)
    parts = [answer(*asking)] if as_json else predictions(*asking)
    (_document if as_json else _page)(record, given, use or record.experiment.use, shown, parts)


def _rows(record: Record, found: Prediction) -> dict[str, Any]:
    """The columns of a table of windows."""
    from echoscope.training.train import entries

    said = (
        np.ones_like(found.asked) if record.experiment.task.ahead else found.asked
    )  # a forecast is worth saying
    return {
        "heard": [screen.with_gaps(window) for window in found.heard],
        "expected": entries(found.expected, found.asked),
        "predicted": entries(found.predicted, said),
        "confidence": entries(found.confidence.astype(float), said & ~np.isnan(found.confidence)),
    }


def _document(record: Record, _: Integers, use: str, __: int, parts: Iterable[Prediction]) -> None:
    (found,) = parts
    ranked = (
        {"top": found.ranked.tolist(), "probability": found.probability.tolist()}
        if found.ranked.size
        else {}
    )
    right, asked = int(found.right.sum()), found.right.size
    screen.document(
        {"record": record.id, "use": use}
        | _rows(record, found)
        | {
            "right": right,
            "asked": asked,
            "learned": found.learned.tolist(),
            "learned_right": int(found.learned_right.sum()),
            "learned_asked": found.learned_right.size,
            "score": right / asked if asked else None,
            "chance": record.chance,
        }
        | ranked
    )


def _page(
    record: Record, given: Integers, use: str, shown: int, parts: Iterable[Prediction]
) -> None:
    """The first windows, and what is right of all: no more than the first are kept."""
    first: list[Prediction] = []
    windows, counts = 0, np.zeros(4, int)
    for part in parts:
        if windows < shown:
            first.append(part.first(shown - windows))
        windows += len(part.heard)
        right, learned = part.right, part.learned_right
        counts += right.sum(), right.size, learned.sum(), learned.size
    found = type(first[0]).joined(first)
    likely = np.stack([found.ranked, found.probability], axis=-1)
    table = _rows(record, found)
    screen.answers(
        table["heard"],
        table["expected"],
        table["predicted"],
        windows,
        table["confidence"],
        likely.tolist() if likely.size else None,
        found.learned.tolist(),
    )
    screen.used(record.experiment, use)
    right, asked, learned_right, learned_asked = counts.tolist()
    same = learned_asked and hash_of(given) == record.experiment.data
    whose = "held-out answers " if same else "other answers " if learned_asked else ""
    share = (
        f"{right:,} of {asked:,} {whose}right ({right / asked:.2%}; "
        if asked
        else "nothing to judge ("
    )
    say(f"{share}chance {record.chance:.2%}), record {record.id}")
    if learned_asked:
        say(f"{learned_right:,} of {learned_asked:,} answers it learned from, which are no score")


def _given(
    numbers: tuple[str, ...],
    file: str | None,
    column: str | None,
    header: bool | None,
    text: str | None,
    symbols: int,
    gaps: bool,
) -> Integers:
    sources = [
        name for name, there in (("integers", numbers), ("--file", file), ("--text", text)) if there
    ]
    if len(sources) > 1:
        raise IntegerError(
            f"Integers must come from one place, not from {' and '.join(sources)}: choose one."
        )
    if file:
        return reading.from_file(file, column, symbols, gaps, header)
    reading.no_file(column, header)
    if text:
        return reading.from_text(text, symbols)
    return (
        reading.from_words(numbers, symbols, gaps) if numbers else reading.from_input(symbols, gaps)
    )
