"""A prediction: windows of user data, and what a network predicts for them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from echoscope.errors import many
from echoscope.html_repr import HtmlRepr
from echoscope.integers import GAP
from echoscope.stats.intervals import Accuracy, accuracy_of


class TargetPrediction(NamedTuple):
    """The prediction for one target: which window, the place of the target in it, the target itself
    and what was predicted.

    `target` and `correct` are None where there is no target, `confidence` is None of a
    regression.
    """

    window: int
    place: int
    target: int | None
    prediction: int
    confidence: float | None
    correct: bool | None


@dataclass(frozen=True, repr=False)
class Prediction(HtmlRepr):
    """Windows [samples, window] and, for each, targets, predictions and their probabilities.

    Shapes: of several columns `inputs` are [samples, window, columns]; `targets`, `predictions`,
    `confidence`, `mask` [samples, targets]; `mask` is False where there is no target. A gap is -1.
    A regression gives no probabilities: they are NaN. `ranked` and `probability` [samples, targets,
    top] are the likeliest symbols, the first of them the predicted one, where `top` was asked for.
    `trained_on` [samples] marks windows that the network trained on (see `seen_windows.familiar`):
    they count in no accuracy. `sequence` [samples] is the number of the sequence in which each
    window lies, from 0. It is iterated target by target (`TargetPrediction`), which is what
    `pandas.DataFrame(prediction)` makes its rows of.
    """

    inputs: Int[np.ndarray, "samples window *columns"]
    targets: Int[np.ndarray, "samples targets"]
    predictions: Int[np.ndarray, "samples targets"]
    confidence: Float[np.ndarray, "samples targets"]
    mask: Bool[np.ndarray, "samples targets"]
    ranked: Int[np.ndarray, "samples targets top"]
    probability: Float[np.ndarray, "samples targets top"]
    trained_on: Bool[np.ndarray, " samples"]
    sequence: Int[np.ndarray, " samples"]

    @classmethod
    def joined(cls, parts: "list[Prediction]") -> "Prediction":
        """One prediction of the windows of several, in their order; at least one. Windows that are
        shorter than others, for they are whole sequences, end with gaps and ask nothing there.
        """
        names = [field.name for field in fields(cls)]
        columns = ([getattr(part, name) for part in parts] for name in names)
        return cls(*map(_stacked, names, columns))

    def first(self, count: int) -> "Prediction":
        """The prediction of its first windows."""
        return Prediction(*(getattr(self, field.name)[:count] for field in fields(self)))

    @property
    def correct(self) -> Bool[np.ndarray, " asked"]:
        """Which of the scored predictions are right, in their order; not of windows that were
        trained on.
        """
        return self._right(~self.trained_on)

    @property
    def trained_on_correct(self) -> Bool[np.ndarray, " asked"]:
        """The same of windows that were trained on."""
        return self._right(self.trained_on)

    def _right(self, some: Bool[np.ndarray, " samples"]) -> Bool[np.ndarray, " asked"]:
        return (self.targets == self.predictions)[self.mask & some[:, None]]

    @property
    def accuracy(self) -> Accuracy | None:
        """The share of targets predicted correctly, with its 95 % interval; None where nothing is
        asked.
        """
        correct = self.correct
        return accuracy_of(correct) if correct.size else None

    def __len__(self) -> int:
        return self.predictions.size

    def __iter__(self) -> Iterator[TargetPrediction]:
        for (window, place), predicted in np.ndenumerate(self.predictions):
            sure, there = float(self.confidence[window, place]), bool(self.mask[window, place])
            target = int(self.targets[window, place]) if there else None
            yield TargetPrediction(
                window,
                place,
                target,
                int(predicted),
                None if np.isnan(sure) else sure,
                int(predicted) == target if there else None,
            )

    def __repr__(self) -> str:
        accuracy = self.accuracy
        text = (
            f"{accuracy.value:.2%} of {accuracy.target_count:,} right"
            if accuracy
            else "no target to compare with"
        )
        return f"<{many(len(self.inputs), 'window')}, {text}>"


FILLS = {"confidence": np.nan, "mask": False, "ranked": 0, "probability": 0}  # else a gap


def _stacked(name: str, arrays: list[np.ndarray]) -> np.ndarray:
    """Arrays one after the other, the narrower ones filled up."""
    wide = max(array.shape[1:2] for array in arrays)
    if all(array.shape[1:2] == wide for array in arrays):
        return np.concatenate(arrays)
    result = []
    for array in arrays:
        width = [(0, 0), (0, wide[0] - array.shape[1]), *[(0, 0)] * (array.ndim - 2)]
        result.append(np.pad(array, width, constant_values=FILLS.get(name, GAP)))
    return np.concatenate(result)
