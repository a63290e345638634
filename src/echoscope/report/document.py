"""What a report is made of, before it is a page: headings, sentences, tables, pictures and
commands, in order.
"""

from dataclasses import dataclass

from echoscope.analysis.table import Table
from echoscope.figures.style import Chart
from echoscope.html_repr import HtmlRepr


@dataclass(frozen=True)
class Heading:
    """The title of a part."""

    text: str


@dataclass(frozen=True)
class Sentences:
    """A paragraph, or several sentences as a list where they are `listed`."""

    texts: tuple[str, ...]
    listed: bool = False


@dataclass(frozen=True)
class Picture:
    """An Altair chart under the name of its figure."""

    name: str
    says: str
    chart: Chart


@dataclass(frozen=True)
class Command:
    """A line to type."""

    text: str


Block = Heading | Sentences | Table | Picture | Command


@dataclass(frozen=True)
class Document(HtmlRepr):
    """A report: its title, and its blocks in order. All texts are plain: what writes a page escapes
    them.
    """

    title: str
    blocks: tuple[Block, ...]
