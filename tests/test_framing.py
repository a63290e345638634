"""The tutorials' listings, number by number, and what must hold of every framing."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import echoscope
from echoscope import (
    Echo,
    IntegerError,
    SettingError,
    confusion_pairs,
    frame,
    one_hot_decode,
    one_hot_encode,
    one_hot_top,
    to_supervised,
)
from echoscope.tasks.windows import window_ends

NUMBERS = "86 81 88 1 23 78 64 7 99 23 2 36 73 26 27 33 24 51 73 64 13 13 53 40 64"
FIVE_TO_THREE = [int(number) for number in NUMBERS.split()]
ROWS = """
86 81 88 1 23 => 86 81 88 | 81 88 1 23 78 => 81 88 1 | 88 1 23 78 64 => 88 1 23
1 23 78 64 7 => 1 23 78 | 23 78 64 7 99 => 23 78 64 | 78 64 7 99 23 => 78 64 7
64 7 99 23 2 => 64 7 99 | 7 99 23 2 36 => 7 99 23 | 99 23 2 36 73 => 99 23 2
23 2 36 73 26 => 23 2 36 | 2 36 73 26 27 => 2 36 73 | 36 73 26 27 33 => 36 73 26
73 26 27 33 24 => 73 26 27 | 26 27 33 24 51 => 26 27 33 | 27 33 24 51 73 => 27 33 24
33 24 51 73 64 => 33 24 51 | 24 51 73 64 13 => 24 51 73 | 51 73 64 13 13 => 51 73 64
73 64 13 13 53 => 73 64 13 | 64 13 13 53 40 => 64 13 13 | 13 13 53 40 64 => 13 13 53
"""
LAG_LISTING = """
57 96 99 77 44 77 | 96 99 77 44 45 44 | 99 77 44 45 28 45 | 77 44 45 28 70 28
44 45 28 70 73 70 | 45 28 70 73 74 73 | 28 70 73 74 73 74 | 70 73 74 73 64 73
73 74 73 64 29 64 | 74 73 64 29 15 29 | 73 64 29 15 94 15 | 64 29 15 94 98 94
29 15 94 98 89 98 | 15 94 98 89 52 89 | 94 98 89 52 96 52 | 98 89 52 96 46 96
89 52 96 46 46 46 | 52 96 46 46 85 46 | 96 46 46 85 49 85 | 46 46 85 49 59 49
"""
BLIND_LISTING = """
78 65 | 7 78 | 16 7 | 11 16 | 23 11 | 99 23 | 39 99 | 53 39 | 82 53 | 6 82 | 18 6 | 17 18
49 17 | 4 49 | 34 4 | 77 34 | 46 77 | 22 46 | 40 22 | 76 40 | 85 76 | 87 85 | 17 87 | 75 17
"""


def rows(listing: str) -> list[list[int]]:
    parts = listing.replace("=>", " ").replace("\n", "|").split("|")
    return [[int(number) for number in part.split()] for part in parts if part.strip()]


def test_five_to_three_listing_from_integers_and_one_hot() -> None:
    targets = rows(ROWS)
    inputs, target = to_supervised(FIVE_TO_THREE, 5, 3)
    assert np.hstack([inputs, target]).tolist() == targets
    assert len(targets) == 21
    inputs, target = to_supervised(one_hot_encode(FIVE_TO_THREE), 5, 3)
    assert inputs.shape == (21, 5, 100)
    assert target.shape == (21, 3, 100)
    assert np.hstack([one_hot_decode(inputs), one_hot_decode(target)]).tolist() == targets


def test_lag_listing() -> None:
    targets = rows(LAG_LISTING)
    # The listing starts at its sixth integer; the one before all of its windows is any integer.
    sequence = np.array([0, *targets[0][:5], *(row[4] for row in targets[1:])])
    framed = frame(echoscope.PRESETS["lag"].task, batch_size=5)
    assert np.hstack([sequence[framed.inputs], sequence[framed.target]]).tolist() == targets


def test_blind_listing() -> None:
    targets = rows(BLIND_LISTING)
    sequence = np.array([targets[0][1], *(row[0] for row in targets)])
    framed = frame(echoscope.PRESETS["blind"].task, batch_size=6)
    assert np.hstack([sequence[framed.inputs], sequence[framed.target]]).tolist() == targets


def test_the_one_answer_of_the_text() -> None:
    inputs, target = to_supervised([1, 2, 3, 4, 5], 5, 1)
    assert (inputs.tolist(), target.tolist()) == ([[1, 2, 3, 4, 5]], [[1]])


@st.composite
def tasks(draw: st.DrawFn) -> Echo:
    readout = draw(st.sampled_from(["last", "all"]))
    edges = draw(st.sampled_from(["dropped", "padded"]))
    window = draw(st.integers(1, 7))
    if readout == "all":
        lag: tuple[int, ...] = (draw(st.integers(1 - window, window - 1)),)
    else:
        lag = tuple(draw(st.lists(st.integers(-3, 9), min_size=1, max_size=4, unique=True)))
    length = draw(st.integers(max(window, max(lag) + 1) + 3, 30))
    whole = (readout == "all" or edges == "padded") and draw(st.booleans())
    return Echo(
        vocab_size=50,
        length=length,
        window=None if whole else window,
        lag=lag,
        readout=readout,
        edges=edges,
    )


@given(tasks(), st.integers(1, 6))
def test_an_answer_is_the_symbol_lag_steps_before(task: Echo, batch: int) -> None:
    batch = min(batch, task.windows)
    framed = frame(task, batch_size=batch)
    assert len(framed.inputs) == task.windows // batch * batch
    assert framed.inputs[-1, -1] == task.length - 1 - task.ahead
    for sample, window in enumerate(framed.inputs):
        t = int(window[-1])
        assert window.tolist() == list(range(t - task.time_steps + 1, t + 1))
        assert t == framed.inputs[-1, -1] - len(framed.inputs) + 1 + sample
        for place in range(task.target_count):
            step = int(window[place]) if task.readout == "all" else t
            lag = task.lag[0] if task.readout == "all" else task.lag[place]
            there = 0 <= step - lag < task.length
            inside = task.readout == "last" or (step >= 0 and window[0] <= step - lag <= t)
            assert bool(framed.mask[sample, place]) == (there and inside)
            if framed.mask[sample, place]:
                assert framed.target[sample, place] == step - lag
    assert task.edges == "padded" or framed.inputs.min() >= 0


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.data())
def test_to_supervised_is_the_plain_loop(sequence: list[int], data: st.DataObject) -> None:
    n_in = data.draw(st.integers(1, len(sequence)))
    n_out = data.draw(st.integers(1, n_in))
    inputs, target = to_supervised(sequence, n_in, n_out)
    assert inputs.tolist() == [
        sequence[start : start + n_in] for start in range(len(sequence) - n_in + 1)
    ]
    assert target.tolist() == [window[:n_out] for window in inputs.tolist()]


@given(st.lists(st.integers(0, 99), max_size=30))
def test_one_hot_there_and_back(sequence: list[int]) -> None:
    encoded = one_hot_encode(np.array(sequence, np.int64))
    assert encoded.shape == (len(sequence), 100)
    assert (encoded.sum(axis=1) == 1).all()
    assert one_hot_decode(encoded).tolist() == sequence


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=5),
    st.integers(1, 4),
)
def test_the_likeliest_are_in_order_and_begin_with_the_decoded(
    rows: list[list[int]], top: int
) -> None:
    vocab_size, shares = one_hot_top(np.array(rows, float), top)
    assert vocab_size[:, 0].tolist() == one_hot_decode(rows).tolist()
    for row, mine, share in zip(rows, vocab_size.tolist(), shares.tolist(), strict=True):
        assert share == [row[symbol] for symbol in mine] == sorted(row, reverse=True)[:top]
        assert len(set(mine)) == top


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=20))
def test_confusion_counts_what_differs(pairs: list[tuple[int, int]]) -> None:
    result = confusion_pairs([correct for correct, _ in pairs], [text for _, text in pairs])
    assert {(correct, text): count for correct, text, count in result} == Counter(
        pair for pair in pairs if pair[0] != pair[1]
    )
    counts = [count for *_, count in result]
    assert counts == sorted(counts, reverse=True)


def test_generated_sequences() -> None:
    item = echoscope.generate_sequence(10_000, vocab_size=7, seed=3)
    assert np.array_equal(item, echoscope.generate_sequence(10_000, vocab_size=7, seed=3))
    assert not np.array_equal(item, echoscope.generate_sequence(10_000, vocab_size=7, seed=4))
    assert sorted(set(item.tolist())) == list(range(7))
    assert len(echoscope.generate_sequence()) == 25


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: one_hot_encode([1, 3], vocab_size=3),
            "integer 2 is 3, outside 0 to 2: change it, or train with more symbols.",
        ),
        (
            lambda: one_hot_encode([1.5], vocab_size=3),
            "integer 1 is 1.5: it must be an integer from 0 to 2.",
        ),
        (
            lambda: one_hot_encode([True], vocab_size=3),
            "integer 1 is True: it must be an integer from 0 to 2.",
        ),
        (
            lambda: one_hot_decode([[0.1, float("nan")]]),
            "one_hot_decode cannot find the largest value of a vector that holds NaN.",
        ),
        (lambda: one_hot_top([[0.1, 0.9]], top=3), "top must be an integer from 1 to 2, not 3."),
        (
            lambda: confusion_pairs([1, 2], [1]),
            "confusion compares integers of one shape, not of (2,) and (1,).",
        ),
        (
            lambda: one_hot_decode(3),
            "one_hot_decode needs vectors of at least one value, not an array of shape ().",
        ),
        (
            lambda: to_supervised([1, 2], 3, 1),
            "n_in 3 is more than the 2 values of the sequence: use a smaller n_in.",
        ),
        (lambda: to_supervised([1, 2, 3], 2, 3), "n_out must be an integer from 1 to 2, not 3."),
        (
            lambda: to_supervised([[[1]]], 1, 1),
            "to_supervised needs integers [time] or one-hot [time, symbols], not shape (1, 1, 1).",
        ),
        (
            lambda: echoscope.generate_sequence(-1),
            "length must be an integer of at least 0, not -1.",
        ),
        (
            lambda: frame(Echo(), length=3),
            "One window needs 5 values and there are 3: give more.",
        ),
    ],
)
def test_refusals(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises((IntegerError, SettingError)) as caught:
        call()
    assert str(caught.value) == sentence


def test_a_window_of_one_integer_is_of_the_sequence_that_begins_with_it() -> None:
    ends, sequence = window_ends(Echo(window=1, lag=(0,)), np.array([0, 2, 3]), count=5)
    assert ends.tolist() == [0, 1, 2, 3, 4]
    assert sequence.tolist() == [0, 0, 1, 2, 2]
