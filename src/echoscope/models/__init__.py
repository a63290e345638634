"""The models, one file each; `experiment.MODELS` says when each can answer."""

from importlib import import_module

from echoscope.experiment.experiment import Experiment
from echoscope.models.model import MARKED, MASKED, UNHEARD, Model, Sizes


def model_of(experiment: Experiment) -> tuple[Model, Sizes]:
    """The model and the sizes that the words ask for."""
    task = experiment.task
    module = import_module(f"echoscope.models.{experiment.model.replace('-', '_')}")
    heard_as = MARKED if task.gaps == "marked" else MASKED  # a dropped window is passed over whole
    sizes = Sizes(
        symbols=task.symbols,
        units=experiment.units,
        answers=1 if task.when == "each" else len(task.lag),
        heard=task.heard,
        encoding=experiment.encoding,
        layers=experiment.layers,
        both=experiment.direction == "both",
        gaps=heard_as if task.gappy else UNHEARD,
    )
    return module.MODELS[task.when], sizes
