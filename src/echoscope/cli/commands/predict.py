"""`echoscope predict`: a trained network on your own integers."""

from collections.abc import Iterable

import click
import numpy as np

from echoscope import reading
from echoscope.cli.file_options import FileOptions, with_file
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_run, with_use
from echoscope.cli.symbols import in_symbols, symbols_of, words_of
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.write import say
from echoscope.errors import many
from echoscope.evaluation.prediction import Prediction
from echoscope.experiment.user_data import UserData
from echoscope.integers import Integers
from echoscope.runs.run import Entry, Part, Run
from echoscope.settings import Value, whole
from echoscope.store import Store
from echoscope.tasks.echo import Echo


@command(
    "echoscope predict 1 2 3 4 5 6 7 8",
    "echoscope predict --text note.txt",
    "echoscope predict 1 2 3 4 5 6 7 8 --top 3 --json",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("numbers", nargs=-1, metavar="[VALUE]...")
@with_file
@click.option(
    "--top", default="0", metavar="N", help="also show the N likeliest symbols of each target (0)."
)
@click.option("--rows", default="20", metavar="N", help="windows to show (20).")
@with_use
@with_run
@with_json
def predict(
    numbers: tuple[str, ...],
    rows: str,
    top: str,
    use: str | None,
    identity: str | None,
    store: Store,
    as_json: bool,
    **values: Value,
) -> None:
    """Echo your own integers or names: from the line, --file, --text, or standard input."""
    shown = whole("rows", value(rows), 1)
    run = store.find(identity)
    weights = store.weights(run)
    named = symbols_of(run, FileOptions.taken(values), numbers)
    symbols = UserData(_of_input(run)) if named is None else named
    from echoscope.evaluation.predict import predict as predicted
    from echoscope.evaluation.predict import predictions

    asking = (run.experiment, weights, symbols, value(top), store.data(run), use)
    parts = [predicted(*asking)] if as_json else predictions(*asking)
    (_document if as_json else _page)(run, symbols, use or run.experiment.use, shown, parts)


def _of_input(run: Run) -> Integers:
    """The symbols of what is piped in."""
    texts = reading.from_input()
    parts = [(part, number) for number, text in texts for part in words_of(run, (text,))]
    values, lines = [part for part, _ in parts], [number for _, number in parts]
    return in_symbols(run, values, lambda place: f"line {lines[place - 1]} of standard input")


def _rows(run: Run, result: Prediction) -> dict[str, list[Entry]]:
    """The columns of a table of windows."""
    from echoscope.training.train import entries

    shown = (
        np.ones_like(result.mask) if run.experiment.task.ahead else result.mask
    )  # a forecast is worth saying
    return {
        "inputs": run.inputs_in_values(screen.with_gaps(result.inputs)),
        "targets": run.targets_in_values(entries(result.targets, result.mask)),
        "predictions": run.targets_in_values(entries(result.predictions, shown)),
        "confidence": entries(
            result.confidence.astype(float), shown & ~np.isnan(result.confidence)
        ),
    }


def _ranked(run: Run, result: Prediction) -> list[list[list[Part]]]:
    """The likeliest values of each target."""
    columns = run.experiment.task.which_column - 1
    return [
        [
            [run.in_value(symbol, int(columns[place % len(columns)])) for symbol in symbols]
            for place, symbols in enumerate(window)
        ]
        for window in result.ranked.tolist()
    ]


def _document(run: Run, values: UserData, use: str, _: int, parts: Iterable[Prediction]) -> None:
    (result,) = parts
    several = {"sequence": result.sequence.tolist()} if values.several else {}
    ranked = (
        {"top": _ranked(run, result), "probability": result.probability.tolist()}
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
        | several
    )


def _page(run: Run, values: UserData, use: str, shown: int, parts: Iterable[Prediction]) -> None:
    """The first windows, and what is right of all: no more than the first are kept."""
    first: list[Prediction] = []
    read = set[int]()
    windows, counts = 0, np.zeros(4, int)
    for part in parts:
        if windows < shown:
            first.append(part.first(shown - windows))
        windows += len(part.inputs)
        read.update(part.sequence.tolist())
        correct, learned = part.correct, part.trained_on_correct
        counts += correct.sum(), correct.size, learned.sum(), learned.size
    result = type(first[0]).joined(first)
    likely = [
        [list(zip(*pair, strict=True)) for pair in zip(*window, strict=True)]
        for window in zip(_ranked(run, result), result.probability.tolist(), strict=True)
    ]
    table = _rows(run, result)
    screen.predictions_table(
        table["inputs"],
        table["targets"],
        table["predictions"],
        windows,
        table["confidence"],
        likely if result.ranked.size else None,
        result.trained_on.tolist(),
        ends=not isinstance(run.experiment.task, Echo),
    )
    screen.used(run.experiment, use)
    if values.several:
        short = len(values.starts) - len(read)
        text = f"{many(len(values.starts), 'sequence')}, each read on its own"
        say(f"{text}; {short:,} too short for a window" if short else text)
    correct, scored, trained_on_correct, trained_on_scored = counts.tolist()
    same = trained_on_scored and (run.experiment.data or "").startswith(values.hash)
    fold = run.experiment.training.fold
    whose = "held-out targets " if same else "other targets " if trained_on_scored else ""
    whose = "targets after those it trained on " if same and fold else whose
    share = (
        f"{correct:,} of {scored:,} {whose}right ({correct / scored:.2%}; "
        if scored
        else "no target to compare with ("
    )
    of_fold = f" in fold {fold}" if fold else ""
    say(f"{share}chance{of_fold} {run.chance:.2%}), run {run.id}")
    if trained_on_scored:
        say(
            f"{trained_on_correct:,} of {trained_on_scored:,} targets of windows that reach into"
            " what it trained on, which are no accuracy"
        )
