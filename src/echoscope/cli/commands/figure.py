"""`echoscope figure`: a picture of what the runs of a store say together."""

import click

from echoscope.cli.filters import TARGET_ACCURACY, WHERE
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_store
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.write import say
from echoscope.experiment.fields import difficulties
from echoscope.store import Store

NAMES = (
    "curves",
    "loss",
    *difficulties(),
    "window",
    "heat",
    "units",
    "steps",
    "parameters",
    "state",
    "positions",
)


@command(
    "echoscope figure curves curves.svg", 'echoscope figure lag lag.html --where "vocab_size = 10"'
)
@click.argument("name", metavar="|".join(NAMES))
@click.argument("file")
@WHERE
@TARGET_ACCURACY
@with_store
@with_json
def figure(
    name: str, file: str, where: str | None, target_accuracy: str, store: Store, as_json: bool
) -> None:
    """Save a figure of a study as .svg, .png, .pdf or .html.

    curves, loss: accuracy and loss against steps, over seeds (of user data those held out, and
    pale those trained on); lag (or delay, items, pairs: what makes the task
    harder): accuracy against it; window: accuracy against it, and how far back is far enough;
    heat: accuracy over what makes it harder and units; units: fewest units that solve each; steps:
    steps to solve; parameters, state: accuracy against the size of a network or of its state;
    positions: error by position.
    """
    from echoscope.figures import Evidence, check_name, draw, kind_of, save

    check_name(name)
    kind_of(file)
    with screen.without_gc():
        save(draw(name, Evidence.of_store(store, where, value(target_accuracy))), file)
    output.kept(f"figure {name} is saved in {file}")
    if as_json:
        screen.document({"figure": name, "file": file})
    else:
        say(f"figure {name} is saved in {file}")
