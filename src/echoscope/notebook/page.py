"""The page of a thing as a notebook shows it. How a class of things is shown is registered by the
modules beside this one.
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from html import escape
from importlib.resources import files

from echoscope.figures.notebook import svg_of
from echoscope.report.document import Block, Heading, Picture
from echoscope.report.html import part


@dataclass(frozen=True)
class Folded:
    """Blocks under a heading that opens them."""

    text: str
    blocks: tuple[Block, ...]


def page_of(thing: object) -> str:
    """The page of a thing as HTML that runs nothing and asks no host; all texts are escaped.

    >>> page_of(demand(preset("lag").task, preset("lag").training)).startswith("<div")
    True
    """
    style = (files("echoscope.notebook") / "page.css").read_text()
    blocks = "".join(map(_html, blocks_of(thing)))
    return f'<div class="echoscope"><style>\n{style}</style>{blocks}</div>'


@singledispatch
def blocks_of(thing: object) -> Iterator[Block | Folded]:
    """The blocks of a thing, as a report has them."""
    raise TypeError(f"{type(thing).__name__} has no page.")


def _html(block: Block | Folded) -> str:
    if isinstance(block, Folded):
        inner = "".join(map(_html, block.blocks))
        return f"<details><summary>{escape(block.text)}</summary>{inner}</details>"
    if isinstance(block, Heading):
        return f"<p><b>{escape(block.text)}</b></p>"
    if isinstance(block, Picture):
        drawn = b64encode(svg_of(block.chart).encode()).decode()
        return f'<img alt="{escape(block.says)}" src="data:image/svg+xml;base64,{drawn}">'
    return part(block)
