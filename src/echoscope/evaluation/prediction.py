"""A prediction: windows of a person's own integers, and what a network answers to them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from echoscope.html_repr import Shown
from echoscope.stats.intervals import Score, score_of


class Answered(NamedTuple):
    """One answer of a prediction: of which window, which of its answers, and what was right and
    said.

    `expected` and `right` are None where there is no right answer, `confidence` is None of a
    regression.
    """

    window: int
    answer: int
    expected: int | None
    predicted: int
    confidence: float | None
    right: bool | None


@dataclass(frozen=True, repr=False)
class Prediction(Shown):
    """Windows [samples, window] and, for each, the right answers, the said ones and their
    probabilities.

    Shapes: `expected`, `predicted`, `confidence`, `asked` [samples, answers]; `asked` is False
    where there is no right answer. A gap is -1. A regression gives no probabilities: they are NaN.
    `ranked` and `probability` [samples, answers, top] are the likeliest symbols, the first of them
    the predicted one, where `top` was asked for. `learned` [samples] marks windows that the network
    learned from (see `familiar.familiar`): they count in no score. It is iterated answer by answer
    (`Answered`), which is what `pandas.DataFrame(prediction)` makes its rows of.
    """

    heard: Int[np.ndarray, "samples window"]
    expected: Int[np.ndarray, "samples answers"]
    predicted: Int[np.ndarray, "samples answers"]
    confidence: Float[np.ndarray, "samples answers"]
    asked: Bool[np.ndarray, "samples answers"]
    ranked: Int[np.ndarray, "samples answers top"]
    probability: Float[np.ndarray, "samples answers top"]
    learned: Bool[np.ndarray, " samples"]

    @classmethod
    def joined(cls, parts: "list[Prediction]") -> "Prediction":
        """One prediction of the windows of several, in their order; at least one."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def first(self, count: int) -> "Prediction":
        """The prediction of its first windows."""
        return Prediction(*(getattr(self, field.name)[:count] for field in fields(self)))

    @property
    def right(self) -> Bool[np.ndarray, " asked"]:
        """Which of the asked answers are right, in their order; not of windows that were learned
        from.
        """
        return self._right(~self.learned)

    @property
    def learned_right(self) -> Bool[np.ndarray, " asked"]:
        """The same of windows that were learned from."""
        return self._right(self.learned)

    def _right(self, some: Bool[np.ndarray, " samples"]) -> Bool[np.ndarray, " asked"]:
        return (self.expected == self.predicted)[self.asked & some[:, None]]

    @property
    def score(self) -> Score | None:
        """The share of asked answers said right, with its 95 % interval; None where nothing is
        asked.
        """
        right = self.right
        return score_of(right) if right.size else None

    def __len__(self) -> int:
        return self.predicted.size

    def __iter__(self) -> Iterator[Answered]:
        for (window, answer), predicted in np.ndenumerate(self.predicted):
            sure, asked = float(self.confidence[window, answer]), bool(self.asked[window, answer])
            expected = int(self.expected[window, answer]) if asked else None
            yield Answered(
                window,
                answer,
                expected,
                int(predicted),
                None if np.isnan(sure) else sure,
                int(predicted) == expected if asked else None,
            )

    def __repr__(self) -> str:
        score = self.score
        said = f"{score.value:.2%} of {score.answers:,} right" if score else "nothing to judge"
        return f"<{len(self.heard):,} windows, {said}>"
