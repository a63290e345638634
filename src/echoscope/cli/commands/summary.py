"""`echoscope summary`: what the runs of a store say together, group by group, over seeds."""

from dataclasses import replace

import click

from echoscope.analysis.findings import gather
from echoscope.analysis.rules_beside import RulesOf
from echoscope.analysis.trained import trained_rows
from echoscope.cli.filters import TARGET_ACCURACY, WHERE
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_store
from echoscope.cli.terminal import findings, screen
from echoscope.runs.table import Rows
from echoscope.settings import whole
from echoscope.store import Store


@command("echoscope summary", 'echoscope summary --where "vocab_size = 10" --target-accuracy 0.9')
@WHERE
@click.option(
    "--by",
    metavar="SETTING,...",
    help="settings that tell groups apart (else all in which the runs differ).",
)
@click.option(
    "--compare",
    metavar="SETTING",
    help="the setting whose values are compared (model, if it varies).",
)
@TARGET_ACCURACY
@click.option(
    "--limit", metavar="N", help="only the first N of each table (on a terminal 40, else all)."
)
@with_store
@with_json
def summary(
    where: str | None,
    by: str | None,
    compare: str | None,
    target_accuracy: str,
    limit: str | None,
    store: Store,
    as_json: bool,
) -> None:
    """Aggregate all runs over their seeds: accuracy, share solved, steps to solve, each with its
    interval.

    Then what they say together: fewest units, spans, chosen rates, and the values of one setting
    side by side.
    """
    first = None if limit is None else whole("limit", value(limit), 1)
    names = [name.strip() for name in by.split(",")] if by else []
    with screen.without_gc():
        rows = trained_rows(store, where)
        result = gather(rows, value(target_accuracy), names, compare, RulesOf(store).best)
        if as_json:
            screen.document(replace(result, groups=result.groups[:first]))
        else:
            findings.page(result, first)
            say_failed(rows, store)


WHY_FAILED = "runs --where \"outcome = 'failed'\" --json"


def say_failed(rows: Rows, store: Store) -> None:
    """How many runs failed, which no table of accuracies can hold."""
    failed = rows.columns["outcome"].count("failed")
    if failed:
        screen.paragraph(
            f"In no table: {failed:,} of {len(rows):,} runs, which failed; why: "
            f"{store.typed(WHY_FAILED)}"
        )
