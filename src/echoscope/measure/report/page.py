"""The page of a memory report: one sentence first, then all that it rests on."""

from collections.abc import Callable, Iterator

from echoscope.analysis.table import Table
from echoscope.figures.style import Chart
from echoscope.measure.baselines import measured
from echoscope.measure.baselines.measured import PARTS
from echoscope.measure.report import pictures, tables
from echoscope.measure.report.words import AXES, headline, looked_at
from echoscope.measure.results import MemoryReport
from echoscope.measure.xray.page import xray_document
from echoscope.report.document import Block, Command, Document, Heading, Picture, Sentences


def document_of(report: MemoryReport, drawn: bool = True) -> Document:
    """The report as a document, with pictures where they are `drawn`."""
    looked = xray_document(report.xray, drawn).blocks[1:]
    blocks = (*first_blocks(report), *looked, *measured_blocks(report, drawn))
    return Document(f"What {report.xray.identity.source} remembers", blocks)


def first_blocks(report: MemoryReport) -> tuple[Block, ...]:
    """The sentence that says it, and what is not settled."""
    first = Sentences((headline(report), looked_at(report)))
    if not report.unsettled:
        return (first,)
    return first, Heading("Not settled"), Sentences(report.unsettled, listed=True)


def measured_blocks(report: MemoryReport, drawn: bool = True) -> tuple[Block, ...]:
    """All that follows the X-ray: what was trained, and how."""
    return tuple(block for block in _blocks(report, drawn) if block is not None)


def _blocks(report: MemoryReport, drawn: bool) -> Iterator[Block | None]:
    yield from _measured(report, drawn)
    rows = tuple(row for row in report.baselines if row.bits)
    if rows:
        yield Heading("Beside it")
        yield tables.baselines_table(rows)
    known = measured.settings()
    if report.vocab_size == known["vocab_size"] and any(getattr(report, name) for name in PARTS):
        yield Heading("What others hold")
        yield tables.known_table(measured.measured(), known)
    yield Heading("How it was measured")
    yield settings_table(report)
    yield Command(report.command)


def _measured(report: MemoryReport, drawn: bool) -> Iterator[Block | None]:
    """What needs training."""

    def picture(name: str, says: str, chart: Callable[[], Chart]) -> Picture | None:
        return Picture(name, says, chart()) if drawn else None

    if any(getattr(report, name) for name in AXES):
        yield Heading("Three axes")
        yield picture("axes", "How far on three axes", lambda: pictures.three_axes(report))
        yield tables.axes_table(report)
    bits = report.bits
    if bits:
        yield Heading("Bits by lag")
        vocab = report.vocab_size
        yield picture("bits", "Where the bits sit", lambda: pictures.by_lag(bits, vocab))
        yield tables.bits_table(bits)
        yield tables.lags_table(bits)
    for name in AXES:
        axis = getattr(report, name)
        if axis:
            yield Heading(f"Learning: {name}")
            yield tables.trials_table(axis)
    precision, further = report.precision, report.extrapolation
    if precision:
        yield Heading("Precision")
        says = "How fine the state must be"
        yield picture("precision", says, lambda: pictures.by_precision(precision))
        yield tables.precision_table(precision)
    if further:
        yield Heading("Extrapolation")
        says = "Beyond the training length"
        yield picture("extrapolation", says, lambda: pictures.beyond(further))
        yield tables.extrapolation_table(further)


def settings_table(report: MemoryReport) -> Table:
    """Which layer it was, and how it was trained."""
    identity = report.xray.identity
    rows = [
        ("class", identity.kind),
        ("framework", identity.framework),
        ("door", identity.door),
        ("hash of its source", identity.hash or "-"),
        *identity.told,
        ("symbols", str(report.vocab_size)),
        *report.settings,
        ("budget", f"{report.budget:g} s"),
        ("took", f"{report.seconds:.0f} s"),
    ]
    return Table("Settings", ("setting", "value"), tuple(rows), named=1)
