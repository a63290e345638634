"""`echoscope measure`: what a layer can hold, for how long and how surely, within a budget."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from echoscope.cli.again import again
from echoscope.cli.help import command
from echoscope.cli.layer_options import LayerFlags, with_layer
from echoscope.cli.options import value, with_json
from echoscope.cli.signals import SHELL, first_signal_waits
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.blocks import show
from echoscope.cli.terminal.live import measuring
from echoscope.cli.terminal.progress import waiting
from echoscope.cli.terminal.write import say
from echoscope.errors import SettingError, check_place
from echoscope.settings import Value, whole

if TYPE_CHECKING:
    from echoscope.measure.results import MemoryReport

BEGUN = time.monotonic()  # this module is loaded when the command has begun
ENDING = "ending at the next slice of a training; what is known is kept."
MOST_SYMBOLS = 1000
CARDS = (".svg",)
TRACES = ".npz"


@command(
    "echoscope measure examples/my_layer.py:MyCell",
    "echoscope measure gru --budget 30s --report memory.html --card memory.svg",
)
@click.argument("layer", metavar="LAYER")
@with_layer
@click.option(
    "--budget", default="1m", metavar="TIME", show_default=True, help="how long: 30s, 1m, 10m."
)
@click.option("--vocab-size", default="10", metavar="N", help="different integers to hold (10).")
@click.option("--seed", default="0", metavar="N", help="of the first training (0).")
@click.option("--report", metavar="FILE", help="save the report as a page, .html or .md.")
@click.option("--card", metavar="FILE", help="save one picture that says it all, .svg.")
@with_json
def measure(
    layer: str,
    budget: str,
    vocab_size: str,
    seed: str,
    report: str | None,
    card: str | None,
    as_json: bool,
    **values: Value,
) -> int:
    """Measure what a layer remembers: bits, how far it echoes, how long it holds, how many pairs it
    recalls, with intervals, after an X-ray that needs no training.

    LAYER is my_layer.py:MyCell, package.module:Class, or a model of Echoscope, as lstm; or an .npz
    file with the arrays inputs, and states or outputs, which are scored as they are.
    """
    from echoscope.measure.budget import Budget

    flags = LayerFlags.taken(dict(values))
    if layer.endswith(TRACES):
        return _traces(layer, as_json, report, card, flags)
    options, limit = flags.options, Budget.of(budget)
    symbols = whole("vocab_size", value(vocab_size), 2, MOST_SYMBOLS)
    first = whole("seed", value(seed), 0, 2**31)
    _check(report, card)
    from echoscope.measure.doors.open import open_layer
    from echoscope.measure.measuring import Measurement

    with output.aside():  # what a layer prints is not what the command says
        opened = open_layer(layer, options, symbols)
        command_again = again(("report", "card", "as_json"))
        measurement = Measurement(opened, limit, symbols, first, command_again, BEGUN)
        waits = first_signal_waits(ENDING, measurement.stop)
        with waits as noted, measuring(limit.seconds) as (live, measurement.watch):
            for known, doing in measurement:
                live(known, doing)
    result = measurement.report
    _saved(result, report, card)
    if as_json:
        from echoscope.measure.report.json_form import to_json

        screen.document(to_json(result))
    else:
        from echoscope.measure.report.page import document_of

        show(document_of(result, drawn=False).blocks)
        for place in filter(None, (report, card)):
            say(f"saved in {place}")
    return SHELL + noted[0] if noted else 0


def _traces(
    path: str, as_json: bool, report: str | None, card: str | None, flags: LayerFlags
) -> int:
    """Score arrays as they are."""
    if card or flags != LayerFlags():
        raise SettingError(
            f"{path} has arrays, which are scored as they are, without a card or a layer: leave"
            " --card, --units, --layout, --carry and --set out."
        )
    from echoscope.measure.traces.page import trace_blocks, trace_json
    from echoscope.measure.traces.scored import measure_file
    from echoscope.report import write_document
    from echoscope.report.document import Document

    _check(report, None)
    with waiting("scoring"):
        scored = measure_file(path)
    blocks = trace_blocks(scored)
    if report:
        write_document(Document(f"What {Path(path).name} holds", blocks), report)
        output.kept(f"the report is saved in {report}")
    if as_json:
        screen.document(trace_json(scored))
    else:
        show(blocks)
    return 0


def _check(report: str | None, card: str | None) -> None:
    """Refuse a place that cannot be written, before anything is measured."""
    from echoscope.report import check_file

    if report:
        check_file(report)
    if card:
        check_place(card, CARDS, "A card")


def _saved(result: "MemoryReport", report: str | None, card: str | None) -> None:
    from echoscope.measure.report.card import write_card
    from echoscope.measure.report.page import document_of
    from echoscope.report import write_document

    if report:
        write_document(document_of(result), report)
        output.kept(f"the report is saved in {report}")
    if card:
        write_card(result, card)
        output.kept(f"the card is saved in {card}")
