"""A network that says what comes next, beside the rules that need no training: who is better, on
the very values that the network was scored on.
"""

from dataclasses import dataclass

from echoscope.analysis.rules_beside import scores_beside
from echoscope.analysis.table import percent
from echoscope.errors import IntegerError, check_kind
from echoscope.experiment.user_data import UserData
from echoscope.html_repr import HtmlRepr
from echoscope.information.scores import RuleScore
from echoscope.recoding import Recoding
from echoscope.report.document import Block, Sentences
from echoscope.report.inspection import rules_table
from echoscope.runs.run import Run

EARLY = 0.9  # of a training: a loss that was least before it rose again
BY_HEART = 0.2  # more right of what it trained on than of the rest
BETTER, WORSE, UNDECIDED = "better", "worse", "undecided"


@dataclass(frozen=True)
class BesideRules(HtmlRepr, shown_by="sequences"):
    """A run, and every rule on the same values; `recoding` says which values symbols stand for."""

    run: Run
    scores: tuple[RuleScore, ...]
    recoding: Recoding | None = None

    @property
    def best(self) -> RuleScore | None:
        """The rule that is most often right; None where the network says something else than what
        comes next.
        """
        return max(self.scores, key=lambda score: score.accuracy.value, default=None)

    @property
    def verdict(self) -> str | None:
        """Whether the network is better or worse than the best rule, or that is undecided; None
        without a rule or an accuracy.
        """
        run, best = self.run, self.best
        if best is None or run.accuracy is None:
            return None
        if (run.accuracy_low or 0) > best.accuracy.value:
            return BETTER
        return WORSE if (run.accuracy_high or 1) < best.accuracy.value else UNDECIDED


def beside_rules(run: Run, data: UserData) -> BesideRules:
    """A network that was trained to say what comes next in `data` (lag -1), beside the seven rules
    of `inspect_symbols`, on the values that it was scored on.

    Raises `SettingError` for what is no run, and `IntegerError` for other data than those that it
    trained on.
    """
    check_kind(run, Run, "beside_rules needs a Run, as train gives one first")
    if not isinstance(data, UserData) or data.name != run.experiment.data:
        trained = "random integers" if run.experiment.data is None else run.experiment.data
        raise IntegerError(
            f"Run {run.id} is scored on what it trained on ({trained}), and these are not they:"
            " give the UserData that it was trained with."
        )
    column = run.experiment.echo.predicted[0]
    recoding = data.recoding.of(column) if data.recoding else None
    return BesideRules(run, scores_beside(run.experiment, data), recoding)


def beside_blocks(beside: BesideRules) -> tuple[Block, ...]:
    """What it says, and the table of rules."""
    texts, run = sentences(beside), beside.run
    if run.accuracy is not None:
        right = f"{percent(run.accuracy)} of held-out values are right"
        texts = [": ".join([right, *texts[:1]]), *texts[1:]]
    tables = [rules_table(beside.scores, beside.recoding)] if beside.scores else []
    return (Sentences(tuple(f"{text[0].upper()}{text[1:]}." for text in texts)), *tables)


def sentences(beside: BesideRules) -> list[str]:
    """Whether the network says more than the best rule, and whether it only knows by heart."""
    run, best = beside.run, beside.best
    if run.accuracy is None:
        return []
    result = []
    if best and beside.verdict:
        named = f"the best rule ({best.name}, {best.detail}: {percent(best.accuracy.value)})"
        result.append(SAYS[beside.verdict].format(named))
    known = run.curve[-1][2] if run.curve else None
    if run.experiment.data and known is not None and known - run.accuracy > BY_HEART:
        result.append(
            f"it knows by heart what it trained on ({percent(known)}), more than it knows of the"
            f" rest{_least_loss(run)}; more data, or fewer different values, may help too"
        )
    return result


SAYS = {
    BETTER: "better than {}",
    WORSE: "worse than {}",
    UNDECIDED: "neither better nor worse, measurably, than {}",
}


def _least_loss(run: Run) -> str:
    """After how many steps the held-out loss was least, if that was well before the end."""
    losses = [(loss, step) for step, loss, _ in run.held_out if loss is not None]
    least, step = min(losses, default=(0.0, run.steps))
    if not losses or step > EARLY * run.steps or losses[-1][0] <= least:
        return ""
    epochs = max(1, round(run.epochs * step / run.steps))
    return (
        f": its held-out loss was least after {step:,} of {run.steps:,} steps, so epochs={epochs}"
        " may be better"
    )
