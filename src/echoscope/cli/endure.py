"""The command `echoscope endure`: does a network last?"""

import click

from echoscope.cli import screen
from echoscope.cli.flags import value, with_json, with_record
from echoscope.score import Score
from echoscope.store import Store
from echoscope.words import whole


@click.command()
@click.option("--integers", default="100000", help="how many fresh integers it hears, one after the other")
@click.option("--seed", default="0", help="decides those integers")
@with_record
@with_json
def endure(integers: str, seed: str, identity: str | None, store: Store, as_json: bool) -> None:
    """Score a network on one long stream, tenth by tenth: does it still echo at the end?"""
    count, own = whole("integers", value(integers), 1000, 100_000_000), whole("seed", value(seed), 0, 2**32 - 1)
    record = store.find(identity)
    weights = store.weights(record)
    from echoscope.endurance import endure

    found = endure(record.experiment, weights, count, own)
    if as_json:
        screen.document({"record": record.id, "chance": record.chance} | found.to_json())
        return
    screen.title(f"A stream of {count:,} integers")
    for place, part in enumerate(found.parts, 1):
        click.echo(f"  tenth {place:2}  {_said(part)}")
    screen.paragraph(f"whole score {_said(found.score)} on {found.score.answers:,} fresh answers; "
                     f"chance {100 * record.chance:.4g}%, record {record.id}", "  ")  # fmt: skip


def _said(score: Score) -> str:
    return f"{score.value:8.3%} (95 % interval {score.low:.3%} to {score.high:.3%})"
