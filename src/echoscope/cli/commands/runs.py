"""`echoscope runs`: the runs of a store, listed, filtered and exported. Needs no JAX."""

import sys
from functools import lru_cache
from typing import Any

import click

from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_store
from echoscope.cli.terminal import output, screen, tables
from echoscope.cli.terminal.write import say
from echoscope.store import Store, exports
from echoscope.store.queries import Parts

SHOWN = ("id", "created", "preset", "score", "score_low", "score_high", "outcome", "steps", "seed")


@command(
    "echoscope runs",
    'echoscope runs --where "score > 0.9 and lag < 4" --sort score --limit 5',
    "echoscope runs --export runs.csv",
)
@click.option(
    "--where", metavar="CONDITION", help='which records, as "units >= 32 and score > 0.9".'
)
@click.option(
    "--sort",
    default="created",
    metavar="COLUMN",
    help="by this column, the largest last; -COLUMN: the smallest last (created).",
)
@click.option("--limit", metavar="N", help="only the last N of them.")
@click.option("--export", "file", metavar="FILE", help="save every column as .csv or .parquet.")
@with_store
@with_json
def runs(
    store: Store, as_json: bool, where: str | None, sort: str, limit: str | None, file: str | None
) -> None:
    """List the records, the latest last.

    Every word is a column under its own name, and so are id, words (equal where records differ in
    seed alone), created, preset, outcome, reason, score, score_low, score_high, answers, chance,
    chance_low, chance_high, rule, bound, loss, distance, steps, fit_steps, last, climb, parameters,
    state_size, group, seconds, device, versions, source and weights.
    """
    most = None if limit is None else value(limit)
    if file:
        exports.kind_of(file)
    with screen.no_circles():
        if file:
            count = exports.export(store, file, where, sort, most)
            output.kept(f"{count:,} records are saved in {file}")
            if as_json:
                screen.document({"file": file, "records": count})
            else:
                say(f"{count:,} records are saved in {file}")
        elif as_json:
            store.parts(_documents, where, sort, most)
        elif sys.stdout.isatty():
            found = store.table(where, sort, most, SHOWN)
            rows = [_cells(*row) for row in zip(*found.values(), strict=True)]
            _nothing(store, where) if not rows else say(
                "\n".join(tables.lines(HEADS, rows, 2, screen.width()))
            )
        elif not store.parts(_listed, where, sort, most, SHOWN):
            _nothing(store, where)


HEADS = ("id", "made", "preset", "score", "interval", "outcome", "steps", "seed")


def _nothing(store: Store, where: str | None) -> None:
    say(store.nothing() if where is None else f"No record in {store.folder} meets {where}.")


def _documents(names: list[str], parts: Parts) -> None:
    """A list with an object a record, written as it is read."""
    screen.documents(dict(zip(names, row, strict=True)) for part in parts for row in part)


def _listed(_: list[str], parts: Parts) -> int:
    """Lines of equal columns, printed as they are read; gives how many."""
    count = 0
    for part in parts:
        lines = [
            LINE % (identity, made[:10], made[11:16], _aligned(*found), seed)
            for identity, made, *found, seed in part
        ]
        say("\n".join(lines if count else [HEAD, *lines]))
        count += len(lines)
    return count


# As wide as ids, times, presets, shares, outcomes, steps and seeds can be.
LINE = "%12s  %s %s  %s  %10d"


FOUND = "%7s  %7s  %15s  %11s  %10s"


HEAD = "  ".join((f"{'id':>12}", f"{'made':>16}", FOUND % HEADS[2:-1], f"{'seed':>10}"))


def _cells(identity: str, made: str, *rest: Any) -> tuple[str, ...]:
    *found, seed = rest
    return identity, f"{made[:10]} {made[11:16]}", *_found(*found), str(seed)


def _found(
    preset: str | None,
    score: float | None,
    low: float | None,
    high: float | None,
    outcome: str,
    steps: int,
) -> tuple[str, ...]:
    between = "-" if low is None or high is None else f"{low:.2%}-{high:.2%}"
    score_said = "-" if score is None else f"{score:.2%}"
    return preset or "-", score_said, between, outcome, str(steps)


@lru_cache(1 << 15)  # many runs have equal results: a tenth of a long listing
def _aligned(*found: Any) -> str:
    return FOUND % _found(*found)
