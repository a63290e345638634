"""The tutorials' five echoes by name, with any setting changed, and the two ways to train them."""

from typing import Any

from echoscope.errors import SettingError, alternatives
from echoscope.experiment.experiment import Experiment, TrainingConfig
from echoscope.settings import choice
from echoscope.tasks.echo import Task


def _tutorial(
    task: Task, model: str, units: int, batch: int, epochs: int, stateful: bool
) -> Experiment:
    return Experiment(
        task=task,
        model=model,
        units=units,
        training=TrainingConfig(batch_size=batch, epochs=epochs, stateful=stateful),
    )


PRESETS: dict[str, Experiment] = {
    "current": _tutorial(Task(window=1, lag=(0,)), "lstm", 15, 1, 500, False),
    "blind": _tutorial(Task(window=1, lag=(1,)), "lstm", 50, 6, 2000, True),
    "lag": _tutorial(Task(window=5, lag=(1,)), "lstm", 50, 5, 2000, True),
    "whole": _tutorial(Task(window=5, lag=(0,), readout="all"), "lstm", 20, 7, 500, True),
    "partial": _tutorial(
        Task(window=5, lag=(4, 3), readout="decoder"), "encoder-decoder", 150, 21, 5000, True
    ),
}


FITS = ("tutorial", "quick")


QUICK = TrainingConfig(
    batch_size=32,
    learning_rate=0.01,
    epochs=2000,
    stateful=False,
    sampling="windows",
    target_accuracy=0.999,
)


def preset(name: str, fit: str = "tutorial", **settings: Any) -> Experiment:
    """One of the five echoes, with any setting changed.

    >>> preset("lag").units, preset("lag", fit="quick", units=32).units
    (50, 32)

    `fit` is "tutorial" (the tutorials' exact work) or "quick" (fresh windows, a larger rate and
    batch, stops when solved). Raises `SettingError` for an unknown name, fit or setting.
    """
    if name not in PRESETS:
        raise SettingError(f"preset {name!r} is not known: {alternatives(str(name), PRESETS)}")
    start = PRESETS[name]
    if choice("fit", fit, FITS) == "quick":
        start = start.with_settings(training=QUICK)
    return start.change(**settings)


def preset_name(experiment: Experiment) -> str | None:
    """The preset with this task and network, whatever the fit and seed; None when one of them was
    changed.

    >>> preset_name(preset("lag", fit="quick", seed=3)), preset_name(preset("lag", units=7))
    ('lag', None)
    """
    for name, known in PRESETS.items():
        if (known.task, known.model, known.units) == (
            experiment.task,
            experiment.model,
            experiment.units,
        ):
            return name
    return None
