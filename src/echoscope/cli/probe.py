"""The commands that put a trained network to a test: `endure`, `misses`, `loop`."""

import click

from echoscope import reading
from echoscope.cli import screen
from echoscope.cli.flags import value, with_json, with_record, with_use
from echoscope.cli.manual import command
from echoscope.cli.outlet import say
from echoscope.integers import Integers
from echoscope.record import Record
from echoscope.score import Score
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
    from echoscope.endurance import endure

    data = store.data(record)
    found = endure(record.experiment, weights, value(integers), value(seed), data, use)
    chance = record.chance if data is not None else record.experiment.task.chance
    if as_json:
        screen.document(
            {"record": record.id, "chance": chance, "drawn": _drawn(data)} | found.to_json()
        )
        return
    _say_drawn(record, data)
    screen.title(f"A stream of {found.integers:,} integers")
    for place, part in enumerate(found.parts, 1):
        say(f"  tenth {place:2}  {_said(part)}")
    screen.used(record.experiment, use)
    screen.paragraph(
        f"whole score {_said(found.score)} on {found.score.answers:,} {_kind(data)} answers; "
        f"chance {100 * chance:.4g}%, record {record.id}",
        "  ",
    )


def _kind(data: Integers | None) -> str:
    return "fresh" if data is None else "held-out"


def _drawn(data: Integers | None) -> str:
    """What a network is put to the test with, in JSON."""
    return "random" if data is None else "held-out"


def _say_drawn(record: Record, data: Integers | None) -> None:
    """Where the integers are from, for a network that learned from own ones."""
    if record.experiment.data is None:
        return
    source = record.source or record.experiment.data
    screen.paragraph(
        f"It hears the end of {source} that was held out."
        if data is not None
        else (
            f"It learned from {source}, which is not kept in this store (older records are without"
            " it): it hears random integers, each symbol equally likely, and chance is that of"
            " those."
        )
    )


def _said(score: Score) -> str:
    return f"{score.value:8.3%} (95 % interval {score.low:.3%} to {score.high:.3%})"


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
    from echoscope.confusions import misses

    data = store.data(record)
    found = misses(record.experiment, weights, value(integers), value(seed), data)
    if as_json:
        screen.document({"record": record.id, "drawn": _drawn(data)} | found.to_json())
        return
    _say_drawn(record, data)
    screen.title(
        f"{found.wrong:,} of {found.answers:,} {_kind(data)} answers are wrong "
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


@command(
    "echoscope loop 1 2 3 4 5 6 7 8",
    "echoscope loop 1 2 3 4 5 6 7 8 --steps 12",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("numbers", nargs=-1, metavar="INTEGER...")
@click.option(
    "--steps", default="30", metavar="N", help="how many times something is fed back (30)."
)
@with_record
@with_json
def loop(
    numbers: tuple[str, ...], steps: str, identity: str | None, store: Store, as_json: bool
) -> None:
    """Feed a network its own echoes: in place of what it heard, and appended to it."""
    record = store.find(identity)
    weights = store.weights(record)
    task = record.experiment.task
    given = reading.from_words(numbers, task.symbols)
    from echoscope.feedback import feed_back

    found = feed_back(record.experiment, weights, given, value(steps))
    if as_json:
        screen.document({"record": record.id} | found.to_json())
        return
    screen.title("Echoes in place of what was heard")
    for place, part in enumerate(found.replaced):
        screen.paragraph(f"{place:3}: {' '.join(map(str, part))}", "  ")
    if task.first:
        screen.paragraph(
            f"Each list is {task.first} shorter: the first integers of a list have no whole"
            " window.",
            "  ",
        )
    screen.title("Echoes appended to what was heard")
    screen.paragraph(" ".join(map(str, found.appended)), "  ")
    if found.period:
        again = f"repeat every {found.period} integers" if found.period > 1 else "are all the same"
        screen.paragraph(f"They {again}.", "  ")
    if not task.ahead:
        lag = task.lag[0]
        screen.paragraph(
            f"An exact echo of lag {lag} puts x(t-{lag}) at t+1, so nothing new can come: it"
            f" repeats every {lag + 1}.",
            "  ",
        )
