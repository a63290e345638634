"""The cells of a study, made when they are looked at: of a million, few ever are."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import overload

import numpy as np
from numpy.typing import NDArray

from echoscope.experiment.experiment import Experiment
from echoscope.settings import ByName, Value

Places = NDArray[np.integer] | range


class Grid:
    """Every combination of the values of some axes, the last changing fastest, over seeds.

    Shapes: a combination is numbered from 0, and so is a place: that of a cell, whose seeds follow
    each other.
    """

    def __init__(
        self, start: Experiment, axes: Mapping[str, tuple[Value, ...]], seeds: int
    ) -> None:
        self.start, self.axes, self.seeds = start, axes, seeds
        self.sizes = tuple(map(len, axes.values()))
        self.combinations = int(np.prod(self.sizes, dtype=np.int64))
        self.made = lru_cache(maxsize=64)(self._made)

    def settings(self, combination: int) -> ByName:
        """The settings of a combination."""
        result = {}
        for name, values in reversed(list(self.axes.items())):
            combination, place = divmod(combination, len(values))
            result[name] = values[place]
        return {name: result[name] for name in self.axes}

    def _made(self, combination: int) -> Experiment:
        return self.start.change(**self.settings(combination))

    def __len__(self) -> int:
        return self.combinations * self.seeds

    def cell(self, place: int) -> Experiment:
        """The experiment at a place. Its seed needs no check: the last one of all has been."""
        combination, seed = divmod(place, self.seeds)
        result = self.made(combination)
        if seed:
            result = copy.copy(result)
            object.__setattr__(result, "seed", result.seed + seed)
        return result


class Cells(Sequence[Experiment]):
    """Experiments of a grid at some places; equal to any sequence of the same ones."""

    def __init__(self, grid: Grid, places: Places) -> None:
        self.grid, self.places = grid, places

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> Experiment: ...
    @overload
    def __getitem__(self, at: slice) -> "Cells": ...
    def __getitem__(self, at: int | slice) -> "Experiment | Cells":
        if isinstance(at, slice):
            return Cells(self.grid, self.places[at])
        return self.grid.cell(int(self.places[at]))

    def __iter__(self) -> Iterator[Experiment]:
        return map(self.grid.cell, map(int, self.places))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cells | tuple | list) or len(self) != len(other):
            return NotImplemented if not isinstance(other, Cells | tuple | list) else False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self.ids()))

    def __repr__(self) -> str:
        return f"<{len(self):,} cells>"

    def epochs(self) -> NDArray[np.integer]:
        """How many epochs each cell trains at most, in their order."""
        axes = self.grid.axes
        if "epochs" not in axes:
            return np.full(len(self), self.grid.start.training.epochs)
        combinations = np.unravel_index(np.asarray(self.places) // self.grid.seeds, self.grid.sizes)
        return np.array(axes["epochs"])[combinations[list(axes).index("epochs")]]

    def ids(self) -> Iterator[str]:
        """The ids of the cells, in their order."""
        seeds = self.grid.seeds
        for combination, places in groupby(map(int, self.places), lambda place: place // seeds):
            result = self.grid.made(combination)
            yield from result.ids(result.seed + place % seeds for place in places)


class Waiting:
    """Cells that nobody trains yet, the first first; made as they are taken."""

    def __init__(self, cells: Sequence[Experiment]) -> None:
        self._cells, self._taken = cells, 0

    def __len__(self) -> int:
        return len(self._cells) - self._taken

    def popleft(self) -> Experiment:
        """The next of them, taken away."""
        self._taken += 1
        return self._cells[self._taken - 1]
