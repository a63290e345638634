"""`echoscope endure`: score a network on one long stream."""

import click

from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_record, with_use
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.drawn import drawn, kind, say_drawn
from echoscope.cli.terminal.write import say
from echoscope.stats.intervals import Score
from echoscope.store import Store


@command("echoscope endure", "echoscope endure --integers 1000 --seed 7")
@click.option(
    "--integers", default="100000", metavar="N", help="how many fresh integers it hears in a row."
)
@click.option("--seed", default="0", metavar="N", help="decides those integers.")
@with_use
@with_record
@with_json
def endure(
    integers: str, seed: str, use: str | None, identity: str | None, store: Store, as_json: bool
) -> None:
    """Score a network on one long stream, tenth by tenth: does it still echo at the end?

    It is used as it was scored: with --use continuous, one state is kept throughout.
    """
    record = store.find(identity)
    weights = store.weights(record)
    from echoscope.evaluation.long_stream import endure

    data = store.data(record)
    found = endure(record.experiment, weights, value(integers), value(seed), data, use)
    chance = record.chance if data is not None else record.experiment.task.chance
    if as_json:
        screen.document(
            {"record": record.id, "chance": chance, "drawn": drawn(data)} | found.to_json()
        )
        return
    say_drawn(record, data)
    screen.title(f"A stream of {found.integers:,} integers")
    for place, part in enumerate(found.parts, 1):
        say(f"  tenth {place:2}  {_said(part)}")
    screen.used(record.experiment, use)
    screen.paragraph(
        f"whole score {_said(found.score)} on {found.score.answers:,} {kind(data)} answers; "
        f"chance {100 * chance:.4g}%, record {record.id}",
        "  ",
    )


def _said(score: Score) -> str:
    return f"{score.value:8.3%} (95 % interval {score.low:.3%} to {score.high:.3%})"
