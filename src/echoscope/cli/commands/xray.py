"""`echoscope xray`: what a layer is and is not, what it carries and feels, before any training."""

import click

from echoscope.cli.help import command
from echoscope.cli.layer_options import LayerFlags, with_layer
from echoscope.cli.options import value, with_json
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.blocks import show
from echoscope.cli.terminal.live import looking
from echoscope.cli.terminal.write import say
from echoscope.settings import Value, whole

FAULTY = 3  # exit status of a layer with a fault


@command(
    "echoscope xray examples/my_layer.py:MyCell",
    "echoscope xray lstm --units 16 --report xray.html",
    "echoscope xray attention --json",
)
@click.argument("layer", metavar="LAYER")
@with_layer
@click.option("--seed", default="0", metavar="N", help="decides the first weights and inputs.")
@click.option("--report", metavar="FILE", help="save it all as a page, .html or .md.")
@with_json
def xray(layer: str, seed: str, report: str | None, as_json: bool, **values: Value) -> int:
    """Look at a layer before any training: does it look ahead, leak between rows, give in steps
    what it gives as a whole, and how far back does it feel?

    LAYER is my_layer.py:MyCell, package.module:Class, or a model such as lstm. Exit status: 0
    without a fault, 3 with one.
    """
    from echoscope.measure.doors.open import open_layer
    from echoscope.measure.xray import xray as look
    from echoscope.measure.xray.page import to_json, verdict_of, xray_document
    from echoscope.report import check_file, write_document

    options = LayerFlags.taken(dict(values)).options
    start = whole("seed", value(seed), 0, 2**31)
    if report:
        check_file(report)
    # what a layer prints is not what the command says
    with output.aside(), looking() as watch:
        seen = look(open_layer(layer, options), start, watch=watch)
    if report:
        write_document(xray_document(seen, drawn=True), report)
        output.kept(f"the page is saved in {report}")
    if as_json:
        screen.document(to_json(seen))
        return FAULTY if seen.faults else 0
    screen.paragraph(verdict_of(seen))
    show(xray_document(seen).blocks[1:])
    if report:
        say(f"saved in {report}")
    say(f"looked at in {seen.seconds:.1f} s")
    return FAULTY if seen.faults else 0
