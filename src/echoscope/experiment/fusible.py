"""Which trainings XLA survives with multi-output fusion, which makes most of them faster."""

from collections.abc import Iterable

from echoscope.experiment.experiment import Experiment
from echoscope.registry import kind_of


def fusible(experiments: Iterable[Experiment]) -> bool:
    """Whether all of these are trained with multi-output fusion. It ends the process at some
    batches of one, where arrays have sides of one, and with attention that carries its state
    (bench/compiler_sweep.py).

    >>> [fusible([item]) for item in (preset("lag"), preset("current"))]
    [True, False]
    """
    return all(
        experiment.training.batch_size > 1 and kind_of(experiment.model).fuses
        for experiment in experiments
    )
