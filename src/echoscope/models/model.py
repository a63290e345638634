"""From settings to a model: the encoder, the layer and the readout that they name."""

from functools import lru_cache

from echoscope.experiment.experiment import Experiment
from echoscope.models import encoders, stack
from echoscope.models.base import (
    MARKED,
    MASKED,
    NO_GAPS,
    Generator,
    Inputs,
    Model,
    SequenceLayer,
    Sizes,
    State,
    Values,
    Weights,
)
from echoscope.models.readouts import READOUTS, Readout
from echoscope.registry import layer_of


def model_of(experiment: Experiment) -> tuple[Model, Sizes]:
    """The model and the sizes that the settings ask for."""
    task = experiment.task
    read_as = MARKED if task.marked else MASKED  # a dropped window is passed over whole
    sizes = Sizes(
        vocab_size=task.vocab_size,
        units=experiment.units,
        target_count=task.heads,
        time_steps=task.time_steps,
        encoding=experiment.encoding,
        layers=experiment.layers,
        bidirectional=experiment.bidirectional,
        gaps=read_as if task.gappy else NO_GAPS,
        columns=task.column_sizes,
        predicted=task.predicted,
    )
    return model(layer_of(experiment.model), READOUTS[task.readout]), sizes


@lru_cache
def model(layer: SequenceLayer, readout: Readout) -> Model:
    """A layer, stacked, with a readout."""

    def init(rng: Generator, sizes: Sizes) -> Weights:
        return stack.init(layer, rng, sizes) | readout.init(rng, sizes)

    def apply(weights: Weights, state: State, inputs: Inputs, sizes: Sizes) -> tuple[Values, State]:
        below, above = (None, None) if state is None else state
        outputs, below = stack.apply(layer, weights, below, inputs, sizes)
        values, above = readout.apply(weights, above, outputs, sizes)
        return encoders.possible(values, sizes), (below, above)

    def initial_state(sizes: Sizes, batch_size: int) -> State:
        return (
            stack.initial_state(layer, sizes, batch_size),
            readout.initial_state(sizes, batch_size),
        )

    return Model(init, apply, initial_state)
