"""The page of traces: what is held and told at each lag, as blocks."""

from dataclasses import asdict

from echoscope.analysis.table import Table, count, percent, three_digits
from echoscope.measure.results import MeasuredValue
from echoscope.measure.traces.scored import TracedLag, TraceReport
from echoscope.report.document import Block, Heading, Sentences
from echoscope.settings import Json


def trace_blocks(report: TraceReport) -> tuple[Block, ...]:
    """The sentence that says it, what does not fit, the lags, and what was scored."""
    blocks: list[Block] = [Sentences((trace_sentence(report),))]
    if report.warnings:
        blocks.append(Sentences(report.warnings, listed=len(report.warnings) > 1))
    return (*blocks, Heading("Bits by lag"), lags_table(report), traces_table(report))


def trace_json(report: TraceReport) -> Json:
    """The traces as JSON: what is not known is null."""
    sums = {"held": report.held, "shuffled": report.shuffled, "certified": report.certified}
    return {"bits": sums, "answered_lag": report.answered_lag} | asdict(report)


def trace_sentence(report: TraceReport) -> str:
    """What the traces hold, in a sentence."""
    symbols = f"symbols of {report.entropy:.3g} bits each"
    parts = []
    if report.held is not None:
        parts.append(
            f"hold {report.held:.3g} bits of {symbols} at lags 0 to {report.lags[-1].lag} by a"
            f" linear reader (of shuffled ones {report.shuffled:.2g})"
        )
    elif any(lag.held for lag in report.lags):
        best = max(lag.held.value for lag in report.lags if lag.held)
        parts.append(f"hold up to {max(0.0, best):.3g} bits of a lag, of {symbols}")
    if report.answered_lag is not None:
        lag = next(row for row in report.lags if row.lag == report.answered_lag)
        told = f"tell {three_digits(lag.told.value)} bits of lag {lag.lag}" if lag.told else ""
        certified = report.certified
        more = f", so that at least {certified:.3g} were held" if certified else ""
        parts.append(f"{told}{more}")
    elif any(lag.told for lag in report.lags):
        parts.append(f"tell nothing of lags 0 to {report.lags[-1].lag}")
    return f"The traces {' and '.join(parts)}."


def lags_table(report: TraceReport) -> Table:
    """A row a lag."""
    heads, cells = ["lag"], [[str(lag.lag) for lag in report.lags]]
    if report.units is not None:
        heads += ["held (95 %)", "accuracy of the probe", "shuffled"]
        cells += [
            [_bits(lag.held) for lag in report.lags],
            [percent(lag.held_accuracy) for lag in report.lags],
            [_shuffled(lag) for lag in report.lags],
        ]
    if any(lag.told for lag in report.lags):
        heads += ["told (95 %)", "accuracy"]
        cells += [
            [_bits(lag.told) for lag in report.lags],
            [percent(lag.told_accuracy) for lag in report.lags],
        ]
    note = (
        "bits, of held-out sequences where a probe was fitted; held: what a linear reader of the"
        " state knows; shuffled: what it seems to know of symbols in another order; told: what the"
        " answers say. Below 0: worse than how often each symbol comes."
    )
    return Table("Bits by lag", tuple(heads), tuple(zip(*cells, strict=True)), (note,), named=1)


def traces_table(report: TraceReport) -> Table:
    """What was scored."""
    cells = {
        "sequences": count(report.sequences),
        "time steps": count(report.time_steps),
        "scored from": count(report.washout),
        "symbols": count(report.vocab_size),
        "bits of a symbol": three_digits(report.entropy),
        "units": count(report.units),
        "dependence p": f"{report.dependence_p:.2g}",
    }
    note = (
        "scored from: the first time step that counts, the same at every lag; dependence p: how"
        " often shuffled inputs would seem as dependent over time."
    )
    return Table("The traces", tuple(cells), (tuple(cells.values()),), (note,))


def _bits(estimate: MeasuredValue | None) -> str:
    if estimate is None:
        return "-"
    high = "?" if estimate.high is None else _two(estimate.high)
    return f"{_two(estimate.value)} ({_two(estimate.low)} to {high})"


def _shuffled(lag: TracedLag) -> str:
    return "-" if lag.shuffled is None else _two(lag.shuffled)


def _two(value: float) -> str:
    """Two digits behind the point, and no minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}"
