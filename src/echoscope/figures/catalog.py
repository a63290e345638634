"""All figures of a study, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from echoscope.figures import learning, scores, solving
from echoscope.figures.evidence import Evidence
from echoscope.words import choice


@dataclass(frozen=True)
class Figure:
    """One figure: what it shows, in a few words, and what draws it."""

    says: str
    chart: Callable[[Evidence], Any]


FIGURES: dict[str, Figure] = {
    "curves": Figure("score against steps, over seeds", learning.curves_over_seeds),
    "lag": Figure("score against lag", scores.against_lag),
    "heat": Figure("score over lag and units", scores.heat),
    "units": Figure("fewest units that solve each lag", solving.fewest),
    "steps": Figure("steps to solve", solving.steps),
    "parameters": Figure("score against parameters", scores.against_parameters),
    "state": Figure("score against state size", scores.against_state),
    "positions": Figure("error by position", learning.positions),
}


def draw(name: str, evidence: Evidence) -> Any:
    """The figure of this name, as an Altair chart.

    Raises `WordError` for another name, `RecordError` with the reason where the records do not have it.
    """
    return FIGURES[check_name(name)].chart(evidence)


def check_name(name: str) -> str:
    """The name of a figure, if there is one; else a `WordError` that says which there are."""
    return choice("figure", name, tuple(FIGURES))
