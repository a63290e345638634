"""What a measurement or a training knows so far, on a terminal, while it goes on; nothing
elsewhere.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from echoscope.analysis.table import three_digits
from echoscope.measure.report.words import AXES, UNITS, held, interval, looked_at
from echoscope.measure.results import MemoryReport

if TYPE_CHECKING:
    from echoscope.emergence.frames import Frame

Show = Callable[[MemoryReport, str], None]
EIGHTHS = " ▏▎▍▌▋▊▉█"  # of a column
BAR = 40  # columns of all bits of a symbol


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


def lag_bars(frame: "Frame") -> list[str]:
    """A frame of a training: where it stands, and the bits of each lag as a bar."""
    if frame.accuracy is None:
        return [f"step {frame.step:,}: diverged"]
    stands = f"step {frame.step:,}: accuracy {frame.accuracy:.1%} (chance {frame.chance:.1%})"
    lags = [
        f"lag {lag:3} {_bar(bits / frame.ceiling)} {bits:5.2f} bits{' *' * (lag in frame.heads)}"
        for lag, bits in frame.bits.items()
    ]
    return [stands, *lags, f"of {three_digits(frame.ceiling)} bits that a symbol has; * is asked"]


def _bar(share: float) -> str:
    """A bar of so large a share of its room.

    >>> _bar(0.5).rstrip() == "█" * 20
    True
    """
    whole, eighths = divmod(round(min(share, 1.0) * BAR * 8), 8)
    return (EIGHTHS[-1] * whole + EIGHTHS[eighths] * (whole < BAR)).ljust(BAR)


@contextmanager
def watching() -> Iterator[Callable[["Frame", str], None]]:
    """Shows the newest frame of a training, and what is being done beside."""
    with _lines() as show:
        show(["compiling"])
        yield lambda frame, doing: show([*lag_bars(frame), doing or "training; Ctrl-C ends it"])


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
