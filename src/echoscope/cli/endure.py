"""The command `echoscope endure`: does a network last?"""

import click

from echoscope.cli import screen
from echoscope.cli.flags import value, with_json, with_record
from echoscope.score import Score
from echoscope.store import Store


@click.command()
@click.option("--integers", default="100000", help="how many fresh integers it hears, one after the other")
@click.option("--seed", default="0", help="decides those integers")
@with_record
@with_json
def endure(integers: str, seed: str, identity: str | None, store: Store, as_json: bool) -> None:
    """Score a network on one long stream, tenth by tenth: does it still echo at the end?"""
    record = store.find(identity)
    weights = store.weights(record)
    from echoscope.endurance import endure

    found = endure(record.experiment, weights, value(integers), value(seed))
    if as_json:
        screen.document({"record": record.id, "chance": record.chance} | found.to_json())
        return
    screen.title(f"A stream of {found.integers:,} integers")
    for place, part in enumerate(found.parts, 1):
        click.echo(f"  tenth {place:2}  {_said(part)}")
    screen.paragraph(f"whole score {_said(found.score)} on {found.score.answers:,} fresh answers; "
                     f"chance {100 * record.chance:.4g}%, record {record.id}", "  ")  # fmt: skip


def _said(score: Score) -> str:
    return f"{score.value:8.3%} (95 % interval {score.low:.3%} to {score.high:.3%})"
