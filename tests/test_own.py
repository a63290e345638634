"""User data: what is trained on, what is held out, what needs no memory; echoes fed back,
errors.
"""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import (
    IntegerError,
    SettingError,
    Training,
    confusion,
    generate,
    predict,
    preset,
    train,
)
from echoscope.analysis.time_to_solve import steps_to_solve
from echoscope.experiment import user_data as own_
from echoscope.experiment.baselines import chance
from echoscope.experiment.experiment import Experiment
from echoscope.runs.table import Row
from echoscope.training.batches import (
    EVALUATED,
    TRAINED,
    UserSlice,
    batch_plan,
    run_key,
    sample_integers,
)
from echoscope.training.loop import Terms
from networks import first_weights

COUNT = 400


def starts(
    experiment: Experiment, stream: int, epochs: int, begin: int, end: int, stride: int
) -> np.ndarray:
    """The first integer of every row drawn, of user data that count from 0; -1 for a row beyond
    their end.
    """
    key = run_key(jnp.uint32(0), jnp.int32(stream))
    mine = UserSlice(jnp.arange(COUNT), jnp.int32(begin), jnp.int32(end), jnp.int32(stride))
    plan = batch_plan(experiment)
    item = jax.vmap(lambda epoch: sample_integers(experiment, plan, key, epoch, mine))
    drawn = np.asarray(jax.jit(item)(jnp.arange(epochs)))
    rows = drawn.reshape(-1, drawn.shape[-1])
    assert all((row == -1).all() or (np.diff(row) == 1).all() for row in rows)
    return rows[:, 0]


@pytest.mark.parametrize(
    "settings", [{"fit": "quick", "batch_size": 7}, {"length": 20}], ids=["windows", "sequence"]
)
def test_training_never_hears_what_is_held_out_and_a_score_hears_all_of_it(
    settings: dict[str, Any],
) -> None:
    experiment = preset("lag", **settings, vocab_size=COUNT).change(data="0" * 12)
    length = batch_plan(experiment).shape[1]
    split = own_.learned(experiment, own_.UserData(np.arange(COUNT)))
    assert split == 320
    learned = starts(experiment, TRAINED, 300, 0, split - length + 1, 0)
    assert learned.min() == 0
    assert learned.max() + length == split
    (named,), data = own_.named([experiment.change(data=None)], np.arange(COUNT))
    epochs, stride = Terms.of(named.shape, data).accuracy
    inputs = starts(experiment, EVALUATED, epochs, split, COUNT - length + 1, stride)
    last = COUNT - length
    assert inputs[inputs >= 0].tolist() == list(range(split, last + 1, stride))
    assert stride == (1 if "fit" in settings else length)


def test_a_long_file_is_scored_on_an_even_choice_of_windows() -> None:
    experiment = preset("lag", fit="quick", vocab_size=10)
    epochs, stride = Terms.of(experiment, own_.UserData(np.arange(200_000) % 10)).accuracy
    assert (epochs * 32 * stride - 40_000) // stride < 32
    assert 10_000 <= epochs * 32 < 20_000


def test_a_rule_is_learned_and_its_score_is_of_the_held_out_end() -> None:
    run, weights = train(
        preset("lag", fit="quick", lag=-1, vocab_size=5, units=16), data=np.arange(300) * 2 % 5
    )
    assert (run.outcome, run.accuracy) == ("solved", 1.0)
    assert run.target_count == 60 - 5  # windows of 5, and the integer after
    assert run.experiment.data == own_.hash_of(np.arange(300) * 2 % 5)
    assert (run.rule, run.chance) == ("map-last", 1.0)
    assert run.chance_low == pytest.approx(0.935, abs=0.001)
    assert run.chance_high == 1
    result = predict(run.experiment, weights, [0, 2, 4, 1, 3])
    assert (result.predictions.tolist(), result.mask.tolist()) == ([[0]], [[False]])
    assert (
        generate(run.experiment, weights, [0, 2, 4, 1, 3], steps=20).appended == (0, 2, 4, 1, 3) * 4
    )


@pytest.mark.parametrize(
    ("sequence", "settings", "rule", "accuracy"),
    [
        ([0] * 50 + [1] * 50, {"lag": 1}, "copy-last", 1.0),
        ([0] * 90 + [1, 0] * 5, {"lag": 0}, "memoryless", 11 / 16),
        (list(range(10)) * 10, {"lag": 1}, "map-last", 1.0),
        (list(range(7)) * 100, {"lag": -1}, "map-last", 1.0),
        (list(range(7)) * 100, {"lag": -1, "fit": "tutorial"}, "map-last", 1.0),
        (list(range(7)) * 100, {"lag": (4, 0)}, "map-last", (1 + 1 / 7) / 2),
        ([0, 1] * 50, {"lag": 2}, "copy-last", 1.0),
        ([1, 2, 3, 3] * 25, {"lag": 4, "readout": "all"}, "copy-last", 1.0),
        ([1, 2, 3, 4] * 25, {"lag": 2, "readout": "all"}, "map-last", 1.0),
        ([*[1, 2, 3, 4, None] * 40], {"lag": 1, "missing": 0.1}, "map-last", 0.75),
        (
            [*[1, 2, 3, 4, 5, 6, 7, None] * 40],
            {"lag": 1, "missing": 0.5, "gaps": "dropped"},
            "map-last",
            1.0,
        ),
    ],
)
def test_chance_is_the_best_rule_without_a_memory(
    sequence: list[int], settings: dict, rule: str, accuracy: float
) -> None:
    experiment = preset("lag", **{"fit": "quick", "vocab_size": 10} | settings)
    raw = own_.UserData.of(experiment, sequence)
    result = chance(own_.settled(experiment, raw), raw)
    assert result.rule == rule
    assert result.accuracy.value == pytest.approx(accuracy, abs=0 if accuracy == 1 else 0.03)
    assert result.accuracy.low <= result.accuracy.value <= result.accuracy.high
    assert result.accuracy.value == max(item.value for item in result.rules.values())
    assert ("copy-last" in result.rules) == ("map-last" in result.rules) == (settings["lag"] != 0)
    assert result.sentence.startswith(
        "No memory is needed: " if accuracy == 1 else "These integers are not random: "
    )


def test_no_rule_says_more_of_random_integers_than_a_guess() -> None:
    value = np.random.default_rng(0).integers(0, 15, 4000)
    result = chance(preset("lag", fit="quick", vocab_size=15), own_.UserData(value))
    assert all(item.low <= 1 / 15 <= item.high for item in result.rules.values())
    assert (
        result.sentence
        == "On these 796 targets no rule without a memory is measurably better than a guess"
        " (6.67%)."
    )


def test_a_symbol_never_learned_is_mapped_to_the_commonest() -> None:
    values = np.array([0] * 80 + [5, 0] * 10)
    result = chance(preset("lag", fit="quick", vocab_size=10, lag=-1), own_.UserData(values))
    assert result.rules["map-last"].value == pytest.approx(
        8 / 15
    )  # after a 5, 0; after a 0, 0 again and wrong
    assert result.rules["copy-last"].value == 0


def test_chance_is_measured_on_the_answers_of_the_score() -> None:
    value = np.random.default_rng(0).integers(0, 10, 400)
    for settings in (
        {"fit": "quick"},
        {},
        {"fit": "quick", "readout": "all", "lag": 2},
        {"length": 30, "lag": (4, 3)},
    ):
        training = Training(
            [preset("lag", vocab_size=10, units=3, epochs=1, **settings)], data=value
        )
        list(training)
        (outcome,) = training.outcomes()
        assert outcome.accuracy
        assert outcome.chance
        assert outcome.accuracy.target_count == outcome.chance.rules["memoryless"].target_count


def test_gaps_are_those_of_the_integers_whatever_missing_says() -> None:
    value = [None if place % 7 == 3 else place % 5 for place in range(140)]
    for gaps in ("masked", "marked", "dropped"):
        lags = [
            preset("lag", fit="quick", vocab_size=5, missing=share, gaps=gaps)
            for share in (0.1, 0.5)
        ]
        named, data = own_.named(lags, value)
        assert named[0].id == named[1].id
        assert named[0].task.missing == pytest.approx(20 / 140, rel=1e-3)
        assert (data.integers < 0).sum() == 20
    lags = [preset("lag", fit="quick", vocab_size=5, missing=share) for share in (0, 0.1)]
    plain, _ = own_.named(lags, list(range(5)) * 9)
    assert plain[0].id == plain[1].id
    with pytest.raises(
        IntegerError,
        match=r"^User data bring their own gaps and these have none, so gaps marked",
    ):
        own_.named([preset("lag", vocab_size=5, missing=0.1, gaps="marked")], [1, 2, 3, 4] * 20)


def test_own_integers_have_no_gaps_but_their_own() -> None:
    experiment = preset("lag", fit="quick", vocab_size=COUNT).change(data="0" * 12, missing=0.5)
    learned = starts(experiment, TRAINED, 20, 0, 316, 0)
    assert learned.min() >= 0


def test_a_record_s_chance_is_that_of_its_own_lag() -> None:
    sequence = [0, 0, 0, 1] * 50
    runs = [
        preset("lag", fit="quick", vocab_size=3, units=3, epochs=1, lag=lag) for lag in (0, 1, 4)
    ]
    training = Training(runs, data=sequence)
    list(training)
    for outcome in training.outcomes():
        assert outcome.chance == chance(outcome.experiment, own_.UserData(np.array(sequence)))
    assert [outcome.chance.rule for outcome in training.outcomes() if outcome.chance] == [
        "memoryless",
        "memoryless",
        "copy-last",
    ]


def test_words_and_integers_must_agree() -> None:
    lag = preset("lag", vocab_size=10)
    named = lag.change(data=own_.hash_of(np.arange(100) % 10))
    with pytest.raises(
        SettingError, match=r"^The integers [0-9a-f]{12} must be given to train on them: a run"
    ):
        Training([named])
    with pytest.raises(
        SettingError,
        match=r"^data names the integers [0-9a-f]{12}, but those given are [0-9a-f]{12}: give",
    ):
        Training([named], data=np.arange(101) % 10)
    with pytest.raises(
        SettingError,
        match=r"^data must be none or the 12 hexadecimal digits of a hash, not 'abc': user data",
    ):
        lag.change(data="abc")
    with pytest.raises(
        IntegerError,
        match=r"^integer 11 is 10, outside 0 to 9: change it, or train with more symbols\.$",
    ):
        Training([lag], data=np.arange(100))
    with pytest.raises(IntegerError, match=r"^integer 1 is -1, outside 0 to 9"):
        Training([lag], data=np.arange(-1, 99))
    _, data = own_.named([lag.change(missing=0.1)], [None, *range(9)] * 10)
    assert len(data or ()) == 100


def test_echoes_fed_back_shrink_and_repeat() -> None:
    settings = {"vocab_size": 10, "lag": 2, "units": 24, "target_accuracy": 0.9999}
    run, weights = train(preset("lag", fit="quick", **settings))
    result = generate(run.experiment, weights, list(range(10)), steps=12)
    assert result.replaced == (tuple(range(10)), tuple(range(2, 8)), (4, 5))
    assert result.appended == (7, 8, 9) * 4
    assert result.period == 3
    whole = preset("whole", vocab_size=10)
    with pytest.raises(
        SettingError,
        match=r"^Feeding back needs a network that predicts one target after its window",
    ):
        generate(whole, first_weights(whole), list(range(10)))


def test_gaps_and_texts_are_fed_back_as_predict_reads_them() -> None:
    settings = {"vocab_size": 10, "units": 4, "lag": 1}
    gappy, plain = preset("lag", missing=0.2, **settings), preset("lag", **settings)
    weights = first_weights(gappy)
    for values in ([1, None, 3, 4, "-", 6.0], ["1", "-", "3", "4", "", "6"]):
        result = generate(gappy, weights, values, steps=5)
        assert result.replaced[0] == (1, -1, 3, 4, -1, 6)
        predicted = predict(gappy, weights, values).predictions[:, 0].tolist()
        assert (list(result.replaced[1]), result.appended[0]) == (predicted, predicted[-1])
    for values, sentence in (
        ([1, 2, None, 4, 5], "^integer 3 is blank, and the task has no gaps"),
        ([1, 2, 3], "^One window needs 5 values and there are 3: give more"),
    ):
        with pytest.raises(IntegerError, match=sentence):
            generate(plain, first_weights(plain), values)


def test_misses_of_a_regression_are_near() -> None:
    result = {}
    for encoding in ("scalar", "one-hot"):
        settings = {
            "fit": "quick",
            "vocab_size": 50,
            "units": 16,
            "epochs": 600,
            "seed": 1,
            "encoding": encoding,
        }
        run, weights = train(preset("lag", **settings))
        result[encoding] = confusion(run.experiment, weights)
    for item in result.values():
        assert 0 < item.wrong <= item.target_count == 20_000 - 4
        counts = [count for _, _, count in item.pairs]
        assert counts == sorted(counts, reverse=True)
        assert all(correct != text for correct, text, _ in item.pairs)
        assert item.near_chance == 0.04
        assert 1 <= item.mean_error_distance == item.to_json()["mean_error_distance"] <= 49
    assert result["scalar"].near > 0.3 > result["one-hot"].near


@cache
def learned_by_heart() -> tuple[Any, Any, np.ndarray]:
    """A network that learned 320 random integers by heart, and nothing of the 80 held out."""
    value = np.random.default_rng(0).integers(0, 15, COUNT)
    run, weights = train(preset("lag", fit="quick", lag=-1, vocab_size=15), data=value)
    return run, weights, value


@pytest.fixture
def by_heart() -> tuple[Any, Any, np.ndarray]:
    return learned_by_heart()


def test_solved_is_said_of_what_is_held_out(by_heart: tuple[Any, Any, np.ndarray]) -> None:
    run, _, value = by_heart
    assert run.curve[-1][2] > 0.99
    assert run.outcome == "done"
    assert run.accuracy == run.held_out[-1][2] < 0.2
    assert (run.rule, run.accuracy_low < 1 / 15) == ("uniform", True)
    assert [row[0] for row in run.held_out] == [row[0] for row in run.curve]
    assert (
        Row.of(run).last_accuracy == run.curve[-1][2]
    )  # a rate is not chosen on what it is scored on
    assert steps_to_solve([run]).solved == 0
    again = Training([run.experiment], data=value)
    first = next(again)
    assert first.points[0].held_out == run.held_out[0][1:]


def test_measuring_what_is_held_out_leaves_no_trace(by_heart: tuple[Any, Any, np.ndarray]) -> None:
    run, weights, value = by_heart
    again = Training([run.experiment], data=value)
    again._held_out = lambda counts: None
    for _ in again:
        again.outcomes()
    outcome = again.outcomes()[0]
    assert outcome.steps == run.steps
    assert all((outcome.weights[name] == weights[name]).all() for name in weights)
