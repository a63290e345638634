"""Own integers: what is learned from, what is held out, what needs no memory; echoes fed back,
misses.
"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import IntegerError, Training, WordError, feed_back, misses, predict, preset, train
from echoscope.analysis.time_to_solve import steps_to_solve
from echoscope.experiment import user_data as own_
from echoscope.experiment.baselines import chance
from echoscope.experiment.experiment import Experiment
from echoscope.runs.table import Row
from echoscope.store import Store
from echoscope.store.migrations import MIGRATIONS
from echoscope.training.batches import SCORED, TRAINED, Own, cut, draw, lane_key
from echoscope.training.program import fresh

COUNT = 400


def starts(
    experiment: Experiment, stream: int, epochs: int, begin: int, end: int, stride: int
) -> np.ndarray:
    """The first integer of every row drawn, of own integers that count from 0; -1 for a row beyond
    their end.
    """
    key = lane_key(jnp.uint32(0), jnp.int32(stream))
    mine = Own(jnp.arange(COUNT), jnp.int32(begin), jnp.int32(end), jnp.int32(stride))
    plan = cut(experiment)
    drawn = np.stack(
        [draw(experiment, plan, key, jnp.int32(epoch), mine) for epoch in range(epochs)]
    )
    rows = drawn.reshape(-1, drawn.shape[-1])
    assert all((row == -1).all() or (np.diff(row) == 1).all() for row in rows)
    return rows[:, 0]


@pytest.mark.parametrize(
    "words", [{"fit": "quick", "batch": 7}, {"length": 20}], ids=["windows", "sequence"]
)
def test_training_never_hears_what_is_held_out_and_a_score_hears_all_of_it(
    words: dict[str, Any],
) -> None:
    experiment = preset("lag", **words, symbols=COUNT).change(data="0" * 12)
    length = cut(experiment).shape[1]
    split = own_.learned(experiment, COUNT)
    assert split == 320
    learned = starts(experiment, TRAINED, 300, 0, split, 0)
    assert learned.min() == 0
    assert learned.max() + length == split
    training = Training([experiment.change(data=None)], data=np.arange(COUNT))
    epochs, stride = training.whole_score(training.shape)
    heard = starts(experiment, SCORED, epochs, split, COUNT, stride)
    last = COUNT - length
    assert heard[heard >= 0].tolist() == list(range(split, last + 1, stride))
    assert stride == (1 if "fit" in words else length)


def test_a_long_file_is_scored_on_an_even_choice_of_windows() -> None:
    training = Training([preset("lag", fit="quick", symbols=10)], data=np.arange(200_000) % 10)
    epochs, stride = training.whole_score(training.shape)
    assert (epochs * 32 * stride - 40_000) // stride < 32
    assert 10_000 <= epochs * 32 < 20_000


def test_a_rule_is_learned_and_its_score_is_of_the_held_out_end() -> None:
    record, weights = train(
        preset("lag", fit="quick", lag=-1, symbols=5), data=np.arange(300) * 2 % 5
    )
    assert (record.outcome, record.score) == ("solved", 1.0)
    assert record.answers == 60 - 5  # windows of 5, and the integer after
    assert record.experiment.data == own_.hash_of(np.arange(300) * 2 % 5)
    assert (record.rule, record.chance) == ("map-last", 1.0)
    assert record.chance_low == pytest.approx(0.935, abs=0.001)
    assert record.chance_high == 1
    found = predict(record.experiment, weights, [0, 2, 4, 1, 3])
    assert (found.predicted.tolist(), found.asked.tolist()) == ([[0]], [[False]])
    assert (
        feed_back(record.experiment, weights, [0, 2, 4, 1, 3], steps=20).appended
        == (0, 2, 4, 1, 3) * 4
    )


@pytest.mark.parametrize(
    ("sequence", "words", "rule", "score"),
    [
        ([0] * 50 + [1] * 50, {"lag": 1}, "copy-last", 1.0),
        ([0] * 90 + [1, 0] * 5, {"lag": 0}, "memoryless", 11 / 16),
        (list(range(10)) * 10, {"lag": 1}, "map-last", 1.0),
        (list(range(7)) * 100, {"lag": -1}, "map-last", 1.0),
        (list(range(7)) * 100, {"lag": -1, "fit": "tutorial"}, "map-last", 1.0),
        (list(range(7)) * 100, {"lag": (4, 0)}, "map-last", (1 + 1 / 7) / 2),
        ([0, 1] * 50, {"lag": 2}, "copy-last", 1.0),
        ([1, 2, 3, 3] * 25, {"lag": 4, "when": "each"}, "copy-last", 1.0),
        ([1, 2, 3, 4] * 25, {"lag": 2, "when": "each"}, "map-last", 1.0),
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
    sequence: list[int], words: dict, rule: str, score: float
) -> None:
    experiment = preset("lag", **{"fit": "quick", "symbols": 10} | words)
    given = own_.checked(experiment, sequence)
    found = chance(own_.settled(experiment, given), given)
    assert found.rule == rule
    assert found.score.value == pytest.approx(score, abs=0 if score == 1 else 0.03)
    assert found.score.low <= found.score.value <= found.score.high
    assert found.score.value == max(one.value for one in found.rules.values())
    assert ("copy-last" in found.rules) == ("map-last" in found.rules) == (words["lag"] != 0)
    assert found.sentence.startswith(
        "No memory is needed: " if score == 1 else "These integers are not random: "
    )


def test_no_rule_says_more_of_random_integers_than_a_guess() -> None:
    given = np.random.default_rng(0).integers(0, 15, 4000)
    found = chance(preset("lag", fit="quick", symbols=15), given)
    assert all(one.low <= 1 / 15 <= one.high for one in found.rules.values())
    assert (
        found.sentence
        == "On these 796 answers no rule without a memory is measurably better than a guess"
        " (6.67%)."
    )


def test_a_symbol_never_learned_is_mapped_to_the_commonest() -> None:
    given = np.array([0] * 80 + [5, 0] * 10)
    found = chance(preset("lag", fit="quick", symbols=10, lag=-1), given)
    assert found.rules["map-last"].value == pytest.approx(
        8 / 15
    )  # after a 5, 0; after a 0, 0 again and wrong
    assert found.rules["copy-last"].value == 0


def test_chance_is_measured_on_the_answers_of_the_score() -> None:
    given = np.random.default_rng(0).integers(0, 10, 400)
    for words in (
        {"fit": "quick"},
        {},
        {"fit": "quick", "when": "each", "lag": 2},
        {"length": 30, "lag": (4, 3)},
    ):
        training = Training([preset("lag", symbols=10, units=3, epochs=1, **words)], data=given)
        list(training)
        (outcome,) = training.outcomes()
        assert outcome.score
        assert outcome.chance
        assert outcome.score.answers == outcome.chance.rules["memoryless"].answers


def test_gaps_are_those_of_the_integers_whatever_missing_says() -> None:
    given = [None if place % 7 == 3 else place % 5 for place in range(140)]
    for gaps in ("masked", "marked", "dropped"):
        lags = [
            preset("lag", fit="quick", symbols=5, missing=share, gaps=gaps) for share in (0.1, 0.5)
        ]
        named, sequence = own_.named(lags, given)
        assert named[0].id == named[1].id
        assert named[0].task.missing == 20 / 140
        assert (sequence < 0).sum() == 20
    lags = [preset("lag", fit="quick", symbols=5, missing=share) for share in (0, 0.1)]
    plain, _ = own_.named(lags, list(range(5)) * 9)
    assert plain[0].id == plain[1].id
    with pytest.raises(
        IntegerError,
        match=r"^Own integers bring their own gaps and these have none, so gaps marked",
    ):
        own_.named([preset("lag", symbols=5, missing=0.1, gaps="marked")], [1, 2, 3, 4] * 20)


def test_own_integers_have_no_gaps_but_their_own() -> None:
    experiment = preset("lag", fit="quick", symbols=COUNT).change(data="0" * 12, missing=0.5)
    learned = starts(experiment, TRAINED, 20, 0, 320, 0)
    assert learned.min() >= 0


def test_a_record_s_chance_is_that_of_its_own_lag() -> None:
    sequence = [0, 0, 0, 1] * 50
    lanes = [preset("lag", fit="quick", symbols=3, units=3, epochs=1, lag=lag) for lag in (0, 1, 4)]
    training = Training(lanes, data=sequence)
    list(training)
    for outcome in training.outcomes():
        assert outcome.chance == chance(outcome.experiment, np.array(sequence))
    assert [outcome.chance.rule for outcome in training.outcomes() if outcome.chance] == [
        "memoryless",
        "memoryless",
        "copy-last",
    ]


def test_words_and_integers_must_agree() -> None:
    lag = preset("lag", symbols=10)
    named = lag.change(data=own_.hash_of(np.arange(100) % 10))
    with pytest.raises(
        WordError, match=r"^The integers [0-9a-f]{12} must be given to learn from them: a record"
    ):
        Training([named])
    with pytest.raises(
        WordError,
        match=r"^data names the integers [0-9a-f]{12}, but those given are [0-9a-f]{12}: give",
    ):
        Training([named], data=np.arange(101) % 10)
    with pytest.raises(
        WordError,
        match=r"^data must be none or the 12 hexadecimal digits of a hash, not 'abc': own",
    ):
        lag.change(data="abc")
    with pytest.raises(
        IntegerError,
        match=r"^integer 11 is 10, outside 0 to 9: change it, or train with more symbols\.$",
    ):
        Training([lag], data=np.arange(100))
    with pytest.raises(IntegerError, match=r"^integer 1 is -1, outside 0 to 9"):
        Training([lag], data=np.arange(-1, 99))
    assert len(Training([lag.change(missing=0.1)], data=[None, *range(9)] * 10)._own) == 100


def test_echoes_fed_back_shrink_and_repeat() -> None:
    record, weights = train(preset("lag", fit="quick", symbols=10, lag=2, stop=0.9999))
    found = feed_back(record.experiment, weights, list(range(10)), steps=12)
    assert found.replaced == (tuple(range(10)), tuple(range(2, 8)), (4, 5))
    assert found.appended == (7, 8, 9) * 4
    assert found.period == 3
    whole = preset("whole", symbols=10)
    with pytest.raises(
        WordError, match=r"^Feeding back needs a network that says one answer after its window"
    ):
        feed_back(whole, fresh(whole).weights, list(range(10)))


def test_misses_of_a_regression_are_near() -> None:
    found = {}
    for encoding in ("scalar", "one-hot"):
        words = {
            "fit": "quick",
            "symbols": 50,
            "units": 16,
            "epochs": 600,
            "seed": 1,
            "encoding": encoding,
        }
        record, weights = train(preset("lag", **words))
        found[encoding] = misses(record.experiment, weights)
    for one in found.values():
        assert 0 < one.wrong <= one.answers == 20_000 - 4
        counts = [count for _, _, count in one.pairs]
        assert counts == sorted(counts, reverse=True)
        assert all(right != said for right, said, _ in one.pairs)
        assert one.near_chance == 0.04
    assert found["scalar"].near > 0.3 > found["one-hot"].near


@pytest.fixture(scope="module")
def by_heart() -> tuple[Any, Any, np.ndarray]:
    """A network that learned 320 random integers by heart, and nothing of the 80 held out."""
    given = np.random.default_rng(0).integers(0, 15, COUNT)
    record, weights = train(preset("lag", fit="quick", lag=-1, symbols=15), data=given)
    return record, weights, given


def test_solved_is_said_of_what_is_held_out(by_heart: tuple[Any, Any, np.ndarray]) -> None:
    record, _, given = by_heart
    assert record.curve[-1][2] > 0.99
    assert record.outcome == "done"
    assert record.score == record.held_out[-1][2] < 0.2
    assert (record.rule, record.score_low < 1 / 15) == ("uniform", True)
    assert [row[0] for row in record.held_out] == [row[0] for row in record.curve]
    assert (
        Row.of(record).last == record.curve[-1][2]
    )  # a rate is not chosen on what it is scored on
    assert steps_to_solve([record]).solved == 0
    again = Training([record.experiment], data=given)
    first = next(again)
    assert first.points[0].held_out == record.held_out[0][1:]


def test_measuring_what_is_held_out_leaves_no_trace(by_heart: tuple[Any, Any, np.ndarray]) -> None:
    record, weights, given = by_heart
    again = Training([record.experiment], data=given)
    again._held_out = lambda counts: None  # pyright: ignore[reportAttributeAccessIssue]
    for _ in again:
        again.outcomes()
    outcome = again.outcomes()[0]
    assert outcome.steps == record.steps
    assert all((outcome.weights[name] == weights[name]).all() for name in weights)


def test_an_older_store_says_solved_only_of_what_is_held_out(
    by_heart: tuple[Any, Any, np.ndarray], tmp_path: Path
) -> None:
    record, store = by_heart[0], Store(tmp_path)
    store.add(replace(record, outcome="solved"))
    (script,) = [one for one in MIGRATIONS if "held out" in one]
    with closing(sqlite3.connect(store.path)) as connection, connection:
        for statement in script.split(";"):
            connection.execute(statement)
    assert store.find().outcome == "done"
    assert store.table(names=["outcome", "climb"]) == {"outcome": ["done"], "climb": ["[]"]}
