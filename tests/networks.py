"""What tests have of a network that nobody trained."""

from echoscope.experiment.experiment import Experiment
from echoscope.models.base import Weights
from echoscope.training.setup import Setup
from echoscope.training.train_state import TrainState, begun


def first_weights(experiment: Experiment) -> Weights:
    """The weights that its training begins with."""
    return Setup.of(experiment).first_weights(experiment.seed)


def first_state(experiment: Experiment) -> TrainState:
    """All that its training begins with."""
    return begun(Setup.of(experiment), first_weights(experiment))
