"""What a measurement or a training knows so far, on a terminal, while it goes on; nothing
elsewhere.
"""

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING

from echoscope.analysis.table import three_digits
from echoscope.measure.report.words import AXES, UNITS, held, interval, looked_at
from echoscope.measure.results import MemoryReport

if TYPE_CHECKING:
    from echoscope.emergence.frames import Frame

Show = Callable[[MemoryReport, str], None]
EIGHTHS = " ▏▎▍▌▋▊▉█"  # of a column
BAR, LEAST_BAR = 40, 8  # columns of all bits of a symbol
BESIDE, LEAST = 21, 20  # columns beside a bar; and of a sentence at least


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


def lag_bars(frame: "Frame", wide: int = 100) -> list[str]:
    """A frame of a training in lines of at most so many columns: where it stands, the bits of each
    lag as a bar, and those of the lags that are asked after each step of a decoder.
    """
    if frame.accuracy is None:
        return [f"step {frame.step:,}: diverged"]
    room = max(LEAST_BAR, min(BAR, wide - BESIDE))
    lags = [
        f"lag {lag:3} {_bar(bits / frame.ceiling, room)} {bits:5.2f} bits"
        + " *" * (lag in frame.asked_lags)
        for lag, bits in frame.bits.items()
    ]
    sentences = [
        f"step {frame.step:,}: accuracy {frame.accuracy:.1%} (chance {frame.chance:.1%})",
        *_decoder(frame),
        f"of {three_digits(frame.ceiling)} bits that a symbol has"
        + "; * is asked" * bool(frame.asked_lags),
    ]
    first, *more = [textwrap.wrap(sentence, max(wide, LEAST)) for sentence in sentences]
    return [*first, *lags, *chain.from_iterable(more)]


def _decoder(frame: "Frame") -> Iterator[str]:
    """What a decoder holds of the lags that are asked, after each of its steps."""
    for step, (lag, bits) in enumerate(zip(frame.heads, frame.decoder_bits, strict=False), 1):
        held = ", ".join(f"{bits[head]:.2f} of lag {head}" for head in frame.heads if head in bits)
        yield f"decoder step {step}, which says lag {lag}: {held}"


def _bar(share: float, wide: int = BAR) -> str:
    """A bar of so large a share of its room.

    >>> _bar(0.5).rstrip() == "█" * 20
    True
    """
    whole, eighths = divmod(round(min(share, 1.0) * wide * 8), 8)
    return (EIGHTHS[-1] * whole + EIGHTHS[eighths] * (whole < wide)).ljust(wide)


@contextmanager
def watching() -> Iterator[Callable[["Frame", str], None]]:
    """Shows the newest frame of a training, and what is being done beside."""
    with _lines() as show:
        show(["compiling"])
        yield lambda frame, doing: show(
            [*lag_bars(frame, _columns()), doing or "training; Ctrl-C ends it"]
        )


def _columns() -> int:
    """Of the terminal that standard error is, or as many as COLUMNS says."""
    with suppress(OSError):
        if not os.environ.get("COLUMNS", "").isdecimal():
            return os.get_terminal_size(sys.stderr.fileno()).columns
    return shutil.get_terminal_size().columns


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
