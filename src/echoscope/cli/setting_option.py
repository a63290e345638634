"""The flag of a setting, made from its declaration."""

from collections.abc import Sequence

import click

from echoscope.settings import SettingField


class SettingOption(click.Option):
    """`--name` with the setting's own sentence, and its choices where it has some."""

    def __init__(self, name: str | Sequence[str], field: SettingField) -> None:
        (name,) = [name] if isinstance(name, str) else name
        choices = field.metadata.get("choices")
        metavar = "|".join(choices) if choices else "true|false" if field.type is bool else "N"
        flag, text = f"--{name.replace('_', '-')}", field.metadata["says"] + "."
        super().__init__([flag], metavar=metavar, help=text)
