"""What was found over a task's difficulty, such as its lag, as tables: fewest units, and spans."""

from collections.abc import Sequence

from echoscope.analysis.difficulty_grids import Over, one_name
from echoscope.analysis.findings import Findings
from echoscope.analysis.spans import FewestUnits, Span
from echoscope.analysis.table import (
    GUIDES,
    Choose,
    Table,
    amount,
    count,
    percent,
    setting,
    solved,
)


def fewest(result: Findings, choose: Choose) -> Table | None:
    """The fewest units that solve each lag, or what else makes a task harder; None where units do
    not vary.
    """
    every = [
        (over, item, ceiling)
        for over in result.over
        if over.fewest
        for item, ceiling in zip(over.fewest, over.ceilings, strict=True)
    ]
    if not every:
        return None
    names = _names([over for over, *_ in every])
    first = every[0][1]
    difficulty = one_name(item.difficulty for _, item, _ in every)
    heads = (*names, difficulty, "runs", "units", "too few", "solved (95 %)", *GUIDES)
    rows = tuple(
        (
            *_over(over, names),
            setting(item.value),
            str(item.runs.number),
            _units(item),
            count(item.below),
            _best(item),
            percent(item.runs.chance),
            percent(ceiling),
        )
        for over, item, ceiling in choose(every)
    )
    notes = (
        f"The least units with which {first.share:.0%} of the seeds reach"
        f" {percent(first.target_accuracy)}; Wilson's on runs. > where none that were tried do:"
        " more might. * where some larger ones do not.",
    )
    title = f"Fewest units by {difficulty}"
    return Table(title, heads, rows, notes, len(names) + 1, row_count=len(every))


def _units(item: FewestUnits) -> str:
    if item.units is None:
        return f"> {item.below}"
    return f"{item.units}{'' if item.steady else '*'}"


def _best(item: FewestUnits) -> str:
    """What became of the fewest units, or of the most that were tried."""
    tried = {tried.units: tried for tried in item.tried}[item.units or item.below or 0]
    return solved(tried.solved, tried.runs.number)


def spans(result: Findings, choose: Choose) -> Table | None:
    """The largest lag, or what else makes a task harder, that is reached with all smaller ones;
    None where none varies.
    """
    every = [(over, over.span) for over in result.over if over.span]
    if not every:
        return None
    names = _names([over for over, _ in every])
    difficulty = one_name(span.difficulty for _, span in every)
    heads = (
        *names,
        f"{difficulty} tried",
        "seeds",
        "span (95 %)",
        "censored",
        "without the least",
        *GUIDES,
    )
    rows = tuple(
        (*_over(over, names), *_span(span), percent(over.chance), percent(lowest(over.ceilings)))
        for over, span in choose(every)
    )
    methods = dict.fromkeys(span.span.method for _, span in every)
    notes = (
        f"The largest {difficulty} at which a seed reaches {percent(result.target_accuracy)}, with"
        f" all smaller ones of the grid: {'; or '.join(methods)}. Censored are seeds that reach the"
        " last one there is: their span may be longer, and nothing (?) bounds the mean. Without"
        f" the least are those that do not reach even the smallest {difficulty}.",
    )
    return Table("Spans", heads, rows, notes, len(names), row_count=len(every))


def _span(span: Span) -> tuple[str, ...]:
    tried = f"{span.values[0]} to {span.values[-1]}"
    return tried, str(len(span.seeds)), amount(span.span), str(span.censored), str(span.none)


def lowest(ceilings: Sequence[float | None]) -> float | None:
    """The lowest of the ceilings that are known.

    >>> lowest([1.0, None, 0.5])
    0.5
    """
    return min([ceiling for ceiling in ceilings if ceiling is not None], default=None)


def _names(every: Sequence[Over]) -> list[str]:
    return list(dict.fromkeys(name for over in every for name in (*over.settings, *over.follows)))


def _over(over: Over, names: Sequence[str]) -> list[str]:
    return [setting(over.settings[name]) if name in over.settings else "follows" for name in names]
