"""A PyTorch module made, with weights by name, and as it was before anything was read."""

# pyright: reportMissingImports=false
import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from echoscope.measure.layer.base import State, Weights

Make = Callable[[int, int], nn.Module]  # of a seed and the width of its inputs
Parts = list[tuple[nn.Module, dict[str, object], dict[str, Tensor | None]]]


_DRAWING = threading.RLock()  # PyTorch draws from one generator, whatever thread asks


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """With a seed, what PyTorch draws here is of it, and nothing changes outside: one thread at a
    time.
    """
    if seed is None:
        yield
        return
    with _DRAWING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def weights_of(module: nn.Module) -> Weights:
    """What a gradient changes, by name."""
    return {
        name: part.detach().numpy().copy()
        for name, part in module.named_parameters()
        if part.requires_grad
    }


def load(module: nn.Module, weights: Mapping[str, np.ndarray]) -> None:
    """Give a module's parameters these values."""
    with torch.no_grad():
        for name, part in module.named_parameters():
            if name in weights:
                part.copy_(torch.as_tensor(np.array(weights[name], np.float32)))


class Fresh:
    """What modules keep beside their weights: `again` makes it what it was at first.

    Some keep their state to themselves, as an attribute or a buffer, and go on from there in their
    next call. Where none does (`keeps` is False) nothing has to be undone. What norms over batches
    have learned in their buffers stays, unless the `norms` too are to be as they were.
    """

    def __init__(self, module: nn.Module, norms: bool = False) -> None:
        self._parts: Parts = [
            (part, dict(part.__dict__), {k: _copied(v) for k, v in part._buffers.items()})
            for part in module.modules()
            if norms or not isinstance(part, nn.modules.batchnorm._NormBase)
        ]

    @property
    def keeps(self) -> bool:
        """Whether anything is another than at first."""
        return any(
            _differ(attributes, part.__dict__) or _differ(buffers, part._buffers)
            for part, attributes, buffers in self._parts
        )

    def again(self) -> None:
        """Everything as it was at first."""
        for part, attributes, buffers in self._parts:
            part.__dict__.update(attributes)
            for name in set(part.__dict__) - set(attributes):
                del part.__dict__[name]
            part._buffers.clear()
            part._buffers.update({name: _copied(value) for name, value in buffers.items()})


def _copied(value: Tensor | None) -> Tensor | None:
    return None if value is None else value.detach().clone()


def _differ(before: Mapping[str, object], now: Mapping[str, object]) -> bool:
    """Whether names differ, or a tensor among the values; other values count only where they were
    set anew.
    """
    if before.keys() != now.keys():
        return True
    return any(
        value is not now[name] if not isinstance(value, Tensor) else _moved(value, now[name])
        for name, value in before.items()
        if name not in ("training", "_buffers", "_parameters")
    )


def _moved(before: Tensor, now: object) -> bool:
    return not (isinstance(now, Tensor) and torch.equal(before, now))


def tensors(state: State) -> list[Tensor]:
    """The tensors in a state: one, or tuples, lists and mappings of them."""
    if isinstance(state, Tensor):
        return [state]
    if isinstance(state, Mapping):
        return [leaf for value in state.values() for leaf in tensors(value)]
    if isinstance(state, tuple | list):
        return [leaf for value in state for leaf in tensors(value)]
    return []


def rebuilt(state: State, leaves: Iterator[Tensor]) -> State:
    """A state of the same form with other tensors, in their order."""
    if isinstance(state, Tensor):
        return next(leaves)
    if isinstance(state, Mapping):
        return {name: rebuilt(value, leaves) for name, value in state.items()}
    if isinstance(state, tuple) and hasattr(state, "_fields"):
        return type(state)(*(rebuilt(value, leaves) for value in state))
    if isinstance(state, tuple | list):
        return type(state)(rebuilt(value, leaves) for value in state)
    return copy.copy(state)


def detached(state: State) -> State:
    """The same state without its history."""
    return rebuilt(state, (leaf.detach() for leaf in tensors(state)))
