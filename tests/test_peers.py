"""Other packages' tasks in our terms: each translation is held to what the peer's rule asks, played
here by that rule in a few lines.
"""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

from echoscope import SettingError
from echoscope.measure.peers import (
    PEERS,
    memory_len,
    most_capacity,
    reached_units,
    repeat_previous,
)
from echoscope.measure.traces.scored import measure_traces
from echoscope.tasks.draws import NumpyDraws

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("k", [1, 2, 4, 16, 51])
def test_repeat_previous_asks_for_the_card_at_minus_k(k: int) -> None:
    """POPGym compares with hand[-k] before it deals the next card, once the hand has k cards."""
    task = repeat_previous(k)
    hand = task.sample(NumpyDraws(0), 1)[:, : task.time_steps]
    answers, asked = task.oracle(hand)[0], task.mask()
    right = {t: hand[0, : t + 1][-k] for t in range(51) if t + 1 >= k}
    assert {t: answers[t] for t in np.flatnonzero(asked)} == right
    assert asked.sum() == 52 - k  # what it parts its reward by
    assert task.chance == 1 / 4


@pytest.mark.parametrize("length", [1, 2, 20])
def test_memory_len_holds_its_bit_over_one_step_less(length: int) -> None:
    """bsuite makes an observation before it counts the step: reset and the first step are both at
    time 0, and the answer is chosen on the observation at time length - 1.
    """
    times = [0, *range(length)]  # the time that each observation shows
    last_shown = max(place for place, time in enumerate(times) if time == 0)
    task = memory_len(length)
    assert task.delay == len(times) - 1 - last_shown == length - 1
    assert task.held().bits == (1 if length > 1 else 0)
    assert task.chance == 0.5


def test_ten_components_of_a_delay_line_hold_ten_delays() -> None:
    """By default rcbench reads so many principal components by ridge, at delays from 1, and scores
    on the last fifth.
    """
    inputs = np.random.default_rng(0).uniform(-1, 1, 6000)
    line = np.stack([np.roll(inputs, delay) for delay in range(1, 31)], axis=1)[30:]
    fit = slice(0, 4800)
    _, _, axes = np.linalg.svd(line[fit] - line[fit].mean(0), full_matrices=False)

    def capacity(features: int) -> float:
        read = line @ axes[:features].T
        total = 0.0
        for delay in range(1, 31):
            target = np.roll(inputs, delay)[30:]
            weights = np.linalg.solve(
                read[fit].T @ read[fit] + np.eye(features), read[fit].T @ target[fit]
            )
            total += float(np.corrcoef((read @ weights)[4800:], target[4800:])[0, 1] ** 2)
        return total

    assert capacity(10) == pytest.approx(most_capacity(30), abs=0.3)
    assert capacity(30) == pytest.approx(most_capacity(30, num_features=30), abs=0.1)
    assert most_capacity(4) == 4


def test_the_units_that_a_scalar_does_not_reach_hear_of_it_a_step_later() -> None:
    units, rng = 60, np.random.default_rng(1)
    reached = reached_units(units)
    assert reached == 6
    into = np.zeros(units)
    into[:reached] = rng.choice([-1, 1], reached)
    within = rng.standard_normal((units, units)) * (rng.random((units, units)) < 0.1)
    within *= 0.9 / np.abs(np.linalg.eigvals(within)).max()
    inputs = rng.integers(0, 4, (80, 30))
    state, states = np.zeros((80, units)), []
    for t in range(30):
        state = np.tanh(state @ within.T + (inputs[:, t, None] / 3 - 0.5) * into)
        states.append(state)
    held = np.stack(states, axis=1)
    hear, others = (
        [lag.held.value for lag in measure_traces(inputs, part, lags=1).lags if lag.held]
        for part in (held[..., :reached], held[..., reached:])
    )
    assert hear[0] > 1
    assert others[0] < 0.1
    assert others[1] > 1


def test_the_examples_of_the_page_are_true() -> None:
    page = ROOT / "docs" / "measure" / "peers.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0


def test_every_peer_is_on_the_page_with_its_version_and_what_it_comes_to() -> None:
    page = (ROOT / "docs" / "measure" / "peers.md").read_text().lower()
    for peer in PEERS:
        assert f"{peer.package} {peer.version}" in page
        assert peer.source in page
        assert peer.ours.__name__ in page
        assert peer.ours.__doc__
        peer.ours(20)
    scripts = re.findall(r"findings/(\w+\.sh)", page)
    assert len(scripts) == 3
    versions = {f"{peer.package}=={peer.version}" for peer in PEERS}
    for script in scripts:
        text = (ROOT / "findings" / script).read_text()
        assert [version for version in versions if version in text], script


@pytest.mark.parametrize(
    ("translate", "value", "words"),
    [
        (repeat_previous, 0, "k must be"),
        (repeat_previous, 52, "k must be"),
        (memory_len, 0, "memory_length must be"),
        (most_capacity, 0, "units must be"),
        (reached_units, "many", "units must be"),
    ],
)
def test_what_the_peer_would_not_take_is_refused(
    translate: object, value: object, words: str
) -> None:
    assert callable(translate)
    with pytest.raises(SettingError, match=words):
        translate(value)
