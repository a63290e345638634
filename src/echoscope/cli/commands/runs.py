"""`echoscope runs`: the runs of a store, listed, filtered and exported. Needs no JAX."""

import sys
from functools import lru_cache

import click

from echoscope.cli.help import command
from echoscope.cli.options import value, with_json, with_store
from echoscope.cli.terminal import output, screen, tables
from echoscope.cli.terminal.write import say
from echoscope.errors import many
from echoscope.store import Store, exports
from echoscope.store.queries import Cell, Parts

SHOWN = (
    "id",
    "created",
    "preset",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "outcome",
    "steps",
    "seed",
    "source",
)


@command(
    "echoscope runs",
    'echoscope runs --where "accuracy > 0.9 and lag < 4" --sort accuracy --limit 5',
    "echoscope runs --export runs.csv",
)
@click.option(
    "--where", metavar="CONDITION", help='which runs, as "units >= 32 and accuracy > 0.9".'
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
    """List the runs, the latest last.

    Every setting is a column under its own name, and so are id, settings_id (equal where runs
    differ in seed alone), created, preset, outcome, reason, accuracy, accuracy_low, accuracy_high,
    target_count, chance, chance_low, chance_high, rule, ceiling, loss, mean_absolute_error, steps,
    planned_steps, last_accuracy, parameters, state_size, side_by_side, seconds, device, versions,
    source and weights.
    """
    most = None if limit is None else value(limit)
    if file:
        exports.kind_of(file)
    with screen.without_gc():
        if file:
            count = exports.export(store, file, where, sort, most)
            output.kept(f"{many(count, 'run')} saved in {file}")
            if as_json:
                screen.document({"file": file, "runs": count})
            else:
                say(f"{many(count, 'run')} saved in {file}")
        elif as_json:
            store.parts(_documents, where, sort, most)
        elif sys.stdout.isatty():
            result = store.table(where, sort, most, SHOWN)
            rows = [_cells(*row) for row in zip(*result.values(), strict=True)]
            last = len(HEADS) if any(result["source"]) else -1  # a column of nothing is left out
            rows = [row[:last] for row in rows]
            _nothing(store, where) if not rows else say(
                "\n".join(tables.lines(HEADS[:last], rows, 2, screen.width()))
            )
        elif not store.parts(_listed, where, sort, most, SHOWN):
            _nothing(store, where)


HEADS = ("id", "made", "preset", "accuracy", "interval", "outcome", "steps", "seed", "data")


def _nothing(store: Store, where: str | None) -> None:
    say(store.nothing() if where is None else f"No run in {store.folder} meets {where}.")


def _documents(names: list[str], parts: Parts) -> None:
    """A list with an object a run, written as it is read."""
    screen.documents(dict(zip(names, row, strict=True)) for part in parts for row in part)


def _listed(_: list[str], parts: Parts) -> int:
    """Lines of equal columns, printed as they are read; gives how many."""
    count = 0
    for part in parts:
        lines = [
            (LINE % (identity, made[:10], made[11:16], _aligned(*result), seed, source)).rstrip()
            for identity, made, *result, seed, source in part
        ]
        say("\n".join(lines if count else [HEAD, *lines]))
        count += len(lines)
    return count


# As wide as ids, times, presets, shares, outcomes, steps and seeds can be; where user data come
# from may be of any width.
LINE = "%12s  %s %s  %s  %10d  %s"


FOUND = "%7s  %7s  %15s  %11s  %10s"


HEAD = "  ".join((f"{'id':>12}", f"{'made':>16}", FOUND % HEADS[2:-2], f"{'seed':>10}", "data"))


def _cells(identity: str, made: str, *rest: Cell) -> tuple[str, ...]:
    *result, seed, source = rest
    return identity, f"{made[:10]} {made[11:16]}", *_found(*result), str(seed), str(source or "-")


def _found(
    preset: str | None,
    accuracy: float | None,
    low: float | None,
    high: float | None,
    outcome: str,
    steps: int,
) -> tuple[str, ...]:
    between = "-" if low is None or high is None else f"{low:.2%}-{high:.2%}"
    accuracy_text = "-" if accuracy is None else f"{accuracy:.2%}"
    return preset or "-", accuracy_text, between, outcome, str(steps)


@lru_cache(1 << 15)  # many runs have equal results: a tenth of a long listing
def _aligned(*result: Cell) -> str:
    return FOUND % _found(*result)
