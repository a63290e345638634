"""Training of PyTorch's layers: a loop of its own, with the compiled one's calls and records."""

# pyright: reportMissingImports=false
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from echoscope.errors import SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.held_out import EVALUATION_TARGETS
from echoscope.measure.in_torch.batches import DRAWN, UNASKED, Batches, Block
from echoscope.measure.in_torch.modules import seeded
from echoscope.measure.in_torch.network import Network, check
from echoscope.measure.in_torch.scores import evaluated
from echoscope.measure.layer.base import Over, Weights, never
from echoscope.training.batches import TRAINED, BatchPlan, batch_plan
from echoscope.training.loop import DIVERGED, DONE, HOLDS, INTERRUPTED, SLICES, SOLVED, reading
from echoscope.training.optimizer import BETA_1, BETA_2, EPSILON
from echoscope.training.results import Outcome, Point, Progress
from echoscope.training.scores import accuracy_of, by_label
from echoscope.training.setup import Setup

NetworkOf = Callable[[Experiment, Weights], Network]


@dataclass
class Run:
    """One run: its network and optimizer, and what is known of it so far."""

    experiment: Experiment
    setup: Setup
    plan: BatchPlan
    network: Network
    batches: Batches
    parameters: list[torch.nn.Parameter]
    optimizer: torch.optim.Adam
    draws: bool
    outcome: str | None = None
    epochs: int = 0
    slices_at_target: int = 0
    seconds: float = 0.0
    curve: list[Point] = field(default_factory=list)
    block: tuple[int, Block] | None = None

    @classmethod
    def of(cls, experiment: Experiment, network_of: NetworkOf) -> "Run":
        """A run at its beginning."""
        check(experiment)
        setup = Setup.of(experiment)
        network = network_of(experiment, setup.first_weights(experiment.seed))
        parameters = network.parameters
        optimizer = torch.optim.Adam(
            parameters,
            experiment.training.learning_rate,
            betas=(BETA_1, BETA_2),
            fused=True,
        )
        plan, batches = batch_plan(experiment), Batches(experiment)
        return cls(experiment, setup, plan, network, batches, parameters, optimizer, draws(network))

    def drawn(self, epoch: int) -> Block:
        """The block in which an epoch's batch lies."""
        number = epoch // DRAWN
        if self.block is None or self.block[0] != number:
            self.block = number, self.batches.block(TRAINED, number)
        return self.block[1]

    def train(self, epochs: int, over: Over) -> tuple[float, float]:
        """So many epochs more, or fewer if it is `over` before: the mean loss of their targets, and
        the share predicted correctly, each before the update that it led to.
        """
        sequence = np.random.SeedSequence([self.experiment.seed, self.epochs])
        lost, right, asked = torch.zeros(()), torch.zeros(()), 0
        with seeded(int(sequence.generate_state(1)[0]) if self.draws else None):
            self.network.module.train()
            for epoch in range(self.epochs, self.epochs + epochs):
                if over():
                    break
                block, place = self.drawn(epoch), epoch % DRAWN
                mean, correct, count = self.update(block, place, epoch)
                lost += mean * count
                right += correct
                asked += count
        return float(lost) / max(asked, 1), float(right) / max(asked, 1)

    def update(
        self, block: Block, place: int, epoch: int
    ) -> tuple[torch.Tensor, torch.Tensor, int]:
        """One weight update: the mean loss, how many predictions are correct, and of how many."""
        network, target = self.network, block.target[place]
        outputs, _ = network.outputs(block.inputs[place])
        steps = self.batches.steps
        logits = network.logits(outputs if len(steps) == len(outputs) else outputs[steps])
        loss = functional.cross_entropy(logits, target, ignore_index=UNASKED)
        for part in self.parameters:
            part.grad = None
        loss.backward()
        # Adam as the compiled engine has it: epsilon beside the root that is not yet corrected.
        self.optimizer.param_groups[0]["eps"] = EPSILON / math.sqrt(1 - BETA_2 ** (epoch + 1))
        self.optimizer.step()
        if network.keeps:
            network.again(training=True)
        with torch.no_grad():
            there = target != UNASKED
            of_target = logits.gather(1, target.clamp_min(0)[:, None])[:, 0]
            correct = ((of_target >= logits.amax(1)) & there).sum()
            return loss.detach(), correct, int(there.sum())

    def judge(self, loss: float, accuracy: float) -> None:
        """Add a slice to the curve; close the run if it has diverged, solved its task, or trained
        every epoch.
        """
        training = self.experiment.training
        self.curve.append(Point(self.epochs, loss, accuracy))
        at_target = training.target_accuracy is not None and accuracy >= training.target_accuracy
        self.slices_at_target = self.slices_at_target + 1 if at_target else 0
        if not np.isfinite(loss):
            self.outcome = DIVERGED
        elif self.slices_at_target >= HOLDS:
            self.outcome = SOLVED
        elif self.epochs >= training.epochs:
            self.outcome = DONE


def draws(network: Network) -> bool:
    """Whether a module draws at random in training mode, as dropout does: then it trains while no
    other does, so that what it draws is of its own seed.
    """
    with seeded(0), torch.no_grad():
        before = torch.get_rng_state()
        network.module.train()
        network.outputs(torch.zeros((2, 2), dtype=torch.int64))
        network.again(training=True)
        return not torch.equal(before, torch.get_rng_state())


class TorchTraining:
    """As `training.loop.Training`, of a layer of PyTorch: iterate to train, stop whenever you like,
    and `outcomes()` evaluates what there is. Runs go one after the other.

    Raises `SettingError` for what this loop does not train.
    """

    seconds_compile = 0.0

    def __init__(
        self,
        network_of: NetworkOf,
        experiments: Sequence[Experiment],
        over: Over = never,
    ) -> None:
        if not experiments:
            raise SettingError("Training needs at least one experiment, not none.")
        self._over = over
        self._runs = [Run.of(experiment, network_of) for experiment in experiments]

    def __iter__(self) -> Iterator[Progress]:
        return self

    def __next__(self) -> Progress:
        active = [run for run in self._runs if not run.outcome]
        if not active:
            raise StopIteration
        for run in active:
            started = time.perf_counter()
            whole = run.experiment.training.epochs
            epochs = min(-(-whole // SLICES), whole - run.epochs)
            loss, accuracy = run.train(epochs, self._over)
            if self._over():
                raise StopIteration
            run.seconds += time.perf_counter() - started
            run.epochs += epochs
            run.judge(loss, accuracy)
        done = max(run.epochs for run in self._runs)
        most = max(run.experiment.training.epochs for run in self._runs)
        return Progress(done, most, tuple(run.curve[-1] for run in self._runs))

    def outcomes(self) -> list[Outcome]:
        """Every run's outcome and accuracy, on at least 10,000 targets to integers that no training
        ever draws.
        """
        return [self._outcome(run) for run in self._runs]

    def _outcome(self, run: Run) -> Outcome:
        experiment, weights = run.experiment, run.network.weights()
        epochs = reading(experiment, run.plan, None, EVALUATION_TARGETS).epochs
        metrics = evaluated(run.network, run.batches, run.plan, epochs)
        loss = float(metrics.loss[0])
        finite = bool(np.isfinite(loss)) and all(
            np.isfinite(array).all() for array in weights.values()
        )
        outcome = run.outcome or INTERRUPTED if finite else DIVERGED
        task, diverged = experiment.task, outcome == DIVERGED
        lags, columns = task.which[: task.heads].tolist(), task.which_column.tolist()
        absolute = float(metrics.mean_absolute_error[0] / metrics.targets[0])
        return Outcome(
            experiment=experiment,
            outcome=outcome,
            epochs=run.epochs,
            steps=run.epochs,
            curve=tuple(run.curve),
            accuracy=accuracy_of(0, epochs, metrics) if finite else None,
            loss=None if diverged else loss,
            mean_absolute_error=None if diverged else absolute,
            chance=None,
            setup=run.setup,
            plan=run.plan,
            weights=weights,
            drawn=metrics.drawn[0],
            predictions=metrics.predictions[0],
            placed=metrics.placed[0],
            by_target=by_label(0, epochs, metrics, lags) if finite else (),
            by_column=by_label(0, epochs, metrics, columns) if finite else (),
            seconds_compile=self.seconds_compile,
            seconds_train=run.seconds,
            side_by_side=len(self._runs),
        )
