"""`echoscope figure`: a picture of what the runs of a store say together."""

import click

from echoscope.cli.filters import WANTED, WHERE
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_store
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.write import say
from echoscope.store import Store


@command(
    "echoscope figure curves curves.svg", 'echoscope figure lag lag.html --where "symbols = 10"'
)
@click.argument("name", metavar="curves|lag|heat|units|steps|parameters|state|positions")
@click.argument("file")
@WHERE
@WANTED
@with_store
@with_json
def figure(
    name: str, file: str, where: str | None, wanted: str, store: Store, as_json: bool
) -> None:
    """Save a figure of a study as .svg, .png, .pdf or .html.

    curves: score against steps, over seeds; lag: score against lag; heat: score over lag and units;
    units: fewest units that solve each lag; steps: steps to solve; parameters, state: score against
    the size of a network or of its state; positions: error by position.
    """
    from echoscope.figures import Evidence, check_name, draw, kind_of, save

    check_name(name)
    kind_of(file)
    with screen.no_circles():
        save(draw(name, Evidence.of_store(store, where, value(wanted))), file)
    output.kept(f"figure {name} is saved in {file}")
    if as_json:
        screen.document({"figure": name, "file": file})
    else:
        say(f"figure {name} is saved in {file}")
