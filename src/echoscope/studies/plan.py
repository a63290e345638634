"""The plan of a study: what is done, what is left, and which cells share one compiled program."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echoscope.experiment.experiment import Experiment
from echoscope.studies.cells import Cells, Grid
from echoscope.studies.grid import Study

SHAPELESS = ("learning_rate", "epochs", "target_accuracy", "fold", "seed")  # no program differs


@dataclass(frozen=True)
class Plan:
    """What a study will do: its cells, those done, those left, and the groups of what is left, the
    largest first, each with the shape that its cells share.
    """

    cells: Cells
    done: Cells
    left: Cells
    groups: tuple[Cells, ...]
    shapes: tuple[Experiment, ...]


def plan(study: Study, done: Iterable[str] = ()) -> Plan:
    """The plan of a study of which the experiments with the identities `done` are trained already.

    >>> [len(group) for group in plan(Study(seeds=2, axes={"units": "8,16", "lag": "1..4"})).groups]
    [8, 8]

    A group is the cells that one compiled program trains (`Experiment.shape`), in their order. Of
    groups equally large, the one whose first cell comes first is first.
    """
    known, cells = frozenset(done), study.cells()
    finished = np.zeros(len(cells), bool)
    if known:
        finished = np.fromiter((item in known for item in cells.ids()), bool, len(cells))
    left = np.flatnonzero(~finished)
    shapes, code = _shapes(cells.grid)
    of_left = code[left // study.seeds]
    order = np.argsort(of_left, kind="stable")
    parts = np.split(left[order], np.flatnonzero(np.diff(of_left[order])) + 1) if len(left) else []
    parts.sort(key=lambda places: (-len(places), places[0]))
    return Plan(
        cells,
        Cells(cells.grid, np.flatnonzero(finished)),
        Cells(cells.grid, left),
        tuple(Cells(cells.grid, places) for places in parts),
        tuple(shapes[code[places[0] // study.seeds]] for places in parts),
    )


def _shapes(grid: Grid) -> tuple[list[Experiment], NDArray[np.int64]]:
    """Every shape of a grid, and for each combination the place of its own among them."""
    sizes = dict(zip(grid.axes, grid.sizes, strict=True))
    every = np.arange(grid.combinations)
    axes = dict(zip(sizes, np.unravel_index(every, grid.sizes), strict=True)) if sizes else {}
    key = np.zeros(grid.combinations, np.int64)
    for name, places in axes.items():
        key = key if name in SHAPELESS else key * sizes[name] + places
    _, first, alike = np.unique(key, return_index=True, return_inverse=True)
    result: dict[Experiment, int] = {}
    codes = [result.setdefault(grid.made(item).shape, len(result)) for item in first.tolist()]
    return list(result), np.array(codes)[alike]
