"""The tables of docs/reference.md, made from the declarations: `python docs/make_reference.py`.

What lies between `<!-- NAME -->` and `<!-- end -->` is replaced; the rest is written by hand.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from echoscope.cli import echoscope as commands
from echoscope.cli.help import first_sentence
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fields import flags, value_of
from echoscope.experiment.presets import PRESETS
from echoscope.experiment.training_config import TrainingConfig
from echoscope.settings import Settings, is_flag
from echoscope.studies.axis import bare, one_text
from echoscope.tasks.base import TASKS
from echoscope.tasks.echo import Echo

PAGE = Path(__file__).parent / "reference.md"
EVERYWHERE = ("store", "as_json", "help", "plugin")


def flag(name: str) -> str:
    """A setting as it is typed."""
    return f"--{name.replace('_', '-')}"


def escaped(text: str) -> str:
    """A text in the cell of a table."""
    return text.replace("|", "\\|")


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    cells = [list(heads), *map(list, rows)]
    lines = [f"| {' | '.join(map(escaped, row))} |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(cells[0]), *lines[1:]])


def settings(kind: type[Settings]) -> str:
    """Every setting of a kind that is a flag: its default, and what it is."""
    return table(
        ("flag", "default", "what it is"),
        (
            (f"`{flag(name)}`", one_text(bare(field.default)), field.metadata["says"])
            for name, field in kind.fields().items()
            if is_flag(field)
        ),
    )


def presets() -> str:
    """The presets, by the settings in which they differ."""
    names = ("window", "lag", "readout", "model", "units", "batch_size", "epochs", "stateful")
    return table(
        ("preset", *names),
        (
            (f"`{name}`", *(one_text(bare(value_of(preset, each))) for each in names))
            for name, preset in PRESETS.items()
            if isinstance(preset.task, Echo)
        ),
    )


def tasks() -> str:
    """Tasks other than the echo: what each is, its settings, and the one that makes it harder."""
    return table(
        ("task and preset", "what it is", "harder by", "flags (defaults)"),
        (
            (
                f"`{kind}`",
                str(task.__doc__).partition("\n")[0],
                f"`{flag(task.difficulty)}`",
                ", ".join(
                    f"`{flag(name)}` ({field.default}): {field.metadata['says']}"
                    for name, field in task.fields().items()
                ),
            )
            for kind, task in TASKS.items()
            if task is not Echo
        ),
    )


def usage(command: click.Command) -> str:
    """How a command is typed, but for what all have."""
    known = set(flags())
    presets = any(parameter.name == "preset" for parameter in command.params)
    collapsed = known if presets else set[str]()
    parts = [
        parameter.make_metavar(click.Context(command))
        for parameter in command.params
        if isinstance(parameter, click.Argument)
    ]
    options = [one for one in command.params if isinstance(one, click.Option)]
    if presets:
        parts.append("[--SETTING VALUE]...")
    for option in options:
        if option.name in EVERYWHERE or option.name in collapsed:
            continue
        names = "|".join([*option.opts, *option.secondary_opts])
        value = "" if option.is_flag or option.secondary_opts else f" {option.metavar}"
        parts.append(f"[{names}{value}]")
    return " ".join(["echoscope", command.name or "", *parts])


def table_of_commands() -> str:
    """Every command: how it is typed, and what it does."""
    return table(
        ("command", "what it does"),
        (
            (f"`{usage(command)}`", first_sentence(command.help or ""))
            for command in commands.commands.values()
        ),
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "task": lambda: settings(Echo),
    "tasks": tasks,
    "experiment": lambda: settings(Experiment),
    "training": lambda: settings(TrainingConfig),
    "presets": presets,
    "commands": table_of_commands,
}


def made(page: str) -> str:
    """The page with its blocks made anew."""

    def block(found: re.Match[str]) -> str:
        return f"<!-- {found[1]} -->\n{BLOCKS[found[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- (\w+) -->\n.*?<!-- end -->", block, page, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text()))
