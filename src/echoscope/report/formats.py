"""How a report writes numbers, shares and settings in the cells of its tables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from echoscope.analysis.estimate import Estimate
from echoscope.analysis.findings import Findings, Group
from echoscope.figures.evidence import settings_text
from echoscope.figures.solving import ends_said
from echoscope.figures.style import share_text
from echoscope.studies.axis import bare, one_text

GUIDES = ("chance", "ceiling")


def guides(group: Group) -> tuple[str, str]:
    """Chance and ceiling of a group."""
    return percent(group.aggregate.runs.chance), percent(group.ceiling)


def ceilings(result: Findings) -> str:
    """The ceiling of all groups, or the least and the most of theirs."""
    known = sorted({group.ceiling for group in result.groups if group.ceiling is not None})
    if not known:
        return "-"
    return percent(known[0]) if len(known) == 1 else f"{percent(known[0])} to {percent(known[-1])}"


def values(result: Findings, group: Group) -> tuple[str, ...]:
    """The values of the settings that vary."""
    return text(group.settings, result.varied)


def text(settings: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    """The values of settings, as texts; of a setting that is not among them, a dash."""
    return tuple(one_text(bare(settings[name])) if name in settings else "-" for name in names)


def estimate(result: Estimate | None) -> str:
    """A share with its interval."""
    return share_text(result.value, result.low, result.high) if result else "not measured"


def number(result: Estimate) -> str:
    """Steps with their interval."""
    return "-" if result.value is None else f"{result.value:,.0f} ({ends_said(result)})"


def points(result: Estimate) -> str:
    """A difference of accuracies with its interval, in percentage points.

    >>> points(Estimate(0.125, 0.1, 0.15, ""))
    '+12.50 (+10.00 to +15.00)'
    """
    value, low, high = (
        "?" if end is None else f"{100 * end:+.2f}"
        for end in (result.value, result.low, result.high)
    )
    return f"{value} ({low} to {high})"


def difference(result: Estimate) -> str:
    """The same in a sentence.

    >>> difference(Estimate(0.0014, -0.0084, 0.0112, ""))
    '+0.14 percentage points, 95 % interval -0.84 to +1.12'
    """
    value, low, high = (
        "?" if end is None else f"{100 * end:+.2f}"
        for end in (result.value, result.low, result.high)
    )
    return f"{value} percentage points, 95 % interval {low} to {high}"


def percent(value: float | None) -> str:
    """A share with four digits; - for None."""
    return "-" if value is None else f"{100 * value:.4g}%"


def count(value: int | None) -> str:
    """A whole number; - for None."""
    return "-" if value is None else f"{value:,}"


def left_out(shown: int, there: int) -> str:
    """What a table leaves out, as the end of its caption; empty for nothing."""
    if shown == there:
        return ""
    return (
        f" Shown are {shown:,} of {there:,} rows, evenly chosen over their order: narrow them with"
        " --where, or see all with echoscope summary --json."
    )


def labelled(settings: dict[str, Any]) -> str:
    """Settings with their values; all runs where there are none."""
    return settings_text(settings) or "all runs"


def few(texts: Sequence[str] | Iterable[str], most: int = 3) -> str:
    """The first few of some texts, and how many more there are."""
    every = list(texts)
    more = len(every) - most
    return "; ".join(every[:most]) + (f"; and {more:,} more" if more > 0 else "")
