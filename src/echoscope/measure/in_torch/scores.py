"""A trained network of PyTorch on fresh draws, counted as the compiled engine counts."""

# pyright: reportMissingImports=false
import numpy as np
import torch
from torch.nn import functional

from echoscope.measure.in_torch.batches import DRAWN, UNASKED, Batches
from echoscope.measure.in_torch.network import Network
from echoscope.training.batches import EVALUATED, BatchPlan
from echoscope.training.program import Metrics


def evaluated(network: Network, batches: Batches, plan: BatchPlan, epochs: int) -> Metrics:
    """What a single run's network says of so many fresh batches, in evaluation mode."""
    rows, heads = batches.rows, network.heads
    predictions, losses, wanted, asked = [], [], [], []
    block = batches.block(EVALUATED, 0, every=True)
    network.again(training=False)
    for epoch in range(epochs):
        place = epoch % DRAWN
        if epoch and place == 0:
            block = batches.block(EVALUATED, epoch // DRAWN, every=True)
        with torch.no_grad():
            outputs, _ = network.outputs(block.inputs[place])
            logits = network.logits(outputs[batches.all_steps])
            lost = functional.cross_entropy(
                logits, block.target[place], ignore_index=UNASKED, reduction="none"
            )
        if network.keeps:
            network.again(training=False)
        for kept, values in ((predictions, logits.argmax(1)), (losses, lost)):
            by_row = values.view(heads, -1, rows).permute(2, 1, 0).reshape(1, rows, -1)
            kept.append(by_row.numpy())
        wanted.append(block.wanted[place][None])
        asked.append(block.asked[place][None])
    drawn = block.drawn[(epochs - 1) % DRAWN]
    parts = (np.stack(predictions), np.stack(losses), np.stack(wanted), np.stack(asked))
    return counted(plan, heads, parts, drawn)


def counted(
    plan: BatchPlan, heads: int, parts: tuple[np.ndarray, ...], drawn: np.ndarray
) -> Metrics:
    """The metrics of a single run, of its predictions, their losses, what was wanted and whether it
    was asked [epochs, updates, batch, targets], and the last draw.
    """
    predictions, losses, wanted, asked = parts
    right = (predictions == wanted) & asked
    targets, correct = (part.sum(axis=(1, 2, 3)).astype(float) for part in (asked, right))
    lost = losses.sum(axis=(1, 2, 3)) / np.maximum(targets, 1)
    absolute = (np.abs(predictions - wanted) * asked).sum(axis=(1, 2, 3))
    of_correct, of_targets = correct - correct.mean(), targets - targets.mean()
    squares = [
        (a * b).sum()
        for a, b in ((of_correct, of_correct), (of_targets, of_targets), (of_correct, of_targets))
    ]
    by_head = losses.reshape(len(losses), -1, heads).sum(axis=1).mean(axis=0)
    return Metrics(
        loss=lost.mean()[None],
        targets=targets.mean()[None],
        correct=correct.mean()[None],
        mean_absolute_error=absolute.mean()[None],
        squares=np.array(squares)[None],
        drawn=drawn.reshape(plan.shape)[None],
        predictions=predictions[-1][None],
        placed=np.stack([asked.sum(axis=0), right.sum(axis=0)])[None],
        lost=(by_head if heads > 1 else np.zeros(0))[None],
    )
