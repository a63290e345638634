"""`echoscope sweep`: train the cells of a study that are not trained yet, on every core or a
cluster, and aggregate all.
"""

from contextlib import nullcontext

import click

from echoscope.analysis.accuracy import settled
from echoscope.analysis.findings import UNTRAINED, Findings, gather
from echoscope.analysis.rules_beside import RulesOf
from echoscope.cli.commands.run import FAILED
from echoscope.cli.commands.summary import say_failed
from echoscope.cli.file_options import with_data
from echoscope.cli.help import command
from echoscope.cli.options import (
    FOLDS,
    next_step,
    value,
    with_json,
    with_settings,
    with_store,
)
from echoscope.cli.rescue import rescue
from echoscope.cli.signals import SHELL, first_signal_waits, status_of
from echoscope.cli.study_flags import study_of
from echoscope.cli.terminal import findings, output, screen
from echoscope.cli.terminal.progress import duration, sweep_bar, waiting
from echoscope.cli.terminal.write import say
from echoscope.errors import INTERRUPTED, SettingError, StoreError, many
from echoscope.experiment.user_data import UserData
from echoscope.figures import sketch
from echoscope.runs.table import Rows
from echoscope.settings import ByName, Value
from echoscope.store import Store
from echoscope.studies.dask import DaskCluster
from echoscope.studies.estimate import Costs, ProbeError, costs_of
from echoscope.studies.grid import Study, label
from echoscope.studies.jobs import check_heaviest, result_of
from echoscope.studies.plan import Plan
from echoscope.studies.progress import Advance
from echoscope.studies.sweep import Sweep

SOLVED_AT = 0.99  # the accuracy that counts as solved, where none is asked for
SIDE_BY_SIDE = 64  # runs of a program where it does not run on a CPU
ENDING = "ending when the cells in training are done, and keeping them; once more ends at once."


@command(
    "echoscope sweep lag --fit quick --vocab-size 10 --lag 1..4 --seeds 3",
    "echoscope sweep lag --units 8..64*2 --model lstm,gru --dry-run",
    "echoscope sweep lag --lag -1 --window 1..3 --file examples/melody.csv",
)
@with_settings
@with_data
@click.option("--seeds", metavar="N", help="seeds a cell: seed, seed+1, ... (5).")
@FOLDS
@click.option(
    "--dry-run",
    is_flag=True,
    help="say what would be trained, and stop.",
)
@click.option(
    "--time",
    "timed",
    is_flag=True,
    help="with --dry-run: time two cells, and say how long it takes.",
)
@click.option(
    "--workers", metavar="N", help="processes that train, one thread each (as many as cores)."
)
@click.option(
    "--dask", metavar="ADDRESS", help="train on the Dask cluster whose scheduler is there."
)
@click.option(
    "--group-size",
    metavar="N",
    help="cells that one program trains together (1; 64 where there is a GPU).",
)
@click.option("--retry", metavar="OUTCOME,...", help="train again what failed or diverged.")
@click.option("--no-weights", is_flag=True, help="keep runs without their weights.")
@with_store
@with_json
def sweep(
    store: Store,
    as_json: bool,
    seeds: str | None,
    folds: str | None,
    dry_run: bool,
    timed: bool,
    **raw: Value,
) -> int:
    """Train a grid: PRESET with settings of several values (--lag 1..4 --units 8,16), or a study
    file (.toml); on random or your own integers.

    What is trained already is not trained again: the same settings go on where they ended.
    """
    options = {
        name: raw.pop(name) for name in ("workers", "dask", "group_size", "retry", "no_weights")
    }
    study, data, source = study_of(raw, seeds, folds)
    share = settled(_target_accuracy(study), study.chance)
    with _opened(study, store, options, data, source) as sweeping:
        planned = sweeping.plan
        if planned.left and not dry_run:
            store.check_writable()
        if not as_json:
            _say_plan(study, planned)
        timing = planned.left and (timed or not dry_run)
        costs = _timed(sweeping, here=not options["dask"], quiet=as_json) if timing else None
        most = costs.seconds(sweeping.workers, shared=not options["dask"]) if costs else 0.0
        if costs and not as_json:
            _say_costs(costs, most, sweeping.workers)
        if options["group_size"] is None and costs is not None and costs.platform != "cpu":
            sweeping.side_by_side(SIDE_BY_SIDE)
        last, ended = (None, 0) if dry_run else _trained(sweeping)
    rows = store.rows(ids=(planned.done if dry_run else planned.cells).ids())
    varied = [name for name, values in study.axes.items() if len(values) > 1]
    trained = int((~rows.became(*UNTRAINED)).sum())
    result = gather(rows, share, varied, None, RulesOf(store).best) if trained else None
    if as_json:
        screen.document(
            {
                "id": study.id,
                "study": study.to_json(),
                "cells": len(planned.cells),
                "left": len(planned.left),
                "groups": [len(group) for group in planned.groups],
                "seconds_at_most": most if costs else None,
                "trained": last.trained if last else 0,
                "failed": len(rows) - trained,
                "summary": [group.to_json() for group in result.groups] if result else [],
            }
        )
    elif not dry_run:
        _say_end(last, len(rows), len(planned.cells))
        _say_found(result, rows, store)
    if last is None:  # there was nothing left, or a signal came before the first piece was done
        return ended if planned.left else 0
    return _status(last, ended, rows, store)


def _status(last: Advance, ended: int, rows: Rows, store: Store) -> int:
    """The exit status: what was kept and is there no longer is said, for the numbers above do not
    know of it.
    """
    lost = last.done - len(rows)
    if lost > 0:
        say(
            f"echoscope: {many(lost, 'run')} that this sweep counts"
            f" {'is' if lost == 1 else 'are'} no longer in {store.folder}, which was changed"
            " meanwhile: the same settings train what is missing.",
            err=True,
        )
    if last.done < last.cells:
        return ended or INTERRUPTED
    return FAILED if lost > 0 or {"failed", "diverged"} & set(rows.columns["outcome"]) else 0


def _target_accuracy(study: Study) -> float:
    """The accuracy that counts as solved: the one that every cell is trained to, or 0.99."""
    values = study.axes.get("target_accuracy", ())
    return values[0] if len(values) == 1 and values[0] is not None else SOLVED_AT


def _opened(
    study: Study, store: Store, options: ByName, data: UserData | None, source: str
) -> Sweep:
    """The sweep that the options ask for, on its own worker pool or on a cluster."""
    if options["dask"] and options["workers"]:
        raise SettingError("A Dask cluster has its own workers: leave --workers out, or --dask.")
    retry = [outcome.strip() for outcome in (options["retry"] or "").split(",") if outcome.strip()]
    workers = None if options["workers"] is None else value(options["workers"])
    group_size = 1 if options["group_size"] is None else value(options["group_size"])
    executor = DaskCluster(options["dask"]) if options["dask"] else None
    return Sweep(
        study,
        store,
        executor=executor,
        workers=workers,
        group_size=group_size,
        weights=not options["no_weights"],
        retry=retry,
        data=data,
        source=source,
    )


def _say_plan(study: Study, planned: Plan) -> None:
    screen.paragraph(label(study))
    done, left, groups = map(len, (planned.done, planned.left, planned.groups))
    left_said = f"{left:,} left in {many(groups, 'group')}, {many(groups, 'program')} to compile"
    screen.paragraph(f"{done:,} trained before, {left_said if left else 'none left'}", "  ")


def _timed(sweeping: Sweep, *, here: bool, quiet: bool) -> Costs | None:
    """What the cells that are left will cost; refused where the memory here, or of the machine of
    one worker, cannot hold them.
    """
    planned, executor = sweeping.plan, sweeping.executor
    values = (planned.shapes, sweeping.group_size, sweeping.workers if here else 1)
    try:
        with nullcontext() if quiet else waiting("timing two cells"):
            result_of(executor.submit(check_heaviest, *values))
            return costs_of(planned, executor, sweeping.shared)
    except ProbeError as error:
        if not quiet:
            screen.paragraph(str(error), "  ")
        return None


def _say_costs(costs: Costs, most: float, workers: int) -> None:
    screen.paragraph(
        f"{duration(most)} with {many(workers, 'worker')} if no cell is solved early, "
        f"{costs.programs * costs.compile:.1f} s of work for compiling in it (from timing two"
        " cells)",
        "  ",
    )


def _trained(sweeping: Sweep) -> tuple[Advance | None, int]:
    """Train what is left; where it stands at the end, and the exit status if a signal has ended
    it.
    """
    last, ended = None, 0
    try:
        with first_signal_waits(ENDING, sweeping.finish) as noted, sweep_bar() as show:
            for last in sweeping:
                show(last)
        ended = SHELL + noted[0] if noted else 0
    except KeyboardInterrupt as interrupt:
        ended = status_of(interrupt)
        say("echoscope: ended at once; the cells that were in training are free again.", err=True)
    except StoreError as error:
        if not sweeping.unkept:
            raise
        rescue(sweeping.store, [(*item, sweeping.data) for item in sweeping.unkept], error)
        raise click.exceptions.Exit(FAILED) from None
    if last:
        output.kept(f"{many(last.trained, 'run')} kept in {sweeping.store.path} by this sweep")
    return last, ended


def _say_end(last: Advance | None, rows: int, cells: int) -> None:
    screen.title(f"{rows:,} of {cells:,} cells")
    if last is None:
        return
    screen.paragraph(
        f"{many(last.trained, 'cell')} trained in {duration(last.seconds)}, {last.failed}"
        f" failed, {last.diverged} diverged",
        "  ",
    )
    if last.done < last.cells:
        screen.paragraph(f"{last.cells - last.done:,} left: the same settings go on here", "  ")


def _say_found(result: Findings | None, rows: Rows, store: Store) -> None:
    if result:
        findings.groups(result)
        say(f"\n{sketch(result, screen.width())}\n")
        findings.far_back(result)
        say(next_step("report", store))
    say_failed(rows, store)
