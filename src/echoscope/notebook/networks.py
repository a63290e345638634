"""What a notebook shows of networks at work: an echo that emerges."""

from collections.abc import Iterator

from echoscope.emergence.frames import Frame
from echoscope.emergence.pictures import emergence, headline, picture
from echoscope.emergence.watch import Film
from echoscope.notebook.page import blocks_of, page_of
from echoscope.report.document import Block, Picture

__all__ = ["page_of"]


@blocks_of.register
def _(thing: Frame) -> Iterator[Block]:
    yield Picture("frame", headline(thing), picture(thing))


@blocks_of.register
def _(thing: Film) -> Iterator[Block]:
    yield Picture("film", "An echo as it emerges", emergence(thing.frames, thing.name))
