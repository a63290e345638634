"""All figures of a study, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from echoscope.errors import WordError
from echoscope.figures import accuracy, learning_curves, solving, units
from echoscope.figures.evidence import Evidence
from echoscope.figures.notebook import offline
from echoscope.figures.run_curves import curves
from echoscope.runs.run import Record
from echoscope.settings import choice
from echoscope.store import Store

MOST_CURVES = 7  # records with a line each
LEAST_LAGS = 3  # with fewer, score against lag says less than curves do


@dataclass(frozen=True)
class Figure:
    """One figure: what it shows, in a few words, and what draws it."""

    says: str
    chart: Callable[[Evidence], Any]


FIGURES: dict[str, Figure] = {
    "curves": Figure("score against steps, over seeds", learning_curves.curves_over_seeds),
    "lag": Figure("score against lag", accuracy.against_lag),
    "heat": Figure("score over lag and units", accuracy.heat),
    "units": Figure("fewest units that solve each lag", units.fewest),
    "steps": Figure("steps to solve", solving.steps),
    "parameters": Figure("score against parameters", accuracy.against_parameters),
    "state": Figure("score against state size", accuracy.against_state),
    "positions": Figure("error by position", learning_curves.positions),
}


Drawn = Evidence | Store | Record | Sequence[Record]


def draw(what: str | Drawn, of: Drawn | None = None) -> Any:
    """A figure as an Altair chart, which a notebook shows without a network.

    `draw("lag", store)` is the figure of that name, of a store, of records or of `Evidence`.
    `draw(record)` alone is the most telling one: learning curves of a record or a few, score
    against lag where lags vary.

    >>> draw(record)
    <LayerChart: .save(FILE) keeps it as .svg, .png, .pdf or .html>

    Raises `WordError` for another name or nothing that can be drawn, `RecordError` with the reason
    where the records do not have the figure.
    """
    if isinstance(what, str):
        check_name(what)
        if of is None:
            raise WordError(
                f"figure {what} needs records to show: draw({what!r}, store), or records in place"
                " of it."
            )
        return offline(FIGURES[what].chart(evidence_of(of)))
    records = [what] if isinstance(what, Record) else what
    if (
        isinstance(records, Sequence)
        and 0 < len(records) <= MOST_CURVES
        and all(map(_has_curve, records))
    ):
        return offline(curves(list(records)))
    evidence = evidence_of(what)
    lags = {group.words.get("lag") for group in evidence.found.groups}
    return offline(FIGURES["lag" if len(lags) >= LEAST_LAGS else "curves"].chart(evidence))


def evidence_of(given: object) -> Evidence:
    """The evidence of what is given to be drawn: a store, a record, or several."""
    if isinstance(given, Evidence):
        return given
    if isinstance(given, Store):
        return Evidence.of_store(given)
    records = [given] if isinstance(given, Record) else given
    if (
        not isinstance(records, Sequence)
        or not records
        or not all(isinstance(one, Record) for one in records)
    ):
        raise WordError(
            f"A record, several, a store or Evidence can be drawn, not {given!r}: give one of them."
        )
    return Evidence.of([one for one in records if isinstance(one, Record)])


def _has_curve(record: object) -> bool:
    return isinstance(record, Record) and any(score is not None for _, _, score in record.curve)


def check_name(name: str) -> str:
    """The name of a figure, if there is one; else a `WordError` that says which there are."""
    return choice("figure", name, tuple(FIGURES))
