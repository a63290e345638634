"""How a report writes numbers, shares and words in the cells of its tables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from echoscope.analysis.estimate import Estimate
from echoscope.analysis.findings import Findings, Group
from echoscope.figures.evidence import words_said
from echoscope.figures.solving import ends_said
from echoscope.figures.style import share_said
from echoscope.studies.axis import bare, one_text

GUIDES = ("chance", "bound")


def guides(group: Group) -> tuple[str, str]:
    """Chance and bound of a group."""
    return percent(group.standing.runs.chance), percent(group.bound)


def bounds(found: Findings) -> str:
    """The bound of all groups, or the least and the most of theirs."""
    known = sorted({group.bound for group in found.groups if group.bound is not None})
    if not known:
        return "-"
    return percent(known[0]) if len(known) == 1 else f"{percent(known[0])} to {percent(known[-1])}"


def values(found: Findings, group: Group) -> tuple[str, ...]:
    """The values of the words that vary."""
    return said(group.words, found.varied)


def said(words: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    """The values of words, as texts; of a word that is not among them, a dash."""
    return tuple(one_text(bare(words[name])) if name in words else "-" for name in names)


def estimate(found: Estimate | None) -> str:
    """A share with its interval."""
    return share_said(found.value, found.low, found.high) if found else "not measured"


def number(found: Estimate) -> str:
    """Steps with their interval."""
    return "-" if found.value is None else f"{found.value:,.0f} ({ends_said(found)})"


def points(found: Estimate) -> str:
    """A difference of scores with its interval, in points of a hundred.

    >>> points(Estimate(0.125, 0.1, 0.15, ""))
    '+12.50 (+10.00 to +15.00)'
    """
    value, low, high = (
        "?" if end is None else f"{100 * end:+.2f}" for end in (found.value, found.low, found.high)
    )
    return f"{value} ({low} to {high})"


def percent(value: float | None) -> str:
    """A share with four digits; - for None."""
    return "-" if value is None else f"{100 * value:.4g}%"


def count(value: int | None) -> str:
    """A whole number; - for None."""
    return "-" if value is None else f"{value:,}"


def cut(shown: int, there: int) -> str:
    """What a table leaves out, as the end of its caption; empty for nothing."""
    if shown == there:
        return ""
    return (
        f" Shown are {shown:,} of {there:,} rows, evenly chosen over their order: narrow them with"
        " --where, or see all with echoscope summary --json."
    )


def labelled(words: dict[str, Any]) -> str:
    """Words with their values; all runs where there are none."""
    return words_said(words) or "all runs"


def few(texts: Sequence[str] | Iterable[str], most: int = 3) -> str:
    """The first few of some texts, and how many more there are."""
    every = list(texts)
    more = len(every) - most
    return "; ".join(every[:most]) + (f"; and {more:,} more" if more > 0 else "")
