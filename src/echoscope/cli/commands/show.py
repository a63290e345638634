"""`echoscope show`: look at a run after training. Needs no JAX."""

import click

from echoscope.cli.help import command
from echoscope.cli.options import with_json, with_store
from echoscope.cli.terminal import output, preview, screen
from echoscope.cli.terminal.write import say, styled
from echoscope.experiment.demand import demand
from echoscope.store import Store


@command("echoscope show", "echoscope show --figure curve.svg")
@click.argument("identities", nargs=-1, metavar="[ID]...")
@click.option(
    "--figure", metavar="FILE", help="save the learning curves as .svg, .png, .pdf or .html."
)
@with_store
@with_json
def show(identities: tuple[str, ...], figure: str | None, store: Store, as_json: bool) -> None:
    """Show a record (the latest), or save a picture of several."""
    records = [store.find(identity) for identity in identities] or [store.find()]
    if figure:
        from echoscope.figures import curves, save

        save(curves(records), figure)
        output.kept(f"the picture is saved in {figure}")
    if as_json:
        found = [record.to_json() for record in records]
        screen.document(found[0] if len(found) == 1 else found)
        return
    for record in records:
        say(
            styled(
                f"Record {record.id}, {record.outcome},"
                f" {record.created[:19].replace('T', ' ')} UTC",
                bold=True,
            )
        )
        screen.paragraph(preview.words_said(record.experiment, record.source), "  ")
        asked = demand(record.experiment.task, record.experiment.fit)
        preview.demanded(record.experiment, asked)
        screen.curve(record)
        if record.heard:
            screen.title("A fresh sequence")
            screen.answers(record.heard, record.expected, record.predicted)
        screen.title("Result")
        screen.paragraph(screen.scored(record), "  ")
        screen.paragraph(screen.sized(record), "  ")
        made = ", ".join(f"{name} {number}" for name, number in record.versions.items())
        seconds = ", ".join(f"{part} {time:.2f} s" for part, time in record.seconds.items())
        screen.paragraph(
            f"{record.steps:,} steps; {seconds}; group of {record.group}; on {record.device};"
            f" {made}",
            "  ",
        )
    if figure:
        say(f"Picture saved in {figure}")
