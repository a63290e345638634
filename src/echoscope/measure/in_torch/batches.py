"""Fresh batches for PyTorch: the tasks' own draws, framed by the function that frames all."""

# pyright: reportMissingImports=false
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from echoscope.experiment.experiment import Experiment
from echoscope.integers import Integers
from echoscope.tasks.draws import NumpyDraws
from echoscope.training.batches import batch_plan, framed

DRAWN = 16  # batches that are drawn at once
UNASKED = -100  # what PyTorch's cross-entropy leaves out


class Block(NamedTuple):
    """Several batches: `inputs` [batches, time, batch] are symbols, `target` [batches, heads, steps
    * batch] what is asked after those steps; `drawn` [batches, batch, reach] and `asked` [batches,
    batch, targets] are the same as the task has them.
    """

    inputs: Tensor
    target: Tensor
    drawn: Integers
    wanted: Integers
    asked: np.ndarray


class Batches:
    """The batches of one run: a block is the same whoever asks for it."""

    def __init__(self, experiment: Experiment) -> None:
        task, training = experiment.task, experiment.training
        self.experiment, self.rows = experiment, training.batch_size
        self._plan = batch_plan(experiment.change(batch_size=DRAWN * self.rows))
        steps = task.time_steps if task.readout == "all" else 1
        self.form = (DRAWN, self.rows, steps, task.heads)
        often = self._plan.mask.reshape(self.form).any(axis=(0, 1, 3))
        self.steps = torch.from_numpy(np.flatnonzero(often) + task.time_steps - steps)
        self.all_steps = torch.arange(task.time_steps - steps, task.time_steps)

    def block(self, stream: int, number: int, every: bool = False) -> Block:
        """A block of a stream; its targets are those of `steps`, or of `all_steps`."""
        state = np.random.SeedSequence([self.experiment.seed, stream, number])
        draws = NumpyDraws(int(state.generate_state(1, np.uint64)[0]))
        drawn = self.experiment.task.sample(draws, DRAWN * self.rows)
        batch = framed(drawn, self._plan, xp=np)
        inputs = batch.inputs.reshape(DRAWN, self.rows, -1).transpose(0, 2, 1)
        target = np.where(batch.mask, batch.target, UNASKED).reshape(self.form)
        kept = target if every else target[:, :, self.steps.numpy() - int(self.all_steps[0])]
        by_head = kept.transpose(0, 3, 2, 1).reshape(DRAWN, self.form[-1], -1)
        return Block(
            torch.from_numpy(np.ascontiguousarray(inputs, np.int64)),
            torch.from_numpy(np.ascontiguousarray(by_head, np.int64)),
            drawn.reshape(DRAWN, self.rows, -1),
            np.asarray(batch.target).reshape(DRAWN, self.rows, -1),
            np.broadcast_to(batch.mask, batch.target.shape).reshape(DRAWN, self.rows, -1),
        )
