"""Flags: every setting under its own name, with its own sentence; and what else commands share."""

from collections.abc import Callable
from itertools import chain

import click

from echoscope import reading
from echoscope.cli.setting_option import SettingOption
from echoscope.errors import IntegerError, listed, plain
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fields import flags
from echoscope.experiment.presets import FITS, PRESETS, preset
from echoscope.experiment.user_data import UserData, settled
from echoscope.integers import MOST_VOCAB_SIZE, Integers
from echoscope.settings import ByName
from echoscope.store import Store, usual_store
from echoscope.studies.axis import value_of as value
from echoscope.studies.axis import values_of

Command = Callable[..., object]


def settings_of(values: ByName) -> ByName:
    """The settings said by flags, as values. `--lag 4,3` says several lags, and so does `0..7`."""
    texts = {name: values[name] for name in flags() if values.get(name) is not None}
    return {
        name: tuple(chain(*values_of(name, text))) if name == "lag" else value(text)
        for name, text in texts.items()
    }


def experiment_of(values: ByName) -> Experiment:
    """The preset with the flags' settings."""
    return preset(values["preset"], values["fit"], **settings_of(values))


def with_settings(command: Command) -> Command:
    """A command that takes a preset and every setting."""
    for name, field in reversed(flags().items()):
        command = click.option(name, field=field, cls=SettingOption)(command)
    command = click.option(
        "--fit",
        default="tutorial",
        metavar="|".join(FITS),
        show_default=True,
        help="the tutorials' exact work, or fresh windows until it is solved.",
    )(command)
    return click.argument("preset", metavar="|".join(PRESETS))(command)


def with_data(command: Command) -> Command:
    """A command that takes user data from a file."""
    options = (
        click.option(
            "--file",
            "file",
            metavar="FILE",
            help="user data: a column of a .csv or .parquet, or a .npy.",
        ),
        click.option(
            "--column", metavar="NAME", help="which column of --file, by its name or number."
        ),
        click.option(
            "--header/--no-header",
            default=None,
            help="whether the first row of --file names its columns.",
        ),
        click.option("--text", metavar="FILE", help="user data: the bytes of a file, 0 to 255."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def data_of(values: ByName) -> tuple[Experiment, UserData | None, str]:
    """The experiment with the flags' settings, the user data it trains on (None: random ones) and
    their source.

    Where the flags do not say how many symbols there are, user data do: one more than the
    largest.
    """
    file, column, header, text = (values.pop(name) for name in ("file", "column", "header", "text"))
    experiment = experiment_of(values)
    vocab_size = (
        experiment.task.vocab_size if values.get("vocab_size") is not None else MOST_VOCAB_SIZE
    )
    result = integers_named(file, column, header, text, vocab_size, experiment.task.gappy)
    if result is None:
        return experiment, None, ""
    if values.get("vocab_size") is None:
        experiment = experiment.change(
            vocab_size=reading.BYTES if text else int(result.max(initial=1)) + 1
        )
    data = UserData(result)
    experiment = settled(experiment, data)
    source = plain(
        f"{file}, column {column}" if column else file or text
    )  # no database holds bytes that are no text
    return experiment, UserData.of(experiment, data), source


def integers_named(
    file: str | None,
    column: str | None,
    header: bool | None,
    text: str | None,
    vocab_size: int,
    gaps: bool,
    numbers: tuple[str, ...] = (),
) -> Integers | None:
    """The integers of a command line: those it has, or those of the file or the text that it names;
    None where it has none of these.
    """
    places = (("integers", numbers), ("--file", file), ("--text", text))
    sources = [name for name, value in places if value]
    if len(sources) > 1:
        raise IntegerError(
            f"Integers must come from one place, not from {listed(sources)}: choose one."
        )
    if file:
        return reading.from_file(file, column, vocab_size, gaps, header)
    reading.no_file(column, header)
    if text:
        return reading.from_text(text, vocab_size)
    return reading.from_arguments(numbers, vocab_size, gaps) if numbers else None


def next_step(command: str, store: Store) -> str:
    """A command that goes on with a store, as it is typed."""
    return f"next: {store.typed(command)}"


def with_plugin(command: Command) -> Command:
    """A command that may use layers and tasks from outside the package; `help.Manual` runs the file
    before it reads the other flags, for it may bring some.
    """
    return click.option(
        "--plugin",
        metavar="FILE.py",
        multiple=True,
        expose_value=False,
        help="run a Python file that registers layers (as models) or tasks (as presets).",
    )(command)


def with_store(command: Command) -> Command:
    """A command that reads or writes runs."""
    command = with_plugin(command)
    return click.option(
        "--store",
        default=usual_store,
        metavar="FOLDER",
        callback=lambda _, __, folder: Store(folder),
        help="where runs live (else $ECHOSCOPE_STORE, else ./echoes).",
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


def with_run(command: Command) -> Command:
    """A command that uses one run."""
    return click.option(
        "--run", "identity", metavar="ID", help="which run, its start is enough (the latest)."
    )(with_store(command))
