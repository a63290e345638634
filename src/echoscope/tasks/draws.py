"""Draws: numbers at random, of NumPy where a task is explained, of the device where it trains."""

from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from echoscope.integers import Integers

Drawn = Any  # an array of draws: of NumPy, or of JAX inside a program


class Draws(Protocol):
    """Numbers at random, each call others: of NumPy where a task is explained, of the device where
    it trains.

    `np` is the module whose functions work on them, `numpy` or `jax.numpy`.
    """

    np: ModuleType

    def integers(self, shape: tuple[int, ...], low: int, high: int) -> Drawn:
        """Integers from `low` to `high` - 1, each equally likely."""

    def happens(self, probability: float, shape: tuple[int, ...]) -> Drawn:
        """True where an event of this probability happens."""

    def order(self, rows: int, count: int) -> Drawn:
        """The numbers 0 to `count` - 1 in an order of its own for every row. [rows, count]"""


class NumpyDraws:
    """Draws of a NumPy generator.

    >>> NumpyDraws(1).integers((3,), 0, 10).tolist()
    [4, 5, 7]
    """

    def __init__(self, seed: int) -> None:
        self.np: ModuleType = np
        self._rng = np.random.default_rng(seed)

    def integers(self, shape: tuple[int, ...], low: int, high: int) -> Integers:
        """As `Draws`."""
        return self._rng.integers(low, high, shape)

    def happens(self, probability: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """As `Draws`."""
        return self._rng.random(shape) < probability

    def order(self, rows: int, count: int) -> Integers:
        """As `Draws`."""
        return np.argsort(self._rng.random((rows, count)), axis=1)
