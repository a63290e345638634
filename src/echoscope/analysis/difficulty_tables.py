"""What was found over a task's difficulty, such as its lag, as tables: fewest units, and spans."""

from collections.abc import Sequence

from echoscope.analysis.difficulty_grids import GridFinding, one_name
from echoscope.analysis.findings import Findings
from echoscope.analysis.spans import FewestUnits, Span
from echoscope.analysis.table import (
    GUIDES,
    Choose,
    Table,
    accuracy,
    amount,
    count,
    percent,
    points,
    runs_counted,
    setting,
    solved,
)
from echoscope.analysis.windows import MUCH, sentences

MOST_SAID = 8  # sentences below a table


def fewest(findings: Findings, choose: Choose) -> Table | None:
    """The fewest units that solve each lag, or what else makes a task harder; None where units do
    not vary.
    """
    every = [
        (over, item, ceiling)
        for over in findings.over
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


def spans(findings: Findings, choose: Choose) -> Table | None:
    """The largest lag, or what else makes a task harder, that is reached with all smaller ones;
    None where none varies.
    """
    every = [(over, over.span) for over in findings.over if over.span]
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
        f"The largest {difficulty} at which a seed reaches {percent(findings.target_accuracy)},"
        f" with all smaller ones of the grid: {'; or '.join(methods)}. Censored are seeds that"
        " reach the last one there is: their span may be longer, and nothing (?) bounds the mean."
        f" Without the least are those that do not reach even the smallest {difficulty}.",
    )
    return Table("Spans", heads, rows, notes, len(names), row_count=len(every))


def _span(span: Span) -> tuple[str, ...]:
    tried = f"{span.values[0]} to {span.values[-1]}"
    return tried, str(len(span.seeds)), amount(span.span), str(span.censored), str(span.none)


def windows(result: Findings, choose: Choose) -> Table | None:
    """Every window against the best of those that are equal in all else; None where none varies."""
    every = [(span, item) for span in result.windows for item in span.tried]
    if not every:
        return None
    names = list(dict.fromkeys(name for span in result.windows for name in span.settings))
    rows = tuple(
        (
            *(setting(span.settings[name]) if name in span.settings else "-" for name in names),
            str(item.window),
            runs_counted(item.runs),
            accuracy(item.accuracy),
            "best" if item.below is None else points(item.below),
            ("enough" if span.close else "at least") if item.window == span.enough else "",
            percent(item.runs.chance),
            "-" if span.rule is None else percent(span.rule.accuracy.value),
        )
        for span, item in choose(every)
    )
    differences = (item.below.method for _, item in every if item.below is not None)
    heads = ("window", "runs", "accuracy (95 %)", "best minus this (95 %)", "answer")
    notes = (
        *(text for span in result.windows[:MOST_SAID] for text in sentences(span)),
        "The answer is the smallest window that is not measurably below the best: the 95 % interval"
        f" of their difference ({'; or '.join(dict.fromkeys(differences)) or 'none'}), in"
        f" percentage points, reaches 0. It is enough where that interval ends by {percent(MUCH)},"
        " else the answer is at least so much. A window is scored on the held-out"
        " values that come after one, so a long one on a few less. Rule: the best that needs no"
        " training, on the same values.",
    )
    table = (*names, *heads, "chance", "rule")
    return Table("How far back", table, rows, notes, len(names) + 1, row_count=len(every))


def lowest(ceilings: Sequence[float | None]) -> float | None:
    """The lowest of the ceilings that are known.

    >>> lowest([1.0, None, 0.5])
    0.5
    """
    return min([ceiling for ceiling in ceilings if ceiling is not None], default=None)


def _names(every: Sequence[GridFinding]) -> list[str]:
    return list(dict.fromkeys(name for over in every for name in (*over.settings, *over.follows)))


def _over(over: GridFinding, names: Sequence[str]) -> list[str]:
    return [setting(over.settings[name]) if name in over.settings else "follows" for name in names]
