"""Memory as a unit test: a layer holds at least so much, or the test fails."""

import math
from collections.abc import Iterator

from echoscope.errors import SettingError
from echoscope.measure.doors.open import USUAL, open_layer
from echoscope.measure.layer.base import Layer
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.report.words import UNITS, interval
from echoscope.measure.search.axes import hold as hold_axis
from echoscope.measure.search.axes import recall as recall_axis
from echoscope.measure.search.axes import shift as shift_axis
from echoscope.measure.search.bits import Ladder, ladder
from echoscope.measure.search.scoring import Scorer
from echoscope.measure.search.trials import Trials
from echoscope.settings import positive, whole

TRAININGS = 7  # of a difficulty, at most: it holds where most of them solve it
LADDERS = 5  # trainings of the ladder, at most
ROOM = 1.3  # times the bits asked for: what the ladder must be able to give
MOST_BITS = 1000.0
AXES = {"hold": hold_axis, "shift": shift_axis, "recall": recall_axis}


def assert_memory(
    layer: object,
    *,
    bits: float | None = None,
    hold: int | None = None,
    shift: int | None = None,
    recall: int | None = None,
    vocab_size: int = 10,
    seed: int = 0,
    options: LayerOptions = USUAL,
) -> None:
    """Raise `AssertionError` unless the layer holds at least so many bits, holds a symbol for so
    many time steps, echoes a lag of so many, and recalls so many pairs.

    `layer` is whatever `open_layer` opens. Seeds are fixed, so a test gives today what it gave
    yesterday. A task is held if most of 7 trainings solve it at 95 %, at the best of three rates;
    it is trained no more often than decides that. Bits are those of lags asked at once, and
    decided as soon as their interval lies on one side.

    Raises `SettingError` where nothing is asked, or the layer cannot be measured.

    >>> from echoscope.measure.calibration.known import delay_line
    >>> assert_memory(delay_line(3), shift=3)
    """
    asked = {"bits": bits, "hold": hold, "shift": shift, "recall": recall}
    if all(value is None for value in asked.values()):
        raise SettingError("assert_memory needs what to hold: give bits, hold, shift or recall.")
    opened = open_layer(layer, options, vocab_size)
    for name, value in asked.items():
        if value is None:
            continue
        if name == "bits":
            _hold_bits(opened, positive("bits", value, MOST_BITS), vocab_size, seed)
        else:
            _solve(opened, name, whole(name, value, 1), vocab_size, seed)


def _hold_bits(layer: Layer, least: float, vocab_size: int, seed: int) -> None:
    lags = math.ceil(ROOM * least / math.log2(vocab_size))
    settings = Ladder(vocab_size=vocab_size, lags=max(lags, 2), seed=seed)
    last = None
    with Trials(layer) as trials:
        for last in ladder(trials, settings, trainings=LADDERS):
            if last.trainings > 1 and not last.ladder.low < least <= (last.ladder.high or least):
                break
    if last is None or last.ladder.value < least:
        got = interval(last.ladder) if last else "nothing"
        raise AssertionError(
            f"{layer.identity.source} holds {got} bits, fewer than the {least:g} asked for"
            f" ({last.trainings if last else 0} trainings)."
        )


def _solve(layer: Layer, name: str, difficulty: int, vocab_size: int, seed: int) -> None:
    """Train one difficulty until most of all trainings are solved, or cannot be."""
    solved = failed = 0
    best = 0.0
    for accuracy, right in _trainings(layer, name, difficulty, vocab_size, seed):
        solved, failed = solved + right, failed + (not right)
        best = max(best, accuracy)
        if max(solved, failed) > TRAININGS // 2:
            break
    if solved <= failed:
        raise AssertionError(
            f"{layer.identity.source} does not {SAYS[name]} {difficulty} {UNITS[name]}: {failed} of"
            f" {solved + failed} trainings did not reach 95 %, the best of all {100 * best:.0f} %."
        )


SAYS = {"hold": "hold a symbol for", "shift": "echo", "recall": "recall"}


def _trainings(
    layer: Layer, name: str, difficulty: int, vocab_size: int, seed: int
) -> Iterator[tuple[float, bool]]:
    """The accuracy of one training after the other, and whether it solved its task."""
    kind = AXES[name]() if name == "recall" else AXES[name](vocab_size)
    if difficulty > kind.hardest:
        raise SettingError(f"{name} must be at most {kind.hardest}, not {difficulty}.")
    with Scorer(layer, vocab_size) as scorer:
        rate = scorer.rate_at(kind, difficulty)
        for place in range(TRAININGS):
            ended = scorer.trained(kind, difficulty, rate, seed + place)
            yield ended.accuracy, ended.solved
