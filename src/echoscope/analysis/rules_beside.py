"""The rules that need no training, on the very values that networks which forecast user data were
scored on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from echoscope.analysis.estimate import Estimate, Result
from echoscope.analysis.groups import Ints
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fields import PLACES
from echoscope.experiment.user_data import UserData, held_out_part
from echoscope.information.scores import RuleScore, pooled, rule_scores
from echoscope.information.sequence import SymbolSequence
from echoscope.runs.table import DATA, Rows
from echoscope.store import Store, user_data_file
from echoscope.tasks.echo import NEXT

LAG = PLACES["lag"]
ON_VALUES = "Wilson's on the values held out, wider where wrong ones come together"


@dataclass(frozen=True)
class BestRule(Result):
    """The rule that is most often right on the values that networks were scored on: its `name`,
    what it chose, how many symbols back it looks, and its accuracy.
    """

    name: str
    detail: str
    context: int
    accuracy: Estimate


def scores_beside(experiment: Experiment, data: UserData | None) -> tuple[RuleScore, ...]:
    """What every rule scores on the values that a network was scored on, where it says the value
    that comes next.
    """
    if data is None:
        return ()
    task = experiment.echo
    if task.lag != NEXT or len(task.predicted) > 1:
        return ()
    begin, end = held_out_part(experiment, data)
    column = next(iter(task.predicted))
    known = data.integers[:end, column] if task.columns else data.integers[:end]
    sequence = SymbolSequence.of(known, task.vocab_size, data.groups[:end])
    return rule_scores(sequence, begin, passed=task.time_steps)


def scores_over(experiments: Sequence[Experiment], data: UserData | None) -> tuple[RuleScore, ...]:
    """The same of experiments that differ in seed and fold: over all folds together."""
    folds = {experiment.training.fold: experiment for experiment in reversed(experiments)}
    return pooled([scores_beside(item, data) for item in folds.values()])


class RulesOf:
    """The best rule beside the runs of a store, each sequence read and each fold scored once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._scored = lru_cache(maxsize=64)(self._scores)

    def best(self, rows: Rows, places: Ints) -> BestRule | None:
        """The best rule on the values of some rows, those of the longest window of each fold; None
        where they are no forecast of user data, or the store does not have these.
        """
        settings = rows.distinct[rows.code[places[0]]]
        if settings[DATA] is None or settings[LAG] != NEXT:
            return None
        of_fold = {rows.columns["fold"][place]: rows.columns["id"][place] for place in places}
        scores = pooled([self._scored(identity) for identity in of_fold.values()])
        if not scores:
            return None
        best = max(scores, key=lambda score: score.accuracy.value)
        right = best.accuracy
        accuracy = Estimate(right.value, right.low, right.high, ON_VALUES)
        return BestRule(best.name, best.detail, best.context, accuracy)

    def _scores(self, identity: str) -> tuple[RuleScore, ...]:
        (run,) = self._store.runs([identity])
        data = user_data_file.read(self._store.folder, run.experiment.data or "")
        return scores_beside(run.experiment, data)
