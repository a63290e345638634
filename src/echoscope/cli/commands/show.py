"""`echoscope show`: look at a run after training. Needs no JAX."""

import click

from echoscope.cli.help import command
from echoscope.cli.options import with_json, with_store
from echoscope.cli.terminal import output, preview, screen
from echoscope.cli.terminal.sample import sample
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
    """Show a run (the latest), or save a picture of several."""
    runs = [store.find(identity) for identity in identities] or [store.find()]
    if figure:
        from echoscope.figures import curves, save

        save(curves(runs), figure)
        output.kept(f"the picture is saved in {figure}")
    if as_json:
        result = [run.to_json() for run in runs]
        screen.document(result[0] if len(result) == 1 else result)
        return
    for run in runs:
        say(
            styled(
                f"Run {run.id}, {run.outcome}, {run.created[:19].replace('T', ' ')} UTC",
                bold=True,
            )
        )
        screen.paragraph(preview.settings_text(run.experiment, run.source), "  ")
        asks = demand(run.experiment.task, run.experiment.training)
        preview.demanded(run.experiment, asks)
        screen.curve(run)
        sample(run)
        screen.title("Result")
        screen.paragraph(screen.accuracy_said(run), "  ")
        screen.paragraph(screen.sized(run), "  ")
        made = ", ".join(f"{name} {number}" for name, number in run.versions.items())
        seconds = ", ".join(f"{part} {time:.2f} s" for part, time in run.seconds.items())
        screen.paragraph(
            f"{run.steps:,} steps; {seconds}; group of {run.side_by_side}; on {run.device}; {made}",
            "  ",
        )
    if figure:
        say(f"Picture saved in {figure}")
