"""Findings as a person reads them: a table for each kind, and under it its method and what it says
of censoring.
"""

from collections.abc import Sequence

from echoscope.analysis.accuracy import ONE_RUN
from echoscope.analysis.findings import Findings, Group, Tuned
from echoscope.analysis.groups import Runs
from echoscope.analysis.lag_grids import Over
from echoscope.analysis.pairs import Matched
from echoscope.analysis.spans import FewestUnits
from echoscope.cli.terminal import screen, tables
from echoscope.cli.terminal.tables import amount, percent, score, solved, word

HEADS = ("seeds", "score (95 %)", "chance", "bound", "solved (95 %)", "median steps")


def page(found: Findings, limit: int | None = None) -> None:
    """All that was found, the groups first; tables that have nothing to say are left out."""
    groups(found.by, found.groups, limit)
    fewest([over for over in found.over if over.fewest], limit)
    spans([over for over in found.over if over.span], limit)
    rates(found.rates, limit)
    comparisons(found.comparisons, limit)
    if found.unsaid:
        screen.title("Not judged")
        for sentence in found.unsaid:
            screen.paragraph(sentence)


def groups(names: Sequence[str], judged: Sequence[Group], limit: int | None = None) -> None:
    """The table of groups, a row each."""
    if not judged:
        return
    runs = Runs.joined([group.standing.runs for group in judged])
    rows = [
        [
            *[word(group.words[name]) for name in names],
            _seeds(group.standing.runs),
            score(group.standing.score),
            percent(group.standing.runs.chance),
            percent(group.bound),
            solved(group.standing.solved, group.standing.runs.number),
            amount(group.steps.median),
        ]
        for group in judged[: tables.most(limit)]
    ]
    tables.show([*names, *HEADS], rows, len(names), limit, len(judged))
    method = next(
        (
            group.standing.score.method
            for group in judged
            if group.standing.score and group.standing.score.method != ONE_RUN
        ),
        ONE_RUN,
    )
    censored = sum(group.steps.censored for group in judged)
    screen.paragraph(
        f"Solved is a score of {judged[0].standing.wanted:.2%}. Scores: {method}. Solved: Wilson's"
        " on runs. Steps: Kaplan-Meier's median to the first point of the curve that is there; -"
        " where half of the runs do not get there, ? where nothing bounds it."
    )
    said = [
        f"{count:,} {what}"
        for count, what in (
            (censored, "ended unsolved (censored: they might have solved it later)"),
            (runs.diverged, "diverged (chance in a score, unsolved, and never solving it)"),
            (runs.interrupted, "interrupted (judged as they stand)"),
        )
        if count
    ]
    if said:
        screen.paragraph(f"Of {runs.number:,} runs: {'; '.join(said)}.")


def fewest(found: Sequence[Over], limit: int | None = None) -> None:
    """The fewest units of each lag."""
    if not found:
        return
    screen.title("Fewest units by lag")
    names = _names(found)
    rows = [
        [
            *_said(over, names),
            word(one.lag),
            str(one.runs.number),
            _units(one),
            _below(one),
            _best(one),
            percent(one.runs.chance),
            percent(bound),
        ]
        for over in found
        for one, bound in zip(over.fewest, over.bounds, strict=True)
    ]
    heads = [*names, "lag", "runs", "units", "too few", "solved (95 %)", "chance", "bound"]
    tables.show(heads, rows, len(names) + 1, limit)
    first = found[0].fewest[0]
    screen.paragraph(
        f"The least units with which {first.share:.0%} of the seeds reach {first.wanted:.2%};"
        " Wilson's on runs. > where none that were tried do: more might. * where some larger ones"
        " do not."
    )


def spans(found: Sequence[Over], limit: int | None = None) -> None:
    """The span of each grid of lags."""
    if not found:
        return
    screen.title("Spans")
    names = _names(found)
    rows = [
        [
            *_said(over, names),
            f"{over.span.lags[0]} to {over.span.lags[-1]}",
            str(len(over.span.seeds)),
            amount(over.span.span),
            str(over.span.censored),
            percent(over.chance),
            _lowest(over.bounds),
        ]
        for over in found
        if over.span
    ]
    tables.show(
        [*names, "lags", "seeds", "span (95 %)", "censored", "chance", "bound"],
        rows,
        len(names),
        limit,
    )
    methods = {over.span.span.method: None for over in found if over.span}
    screen.paragraph(
        "The longest lag that is echoed with all shorter ones of the grid:"
        f" {'; or '.join(methods)}. Censored are seeds that reach the last lag there is: their span"
        " may be longer, and nothing (?) bounds the mean."
    )


def rates(found: Sequence[Tuned], limit: int | None = None) -> None:
    """The rate that was chosen for each group."""
    if not found:
        return
    screen.title("Chosen rates")
    names = list(found[0].words)
    rows = [
        [
            *(word(one.words[name]) for name in names),
            word(one.choice.rate),
            str(len(one.choice.rates)),
            _edge(one),
            f"{one.agree}/{one.seeds}",
            score(one.score),
            percent(one.choice.runs.chance),
            percent(one.bound),
        ]
        for one in found
    ]
    heads = [*names, "rate", "tried", "edge", "agree", "score (95 %)", "chance", "bound"]
    tables.show(heads, rows, len(names), limit)
    edges = sum(one.choice.edge for one in found)
    screen.paragraph(
        "Chosen by the mean score at the last point of the training curve, which is not the data"
        " that scores are of. The score is of each half of the seeds at the rate that the other"
        " half chooses, which does not flatter it; agree counts the seeds that so stand at this"
        " rate."
    )
    if edges:
        screen.paragraph(
            f"{edges:,} of {len(found):,} are the least or the largest that was tried: a better one"
            " may lie outside; try more."
        )


def comparisons(found: Sequence[Matched], limit: int | None = None) -> None:
    """The values of one word side by side."""
    if not found:
        return
    name = found[0].comparison.word
    screen.title(f"Compared by {name}")
    rows = [
        [
            word(one.comparison.first),
            word(one.comparison.second),
            percent(one.first_score),
            percent(one.second_score),
            score(one.comparison.difference, "+"),
            f"{one.comparison.p:.3g}",
            str(one.comparison.seeds),
            str(one.comparison.cells),
            str(one.comparison.pairs),
            str(len(one.comparison.unpaired)),
            percent(one.chance),
            percent(one.bound),
        ]
        for one in found
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
        "bound",
    ]
    tables.show(heads, rows, 2, limit)
    methods = {one.comparison.difference.method: None for one in found}
    screen.paragraph(
        "Score of the first less that of the second, over pairs of equal seed and other words:"
        f" {'; or '.join(methods)}. p is the sign test's over seeds, of each comparison by itself."
        " Where rates vary, each half of the seeds stands at the rate that the other half chooses."
        " A diverged run is worth chance."
    )


def _seeds(runs: Runs) -> str:
    ended = [
        f"{count} {name}"
        for name, count in (("diverged", runs.diverged), ("interrupted", runs.interrupted))
        if count
    ]
    return f"{runs.number} ({', '.join(ended)})" if ended else str(runs.number)


def _names(found: Sequence[Over]) -> list[str]:
    return list(dict.fromkeys(name for over in found for name in (*over.words, *over.follows)))


def _said(over: Over, names: Sequence[str]) -> list[str]:
    return [word(over.words[name]) if name in over.words else "follows" for name in names]


def _units(one: FewestUnits) -> str:
    if one.units is None:
        return f"> {one.below}"
    return f"{one.units}{'' if one.steady else '*'}"


def _below(one: FewestUnits) -> str:
    return "-" if one.below is None else str(one.below)


def _best(one: FewestUnits) -> str:
    """What became of the fewest units, or of the most that were tried."""
    tried = {tried.units: tried for tried in one.tried}[one.units or one.below or 0]
    return solved(tried.solved, tried.runs.number)


def _lowest(bounds: Sequence[float | None]) -> str:
    return percent(min([bound for bound in bounds if bound is not None], default=None))


def _edge(one: Tuned) -> str:
    if not one.choice.edge:
        return "-"
    return "least" if one.choice.rate == one.choice.rates[0].rate else "largest"
