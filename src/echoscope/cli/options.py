"""Flags: every setting under its own name, with its own sentence; and what else commands share."""

from collections.abc import Callable

import click

from echoscope.cli.setting_option import SettingOption
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fields import flags
from echoscope.experiment.presets import FITS, PRESETS, preset
from echoscope.settings import ByName
from echoscope.store import Store, usual_store
from echoscope.studies.axis import settings_of as settings_of_texts
from echoscope.studies.axis import value_of

Command = Callable[..., object]
value = value_of  # what the text of a flag says


def settings_of(values: ByName) -> ByName:
    """The settings said by flags, as values. `--lag 4,3` says several lags, and so does `0..7`."""
    return settings_of_texts({n: values[n] for n in flags() if values.get(n) is not None})


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


FOLDS = click.option(
    "--folds",
    metavar="N",
    help="hold out N stretches of user data, one after the other, each after all it trains on.",
)


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
