"""`echoscope predict`: a trained network on your own integers."""

from collections.abc import Iterable

import click
import numpy as np

from echoscope import reading
from echoscope.cli.help import command
from echoscope.cli.options import integers_named, value, with_data, with_json, with_run, with_use
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.write import say
from echoscope.evaluation.prediction import Prediction
from echoscope.experiment.user_data import hash_of
from echoscope.integers import Integers
from echoscope.runs.run import Entry, Run
from echoscope.settings import whole
from echoscope.store import Store
from echoscope.tasks.echo import Echo


@command(
    "echoscope predict 1 2 3 4 5 6 7 8",
    "echoscope predict --text note.txt",
    "echoscope predict 1 2 3 4 5 6 7 8 --top 3 --json",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("numbers", nargs=-1, metavar="[INTEGER]...")
@with_data
@click.option(
    "--top", default="0", metavar="N", help="also show the N likeliest symbols of each target (0)."
)
@click.option("--rows", default="20", metavar="N", help="windows to show (20).")
@with_use
@with_run
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
    run = store.find(identity)
    weights = store.weights(run)
    task = run.experiment.task
    known = task.vocab_size, task.gappy
    named = integers_named(file, column, header, text, *known, numbers)
    values = np.asarray(reading.from_input(*known) if named is None else named)
    from echoscope.evaluation.predict import predict as predicted
    from echoscope.evaluation.predict import predictions

    asking = (run.experiment, weights, values, value(top), store.data(run), use)
    parts = [predicted(*asking)] if as_json else predictions(*asking)
    (_document if as_json else _page)(run, values, use or run.experiment.use, shown, parts)


def _rows(run: Run, result: Prediction) -> dict[str, list[Entry]]:
    """The columns of a table of windows."""
    from echoscope.training.train import entries

    shown = (
        np.ones_like(result.mask) if run.experiment.task.ahead else result.mask
    )  # a forecast is worth saying
    return {
        "inputs": [screen.with_gaps(window) for window in result.inputs],
        "targets": entries(result.targets, result.mask),
        "predictions": entries(result.predictions, shown),
        "confidence": entries(
            result.confidence.astype(float), shown & ~np.isnan(result.confidence)
        ),
    }


def _document(run: Run, _: Integers, use: str, __: int, parts: Iterable[Prediction]) -> None:
    (result,) = parts
    ranked = (
        {"top": result.ranked.tolist(), "probability": result.probability.tolist()}
        if result.ranked.size
        else {}
    )
    correct, scored = int(result.correct.sum()), result.correct.size
    screen.document(
        {"run": run.id, "use": use}
        | _rows(run, result)
        | {
            "correct": correct,
            "scored": scored,
            "trained_on": result.trained_on.tolist(),
            "trained_on_correct": int(result.trained_on_correct.sum()),
            "trained_on_scored": result.trained_on_correct.size,
            "accuracy": correct / scored if scored else None,
            "chance": run.chance,
        }
        | ranked
    )


def _page(run: Run, values: Integers, use: str, shown: int, parts: Iterable[Prediction]) -> None:
    """The first windows, and what is right of all: no more than the first are kept."""
    first: list[Prediction] = []
    windows, counts = 0, np.zeros(4, int)
    for part in parts:
        if windows < shown:
            first.append(part.first(shown - windows))
        windows += len(part.inputs)
        correct, learned = part.correct, part.trained_on_correct
        counts += correct.sum(), correct.size, learned.sum(), learned.size
    result = type(first[0]).joined(first)
    likely = np.stack([result.ranked, result.probability], axis=-1)
    table = _rows(run, result)
    screen.predictions_table(
        table["inputs"],
        table["targets"],
        table["predictions"],
        windows,
        table["confidence"],
        likely.tolist() if likely.size else None,
        result.trained_on.tolist(),
        ends=not isinstance(run.experiment.task, Echo),
    )
    screen.used(run.experiment, use)
    correct, scored, trained_on_correct, trained_on_scored = counts.tolist()
    same = trained_on_scored and hash_of(values) == run.experiment.data
    whose = "held-out targets " if same else "other targets " if trained_on_scored else ""
    share = (
        f"{correct:,} of {scored:,} {whose}right ({correct / scored:.2%}; "
        if scored
        else "no target to compare with ("
    )
    say(f"{share}chance {run.chance:.2%}), run {run.id}")
    if trained_on_scored:
        say(
            f"{trained_on_correct:,} of {trained_on_scored:,} targets it trained on, which are no"
            " accuracy"
        )
