"""Evidence: what figures are drawn from: findings, the rows they were made of, and a way to read
whole runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from echoscope.analysis.findings import UNTRAINED, Findings, Group, gather
from echoscope.analysis.groups import RunsOrRows
from echoscope.analysis.rules_beside import RulesOf
from echoscope.analysis.trained import trained_rows
from echoscope.analysis.windows import BestOf
from echoscope.experiment.fields import PLACES, TASK, difficulties
from echoscope.runs.run import Run
from echoscope.runs.table import Rows, parts
from echoscope.store import Store
from echoscope.studies.axis import bare, one_text
from echoscope.tasks.base import TASKS

Lot = tuple[Group, list[Run]]
Read = Callable[[tuple[str, ...]], list[Run]]


@dataclass(frozen=True)
class Evidence:
    """Findings, their rows, and `read`, which gives the whole runs of some ids: curves are read
    of few only. `where` is the condition that all of them meet, None for all of a store.

    >>> evidence = Evidence.of(store.runs())
    >>> evidence.findings.varied
    ('lag',)
    """

    findings: Findings
    rows: Rows
    read: Read
    where: str | None = None
    kept: dict[tuple[int, ...], list[Lot]] = field(
        default_factory=dict, compare=False, repr=False
    )  # what was read

    @classmethod
    def of(
        cls,
        runs: RunsOrRows,
        target_accuracy: object = 0.99,
        read: Read | None = None,
        best_of: BestOf | None = None,
    ) -> "Evidence":
        """The evidence of runs or rows; of rows alone, curves are read by `read`. Raises as
        `gather` does.
        """
        value = runs if isinstance(runs, Rows) else list(runs)
        whole = (
            {}
            if isinstance(value, Rows)
            else {item.id: item for item in value if isinstance(item, Run)}
        )
        rows = Rows.of(value)
        return cls(
            gather(rows, target_accuracy, best_of=best_of),
            rows,
            read or (lambda ids: [whole[item] for item in ids if item in whole]),
        )

    @classmethod
    def of_store(
        cls, store: Store, where: str | None = None, target_accuracy: object = 0.99
    ) -> "Evidence":
        """The evidence of a store's runs, or of those that meet `where`, read without their
        curves.

        Raises as `trained_rows` and `gather` do.
        """
        rows = trained_rows(store, where)
        evidence = cls.of(rows, target_accuracy, store.runs, RulesOf(store).best)
        return replace(evidence, where=where)

    @property
    def difficulty(self) -> str:
        """The setting that makes the task harder: the first of those that vary, else that of the
        first run's task, and the echo's where no task of these runs is there.
        """
        varied = [name for name in difficulties() if name in self.findings.varied]
        return next(iter((*varied, *self.own, *difficulties())))

    @property
    def own(self) -> list[str]:
        """What makes the tasks of these runs harder, for each its own setting."""
        kinds = {settings[PLACES[TASK]] for settings in self.rows.distinct}
        return [task.difficulty for kind, task in TASKS.items() if kind in kinds]

    def groups_with(self, has: Callable[[int], bool]) -> list[Group]:
        """The groups of which a trained row has something, asked by its place among the rows."""
        keys_of = parts(self.rows.distinct, list(self.findings.groups[0].settings))
        trained = np.flatnonzero(~self.rows.became(*UNTRAINED)).tolist()
        there = {keys_of[self.rows.code[place]] for place in trained if has(place)}
        return [group for group in self.findings.groups if tuple(group.settings.values()) in there]

    def runs_of(self, groups: Sequence[Group]) -> list[Lot]:
        """The whole runs of some groups, a list a group, in the order of their seeds; read once
        for all figures.
        """
        chosen = tuple(map(id, groups))
        if chosen not in self.kept:
            self.kept[chosen] = self._runs_of(groups)
        return self.kept[chosen]

    def _runs_of(self, groups: Sequence[Group]) -> list[Lot]:
        chosen = {tuple(group.settings.values()): group for group in groups}
        keys_of = [
            key if key in chosen else None
            for key in parts(self.rows.distinct, list(self.findings.groups[0].settings))
        ]
        facts = zip(
            self.rows.columns["id"],
            self.rows.code.tolist(),
            self.rows.columns["outcome"],
            strict=True,
        )
        keys = {
            identity: key
            for identity, code, outcome in facts
            if (key := keys_of[code]) is not None and outcome not in UNTRAINED
        }
        lots: dict[tuple[object, ...], list[Run]] = {key: [] for key in chosen}
        for run in self.read(tuple(keys)):
            if run.id in keys:
                lots[keys[run.id]].append(run)
        return [
            (chosen[key], sorted(lot, key=lambda run: run.experiment.seed))
            for key, lot in lots.items()
        ]


def settings_text(settings: Mapping[str, object]) -> str:
    """Some settings with their values, in one line.

    >>> settings_text({"lag": (4, 3), "model": "gru"})
    'lag 4+3, model gru'
    """
    return ", ".join(f"{name} {one_text(bare(value))}" for name, value in settings.items())
