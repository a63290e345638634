"""`echoscope summary`: what the records of a store say together, group by group, over seeds."""

from dataclasses import replace

import click

from echoscope.analysis.findings import UNTRAINED, gather
from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_store
from echoscope.cli.terminal import findings, screen
from echoscope.errors import RecordError
from echoscope.runs.table import Rows
from echoscope.settings import whole
from echoscope.store import Store


@command("echoscope summary", 'echoscope summary --where "symbols = 10" --wanted 0.9')
@click.option(
    "--where", metavar="CONDITION", help='which records, as "units >= 32 and lag < 9" (all).'
)
@click.option(
    "--by",
    metavar="WORD,...",
    help="words that tell groups apart (else all in which the records differ).",
)
@click.option(
    "--compare", metavar="WORD", help="the word whose values are compared (model, if it varies)."
)
@click.option(
    "--wanted", default="0.99", metavar="SCORE", help="the score that counts as solved (0.99)."
)
@click.option(
    "--limit", metavar="N", help="only the first N of each table (on a terminal 40, else all)."
)
@with_store
@with_json
def summary(
    where: str | None,
    by: str | None,
    compare: str | None,
    wanted: str,
    limit: str | None,
    store: Store,
    as_json: bool,
) -> None:
    """Judge all records over their seeds: score, share solved, steps to solve, each with its
    interval.

    Then what they say together: fewest units, spans, chosen rates, and the values of one word side
    by side.
    """
    first = None if limit is None else whole("limit", value(limit), 1)
    names = [name.strip() for name in by.split(",")] if by else []
    with screen.no_circles():
        rows = _rows(store, where)
        found = gather(rows, value(wanted), names, compare)
        if as_json:
            screen.document(replace(found, groups=found.groups[:first]))
        else:
            findings.page(found, first)
            say_failed(rows, store)


def _rows(store: Store, where: str | None) -> Rows:
    """The rows to judge, one of them trained at least."""
    rows = store.rows(where)
    if where and not rows and store.rows():
        raise RecordError(f"No record in {store.folder} meets {where}: see {store.typed('runs')}.")
    if set(rows.columns["outcome"]) <= set(UNTRAINED):
        raise RecordError(
            f"There is no trained record in {store.folder}: make some with"
            f" {store.typed('run lag --seeds 5')}."
        )
    return rows


WHY_FAILED = "runs --where \"outcome = 'failed'\" --json"


def say_failed(rows: Rows, store: Store) -> None:
    """How many runs failed, which no table of scores can hold."""
    failed = rows.columns["outcome"].count("failed")
    if failed:
        screen.paragraph(
            f"In no table: {failed:,} of {len(rows):,} runs, which failed; why: "
            f"{store.typed(WHY_FAILED)}"
        )
