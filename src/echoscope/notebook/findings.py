"""What a notebook shows of what runs say together: of any result, a row for each of its parts."""

import re
from collections.abc import Iterator

from echoscope.analysis.estimate import Estimate, Result
from echoscope.analysis.groups import RunCounts
from echoscope.analysis.table import Table, runs_counted, three_digits
from echoscope.notebook.page import blocks_of, page_of
from echoscope.report.document import Block

__all__ = ["page_of"]


@blocks_of.register
def _(thing: Result) -> Iterator[Block]:
    parts = {"value": thing} if isinstance(thing, Estimate) else thing.parts()
    rows = tuple((name.replace("_", " "), value_of(value)) for name, value in parts.items())
    notes = tuple(
        f"{name.replace('_', ' ')}: {value.method}."
        for name, value in parts.items()
        if isinstance(value, Estimate)
    )
    kind = re.sub(r"(?<!^)(?=[A-Z])", " ", type(thing).__name__).capitalize()
    yield Table(kind, (kind, "value (95 % interval)"), rows, notes, named=1)


def value_of(value: object) -> str:
    """A part of a result in a cell; of several results, how many.

    >>> value_of(Estimate(0.5, 0.25, None, "a method")), value_of((2, 3)), value_of(None)
    ('0.5 (0.25 to ?)', '2, 3', '-')
    """
    if isinstance(value, Estimate):
        if value.value is None:
            return "-"
        low, high = ("?" if end is None else three_digits(end) for end in (value.low, value.high))
        return f"{three_digits(value.value)} ({low} to {high})"
    if isinstance(value, RunCounts):
        return runs_counted(value)
    if isinstance(value, tuple | list):
        of_results = any(isinstance(part, Result) for part in value)
        return f"{len(value):,}" if of_results else ", ".join(map(value_of, value)) or "-"
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return three_digits(value) if isinstance(value, float) else str(value)
