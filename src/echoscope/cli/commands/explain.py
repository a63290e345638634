"""`echoscope explain`: look before training. Nothing here trains or needs JAX."""

from typing import Any

from echoscope.cli.help import command
from echoscope.cli.options import own_of, with_json, with_own, with_words
from echoscope.cli.terminal import preview, screen
from echoscope.experiment.baselines import UNIFORM, Chance, chance
from echoscope.experiment.demand import demand
from echoscope.experiment.experiment import Experiment
from echoscope.stats.intervals import Score


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
    screen.paragraph(preview.words_said(experiment, source))
    preview.framing(experiment, rows=6, own=own)
    preview.demanded(experiment, asked)
    if own is None:
        screen.paragraph(
            f"Chance is {experiment.task.chance:.4g}; no training can be expected to score above "
            f"{asked.bound:.4g}.",
            "  ",
        )
    else:
        preview.learned_from(experiment, own, source)
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
