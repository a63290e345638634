"""A run's own sample: what the network read and predicted, and how it does at each target."""

from echoscope.analysis.table import three_digits
from echoscope.cli.terminal.screen import predictions_table, title
from echoscope.cli.terminal.write import say
from echoscope.runs.run import Run
from echoscope.tasks.base import ECHO


def sample(run: Run) -> None:
    """The windows of a fresh draw, and each of several targets that are predicted at once."""
    echo = run.experiment.task.kind == ECHO
    if run.inputs:
        held = "A stretch of the held-out end" if run.experiment.data else "A fresh sequence"
        title(held if echo else "Fresh samples")
        predictions_table(run.inputs, run.targets, run.predictions, ends=not echo)
    if run.by_target:
        _by_target(run, "lag" if echo else "target")


def _by_target(run: Run, name: str) -> None:
    title(f"Each {name}")
    say(f"  {name:>6}  accuracy  {'95 % interval':18}     loss")
    for which, _, value, low, high, loss in run.by_target:
        between = f"{low:.2%} to {high:.2%}"
        off = "-" if loss is None else three_digits(loss)
        say(f"  {which:6}  {value:8.2%}  {between:18}  {off:>7}")
