"""`echoscope import`: a trained Keras network taken in."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from echoscope.cli.help import command
from echoscope.cli.options import (
    experiment_of,
    value,
    with_json,
    with_settings,
    with_store,
)
from echoscope.cli.terminal import output, screen
from echoscope.cli.terminal.write import say
from echoscope.errors import SettingError, listed, plain
from echoscope.experiment.experiment import CARRIED, Experiment
from echoscope.experiment.presets import PRESETS, preset
from echoscope.settings import ByName, Value
from echoscope.store import Store
from echoscope.studies.axis import one_text
from echoscope.synonyms import flag_said
from echoscope.tasks.echo import Echo

if TYPE_CHECKING:
    from echoscope.formats.keras import KerasModel

SETTINGS = (
    "model",
    "readout",
    "encoding",
    "layers",
    "bidirectional",
    "vocab_size",
    "units",
    "window",
    "batch_size",
    "stateful",
)


PREDICTS = {"last": "after its window", "decoder": "after its window", "all": "at each step"}


@command("echoscope import net.keras lag --store imported", name="import")
@click.argument("path", metavar="FILE")
@click.option(
    "--names",
    metavar="NAME,NAME...",
    help="the name or number that each symbol stands for, in order; of a long list a file, a line"
    " each.",
)
@with_settings
@with_store
@with_json
def import_(path: str, names: str | None, store: Store, as_json: bool, **values: Value) -> None:
    """Make a run of a trained .keras or .h5 network, scored on the task of a preset.

    The file says its own symbols, window, units, model and state; the preset and flags say the
    rest, such as the lag.
    """
    from echoscope.formats.keras import read_keras

    requested = {
        name: None if values.get(name) is None else value(values[name])
        for name in ("encoding", "vocab_size")
    }
    result = read_keras(path, requested["encoding"], requested["vocab_size"], _names(names))
    experiment = _experiment(path, result, values)
    from echoscope.training.train import imported

    run = store.add(imported(experiment, result.weights, result.recoding), result.weights)
    output.kept(f"run {run.id} is kept in {store.path}")
    if as_json:
        screen.document(run.to_json())
        return
    screen.paragraph(
        "From the file:"
        f" {', '.join(f'{name} {one_text(size)}' for name, size in _sizes(result).items())}. "
        f"From the preset {values['preset']} and flags: {_rest(experiment, result)}."
    )
    for sentence in _more(result, experiment):
        screen.paragraph(sentence)
    screen.paragraph(screen.accuracy_said(run))
    say(f"run {run.id} in {store.path}")


def _more(result: "KerasModel", experiment: Experiment) -> Iterator[str]:
    """What of a network is not among its settings."""
    if result.ignored:
        yield f"Ignored, as Keras does when a network is used: {', '.join(result.ignored)}."
    if result.recoding is not None:
        yield f"Its symbols stand for {result.recoding.described}."
    if experiment.use == CARRIED:
        yield (
            f"Its state is kept from window to window and cleared after {experiment.kept}, where a"
            f" sequence of length {experiment.echo.length} ends: --use continuous of predict,"
            " stream and evaluate keeps it throughout, as Keras does until reset_states."
        )


def _names(text: str | None) -> list[str] | None:
    """Names with commas between, or a file with a line each."""
    if text is None:
        return None
    try:
        if "," not in text and Path(text).is_file():
            return [line for line in Path(text).read_text("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise SettingError(
            f"names cannot be read from {plain(text, 100)} ({why}): give a file with a name in each"
            " line, or the names with commas between."
        ) from error
    return text.split(",")


def _sizes(result: "KerasModel") -> ByName:
    """The settings that the file says."""
    sizes = {name: getattr(result, name) for name in SETTINGS if getattr(result, name) is not None}
    return sizes | ({"gaps": result.gaps} if result.gaps == "marked" else {})


def _rest(experiment: Experiment, result: "KerasModel") -> str:
    """The settings that an accuracy depends on and the file does not say."""
    task, sizes = experiment.echo, _sizes(result)
    others = {
        "lag": ",".join(map(str, task.lag)),
        "length": task.length,
        "window": task.window,
        "batch_size": experiment.training.batch_size,
    }
    others |= {
        name: getattr(task, name) for name in ("missing", "gaps", "edges") if name in task.changed()
    }
    return ", ".join(
        f"{name} {'none' if size is None else size}"
        for name, size in others.items()
        if name not in sizes
    )


def _experiment(path: str, result: "KerasModel", values: ByName) -> Experiment:
    """The preset with the file's settings and the flags', unless they contradict each other."""
    sizes, task = _sizes(result), preset(values["preset"]).task
    echoes = [name for name, item in PRESETS.items() if isinstance(item.task, Echo)]
    if not isinstance(task, Echo):
        raise SettingError(
            f"A file's network reads a stream, and preset {values['preset']} has samples of its"
            f" own: name one of {listed(echoes)}."
        )
    for name, size in sizes.items():
        text = values.get(name)
        if text is not None and value(text) != size:
            raise SettingError(
                f"{name} is {one_text(size)} in {path}, not {text}: leave {flag_said(name, '')}"
                " out."
            )
    readout = task.readout
    asked, of_file = PREDICTS[readout], PREDICTS[result.readout]
    if asked != of_file and values.get("readout") is None:
        raise SettingError(
            f"{path} predicts {of_file}, and {values['preset']} {asked}:"
            f" name a preset that does as the file does, or say --readout {result.readout}."
        )
    experiment = experiment_of(values | {name: str(size) for name, size in sizes.items()})
    task = experiment.echo
    if len(task.lag) != result.target_count:
        raise SettingError(
            f"{path} predicts {result.target_count} target{'s' * (result.target_count > 1)}"
            f" {PREDICTS[result.readout]}, but lag {','.join(map(str, task.lag))} asks for"
            f" {len(task.lag)}: give as many lags as targets."
        )
    _check_gaps(path, result, experiment)
    return experiment


def _check_gaps(path: str, result: "KerasModel", experiment: Experiment) -> None:
    """A gap is read as the file's layers read it, or not at all."""
    task, vocab_size = experiment.echo, result.vocab_size
    if task.gappy and task.gaps == "masked" and result.gaps == "none":
        raise SettingError(
            f"{path} has no Masking layer, so it does not pass over gaps: leave --missing and"
            " --edges out, or use --gaps dropped."
        )
    room = result.encoding == "scalar" or (
        result.encoding == "bits" and vocab_size & (vocab_size - 1)
    )
    if task.gaps == "marked" and result.gaps != "marked" and not room:
        raise SettingError(
            f"{path} reads {vocab_size} symbols and no mark of a gap: leave --gaps out."
        )
