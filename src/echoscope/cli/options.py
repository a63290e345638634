"""Flags: every field of `Task`, `Fit` and `Experiment` under its own name, with its own
sentence.
"""

from collections.abc import Callable
from typing import Any

import click

from echoscope import reading
from echoscope.errors import IntegerError, plain
from echoscope.experiment.experiment import Experiment, Fit
from echoscope.experiment.presets import FITS, PRESETS, preset
from echoscope.experiment.user_data import checked, settled
from echoscope.integers import MOST_SYMBOLS
from echoscope.settings import is_flag
from echoscope.store import Store, usual_store
from echoscope.studies.axis import value_of as value
from echoscope.tasks.echo import Task

Command = Callable[..., Any]

NAMES = [
    name
    for kind in (Task, Experiment, Fit)
    for name, field in kind.fields().items()
    if is_flag(field)
]


def words_of(given: dict[str, Any]) -> dict[str, Any]:
    """The words said by flags, as values. `--lag 4,3` says several lags."""
    said = {name: given[name] for name in NAMES if given.get(name) is not None}
    return {
        name: tuple(map(value, text.split(","))) if name == "lag" else value(text)
        for name, text in said.items()
    }


def experiment_of(given: dict[str, Any]) -> Experiment:
    """The preset with the flags' words."""
    return preset(given["preset"], given["fit"], **words_of(given))


def with_words(command: Command) -> Command:
    """A command that takes a preset and every word."""
    for kind in (Fit, Experiment, Task):
        for name, field in reversed(kind.fields().items()):
            if name in NAMES:
                choices = field.metadata.get("choices")
                metavar = "|".join(choices) if choices else "N"
                command = click.option(
                    f"--{name}", metavar=metavar, help=field.metadata["says"] + "."
                )(command)
    command = click.option(
        "--fit",
        default="tutorial",
        metavar="|".join(FITS),
        show_default=True,
        help="the tutorials' exact work, or fresh windows until it is solved.",
    )(command)
    return click.argument("preset", metavar="|".join(PRESETS))(command)


def with_own(command: Command) -> Command:
    """A command that takes own integers from a file."""
    options = (
        click.option(
            "--file",
            "file",
            metavar="FILE",
            help="own integers: a column of a .csv or .parquet, or a .npy.",
        ),
        click.option(
            "--column", metavar="NAME", help="which column of --file, by its name or number."
        ),
        click.option(
            "--header/--no-header",
            default=None,
            help="whether the first row of --file names its columns.",
        ),
        click.option("--text", metavar="FILE", help="own integers: the bytes of a file, 0 to 255."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def own_of(given: dict[str, Any]) -> tuple[Experiment, Any, str]:
    """The experiment with the flags' words, the own integers it learns from (None: random ones) and
    their source.

    Where the flags do not say how many symbols there are, own integers do: one more than the
    largest.
    """
    file, column, header, text = (given.pop(name) for name in ("file", "column", "header", "text"))
    experiment = experiment_of(given)
    if not file and not text:
        reading.no_file(column, header)
        return experiment, None, ""
    if file and text:
        raise IntegerError(
            "Integers must come from one place, not from --file and --text: choose one."
        )
    symbols = experiment.task.symbols if given.get("symbols") is not None else MOST_SYMBOLS
    gaps = experiment.task.gappy
    found = (
        reading.from_text(text, symbols)
        if text
        else reading.from_file(file, column, symbols, gaps, header)
    )
    if given.get("symbols") is None:
        experiment = experiment.change(
            symbols=reading.BYTES if text else int(found.max(initial=1)) + 1
        )
    experiment = settled(experiment, found)
    source = plain(
        f"{file}, column {column}" if column else file or text
    )  # no database holds bytes that are no text
    return experiment, checked(experiment, found), source


def next_step(command: str, store: Store) -> str:
    """A command that goes on with a store, as it is typed."""
    return f"next: {store.typed(command)}"


def with_store(command: Command) -> Command:
    """A command that reads or writes records."""
    return click.option(
        "--store",
        default=usual_store,
        metavar="FOLDER",
        callback=lambda _, __, folder: Store(folder),
        help="where records live (else $ECHOSCOPE_STORE, else ./echoes).",
    )(command)


def with_json(command: Command) -> Command:
    """A command that can print one JSON document instead of a page."""
    return click.option(
        "--json", "as_json", is_flag=True, help="print one JSON document and nothing else."
    )(command)


def with_use(command: Command) -> Command:
    """A command that uses a network in its own way, or in another."""
    return click.option(
        "--use",
        metavar="windows|continuous",
        help=(
            "use the network in another way than it was scored "
            "in: each window from the initial state, or one state kept throughout."
        ),
    )(command)


def with_record(command: Command) -> Command:
    """A command that uses one record."""
    return click.option(
        "--record", "identity", metavar="ID", help="which record, its start is enough (the latest)."
    )(with_store(command))
