"""Commands whose help is in whole sentences: examples that work first, and options by what they are
about.
"""

from collections import UserDict
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import chain
from keyword import iskeyword
from typing import Any

import click

from echoscope.cli.setting_option import SettingOption
from echoscope.cli.usage import no_command
from echoscope.experiment.experiment import Experiment, TrainingConfig
from echoscope.experiment.fields import flags, taken
from echoscope.experiment.presets import PRESETS
from echoscope.registry import TYPED, load_file, load_installed
from echoscope.tasks.base import ECHO, TASKS

MOST_WIDE, NARROW = 100, 60
SEQUENCE = (
    "file",
    "column",
    "header",
    "missing_values",
    "separator",
    "group",
    "text",
    "categories",
    "bins",
    "equal",
    "max_values",
    "unknown",
    "folds",
)
PLACES = ("plugin", "identity", "store", "as_json", "figure", "report")
TRAINING = (
    "fit",
    *TrainingConfig.fields(),
    "seeds",
    "workers",
    "dask",
    "group_size",
    "retry",
    "no_weights",
    "dry_run",
    "timed",
)
Sections = tuple[tuple[str, tuple[str, ...]], ...]
UNLOADED = click.Command(None)
REST, HELP = "What it does", "Help"


def _sections() -> Sections:
    """Headings, and the options under each: the echo's settings, then what other tasks add."""
    tasks = [
        ("The task" if kind == ECHO else f"The task {kind}", tuple(task.fields()))
        for kind, task in TASKS.items()
    ]
    return (
        *tasks,
        ("The model", tuple(name for name in Experiment.fields() if name not in TRAINING)),
        ("The training", TRAINING),
        ("Your own sequence", SEQUENCE),
        ("From where, and to where", PLACES),
    )


def command(*examples: str, **options: Any) -> Callable[[Callable[..., object]], "Manual"]:
    """A command with examples, the first of which is the one to start with."""

    def made(function: Callable[..., object]) -> Manual:
        return click.command(cls=Manual, examples=examples, **options)(function)

    return made


class _Fitting(click.Command):
    """A command whose help fits the terminal, also a narrow one."""

    def get_help(self, ctx: click.Context) -> str:
        import shutil

        wide = min(shutil.get_terminal_size().columns, MOST_WIDE)
        formatter = click.HelpFormatter(width=max(wide - 1, 20))
        self.format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")


class Manual(_Fitting):
    """One command."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples = tuple(examples)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its arguments and options, with a flag for each setting that there is by now."""
        own, help_option = list(self.params), self.get_help_option(ctx)
        if any(isinstance(parameter, SettingOption) for parameter in own):
            known = {parameter.name for parameter in own}
            own += [SettingOption(name, it) for name, it in flags().items() if name not in known]
        return own if help_option is None else [*own, help_option]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse an unknown option also where integers that begin with - keep click from noticing
        it; what stands behind -- is no option.
        """
        options = args[: args.index("--")] if "--" in args else list(args)
        known = {parameter.name for parameter in self.params}
        if "plugin" in known:
            _load_plugins(args)
        if any(isinstance(parameter, SettingOption) for parameter in self.params):
            if not any(argument in PRESETS for argument in args):
                load_installed()
            others = [it for it in self.get_params(ctx) if not isinstance(it, SettingOption)]
            typed = {flag for other in others for flag in (*other.opts, *other.secondary_opts)}
            for name, field in flags().items():
                if not typed.isdisjoint(SettingOption(name, field).opts):
                    raise taken(name, "flag")
        rest = super().parse_args(ctx, args)
        for values in ctx.params.values() if ctx.ignore_unknown_options else ():
            for value in values if isinstance(values, tuple) else ():
                if value.startswith("--") and value in options:
                    raise click.NoSuchOption(value, ctx=ctx)
        return rest

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """How it is typed: its arguments, and that options follow."""
        formatter.write_usage(
            f"echoscope {self.name}", " ".join([*self.collect_usage_pieces(ctx)[1:], "[OPTIONS]"])
        )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, then options by what they are about."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")
        rows: dict[str, list[tuple[str, str]]] = {}
        sections = _sections()
        for parameter in self.get_params(ctx):
            entry = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if entry is not None:
                other = HELP if parameter is self.get_help_option(ctx) else REST
                heading = next((head for head, names in sections if parameter.name in names), other)
                rows.setdefault(heading, []).append((entry[0], sentence(entry[1])))
        for heading in (REST, *(head for head, _ in sections), HELP):
            if heading in rows:
                with formatter.section(heading):
                    formatter.write_dl(
                        rows[heading], col_max=10 if formatter.width < NARROW else 30
                    )


def _load_plugins(args: Sequence[str]) -> None:
    """Run the files that `--plugin` names: what they register is known from then on."""
    TYPED.clear()
    for place, argument in enumerate(args):
        name, _, path = argument.partition("=")
        path = path or "".join(args[place + 1 : place + 2])
        if name == "--plugin" and path:  # click refuses it without one
            load_file(path)
            TYPED.append(path)


class OnDemand(UserDict[str, click.Command]):
    """Commands by name, each loaded when it is asked for: `commands/NAME.py` has it as `NAME`."""

    def __getitem__(self, name: str) -> click.Command:
        if self.data[name] is UNLOADED:
            known = f"{name}_" if iskeyword(name) else name
            self.data[name] = getattr(import_module(f"echoscope.cli.commands.{known}"), known)
        return self.data[name]


class Group(_Fitting, click.Group):
    """All commands, in sections and in the order of use."""

    def __init__(self, *args: Any, sections: dict[str, Sequence[str]], **settings: Any) -> None:
        names = dict.fromkeys(chain(*sections.values()), UNLOADED)
        super().__init__(*args, commands=OnDemand(names), **settings)
        self.sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order of use."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with their first sentence, whole."""
        for heading, commands in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [(name, first_sentence(self.commands[name].help or "")) for name in commands]
                )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named, or the sentence that leads to one."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            raise click.ClickException(no_command(args[0], self.commands))
        return super().resolve_command(ctx, args)


def sentence(text: str) -> str:
    """A help text as a sentence; the name of a value that it begins with stays as it is typed.

    >>> sentence("width of the memory."), sentence("carried: from the state before.")
    ('Width of the memory.', 'carried: from the state before.')
    """
    first = text.split(" ", 1)[0]
    return text if first.endswith(":") else text[:1].upper() + text[1:]


def first_sentence(text: str) -> str:
    """The first sentence of a help text, in one line."""
    return " ".join(text.split("\n\n", 1)[0].split())
