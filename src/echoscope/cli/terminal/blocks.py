"""A document on a terminal, block by block: what a page has, but for its pictures."""

import textwrap
from collections.abc import Iterable

from echoscope.analysis.table import Table
from echoscope.cli.terminal import screen, tables
from echoscope.cli.terminal.write import say, styled
from echoscope.errors import plain
from echoscope.report.document import Block, Command, Heading, Sentences

INDENT = " " * 7
VALUE = 6  # columns of most values
NUMBERED = 12  # columns of a number
LEAST_BAR = 4
FAULT, NONE = "FAULT", "-"


def show(blocks: Iterable[Block]) -> None:
    """Print blocks; the looks of an X-ray with their sentences below them."""
    for block in blocks:
        if isinstance(block, Heading):
            screen.title(block.text)
        elif isinstance(block, Sentences):
            for text in block.texts:
                screen.paragraph(text, "  " if block.listed else "")
        elif isinstance(block, Command):
            say(f"  {block.text}")
        elif isinstance(block, Table) and block.title == "The layer":
            _facts(block)
        elif isinstance(block, Table) and block.title == "Looks":
            _looks(block)
        elif isinstance(block, Table) and block.title == "Reach":
            _bars(block)
        elif isinstance(block, Table):
            tables.show(block)


def _facts(table: Table) -> None:
    """Rows of a name, a value and what it is, which goes on below itself."""
    wide = max(len(name) for name, *_ in table.rows)
    for name, value, meaning in table.rows:
        before = f"  {name:{wide}}  {plain(value)}"
        text = f"{before:{wide + 4 + VALUE}}  {meaning}".rstrip()
        below = " " * (wide + 4)
        say(textwrap.fill(text, max(screen.width(), 20), subsequent_indent=below))


def _bars(table: Table) -> None:
    """Rows that end in a bar, which begins at the left; all bars are shorter where the terminal is
    narrow.
    """
    longest = max((len(bar) for *_, bar in table.rows), default=0)
    before = [
        f"  {'  '.join(f'{cell:>{NUMBERED - 4}}' for cell in cells)}" for *cells, _ in table.rows
    ]
    room = max(screen.width() - max(map(len, before), default=0) - 2, LEAST_BAR)
    for text, (*_, bar) in zip(before, table.rows, strict=True):
        shown = bar[: -(-len(bar) * min(room, longest) // max(longest, 1))]
        say(f"{text}  {shown}".rstrip())
    for note in table.notes:
        screen.paragraph(note)


def _looks(table: Table) -> None:
    wide = max(len(label) for _, label, *_ in table.rows)
    for mark, label, measured, limit, reason in table.rows:
        held = f"at most {limit}" if limit != NONE else ""
        shown = "" if measured == NONE else measured
        colour = styled(f"{mark:5}", fg="red", bold=True) if mark == FAULT else f"{mark:5}"
        number = f"{shown:>{NUMBERED}}  {held}".rstrip()
        if len(INDENT) + wide + 2 + len(number) <= screen.width():
            say(colour, f"  {label:{wide}}  {number}".rstrip())
        else:
            say(colour, f"  {label}")
            say(f"{INDENT}{number.strip()}".rstrip())
        lines = textwrap.wrap(reason, max(screen.width() - len(INDENT), 20))
        say(textwrap.indent("\n".join(lines), INDENT))
    for note in table.notes:
        screen.paragraph(note)
