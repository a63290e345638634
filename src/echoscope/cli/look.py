"""`echoscope explain`, `show`: look before training, and after. Nothing here trains or needs
JAX.
"""

from typing import Any

import click

from echoscope.cli import before, output, screen
from echoscope.cli.flags import own_of, with_json, with_own, with_store, with_words
from echoscope.cli.manual import command
from echoscope.cli.outlet import say, styled
from echoscope.demands import demand
from echoscope.experiment import Experiment
from echoscope.memoryless import UNIFORM, Chance, chance
from echoscope.score import Score
from echoscope.store import Store


@command(
    "echoscope explain lag",
    "echoscope explain blind --window 3",
    "echoscope explain partial --json",
)
@with_words
@with_own
@with_json
def explain(as_json: bool, **given: Any) -> None:
    """Say what a task asks, before any training: windows and answers, bits to hold, and whether
    they can arrive.
    """
    experiment, own, source = own_of(given)
    asked = demand(experiment.task, experiment.fit)
    found = None if own is None else chance(experiment, own)
    if as_json:
        screen.document(
            {
                "id": experiment.id,
                "experiment": experiment.to_json(),
                "demand": asked.to_json(),
                **_chance(experiment, found),
                "steps": experiment.steps,
                "sentences": asked.sentences(own=own is not None),
            }
        )
        return
    screen.paragraph(before.words_said(experiment, source))
    before.framing(experiment, rows=6, own=own)
    before.demanded(experiment, asked)
    if own is None:
        screen.paragraph(
            f"Chance is {experiment.task.chance:.4g}; no training can be expected to score above "
            f"{asked.bound:.4g}.",
            "  ",
        )
    else:
        before.learned_from(experiment, own, source)
    screen.paragraph(
        f"Training takes at most {experiment.steps:,} steps; its record would be {experiment.id}.",
        "  ",
    )


def _chance(experiment: Experiment, found: Chance | None) -> dict[str, Any]:
    """Chance, its rule and interval, and the scores of all rules; of random integers a guess,
    without an interval.
    """
    guess = experiment.task.chance
    best = found.score if found else Score(guess, guess, guess, 0)
    rules = found.rules if found else {UNIFORM: best}
    known = found is None or found.rule == UNIFORM
    return {
        "chance": best.value,
        "chance_low": None if known else best.low,
        "chance_high": None if known else best.high,
        "rule": found.rule if found else UNIFORM,
        "rules": {name: score.value for name, score in rules.items()},
    }


@command("echoscope show", "echoscope show --figure curve.svg")
@click.argument("identities", nargs=-1, metavar="[ID]...")
@click.option(
    "--figure", metavar="FILE", help="save the learning curves as .svg, .png, .pdf or .html."
)
@with_store
@with_json
def show(identities: tuple[str, ...], figure: str | None, store: Store, as_json: bool) -> None:
    """Show a record (the latest), or save a picture of several."""
    records = [store.find(identity) for identity in identities] or [store.find()]
    if figure:
        from echoscope.figures import curves, save

        save(curves(records), figure)
        output.kept(f"the picture is saved in {figure}")
    if as_json:
        found = [record.to_json() for record in records]
        screen.document(found[0] if len(found) == 1 else found)
        return
    for record in records:
        say(
            styled(
                f"Record {record.id}, {record.outcome},"
                f" {record.created[:19].replace('T', ' ')} UTC",
                bold=True,
            )
        )
        screen.paragraph(before.words_said(record.experiment, record.source), "  ")
        asked = demand(record.experiment.task, record.experiment.fit)
        before.demanded(record.experiment, asked)
        screen.curve(record)
        if record.heard:
            screen.title("A fresh sequence")
            screen.answers(record.heard, record.expected, record.predicted)
        screen.title("Result")
        screen.paragraph(screen.scored(record), "  ")
        screen.paragraph(screen.sized(record), "  ")
        made = ", ".join(f"{name} {number}" for name, number in record.versions.items())
        seconds = ", ".join(f"{part} {time:.2f} s" for part, time in record.seconds.items())
        screen.paragraph(
            f"{record.steps:,} steps; {seconds}; group of {record.group}; on {record.device};"
            f" {made}",
            "  ",
        )
    if figure:
        say(f"Picture saved in {figure}")
