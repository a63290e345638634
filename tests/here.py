"""Sweeps in this process, where no worker of its own is what is tested."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

FEW = 1000  # targets behind an accuracy that nobody reads


class Here(ThreadPoolExecutor):
    """Stands for a worker pool: one thread, which finds what was compiled before."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__(1)


def train_here(patch: pytest.MonkeyPatch) -> None:
    """From now on commands train in this process, and score and time no more than they must."""
    patch.setattr("echoscope.studies.sweep.WorkerPool", Here)
    patch.setattr("echoscope.studies.jobs.PROBED", 0.0)
    patch.setattr("echoscope.training.loop.EVALUATION_TARGETS", FEW)


def scored(scorer: object, seed: int, measures: Sequence[str]) -> dict[str, float]:
    """Stands for what a seed of a layer scores in a comparison: as much of every layer."""
    return dict.fromkeys(measures, 1.0 + seed)
