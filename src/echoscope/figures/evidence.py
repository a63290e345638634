"""Evidence: what figures are drawn from: findings, the rows they were made of, and a way to read
whole records.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from echoscope.analysis.estimate import listed
from echoscope.analysis.findings import UNTRAINED, Findings, Group, gather
from echoscope.analysis.groups import Records
from echoscope.errors import RecordError
from echoscope.runs.run import Record
from echoscope.runs.table import Rows, parts
from echoscope.store import Store
from echoscope.studies.axis import bare, one_text

Lot = tuple[Group, list[Record]]
Read = Callable[[tuple[str, ...]], list[Record]]


@dataclass(frozen=True)
class Evidence:
    """Findings, their rows, and `read`, which gives the whole records of some ids: curves are read
    of few only. `where` is the condition that all of them meet, None for all of a store.

    >>> evidence = Evidence.of(store.records())
    >>> evidence.found.varied
    ('lag',)
    """

    found: Findings
    rows: Rows
    read: Read
    where: str | None = None
    kept: dict[tuple[int, ...], list[Lot]] = field(
        default_factory=dict, compare=False, repr=False
    )  # what was read

    @classmethod
    def of(cls, records: Records, wanted: object = 0.99, read: Read | None = None) -> "Evidence":
        """The evidence of records or rows; of rows alone, curves are read by `read`. Raises as
        `gather` does.
        """
        given = records if isinstance(records, Rows) else list(records)
        whole = (
            {}
            if isinstance(given, Rows)
            else {one.id: one for one in given if isinstance(one, Record)}
        )
        rows = Rows.of(given)
        return cls(
            gather(rows, wanted),
            rows,
            read or (lambda ids: [whole[one] for one in ids if one in whole]),
        )

    @classmethod
    def of_store(cls, store: Store, where: str | None = None, wanted: object = 0.99) -> "Evidence":
        """The evidence of a store's records, or of those that meet `where`, read without their
        curves.

        Raises `RecordError` where none of them was trained, and as `Store.rows` and `gather` do.
        """
        rows = store.rows(where)
        if not rows:
            raise RecordError(
                f"No record in {store.folder} meets {where}: see {store.typed('runs')}."
                if where and store.ids()
                else store.nothing()
            )
        counts = Counter(rows.columns["outcome"])
        if set(counts) <= set(UNTRAINED):
            said = listed([f"{number} {outcome}" for outcome, number in counts.items()])
            remedy = (
                f"see why with {store.typed('runs --json')}, and run them again"
                if "failed" in counts
                else (
                    f"see each imported network with {store.typed('show')}, or train one with"
                    f" {store.typed('run lag')}"
                )
            )
            raise RecordError(
                f"There is no trained record among these {len(rows)} ({said}), so there is nothing"
                f" to show: {remedy}."
            )
        return replace(cls.of(rows, wanted, store.records), where=where)

    def groups_with(self, has: Callable[[int], bool]) -> list[Group]:
        """The groups of which a trained row has something, asked by its place among the rows."""
        keys_of = parts(self.rows.said, list(self.found.groups[0].words))
        trained = np.flatnonzero(~self.rows.became(*UNTRAINED)).tolist()
        there = {keys_of[self.rows.code[place]] for place in trained if has(place)}
        return [group for group in self.found.groups if tuple(group.words.values()) in there]

    def records_of(self, groups: Sequence[Group]) -> list[Lot]:
        """The whole records of some groups, a list a group, in the order of their seeds; read once
        for all figures.
        """
        asked = tuple(map(id, groups))
        if asked not in self.kept:
            self.kept[asked] = self._records_of(groups)
        return self.kept[asked]

    def _records_of(self, groups: Sequence[Group]) -> list[Lot]:
        chosen = {tuple(group.words.values()): group for group in groups}
        keys_of = [
            key if key in chosen else None
            for key in parts(self.rows.said, list(self.found.groups[0].words))
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
        lots: dict[tuple[object, ...], list[Record]] = {key: [] for key in chosen}
        for record in self.read(tuple(keys)):
            if record.id in keys:
                lots[keys[record.id]].append(record)
        return [
            (chosen[key], sorted(lot, key=lambda record: record.experiment.seed))
            for key, lot in lots.items()
        ]


def words_said(words: Mapping[str, object]) -> str:
    """Some words with their values, in one line.

    >>> words_said({"lag": (4, 3), "model": "gru"})
    'lag 4+3, model gru'
    """
    return ", ".join(f"{name} {one_text(bare(value))}" for name, value in words.items())
