"""The rules that need no training, beside a network that forecasts user data."""

from collections.abc import Sequence

from echoscope.analysis.rules_beside import scores_beside, scores_over
from echoscope.analysis.table import percent
from echoscope.cli.terminal import tables
from echoscope.cli.terminal.screen import paragraph, title
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import UserData
from echoscope.information.scores import RuleScore
from echoscope.report.inspection import rules_table
from echoscope.runs.run import Run

__all__ = ["judged", "scores_beside", "scores_over", "show"]
EARLY = 0.9  # of a training: a loss that was least before it rose again
BY_HEART = 0.2  # more right of what it trained on than of the rest


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
    if run.accuracy is None:
        return
    if scores:
        best = max(scores, key=lambda score: score.accuracy.value)
        named = f"the best rule ({best.name}, {best.detail}: {percent(best.accuracy.value)})"
        if (run.accuracy_low or 0) > best.accuracy.value:
            text = f"better than {named}"
        elif (run.accuracy_high or 1) < best.accuracy.value:
            text = f"worse than {named}"
        else:
            text = f"neither better nor worse, measurably, than {named}"
        paragraph(text, "  ")
    known = run.curve[-1][2] if run.curve else None
    if run.experiment.data and known is not None and known - run.accuracy > BY_HEART:
        paragraph(
            f"it knows by heart what it trained on ({percent(known)}), more than it knows of the"
            f" rest{_least_loss(run)}; more data, or fewer different values, may help too",
            "  ",
        )


def _least_loss(run: Run) -> str:
    """After how many steps the held-out loss was least, if that was well before the end."""
    losses = [(loss, step) for step, loss, _ in run.held_out if loss is not None]
    least, step = min(losses, default=(0.0, run.steps))
    if not losses or step > EARLY * run.steps or losses[-1][0] <= least:
        return ""
    epochs = max(1, round(run.epochs * step / run.steps))
    return (
        f": its held-out loss was least after {step:,} of {run.steps:,} steps, so --epochs"
        f" {epochs} may be better"
    )
