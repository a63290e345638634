"""How a report writes differences and settings in its sentences."""

from collections.abc import Iterable, Sequence

from echoscope.analysis.estimate import Estimate
from echoscope.figures.evidence import settings_text
from echoscope.settings import ByName


def difference(result: Estimate) -> str:
    """A difference of accuracies with its interval, in a sentence.

    >>> difference(Estimate(0.0014, -0.0084, 0.0112, ""))
    '+0.14 percentage points, 95 % interval -0.84 to +1.12'
    """
    value, low, high = (
        "?" if end is None else f"{100 * end:+.2f}"
        for end in (result.value, result.low, result.high)
    )
    return f"{value} percentage points, 95 % interval {low} to {high}"


def labelled(settings: ByName) -> str:
    """Settings with their values; all runs where there are none."""
    return settings_text(settings) or "all runs"


def few(texts: Sequence[str] | Iterable[str], most: int = 3) -> str:
    """The first few of some texts, and how many more there are."""
    every = list(texts)
    more = len(every) - most
    return "; ".join(every[:most]) + (f"; and {more:,} more" if more > 0 else "")
