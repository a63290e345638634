"""Demand: the tutorials' five, and brute force on random words."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from echoscope import Fit, Task, demand, frame, preset


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


@given(
    st.integers(1, 4), st.integers(0, 8), st.integers(10, 25), st.integers(1, 6), st.sampled_from(["carried", "reset"])
)
def test_paths_by_brute_force(window: int, lag: int, length: int, batch: int, state: str) -> None:
    task = Task(window=window, lag=(lag,), length=length)
    assume(batch <= task.windows)
    asked = demand(task, Fit(batch=batch, state=state))
    framed = frame(task, batch=batch)
    states: list[set[int]] = [set() for _ in range(batch)]  # what each row's state has heard
    for sample, (heard, answer) in enumerate(zip(framed.heard.tolist(), framed.answer.tolist(), strict=True)):
        row = sample % batch
        expected = "window" if answer[0] in heard else "state" if answer[0] in states[row] else "none"
        assert asked.answers[sample].path == expected
        if state == "carried":
            states[row] |= set(heard)


@given(st.integers(1, 8), st.data())
def test_held_by_counting(window: int, data: st.DataObject) -> None:
    lag = data.draw(st.integers(0, window - 1))
    task = Task(window=window, lag=(lag,), when="each")
    said = [(step - lag, step) for step in range(lag, window)]
    most = max(sum(heard <= moment < step for heard, step in said) for moment in range(window))
    assert demand(task, Fit(batch=1)).held == most
