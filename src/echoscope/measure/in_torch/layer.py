"""A layer of PyTorch: its own modules run it, and a loop of its own trains it."""

# pyright: reportMissingImports=false
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor, nn

from echoscope.errors import SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.measure.in_torch.calls import Call
from echoscope.measure.in_torch.disturbed import Disturbed, values_of
from echoscope.measure.in_torch.modules import (
    Fresh,
    Make,
    load,
    rebuilt,
    seeded,
    tensors,
    weights_of,
)
from echoscope.measure.in_torch.network import Network
from echoscope.measure.in_torch.trainer import TorchTraining
from echoscope.measure.layer.base import (
    Gradients,
    Inputs,
    Outputs,
    Over,
    Passed,
    State,
    Weights,
    never,
)
from echoscope.measure.layer.given import no_numbers, no_run
from echoscope.measure.layer.identity import Identity
from echoscope.measure.layer.trained_as import registered
from echoscope.measure.lift import lift
from echoscope.models.base import Generator, SequenceLayer
from echoscope.training.results import Outcome

STEPS, ROWS = 4, 3  # of what is read once to see what a layer gives: two sizes that differ


@dataclass(frozen=True)
class TorchLayer:
    """See `Layer`. `make(seed, input_size)` makes the module, `call` calls it; `fixed` is the only
    width that it reads, None if it takes any.
    """

    identity: Identity
    make: Make
    call: Call
    input_size: int
    fixed: int | None = None
    has_modes: bool = True
    tried: bool = False  # whether `fixed` was found by trying: as many symbols are read as they are

    def __post_init__(self) -> None:
        torch.set_num_threads(1)  # of layers this small a second thread costs more than it gives

    @property
    def hands_state(self) -> bool:
        """Whether it gives back its state and takes it again."""
        return self.call.convention.hands_state and bool(tensors(self._seen[1]))

    @property
    def takes_lengths(self) -> bool:
        """Whether it can be told how long each row is: PyTorch's own layers, by packed rows."""
        return isinstance(self._module, nn.RNNBase)

    @cached_property
    def _module(self) -> nn.Module:
        return self.make(0, self.input_size)

    @cached_property
    def _fresh(self) -> Fresh:
        return Fresh(self._module, norms=True)

    @cached_property
    def _seen(self) -> tuple[Tensor, State]:
        """What it gives for a few zeros, after which it is what it must be, or a `SettingError`."""
        source, shape = self.identity.source, (STEPS, ROWS, self.input_size)
        self._ready(weights_of(self._module), None)
        try:
            with torch.no_grad():
                outputs, state = self.call.read(self._module, torch.zeros(shape))
        except SettingError:
            raise
        except Exception as error:
            raise no_run(source, self.input_size, error) from error
        if outputs.dim() != 3 or outputs.shape[:2] != shape[:2]:
            layout = self.call.convention.layout
            raise SettingError(
                f"{source} gives outputs of shape {_shape(outputs, layout)} for inputs of shape"
                f" {_shape(torch.zeros(shape), layout)}: it must give one for every time step and"
                " row; say layout if it reads them in another order."
            )
        if not outputs.is_floating_point():
            raise no_numbers(source, str(outputs.dtype).removeprefix("torch."))
        return outputs, state

    def look(self) -> None:
        """Run it once. Raises `SettingError` where that fails, or gives what no layer gives."""
        _ = self._seen

    @cached_property
    def row_axes(self) -> list[int | None]:
        """The axis of rows in each leaf of its state: the one that differs with their number."""
        leaves = []
        for rows in (ROWS, ROWS + 2):
            module = self.make(0, self.input_size).eval()
            with torch.no_grad():
                inputs = torch.zeros(STEPS, rows, self.input_size)
                leaves.append(tensors(self.call.read(module, inputs)[1]))
        return [
            next((axis for axis, size in enumerate(few.shape) if size != more.shape[axis]), None)
            for few, more in zip(*leaves, strict=True)
        ]

    @property
    def width(self) -> int:
        """The width of its outputs."""
        return self._seen[0].shape[-1]

    @cached_property
    def _widths(self) -> dict[int, int]:
        return {self.input_size: self.width}

    def width_at(self, input_size: int) -> int:
        """The width of its outputs where it reads another width."""
        if input_size not in self._widths:
            self._widths[input_size] = replace(self, input_size=input_size).width
        return self._widths[input_size]

    def init(self, seed: int) -> Weights:
        """See `Layer`."""
        return weights_of(self.make(seed, self.input_size))

    def _ready(self, weights: Weights, training: int | None) -> None:
        """The module as it was at first, with these weights."""
        self._fresh.again()
        load(self._module, weights)
        self._module.train(training is not None)

    def run(
        self,
        weights: Weights,
        inputs: Inputs,
        state: State = None,
        *,
        training: int | None = None,
        lengths: Sequence[int] | None = None,
    ) -> Passed:
        """See `Layer`."""
        if lengths is not None and not self.takes_lengths:
            raise TypeError("this layer has no such way to be run")
        self._ready(weights, training)
        with torch.no_grad(), seeded(training):
            if lengths is None:
                read = self.call.read(self._module, tensor(inputs), state)
            else:
                read = self._padded(tensor(inputs), state, lengths)
        outputs, after = read
        return Passed(outputs.numpy(), after if self.hands_state else None)

    def _padded(self, inputs: Tensor, state: State, lengths: Sequence[int]) -> tuple[Tensor, State]:
        """Packed rows, without those of length 0, which PyTorch refuses: they give zeros, and go on
        from where they began.
        """
        read = [row for row, length in enumerate(lengths) if length]
        before = [leaf[:, read].contiguous() for leaf in tensors(state)]
        rows = nn.utils.rnn.pack_padded_sequence(
            inputs[:, read], torch.tensor(lengths)[read], enforce_sorted=False
        )
        packed, after = self._module(rows, rebuilt(state, iter(before)) if before else None)
        filled, _ = nn.utils.rnn.pad_packed_sequence(packed, total_length=len(inputs))
        outputs = torch.zeros(*inputs.shape[:2], filled.shape[-1])
        outputs[:, read] = filled
        last = []
        for place, leaf in enumerate(tensors(after)):
            first = torch.zeros(len(leaf), len(lengths), leaf.shape[-1])
            whole = tensors(state)[place].clone() if before else first
            whole[:, read] = leaf
            last.append(whole)
        return outputs, rebuilt(after, iter(last))

    def twice(self, weights: Weights, inputs: Inputs) -> tuple[Outputs, Outputs]:
        """See `Layer`."""
        self._ready(weights, None)
        with torch.no_grad():
            first, second = (self.call.read(self._module, tensor(inputs))[0] for _ in range(2))
        return first.numpy(), second.numpy()

    def gradients(self, weights: Weights, parts: Sequence[Inputs], cotangent: Outputs) -> Gradients:
        """See `Layer`."""
        self._ready(weights, None)
        read = [tensor(part).requires_grad_() for part in parts]
        state, outputs = None, []
        for part in read:
            output, state = self.call.read(self._module, part, state)
            outputs.append(output)
        named = {n: p for n, p in self._module.named_parameters() if p.requires_grad}
        total = (torch.cat(outputs) * tensor(cotangent)).sum()
        wanted = [*read, *named.values()]
        grads = torch.autograd.grad(total, wanted, allow_unused=True, materialize_grads=True)
        arrays = [grad.numpy() for grad in grads]
        return Gradients(
            np.concatenate(arrays[: len(read)]),
            dict(zip(named, arrays[len(read) :], strict=True)),
        )

    def leaves(self, state: State) -> list[np.ndarray]:
        """See `Layer`."""
        return [leaf.detach().numpy() for leaf in tensors(state)]

    def filled(self, state: State, leaves: Sequence[np.ndarray]) -> State:
        """See `Layer`."""
        return rebuilt(state, iter([torch.as_tensor(np.array(leaf)) for leaf in leaves]))

    @cached_property
    def model(self) -> str:
        """The name that it is trained by, which no other layer has."""
        return registered(self.identity.source, self.sequence_layer)

    def first_weights(self, rng: np.random.Generator, input_size: int) -> Weights:
        """What training begins with, for symbols that are one-hot vectors of this width."""
        weights = weights_of(self.make(int(rng.integers(2**31)), self.fixed or input_size))
        return weights | lift(rng, input_size, self.fixed, self.tried)

    @cached_property
    def sequence_layer(self) -> SequenceLayer:
        """Its place among the models: its weights are known there, and it is not run there."""

        def init(rng: Generator, input_size: int, units: int, time_steps: int) -> Weights:
            return self.first_weights(rng or np.random.default_rng(0), input_size)

        def apply(*arguments: object) -> NoReturn:
            raise SettingError(
                f"{self.identity.source} is a layer of PyTorch, which the compiled program cannot"
                " run: train and read it through its door."
            )

        return SequenceLayer(init, lambda *sizes: (), apply, skips_initial=True)

    def experiment(self, experiment: Experiment) -> Experiment:
        """See `Layer`."""
        size = self.fixed or experiment.task.vocab_size + experiment.task.marked
        return experiment.change(model=self.model, units=self.width_at(size))

    def trainer(self, experiments: Sequence[Experiment], over: Over = never) -> TorchTraining:
        """See `Layer`."""
        return TorchTraining(self.network, experiments, over)

    def network(self, experiment: Experiment, weights: Weights) -> Network:
        """The network that an experiment trains, with these weights."""
        size = self.fixed or experiment.task.vocab_size + experiment.task.marked
        return Network(self.make(experiment.seed, size), self.call, experiment, weights)

    def values(
        self,
        outcome: Outcome,
        symbols: object,
        state: State = None,
        *,
        bits: int | None = None,
        noise: float = 0.0,
        seed: int = 0,
    ) -> tuple[np.ndarray, np.ndarray, State]:
        """See `Layer`."""
        network = self.network(outcome.experiment, outcome.weights)
        disturbed = Disturbed(bits, noise, seed)
        axes: list[int | None] = []
        if disturbed.bits is not None or disturbed.noise:
            if not self.hands_state:
                raise SettingError(
                    f"{self.identity.source} hands over no state, so none can be rounded or"
                    " disturbed: give it a state that it returns and takes."
                )
            axes = self.row_axes
        read = torch.as_tensor(np.array(symbols, np.int64))
        outputs, logits, after = values_of(network, read, state, axes, disturbed)
        return outputs, logits, after if self.hands_state else None


def tensor(array: np.ndarray) -> Tensor:
    """An array as PyTorch reads it; a copy, as JAX's are not to be written to."""
    return torch.as_tensor(np.array(array, np.float32))


def _shape(inputs: Tensor, layout: str) -> tuple[int, ...]:
    """A shape as the module has it."""
    shape = tuple(inputs.shape)
    return (shape[1], shape[0], *shape[2:]) if layout == "batch_first" else shape
