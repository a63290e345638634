"""The tables of a report: every number with its interval, beside chance and ceiling, under the
methods it was made by.
"""

from echoscope.analysis.comparison import Comparison
from echoscope.analysis.difficulty_grids import one_name
from echoscope.analysis.findings import Findings
from echoscope.analysis.spans import FewestUnits, Span
from echoscope.analysis.time_to_solve import MEDIAN
from echoscope.figures.thinning import evenly
from echoscope.report.document import Table
from echoscope.report.formats import (
    GUIDES,
    ceilings,
    count,
    estimate,
    guides,
    left_out,
    number,
    percent,
    points,
    text,
    values,
)
from echoscope.studies.axis import bare, one_text

MOST_ROWS = 200
SHARE = "share of seeds that reach it, with Wilson's interval"


def accuracies(result: Findings) -> Table:
    """Every group: runs, mean accuracy, chance, ceiling, share solved."""
    groups = evenly(result.groups, MOST_ROWS)
    methods = dict.fromkeys(
        group.aggregate.accuracy.method for group in groups if group.aggregate.accuracy
    )
    caption = (
        f"Accuracies with 95 % intervals ({'; '.join(methods) or 'none measured'}). Chance: the"
        " accuracy of a guess without memory. Ceiling: the best that can be expected. Solved: an"
        f" accuracy of {result.target_accuracy:.4g}; {SHARE}. A diverged run counts as chance, and"
        f" as not solved.{left_out(len(groups), len(result.groups))}"
    )
    heads = (
        *result.varied,
        "runs",
        "accuracy (95 %)",
        *GUIDES,
        "solved (95 %)",
        "parameters",
        "seconds a run",
    )
    rows = [
        (
            *values(result, group),
            str(group.aggregate.runs.number),
            estimate(group.aggregate.accuracy),
            *guides(group),
            estimate(group.aggregate.solved),
            count(group.parameters),
            f"{group.seconds:.3g}",
        )
        for group in groups
    ]
    return Table(caption, heads, tuple(rows))


def steps(result: Findings) -> Table:
    """Every group: the median and the mean of steps to solve, and how many of its runs do."""
    groups = evenly(result.groups, MOST_ROWS)
    method = next((group.steps.mean.method for group in groups), "")
    caption = (
        f"Steps to the first point of the curve with an accuracy of {result.target_accuracy:.4g}."
        f" Median: {MEDIAN}; - where fewer than half of the runs get there. Mean within the"
        f" horizon: {method}. Censored: seen to the end without"
        f" it.{left_out(len(groups), len(result.groups))}"
    )
    heads = (
        *result.varied,
        "runs",
        "solve",
        "censored",
        "median (95 %)",
        "mean (95 %)",
        "horizon",
        "resolution",
        *GUIDES,
    )
    rows = [
        (
            *values(result, group),
            str(group.aggregate.runs.number),
            str(group.steps.solved),
            str(group.steps.censored),
            number(group.steps.median),
            number(group.steps.mean),
            f"{group.steps.horizon:,}",
            count(group.steps.resolution),
            *guides(group),
        )
        for group in groups
    ]
    return Table(caption, heads, tuple(rows))


def spans(result: Findings) -> Table | None:
    """The largest lag, or what else makes a task harder, that is reached with all smaller ones;
    None where none varies.
    """
    over = [item for item in result.over if item.span]
    if not over:
        return None
    shown, ceiling = evenly(over, MOST_ROWS), ceilings(result)
    method = next(item.span.span.method for item in shown if item.span)
    difficulty = one_name(item.span.difficulty for item in over if item.span)
    caption = (
        f"Span: the largest {difficulty} at which a seed reaches an accuracy of"
        f" {result.target_accuracy:.4g}, with all smaller ones of the grid; {method}. A span that"
        " ends with the grid is censored: it may be longer. Chance and ceiling are those of"
        f" accuracies.{left_out(len(shown), len(over))}"
    )
    names = tuple(dict.fromkeys(name for item in over for name in item.settings))
    heads = (
        *names,
        "runs",
        f"{difficulty} tried",
        "span (95 %)",
        "censored seeds",
        "seeds without the least",
        *GUIDES,
    )
    return Table(
        caption,
        heads,
        tuple(
            (*text(item.settings, names), *_span(item.span), ceiling) for item in shown if item.span
        ),
    )


def _span(result: Span) -> tuple[str, ...]:
    tried = f"{result.values[0]} to {result.values[-1]} ({len(result.values)})"
    high = "?" if result.span.high is None else f"{result.span.high:.3g}"
    span = f"{result.span.value:.3g} ({result.span.low:.3g} to {high})"
    return (
        str(result.runs.number),
        tried,
        span,
        f"{result.censored} of {len(result.seeds)}",
        str(result.none),
        percent(result.runs.chance),
    )


def fewest(result: Findings) -> Table | None:
    """The fewest units that solve each lag, or what else makes a task harder; None where units do
    not vary.
    """
    every = [(item.settings, each) for item in result.over for each in item.fewest]
    if not every:
        return None
    shown, ceiling = evenly(every, MOST_ROWS), ceilings(result)
    names = tuple(
        dict.fromkeys(
            name for settings, each in every for name in settings if name != each.difficulty
        )
    )
    difficulty = one_name(each.difficulty for _, each in every)
    caption = (
        f"Fewest units with which {every[0][1].share:.0%} of seeds or more reach an accuracy of"
        f" {result.target_accuracy:.4g}; solved there: {SHARE}. Steady: all larger ones that"
        " were tried do"
        f" too. Chance and ceiling are those of accuracies.{left_out(len(shown), len(every))}"
    )
    heads = (
        *names,
        difficulty,
        "runs",
        "fewest units",
        "tried below",
        "tried above",
        "solved there (95 %)",
        "steady",
        *GUIDES,
    )
    return Table(
        caption,
        heads,
        tuple((*text(settings, names), *_fewest(item), ceiling) for settings, item in shown),
    )


def _fewest(item: FewestUnits) -> tuple[str, ...]:
    there = next((each for each in item.tried if each.units == item.units), None)
    units = f"more than {item.below}" if item.units is None else str(item.units)
    units += " or fewer" if item.units is not None and item.below is None else ""
    solved = estimate(there.solved) if there else estimate(item.tried[-1].solved)
    return (
        one_text(bare(item.value)),
        str(item.runs.number),
        units,
        count(item.below),
        count(item.above),
        solved,
        "yes" if item.steady else "no" if item.units is not None else "-",
        percent(item.runs.chance),
    )


def comparisons(result: Findings) -> Table | None:
    """What findings compare, pair by pair; None where they compare nothing."""
    every = compared(result)
    if not every:
        return None
    shown, ceiling = evenly(every, MOST_ROWS), ceilings(result)
    caption = (
        "Mean accuracy of the first minus that of the second, in percentage points "
        f"({shown[0].difference.method}). p: the exact two-sided sign test's over seeds. "
        f"Chance and ceiling are those of accuracies.{left_out(len(shown), len(every))}"
    )
    heads = (
        "setting",
        "first",
        "second",
        "difference (95 %)",
        "p",
        "seeds",
        "better",
        "worse",
        "pairs",
        "unpaired",
        *GUIDES,
    )
    rows = [
        (
            item.setting,
            one_text(bare(item.first)),
            one_text(bare(item.second)),
            points(item.difference),
            f"{item.p:.3g}",
            str(item.seeds),
            str(item.better),
            str(item.worse),
            str(item.pairs),
            str(len(item.unpaired)),
            percent(item.runs.chance),
            ceiling,
        )
        for item in shown
    ]
    return Table(caption, heads, tuple(rows))


def compared(result: Findings) -> list[Comparison]:
    """The comparisons that findings have."""
    return [item.comparison for item in result.comparisons]


def learning_rates(result: Findings) -> Table | None:
    """The rate that was chosen for each group, and how its seeds do at it; None where none was."""
    every = result.learning_rates
    if not every:
        return None
    shown, chance = (
        evenly(every, MOST_ROWS),
        max(group.aggregate.runs.chance for group in result.groups),
    )
    names = tuple(dict.fromkeys(name for item in every for name in item.settings))
    caption = (
        "Rates chosen by the ends of training curves, which are not of the scored targets."
        " Accuracies are of seeds each at the rate that the others choose, with Student's"
        f" interval; solved: {SHARE}. An edge: a better rate may lie beyond those"
        f" tried.{left_out(len(shown), len(every))}"
    )
    rows = [
        (
            *text(item.settings, names),
            f"{item.choice.learning_rate:g}",
            "yes" if item.choice.edge else "no",
            f"{item.agree} of {item.seeds}",
            estimate(item.accuracy),
            estimate(item.solved),
            percent(chance),
            percent(item.ceiling),
        )
        for item in shown
    ]
    heads = (
        *names,
        "learning_rate",
        "edge",
        "seeds that choose it",
        "accuracy (95 %)",
        "solved (95 %)",
        *GUIDES,
    )
    return Table(caption, heads, tuple(rows))
