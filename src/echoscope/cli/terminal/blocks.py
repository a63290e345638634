"""A document on a terminal, block by block: what a page has, but for its pictures."""

import textwrap
from collections.abc import Iterable

from echoscope.analysis.table import Table
from echoscope.cli.terminal import screen, tables
from echoscope.cli.terminal.write import say, styled
from echoscope.report.document import Block, Command, Heading, Sentences

INDENT = " " * 7
NUMBERED = 12  # columns of a number
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
        elif isinstance(block, Table) and block.title == "Looks":
            _looks(block)
        elif isinstance(block, Table) and block.title == "Reach":
            _bars(block)
        elif isinstance(block, Table):
            tables.show(block)


def _bars(table: Table) -> None:
    """Rows that end in a bar, which begins at the left."""
    for *cells, bar in table.rows:
        say(f"  {'  '.join(f'{cell:>{NUMBERED - 4}}' for cell in cells)}  {bar}".rstrip())
    for note in table.notes:
        screen.paragraph(note)


def _looks(table: Table) -> None:
    wide = max(len(label) for _, label, *_ in table.rows)
    for mark, label, number, limit, reason in table.rows:
        held = f"at most {limit}" if limit != NONE else ""
        shown = "" if number == NONE else number
        colour = styled(f"{mark:5}", fg="red", bold=True) if mark == FAULT else f"{mark:5}"
        say(colour, f"  {label:{wide}}  {shown:>{NUMBERED}}  {held}".rstrip())
        lines = textwrap.wrap(reason, max(screen.width() - len(INDENT), 20))
        say(textwrap.indent("\n".join(lines), INDENT))
    for note in table.notes:
        screen.paragraph(note)
