"""`echoscope run`: train a preset, watch it, and keep the run."""

from dataclasses import replace

import click
import numpy as np

from echoscope.analysis.accuracy import means_over
from echoscope.analysis.groups import cell_of
from echoscope.analysis.table import many_folds
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
from echoscope.cli.rescue import keep
from echoscope.cli.signals import SHELL, first_signal_waits
from echoscope.cli.terminal import preview, rules, screen
from echoscope.cli.terminal.sample import sample
from echoscope.cli.terminal.write import say
from echoscope.cli.user_data import data_of
from echoscope.errors import SettingError
from echoscope.experiment.demand import demand
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fold import folds_of
from echoscope.experiment.fusible import fusible
from echoscope.experiment.user_data import UserData, held_out_part
from echoscope.process import xla
from echoscope.process.supervisor import supervise
from echoscope.progress_bar import training_bar
from echoscope.runs.run import Run
from echoscope.settings import Json, Value, whole
from echoscope.store import Store
from echoscope.tasks.echo import NEXT, Echo
from echoscope.training.memory import check_room

TYPED = 10  # integers that a person types
FAILED = 1  # the exit status where a run diverged or failed
MOST_SEEDS = 1000
ENDING = "ending at the next slice and keeping what was trained."


@command(
    "echoscope run lag",
    "echoscope run lag --lag 2 --units 32 --vocab-size 10 --fit quick",
    "echoscope run whole --seeds 5 --json",
)
@with_settings
@with_data
@click.option(
    "--seeds", default="1", metavar="N", help="train N seeds in one group: seed, seed+1, ..."
)
@FOLDS
@with_store
@with_json
def run(store: Store, as_json: bool, seeds: str, folds: str | None, **values: Value) -> int:
    """Train one of the five echoes or another task, with any setting changed, on random or your own
    integers, and keep the run.
    """
    experiment, data, source, column = data_of(values)
    count = whole("seeds", value(seeds), 1, MOST_SEEDS)
    experiments = _each(experiment, count, data, folds)
    experiment, count = experiments[0], len(experiments)
    store.check_writable()
    xla.ask_for_speed(fusible([experiment]))
    again = supervise()
    check_room(experiment, count)
    if not as_json and not again:
        screen.paragraph(preview.settings_text(experiment, source))
        preview.framing(experiment, data=data)
        preview.demanded(experiment, demand(experiment.task, experiment.training))
        if data is not None:
            preview.learned_from(experiment, data, source, column)
    trained, noted = trained_group(experiments, data)
    if not trained:
        say("echoscope: interrupted before the first step; nothing was written.", err=True)
        return SHELL + noted[0]
    kept = [(replace(run, source=source), weights, data) for run, weights in trained]
    store, runs, rescued = keep(store, kept)
    outcomes = [run.outcome for run, _ in trained]
    if as_json:
        screen.document(_document(runs[0]) if count == 1 else _several(runs))
    elif count == 1:
        _page(runs[0], outcomes[0], store, data)
    else:
        rules.show(rules.scores_over(experiments, data), data, experiment)
        _table(runs, store)
    ended = SHELL + noted[0] if noted and "interrupted" in outcomes else 0
    return ended or (FAILED if rescued or "diverged" in outcomes else 0)


def _each(
    experiment: Experiment, seeds: int, data: UserData | None, folds: str | None
) -> list[Experiment]:
    """The experiment with every fold and seed; refused before anything is trained where a fold of
    the data is too short.
    """
    several: tuple[str | None, ...] = (None,) if folds is None else folds_of(value(folds))
    if folds is not None and data is None:
        raise SettingError("Folds are of user data: name a file, or leave folds out.")
    each = [experiment if fold is None else experiment.change(fold=fold) for fold in several]
    if data is not None:
        for item in each:
            held_out_part(item, data)
    return [item.change(seed=item.seed + offset) for item in each for offset in range(seeds)]


def trained_group(
    experiments: list[Experiment], data: object
) -> tuple[list[tuple[Run, dict[str, np.ndarray]]], list[int]]:
    """Every run and its weights, nothing if it was ended before the first step; and the
    signal that ended it.
    """
    with first_signal_waits(ENDING) as interrupted, training_bar() as show:
        from echoscope.training.loop import Training
        from echoscope.training.train import run_of

        training = Training(experiments, data=data)
        trained = False
        while not interrupted:
            progress = next(training, None)
            if progress is None:
                break
            trained = True
            show(progress)
        if not trained:
            return [], interrupted
        return [(run_of(outcome), outcome.weights) for outcome in training.outcomes()], interrupted


def _document(run: Run) -> Json:
    asks = demand(run.experiment.task, run.experiment.training)
    return run.to_json() | {"demand": asks.to_json()}


def _several(runs: list[Run]) -> Json:
    cell = cell_of(runs)
    (mean,) = means_over(cell)
    return {
        "accuracy": mean.value if mean else None,
        "accuracy_low": mean.low if mean else None,
        "accuracy_high": mean.high if mean else None,
        "chance": cell.runs[0].chance,
        "seeds": len({run.experiment.seed for run in runs}),
        **({"folds": cell.runs[0].folds} if cell.runs[0].folds else {}),
        "diverged": sum(run.outcome == "diverged" for run in runs),
        "runs": [_document(run) for run in runs],
    }


def _page(run: Run, outcome: str, store: Store, data: UserData | None) -> None:
    screen.curve(run)
    sample(run)
    scores = rules.scores_beside(run.experiment, data)
    rules.show(scores, data, run.experiment)
    screen.title(f"Result: {outcome}")
    screen.paragraph(screen.accuracy_said(run), "  ")
    if run.experiment.data and run.curve and run.curve[-1][2] is not None:
        screen.paragraph(
            f"on the windows it trained on, the last slice scored {run.curve[-1][2]:.2%}", "  "
        )
    rules.judged(run, scores)
    screen.paragraph(screen.sized(run), "  ")
    screen.paragraph(
        f"{run.steps:,} steps; {run.seconds['compile']:.2f} s compiling, "
        f"{run.seconds['train']:.2f} s training",
        "  ",
    )
    if run.outcome != outcome:
        screen.paragraph(
            f"a finished run of these settings was there already and stays; this one was {outcome}",
            "  ",
        )
    say(f"  run {run.id} in {store.path}")
    if run.outcome != "diverged":
        say(f"  {next_step(_door(run), store)}")


def _door(run: Run) -> str:
    """The command that uses the network, on the values of its first window."""
    if run.experiment.task.column_sizes:
        return f"stream --run {run.id[:4]}"
    if run.experiment.data and run.experiment.echo.lag == NEXT:
        return f"forecast --run {run.id[:4]}"
    if run.experiment.task.time_steps > TYPED and isinstance(run.experiment.task, Echo):
        return f"stream --run {run.id[:4]}"
    first = run.inputs[0] if isinstance(run.inputs[0], list) else []
    if any(isinstance(part, str) and len(part.split()) > 1 for part in first):
        return f"stream --run {run.id[:4]}"
    read = " ".join(map(screen.part_said, first))
    return f"predict --run {run.id[:4]} {read}"


def _counted(runs: list[Run]) -> str:
    """What runs that diverged count as in a mean, where there are some."""
    diverged = sum(run.outcome == "diverged" for run in runs)
    return f"; {diverged} diverged and counted as chance" if diverged else ""


def _table(runs: list[Run], store: Store) -> None:
    cell = cell_of(runs)
    folds = cell.runs[0].folds
    screen.title(many_folds(cell.runs[0]) if folds else f"{len(runs)} seeds")
    say(f"  {'fold   ' if folds else ''}seed        run    accuracy  interval            outcome")
    for run in runs:
        accuracy = "-" if run.accuracy is None else f"{run.accuracy:8.2%}"
        between = (
            "-" if run.accuracy is None else f"{run.accuracy_low:.2%} to {run.accuracy_high:.2%}"
        )
        fold = f"{run.experiment.training.fold:5}  " if folds else ""
        say(
            f"  {fold}{run.experiment.seed:4}  {run.id}  {accuracy:>7}  {between:18}  {run.outcome}"
        )
    (mean,) = means_over(cell)
    if mean:
        low, high = mean.low or 0.0, mean.high or 0.0
        over = "folds and seeds" if folds else "seeds"
        screen.paragraph(
            f"mean over {over} {mean.value:.2%} (95 % interval {low:.2%} to {high:.2%}); "
            f"chance {cell.runs[0].chance:.2%}{_counted(runs)}"
            + (f". {mean.method[0].upper()}{mean.method[1:]}." if folds else ""),
            "  ",
        )
    seconds = sum(run.seconds["train"] for run in runs)
    say(
        f"  {runs[0].seconds['compile']:.2f} s compiling, {seconds:.2f} s training; runs in"
        f" {store.folder}"
    )
    say(f"  {next_step('summary', store)}")
