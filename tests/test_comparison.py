"""Two layers compared: the interval decides, and an equal layer is never worse."""

import numpy as np
import pytest

from echoscope.measure.comparison.difference import (
    LOOKS,
    NO_WORSE,
    UNDECIDED,
    WORSE,
    compared,
    difference,
)
from memory_reports import IDENTITY


def scorer(loss: float, spread: float, seed: int = 0):
    """Scores of two layers of which the second holds so many bits less."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, spread, (64, 2))

    def score(place: int):
        return tuple({"bits": 24 + noise[place, side] - side * loss} for side in (0, 1))

    return score


def test_a_layer_beside_itself_is_no_worse_at_the_first_look() -> None:
    *_, last = compared(IDENTITY, IDENTITY, scorer(0, 0))
    assert (last.seeds, last.worse, last.differences[0].verdict) == (LOOKS[0], False, NO_WORSE)
    assert last.differences[0].difference.value == 0


def test_a_clear_loss_is_worse_at_the_first_look() -> None:
    *_, last = compared(IDENTITY, IDENTITY, scorer(6, 0.3))
    assert last.worse
    assert last.seeds == LOOKS[0]
    assert last.differences[0].difference.high < 0


def test_more_seeds_are_trained_only_as_long_as_nothing_is_decided() -> None:
    looks = list(compared(IDENTITY, IDENTITY, scorer(2.0, 0.8)))
    assert [look.seeds for look in looks] == list(LOOKS[: len(looks)])
    assert not any(look.decided for look in looks[:-1])


def test_too_much_spread_stays_undecided_and_is_no_failure() -> None:
    *_, last = compared(IDENTITY, IDENTITY, scorer(0, 30))
    assert last.seeds == LOOKS[-1]
    assert last.differences[0].verdict == UNDECIDED
    assert not last.worse


def test_equal_layers_are_called_worse_in_at_most_one_of_twenty_comparisons() -> None:
    wrong = 0
    for seed in range(200):
        *_, last = compared(IDENTITY, IDENTITY, scorer(0, 2.0, seed))
        wrong += last.worse
    assert wrong <= 10


@pytest.mark.parametrize(("loss", "verdict"), [(0.5, NO_WORSE), (5.0, WORSE)])
def test_a_loss_within_the_margin_does_not_matter(loss: float, verdict: str) -> None:
    before = [24.0, 24.1, 23.9, 24.0]
    after = [value - loss for value in before]
    assert difference("bits", before, after).verdict == verdict
