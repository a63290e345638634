"""`echoscope compare`: is a layer worse than it was?"""

import time

import click

from echoscope.cli.help import command
from echoscope.cli.layer_options import LayerFlags, with_layer
from echoscope.cli.options import value, with_json
from echoscope.cli.signals import SHELL, first_signal_waits
from echoscope.cli.terminal import output, screen, tables
from echoscope.cli.terminal.progress import waiting
from echoscope.errors import SettingError, shown
from echoscope.settings import Value, share, whole

WORSE = 3  # the exit status of a layer that is worse
ENDING = "ending at the next slice of a training; what is known is said."
MEASURES = ("bits", "hold", "recall")


@command(
    "echoscope compare lstm gru --measure bits",
    "echoscope compare examples/my_layer.py:MyCell lstm --margin 0.1 --json",
)
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@with_layer
@click.option(
    "--measure", default=",".join(MEASURES), metavar="NAMES", help="bits, hold, recall (all three)."
)
@click.option("--margin", default="0.05", metavar="SHARE", help="a loss that is none (0.05).")
@click.option("--budget", default="5m", metavar="TIME", help="the longest that it may take (5m).")
@click.option("--seed", default="0", metavar="N", help="the first seed (0).")
@with_json
def compare(
    before: str,
    after: str,
    measure: str,
    margin: str,
    budget: str,
    seed: str,
    as_json: bool,
    **values: Value,
) -> int:
    """Train two layers on the same seeds until it is decided whether AFTER holds less than BEFORE.

    Exit status: 0 no worse, 3 worse, 2 where the budget trained too little to say anything. What
    stays undecided is not shown to be worse.
    """
    from echoscope.measure.budget import Budget

    begun = time.monotonic()
    options, limit = LayerFlags.taken(dict(values)).options, Budget.of(budget)
    names, least, first = (
        _names(measure),
        share("margin", value(margin)),
        whole("seed", value(seed), 0),
    )
    from echoscope.measure.comparison.comparing import Comparing
    from echoscope.measure.doors.open import open_layer
    from echoscope.measure.report.compared import compared_json, compared_table, sentence

    with output.aside():  # what a layer prints is not what the command says
        layers = open_layer(before, options), open_layer(after, options)
        comparing = Comparing(*layers, names, least, first, begun + limit.seconds)
        with first_signal_waits(ENDING, comparing.stop) as noted, waiting("training both layers"):
            result = comparing.result()
    if not result.differences and not noted:
        raise SettingError(f"{sentence(result)[:-1]} than {limit.seconds:g} s.")
    if as_json:
        screen.document(compared_json(result))
    else:
        screen.paragraph(sentence(result))
        if result.differences:
            tables.show(compared_table(result))
    if noted:
        return SHELL + noted[0]
    return WORSE if result.worse else 0


def _names(text: str) -> tuple[str, ...]:
    """The measures that are named."""
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        raise SettingError(
            f"measure must be of {', '.join(MEASURES)}, with commas between, not"
            f" {shown(unknown[0])}."
        )
    return names
