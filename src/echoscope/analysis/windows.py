"""How far back is far enough: the smallest window not measurably worse than the best one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from echoscope.analysis.accuracy import means_over
from echoscope.analysis.comparison import Sides, compare_pairs, paired
from echoscope.analysis.estimate import Estimate, Result
from echoscope.analysis.groups import Cells, Ints, RunCounts, cells_in, grouped
from echoscope.analysis.rules_beside import BestRule
from echoscope.analysis.table import accuracy, points, setting
from echoscope.errors import StoreError
from echoscope.experiment.fields import PLACES
from echoscope.runs.table import Rows, parts
from echoscope.settings import ByName

WINDOW = "window"
MUCH = 0.05  # a difference of accuracies above which no window is called enough
BestOf = Callable[[Rows, Ints], BestRule | None]


@dataclass(frozen=True)
class TriedWindow(Result):
    """One window: its accuracy, and how much that of the best one is higher, pair by pair; None for
    the best itself, and where there are no pairs.
    """

    window: int
    runs: RunCounts
    accuracy: Estimate
    below: Estimate | None


@dataclass(frozen=True)
class WindowSpan(Result):
    """How far back is far enough, of runs that differ in their window: `enough` is the smallest
    that is not measurably below the `best`, which has the highest mean accuracy.

    Measurably below is one whose difference to the best has a 95 % interval above 0. `settings` are
    those that tell these runs from others, `rule` is the best rule beside on the same values, None
    where there is none. `largest_needed` says that only the largest window tried is enough, so that
    a larger one may be better still.
    """

    settings: ByName
    tried: tuple[TriedWindow, ...]
    best: int
    enough: int
    rule: BestRule | None = None

    @property
    def close(self) -> bool:
        """Whether the best cannot be much better, so that the smallest one is enough."""
        below = self.at(self.enough).below
        return below is None or (below.high is not None and below.high <= MUCH)

    def at(self, window: int) -> TriedWindow:
        """What became of one of the windows."""
        return next(item for item in self.tried if item.window == window)

    @property
    def better_than_rule(self) -> list[int]:
        """The windows whose accuracy is measurably higher than the best rule's."""
        if self.rule is None:
            return []
        value = self.rule.accuracy.value or 0.0
        return [item.window for item in self.tried if (item.accuracy.low or 0.0) > value]


def sentences(span: WindowSpan) -> tuple[str, ...]:
    """How far back is far enough, and what a rule does beside it, in a sentence each."""
    item, best = span.at(span.enough), span.at(span.best)
    where = ", ".join(f"{name} {setting(value)}" for name, value in span.settings.items())
    start = f"How far back ({where})" if where else "How far back"
    mine = accuracy(item.accuracy)
    higher = "" if item.below is None else f"{points(item.below)} percentage points"
    if not span.close:
        return (
            f"{start}: at least a window of {span.enough}, {mine}; the best, {span.best},"
            f" {accuracy(best.accuracy)}, is higher by {higher}, which these runs cannot tell from"
            " nothing: more seeds or folds may.",
            *_beside(span),
        )
    if item is span.tried[0]:
        first = f"no window is measurably better than the smallest tried, {span.enough}, {mine}"
    else:
        first = (
            f"a window of {span.enough} is enough, {mine}, and smaller ones are measurably worse"
        )
        worse = span.tried[span.tried.index(item) - 1]
        first += "" if worse.below is None else f" ({worse.window} by {points(worse.below)} points)"
    if higher:
        first += f"; the best, {span.best}, is not measurably better ({higher})"
    elif item is span.tried[-1]:
        first += "; it is the largest tried, so a larger one may be better"
    return (f"{start}: {first}.", *_beside(span))


def _beside(span: WindowSpan) -> Sequence[str]:
    if span.rule is None:
        return ()
    chosen = f" ({span.rule.detail})" if span.rule.context else ""
    rule = f"{span.rule.name}{chosen}, {accuracy(span.rule.accuracy)}"
    better = span.better_than_rule
    if not better:
        return (f"No window is measurably better than the best rule beside, {rule}.",)
    return (
        f"Measurably better than the best rule beside, {rule}:"
        f" window {', '.join(map(str, better))}.",
    )


def window_spans(
    rows: Rows, varied: Sequence[str], kept: Ints, best_of: BestOf | None = None
) -> list[WindowSpan]:
    """How far back is far enough in every lot of the kept rows that are equal in all but window,
    of which two at least were measured; nothing where windows do not vary.

    A rate may differ in a lot: the rows are of one rate for each seed and cell.
    """
    if WINDOW not in varied:
        return []
    names = [name for name in varied if name not in (WINDOW, "learning_rate")]
    flags = np.zeros(len(rows), bool)
    flags[kept] = True
    flags &= np.array([item[PLACES[WINDOW]] is not None for item in rows.distinct])[rows.code]
    if not flags.any():
        return []
    by = [name for name in varied if name != WINDOW]
    _, cells = cells_in(rows, [*by, WINDOW], flags)
    lots = grouped(parts(cells.settings, names), range(len(cells)))
    spans = []
    for key, lot in lots.items():
        span = _span(dict(zip(names, key, strict=True)), cells.take(lot), best_of)
        spans += [] if span is None else [span]
    return spans


def _span(settings: ByName, cells: Cells, best_of: BestOf | None) -> WindowSpan | None:
    """The span of one lot, None where fewer than two windows were measured."""
    rows = cells.rows
    windows: dict[int, list[int]] = {}
    for place, item in enumerate(cells.settings):
        windows.setdefault(item[PLACES[WINDOW]], []).append(place)
    joined = [np.concatenate([cells.take([at]).places for at in lot]) for lot in windows.values()]
    start = np.append(0, np.cumsum([len(places) for places in joined]))
    whole = Cells(rows, np.concatenate(joined), start)
    measured = {
        window: (runs, mean)
        for window, runs, mean in zip(windows, whole.runs, means_over(whole), strict=True)
        if mean is not None
    }
    if len(measured) < 2:
        return None
    best = max(measured, key=lambda window: (measured[window][1].value or 0.0, -window))
    sides = Sides.of(rows, WINDOW, ["learning_rate"], whole.places)
    tried = [
        TriedWindow(window, *measured[window], _below(sides, best, window))
        for window in sorted(measured)
    ]
    enough = next(
        item.window for item in tried if item.below is None or (item.below.low or 0.0) <= 0
    )
    longest = joined[list(windows).index(max(measured))]
    rule = best_of(rows, longest) if best_of else None
    return WindowSpan(settings, tuple(tried), best, enough, rule)


def _below(sides: Sides, best: int, window: int) -> Estimate | None:
    """How much the best one's accuracy is higher, over pairs of equal fold and seed."""
    if window == best:
        return None
    try:
        return compare_pairs(paired(sides, best, window)).difference
    except StoreError:
        return None
