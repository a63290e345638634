"""`echoscope loop`: feed predictions back as inputs."""

import click

from echoscope import reading
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_record
from echoscope.cli.terminal import screen
from echoscope.store import Store


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
    from echoscope.evaluation.generate import feed_back

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
