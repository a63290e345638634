"""Findings as a person reads them: their tables one after the other, each over its methods."""

from echoscope.analysis import difficulty_tables, tables
from echoscope.analysis.findings import Findings
from echoscope.analysis.windows import sentences
from echoscope.cli.terminal import screen
from echoscope.cli.terminal.tables import most, show
from echoscope.cli.terminal.write import say

# Steps to solve have a table of their own in a report; here their median stands beside accuracy.
TABLES = (
    difficulty_tables.fewest,
    difficulty_tables.spans,
    difficulty_tables.windows,
    tables.learning_rates,
    tables.comparisons,
)


def page(findings: Findings, limit: int | None = None) -> None:
    """All that was found, the groups first; tables that have nothing to say are left out."""
    groups(findings, limit)
    shown = most(limit)
    for build in TABLES:
        table = build(findings, lambda rows: rows[:shown])
        if table:
            screen.title(table.title)
            show(table, limit)
    if findings.unsaid:
        screen.title("Not evaluated")
        for sentence in findings.unsaid:
            screen.paragraph(sentence)


def far_back(findings: Findings) -> None:
    """How far back is far enough, in sentences, where windows vary."""
    for span in findings.windows[: difficulty_tables.MOST_SAID]:
        for sentence in sentences(span):
            screen.paragraph(sentence)
        say()


def groups(findings: Findings, limit: int | None = None) -> None:
    """The table of groups, a row each."""
    shown = most(limit)
    table = tables.accuracies(findings, lambda rows: rows[:shown])
    if table:
        show(table, limit)
