"""The flag of a setting, made from its declaration."""

from collections.abc import Sequence

import click

from echoscope.settings import SettingField

WIDEST = 60  # letters of choices that stand beside a flag; more are told in its sentence


class SettingOption(click.Option):
    """`--name` with the setting's own sentence, and its choices where it has some."""

    def __init__(self, name: str | Sequence[str], field: SettingField) -> None:
        (name,) = [name] if isinstance(name, str) else name
        choices = field.metadata.get("choices")
        metavar = "|".join(choices) if choices else "true|false" if field.type is bool else "N"
        flag, text = f"--{name.replace('_', '-')}", field.metadata["says"]
        if choices and len(metavar) > WIDEST:
            *most, last = choices
            metavar, text = "NAME", f"{text}: {', '.join(most)} or {last}"
        super().__init__([flag], metavar=metavar, help=text + ".")
