"""`echoscope misses`: what a network predicts instead of the right symbol."""

import click

from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_record
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.drawn import drawn, kind, say_drawn
from echoscope.cli.terminal.write import say
from echoscope.store import Store


@command("echoscope misses", "echoscope misses --integers 5000")
@click.option("--integers", default="20000", metavar="N", help="how many fresh integers it hears.")
@click.option("--seed", default="0", metavar="N", help="decides those integers.")
@with_record
@with_json
def misses(integers: str, seed: str, identity: str | None, store: Store, as_json: bool) -> None:
    """Say what a network confuses: the commonest misses, and whether they are near the right
    symbol.
    """
    record = store.find(identity)
    weights = store.weights(record)
    from echoscope.evaluation.confusion import misses

    data = store.data(record)
    found = misses(record.experiment, weights, value(integers), value(seed), data)
    if as_json:
        screen.document({"record": record.id, "drawn": drawn(data)} | found.to_json())
        return
    say_drawn(record, data)
    screen.title(
        f"{found.wrong:,} of {found.answers:,} {kind(data)} answers are wrong "
        f"({found.wrong / found.answers:.2%})"
    )
    if found.left_out:
        screen.paragraph(f"{found.left_out:,} more are not asked, because of gaps.", "  ")
    if found.near is None:
        return
    screen.paragraph(
        f"A miss is off by {found.distance:.1f} symbols on average; {found.near:.1%} of the misses"
        f" say a neighbour of the right symbol, where random misses would {found.near_chance:.1%}"
        " of the time.",
        "  ",
    )
    say("  right  said  times")
    for right, said, times in found.pairs:
        say(f"  {right:5}  {said:4}  {times:5}")
