"""What flags say of a layer: which it is, how wide, and what its class does not say."""

from typing import NamedTuple

import click

from echoscope.cli.options import Command, value, with_plugin
from echoscope.errors import SettingError, shown
from echoscope.measure.layer.options import CARRIES, LAYOUTS, LayerOptions
from echoscope.settings import ByName

FIELDS = LayerOptions.fields()


def with_layer(command: Command) -> Command:
    """A command that opens a layer."""
    options = (
        click.option("--units", metavar="N", help=f"{FIELDS['units'].metadata['says']} (32)."),
        click.option("--layout", metavar="|".join(LAYOUTS), help=_sentence("layout")),
        click.option("--carry", metavar="|".join(CARRIES), help=_sentence("carry")),
        click.option(
            "--set",
            "arguments",
            multiple=True,
            metavar="NAME=VALUE",
            help="an argument of its constructor, as in --set dropout=0.1.",
        ),
    )
    command = with_plugin(command)
    for option in reversed(options):
        command = option(command)
    return command


def _sentence(name: str) -> str:
    return f"{FIELDS[name].metadata['says']}."


class LayerFlags(NamedTuple):
    """The flags of `with_layer` as they were typed."""

    units: str | None = None
    layout: str | None = None
    carry: str | None = None
    arguments: tuple[str, ...] = ()

    @classmethod
    def taken(cls, values: ByName) -> "LayerFlags":
        """Those among a command's values, which has the others left."""
        return cls(**{name: values.pop(name) for name in cls._fields if name in values})

    @property
    def options(self) -> LayerOptions:
        """What they say. Raises `SettingError` for an argument that is no NAME=VALUE."""
        flags = {"units": value(self.units) if self.units is not None else None}
        flags |= {"layout": self.layout, "carry": self.carry}
        known = {name: flag for name, flag in flags.items() if flag is not None}
        return LayerOptions(**known, arguments=dict(map(_argument, self.arguments)))


def _argument(text: str) -> tuple[str, object]:
    name, equals, typed = text.partition("=")
    if not equals or not name.isidentifier():
        raise SettingError(
            f"--set must be NAME=VALUE, an argument of the layer's constructor, not {shown(text)}."
        )
    return name, value(typed)
