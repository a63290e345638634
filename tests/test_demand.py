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
    edges = draw(st.sampled_from(["dropped", "padded"]))
    open_ended = each or edges == "padded"
    window = draw(st.integers(1, 6) | st.none()) if open_ended else draw(st.integers(1, 6))
    most = (window or length) - 1 if each else 8
    lags = (
        [draw(st.integers(-most, most))]
        if each
        else draw(st.lists(st.integers(-3, most), min_size=1, max_size=3, unique=True))
    )
    task = Task(window=window, lag=tuple(lags), length=length, when="each" if each else "after", edges=edges)
    draws = draw(st.sampled_from(["sequence", "windows", "stream"]))
    if draws == "stream":
        assume(edges == "dropped" and window is not None and min(lags) >= 0 and max(lags) <= window)
    batch = draw(st.integers(1, 6))
    assume(draws != "sequence" or batch <= task.windows)
    states = {"windows": ["reset"], "stream": ["carried"], "sequence": ["carried", "reset"]}
    return task, Fit(batch=batch, state=draw(st.sampled_from(states[draws])), draw=draws)


@given(tasks())
def test_paths_by_brute_force(words: tuple[Task, Fit]) -> None:
    """Every integer of the sequence is another one, so that what a row has heard is a set, and an answer is in it or not.

    Integers below 0 are the gaps of padded edges.
    """
    task, fit = words
    padded = task.edges == "padded"
    batch = fit.batch if fit.draw == "sequence" else 1
    length = task.length if fit.draw == "sequence" or padded else task.reach
    ends = range(length) if padded else range(task.heard - 1, length)
    starts = []
    for end in ends:
        steps = range(max(0, end - task.heard + 1), end + 1) if task.when == "each" else [end]
        said = [step - lag for step in steps for lag in task.lag]
        inside = [0 <= place < length for place in said]
        if any(inside) if padded or task.when == "each" else all(inside):
            starts.append(end - task.heard + 1)
    if padded and task.when == "after":  # a forecast beyond the sequence, or a lag of before it, is not known
        starts = [start for start in starts if start + task.heard - 1 - min(task.lag) < length]
    if fit.draw == "stream":
        starts = [task.reach - task.heard]
    starts = starts[len(starts) % batch :]
    told = iter(demand(task, fit).answers)
    states: list[set[int]] = [set() for _ in range(batch)]
    for sample, start in enumerate(starts):
        heard = set(range(max(start, 0), start + task.heard))
        state = set(range(-99, start)) if fit.draw == "stream" else states[sample % batch]
        for step, lag in product(range(task.heard), task.lag):
            answer = start + step - lag
            if task.when == "after" and (step != task.heard - 1 or not (answer >= 0 or fit.draw == "stream")):
                continue
            within = start <= answer < start + task.heard and answer >= 0 and start + step >= 0
            if task.when == "each" and not within and fit.draw != "stream":
                continue
            expected = "window" if answer in heard and answer <= start + step else "none"
            expected = "state" if expected == "none" and answer in state and answer < start else expected
            given = next(told)
            assert (given.sample, given.lag, given.heard, given.said) == (sample, lag, step - lag, step)
            assert (given.path, given.gradient) == (expected, expected == "window")
        if fit.state == "carried":
            states[sample % batch] |= heard
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


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        ({"lag": -1}, ["20 of 20 answers have not been heard yet when they must be said; nobody can forecast random "
                       "integers. The score will be chance (0.01), however long it trains."]),
        ({"missing": 0.1}, ["1 symbol has to be held at once: 1 x log2(100) = 6.64 bits.",
                            "Every answer lies inside its own window, so the network hears it and training can follow it.",
                            "A masked gap leaves no trace of its step, so the network cannot count how far back a symbol "
                            "lies: marked gaps tell it."]),
        ({"when": "each", "draw": "stream", "lag": 2}, [
            "2 symbols have to be held at once: 2 x log2(100) = 13.29 bits.",
            "3 of 5 answers lie inside their own window, so the network hears them and training can follow; 2 by carried "
            "state only."]),
        ({"when": "each", "draw": "stream", "lag": 4}, [
            "4 symbols have to be held at once: 4 x log2(100) = 26.58 bits.",
            "4 of 5 answers lie before the window and can arrive only through carried state, across which no gradient "
            "flows; the other 1 lie inside it and teach the network to keep them."]),
        ({"lag": (1, -1)}, ["1 symbol has to be held at once: 1 x log2(100) = 6.64 bits.",
                            "20 of 40 answers lie inside their own window, so the network hears them and training can "
                            "follow; 20 by no path."]),
    ],
)  # fmt: skip
def test_sentences(words: dict, sentences: list[str]) -> None:
    experiment = preset("lag", **words)
    assert demand(experiment.task, experiment.fit).sentences() == sentences


def test_own_integers_may_be_forecast() -> None:
    forecast = preset("lag", lag=-1)
    assert demand(forecast.task, forecast.fit).sentences(own=True) == [
        "20 of 20 answers have not been heard yet when they must be said: only a rule that your integers follow can help."
    ]
