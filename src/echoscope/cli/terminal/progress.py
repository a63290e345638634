"""What a person sees while something trains: a bar on a terminal, nothing elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from echoscope.analysis.table import three_digits
from echoscope.progress_bar import bar
from echoscope.studies.progress import Advance

MINUTE, HOUR, DAY = 60, 3600, 86400


@contextmanager
def sweep_bar() -> Iterator[Callable[[Advance], None]]:
    """Shows how far a sweep has come: cells, how many a minute, time left, failures, the best so
    far.
    """
    with bar("starting workers", "{task.fields[accuracy]}", left=False) as update:

        def show(advance: Advance) -> None:
            update(
                description=f"{advance.done:,}/{advance.cells:,}",
                total=advance.cells,
                completed=advance.done,
                accuracy=text(advance),
            )

        yield show


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Says what is going on, as long as it does."""
    with bar(what, "", left=False):
        yield


def text(advance: Advance) -> str:
    """What stands beside the bar of a sweep.

    >>> text(advance)
    '12 a minute, 3 min left, 1 failed, best 99.98%'
    """
    parts = []
    here = advance.done - advance.before
    if here and advance.seconds:
        parts.append(f"{three_digits(here / advance.seconds * MINUTE)} a minute")
    if advance.left is not None and advance.done < advance.cells:
        parts.append(f"{duration(advance.left)} left")
    parts += [
        f"{count} {name}"
        for name, count in (
            ("failed", advance.failed),
            ("diverged", advance.diverged),
            ("elsewhere", advance.elsewhere),
        )
        if count
    ]
    if advance.best is not None:
        parts.append(f"best {advance.best.accuracy:.2%}")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """A length of time as a person says it.

    >>> duration(4), duration(200), duration(9000)
    ('4 s', '3 min', '2.5 h')
    """
    if seconds < 99.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.2g} s"
    if seconds < 99.5 * MINUTE:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.1f} h" if seconds < 2 * DAY else f"{seconds / DAY:.1f} days"
