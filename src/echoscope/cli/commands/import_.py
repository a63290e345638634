"""`echoscope import`: a trained Keras network taken in."""

from typing import TYPE_CHECKING, Any

import click

from echoscope.cli.help import command
from echoscope.cli.options import (
    experiment_of,
    value,
    with_json,
    with_store,
    with_words,
)
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.write import say
from echoscope.errors import WordError
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.presets import preset
from echoscope.store import Store

if TYPE_CHECKING:
    from echoscope.formats.keras import KerasModel

WORDS = (
    "model",
    "when",
    "encoding",
    "layers",
    "direction",
    "symbols",
    "units",
    "window",
    "batch",
    "state",
)


ANSWERS = {"after": "after its window", "each": "at each step"}


@command("echoscope import net.keras lag --store imported", name="import")
@click.argument("path", metavar="FILE.keras")
@with_words
@with_store
@with_json
def import_(path: str, store: Store, as_json: bool, **given: Any) -> None:
    """Make a record of a trained .keras network, scored on the task of a preset.

    The file says its own symbols, window, units, model and state; the preset and flags say the
    rest, such as the lag.
    """
    from echoscope.formats.keras import read_keras

    asked = {
        name: None if given.get(name) is None else value(given[name])
        for name in ("encoding", "symbols")
    }
    found = read_keras(path, asked["encoding"], asked["symbols"])
    experiment = _experiment(path, found, given)
    from echoscope.training.train import imported

    record = store.add(imported(experiment, found.weights), found.weights)
    output.kept(f"record {record.id} is kept in {store.path}")
    if as_json:
        screen.document(record.to_json())
        return
    screen.paragraph(
        f"From the file: {', '.join(f'{name} {size}' for name, size in _sizes(found).items())}. "
        f"From the preset {given['preset']} and flags: {_rest(experiment, found)}."
    )
    screen.paragraph(screen.scored(record))
    say(f"record {record.id} in {store.path}")


def _sizes(found: "KerasModel") -> dict[str, Any]:
    """The words that the file says."""
    sizes = {name: getattr(found, name) for name in WORDS if getattr(found, name) is not None}
    return sizes | ({"gaps": found.gaps} if found.gaps == "marked" else {})


def _rest(experiment: Experiment, found: "KerasModel") -> str:
    """The words that a score depends on and the file does not say."""
    task, sizes = experiment.task, _sizes(found)
    said = {
        "lag": ",".join(map(str, task.lag)),
        "length": task.length,
        "window": task.window,
        "batch": experiment.fit.batch,
    }
    said |= {
        name: getattr(task, name) for name in ("missing", "gaps", "edges") if name in task.said()
    }
    return ", ".join(
        f"{name} {'none' if size is None else size}"
        for name, size in said.items()
        if name not in sizes
    )


def _experiment(path: str, found: "KerasModel", given: dict[str, Any]) -> Experiment:
    """The preset with the file's words and the flags', where they do not contradict each other."""
    sizes = _sizes(found)
    for name, size in sizes.items():
        text = given.get(name)
        if text is not None and value(text) != size:
            raise WordError(f"{name} is {size} in {path}, not {text}: leave --{name} out.")
    when = preset(given["preset"]).task.when
    if when != found.when and given.get("when") is None:
        raise WordError(
            f"{path} answers {ANSWERS[found.when]}, and {given['preset']} {ANSWERS[when]}: name a"
            f" preset that does as the file does, or say --when {found.when}."
        )
    experiment = experiment_of(given | {name: str(size) for name, size in sizes.items()})
    task = experiment.task
    if len(task.lag) != found.answers and task.when == "after":
        raise WordError(
            f"{path} says {found.answers} answer{'s' * (found.answers > 1)} after its window, but"
            f" lag {','.join(map(str, task.lag))} asks for {len(task.lag)}: give as many lags as"
            " answers."
        )
    _check_gaps(path, found, experiment)
    return experiment


def _check_gaps(path: str, found: "KerasModel", experiment: Experiment) -> None:
    """A gap is heard as the file's layers hear it, or not at all."""
    task, symbols = experiment.task, found.symbols
    if task.gappy and task.gaps == "masked" and found.gaps == "none":
        raise WordError(
            f"{path} has no Masking layer, so it does not pass over gaps: leave --missing and"
            " --edges out, or use --gaps dropped."
        )
    room = found.encoding == "scalar" or (found.encoding == "bits" and symbols & (symbols - 1))
    if task.gaps == "marked" and found.gaps != "marked" and not room:
        raise WordError(f"{path} hears {symbols} symbols and no mark of a gap: leave --gaps out.")
