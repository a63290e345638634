"""Settings: the presets are the table, identity is the settings, JSON goes there and back."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import echoscope
from echoscope import Echo, Experiment, SettingError, TrainingConfig, preset
from echoscope.cli.terminal.preview import settings_text

TABLE = [
    # preset, window, lag, when, model, units, batch, epochs, state, windows kept, steps, id
    ("current", 1, (0,), "last", "lstm", 15, 1, 500, False, 25, 12_500, "ca4df1eb274b"),
    ("blind", 1, (1,), "last", "lstm", 50, 6, 2000, True, 24, 8_000, "339b7d9c4685"),
    ("lag", 5, (1,), "last", "lstm", 50, 5, 2000, True, 20, 8_000, "44136fa355b3"),
    ("whole", 5, (0,), "all", "lstm", 20, 7, 500, True, 21, 1_500, "be1ad04d7b52"),
    (
        "partial",
        5,
        (4, 3),
        "decoder",
        "encoder-decoder",
        150,
        21,
        5000,
        True,
        21,
        5_000,
        "e331b0c6bd09",
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_presets_are_the_tutorials(row: tuple) -> None:
    name, window, lag, readout, model, units, batch, epochs, stateful, kept, steps, identity = row
    experiment = preset(name)
    assert experiment == Experiment(
        task=Echo(vocab_size=100, length=25, window=window, lag=lag, readout=readout),
        model=model,
        units=units,
        training=TrainingConfig(
            batch_size=batch,
            learning_rate=0.001,
            epochs=epochs,
            stateful=stateful,
            sampling="sequence",
            target_accuracy=None,
        ),
        seed=0,
    )
    assert len(echoscope.frame(experiment.task, batch_size=batch).inputs) == kept
    assert experiment.steps == steps
    assert experiment.id == identity


def test_the_five_are_all() -> None:
    assert list(echoscope.PRESETS)[:5] == [row[0] for row in TABLE]


experiments = st.builds(
    preset,
    st.sampled_from(list(echoscope.PRESETS)[:5]),
    fit=st.sampled_from(["tutorial", "quick"]),
    seed=st.integers(0, 2**32 - 1),
    units=st.integers(1, 300),
    learning_rate=st.floats(1e-6, 1),
    target_accuracy=st.none() | st.floats(0.1, 1),
    vocab_size=st.integers(2, 1000),
)


@given(experiments)
def test_json_there_and_back(experiment: Experiment) -> None:
    again = Experiment.from_json(json.loads(json.dumps(experiment.to_json(), allow_nan=False)))
    assert again == experiment
    assert again.id == experiment.id


@given(experiments, experiments)
def test_equal_words_equal_identity(item: Experiment, other: Experiment) -> None:
    assert (item == other) == (item.id == other.id)


def test_every_word_changes_the_identity() -> None:
    changes = {
        "vocab_size": 9,
        "length": 30,
        "window": 6,
        "lag": 2,
        "model": "encoder-decoder",
        "units": 3,
        "seed": 1,
        "batch_size": 4,
        "learning_rate": 0.1,
        "epochs": 3,
        "stateful": False,
        "target_accuracy": 0.5,
    }
    ids = {preset("lag").id} | {
        preset("lag", **{name: value}).id for name, value in changes.items()
    }
    ids |= {preset("lag", readout="all").id, preset("lag", sampling="windows", stateful=False).id}
    assert len(ids) == len(changes) + 3


OTHER = {
    "model": "gru",
    "readout": "all",
    "encoding": "bits",
    "sampling": "windows",
    "gaps": "marked",
    "edges": "padded",
    "fold": "2/5",
    "data": "dbf5727aff56",
    "imported": "dbf5727aff56",
    "columns": ("spots", "months"),
    "target_columns": ("months",),
    "lag": (3,),
    "target_accuracy": 0.5,
    "missing": 0.25,
}


@pytest.mark.parametrize("kind", [Echo, TrainingConfig, Experiment])
def test_every_setting_that_differs_stands_in_the_line_of_settings(kind: type[Any]) -> None:
    """One that is declared later too; put in place without the rules, which are not meant here."""
    for name, declared in kind.fields().items():
        if name in ("task", "training"):
            continue
        value = declared.default
        other = OTHER.get(name, not value if isinstance(value, bool) else None)
        other = (value or 1) * 2 if other is None else other
        part, changed = kind(), Experiment()
        object.__setattr__(part, name, other)
        where = {Echo: "task", TrainingConfig: "training"}.get(kind)
        if where:
            object.__setattr__(changed, where, part)
        text = settings_text(changed if where else part)
        assert f"{name} " in text, name
        assert "True" not in text


def test_words_are_frozen_and_unknown_ones_refused() -> None:
    frozen: Any = preset("lag")
    with pytest.raises(dataclasses.FrozenInstanceError):
        frozen.seed = 3
    for settings, sentence in [
        ({"sed": 3}, "An experiment has no setting 'sed': did you mean 'seed'?"),
        (
            {"training": {"rates": 1}},
            "A training config has no setting 'rates': use batch_size,"
            " learning_rate, epochs, stateful, sampling, target_accuracy or fold.",
        ),
        ({"task": 3}, "A task must be a JSON object, not 3."),
    ]:
        with pytest.raises(SettingError) as caught:
            Experiment.from_json(settings)
        assert str(caught.value) == sentence


def test_quick_is_said_in_words_too() -> None:
    quick = preset("lag", fit="quick").training
    assert (
        quick.batch_size,
        quick.learning_rate,
        quick.stateful,
        quick.sampling,
        quick.target_accuracy,
    ) == (
        32,
        0.01,
        False,
        "windows",
        0.999,
    )


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"learning_rate": 10**400}, "learning_rate must be a number above 0 and at most 10"),
        ({"target_accuracy": 10**400}, "target_accuracy must be a number above 0 and at most 1"),
        ({"missing": 10**400}, "missing must be a number of at least 0 and below 1"),
        ({"missing": -(10**400)}, "missing must be a number of at least 0 and below 1"),
    ],
)
def test_a_number_too_large_for_a_float_is_refused_as_any_other(settings: dict, rule: str) -> None:
    with pytest.raises(SettingError) as caught:
        preset("lag", **settings)
    assert str(caught.value).startswith(f"{rule}, not ")
