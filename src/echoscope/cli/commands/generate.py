"""`echoscope generate`: feed predictions back as inputs."""

from collections.abc import Iterable

import click

from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_run
from echoscope.cli.symbols import in_symbols, words_of
from echoscope.cli.terminal import screen
from echoscope.runs.run import Run
from echoscope.store import Store


@command(
    "echoscope generate 1 2 3 4 5 6 7 8",
    "echoscope generate 1 2 3 4 5 6 7 8 --steps 12",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("numbers", nargs=-1, metavar="VALUE...")
@click.option(
    "--steps", default="30", metavar="N", help="how many times something is fed back (30)."
)
@with_run
@with_json
def generate(
    numbers: tuple[str, ...], steps: str, identity: str | None, store: Store, as_json: bool
) -> None:
    """Feed a network its own echoes: in place of what it read, and appended to it."""
    run = store.find(identity)
    weights = store.weights(run)
    task = run.experiment.echo
    symbols = in_symbols(run, words_of(run, numbers))
    from echoscope.evaluation.generate import generate

    result = generate(run.experiment, weights, symbols, value(steps))
    if as_json:
        parts = result.to_json()
        replaced, appended = (
            map(run.targets_in_values, parts["replaced"]),
            run.targets_in_values(parts["appended"]),
        )
        screen.document({"run": run.id} | parts | {"replaced": [*replaced], "appended": appended})
        return
    screen.title("Echoes in place of what was read")
    for place, part in enumerate(result.replaced):
        screen.paragraph(f"{place:3}: {_said(run, part)}", "  ")
    if task.first:
        screen.paragraph(
            f"Each list is {task.first} shorter: its first integers have no whole window.",
            "  ",
        )
    screen.title("Echoes appended to what was read")
    screen.paragraph(_said(run, result.appended), "  ")
    if result.period:
        again = (
            f"repeat every {result.period} integers" if result.period > 1 else "are all the same"
        )
        screen.paragraph(f"They {again}.", "  ")
    if not task.ahead:
        lag = task.lag[0]
        screen.paragraph(
            f"An exact echo of lag {lag} puts x(t-{lag}) at t+1, so nothing new can come: it"
            f" repeats every {lag + 1}.",
            "  ",
        )


def _said(run: Run, symbols: Iterable[int]) -> str:
    return " ".join(screen.part_said(run.in_value(symbol)) for symbol in symbols)
