"""A memory report in sentences: the first of the page, and what a budget could not settle."""

from echoscope.errors import many
from echoscope.measure.results import BaselineRow, Bits, MeasuredValue, MemoryReport

AXES = ("shift", "hold", "recall")
UNITS = {"shift": "time steps back", "hold": "time steps", "recall": "pairs"}


def number(value: float) -> str:
    """A number of three digits, whole where it is whole.

    >>> number(24.13), number(31.0), number(120.4)
    ('24.1', '31', '120')
    """
    return f"{value:.0f}" if value == int(value) or abs(value) >= 99.5 else f"{value:.1f}"


def interval(estimate: MeasuredValue) -> str:
    """A number with its interval.

    >>> interval(MeasuredValue(24.13, 23.6, 24.4))
    '24.1 [23.6, 24.4]'
    >>> interval(MeasuredValue(31, 24, None, censored=True))
    'at least 31 [24, ?]'
    """
    high = "?" if estimate.high is None else number(estimate.high)
    least = "at least " if estimate.censored else ""
    return f"{least}{number(estimate.value)} [{number(estimate.low)}, {high}]"


def held(bits: Bits) -> MeasuredValue:
    """The bits that are the headline: of what is said at once and of the best single lag, both of
    which the state must hold, the one with the higher lower end.
    """
    return max((bits.ladder, bits.certified), key=lambda estimate: estimate.low)


def bits_said(bits: Bits) -> str:
    """The headline's bits with their interval, or that they are of a single training."""
    estimate = held(bits)
    if bits.trainings == 1 and estimate == bits.ladder:
        return f"{number(estimate.value)} bits in a single training"
    return f"{interval(estimate)} bits"


def measured(report: MemoryReport) -> str:
    """What it holds, in one sentence."""
    vocab, parts = report.vocab_size, []
    if report.bits:
        parts.append(f"holds {bits_said(report.bits)}")
    if report.shift:
        at = f"{100 * report.shift.target_accuracy:.0f} %"
        parts.append(f"echoes lag {interval(report.shift.span)} of {vocab} symbols at {at}")
    if report.hold:
        parts.append(f"holds one symbol for {interval(report.hold.span)} steps")
    if report.recall:
        parts.append(f"recalls {interval(report.recall.span)} pairs")
    if parts:
        return ", ".join(parts)
    return f"was looked at, but no training of it ended in {report.seconds:.0f} s"


def beside(row: BaselineRow) -> str:
    """A baseline in as few words."""
    parts = [f"{interval(row.bits)} bits"] if row.bits else []
    for name, says in (("shift", "lag {}"), ("hold", "{} steps"), ("recall", "{} pairs")):
        estimate = getattr(row, name)
        if estimate:
            parts.append(says.format(interval(estimate)))
    return f"{row.model} of as many {row.matched} ({many(row.units, 'unit')}): {', '.join(parts)}"


def headline(report: MemoryReport) -> str:
    """The first sentence of the page, with the baselines beside."""
    first = f"{report.xray.identity.source} {measured(report)}"
    rows = [row for row in report.baselines if row.bits]
    return "; ".join([first, *map(beside, rows)]) + "."


def looked_at(report: MemoryReport) -> str:
    """What the X-ray says, in one sentence."""
    faults = report.xray.faults
    if faults:
        return "The X-ray found: " + " ".join(fault.reason for fault in faults)
    looks = sum(verdict.ok is True for verdict in report.xray.verdicts)
    late = len(report.xray.late)
    rest = f"; for {late} more there was no time" if late else ""
    return f"The X-ray found no fault in {many(looks, 'look')}{rest}."
