"""The tutorials' five echoes by name, with any word changed, and the two ways to train them."""

from typing import Any

from echoscope.errors import WordError, alternatives
from echoscope.experiment.experiment import Experiment, Fit
from echoscope.settings import choice
from echoscope.tasks.echo import Task


def _tutorial(
    task: Task, model: str, units: int, batch: int, epochs: int, state: str
) -> Experiment:
    return Experiment(
        task=task, model=model, units=units, fit=Fit(batch=batch, epochs=epochs, state=state)
    )


PRESETS: dict[str, Experiment] = {
    "current": _tutorial(Task(window=1, lag=(0,)), "lstm", 15, 1, 500, "reset"),
    "blind": _tutorial(Task(window=1, lag=(1,)), "lstm", 50, 6, 2000, "carried"),
    "lag": _tutorial(Task(window=5, lag=(1,)), "lstm", 50, 5, 2000, "carried"),
    "whole": _tutorial(Task(window=5, lag=(0,), when="each"), "lstm", 20, 7, 500, "carried"),
    "partial": _tutorial(Task(window=5, lag=(4, 3)), "encoder-decoder", 150, 21, 5000, "carried"),
}


FITS = ("tutorial", "quick")


QUICK = Fit(batch=32, rate=0.01, epochs=2000, state="reset", draw="windows", stop=0.999)


def preset(name: str, fit: str = "tutorial", **words: Any) -> Experiment:
    """One of the five echoes, with any word changed.

    >>> preset("lag").units, preset("lag", fit="quick", units=32).units
    (50, 32)

    `fit` is "tutorial" (the tutorials' exact work) or "quick" (fresh windows, a larger rate and
    batch, stops when solved). Raises `WordError` for an unknown name, fit or word.
    """
    if name not in PRESETS:
        raise WordError(f"preset {name!r} is not known: {alternatives(str(name), PRESETS)}")
    start = PRESETS[name]
    if choice("fit", fit, FITS) == "quick":
        start = start.with_words(fit=QUICK)
    return start.change(**words)


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
