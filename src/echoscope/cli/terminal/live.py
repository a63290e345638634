"""What a measurement knows so far, on a terminal, while it goes on; nothing elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from echoscope.analysis.table import three_digits
from echoscope.measure.report.words import AXES, UNITS, held, interval, looked_at
from echoscope.measure.results import MemoryReport

Show = Callable[[MemoryReport, str], None]


def known(report: MemoryReport) -> Iterator[str]:
    """What is known so far, a line each."""
    yield looked_at(report)
    bits = report.bits
    if bits:
        count = f"from {bits.trainings} training{'s' * (bits.trainings != 1)}"
        yield f"bits    {interval(held(bits))} of {three_digits(bits.ceiling)} asked, {count}"
    for name in AXES:
        axis = getattr(report, name)
        if axis:
            solved = sum(trial.solved for trial in axis.trials)
            tried = f"{solved} of {len(axis.trials)} trainings solved"
            yield f"{name:7} {interval(axis.span)} {UNITS[name]}, {tried}"


@contextmanager
def measuring(budget: float) -> Iterator[Show]:
    """Shows what is known, what is being done, and how much of the budget is left."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda report, doing: None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    end = time.monotonic() + budget
    with Live(console=Console(stderr=True), transient=True, refresh_per_second=8) as live:

        def show(report: MemoryReport, doing: str) -> None:
            left = max(0.0, end - time.monotonic())
            lines = [*known(report), f"{doing} ({left:.0f} s left; Ctrl-C ends it and keeps this)"]
            live.update(Text("\n".join(lines), overflow="fold"))

        yield show
