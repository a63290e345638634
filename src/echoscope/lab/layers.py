"""Layers that the page can have measured."""

from collections.abc import Sequence

from echoscope.errors import SettingError, listed, shown
from echoscope.lab import recipes
from echoscope.lab.work import Do, Work
from echoscope.settings import Json, whole

BUDGETS = ("10s", "30s", "1m", "3m")
MOST_UNITS = 256
REPORT_BYTES = 60_000


def measured_models() -> list[str]:
    """The registered models that have outputs at every time step."""
    from echoscope.registry import kind_of, models

    kinds = {name: kind_of(name) for name in models("")}
    return [name for name, kind in kinds.items() if kind.carries and "all" in kind.readouts]


def measurement(values: Json, layers: Sequence[str]) -> Do:
    """Measure a registered model, or a layer that the lab was begun with: no other, as a file is a
    program, and runs.
    """
    from echoscope.lab.apart import Measured, items
    from echoscope.measure.budget import Budget
    from echoscope.measure.layer.options import LayerOptions

    source, budget = values.get("layer"), values.get("budget", BUDGETS[0])
    known = (*layers, *measured_models())
    if source not in known:
        raise SettingError(
            f"layer must be one of {listed(known)}, not {shown(source)}: begin the lab with"
            " echoscope lab --layer FILE.py:CLASS for a layer of your own."
        )
    if budget not in BUDGETS:
        raise SettingError(f"budget must be one of {listed(BUDGETS)}, not {shown(budget)}.")
    units = whole("units", values.get("units", 32), 1, MOST_UNITS)

    limit, recipe = Budget.of(budget), recipes.measuring(source, units, budget)
    measured = Measured(source, LayerOptions(units=units), limit, recipe)

    def do(work: Work) -> Json:
        for item in items(measured, work.stopping.is_set):
            work.tell(item, REPORT_BYTES, alone=True)
        return {}

    return do
