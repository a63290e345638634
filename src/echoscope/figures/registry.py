"""All figures of a study, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from echoscope.analysis.windows import WINDOW
from echoscope.errors import SettingError
from echoscope.experiment.fields import difficulties
from echoscope.figures import accuracy, learning_curves, positions, solving, units, windows
from echoscope.figures.evidence import Evidence
from echoscope.figures.notebook import offline
from echoscope.figures.run_curves import curves
from echoscope.figures.style import Chart
from echoscope.runs.run import Run
from echoscope.settings import choice
from echoscope.store import Store

MOST_CURVES = 7  # runs with a line each
LEAST = 3  # values: with fewer, accuracy against a difficulty says less than curves do


@dataclass(frozen=True)
class Figure:
    """One figure: what it shows, in a few words, and what draws it."""

    says: str
    chart: Callable[[Evidence], Chart]


_FIGURES: dict[str, Figure] = {
    "curves": Figure("accuracy against steps, over seeds", learning_curves.curves_over_seeds),
    "loss": Figure("loss against steps, over seeds", learning_curves.losses_over_seeds),
    WINDOW: Figure("accuracy against window", windows.against_window),
    "heat": Figure("accuracy over difficulty and units", accuracy.heat),
    "units": Figure("fewest units for each difficulty", units.fewest),
    "steps": Figure("steps to solve", solving.steps),
    "parameters": Figure("accuracy against parameters", accuracy.against_parameters),
    "state": Figure("accuracy against state size", accuracy.against_state),
    "positions": Figure("error by position", positions.positions),
}


def figures(names: Sequence[str] | None = None) -> dict[str, Figure]:
    """All figures by name: one for each difficulty, such as the lag, and those of every task. With
    names, only those of these difficulties.
    """
    curves, loss, *rest = _FIGURES.items()
    own = {
        name: Figure(f"accuracy against {name}", partial(accuracy.against, name))
        for name in (difficulties() if names is None else names)
    }
    return dict([curves, loss, *own.items(), *rest])


Drawn = Evidence | Store | Run | Sequence[Run]


def draw(what: str | Drawn, of: Drawn | None = None) -> Chart:
    """A figure as an Altair chart, which a notebook shows without a network.

    `draw("lag", store)` is the figure of that name, of a store, of runs or of `Evidence`.
    `draw(run)` alone is the most telling one: learning curves of a run or a few, accuracy
    against lag, or what else makes the task harder, where that varies.

    >>> draw(run)
    <LayerChart: .save(FILE) keeps it as .svg, .png, .pdf or .html>

    Raises `SettingError` for another name or nothing that can be drawn, `StoreError` with the
    reason where the runs do not have the figure.
    """
    if isinstance(what, str):
        check_name(what)
        if of is None:
            raise SettingError(
                f"figure {what} needs runs to show: draw({what!r}, store), or runs in place of it."
            )
        return offline(figures()[what].chart(evidence_of(of)))
    runs = [what] if isinstance(what, Run) else what
    if isinstance(runs, Sequence) and 0 < len(runs) <= MOST_CURVES and all(map(_has_curve, runs)):
        return offline(curves(list(runs)))
    evidence = evidence_of(what)
    name = evidence.difficulty
    if name not in evidence.findings.varied and evidence.findings.windows:
        name = WINDOW
    values = {group.settings.get(name) for group in evidence.findings.groups}
    return offline(figures()[name if len(values) >= LEAST else "curves"].chart(evidence))


def evidence_of(value: object) -> Evidence:
    """The evidence of what is given to be drawn: a store, a run, or several."""
    if isinstance(value, Evidence):
        return value
    if isinstance(value, Store):
        return Evidence.of_store(value)
    runs = [value] if isinstance(value, Run) else value
    if (
        not isinstance(runs, Sequence)
        or not runs
        or not all(isinstance(item, Run) for item in runs)
    ):
        raise SettingError(
            f"A run, several, a store or Evidence can be drawn, not {value!r}: give one of them."
        )
    return Evidence.of([item for item in runs if isinstance(item, Run)])


def _has_curve(run: object) -> bool:
    return isinstance(run, Run) and any(accuracy is not None for _, _, accuracy in run.curve)


def check_name(name: str) -> str:
    """The name of a figure, if there is one; else a `SettingError` that says which there are."""
    return choice("figure", name, tuple(figures()))
