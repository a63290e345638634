"""Demand: the tutorials' five, and brute force on random words."""

import math
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from echoscope import Fit, Task, demand, preset


@pytest.mark.parametrize(
    ("name", "words", "bits", "path", "gradient"),
    [
        ("current", {}, 0, "window", True),
        ("blind", {}, 6.64, "none", False),
        ("blind", {"batch": 1}, 6.64, "state", False),
        ("blind", {"batch": 1, "state": "reset"}, 6.64, "none", False),
        ("lag", {}, 6.64, "window", True),
        ("whole", {}, 0, "window", True),
        ("partial", {}, 13.29, "window", True),
        ("lag", {"lag": 4, "symbols": 8}, 3, "window", True),
        ("whole", {"lag": 2}, 13.29, "window", True),
    ],
)
def test_facts(name: str, words: dict, bits: float, path: str, gradient: bool) -> None:
    experiment = preset(name, **words)
    asked = demand(experiment.task, experiment.fit)
    assert round(asked.bits, 2) == bits
    assert (asked.path, asked.gradient) == (path, gradient)


def test_ten_of_ten_and_the_copy_of_the_references() -> None:
    ten = Task(symbols=10, length=20, window=20, lag=tuple(range(19, 9, -1)))
    assert math.isclose(demand(ten, Fit(batch=1)).bits, 10 * math.log2(10))


def test_blind_s_bound_is_chance() -> None:
    blind = preset("blind")
    assert math.isclose(demand(blind.task, blind.fit).bound, 0.01)
    assert demand(preset("lag").task, preset("lag").fit).bound == 1


@st.composite
def tasks(draw: st.DrawFn) -> tuple[Task, Fit]:
    """Any task that has a meaning, and any way to cut it."""
    each = draw(st.booleans())
    length = draw(st.integers(10, 25))
    window = draw(st.integers(1, 6) | st.none()) if each else draw(st.integers(1, 6))
    most = (window or length) - 1 if each else 8
    lags = (
        [draw(st.integers(0, most))]
        if each
        else draw(st.lists(st.integers(0, most), min_size=1, max_size=3, unique=True))
    )
    task = Task(window=window, lag=tuple(lags), length=length, when="each" if each else "after")
    windows = draw(st.booleans())
    batch = draw(st.integers(1, 6))
    assume(windows or batch <= task.windows)
    state = "reset" if windows else draw(st.sampled_from(["carried", "reset"]))
    return task, Fit(batch=batch, state=state, draw="windows" if windows else "sequence")


@given(tasks())
def test_paths_by_brute_force(words: tuple[Task, Fit]) -> None:
    """Every integer of the sequence is another one, so that what a row has heard is a set, and an answer is in it or not."""
    task, fit = words
    windows = fit.draw == "windows"
    batch = 1 if windows else fit.batch
    sequence = list(range(task.reach if windows else task.length))
    starts = [last + 1 - task.heard for last in range(task.reach - 1, len(sequence))]
    starts = starts[len(starts) % batch :]
    told = iter(demand(task, fit).answers)
    states: list[set[int]] = [set() for _ in range(batch)]
    for sample, start in enumerate(starts):
        heard = sequence[start : start + task.heard]
        state = states[sample % batch]
        for step, lag in product(range(task.heard), task.lag):
            if (step != task.heard - 1) if task.when == "after" else (step < lag):
                continue
            answer = start + step - lag
            expected = "window" if answer in heard[: step + 1] else "state" if answer in state else "none"
            given = next(told)
            assert (given.sample, given.lag, given.heard, given.said) == (sample, lag, step - lag, step)
            assert (given.path, given.gradient) == (expected, expected == "window")
        if fit.state == "carried":
            state |= set(heard)
    assert next(told, None) is None


@given(st.integers(1, 8), st.data())
def test_held_by_counting(window: int, data: st.DataObject) -> None:
    lag = data.draw(st.integers(0, window - 1))
    task = Task(window=window, lag=(lag,), when="each")
    said = [(step - lag, step) for step in range(lag, window)]
    most = max(sum(heard <= moment < step for heard, step in said) for moment in range(window))
    assert demand(task, Fit(batch=1)).held == most


def test_answers_without_a_path_are_said_beside_those_of_the_state() -> None:
    experiment = preset("lag", lag=9)
    sentence = demand(experiment.task, experiment.fit).sentences()[1]
    assert sentence.startswith("10 of 15 answers lie before the window")
    assert sentence.endswith("5 more can arrive by no path.")
