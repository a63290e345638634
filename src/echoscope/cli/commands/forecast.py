"""`echoscope forecast`: what comes next, with probabilities, beside the best rule."""

from typing import TYPE_CHECKING

import click
import numpy as np

from echoscope.analysis.table import Table, share
from echoscope.cli.file_options import FileOptions, with_file
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_run
from echoscope.cli.symbols import symbols_of
from echoscope.cli.terminal import screen, tables
from echoscope.errors import IntegerError
from echoscope.runs.run import Part, Run
from echoscope.settings import Value
from echoscope.stats.intervals import Floats
from echoscope.store import Store

if TYPE_CHECKING:
    from echoscope.evaluation.forecast import Calibration

SHOWN = 3  # likeliest values of a step


@command(
    "echoscope forecast --next 5",
    "echoscope forecast examples/events.csv --column event --json",
)
@click.argument("path", metavar="[FILE]", required=False)
@with_file
@click.option("--next", "steps", default="10", metavar="N", help="how many steps ahead (10).")
@click.option(
    "--paths", default="200", metavar="N", help="continuations that probabilities are over (200)."
)
@click.option("--seed", default="0", metavar="N", help="decides those continuations.")
@with_run
@with_json
def forecast(
    path: str | None,
    steps: str,
    paths: str,
    seed: str,
    identity: str | None,
    store: Store,
    as_json: bool,
    **values: Value,
) -> None:
    """Say what comes after a sequence, with probabilities, beside the best rule that needs no
    training: after FILE, or after what the network trained on.
    """
    from echoscope.evaluation.forecast import calibration, forecasting, rule_forecast
    from echoscope.evaluation.forecast import forecast as forecasted
    from echoscope.evaluation.predict import predict

    run = store.find(identity)
    forecasting(run.experiment)
    weights, data = store.weights(run), store.data(run)
    symbols = symbols_of(run, FileOptions.taken(dict(values)).named(path), ())
    symbols = data if symbols is None else symbols
    if symbols is None:
        raise IntegerError("There is no sequence to go on from: name a file.")
    ahead = value(steps), value(paths), value(seed)
    probability = forecasted(run.experiment, weights, symbols, *ahead)
    known = symbols if data is None else data
    name, by_rule = rule_forecast(run.experiment, known, symbols, *ahead)
    scored = predict(run.experiment, weights, symbols, data=data)
    rows = calibration(scored)
    if as_json:
        steps_of = enumerate(zip(probability, by_rule, strict=True), 1)
        screen.document(
            {
                "run": run.id,
                "rule": name,
                "steps": [
                    {"step": step, "network": _ranked(run, ours), "by_rule": _ranked(run, theirs)}
                    for step, (ours, theirs) in steps_of
                ],
                "calibration": [row.to_json() for row in rows],
            }
        )
        return
    screen.title("What comes next")
    tables.show(_table(run, probability, name, by_rule))
    screen.title("Do such probabilities come true? (values it was not trained on)")
    if rows:
        tables.show(_calibrated(rows))
    else:
        screen.paragraph(
            "Every value here was trained on, or has none after it: there is nothing to hold them"
            " to."
        )


def _ranked(run: Run, probability: Floats) -> list[tuple[Part, float]]:
    """The likeliest values of a step, each with its probability."""
    order = np.argsort(-probability, kind="stable")[:SHOWN].tolist()
    return [(run.in_value(symbol), float(probability[symbol])) for symbol in order]


def _table(run: Run, ours: Floats, name: str, theirs: Floats) -> Table:
    rows = []
    for step, pair in enumerate(zip(ours, theirs, strict=True), 1):
        cells = (
            ", ".join(f"{screen.part_said(part)} {share:.1%}" for part, share in _ranked(run, row))
            for row in pair
        )
        rows.append((str(step), *cells))
    note = f"The rule is {name}, the best on the held-out end, known from the whole sequence."
    return Table("Forecast", ("step", "network", "rule"), tuple(rows), (note,), named=1)


def _calibrated(rows: "tuple[Calibration, ...]") -> Table:
    cells = tuple(
        (
            f"{row.low:.0%} to {row.high:.0%}",
            f"{row.accuracy.target_count:,}",
            f"{row.expected:.1%}",
            share(row.accuracy.value, row.accuracy.low, row.accuracy.high),
        )
        for row in rows
    )
    heads = ("probability", "predictions", "expected", "right (95 %)")
    return Table("Calibration", heads, cells, named=1)
