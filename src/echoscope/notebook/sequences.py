"""What a notebook shows of sequences: as they were read, inspected, and learned."""

from collections.abc import Iterator
from pathlib import Path

from echoscope.experiment.user_data import UserData
from echoscope.information.inspection import Inspection
from echoscope.notebook.page import blocks_of, page_of
from echoscope.reading.column import Column
from echoscope.report.beside import BesideRules, beside_blocks
from echoscope.report.document import Block, Sentences
from echoscope.report.inspection import inspection_blocks

__all__ = ["page_of"]


@blocks_of.register
def _(thing: Inspection) -> Iterator[Block]:
    yield from inspection_blocks(thing, every_lag=False)


@blocks_of.register
def _(thing: BesideRules) -> Iterator[Block]:
    yield from beside_blocks(thing)


@blocks_of.register
def _(thing: UserData) -> Iterator[Block]:
    recoded = [f"Recoded: {thing.recoding.described}."] if thing.recoding else []
    yield Sentences((f"{repr(thing)[1:-1]}.", *recoded))


@blocks_of.register
def _(thing: Column) -> Iterator[Block]:
    yield Sentences((f"{Path(thing.name).name}: {thing.understood}",))
