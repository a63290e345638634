"""Which records make one grid of lags, or of lags and units: spans and fewest units of a whole store.

Words of `FOLLOWS` may follow from the lag or the units, as a window of lag + 1 or a rate chosen for each does: they do
not tell grids apart. Where the same word varies on its own, as a rate that every lag is trained with, it does. Which of
the two it is, the records say, each lot of equal other words for itself: two studies may share a store.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from echoscope.row import Row, sayer
from echoscope.spans import FOLLOWS, FewestUnits, Span, fewest_units, span_of
from echoscope.summary import Judged, groups_of

# The first to be taken for one that follows comes first: a window follows a length rather than a length a window.
FOLLOWING = tuple(name for name in FOLLOWS if name != "lag")


@dataclass(frozen=True)
class Over(Judged):
    """What was found over a grid of lags, or of lags and units: a span, or the fewest units of each lag.

    `words` are the words that vary in the study and not in this grid, `follows` those that vary here with the lag or
    the units. `chance` is the best guess without memory over the grid, `bounds` the best scores that can be expected at
    each lag of the span, or of the fewest units, in their order (None of own integers).
    """

    words: dict[str, Any]
    span: Span | None
    fewest: tuple[FewestUnits, ...]
    follows: tuple[str, ...] = ()
    chance: float = 0.0
    bounds: tuple[float | None, ...] = ()


def overs(rows: Sequence[Row], varied: Sequence[str], wanted: float) -> tuple[list[Over], list[str]]:
    """Fewest units and spans over every grid that the rows make, and sentences on what makes none.

    Every row has a chance below the wanted score; `varied` are the words in which they differ.
    """
    found: list[Over] = []
    unsaid: list[str] = []
    if "units" in varied:
        lots = list(_grids(rows, varied, ("lag", "units")))
        several = [lot for lot in lots if _count(lot, "units") > 1]
        found += [_fewest(lot, varied, wanted) for lot in several]
        unsaid += _alone(len(lots) - len(several), len(lots), "number of units", "fewest units")
    if "lag" in varied:
        plain = [row for row in rows if len(row.word("lag")) == 1 and row.word("lag")[0] >= 0]
        lots = list(_grids(plain, varied, ("lag",)))
        several = [lot for lot in lots if _count(lot, "lag") > 1]
        found += [_span(lot, varied, wanted) for lot in several]
        unsaid += _alone(len(lots) - len(several), len(lots), "lag", "span")
        if len(plain) < len(rows):
            unsaid.append(f"{many(len(rows) - len(plain), 'record')} of several lags at once, or of a forecast, stand in "
                          "no span: it is of one lag of at least 0.")  # fmt: skip
    return found, unsaid


def free_of(rows: Sequence[Row], by: Sequence[str], names: Sequence[str]) -> list[str]:
    """Those of `names` that vary on their own: what `by` and the others that do so say does not settle them.

    >>> free_of(rows, by=["lag"], names=["window", "rate"])  # windows of lag + 1, each with two rates
    ['rate']
    """
    unlike = list({row.words: row for row in rows}.values())
    free = [name for name in names if _count(unlike, name) > 1]
    for name in tuple(free):
        rest = [other for other in free if other != name]
        say, value = sayer([*by, *rest]), sayer([name])
        if len({say(row) for row in unlike}) == len({(say(row), value(row)) for row in unlike}):
            free = rest
    return free


def _grids(rows: Sequence[Row], varied: Sequence[str], by: tuple[str, ...]) -> Iterator[tuple[Row, ...]]:
    """Lots of rows in each of which no word varies on its own but `by`."""
    others = [name for name in varied if name not in FOLLOWS and name not in by]
    maybe = [name for name in FOLLOWING if name in varied and name not in by]
    for lot in groups_of(rows, others).values():
        free = free_of(lot, by, maybe)
        yield from groups_of(lot, free).values() if free else (lot,)


def _span(lot: Sequence[Row], varied: Sequence[str], wanted: float) -> Over:
    span = span_of(lot, wanted)
    bounds = {row.word("lag"): row.bound for row in lot}
    return _over(lot, varied, ("lag",), span, (), tuple(bounds[lag,] for lag in span.lags))


def _fewest(lot: Sequence[Row], varied: Sequence[str], wanted: float) -> Over:
    fewest = fewest_units(lot, wanted)
    bounds = {row.word("lag"): row.bound for row in lot}
    return _over(lot, varied, ("lag", "units"), None, fewest, tuple(bounds[one.lag] for one in fewest))


def _over(lot: Sequence[Row], varied: Sequence[str], by: tuple[str, ...], span: Span | None,
          fewest: tuple[FewestUnits, ...], bounds: tuple[float | None, ...]) -> Over:  # fmt: skip
    values = {name: value for name, value in zip(varied, sayer(varied)(lot[0]), strict=True) if name not in by}
    follows = tuple(name for name in values if _count(lot, name) > 1)
    words = {name: value for name, value in values.items() if name not in follows}
    return Over(words, span, fewest, follows, max(row.chance for row in lot), bounds)


def _count(rows: Sequence[Row], name: str) -> int:
    value = sayer([name])
    return len(set(map(value, rows)))


def _alone(alone: int, lots: int, thing: str, judged: str) -> list[str]:
    if not alone:
        return []
    return [f"{alone:,} of {many(lots, 'group')} of equal other words have one {thing} only, and so no {judged}."]


def many(count: int, noun: str) -> str:
    """A count with its noun.

    >>> many(1, "run"), many(2000, "run")
    ('1 run', '2,000 runs')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
