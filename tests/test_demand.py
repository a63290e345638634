"""Demand: the tutorials' five, and brute force on random words."""

import math
from collections import Counter
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from echoscope import Experiment, Fit, Task, WordError, demand, frame, preset
from echoscope.cli import status
from echoscope.experiment.demand import Answer
from echoscope.models import model_of
from echoscope.tasks.windows import windows
from echoscope.training.batches import cut, framed
from echoscope.training.program import fresh


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
    length = draw(st.integers(12, 25))
    edges = draw(st.sampled_from(["dropped", "padded"]))
    open_ended = each or edges == "padded"
    window = draw(st.integers(1, 6) | st.none()) if open_ended else draw(st.integers(1, 6))
    most = (window or length) - 1 if each else 8
    lags = (
        [draw(st.integers(-most, most))]
        if each
        else draw(st.lists(st.integers(-3, most), min_size=1, max_size=3, unique=True))
    )
    task = Task(
        window=window, lag=tuple(lags), length=length, when="each" if each else "after", edges=edges
    )
    draws = draw(st.sampled_from(["sequence", "windows", "stream"]))
    if draws == "stream":
        assume(edges == "dropped" and window is not None and min(lags) >= 0 and max(lags) <= window)
    batch = draw(st.integers(1, 6))
    assume(draws != "sequence" or batch <= task.windows)
    states = {"windows": ["reset"], "stream": ["carried"], "sequence": ["carried", "reset"]}
    return task, Fit(batch=batch, state=draw(st.sampled_from(states[draws])), draw=draws)


@given(tasks())
def test_paths_by_brute_force(words: tuple[Task, Fit]) -> None:
    """Every integer of the sequence is another one, so that what a row has heard is a set, and an
    answer is in it or not.

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
    if (
        padded and task.when == "after"
    ):  # a forecast beyond the sequence, or a lag of before it, is not known
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
            if task.when == "after" and (
                step != task.heard - 1 or not (answer >= 0 or fit.draw == "stream")
            ):
                continue
            within = start <= answer < start + task.heard and answer >= 0 and start + step >= 0
            if task.when == "each" and not within and fit.draw != "stream":
                continue
            expected = "window" if answer in heard and answer <= start + step else "none"
            expected = (
                "state" if expected == "none" and answer in state and answer < start else expected
            )
            given = next(told)
            assert (given.sample, given.lag, given.heard, given.said) == (
                sample,
                lag,
                step - lag,
                step,
            )
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
        (
            {"lag": -1},
            [
                "20 of 20 answers have not been heard yet when they must be said; nobody can"
                " forecast random integers. The score will be chance (0.01), however long it"
                " trains."
            ],
        ),
        (
            {"missing": 0.1},
            [
                "1 symbol has to be held at once: 1 x log2(100) = 6.64 bits.",
                (
                    "Every answer lies inside its own window, so the network hears it and training"
                    " can follow it."
                ),
                (
                    "A masked gap leaves no trace of its step, so the network cannot count how far"
                    " back a symbol lies: marked gaps tell it."
                ),
            ],
        ),
        (
            {"when": "each", "draw": "stream", "lag": 2},
            [
                "2 symbols have to be held at once: 2 x log2(100) = 13.29 bits.",
                (
                    "3 of 5 answers lie inside their own window, so the network hears them and"
                    " training can follow; 2 by carried state only."
                ),
            ],
        ),
        (
            {"when": "each", "draw": "stream", "lag": 4},
            [
                "4 symbols have to be held at once: 4 x log2(100) = 26.58 bits.",
                (
                    "4 of 5 answers lie before the window and can arrive only through carried"
                    " state, across which no gradient flows; the other 1 lie inside it and teach"
                    " the network to keep them."
                ),
            ],
        ),
        (
            {"lag": (1, -1)},
            [
                "1 symbol has to be held at once: 1 x log2(100) = 6.64 bits.",
                (
                    "20 of 40 answers lie inside their own window, so the network hears them and"
                    " training can follow; 20 by no path."
                ),
            ],
        ),
    ],
)
def test_sentences(words: dict, sentences: list[str]) -> None:
    experiment = preset("lag", **words)
    assert demand(experiment.task, experiment.fit).sentences() == sentences


def test_own_integers_may_be_forecast() -> None:
    forecast = preset("lag", lag=-1)
    assert demand(forecast.task, forecast.fit).sentences(own=True) == [
        "20 of 20 answers have not been heard yet when they must be said: only a rule that your"
        " integers follow can help."
    ]


FLIPPED = [
    preset(
        "lag",
        **{"model": model, "units": 7, "symbols": 9, "length": 12, "window": 4, "batch": 3} | words,
    )
    for model, words in [
        ("lstm", {}),
        ("lstm", {"lag": 6}),
        ("gru", {"lag": (1, 7), "state": "reset"}),
        ("rnn", {"lag": (0, 5, -1)}),
        ("lstm", {"when": "each", "lag": 2}),
        ("gru", {"when": "each", "lag": 0, "layers": 2}),
        ("lstm", {"edges": "padded", "lag": (1, 3)}),
        ("rnn", {"edges": "padded", "window": None, "lag": 1, "batch": 1}),
        ("gru", {"edges": "padded", "gaps": "marked", "lag": 1, "state": "reset"}),
        ("encoder-decoder", {"lag": (3, 2)}),
        ("encoder-decoder", {"lag": (0, 1, 2, 3), "direction": "both", "state": "reset"}),
        ("encoder-decoder", {"lag": (5, 1), "batch": 1}),
        ("mlp", {"lag": (2, 5), "state": "reset"}),
        ("lstm", {"direction": "both", "state": "reset", "encoding": "bits"}),
        ("rnn", {"encoding": "scalar", "lag": 6}),
    ]
]


@pytest.mark.parametrize(
    "experiment", FLIPPED, ids=lambda experiment: f"{experiment.model}-{experiment.id[:4]}"
)
def test_what_demand_says_of_a_path_is_what_flipping_a_symbol_does(experiment: Experiment) -> None:
    """Flip each integer of a sequence in turn, and see which answers of an untrained network
    change.
    """
    task = experiment.task
    model, sizes = model_of(experiment)
    weights = jax.tree.map(jnp.asarray, fresh(experiment).weights)
    plan = cut(experiment)

    @jax.jit
    def said(sequence: Any) -> Any:
        batch, state, found = framed(sequence[None], plan), None, []
        for heard in batch.heard:
            values, after = model.apply(weights, state, heard, sizes)
            state = after if experiment.fit.state == "carried" else None
            found.append(values)
        return jnp.concatenate(found)

    sequence = np.random.default_rng(1).integers(0, 9, task.length)
    before = np.asarray(said(jnp.asarray(sequence)))
    changes = []
    for place in range(task.length):
        other = sequence.copy()
        other[place] = (other[place] + 1) % 9
        changes.append((np.asarray(said(jnp.asarray(other))) != before).any(axis=-1))
    starts = frame(task, batch=experiment.fit.batch).heard[:, 0]
    asked = demand(task, experiment.fit).answers
    assert asked
    for answer in asked:
        place = answer.said if task.when == "each" else task.lag.index(answer.lag)
        arrives = changes[starts[answer.sample] + answer.heard][answer.sample, place]
        assert arrives == (answer.path != "none"), answer


def counted_one_by_one(task: Task, fit: Fit) -> tuple[list[Answer], int, int]:
    """Every answer of every sample, looked at by itself, and the most symbols held at once."""
    batch = fit.batch if fit.draw == "sequence" else 1
    if fit.draw == "sequence" or task.edges == "padded":
        framed = frame(task, batch=batch)
    else:
        framed = windows(task, np.array([task.reach - 1 - task.ahead]))
    found = []
    for sample, asked in enumerate(framed.asked):
        for place in range(task.answers):
            said = place if task.when == "each" else task.heard - 1
            lag = task.lag[0] if task.when == "each" else task.lag[place]
            heard = said - lag
            if not asked[place] and fit.draw != "stream":
                continue
            path = "window" if 0 <= heard <= said else "none"
            if heard < 0 and heard <= said and fit.draw == "stream":
                path = "state"
            elif heard < 0 and heard <= said and fit.state == "carried":
                rows = -(heard // fit.batch)
                reaches = heard + rows * fit.batch < task.heard
                path = "state" if reaches and sample >= rows * fit.batch else "none"
            found.append(Answer(sample, lag, heard, said, path, path == "window"))
    last = [one for one in found if one.sample == found[-1].sample]
    moments = range(-task.reach - task.heard, task.reach + task.heard)
    held = max(sum(one.heard <= now < one.said for one in last) for now in moments)
    return found, held, len(framed.asked)


@given(st.data())
def test_demand_counts_by_kind_what_is_counted_one_by_one(data: st.DataObject) -> None:
    def one_of(*values: Any) -> Any:
        return data.draw(st.sampled_from(values))

    words = {
        "window": one_of(1, 2, 3, 5, None),
        "length": one_of(1, 4, 9, 13),
        "lag": one_of(0, 1, 2, 4, 7, -1, -2, (1, 0), (4, -1), (6, 2, 0)),
        "when": one_of("after", "each"),
        "edges": one_of("dropped", "padded"),
        "batch": one_of(1, 2, 3, 5),
        "state": one_of("carried", "reset"),
        "draw": one_of("sequence", "windows", "stream"),
        "missing": one_of(0, 0.1),
    }
    try:
        experiment = preset("lag", **words)
    except WordError:
        return
    task, fit = experiment.task, experiment.fit
    answers, held, samples = counted_one_by_one(task, fit)
    asked = demand(task, fit)
    assert asked.answers == tuple(answers)
    assert list(asked.paths.items()) == Counter(one.path for one in answers).most_common()
    assert (asked.asked, asked.held, asked.samples) == (len(answers), held, samples)


@pytest.mark.parametrize(
    "words",
    [
        {"length": 1_000_000},
        {"length": 1_000_000, "window": 1, "lag": (4, 3)},
        {"length": 1_000_000, "window": None, "edges": "padded"},
        {"length": 1_000_000, "window": None, "when": "each", "batch": 1},
        {"length": 1_000_000, "window": 500_000, "lag": 400_000},
    ],
)
def test_a_million_integers_are_explained_without_framing_them(
    words: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    most = []
    monkeypatch.setattr(
        "echoscope.cli.terminal.experiment.windows",
        lambda task, ends: most.append(len(ends)) or windows(task, ends),
    )
    flags = [
        f"--{name}={','.join(map(str, value)) if isinstance(value, tuple) else value}"
        for name, value in words.items()
    ]
    assert status(["explain", "lag", *flags]) == 0
    assert max(most) == 1
    assert capsys.readouterr().out.count("=>") >= 1
