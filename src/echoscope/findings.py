"""Findings: all that the records of a study say together, ready for a page, a picture or a terminal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from echoscope.errors import RecordError
from echoscope.row import WORDS, Row, rows_of
from echoscope.spans import FOLLOWS, FewestUnits, Span, fewest_units, span_of
from echoscope.summary import Judged, Records, Standing, groups_of, judge, said_of, settled
from echoscope.survival import StepsToSolve, steps_to_solve

UNTRAINED = ("imported", "failed")  # outcomes that say nothing of how training goes


@dataclass(frozen=True)
class Group(Judged):
    """The runs that differ in seed alone: their words that vary in the study, and how they do.

    `bound` is the best score that can be expected (None of own integers), `parameters` and `state_size` are the
    network's, `seconds` the mean a run took, compiling included.
    """

    words: dict[str, Any]
    standing: Standing
    steps: StepsToSolve
    bound: float | None
    parameters: int | None
    state_size: int | None
    seconds: float


@dataclass(frozen=True)
class Over(Judged):
    """What was found over a grid of lags, or of units, with these other words: a span, or fewest units by lag."""

    words: dict[str, Any]
    span: Span | None
    fewest: tuple[FewestUnits, ...]


@dataclass(frozen=True)
class Findings(Judged):
    """`varied` are the words in which the records differ; `groups` are in the order of their values.

    `over` is empty where lags do not vary. `failed` are the runs that failed, which stand in no group.
    """

    varied: tuple[str, ...]
    wanted: float
    groups: tuple[Group, ...]
    over: tuple[Over, ...]
    failed: tuple[Row, ...]


def findings(records: Records, wanted: object = 0.99) -> Findings:
    """Every group of the records judged over its seeds, and every grid of lags or units over its groups.

    Raises `RecordError` where no record was trained, `WordError` unless `wanted` is above chance and at most 1.
    """
    every = rows_of(records)
    given = [row for row in every if row.outcome not in UNTRAINED]
    if not given:
        raise RecordError("Findings are of trained records, and here is none: run an experiment first.")
    varied = tuple(name for name in WORDS if len(said_of(given, name)) > 1)
    share = settled(wanted, max(row.chance for row in given))
    groups = tuple(_group(dict(zip(varied, key, strict=True)), rows, share)
                   for key, rows in groups_of(given, varied).items())  # fmt: skip
    failed = tuple(row for row in every if row.outcome == "failed")
    return Findings(varied, share, groups, tuple(_over(given, varied, share)), failed)


def _group(words: dict[str, Any], rows: tuple[Row, ...], wanted: float) -> Group:
    first = rows[0]
    seconds = sum(row.seconds for row in rows) / len(rows)
    return Group(words, judge(rows, wanted), steps_to_solve(rows, wanted), first.bound, first.parameters,
                 first.state_size, seconds)  # fmt: skip


def _over(rows: Iterable[Row], varied: tuple[str, ...], wanted: float) -> Iterable[Over]:
    if "lag" not in varied:
        return
    others = [name for name in varied if name not in FOLLOWS and name != "units"]
    for key, lot in groups_of(rows, others).items():
        if "units" in varied:
            yield Over(dict(zip(others, key, strict=True)), None, fewest_units(lot, wanted))
    sized = [name for name in varied if name not in FOLLOWS]
    for key, lot in groups_of(rows, sized).items():
        yield Over(dict(zip(sized, key, strict=True)), span_of(lot, wanted), ())
