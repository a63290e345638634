"""A layer of PyTorch between one-hot symbols and a readout: the network that a task trains."""

# pyright: reportMissingImports=false
import numpy as np
import torch
from torch import Tensor, nn

from echoscope.errors import SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.measure.in_torch.calls import Call
from echoscope.measure.in_torch.modules import Fresh, load, weights_of
from echoscope.measure.layer.base import State, Weights
from echoscope.measure.lift import LIFT
from echoscope.models import stack

LAYER, KERNEL, BIAS = "layer1", "readout.kernel", "readout.bias"


def check(experiment: Experiment) -> None:
    """Refuse what the loop of PyTorch's layers does not train."""
    task, training = experiment.task, experiment.training
    for wrong, what, remedy in (
        (training.sampling != "windows", f"sampling {training.sampling}", "sampling windows"),
        (task.readout not in ("all", "last"), f"readout {task.readout}", "readout last or all"),
        (experiment.encoding != "one-hot", f"encoding {experiment.encoding}", "encoding one-hot"),
        (experiment.layers > 1, f"layers {experiment.layers}", "layers 1"),
        (experiment.bidirectional, "bidirectional true", "bidirectional false"),
        (experiment.data is not None, "user data", "random integers"),
        (bool(task.column_sizes), "several columns", "one integer a time step"),
        (task.gappy and not task.marked, "gaps that state passes over", "gaps marked"),
    ):
        if wrong:
            raise SettingError(f"A layer of PyTorch is not trained with {what}: use {remedy}.")


class Network:
    """A module with what brings symbols to it and predictions from it, with these weights by name,
    as the compiled engine has them.
    """

    def __init__(self, module: nn.Module, call: Call, experiment: Experiment, weights: Weights):
        task = experiment.task
        self.call, self.module, self.heads = call, module, task.heads
        self.symbols = task.vocab_size
        read = self.symbols + task.marked
        self.table = torch.eye(read)
        self.fresh = Fresh(module)
        load(module, stack.of(LAYER, weights))
        lift = f"{LAYER}.{LIFT}"
        self.around = {
            name: nn.Parameter(torch.as_tensor(np.array(weights[name])))
            for name in (lift, KERNEL, BIAS)
            if name in weights
        }
        self.lift = self.around.get(lift)
        self._keeps: bool | None = None

    @property
    def keeps(self) -> bool:
        """Whether its module keeps anything from call to call; asked after the first one."""
        if self._keeps is None:
            self._keeps = self.fresh.keeps
        return self._keeps

    def again(self, training: bool) -> None:
        """As it was before it read anything, in this mode."""
        self.fresh.again()
        self.module.train(training)

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What a gradient changes."""
        inner = (part for part in self.module.parameters() if part.requires_grad)
        return [*inner, *self.around.values()]

    def weights(self) -> Weights:
        """Its weights now, by name."""
        around = {name: part.detach().numpy().copy() for name, part in self.around.items()}
        return stack.named(LAYER, weights_of(self.module)) | around

    def outputs(
        self, symbols: Tensor, state: State = None, hand_on: bool = False
    ) -> tuple[Tensor, State]:
        """The layer's outputs [time, batch, width] for symbols [time, batch], and its state."""
        table = self.table if self.lift is None else self.lift
        return self.call.read(self.module, table[symbols], state, hand_on)

    def logits(self, outputs: Tensor) -> Tensor:
        """[heads, symbols, time * batch]: what is summed over lies apart, so that a core sums many
        at once; five times as fast as symbols last.
        """
        flat = outputs.reshape(-1, outputs.shape[-1])
        said = torch.addmm(self.around[BIAS][:, None], self.around[KERNEL].T, flat.T)
        return said.view(self.heads, self.symbols, -1)
