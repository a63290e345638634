"""`echoscope predict`, `stream`: use a trained network."""

import json
import math
import sys
from typing import Any

import click
import numpy as np

from echoscope import reading
from echoscope.cli import output, screen
from echoscope.cli.flags import value, with_json, with_own, with_record
from echoscope.cli.manual import command
from echoscope.errors import IntegerError
from echoscope.integers import Integers, integer
from echoscope.own import hash_of
from echoscope.store import Store
from echoscope.words import whole

REFUSED = 1  # the exit status of a stream that passed over a line


@command(
    "echoscope predict 1 2 3 4 5 6 7 8",
    "echoscope predict --text note.txt",
    "echoscope predict 1 2 3 4 5 6 7 8 --top 3 --json",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("numbers", nargs=-1, metavar="[INTEGER]...")
@with_own
@click.option("--top", default="0", metavar="N", help="also show the N likeliest symbols of each answer (0).")
@click.option("--rows", default="20", metavar="N", help="windows to show (20).")
@with_record
@with_json
def predict(numbers: tuple[str, ...], file: str | None, column: str | None, header: bool | None, text: str | None,
            rows: str, top: str, identity: str | None, store: Store, as_json: bool) -> None:  # fmt: skip
    """Echo your own integers: from the line, --file, --text, or standard input."""
    shown = whole("rows", value(rows), 1)
    record = store.find(identity)
    weights = store.weights(record)
    task = record.experiment.task
    given = _given(numbers, file, column, header, text, task.symbols, task.gappy)
    from echoscope.prediction import predict as answer
    from echoscope.run import entries

    found = answer(record.experiment, weights, np.array(given, np.int64), value(top), store.data(record))
    hits = (found.expected == found.predicted) & found.asked
    learned = found.learned[:, None]
    right, asked = (int((one & ~learned).sum()) for one in (hits, found.asked))
    learned_right, learned_asked = (int((one & learned).sum()) for one in (hits, found.asked))
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
                         "learned": found.learned.tolist(), "learned_right": learned_right,
                         "learned_asked": learned_asked,
                         "score": right / asked if asked else None, "chance": record.chance} | ranked)  # fmt: skip
        return
    screen.answers(heard, expected, predicted, shown, confidence, likely.tolist() if likely.size else None,
                   found.learned.tolist())  # fmt: skip
    same = learned_asked and hash_of(np.array(given)) == record.experiment.data
    whose = "held-out answers " if same else "other answers " if learned_asked else ""
    share = f"{right:,} of {asked:,} {whose}right ({right / asked:.2%}; " if asked else "nothing to judge ("
    click.echo(f"{share}chance {record.chance:.2%}), record {record.id}")
    if learned_asked:
        click.echo(f"{learned_right:,} of {learned_asked:,} answers it learned from, which are no score")


def _given(
    numbers: tuple[str, ...], file: str | None, column: str | None, header: bool | None, text: str | None, symbols: int,
    gaps: bool,
) -> Integers:  # fmt: skip
    sources = [name for name, there in (("integers", numbers), ("--file", file), ("--text", text)) if there]
    if len(sources) > 1:
        raise IntegerError(f"Integers must come from one place, not from {' and '.join(sources)}: choose one.")
    if file:
        return reading.from_file(file, column, symbols, gaps, header)
    reading.no_file(column, header)
    if text:
        return reading.from_text(text, symbols)
    return reading.from_words(numbers, symbols, gaps) if numbers else reading.from_input(symbols, gaps)


@command("echoscope stream < numbers.txt", "echoscope stream --json < numbers.txt")
@click.option("--strict", is_flag=True, help="end at the first line that cannot be heard.")
@with_record
@with_json
def stream(identity: str | None, store: Store, as_json: bool, strict: bool) -> int:
    """Echo one integer at a time: a line in, a line out, at once; an empty line forgets.

    Answers are integers with blanks between, or - while a whole window has not been heard yet. A line that cannot be
    heard is answered with error: and why, and passed over; the exit status is then 1. With --json each line is answered
    by one JSON object on a line.
    """
    record = store.find(identity)
    weights = store.weights(record)
    from echoscope.prediction import Stream

    network, task, refused = Stream(record.experiment, weights), record.experiment.task, False
    for number, line in enumerate(iter(sys.stdin.readline, ""), 1):
        if output.lost():  # nobody hears the answers
            break
        if not line.strip():
            network.reset()
            _say("reset", {"reset": True}, as_json)
            continue
        try:
            said = network.hear(integer(line, task.symbols, f"line {number}", task.gappy))
        except IntegerError as error:
            if strict:
                raise
            refused = True
            _say(f"error: {error}", {"error": str(error)}, as_json)
            continue
        sure = [None if math.isnan(share) else share for share in said.confidence]
        answer = {"heard": said.heard, "predicted": list(said.predicted), "confidence": sure}
        _say(" ".join(map(str, said.predicted)) or "-", answer, as_json)
    return REFUSED if refused else 0


def _say(text: str, answer: dict[str, Any], as_json: bool) -> None:
    click.echo(json.dumps(answer) if as_json else " ".join(text.split()))
    sys.stdout.flush()
