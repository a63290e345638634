"""How long a sweep will take at most, from a probe of its lightest and its heaviest cell."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from echoscope.errors import RecordError
from echoscope.experiment import Experiment
from echoscope.study.grid import Plan
from echoscope.study.work import Probe, probe_cell


@dataclass(frozen=True)
class Costs:
    """Seconds that a plan needs: `compile` for each of `programs`, and `train` for every step of all cells.

    A fit that stops when it is solved needs fewer steps than all, so this is the most. `platform` is what it was
    measured on: cpu, gpu or tpu.
    """

    programs: int
    compile: float
    train: float
    platform: str

    def seconds(self, workers: int) -> float:
        """The most that so many workers need, if all of them always have something to do."""
        return (self.programs * self.compile + self.train) / workers


def costs_of(plan: Plan, executor: Executor) -> Costs:
    """The costs of what is left of a plan; the executor trains a slice of two of its cells to find out.

    Between the lightest and the heaviest, seconds a step are taken to grow in proportion to their multiplications.
    Raises `RecordError` where nothing is left to train, and what the executor raises.
    """
    if not plan.left:
        raise RecordError("Nothing of this study is left to train, so there is nothing to time.")
    shapes = {group[0].shape: group for group in plan.groups}
    ordered = sorted(shapes, key=work_of)
    ends = [shapes[ordered[0]][0], shapes[ordered[-1]][0]] if len(ordered) > 1 else [shapes[ordered[0]][0]]
    probes = [future.result() for future in [executor.submit(probe_cell, cell) for cell in ends]]
    train = sum(group[0].steps * seconds_of(shape, probes) * len(group) for shape, group in shapes.items())
    return Costs(len(shapes), sum(probe.compile for probe in probes) / len(probes), train, probes[0].platform)


def work_of(experiment: Experiment) -> int:
    """How one step grows with the words, whatever the model: products with units^2 and units x symbols weights.

    >>> work_of(preset("lag"))
    87500
    """
    task, units = experiment.task, experiment.units
    answers = task.heard if task.when == "each" else len(task.lag)
    recurrent = task.heard * experiment.layers * units * units
    return experiment.fit.batch * (recurrent + answers * units * task.symbols)


def seconds_of(shape: Experiment, probes: Sequence[Probe]) -> float:
    """Seconds a step of this shape, on the line through the probes."""
    low, high = probes[0], probes[-1]
    span = work_of(high.experiment) - work_of(low.experiment)
    share = (work_of(shape) - work_of(low.experiment)) / span if span else 0.0
    return max(low.step + share * (high.step - low.step), 1e-9)
