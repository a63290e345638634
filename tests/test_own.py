"""Own integers: what is learned from, what is held out, what needs no memory; echoes fed back, misses."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import IntegerError, Training, WordError, feed_back, misses, predict, preset, train
from echoscope import own as own_
from echoscope.batch import SCORED, TRAINED, Own, cut, draw, lane_key
from echoscope.experiment import Experiment
from echoscope.program import fresh

COUNT = 400


def starts(experiment: Experiment, stream: int, epochs: int, begin: int, end: int, stride: int) -> np.ndarray:
    """The first integer of every row drawn, of own integers that count from 0; -1 for a row beyond their end."""
    key = lane_key(jnp.uint32(0), jnp.int32(stream))
    mine = Own(jnp.arange(COUNT), jnp.int32(begin), jnp.int32(end), jnp.int32(stride))
    plan = cut(experiment)
    drawn = np.stack([draw(experiment, plan, key, jnp.int32(epoch), mine) for epoch in range(epochs)])
    rows = drawn.reshape(-1, drawn.shape[-1])
    assert all((row == -1).all() or (np.diff(row) == 1).all() for row in rows)
    return rows[:, 0]


@pytest.mark.parametrize("words", [{"fit": "quick", "batch": 7}, {"length": 20}], ids=["windows", "sequence"])
def test_training_never_hears_what_is_held_out_and_a_score_hears_all_of_it(words: dict[str, Any]) -> None:
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
    record, weights = train(preset("lag", fit="quick", lag=-1, symbols=5), data=np.arange(300) * 2 % 5)
    assert (record.outcome, record.score) == ("solved", 1.0)
    assert record.answers == 60 - 5  # windows of 5, and the integer after
    assert record.experiment.data == own_.hash_of(np.arange(300) * 2 % 5)
    assert (record.rule, record.chance) == ("uniform", 0.2)
    found = predict(record.experiment, weights, [0, 2, 4, 1, 3])
    assert (found.predicted.tolist(), found.asked.tolist()) == ([[0]], [[False]])
    assert feed_back(record.experiment, weights, [0, 2, 4, 1, 3], steps=20).appended == (0, 2, 4, 1, 3) * 4


@pytest.mark.parametrize(
    ("sequence", "words", "rule", "score"),
    [
        ([0] * 50 + [1] * 50, {"lag": 1}, "copy-last", 1.0),
        ([0] * 90 + [1, 0] * 5, {"lag": 0}, "memoryless", 11 / 16),
        (list(range(10)) * 10, {"lag": 1}, "uniform", 0.1),
        ([0, 1] * 50, {"lag": 2}, "copy-last", 1.0),
        ([1, 2, 3, 3] * 25, {"lag": 4, "when": "each"}, "copy-last", 1.0),
    ],
)
def test_chance_is_the_best_rule_without_a_memory(sequence: list[int], words: dict, rule: str, score: float) -> None:
    experiment = preset("lag", fit="quick", symbols=10, **words)
    found = own_.chance(experiment, np.array(sequence))
    assert found.rule == rule
    assert found.score == pytest.approx(score)
    assert found.score == max(found.rules.values())
    assert ("copy-last" in found.rules) == (words["lag"] != 0)


def test_a_record_s_chance_is_that_of_its_own_lag() -> None:
    sequence = [0, 0, 0, 1] * 50
    lanes = [preset("lag", fit="quick", symbols=3, units=3, epochs=1, lag=lag) for lag in (0, 1, 4)]
    training = Training(lanes, data=sequence)
    list(training)
    for outcome in training.outcomes():
        assert outcome.chance == own_.chance(outcome.experiment, np.array(sequence))
    assert [outcome.chance.rule for outcome in training.outcomes() if outcome.chance] == ["memoryless", "memoryless",
                                                                                        "copy-last"]  # fmt: skip


def test_words_and_integers_must_agree() -> None:
    lag = preset("lag", symbols=10)
    named = lag.change(data=own_.hash_of(np.arange(100) % 10))
    with pytest.raises(
        WordError, match=r"^The integers [0-9a-f]{12} must be given to learn from them: they are not kept"
    ):
        Training([named])
    with pytest.raises(
        WordError, match=r"^data names the integers [0-9a-f]{12}, but those given are [0-9a-f]{12}: give"
    ):
        Training([named], data=np.arange(101) % 10)
    with pytest.raises(WordError, match=r"^data must be none or the 12 hexadecimal digits of a hash, not 'abc': own"):
        lag.change(data="abc")
    with pytest.raises(
        IntegerError, match=r"^integer 11 is 10, outside 0 to 9: change it, or train with more symbols\.$"
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
    with pytest.raises(WordError, match=r"^Feeding back needs a network that says one answer after its window"):
        feed_back(whole, fresh(whole).weights, list(range(10)))


def test_misses_of_a_regression_are_near() -> None:
    found = {}
    for encoding in ("scalar", "one-hot"):
        words = {"fit": "quick", "symbols": 50, "units": 16, "epochs": 600, "seed": 1, "encoding": encoding}
        record, weights = train(preset("lag", **words))
        found[encoding] = misses(record.experiment, weights)
    for one in found.values():
        assert 0 < one.wrong <= one.answers == 20_000 - 4
        counts = [count for _, _, count in one.pairs]
        assert counts == sorted(counts, reverse=True)
        assert all(right != said for right, said, _ in one.pairs)
        assert one.near_chance == 0.04
    assert found["scalar"].near > 0.3 > found["one-hot"].near
