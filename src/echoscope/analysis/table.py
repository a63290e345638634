"""A table before it is shown, built once for terminal, Markdown and HTML; and how its cells say
numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from echoscope.analysis.estimate import Estimate
from echoscope.analysis.groups import RunCounts
from echoscope.errors import many
from echoscope.studies.axis import one_text

Choose = Callable[[Sequence[Any]], Sequence[Any]]  # which of many rows are shown
GUIDES = ("chance", "ceiling")


@dataclass(frozen=True)
class Table:
    """Rows of cells under heads, all of them texts.

    The first `named` columns name a row, and `aside` are heads of columns that may be left out
    where room is short. `notes` say by which methods its numbers were made. `row_count` is how many
    rows there are, of which these may be some.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    named: int = 0
    aside: tuple[str, ...] = ()
    row_count: int = 0

    def without(self, heads: tuple[str, ...]) -> "Table":
        """The same without some of its columns.

        >>> Table("Runs", ("lag", "seconds"), (("1", "0.2"),)).without(("seconds",)).rows
        (('1',),)
        """
        kept = [place for place, head in enumerate(self.heads) if head not in heads]
        rows = (tuple(row[place] for place in kept) for row in (self.heads, *self.rows))
        return replace(self, heads=next(rows), rows=tuple(rows), aside=())


def setting(value: object) -> str:
    """A setting's value as flags say it, several lags as 4,3."""
    return one_text(value).replace("+", ",") if isinstance(value, tuple) else one_text(value)


@lru_cache
def percent(value: float | None) -> str:
    """A share in percent, as short as four digits say it; - for none.

    >>> percent(0.01), percent(1.0), percent(0.123456)
    ('1%', '100%', '12.35%')
    """
    return "-" if value is None else f"{100 * value:.4g}%"


def count(value: int | None) -> str:
    """A whole number; - for none."""
    return "-" if value is None else f"{value:,}"


def share(value: float | None, low: float | None, high: float | None) -> str:
    """A share with its interval, in percent; - for none.

    >>> share(0.9978, 0.9966, None)
    '99.78% (99.66 to ?)'
    """
    if value is None:
        return "-"
    ends = ("?" if end is None else f"{100 * end:.2f}" for end in (low, high))
    return f"{value:.2%} ({' to '.join(ends)})"


def runs_counted(runs: RunCounts) -> str:
    """How many runs there are, and in brackets over how many folds and seeds, and how many of them
    ended in another way.

    >>> runs_counted(RunCounts(5, 1, 0, 0.1)), runs_counted(RunCounts(15, 0, 0, 0.1, folds=5))
    ('5 (1 diverged)', '15 (5 folds x 3 seeds)')
    """
    ended = [many_folds(runs)] if runs.folds else []
    ended += [
        f"{number} {name}"
        for name, number in (("diverged", runs.diverged), ("interrupted", runs.interrupted))
        if number
    ]
    return f"{runs.number} ({', '.join(ended)})" if ended else str(runs.number)


def many_folds(runs: RunCounts) -> str:
    """Over how many folds and seeds; where not every fold has as many runs, over how many folds."""
    seeds, rest = divmod(runs.number, runs.folds)
    return many(runs.folds, "fold") + ("" if rest else f" x {many(seeds, 'seed')}")


def accuracy(result: Estimate | None) -> str:
    """An accuracy and its interval, in percent; - for none."""
    return "-" if result is None else share(result.value, result.low, result.high)


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


def solved(result: Estimate | None, runs: int) -> str:
    """How many of the runs solve it, and Wilson's interval of their share; - for none.

    >>> solved(Estimate(0.8, 0.3755, 0.9638, ""), 5)
    '4/5 (38 to 96%)'
    """
    if result is None:
        return "-"
    return _solved(result.value or 0, result.low or 0, result.high or 0, runs)


@lru_cache
def _solved(share: float, low: float, high: float, runs: int) -> str:
    return f"{round(share * runs)}/{runs} ({100 * low:.0f} to {100 * high:.0f}%)"


def amount(result: Estimate) -> str:
    """A number with its interval: ? for an end that nothing bounds, - where there is no number.

    >>> amount(Estimate(1040.0, 960.0, None, ""))
    '1,040 (960 to ?)'
    """
    if result.value is None and result.low is None:
        return "-"
    value = "-" if result.value is None else _number(result.value)
    low, high = ("?" if end is None else _number(end) for end in (result.low, result.high))
    return f"{value} ({low} to {high})"


def three_digits(value: float) -> str:
    """A number of any size in three digits, a large one whole.

    >>> three_digits(0.01234), three_digits(999.4), three_digits(1024.0)
    ('0.0123', '999', '1,024')
    """
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"  # else as a power of ten


@lru_cache
def _number(value: float) -> str:
    return f"{round(value, 1):,.10g}"
