"""A trained network of PyTorch at work: on any symbols, from any state, with a state that is
rounded or disturbed at every step.
"""

# pyright: reportMissingImports=false
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from echoscope.errors import SettingError
from echoscope.measure.in_torch.modules import detached, rebuilt, tensors
from echoscope.measure.in_torch.network import Network
from echoscope.measure.layer.base import State

Change = Callable[[int, Tensor], Tensor]  # of a leaf's place and the leaf


class Disturbed(NamedTuple):
    """What happens to a carried state at every step: it is rounded to 2**bits levels, and noise is
    added, in standard deviations of each unit, by draws of a seed.
    """

    bits: int | None = None
    noise: float = 0.0
    seed: int = 0


def values_of(
    network: Network, symbols: Tensor, state: State, axes: list[int | None], disturbed: Disturbed
) -> tuple[np.ndarray, np.ndarray, State]:
    """See `Layer.values`; `axes` are those of the rows in each leaf of the state."""
    network.module.eval()
    with torch.no_grad():
        if disturbed.bits is None and not disturbed.noise:
            outputs, after = network.outputs(symbols, state, hand_on=True)
        else:
            change = _change(network, symbols, state, axes, disturbed)
            outputs, after, _ = _by_step(network, symbols, state, change)
        logits = network.logits(outputs).view(network.heads, network.symbols, *symbols.shape)
    return outputs.numpy(), logits.permute(2, 3, 0, 1).numpy(), detached(after)


def _by_step(
    network: Network, symbols: Tensor, state: State, change: Change
) -> tuple[Tensor, State, list[list[Tensor]]]:
    """Outputs, the state after them, and the leaves at every step; the state is changed at each."""
    outputs, leaves = [], []
    for at in range(len(symbols)):
        output, state = network.outputs(symbols[at : at + 1], state, hand_on=True)
        leaves.append(tensors(state))
        if [leaf.shape for leaf in leaves[-1]] != [leaf.shape for leaf in leaves[0]]:
            raise SettingError(
                "the state of this layer grows with every time step, so that it cannot be rounded"
                " unit by unit: give it a cache of fixed size."
            )
        changed = [change(place, leaf) for place, leaf in enumerate(leaves[-1])]
        state = rebuilt(state, iter(changed))
        outputs.append(output)
    return torch.cat(outputs), state, leaves


def _change(
    network: Network,
    symbols: Tensor,
    state: State,
    axes: list[int | None],
    disturbed: Disturbed,
) -> Change:
    """What happens to a leaf at every step, scaled to what its units reach in an undisturbed
    read.
    """
    reached = [
        torch.stack(leaf) for leaf in zip(*_by_step(network, symbols, state, _same)[2], strict=True)
    ]
    over = [(0,) if axis is None else (0, axis + 1) for axis in axes]
    pairs = list(zip(reached, over, strict=True))
    low, high, spread = (
        [_kept(kind, leaf, axis) for leaf, axis in pairs] for kind in (torch.amin, torch.amax, _std)
    )
    bits, noise, seed = disturbed
    generator = torch.Generator().manual_seed(seed)

    def change(place: int, leaf: Tensor) -> Tensor:
        if not leaf.is_floating_point():
            return leaf
        if noise:
            drawn = torch.randn(leaf.shape, generator=generator)
            leaf = leaf + noise * spread[place] * drawn
        if bits is None:
            return leaf
        width = (high[place] - low[place]) / (2**bits - 1)
        level = torch.round((leaf - low[place]) / torch.where(width > 0, width, 1.0))
        return low[place] + level.clamp(0, 2**bits - 1) * width

    return change


def _same(place: int, leaf: Tensor) -> Tensor:
    return leaf


def _std(leaf: Tensor, dim: tuple[int, ...], keepdim: bool) -> Tensor:
    return leaf.std(dim, correction=0, keepdim=keepdim)


def _kept(kind: Callable[..., Tensor], leaf: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Of each unit over all steps and rows, in a form that goes with a leaf."""
    return kind(leaf.float(), dim=axes, keepdim=True)[0]
