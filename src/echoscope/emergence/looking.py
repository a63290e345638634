"""One fixed sample and the probe's windows, and what a network makes of them."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from echoscope.emergence.gates import gates_of
from echoscope.emergence.reading import Read, read
from echoscope.evaluation.forward import parts_of, parts_of_windows
from echoscope.evaluation.network import network_of
from echoscope.experiment.experiment import CONTINUOUS, WINDOWS, Experiment
from echoscope.integers import GAP
from echoscope.measure.search.probe import ProbedLag, probe_bits
from echoscope.tasks.base import Task
from echoscope.tasks.draws import NumpyDraws
from echoscope.tasks.echo import Echo
from echoscope.training.results import Outcome

SHOWN = 30  # time steps of the sample, about
ROWS = (1000, 10, 2000)  # windows whose last state is probed: at least, a symbol, and at most
NUMBERS = 256  # of a state that are probed; of more, as many sums of them at random
LAGS = 12  # lags that it reads, at most
BEYOND = 5  # of them beyond the furthest that is asked
SEED = 20_000  # of sample and windows, which no training draws from


class Sample(NamedTuple):
    """Windows one after the other, the targets of each, which of them are asked, and at which time
    step. A decoder's own time steps follow those of each window.
    """

    inputs: Int[np.ndarray, "windows window"]
    targets: Int[np.ndarray, "windows targets"]
    asked: Bool[np.ndarray, "windows targets"]
    steps: Int[np.ndarray, " targets"]
    heads: int
    decoder_steps: int = 0

    @property
    def window(self) -> int:
        """Time steps of one of them, the decoder's too."""
        return self.inputs.shape[1] + self.decoder_steps

    @property
    def in_row(self) -> Int[np.ndarray, " time"]:
        """What is read at every time step: a gap while a decoder says."""
        none = np.full((len(self.inputs), self.decoder_steps), GAP, self.inputs.dtype)
        return np.concatenate([self.inputs, none], axis=1).ravel()

    def laid(self, values: np.ndarray) -> np.ndarray:
        """What there is of each target [windows, targets], at the time step at which it is asked
        [heads, time]; zeros elsewhere.
        """
        result = np.zeros((self.heads, len(self.inputs), self.window), values.dtype)
        for head in range(self.heads):
            result[head][:, self.steps[head :: self.heads]] = values[:, head :: self.heads]
        return result.reshape(self.heads, -1)


class Seen(NamedTuple):
    """What a network makes of it: predictions of the sample, its states and gates there, and what
    the probe reads, of a decoder's state after each of its steps too.
    """

    predictions: Int[np.ndarray, "windows targets"]
    states: Float[np.ndarray, "time units"]
    gates: dict[str, Float[np.ndarray, "time units"]]
    probed: tuple[ProbedLag, ...]
    probed_decoder: tuple[tuple[ProbedLag, ...], ...]


class Looking:
    """What a network of an experiment is shown: always the same."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.task = experiment.task
        # What is shown and probed has no gaps: a symbol that is missing cannot be read back.
        whole_task = self.task
        if isinstance(whole_task, Echo) and whole_task.gappy:
            whole_task = whole_task.with_settings(missing=0.0, gaps="masked", edges="dropped")
        self._whole_task: Task = whole_task

    @cached_property
    def sample(self) -> Sample:
        """The fixed sample; of a network whose state is kept throughout, as long a window."""
        task = self._whole_task
        decoder_steps = task.heads if task.readout == "decoder" else 0
        count = max(1, SHOWN // (task.time_steps + decoder_steps))
        if self.experiment.use == CONTINUOUS and task.readout == "all":
            task, count = task.with_settings(window=SHOWN, length=SHOWN), 1
        return _drawn(task, count, SEED)

    @cached_property
    def probed(self) -> Int[np.ndarray, "window rows"]:
        """What the probe's windows read."""
        least, each, most = ROWS
        rows = min(max(least, each * self.task.vocab_size), most)
        return _drawn(self._whole_task, rows, SEED + 1).inputs.T

    @property
    def ceiling(self) -> float:
        """Bits of one symbol."""
        return math.log2(self.task.vocab_size)

    @cached_property
    def lags(self) -> tuple[int, ...]:
        """Lags that are probed: all up to some beyond the furthest that is asked, or of very many
        an even choice with those that are asked.
        """
        furthest = self.task.time_steps - 1
        asked: tuple[int, ...] = ()
        if isinstance(self.task, Echo):
            asked = tuple(lag for lag in self.task.lag if 0 <= lag <= furthest)
            furthest = min(furthest, max(self.task.lag) + BEYOND)
        if furthest < LAGS:
            return tuple(range(furthest + 1))
        even = np.linspace(0, furthest, LAGS).round().astype(int).tolist()
        return tuple(sorted({*even, *asked}))

    def seen(self, outcome: Outcome) -> Seen:
        """What a network makes of it."""
        sample, setup, weights = self.sample, outcome.setup, outcome.weights
        shown = read(setup, weights, sample.inputs.T)
        gates = gates_of(setup, weights, sample.inputs.T)
        probed = read(setup, weights, self.probed)
        return Seen(
            self._predictions(outcome),
            _in_row(np.concatenate([shown.outputs, shown.decoder[0]])),
            {name: _in_row(gate) for name, gate in gates.items()},
            self._lags_of(self._last_states(probed)),
            tuple(self._lags_of(_reduced([*parts])) for parts in probed.decoder.swapaxes(0, 1)),
        )

    def _lags_of(self, states: Float[np.ndarray, "rows width"]) -> tuple[ProbedLag, ...]:
        """What the probe reads of each lag, counted from the last time step of the window."""
        every = np.broadcast_to(states, (len(self.probed), *states.shape))
        last = len(self.probed) - 1
        return probe_bits(every, self.probed, self.task.vocab_size, self.lags, first=last).lags

    def _last_states(self, probed: Read) -> Float[np.ndarray, "rows width"]:
        """The state after the probe's windows: the layer's outputs, and what it hands on of so many
        numbers a unit, complex ones as two. Caches and buffers of what came in are left out: there
        every symbol is, whatever is learned.
        """
        shape, parts = (self.probed.shape[1], self.experiment.units), [probed.outputs[-1]]
        for leaf in probed.state:
            if leaf.shape == shape:
                parts += [np.real(leaf), np.imag(leaf)] if np.iscomplexobj(leaf) else [leaf]
        return _reduced(parts)

    def _predictions(self, outcome: Outcome) -> Int[np.ndarray, "windows targets"]:
        network, inputs = network_of(self.experiment, outcome.weights, "frames"), self.sample.inputs
        if self.experiment.use == CONTINUOUS and self.task.readout == "all":
            parts = parts_of(network, inputs.ravel(), CONTINUOUS)
            return np.concatenate([part.predictions.ravel() for part in parts])[None]
        return np.concatenate(
            [part.predictions for part in parts_of_windows(network, inputs, WINDOWS)]
        )


def _reduced(parts: Sequence[np.ndarray]) -> Float[np.ndarray, "rows width"]:
    """Parts of a state side by side, each number once, and no more of them than are probed."""
    states = np.unique(np.concatenate(parts, axis=1, dtype=np.float32), axis=1)
    if states.shape[1] > NUMBERS:
        sums = np.random.default_rng(SEED).standard_normal((states.shape[1], NUMBERS))
        states = states @ (sums / np.sqrt(NUMBERS)).astype(np.float32)
    return states


def _in_row(values: Float[np.ndarray, "window windows units"]) -> Float[np.ndarray, "time units"]:
    """Windows one after the other."""
    return np.asarray(np.swapaxes(values, 0, 1).reshape(-1, values.shape[-1]), np.float32)


def _drawn(task: Task, rows: int, seed: int) -> Sample:
    """Fresh samples of a task."""
    frame, drawn = task.frame(), np.asarray(task.sample(NumpyDraws(seed), rows))
    asked = np.repeat(frame.mask, rows, axis=0)
    decodes = task.readout == "decoder"
    return Sample(
        drawn[:, frame.inputs[0]],
        drawn[:, np.where(frame.mask[0], frame.target[0], 0)],
        asked,
        task.time_steps + np.arange(task.heads) if decodes else task.target_steps(),
        task.heads,
        task.heads if decodes else 0,
    )
