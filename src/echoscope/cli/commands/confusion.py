"""`echoscope confusion`: what a network predicts instead of the right symbol."""

import click

from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_run
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.drawn import drawn, kind, say_drawn
from echoscope.cli.terminal.write import say
from echoscope.store import Store


@command("echoscope confusion", "echoscope confusion --integers 5000")
@click.option("--integers", default="20000", metavar="N", help="how many fresh integers it reads.")
@click.option("--seed", default="0", metavar="N", help="decides those integers.")
@with_run
@with_json
def confusion(integers: str, seed: str, identity: str | None, store: Store, as_json: bool) -> None:
    """Say what a network confuses: the commonest errors, and whether they are near the right
    symbol.
    """
    run = store.find(identity)
    weights = store.weights(run)
    from echoscope.evaluation.confusion import confusion

    data, column = store.data(run), run.experiment.echo.predicted[0]
    result = confusion(run.experiment, weights, value(integers), value(seed), data)
    if as_json:
        pairs = [
            [run.in_value(right, column), run.in_value(other, column), n]
            for right, other, n in result.pairs
        ]
        screen.document({"run": run.id, "drawn": drawn(data)} | result.to_json() | {"pairs": pairs})
        return
    say_drawn(run, data)
    screen.title(
        f"{result.wrong:,} of {result.target_count:,} {kind(data)} targets are wrong "
        f"({result.wrong / result.target_count:.2%})"
    )
    if result.left_out:
        screen.paragraph(f"{result.left_out:,} more are not asked, because of gaps.", "  ")
    if result.near is None:
        return
    if run.recoding is None or run.recoding.numeric:
        screen.paragraph(
            f"An error is off by {result.mean_error_distance:.1f} symbols on average;"
            f" {result.near:.1%} of the errors predict a neighbour of the right symbol, where"
            f" random errors would {result.near_chance:.1%} of the time.",
            "  ",
        )
    say("  right  predicted  times")
    for correct, predicted, times in result.pairs:
        names = (screen.part_said(run.in_value(symbol, column)) for symbol in (correct, predicted))
        say("  {:>5}  {:>9}  {:5}".format(*names, times))
