"""The command as it is typed to do the same again."""

import shlex
from collections.abc import Iterator

import click
from click.core import ParameterSource


def again(without: tuple[str, ...] = ()) -> str:
    """The command that is running, with what was typed: but for the options of these names, such as
    where something was saved.
    """
    context = click.get_current_context()
    return shlex.join(["echoscope", context.info_name or "", *_typed(context, without)])


def _typed(context: click.Context, without: tuple[str, ...]) -> Iterator[str]:
    for parameter in context.command.params:
        name = parameter.name or ""
        typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not typed or name in without:
            continue
        value = context.params[name]
        if isinstance(parameter, click.Argument):
            yield str(value)
            continue
        for part in value if parameter.multiple else [value]:
            yield parameter.opts[0]
            if not (isinstance(parameter, click.Option) and parameter.is_flag):
                yield str(part)
