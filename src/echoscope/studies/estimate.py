"""How long a sweep will take at most, from a probe of its lightest and its heaviest cell."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from math import ceil

from echoscope.errors import EchoscopeError, StoreError
from echoscope.experiment.experiment import Experiment
from echoscope.studies.jobs import Probe, probe_cell, reason_of, result_of
from echoscope.studies.plan import Plan
from echoscope.studies.shared_data import SharedData


class ProbeError(EchoscopeError):
    """A cell of a study could not be tried, so its time is not known: its cells will say
    more.
    """


@dataclass(frozen=True)
class Costs:
    """Seconds that a plan needs: `compile` for each of `programs`, and `train` for every step of
    all cells and their accuracies.

    `longest` is what the longest cell trains. A fit that stops when it is solved needs fewer steps
    than all. `platform` is what it was measured on: cpu, gpu or tpu.
    """

    programs: int
    compile: float
    train: float
    longest: float
    platform: str

    def seconds(self, workers: int, *, shared: bool = True) -> float:
        """What so many workers need if no cell is solved early, and the longest is begun last.

        A program is compiled once if they share what they compile, else by each of them. Source:
        Graham 1969 for the longest of all pieces beside an even share of them.
        """
        each = ceil(self.programs / workers) if shared else self.programs
        last = self.longest * (1 - 1 / workers)
        return each * self.compile + self.train / workers + last


def costs_of(plan: Plan, executor: Executor, shared: SharedData | None = None) -> Costs:
    """The costs of what is left of a plan, from two of its cells, which the executor tries, on user
    data if they are `shared`.

    Between the lightest and the heaviest, seconds a step are taken to grow in proportion to their
    multiplications. Raises `StoreError` where nothing is left to train, `ProbeError` where a cell
    cannot be tried, and as `result_of`.
    """
    if not plan.left:
        raise StoreError("Nothing of this study is left to train, so there is nothing to time.")
    shapes = dict(zip(plan.shapes, plan.groups, strict=True))
    ordered = sorted(shapes, key=work_of)
    # of each the cell of most epochs: a slice of few steps says what a slice costs, not a step
    ends = [
        shapes[shape][int(shapes[shape].epochs().argmax())]
        for shape in dict.fromkeys((ordered[0], ordered[-1]))
    ]
    try:
        data = () if shared is None else (shared,)
        tried = [executor.submit(probe_cell, cell, *data) for cell in ends]
        probes = [result_of(future) for future in tried]
    except EchoscopeError:
        raise
    except Exception as error:
        raise ProbeError(
            "how long it takes is not known: a trial of its lightest or its heaviest cell failed "
            f"({reason_of(error)})"
        ) from None
    accuracy = max(probe.accuracy for probe in probes)
    train, longest = 0.0, 0.0
    for shape, group in shapes.items():  # which differ in how many epochs they train
        epoch = group[0].steps / group[0].training.epochs * seconds_of(shape, probes)
        epochs = group.epochs()
        train += float(epochs.sum()) * epoch + len(group) * accuracy
        longest = max(longest, float(epochs.max()) * epoch + accuracy)
    return Costs(
        programs=len(shapes),
        compile=max(probe.compile for probe in probes),
        train=train,
        longest=longest,
        platform=probes[0].platform,
    )


def work_of(experiment: Experiment) -> int:
    """How one step grows with the settings, whatever the model: products with units^2 and units x
    symbols weights.

    >>> work_of(preset("lag"))
    87500
    """
    task, units = experiment.task, experiment.units
    recurrent = task.time_steps * experiment.layers * units * units
    return experiment.training.batch_size * (
        recurrent + task.target_count * units * task.vocab_size
    )


def seconds_of(shape: Experiment, probes: Sequence[Probe]) -> float:
    """Seconds a step of this shape, on the line through the probes."""
    low, high = probes[0], probes[-1]
    span = work_of(high.experiment) - work_of(low.experiment)
    share = (work_of(shape) - work_of(low.experiment)) / span if span else 0.0
    return max(low.step + share * (high.step - low.step), 1e-9)
