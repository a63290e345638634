"""`echoscope evaluate`: a network on one long stream, tenth by tenth."""

import click

from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_run, with_use
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.drawn import drawn, kind, say_drawn
from echoscope.cli.terminal.write import say
from echoscope.stats.intervals import Accuracy
from echoscope.store import Store


@command("echoscope evaluate", "echoscope evaluate --integers 1000 --seed 7")
@click.option(
    "--integers", default="100000", metavar="N", help="how many fresh integers it reads in a row."
)
@click.option("--seed", default="0", metavar="N", help="decides those integers.")
@with_use
@with_run
@with_json
def evaluate(
    integers: str, seed: str, use: str | None, identity: str | None, store: Store, as_json: bool
) -> None:
    """Evaluate a network on one long stream, tenth by tenth: does it still echo at the end?

    It is used as it was scored: with --use continuous, one state is kept throughout.
    """
    run = store.find(identity)
    weights = store.weights(run)
    from echoscope.evaluation.long_stream import evaluate

    data = store.data(run)
    result = evaluate(run.experiment, weights, value(integers), value(seed), data, use)
    chance = run.chance if data is not None else run.experiment.task.chance
    if as_json:
        screen.document({"run": run.id, "chance": chance, "drawn": drawn(data)} | result.to_json())
        return
    say_drawn(run, data)
    screen.title(f"A stream of {result.integers:,} integers")
    for place, part in enumerate(result.parts, 1):
        say(f"  tenth {place:2}  {_said(part)}")
    screen.used(run.experiment, use)
    screen.paragraph(
        f"whole accuracy {_said(result.accuracy)} on {result.accuracy.target_count:,} {kind(data)}"
        f" targets; chance {100 * chance:.4g}%, run {run.id}",
        "  ",
    )


def _said(accuracy: Accuracy) -> str:
    return f"{accuracy.value:8.3%} (95 % interval {accuracy.low:.3%} to {accuracy.high:.3%})"
