"""`echoscope run`: train a preset, watch it, and keep the record."""

from dataclasses import replace
from typing import Any

import click

from echoscope.cli.help import command
from echoscope.cli.options import (
    next_step,
    own_of,
    value,
    with_json,
    with_own,
    with_store,
    with_words,
)
from echoscope.cli.rescue import keep
from echoscope.cli.signals import SHELL, first_signal_waits
from echoscope.cli.terminal import preview, screen
from echoscope.cli.terminal.write import say
from echoscope.experiment.demand import demand
from echoscope.experiment.experiment import Experiment
from echoscope.process import xla
from echoscope.process.supervisor import supervise
from echoscope.progress_bar import training_bar
from echoscope.runs.run import Record
from echoscope.settings import whole
from echoscope.stats.intervals import Score, mean_score
from echoscope.store import Store
from echoscope.training.memory import check_room

FAILED = 1  # the exit status where a run diverged or failed
MOST_SEEDS = 1000
ENDING = "ending at the next slice and keeping what was trained."


@command(
    "echoscope run lag",
    "echoscope run lag --lag 2 --units 32 --symbols 10 --fit quick",
    "echoscope run whole --seeds 5 --json",
)
@with_words
@with_own
@click.option(
    "--seeds", default="1", metavar="N", help="train N seeds in one group: seed, seed+1, ..."
)
@with_store
@with_json
def run(store: Store, as_json: bool, seeds: str, **given: Any) -> int:
    """Train one of the five echoes, with any word changed, on random or your own integers, and keep
    the record.
    """
    experiment, own, source = own_of(given)
    count = whole("seeds", value(seeds), 1, MOST_SEEDS)
    experiments = [experiment.change(seed=experiment.seed + lane) for lane in range(count)]
    store.check_writable()
    xla.ask_for_speed(xla.fusible([experiment.fit.batch]))
    again = supervise()
    check_room(experiment, count)
    if not as_json and not again:
        screen.paragraph(preview.words_said(experiment, source))
        preview.framing(experiment, own=own)
        preview.demanded(experiment, demand(experiment.task, experiment.fit))
        if own is not None:
            preview.learned_from(experiment, own, source)
    trained, noted = trained_group(experiments, own)
    if not trained:
        say("echoscope: interrupted before the first step; nothing was written.", err=True)
        return SHELL + noted[0]
    kept = [(replace(record, source=source), weights, own) for record, weights in trained]
    store, records, rescued = keep(store, kept)
    outcomes = [record.outcome for record, _ in trained]
    if as_json:
        screen.document(_document(records[0]) if count == 1 else _several(records))
    elif count == 1:
        _page(records[0], outcomes[0], store)
    else:
        _table(records, store)
    ended = SHELL + noted[0] if noted and "interrupted" in outcomes else 0
    return ended or (FAILED if rescued or "diverged" in outcomes else 0)


def trained_group(
    experiments: list[Experiment], own: Any
) -> tuple[list[tuple[Record, Any]], list[int]]:
    """Every lane's record and weights, nothing if it was ended before the first step; and the
    signal that ended it.
    """
    with first_signal_waits(ENDING) as interrupted, training_bar() as show:
        from echoscope.training.loop import Training
        from echoscope.training.train import recorded

        training = Training(experiments, data=own)
        trained = False
        while not interrupted:
            progress = next(training, None)
            if progress is None:
                break
            trained = True
            show(progress)
        if not trained:
            return [], interrupted
        return [
            (recorded(outcome), outcome.weights) for outcome in training.outcomes()
        ], interrupted


def _document(record: Record) -> dict[str, Any]:
    asked = demand(record.experiment.task, record.experiment.fit)
    return record.to_json() | {"demand": asked.to_json()}


def _mean(records: list[Record]) -> Score | None:
    scores = []
    for record in records:
        if (
            record.score is not None
            and record.score_low is not None
            and record.score_high is not None
        ):
            scores.append(Score(record.score, record.score_low, record.score_high, record.answers))
    return (
        mean_score(scores, same_answers=records[0].experiment.data is not None) if scores else None
    )


def _several(records: list[Record]) -> dict[str, Any]:
    mean = _mean(records)
    return {
        "score": mean.value if mean else None,
        "score_low": mean.low if mean else None,
        "score_high": mean.high if mean else None,
        "chance": records[0].chance,
        "seeds": len(records),
        "diverged": sum(record.outcome == "diverged" for record in records),
        "runs": [_document(record) for record in records],
    }


def _page(record: Record, outcome: str, store: Store) -> None:
    screen.curve(record)
    screen.title("A fresh sequence")
    screen.answers(record.heard, record.expected, record.predicted)
    screen.title(f"Result: {outcome}")
    screen.paragraph(screen.scored(record), "  ")
    if record.experiment.data and record.curve and record.curve[-1][2] is not None:
        screen.paragraph(
            f"on the windows it learned from, the last slice scored {record.curve[-1][2]:.2%}", "  "
        )
    screen.paragraph(screen.sized(record), "  ")
    screen.paragraph(
        f"{record.steps:,} steps; {record.seconds['compile']:.2f} s compiling, "
        f"{record.seconds['train']:.2f} s training",
        "  ",
    )
    if record.outcome != outcome:
        screen.paragraph(
            f"a finished record of these words was there already and stays; this one was {outcome}",
            "  ",
        )
    say(f"  record {record.id} in {store.path}")
    if record.outcome != "diverged":
        heard = record.experiment.task.heard
        sample = " ".join(
            "-" if part is None else str(part) for part in record.heard[0][: heard + 2]
        )
        door = (
            f"predict --record {record.id[:4]} {sample}"
            if heard <= 10
            else f"stream --record {record.id[:4]}"
        )
        say(f"  {next_step(door, store)}")


def _table(records: list[Record], store: Store) -> None:
    screen.title(f"{len(records)} seeds")
    say("  seed        record    score  interval            outcome")
    for record in records:
        score = "-" if record.score is None else f"{record.score:8.2%}"
        between = (
            "-" if record.score is None else f"{record.score_low:.2%} to {record.score_high:.2%}"
        )
        say(
            f"  {record.experiment.seed:4}  {record.id}  {score:>7}  {between:18}  {record.outcome}"
        )
    mean = _mean(records)
    if mean:
        screen.paragraph(
            f"mean over seeds {mean.value:.2%} (95 % interval {mean.low:.2%} to {mean.high:.2%}); "
            f"chance {records[0].chance:.2%}",
            "  ",
        )
    seconds = sum(record.seconds["train"] for record in records)
    say(
        f"  {records[0].seconds['compile']:.2f} s compiling, {seconds:.2f} s training; records in"
        f" {store.folder}"
    )
    say(f"  {next_step('summary', store)}")
