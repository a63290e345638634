"""The tables of a report: every number with its interval, beside chance and bound, under the
methods it was made by.
"""

from echoscope.analysis.comparison import Comparison
from echoscope.analysis.findings import Findings
from echoscope.analysis.spans import FewestUnits, Span
from echoscope.analysis.time_to_solve import MEDIAN
from echoscope.figures.thinning import evenly
from echoscope.report.document import Table
from echoscope.report.formats import (
    GUIDES,
    bounds,
    count,
    cut,
    estimate,
    guides,
    number,
    percent,
    points,
    said,
    values,
)
from echoscope.studies.axis import bare, one_text

MOST_ROWS = 200
SHARE = "share of seeds that reach it, with Wilson's interval"


def scores(found: Findings) -> Table:
    """Every group: runs, mean score, chance, bound, share solved."""
    groups = evenly(found.groups, MOST_ROWS)
    methods = dict.fromkeys(group.standing.score.method for group in groups if group.standing.score)
    caption = (
        f"Scores with 95 % intervals ({'; '.join(methods) or 'none measured'}). Chance: the score"
        " of a guess without memory. Bound: the best that can be expected. Solved: a score of"
        f" {found.wanted:.4g}; {SHARE}. A diverged run counts as chance, and as not"
        f" solved.{cut(len(groups), len(found.groups))}"
    )
    heads = (
        *found.varied,
        "runs",
        "score (95 %)",
        *GUIDES,
        "solved (95 %)",
        "parameters",
        "seconds a run",
    )
    rows = [
        (
            *values(found, group),
            str(group.standing.runs.number),
            estimate(group.standing.score),
            *guides(group),
            estimate(group.standing.solved),
            count(group.parameters),
            f"{group.seconds:.3g}",
        )
        for group in groups
    ]
    return Table(caption, heads, tuple(rows))


def steps(found: Findings) -> Table:
    """Every group: the median and the mean of steps to solve, and how many of its runs do."""
    groups = evenly(found.groups, MOST_ROWS)
    method = next((group.steps.mean.method for group in groups), "")
    caption = (
        f"Steps to the first point of the curve with a score of {found.wanted:.4g}. Median:"
        f" {MEDIAN}; - where fewer than half of the runs get there. Mean within the horizon:"
        f" {method}. Censored: seen to the end without it.{cut(len(groups), len(found.groups))}"
    )
    heads = (
        *found.varied,
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
            *values(found, group),
            str(group.standing.runs.number),
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


def spans(found: Findings) -> Table | None:
    """The longest lag that is reached with all shorter ones; None where no lags vary."""
    over = [one for one in found.over if one.span]
    if not over:
        return None
    shown, bound = evenly(over, MOST_ROWS), bounds(found)
    method = next(one.span.span.method for one in shown if one.span)
    caption = (
        f"Span: the longest lag at which a seed reaches a score of {found.wanted:.4g}, with all"
        f" shorter ones of the grid; {method}. A span that ends with the grid is censored: it may"
        f" be longer. Chance and bound are those of scores.{cut(len(shown), len(over))}"
    )
    names = tuple(dict.fromkeys(name for one in over for name in one.words))
    heads = (
        *names,
        "runs",
        "lags tried",
        "span (95 %)",
        "censored seeds",
        "seeds without the shortest",
        *GUIDES,
    )
    return Table(
        caption,
        heads,
        tuple((*said(one.words, names), *_span(one.span), bound) for one in shown if one.span),
    )


def _span(found: Span) -> tuple[str, ...]:
    lags = f"{found.lags[0]} to {found.lags[-1]} ({len(found.lags)})"
    high = "?" if found.span.high is None else f"{found.span.high:.3g}"
    span = f"{found.span.value:.3g} ({found.span.low:.3g} to {high})"
    return (
        str(found.runs.number),
        lags,
        span,
        f"{found.censored} of {len(found.seeds)}",
        str(found.none),
        percent(found.runs.chance),
    )


def fewest(found: Findings) -> Table | None:
    """The fewest units that solve each lag; None where units do not vary."""
    every = [(one.words, lag) for one in found.over for lag in one.fewest]
    if not every:
        return None
    shown, bound = evenly(every, MOST_ROWS), bounds(found)
    names = tuple(dict.fromkeys(name for words, _ in every for name in words if name != "lag"))
    caption = (
        f"Fewest units with which {every[0][1].share:.0%} of seeds or more reach a score of"
        f" {found.wanted:.4g}; solved there: {SHARE}. Steady: all larger ones that were tried do"
        f" too. Chance and bound are those of scores.{cut(len(shown), len(every))}"
    )
    heads = (
        *names,
        "lag",
        "runs",
        "fewest units",
        "tried below",
        "tried above",
        "solved there (95 %)",
        "steady",
        *GUIDES,
    )
    return Table(
        caption, heads, tuple((*said(words, names), *_fewest(one), bound) for words, one in shown)
    )


def _fewest(one: FewestUnits) -> tuple[str, ...]:
    there = next((each for each in one.tried if each.units == one.units), None)
    units = f"more than {one.below}" if one.units is None else str(one.units)
    units += " or fewer" if one.units is not None and one.below is None else ""
    solved = estimate(there.solved) if there else estimate(one.tried[-1].solved)
    return (
        one_text(bare(one.lag)),
        str(one.runs.number),
        units,
        count(one.below),
        count(one.above),
        solved,
        "yes" if one.steady else "no" if one.units is not None else "-",
        percent(one.runs.chance),
    )


def comparisons(found: Findings) -> Table | None:
    """What findings compare, pair by pair; None where they compare nothing."""
    every = compared(found)
    if not every:
        return None
    shown, bound = evenly(every, MOST_ROWS), bounds(found)
    caption = (
        "Mean score of the first less that of the second, in points of a hundred "
        f"({shown[0].difference.method}). p: the exact two-sided sign test's over seeds. "
        f"Chance and bound are those of scores.{cut(len(shown), len(every))}"
    )
    heads = (
        "word",
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
            one.word,
            one_text(bare(one.first)),
            one_text(bare(one.second)),
            points(one.difference),
            f"{one.p:.3g}",
            str(one.seeds),
            str(one.better),
            str(one.worse),
            str(one.pairs),
            str(len(one.unpaired)),
            percent(one.runs.chance),
            bound,
        )
        for one in shown
    ]
    return Table(caption, heads, tuple(rows))


def compared(found: Findings) -> list[Comparison]:
    """The comparisons that findings have."""
    return [one.comparison for one in found.comparisons]


def rates(found: Findings) -> Table | None:
    """The rate that was chosen for each group, and how its seeds do at it; None where none was."""
    every = found.rates
    if not every:
        return None
    shown, chance = (
        evenly(every, MOST_ROWS),
        max(group.standing.runs.chance for group in found.groups),
    )
    names = tuple(dict.fromkeys(name for one in every for name in one.words))
    caption = (
        "Rates chosen by the ends of training curves, which are not of the scored answers. Scores"
        " are of seeds each at the rate that the others choose, with Student's interval; solved:"
        f" {SHARE}. An edge: a better rate may lie beyond those tried.{cut(len(shown), len(every))}"
    )
    rows = [
        (
            *said(one.words, names),
            f"{one.choice.rate:g}",
            "yes" if one.choice.edge else "no",
            f"{one.agree} of {one.seeds}",
            estimate(one.score),
            estimate(one.solved),
            percent(chance),
            percent(one.bound),
        )
        for one in shown
    ]
    heads = (
        *names,
        "rate",
        "edge",
        "seeds that choose it",
        "score (95 %)",
        "solved (95 %)",
        *GUIDES,
    )
    return Table(caption, heads, tuple(rows))
