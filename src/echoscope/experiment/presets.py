"""Experiments by name, with any setting changed: the tutorials' five echoes in two ways to train
them, and one of every other task.
"""

import inspect

from echoscope.errors import SettingError, listed, shown
from echoscope.experiment.experiment import Experiment, TrainingConfig
from echoscope.experiment.fields import declare
from echoscope.registry import load_installed
from echoscope.settings import Value, choice
from echoscope.tasks.base import TASKS, Task
from echoscope.tasks.echo import Echo
from echoscope.tasks.registry import OURS


def _tutorial(
    task: Echo, model: str, units: int, batch: int, epochs: int, stateful: bool
) -> Experiment:
    return Experiment(
        task=task,
        model=model,
        units=units,
        training=TrainingConfig(batch_size=batch, epochs=epochs, stateful=stateful),
    )


PRESETS: dict[str, Experiment] = {
    "current": _tutorial(Echo(window=1, lag=(0,)), "lstm", 15, 1, 500, False),
    "blind": _tutorial(Echo(window=1, lag=(1,)), "lstm", 50, 6, 2000, True),
    "lag": _tutorial(Echo(window=5, lag=(1,)), "lstm", 50, 5, 2000, True),
    "whole": _tutorial(Echo(window=5, lag=(0,), readout="all"), "lstm", 20, 7, 500, True),
    "partial": _tutorial(
        Echo(window=5, lag=(4, 3), readout="decoder"), "encoder-decoder", 150, 21, 5000, True
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


NAMED = ("kind", "difficulty", "vocab_size", "readout")
ABSTRACT = [
    name for name, part in vars(Task).items() if getattr(part, "__isabstractmethod__", False)
]


SAMPLES = QUICK.with_settings(batch_size=64, epochs=4000)  # how other tasks than the echo train


def _of(task: type[Task]) -> Experiment:
    """The preset of a task that is no echo: its defaults, trained on fresh samples."""
    return Experiment(task=task(), training=SAMPLES)


PRESETS |= {kind: _of(task) for kind, task in TASKS.items() if task is not Echo}


def register_task(task: type[Task]) -> type[Task]:
    """Make a task from outside the package one of ours, with a preset of its name; its settings are
    flags, columns and axes from then on.

    Raises `SettingError` for what is no task, or not a whole one, for a name that is taken, and for
    a setting that means something else elsewhere.
    """
    if not (isinstance(task, type) and issubclass(task, Task)):
        raise SettingError(f"register_task needs a class derived from Task, not {shown(task)}.")
    wanted = [name for name in NAMED if not hasattr(task, name)]
    wanted += [name for name in ABSTRACT if inspect.getattr_static(task, name) is vars(Task)[name]]
    if wanted:
        raise SettingError(
            f"{task.__name__} has no {listed(wanted)}, which a task needs: see docs/plugins.md."
        )
    there = TASKS.get(task.kind)
    again = there is not None and there not in OURS and there.__name__ == task.__name__
    if (there is not None or task.kind in PRESETS) and not again:  # a file may be run again
        raise SettingError(f"task {task.kind} is there already: give the task another kind.")
    declare(task)
    TASKS[task.kind] = task
    PRESETS[task.kind] = _of(task)
    return task


def check_preset(name: object) -> str:
    """The name of a preset, of an installed task's too. Raises `SettingError` for another."""
    if isinstance(name, str) and name not in PRESETS:
        load_installed()
    return choice("preset", name, tuple(PRESETS))


def preset(name: str, fit: str = "tutorial", **settings: Value) -> Experiment:
    """One of the five echoes or another task, with any setting changed.

    >>> preset("lag").units, preset("lag", fit="quick", units=32).units
    (50, 32)

    `fit` is "tutorial" (the tutorials' exact work) or "quick" (fresh windows, a larger rate and
    batch, stops when solved); other tasks than the echo have one of their own, whatever it says.
    Raises `SettingError` for an unknown name, fit or setting.
    """
    start = PRESETS[check_preset(name)]
    if choice("fit", fit, FITS) == "quick" and isinstance(start.task, Echo):
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
