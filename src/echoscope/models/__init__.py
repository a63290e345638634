"""The models, one file each; `experiment.MODELS` says readout all can answer."""

from importlib import import_module

from echoscope.experiment.experiment import Experiment
from echoscope.models.model import MARKED, MASKED, NO_GAPS, Model, Sizes


def model_of(experiment: Experiment) -> tuple[Model, Sizes]:
    """The model and the sizes that the settings ask for."""
    task = experiment.task
    module = import_module(f"echoscope.models.{experiment.model.replace('-', '_')}")
    heard_as = MARKED if task.gaps == "marked" else MASKED  # a dropped window is passed over whole
    sizes = Sizes(
        vocab_size=task.vocab_size,
        units=experiment.units,
        target_count=1 if task.readout == "all" else len(task.lag),
        time_steps=task.time_steps,
        encoding=experiment.encoding,
        layers=experiment.layers,
        both=experiment.bidirectional,
        gaps=heard_as if task.gappy else NO_GAPS,
    )
    return module.MODELS[task.readout], sizes
