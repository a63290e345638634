"""Findings as a person reads them: a table for each kind, and under it its method and what it says
of censoring.
"""

from collections.abc import Sequence

from echoscope.analysis.accuracy import ONE_RUN
from echoscope.analysis.difficulty_grids import Over, one_name
from echoscope.analysis.findings import Findings, Group, Tuned
from echoscope.analysis.groups import RunCounts
from echoscope.analysis.pairs import PairedComparison
from echoscope.analysis.spans import FewestUnits
from echoscope.cli.terminal import screen, tables
from echoscope.cli.terminal.tables import accuracy, amount, percent, setting, solved

HEADS = ("seeds", "accuracy (95 %)", "chance", "ceiling", "solved (95 %)", "median steps")


def page(result: Findings, limit: int | None = None) -> None:
    """All that was found, the groups first; tables that have nothing to say are left out."""
    groups(result.by, result.groups, limit)
    fewest([over for over in result.over if over.fewest], limit)
    spans([over for over in result.over if over.span], limit)
    learning_rates(result.learning_rates, limit)
    comparisons(result.comparisons, limit)
    if result.unsaid:
        screen.title("Not evaluated")
        for sentence in result.unsaid:
            screen.paragraph(sentence)


def groups(names: Sequence[str], aggregated: Sequence[Group], limit: int | None = None) -> None:
    """The table of groups, a row each."""
    if not aggregated:
        return
    runs = RunCounts.joined([group.aggregate.runs for group in aggregated])
    rows = [
        [
            *[setting(group.settings[name]) for name in names],
            _seeds(group.aggregate.runs),
            accuracy(group.aggregate.accuracy),
            percent(group.aggregate.runs.chance),
            percent(group.ceiling),
            solved(group.aggregate.solved, group.aggregate.runs.number),
            amount(group.steps.median),
        ]
        for group in aggregated[: tables.most(limit)]
    ]
    tables.show([*names, *HEADS], rows, len(names), limit, len(aggregated))
    method = next(
        (
            group.aggregate.accuracy.method
            for group in aggregated
            if group.aggregate.accuracy and group.aggregate.accuracy.method != ONE_RUN
        ),
        ONE_RUN,
    )
    censored = sum(group.steps.censored for group in aggregated)
    screen.paragraph(
        f"Solved is an accuracy of {aggregated[0].aggregate.target_accuracy:.2%}. Accuracies:"
        f" {method}. Solved: Wilson's on runs. Steps: Kaplan-Meier's median to the first point"
        " of the curve that is there; -"
        " where half of the runs do not get there, ? where nothing bounds it."
    )
    text = [
        f"{count:,} {what}"
        for count, what in (
            (censored, "ended unsolved (censored: they might have solved it later)"),
            (runs.diverged, "diverged (chance in an accuracy, unsolved, and never solving it)"),
            (runs.interrupted, "interrupted (evaluated as they stand)"),
        )
        if count
    ]
    if text:
        screen.paragraph(f"Of {runs.number:,} runs: {'; '.join(text)}.")


def fewest(result: Sequence[Over], limit: int | None = None) -> None:
    """The fewest units of each lag, or what else makes a task harder."""
    if not result:
        return
    difficulty = one_name(item.difficulty for over in result for item in over.fewest)
    screen.title(f"Fewest units by {difficulty}")
    names = _names(result)
    rows = [
        [
            *_said(over, names),
            setting(item.value),
            str(item.runs.number),
            _units(item),
            _below(item),
            _best(item),
            percent(item.runs.chance),
            percent(ceiling),
        ]
        for over in result
        for item, ceiling in zip(over.fewest, over.ceilings, strict=True)
    ]
    heads = [*names, difficulty, "runs", "units", "too few", "solved (95 %)", "chance", "ceiling"]
    tables.show(heads, rows, len(names) + 1, limit)
    first = result[0].fewest[0]
    screen.paragraph(
        f"The least units with which {first.share:.0%} of the seeds reach"
        f" {first.target_accuracy:.2%}; Wilson's on runs. > where none that were tried do: more"
        " might. * where some larger ones do not."
    )


def spans(result: Sequence[Over], limit: int | None = None) -> None:
    """The span of each grid of lags, or of what else makes a task harder."""
    if not result:
        return
    screen.title("Spans")
    difficulty = one_name(over.span.difficulty for over in result if over.span)
    names = _names(result)
    rows = [
        [
            *_said(over, names),
            f"{over.span.values[0]} to {over.span.values[-1]}",
            str(len(over.span.seeds)),
            amount(over.span.span),
            str(over.span.censored),
            percent(over.chance),
            _lowest(over.ceilings),
        ]
        for over in result
        if over.span
    ]
    tables.show(
        [*names, difficulty, "seeds", "span (95 %)", "censored", "chance", "ceiling"],
        rows,
        len(names),
        limit,
    )
    methods = {over.span.span.method: None for over in result if over.span}
    screen.paragraph(
        f"The largest {difficulty} that is solved with all smaller ones of the grid:"
        f" {'; or '.join(methods)}. Censored are seeds that reach the last one there is: their span"
        " may be longer, and nothing (?) bounds the mean."
    )


def learning_rates(result: Sequence[Tuned], limit: int | None = None) -> None:
    """The rate that was chosen for each group."""
    if not result:
        return
    screen.title("Chosen rates")
    names = list(result[0].settings)
    rows = [
        [
            *(setting(item.settings[name]) for name in names),
            setting(item.choice.learning_rate),
            str(len(item.choice.learning_rates)),
            _edge(item),
            f"{item.agree}/{item.seeds}",
            accuracy(item.accuracy),
            percent(item.choice.runs.chance),
            percent(item.ceiling),
        ]
        for item in result
    ]
    heads = [
        *names,
        "learning_rate",
        "tried",
        "edge",
        "agree",
        "accuracy (95 %)",
        "chance",
        "ceiling",
    ]
    tables.show(heads, rows, len(names), limit)
    edges = sum(item.choice.edge for item in result)
    screen.paragraph(
        "Chosen by the mean accuracy at the last point of the training curve, which is not the"
        " data that accuracies are of. The accuracy is of each half of the seeds at the rate that"
        " the other half chooses, which does not flatter it; agree counts the seeds that so stand"
        " at this rate."
    )
    if edges:
        screen.paragraph(
            f"{edges:,} of {len(result):,} are the least or the largest that was tried: a better"
            " one may lie outside; try more."
        )


def comparisons(result: Sequence[PairedComparison], limit: int | None = None) -> None:
    """The values of one setting side by side."""
    if not result:
        return
    name = result[0].comparison.setting
    screen.title(f"Compared by {name}")
    rows = [
        [
            setting(item.comparison.first),
            setting(item.comparison.second),
            percent(item.first_accuracy),
            percent(item.second_accuracy),
            accuracy(item.comparison.difference, "+"),
            f"{item.comparison.p:.3g}",
            str(item.comparison.seeds),
            str(item.comparison.cells),
            str(item.comparison.pairs),
            str(len(item.comparison.unpaired)),
            percent(item.chance),
            percent(item.ceiling),
        ]
        for item in result
    ]
    heads = [
        "first",
        "second",
        "scores",
        "against",
        "difference (95 %)",
        "p",
        "seeds",
        "cells",
        "pairs",
        "unpaired",
        "chance",
        "ceiling",
    ]
    tables.show(heads, rows, 2, limit)
    methods = {item.comparison.difference.method: None for item in result}
    screen.paragraph(
        "Accuracy of the first minus that of the second, over pairs of equal seed and other"
        f" settings: {'; or '.join(methods)}. p is the sign test's over seeds, of each comparison"
        " by itself. Where rates vary, each half of the seeds stands at the rate that the other"
        " half chooses. A diverged run is worth chance."
    )


def _seeds(runs: RunCounts) -> str:
    ended = [
        f"{count} {name}"
        for name, count in (("diverged", runs.diverged), ("interrupted", runs.interrupted))
        if count
    ]
    return f"{runs.number} ({', '.join(ended)})" if ended else str(runs.number)


def _names(result: Sequence[Over]) -> list[str]:
    return list(dict.fromkeys(name for over in result for name in (*over.settings, *over.follows)))


def _said(over: Over, names: Sequence[str]) -> list[str]:
    return [setting(over.settings[name]) if name in over.settings else "follows" for name in names]


def _units(item: FewestUnits) -> str:
    if item.units is None:
        return f"> {item.below}"
    return f"{item.units}{'' if item.steady else '*'}"


def _below(item: FewestUnits) -> str:
    return "-" if item.below is None else str(item.below)


def _best(item: FewestUnits) -> str:
    """What became of the fewest units, or of the most that were tried."""
    tried = {tried.units: tried for tried in item.tried}[item.units or item.below or 0]
    return solved(tried.solved, tried.runs.number)


def _lowest(ceilings: Sequence[float | None]) -> str:
    return percent(min([ceiling for ceiling in ceilings if ceiling is not None], default=None))


def _edge(item: Tuned) -> str:
    if not item.choice.edge:
        return "-"
    return (
        "least"
        if item.choice.learning_rate == item.choice.learning_rates[0].learning_rate
        else "largest"
    )
