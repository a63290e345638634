"""Two layers trained on the same seeds, side by side, until their comparison is decided."""

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from echoscope.errors import SettingError, listed, shown
from echoscope.measure.budget import Budget
from echoscope.measure.comparison.difference import (
    MARGIN,
    MEASURES,
    LayerComparison,
    Scores,
    compared,
)
from echoscope.measure.doors.open import USUAL, open_layer
from echoscope.measure.layer.base import Layer
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.search.scoring import Scorer, StoppedError
from echoscope.progress_bar import showing
from echoscope.settings import share


@dataclass
class Comparing:
    """`result` trains until it is decided, the `deadline` (of `time.monotonic`) is there, or `stop`
    is called; what is known then is the result.
    """

    before: Layer
    after: Layer
    measures: Sequence[str] = MEASURES
    margin: float = MARGIN
    seed: int = 0
    deadline: float = math.inf
    _scorers: tuple[Scorer, Scorer] = field(init=False)

    def __post_init__(self) -> None:
        self._scorers = Scorer(self.before), Scorer(self.after)
        for scorer in self._scorers:
            scorer.trials.until(self.deadline)

    def stop(self) -> None:
        """End at the next slice of a training."""
        for scorer in self._scorers:
            scorer.trials.stop()

    def result(self) -> LayerComparison:
        """What the comparison says; without a difference where not even the first look is over."""
        begun = time.monotonic()
        identities = self.before.identity, self.after.identity
        known = LayerComparison(*identities, (), 0)
        first, second = self._scorers
        with first, second, ThreadPoolExecutor(2) as beside:

            def score(seed: int) -> tuple[Scores, Scores]:
                sides = beside.map(
                    lambda scorer: scorer.scores(seed, self.measures), (first, second)
                )
                before, after = sides
                return before, after

            try:
                for look in compared(*identities, score, self.margin, self.seed):
                    known = look
            except StoppedError:
                self.stop()
        return replace(known, seconds=time.monotonic() - begun)


def compare_layers(
    before: object,
    after: object,
    *,
    measures: Sequence[str] = MEASURES,
    margin: float = MARGIN,
    budget: str | float = "5m",
    seed: int = 0,
    options: LayerOptions = USUAL,
    progress: bool = True,
) -> LayerComparison:
    """Whether `after` is worse than `before`: both are trained on the same seeds until the interval
    decides, or the budget is over. Layers are whatever `open_layer` opens. That they train is shown
    on a terminal and in a notebook, unless `progress` is False.

    Raises `SettingError` for a measure that is none of bits, hold and recall.
    """
    unknown = [name for name in measures if name not in MEASURES]
    if unknown or not measures:
        raise SettingError(
            f"measures must be some of {listed(MEASURES)}, not {shown(list(measures))}."
        )
    deadline = time.monotonic() + Budget.of(budget).seconds
    layers = open_layer(before, options), open_layer(after, options)
    comparing = Comparing(*layers, measures, share("margin", margin), seed, deadline)
    with showing("training both layers", progress):
        return comparing.result()
