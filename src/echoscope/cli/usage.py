"""What is wrong with a command line, in a sentence that leads to the right one."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import click

from echoscope.experiment.presets import PRESETS
from echoscope.synonyms import COMMANDS, flag_said, meant

VOWELS = ("A", "E", "I", "O", "U")


def sentence(error: click.ClickException) -> str:
    """The sentence for what click noticed: what is wrong, and what to type."""
    if isinstance(error, click.BadOptionUsage) and "requires an argument" in error.message:
        return f"{error.option_name} needs a value: write one behind it."
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return error.format_message()
    name = text(context)
    see = f"see {name} --help."
    if isinstance(error, click.NoSuchOption):
        option = error.option_name.lstrip("-")
        return f"No such option {error.option_name!r}: {_option(option, context) or see}"
    if isinstance(error, click.MissingParameter):
        example = getattr(context.command, "examples", (f"{name} --help",))[0]
        return f"{context.command.name} needs {_needed(error)}, as in {example}."
    return f"{error.format_message().rstrip('.')}: {see}"


def text(context: click.Context) -> str:
    """A command as it is typed, whatever the program is called."""
    name = context.command.name or ""
    return "echoscope" if context.parent is None else f"echoscope {name}"


def no_command(value: str, commands: Mapping[str, click.Command]) -> str:
    """The sentence for a command that there is not: what was meant, if that can be told."""
    start = f"No such command {value!r}"
    if value in PRESETS:
        return f"{start}: did you mean echoscope run {value}?"
    if Path(value).suffix == ".toml":
        return f"{start}: did you mean echoscope sweep {value}?"
    meant_name = COMMANDS.get(value.lower(), value.lower())
    close = [meant_name] if meant_name in commands or meant_name.startswith("--") else []
    close = close or get_close_matches(meant_name, [*commands, *PRESETS], n=1)
    if not close:
        return f"{start}: see echoscope --help."
    return f"{start}: did you mean echoscope {'run ' if close[0] in PRESETS else ''}{close[0]}?"


def _option(value: str, context: click.Context) -> str:
    command = context.command
    if isinstance(command, click.Group) and any(
        value.replace("-", "_") in _flags(item) for item in command.commands.values()
    ):
        return "it stands behind the command, as in echoscope runs --json."
    return meant(value, _flags(command), flag_said)


def _flags(command: click.Command) -> list[str]:
    return [
        flag.lstrip("-").replace("-", "_")
        for item in command.params
        if isinstance(item, click.Option)
        for flag in item.opts
    ]


def _needed(error: click.MissingParameter) -> str:
    parameter = error.param
    name = (parameter.metavar or (parameter.name or "").upper()) if parameter else "more"
    *most, last = name.strip("[].").split("|")
    return (
        f"one of {', '.join(most)} or {last}"
        if most
        else f"{'an' if last[:1] in VOWELS else 'a'} {last}"
    )
