"""The rules that need no training, beside a network that forecasts user data."""

from echoscope.cli.terminal import tables
from echoscope.cli.terminal.screen import title
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import UserData, learned
from echoscope.information.scores import rule_scores
from echoscope.information.sequence import SymbolSequence
from echoscope.report.inspection import rules_table

NEXT = (-1,)  # the lag of the value that comes next


def beside(experiment: Experiment, data: UserData | None) -> None:
    """What every rule scores on the end that the network was scored on, where it says the value
    that comes next.
    """
    if data is None or experiment.echo.lag != NEXT:
        return
    sequence = SymbolSequence.of(data.integers, experiment.task.vocab_size)
    scores = rule_scores(sequence, learned(experiment, len(data)))
    if scores:
        title("Rules that need no training, on the same end")
        tables.show(rules_table(scores, data.recoding))
