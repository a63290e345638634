"""Flags: every field of `Task`, `Fit` and `Experiment` under its own name, with its own sentence."""

import os
from collections.abc import Callable
from typing import Any

import click

from echoscope.experiment import FITS, PRESETS, Experiment, Fit, preset
from echoscope.store import Store
from echoscope.task import Task

Command = Callable[..., Any]

NAMES = [name for kind in (Task, Experiment, Fit) for name in kind.fields() if name not in ("task", "fit")]


def value(text: str) -> Any:
    """What a flag's text says: none, an integer, a number, or the text itself. The word's own rule judges it."""
    if text.lower() == "none":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def words_of(given: dict[str, Any]) -> dict[str, Any]:
    """The words said by flags, as values. `--lag 4,3` says several lags."""
    said = {name: given[name] for name in NAMES if given.get(name) is not None}
    return {name: tuple(map(value, text.split(","))) if name == "lag" else value(text) for name, text in said.items()}


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
                command = click.option(f"--{name}", metavar=metavar, help=field.metadata["says"] + ".")(command)
    command = click.option("--fit", default="tutorial", metavar="|".join(FITS), show_default=True,
                           help="the tutorials' exact work, or fresh windows until it is solved.")(command)  # fmt: skip
    return click.argument("preset", metavar="|".join(PRESETS))(command)


def with_store(command: Command) -> Command:
    """A command that reads or writes records."""
    return click.option("--store", default=lambda: os.environ.get("ECHOSCOPE_STORE") or "echoes", metavar="FOLDER",
                        callback=lambda _, __, folder: Store(folder),
                        help="where records live (else $ECHOSCOPE_STORE, else ./echoes).")(command)  # fmt: skip


def with_json(command: Command) -> Command:
    """A command that can print one JSON document instead of a page."""
    return click.option("--json", "as_json", is_flag=True, help="print one JSON document and nothing else.")(command)


def with_record(command: Command) -> Command:
    """A command that uses one record."""
    return click.option("--record", "identity", metavar="ID", help="which record, its start is enough (the latest).")(
        with_store(command)
    )
