"""The models, one file each; `experiment.MODELS` says which file gives which answers."""

from importlib import import_module

from echoscope.experiment import MODELS, Experiment
from echoscope.models.model import Model, Sizes


def model_of(experiment: Experiment) -> tuple[Model, Sizes]:
    """The model and the sizes that the words ask for."""
    task = experiment.task
    module = import_module(f"echoscope.models.{MODELS[experiment.model, task.when]}")
    answers = 1 if task.when == "each" else len(task.lag)
    return module.MODEL, Sizes(task.symbols, experiment.units, answers)
