"""The models, one file each; `experiment.MODELS` says when each can answer."""

from importlib import import_module

from echoscope.experiment import Experiment
from echoscope.models.model import Model, Sizes


def model_of(experiment: Experiment) -> tuple[Model, Sizes]:
    """The model and the sizes that the words ask for."""
    task = experiment.task
    module = import_module(f"echoscope.models.{experiment.model.replace('-', '_')}")
    answers = 1 if task.when == "each" else len(task.lag)
    return module.MODELS[task.when], Sizes(task.symbols, experiment.units, answers, task.heard)
