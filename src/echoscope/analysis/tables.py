"""What findings are as tables: every number with its interval, beside chance and ceiling, over the
methods it was made by. A terminal and a report show the same.
"""

from collections.abc import Sequence

from echoscope.analysis.accuracy import ONE_RUN
from echoscope.analysis.findings import Findings, Group, Tuned
from echoscope.analysis.groups import RunCounts
from echoscope.analysis.pairs import PairedComparison
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
    three_digits,
)
from echoscope.analysis.time_to_solve import MEDIAN
from echoscope.settings import ByName

SIZES = ("parameters", "seconds a run")


def accuracies(findings: Findings, choose: Choose) -> Table | None:
    """Every group: its runs, mean accuracy, the share of them that solve it, and in how many
    steps. None where there is no group.
    """
    if not findings.groups:
        return None
    shown = choose(findings.groups)
    heads = (*findings.by, "runs", "accuracy (95 %)", *GUIDES, "solved (95 %)", "median steps")
    rows = tuple(
        (
            *_values(group.settings, findings.by),
            runs_counted(group.aggregate.runs),
            accuracy(group.aggregate.accuracy),
            percent(group.aggregate.runs.chance),
            percent(group.ceiling),
            solved(group.aggregate.solved, group.aggregate.runs.number),
            amount(group.steps.median),
            count(group.parameters),
            three_digits(group.seconds),
        )
        for group in shown
    )
    notes = (_methods(findings), *_ends(findings.groups))
    named = len(findings.by)
    return Table("Accuracy", (*heads, *SIZES), rows, notes, named, SIZES, len(findings.groups))


def _methods(findings: Findings) -> str:
    measured = [group.aggregate.accuracy for group in findings.groups if group.aggregate.accuracy]
    methods = dict.fromkeys(item.method for item in measured)
    if len(methods) > 1:
        methods.pop(ONE_RUN, None)
    return (
        f"Accuracies: {'; or '.join(methods) or 'none was measured'}. Solved: the runs that reach"
        f" {percent(findings.target_accuracy)}, with Wilson's interval. Steps: Kaplan-Meier's"
        " median to the first point of the curve that reaches it; - where fewer than half of the"
        " runs do, ? where nothing bounds it."
    )


def _ends(groups: Sequence[Group]) -> tuple[str, ...]:
    """What became of runs that did not end as others did."""
    runs = RunCounts.joined([group.aggregate.runs for group in groups])
    censored = sum(group.steps.censored for group in groups)
    parts = [
        f"{number:,} {what}"
        for number, what in (
            (censored, "ended unsolved (censored: they might have solved it later)"),
            (runs.diverged, "diverged (chance in an accuracy, unsolved, and never solving it)"),
            (runs.interrupted, "interrupted (evaluated as they stand)"),
        )
        if number
    ]
    return (f"Of {runs.number:,} runs: {'; '.join(parts)}.",) if parts else ()


def steps(findings: Findings, choose: Choose) -> Table | None:
    """Every group: the median and the mean of steps to solve, and how many of its runs do."""
    if not findings.groups:
        return None
    notes = (
        f"Steps to the first point of the curve with an accuracy of"
        f" {percent(findings.target_accuracy)}. Median: {MEDIAN}; - where fewer than half of the"
        f" runs get there. Mean within the horizon: {findings.groups[0].steps.mean.method}."
        " Censored: seen to the end without it.",
    )
    heads = (
        *findings.by,
        "runs",
        "solve",
        "censored",
        "median (95 %)",
        "mean (95 %)",
        "horizon",
        "resolution",
        *GUIDES,
    )
    rows = tuple(
        (
            *_values(group.settings, findings.by),
            str(group.aggregate.runs.number),
            str(group.steps.solved),
            str(group.steps.censored),
            amount(group.steps.median),
            amount(group.steps.mean),
            count(group.steps.horizon),
            count(group.steps.resolution),
            percent(group.aggregate.runs.chance),
            percent(group.ceiling),
        )
        for group in choose(findings.groups)
    )
    named = len(findings.by)
    return Table("Steps to solve", heads, rows, notes, named, row_count=len(findings.groups))


def learning_rates(findings: Findings, choose: Choose) -> Table | None:
    """The rate that was chosen for each group, and how its seeds do at it; None where none was."""
    every = findings.learning_rates
    if not every:
        return None
    names = list(dict.fromkeys(name for item in every for name in item.settings))
    heads = (*names, "learning_rate", "tried", "edge", "agree", "accuracy (95 %)", "solved (95 %)")
    rows = tuple(
        (
            *_values(item.settings, names),
            setting(item.choice.learning_rate),
            str(len(item.choice.learning_rates)),
            _edge(item),
            f"{item.agree}/{item.seeds}",
            accuracy(item.accuracy),
            solved(item.solved, item.seeds),
            percent(item.choice.runs.chance),
            percent(item.ceiling),
        )
        for item in choose(every)
    )
    edges = sum(item.choice.edge for item in every)
    outside = (
        f"{edges:,} of {len(every):,} are the least or the largest that was tried: a better one may"
        " lie outside; try more."
    )
    chosen = (
        "Chosen by the mean accuracy at the last point of the training curve, which is not the"
        " data that accuracies are of. The accuracy is of each half of the seeds at the rate that"
        " the other half chooses, which does not flatter it; agree counts the seeds that so stand"
        " at this rate."
    )
    notes = (chosen, outside) if edges else (chosen,)
    return Table(
        "Chosen learning rates", (*heads, *GUIDES), rows, notes, len(names), row_count=len(every)
    )


def _edge(item: Tuned) -> str:
    if not item.choice.edge:
        return "-"
    least = item.choice.learning_rate == item.choice.learning_rates[0].learning_rate
    return "least" if least else "largest"


def comparisons(findings: Findings, choose: Choose) -> Table | None:
    """The values of one setting side by side, pair by pair; None where nothing is compared."""
    every = findings.comparisons
    if not every:
        return None
    heads = (
        "first",
        "second",
        "accuracy",
        "against",
        "difference (95 %)",
        "p",
        "seeds",
        "better",
        "worse",
        "cells",
        "pairs",
        "unpaired",
        *GUIDES,
    )
    methods = dict.fromkeys(item.comparison.difference.method for item in every)
    notes = (
        "Accuracy of the first minus that of the second, in percentage points, over pairs of equal"
        f" seed and other settings: {'; or '.join(methods)}. p is the exact two-sided sign test's"
        " over seeds, of each comparison by itself. Where rates vary, each half of the seeds stands"
        " at the rate that the other half chooses. A diverged run counts as chance.",
    )
    rows = tuple(_comparison(item) for item in choose(every))
    title = f"Compared by {every[0].comparison.setting}"
    return Table(title, heads, rows, notes, 2, row_count=len(every))


def _comparison(item: PairedComparison) -> tuple[str, ...]:
    pairs = item.comparison
    return (
        setting(pairs.first),
        setting(pairs.second),
        percent(item.first_accuracy),
        percent(item.second_accuracy),
        points(pairs.difference),
        f"{pairs.p:.3g}",
        str(pairs.seeds),
        str(pairs.better),
        str(pairs.worse),
        str(pairs.cells),
        str(pairs.pairs),
        str(len(pairs.unpaired)),
        percent(item.chance),
        percent(item.ceiling),
    )


def _values(settings: ByName, names: Sequence[str]) -> list[str]:
    """The values of settings; a dash where a task has no such one."""
    return [setting(settings[name]) if name in settings else "-" for name in names]
