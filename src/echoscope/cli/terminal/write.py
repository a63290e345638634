"""Where everything that the command prints for people goes out: no value in it can tell a terminal
what to do.
"""

import click

from echoscope.errors import plain


class Styled(str):
    """A text with its colours, and nothing else in it that a terminal obeys."""

    __slots__ = ()


def styled(text: str, fg: str | None = None, bold: bool | None = None) -> Styled:
    """A text in a colour, or bold, for `say`."""
    return Styled(click.style(plain(text), fg=fg, bold=bold))


def say(*parts: str, err: bool = False) -> None:
    r"""Print parts in one go, on standard error if `err`; what a terminal would obey is shown as
    \x1b and the like.
    """
    click.echo(
        "".join(part if isinstance(part, Styled) else plain(part) for part in parts), err=err
    )
