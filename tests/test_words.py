"""Words: the presets are the table, identity is the words, JSON goes there and back."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import echoscope
from echoscope import Experiment, Fit, Task, WordError, preset

TABLE = [
    # preset, window, lag, when, model, units, batch, epochs, state, windows kept, steps, id
    ("current", 1, (0,), "after", "lstm", 15, 1, 500, "reset", 25, 12_500, "51d0d4441841"),
    ("blind", 1, (1,), "after", "lstm", 50, 6, 2000, "carried", 24, 8_000, "11c4779a21db"),
    ("lag", 5, (1,), "after", "lstm", 50, 5, 2000, "carried", 20, 8_000, "44136fa355b3"),
    ("whole", 5, (0,), "each", "lstm", 20, 7, 500, "carried", 21, 1_500, "9b6de79bb5fa"),
    (
        "partial",
        5,
        (4, 3),
        "after",
        "encoder-decoder",
        150,
        21,
        5000,
        "carried",
        21,
        5_000,
        "51fc8cf5872d",
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_presets_are_the_tutorials(row: tuple) -> None:
    name, window, lag, when, model, units, batch, epochs, state, kept, steps, identity = row
    experiment = preset(name)
    assert experiment == Experiment(
        task=Task(symbols=100, length=25, window=window, lag=lag, when=when),
        model=model,
        units=units,
        fit=Fit(batch=batch, rate=0.001, epochs=epochs, state=state, draw="sequence", stop=None),
        seed=0,
    )
    assert len(echoscope.frame(experiment.task, batch=batch).heard) == kept
    assert experiment.steps == steps
    assert experiment.id == identity


def test_the_five_are_all() -> None:
    assert list(echoscope.PRESETS) == [row[0] for row in TABLE]


experiments = st.builds(
    preset,
    st.sampled_from(list(echoscope.PRESETS)),
    fit=st.sampled_from(["tutorial", "quick"]),
    seed=st.integers(0, 2**32 - 1),
    units=st.integers(1, 300),
    rate=st.floats(1e-6, 1),
    stop=st.none() | st.floats(0.1, 1),
    symbols=st.integers(2, 1000),
)


@given(experiments)
def test_json_there_and_back(experiment: Experiment) -> None:
    again = Experiment.from_json(json.loads(json.dumps(experiment.to_json(), allow_nan=False)))
    assert again == experiment
    assert again.id == experiment.id


@given(experiments, experiments)
def test_equal_words_equal_identity(one: Experiment, other: Experiment) -> None:
    assert (one == other) == (one.id == other.id)


def test_every_word_changes_the_identity() -> None:
    changes = {
        "symbols": 9,
        "length": 30,
        "window": 6,
        "lag": 2,
        "model": "encoder-decoder",
        "units": 3,
        "seed": 1,
        "batch": 4,
        "rate": 0.1,
        "epochs": 3,
        "state": "reset",
        "stop": 0.5,
    }
    ids = {preset("lag").id} | {
        preset("lag", **{name: value}).id for name, value in changes.items()
    }
    ids |= {preset("lag", when="each").id, preset("lag", draw="windows", state="reset").id}
    assert len(ids) == len(changes) + 3


def test_words_are_frozen_and_unknown_ones_refused() -> None:
    frozen: Any = preset("lag")
    with pytest.raises(dataclasses.FrozenInstanceError):
        frozen.seed = 3
    for words, sentence in [
        ({"sed": 3}, "An experiment has no word 'sed': did you mean 'seed'?"),
        ({"fit": {"rates": 1}}, "A fit has no word 'rates': did you mean 'rate'?"),
        ({"task": 3}, "A task must be a JSON object, not 3."),
    ]:
        with pytest.raises(WordError) as caught:
            Experiment.from_json(words)
        assert str(caught.value) == sentence


def test_quick_is_said_in_words_too() -> None:
    quick = preset("lag", fit="quick").fit
    assert (quick.batch, quick.rate, quick.state, quick.draw, quick.stop) == (
        32,
        0.01,
        "reset",
        "windows",
        0.999,
    )


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"rate": 10**400}, "rate must be a number above 0 and at most 10"),
        ({"stop": 10**400}, "stop must be a number above 0 and at most 1"),
        ({"missing": 10**400}, "missing must be a number of at least 0 and below 1"),
        ({"missing": -(10**400)}, "missing must be a number of at least 0 and below 1"),
    ],
)
def test_a_number_too_large_for_a_float_is_refused_as_any_other(words: dict, rule: str) -> None:
    with pytest.raises(WordError) as caught:
        preset("lag", **words)
    assert str(caught.value).startswith(f"{rule}, not ")
