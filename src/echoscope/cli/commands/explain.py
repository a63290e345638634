"""`echoscope explain`: look before training. Nothing here trains or needs JAX."""

from echoscope.cli.file_options import with_data
from echoscope.cli.help import command
from echoscope.cli.options import with_json, with_plugin, with_settings
from echoscope.cli.terminal import preview, screen
from echoscope.cli.user_data import data_of
from echoscope.experiment.baselines import UNIFORM, Chance, chance, measured
from echoscope.experiment.demand import demand
from echoscope.experiment.experiment import Experiment
from echoscope.settings import Json, Value
from echoscope.stats.intervals import Accuracy


@command(
    "echoscope explain lag",
    "echoscope explain blind --window 3",
    "echoscope explain partial --json",
)
@with_settings
@with_data
@with_plugin
@with_json
def explain(as_json: bool, **values: Value) -> None:
    """Say what a task asks, before any training: windows and targets, bits to hold, and whether
    they can arrive.
    """
    chosen = data_of(values)
    experiment, data = chosen.experiment, chosen.data
    asks = demand(experiment.task, experiment.training)
    result = None if data is None else chance(experiment, data)
    rules = None if data is not None else measured(experiment.task, experiment.seed)
    if as_json:
        screen.document(
            {
                "id": experiment.id,
                "experiment": experiment.to_json(),
                "demand": asks.to_json(),
                **_chance(experiment, result),
                "memoryless": rules.memoryless if rules else None,
                "oracle": rules.oracle if rules else None,
                "steps": experiment.steps,
                "sentences": asks.sentences(user_data=data is not None),
            }
        )
        return
    screen.paragraph(preview.settings_text(experiment, chosen.source))
    preview.framing(experiment, rows=6, data=data)
    preview.demanded(experiment, asks)
    if rules:
        screen.paragraph(
            f"Chance is {experiment.task.chance:.4g}; no training can be expected to exceed"
            f" {asks.ceiling:.4g}. On {rules.target_count:,} targets drawn at random, the symbol"
            f" just read is right {rules.memoryless:.2%} of the time, and a perfect memory of the"
            f" window {rules.oracle:.2%}.",
            "  ",
        )
    if data is not None:
        preview.learned_from(experiment, data, chosen.source, chosen.column)
    screen.paragraph(
        f"Training takes at most {experiment.steps:,} steps; its run would be {experiment.id}.",
        "  ",
    )


def _chance(experiment: Experiment, result: Chance | None) -> Json:
    """Chance, its rule and interval, and the accuracies of all rules; of random integers a guess,
    without an interval.
    """
    guess = experiment.task.chance
    best = result.accuracy if result else Accuracy(guess, guess, guess, 0)
    rules = result.rules if result else {UNIFORM: best}
    known = result is None or result.rule == UNIFORM
    return {
        "chance": best.value,
        "chance_low": None if known else best.low,
        "chance_high": None if known else best.high,
        "rule": result.rule if result else UNIFORM,
        "rules": {name: accuracy.value for name, accuracy in rules.items()},
    }
