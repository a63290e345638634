"""The rules that need no training, beside a network that forecasts user data."""

from collections.abc import Sequence

from echoscope.analysis.rules_beside import scores_beside, scores_over
from echoscope.cli.terminal import tables
from echoscope.cli.terminal.screen import paragraph, title
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import UserData
from echoscope.information.scores import RuleScore
from echoscope.report.beside import BesideRules, sentences
from echoscope.report.inspection import rules_table
from echoscope.runs.run import Run
from echoscope.wording import typed

__all__ = ["judged", "scores_beside", "scores_over", "show"]


def show(scores: Sequence[RuleScore], data: UserData | None, experiment: Experiment) -> None:
    """The table of rules, if there is one; of several columns they read the predicted one alone."""
    if not scores:
        return
    task = experiment.echo
    alone = " of the predicted column" if task.columns else ""
    title(f"Rules that need no training, on the same values{alone}")
    recoding = data.recoding.of(task.predicted[0]) if data and data.recoding else None
    tables.show(rules_table(scores, recoding))


def judged(run: Run, scores: Sequence[RuleScore]) -> None:
    """Whether the network says more than the best rule, and whether it only knows by heart."""
    for text in sentences(BesideRules(run, tuple(scores))):
        paragraph(typed(text), "  ")
