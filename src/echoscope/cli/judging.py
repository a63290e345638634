"""`echoscope summary`: what the records of a store say together, group by group, over seeds."""

from typing import Any

import click

from echoscope.cli import screen
from echoscope.cli.flags import value, with_json, with_store
from echoscope.errors import RecordError
from echoscope.row import WORDS, Row
from echoscope.store import Store
from echoscope.summary import Estimate, Standing, Words, groups_of, judge, said_of
from echoscope.survival import StepsToSolve, steps_to_solve

UNTRAINED = ("imported", "failed")


@click.command()
@click.option("--where", metavar="CONDITION", help='which records, as "units >= 32 and lag < 9" (all).')
@click.option("--by", metavar="WORD,...", help="words that tell groups apart (else all in which the records differ).")
@click.option("--wanted", default="0.99", metavar="SCORE", help="the score that counts as solved (0.99).")
@with_store
@with_json
def summary(where: str | None, by: str | None, wanted: str, store: Store, as_json: bool) -> None:
    """Judge all records over their seeds: score, share solved, steps to solve, each with its interval."""
    rows = store.rows(where)
    records = [row for row in rows if row.outcome not in UNTRAINED]
    if not records and where and rows == []:
        raise RecordError(f"No record in {store.folder} meets {where}: see echoscope runs.")
    if not records:
        raise RecordError(f"There is no trained record in {store.folder}: make some with echoscope run lag --seeds 5.")
    differ = [name for name in WORDS if len(said_of(records, name)) > 1]
    names = [name.strip() for name in by.split(",")] if by else differ
    groups = groups_of(records, names)
    if as_json:
        screen.document(told(names, groups, value(wanted)))
    else:
        table(names, groups, value(wanted))
        say_failed(rows, store)


def say_failed(rows: list[Row], store: Store) -> None:
    """How many runs failed, which no table of scores can hold."""
    failed = sum(row.outcome == "failed" for row in rows)
    if failed:
        screen.paragraph(f"{failed} of {len(rows)} runs failed and are not in the table; why: "
                         f"echoscope runs --store {store.folder} --where \"outcome = 'failed'\" --json")  # fmt: skip


def told(names: list[str], groups: dict[Words, tuple[Row, ...]], wanted: Any) -> list[dict[str, Any]]:
    """Every group's words and judgement, as plain JSON values."""
    judged = {key: (judge(group, wanted), steps_to_solve(group, wanted)) for key, group in groups.items()}
    return [{"words": dict(zip(names, map(_plain, key), strict=True)), **standing.to_json(),
             "steps": steps.to_json()} for key, (standing, steps) in judged.items()]  # fmt: skip


def _plain(said: Any) -> Any:
    return list(said) if isinstance(said, tuple) else said


def table(names: list[str], groups: dict[Words, tuple[Row, ...]], wanted: Any) -> None:
    """The same as a table, a line a group."""
    judged = {key: (judge(group, wanted), steps_to_solve(group, wanted)) for key, group in groups.items()}
    heads = [*names, "seeds", "score (95 % interval)", "chance", "solved (95 % interval)", "median steps"]
    rows = []
    for key, group in groups.items():
        standing, steps = judged[key]
        rows.append([*(_said(value) for value in key), str(len(group)), _share(standing.score),
                     f"{100 * standing.runs.chance:.3g}%", _share(standing.solved), _steps(steps)])  # fmt: skip
    wide = [max(len(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    for row in [heads, *rows]:
        click.echo("  ".join(cell.rjust(size) for cell, size in zip(row, wide, strict=True)).rstrip())
    first = next(iter(judged.values()))
    screen.paragraph(f"Solved is a score of {first[0].wanted:.2%}. Scores: {_method(judged)}. Solved: "
                     "Wilson's on runs. Steps: Kaplan-Meier's median to the first point of the curve that is there; - "
                     "where half of the runs do not get there.")  # fmt: skip


def _method(judged: dict[Words, tuple[Standing, StepsToSolve]]) -> str:
    return next((standing.score.method for standing, _ in judged.values() if standing.score), "none measured")


def _said(said: Any) -> str:
    return ",".join(map(str, said)) if isinstance(said, tuple) else "none" if said is None else str(said)


def _share(found: Estimate | None) -> str:
    if found is None or found.value is None or found.low is None or found.high is None:
        return "-"
    return f"{found.value:.2%} ({found.low:.2%} to {found.high:.2%})"


def _steps(steps: StepsToSolve) -> str:
    found = steps.median
    if found.value is None:
        return "-"
    low, high = ("?" if end is None else f"{end:,.0f}" for end in (found.low, found.high))
    return f"{found.value:,.0f} ({low} to {high})"
