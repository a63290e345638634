"""What a notebook shows of layers that were looked at, measured, compared, or read from arrays."""

from collections.abc import Iterator

from echoscope.measure.comparison.difference import LayerComparison
from echoscope.measure.report.compared import compared_table, sentence
from echoscope.measure.results import MemoryReport, XRay
from echoscope.measure.traces.page import trace_blocks
from echoscope.measure.traces.scored import TraceReport
from echoscope.notebook.page import Folded, blocks_of, page_of
from echoscope.report.document import Block, Sentences

__all__ = ["page_of"]


@blocks_of.register
def _(thing: MemoryReport) -> Iterator[Block | Folded]:
    from echoscope.measure.report.page import first_blocks, measured_blocks
    from echoscope.measure.xray.page import xray_document

    yield from first_blocks(thing)
    yield from measured_blocks(thing)
    yield Folded("The X-ray", xray_document(thing.xray, drawn=True).blocks)


@blocks_of.register
def _(thing: XRay) -> Iterator[Block]:
    from echoscope.measure.xray.page import xray_document

    yield from xray_document(thing, drawn=True).blocks


@blocks_of.register
def _(thing: LayerComparison) -> Iterator[Block]:
    yield Sentences((sentence(thing),))
    if thing.differences:
        yield compared_table(thing)


@blocks_of.register
def _(thing: TraceReport) -> Iterator[Block]:
    yield from trace_blocks(thing)
