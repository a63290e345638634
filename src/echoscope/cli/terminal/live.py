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


def looking_at(name: str) -> str:
    """What an X-ray looks at, as a line says it."""
    from echoscope.measure.xray.page import LABELS  # which knows JAX

    return f"X-ray: {LABELS.get(name, 'what is carried')}"


@contextmanager
def looking() -> Iterator[Callable[[str], None]]:
    """Shows what an X-ray looks at."""
    with _lines() as show:
        yield lambda name: show([looking_at(name)])


@contextmanager
def measuring(budget: float) -> Iterator[tuple[Show, Callable[[str], None]]]:
    """Shows what is known, what is being done, and how much of the budget is left; and, before
    anything is, what an X-ray looks at.
    """
    end = time.monotonic() + budget

    def left(doing: str) -> str:
        seconds = max(0.0, end - time.monotonic())
        return f"{doing} ({seconds:.0f} s left; Ctrl-C ends it and keeps this)"

    with _lines() as show:
        yield (
            lambda report, doing: show([*known(report), left(doing)]),
            lambda name: show([left(looking_at(name))]),
        )


@contextmanager
def _lines() -> Iterator[Callable[[list[str]], None]]:
    """Shows some lines in the place of those before, on a terminal; nothing elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda lines: None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(stderr=True), transient=True, refresh_per_second=8) as live:
        yield lambda lines: live.update(Text("\n".join(lines), overflow="fold"))
