"""`echoscope stream`: one integer at a time."""

import math
import sys
from collections.abc import Callable

import click

from echoscope.cli.help import command
from echoscope.cli.options import with_json, with_run, with_use
from echoscope.cli.symbols import in_symbols
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.write import say
from echoscope.errors import IntegerError, many
from echoscope.runs.run import Run
from echoscope.settings import Json, JsonValue
from echoscope.store import Store
from echoscope.wording import typed

REFUSED = 1  # the exit status of a stream that passed over a line


@command("echoscope stream < numbers.txt", "echoscope stream --json < numbers.txt")
@click.option("--strict", is_flag=True, help="end at the first line that cannot be read.")
@with_use
@with_run
@with_json
def stream(identity: str | None, store: Store, as_json: bool, strict: bool, use: str | None) -> int:
    """Echo one integer at a time: a line in, a line out, at once; an empty line forgets.

    Predictions have blanks between them, or - while a whole window has not been read yet. A
    line that cannot be read is answered with error: and why, and passed over; the exit status is
    then 1. With --json each line is answered by one JSON object on a line.
    """
    run = store.find(identity)
    weights = store.weights(run)
    from echoscope.evaluation.stream import Stream

    network, refused = Stream(run.experiment, weights, use), False
    for number, line in enumerate(iter(sys.stdin.readline, ""), 1):
        if output.lost():  # nobody reads the answers
            break
        if not line.strip():
            network.reset()
            _say("reset", {"reset": True}, as_json)
            continue
        try:
            answer = network.forward(_read(run, line, number))
        except IntegerError as error:
            if strict:
                raise
            refused = True
            text = typed(str(error))
            _say(f"error: {text}", {"error": text}, as_json)
            continue
        columns = run.experiment.task.which_column - 1
        predictions = [
            run.in_value(symbol, int(column))
            for symbol, column in zip(answer.predictions, columns, strict=False)
        ]
        sure = [None if math.isnan(share) else share for share in answer.confidence]
        values = {
            "inputs": _inputs(run, answer.inputs),
            "predictions": predictions,
            "confidence": sure,
        }
        _say(" ".join(map(screen.part_said, predictions)) or "-", values, as_json)
    return REFUSED if refused else 0


def _read(run: Run, line: str, number: int) -> object:
    """The symbol of a line, or of several columns its row of symbols."""
    sizes, where = run.experiment.task.column_sizes, _line(number)
    if not sizes:
        return in_symbols(run, [line.strip()], where).tolist()[0]
    values = [part.strip() for part in (line.split(",") if "," in line else line.split())]
    if len(values) != len(sizes):
        raise IntegerError(
            f"{where(1)} has {many(len(values), 'value')}, and a time step has"
            f" {len(sizes)}: give a value of each column, with commas between."
        )
    return in_symbols(run, values, where).tolist()[0]


def _inputs(run: Run, inputs: int | tuple[int | None, ...] | None) -> JsonValue:
    if isinstance(inputs, tuple):
        return [run.in_value(symbol, column) for column, symbol in enumerate(inputs)]
    return run.in_value(inputs)


def _line(number: int) -> Callable[[int], str]:
    return lambda _: f"line {number}"


def _say(text: str, values: Json, as_json: bool) -> None:
    screen.document(values) if as_json else say(" ".join(text.split()))
    sys.stdout.flush()
