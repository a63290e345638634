"""A forecast: how likely each value is at each of the next steps, and whether such probabilities
come true.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from echoscope.errors import IntegerError, SettingError, check_kind
from echoscope.evaluation.forward import parts_of_windows
from echoscope.evaluation.network import Network, network_of
from echoscope.evaluation.prediction import Prediction
from echoscope.experiment.experiment import WINDOWS, Experiment
from echoscope.experiment.user_data import UserData, held_out_part
from echoscope.information.scores import rule_scores, rules_of
from echoscope.information.sequence import SymbolSequence
from echoscope.models.base import Weights
from echoscope.models.encoders import ENCODINGS
from echoscope.settings import Json, whole
from echoscope.stats.intervals import Accuracy, accuracy_of
from echoscope.tasks.echo import NEXT, Echo

MEMORYLESS, LAGS = "memoryless", 64  # the plainest rule, and how far back a rule may look
PATHS = 200  # continuations that a forecast is the mean of
MOST_STEPS, MOST_PATHS = 1000, 10_000
BINS = 5  # of equal width, of a probability

Histories = Int[np.ndarray, "paths time"]
Probabilities = Float[np.ndarray, "rows vocab_size"]
Following = Callable[[Histories], Probabilities]  # what comes next after each history


@dataclass(frozen=True)
class Calibration:
    """Predictions whose probability lay from `low` to `high`: their mean probability (`expected`),
    and how many of them were right.
    """

    low: float
    high: float
    expected: float
    accuracy: Accuracy

    def to_json(self) -> Json:
        """Plain JSON values."""
        names = ("accuracy", "accuracy_low", "accuracy_high", "target_count")
        right = self.accuracy
        values = (right.value, right.low, right.high, right.target_count)
        ends = {"low": self.low, "high": self.high, "expected": self.expected}
        return ends | dict(zip(names, values, strict=True))


def forecast(
    experiment: Experiment,
    weights: Weights,
    values: Sequence[object] | np.ndarray | UserData,
    steps: object = 10,
    paths: object = PATHS,
    seed: object = 0,
) -> Probabilities:
    """How likely each symbol is at each of the next `steps` after these values: the mean over
    `paths` continuations, each drawn step by step from what the network says of it so far. Of
    several sequences the last one goes on.

    Shapes: values [time], at least a window of them -> [steps, vocab_size]. Raises `SettingError`
    unless the network predicts the next value (lag -1) after its window, with probabilities,
    and reads each window from its initial state; `IntegerError` for values that are no symbols, or
    too few.
    """
    network = network_of(experiment, weights, "forecast")
    task = forecasting(experiment)
    data = UserData.read(task, values)
    sequence = data.sequences()[-1]
    if len(sequence) < task.time_steps:
        there = "the last sequence has" if data.several else "there are"
        raise IntegerError(
            f"A forecast goes on from {task.time_steps} values, a window, and {there}"
            f" {len(sequence)}: give more."
        )
    return continued(
        lambda histories: _following(network, histories[:, -task.time_steps :]),
        sequence[-task.time_steps :],
        whole("next", steps, 1, MOST_STEPS),
        whole("paths", paths, 1, MOST_PATHS),
        whole("seed", seed, 0),
    )


def rule_forecast(
    experiment: Experiment,
    known: UserData | Int[np.ndarray, " time"],
    values: UserData | Int[np.ndarray, " values"],
    steps: object = 10,
    paths: object = PATHS,
    seed: object = 0,
) -> tuple[str, Probabilities]:
    """The same by a rule that needs no training: the one that is best on the held-out end of the
    sequence `known`, of all of which it then knows. Gives its name and the probabilities.
    """
    known, values = (
        part if isinstance(part, UserData) else UserData(np.asarray(part))
        for part in (known, values)
    )
    size, (begin, end) = experiment.task.vocab_size, held_out_part(experiment, known)
    sequence = SymbolSequence.of(known.integers, size, known.groups)
    scored = SymbolSequence.of(known.integers[:end], size, known.groups[:end])
    scores = rule_scores(scored, begin)
    best = max(scores, key=lambda score: score.accuracy.value, default=None)
    name = best.name if best else MEMORYLESS
    (rule,) = (rule for rule in rules_of(LAGS) if rule.name == name)
    fitted = rule.fit(sequence, len(sequence))
    back = max(1, fitted.context)

    def following(histories: Histories) -> Probabilities:
        distinct, places = np.unique(histories[:, -back:], axis=0, return_inverse=True)
        return np.stack([fitted.predict(context) for context in distinct])[places.ravel()]

    history = values.sequences()[-1][-back:]
    ahead = (
        whole("next", steps, 1, MOST_STEPS),
        whole("paths", paths, 1, MOST_PATHS),
        whole("seed", seed, 0),
    )
    return name, continued(following, history, *ahead)


def continued(
    following: Following, history: Int[np.ndarray, " time"], steps: int, paths: int, seed: int = 0
) -> Probabilities:
    """How likely each symbol is at each step after a history, over continuations that are drawn.

    >>> alternate = lambda histories: np.eye(2)[1 - histories[:, -1]]
    >>> continued(alternate, np.array([0, 1]), steps=3, paths=5).tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    rng, result = np.random.default_rng(seed), []
    histories = np.repeat(np.asarray(history, np.int64)[None], paths, axis=0)
    for _ in range(steps):
        probability = following(histories)
        probability = probability / probability.sum(axis=1, keepdims=True)
        result.append(probability.mean(axis=0))
        reached = probability.cumsum(axis=1) < rng.random((paths, 1))
        drawn = np.minimum(reached.sum(axis=1), probability.shape[1] - 1)
        histories = np.concatenate([histories, drawn[:, None]], axis=1)
    return np.stack(result)


def calibration(prediction: Prediction, bins: int = BINS) -> tuple[Calibration, ...]:
    """Whether predictions that were not trained on are right as often as their probability says, by
    bins of the probability; a bin without any is left out.

    Source: the reliability diagram of Murphy and Winkler 1977.
    """
    check_kind(
        prediction, Prediction, "calibration needs a Prediction, as predict and forecast give one"
    )
    asked = prediction.mask & ~prediction.trained_on[:, None]
    asked &= ~np.isnan(prediction.confidence)
    sure = prediction.confidence[asked].astype(float)
    right = (prediction.predictions == prediction.targets)[asked]
    edges = np.linspace(0, 1, bins + 1)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return tuple(
        Calibration(
            float(edges[at]),
            float(edges[at + 1]),
            float(sure[place == at].mean()),
            accuracy_of(right[place == at]),
        )
        for at in range(bins)
        if (place == at).any()
    )


def forecasting(experiment: Experiment) -> Echo:
    """The task of a network that can say what comes next; `SettingError` for any other."""
    task = experiment.echo
    if task.lag != NEXT or task.readout == "all":
        raise SettingError(
            "A forecast needs a network that predicts the next value after its window: train one"
            " with lag=-1 and readout last."
        )
    if task.columns:
        raise SettingError(
            "A forecast goes on with one column, and this network reads several together: predict"
            " their file, whose last window has the next row for its target."
        )
    if ENCODINGS[experiment.encoding].logits is None:
        raise SettingError(
            f"A forecast needs probabilities, and encoding {experiment.encoding} says one number:"
            " train with encoding=one-hot."
        )
    if experiment.use != WINDOWS:
        raise SettingError(
            f"A forecast reads each window from the initial state, and this network was trained"
            f" {experiment.use}: train one with fit=quick."
        )
    return task


def _following(network: Network, windows: Histories) -> Probabilities:
    """What comes next after each window; equal ones are read once."""
    distinct, back = np.unique(windows, axis=0, return_inverse=True)
    size = network.experiment.task.vocab_size
    result = np.zeros((len(distinct), size))
    for part in parts_of_windows(network, distinct.astype(np.int32), WINDOWS, size):
        rows = np.arange(part.start, part.start + len(part.ranked))[:, None]
        result[rows, part.ranked[:, 0]] = part.likely[:, 0]
    return result[back.ravel()]
