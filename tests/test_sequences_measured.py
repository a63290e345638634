"""Many sequences: what is counted of them, with and without a network, and what commands say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echoscope import IntegerError, Store, UserData, inspect_symbols, preset, read, recode, train
from echoscope.borders import lengths_of
from echoscope.cli import status
from echoscope.cli.terminal.rules import scores_beside
from echoscope.evaluation.forecast import forecast, rule_forecast
from echoscope.evaluation.predict import predict
from echoscope.evaluation.seen_windows import familiar
from echoscope.experiment.baselines import chance
from echoscope.experiment.user_data import learned
from echoscope.information import lags
from echoscope.information.drift import correlation_times, drift
from echoscope.information.lags import carrying_lags, lag_information
from echoscope.information.scores import rule_scores
from echoscope.information.sequence import SymbolSequence
from networks import first_weights

DOUBLING = Path(__file__).parent / "cases" / "doubling_stop.csv"
APART = 20  # gaps between sequences, more than any lag or context that is looked at
KINDS = 3
parts_of = st.lists(
    st.lists(st.integers(-1, KINDS - 1), min_size=1, max_size=30), min_size=2, max_size=8
)


def bordered(parts: list[list[int]]) -> SymbolSequence:
    """Sequences with borders between them."""
    groups = np.repeat(np.arange(len(parts)), list(map(len, parts)))
    return SymbolSequence.of(np.concatenate(parts), KINDS, groups)


def gapped(parts: list[list[int]]) -> SymbolSequence:
    """The same with so many gaps between them that nothing reaches over."""
    return SymbolSequence.of(np.concatenate([[*part, *[-1] * APART] for part in parts]), KINDS)


@given(parts_of)
@settings(max_examples=60)
def test_what_is_counted_within_sequences_is_what_gaps_between_them_leave(
    parts: list[list[int]],
) -> None:
    ours, theirs = bordered(parts), gapped(parts)
    for lag in range(1, 6):
        for side, other in zip(ours.pairs(lag), theirs.pairs(lag), strict=True):
            assert side.tolist() == other.tolist()
    for length in (1, 2, 3):
        some, same = ours.windows(length).ids, theirs.windows(length).ids
        assert some[some >= 0].tolist() == same[same >= 0].tolist()
    begin = sum(map(len, parts[:-1]))
    scores = rule_scores(ours, begin, lags=6)
    again = rule_scores(theirs, begin + APART * (len(parts) - 1), lags=6)
    for score, other in zip(scores, again, strict=True):
        assert (score.name, score.detail) == (other.name, other.detail)
        assert score.accuracy == other.accuracy
        assert score.bits == pytest.approx(other.bits)


def test_symbols_of_a_sequence_of_their_own_tell_nothing_across_a_border() -> None:
    parts = [[2 * number, 2 * number + 1] * 6 for number in range(30)]
    groups = np.repeat(np.arange(30), 12)
    sequence = SymbolSequence.of(np.concatenate(parts), 60, groups)
    for lag in range(1, 12):
        before, after = sequence.pairs(lag)
        assert len(before) == 30 * (12 - lag)
        assert (before // 2 == after // 2).all()
    assert [lag.lag for lag in lag_information(sequence, 64)] == list(range(1, 12))


def test_the_chance_of_a_lag_is_what_it_says_also_of_short_sequences() -> None:
    alarms, drifts = 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        lengths = rng.integers(2, 16, 40)
        groups = np.repeat(np.arange(40), lengths)
        sequence = SymbolSequence.of(rng.integers(0, 4, lengths.sum()), 4, groups)
        alarms += min(lag.p for lag in lag_information(sequence, 12, seed, 199)) <= 0.1
        alike = SymbolSequence.of(rng.integers(0, 4, 40)[groups], 4, groups)
        drifts += drift(alike).p <= 0.05
    assert 1 <= alarms <= 13  # 6 of 60, and no more than one in a hundred times outside
    assert drifts <= 8  # one symbol a sequence goes together, and is no drift
    blocks = np.repeat(rng.integers(0, 2, 2000), 5).reshape(4, -1)
    shares = np.stack([1 - blocks.mean(axis=1), blocks.mean(axis=1)], axis=1)
    times = [
        correlation_times(blocks, shares, np.arange(10_000).reshape(4, -1) // size)
        for size in (1, 5, 10_000)
    ]
    assert times[0] == pytest.approx(1, rel=0.01)  # what lies in two sequences does not go together
    assert times[1] == pytest.approx(5, rel=0.1)
    assert times[2] == pytest.approx(5, rel=0.2)


def test_few_shuffles_of_short_sequences_are_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lags, "WORK", 2_000_000)  # as if the sequence were two hundred times longer
    alarms = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(300), rng.integers(3, 30, 300))
        sequence = SymbolSequence.of(rng.integers(0, 4, len(groups)), 4, groups)
        alarms += min(lag.p for lag in lag_information(sequence, 24)) <= 0.025
    assert alarms <= 3  # of 20, where one is expected in two such tests


def test_a_memory_within_sequences_is_seen_and_no_lag_across_them_is_far() -> None:
    rng = np.random.default_rng(4)
    parts = []
    for _ in range(60):
        part = rng.integers(0, 5, 3).tolist()
        for _ in range(int(rng.integers(5, 60))):
            part.append(part[-3])
        parts.append(part)
    groups = np.repeat(np.arange(60), list(map(len, parts)))
    sequence = SymbolSequence.of(np.concatenate(parts), 5, groups)
    measured = lag_information(sequence, 9)
    assert carrying_lags(measured)[0].lag == 1  # the 3 symbols of a sequence tell of all others
    assert max(measured, key=lambda lag: lag.bits).lag in (3, 6, 9)
    result = inspect_symbols(np.concatenate(parts), 5, groups, lags=9)
    lengths = sorted(map(len, parts))
    assert (result.sequences, result.shortest, result.longest) == (60, lengths[0], lengths[-1])
    assert result.median == np.median(lengths)
    assert (result.values, result.missing) == (sum(lengths), 0)
    best = max(result.rules, key=lambda rule: rule.accuracy.value)
    held = sum(map(len, parts)) - best.accuracy.target_count
    assert held in np.cumsum(list(map(len, parts)))


@pytest.mark.parametrize("lag", [1, 3, -1, (3, 1)])
def test_the_rule_of_a_map_is_not_learned_across_a_border(lag: Any) -> None:
    experiment = preset("lag", fit="quick", window=4, lag=lag, vocab_size=6)
    parts = [[0, 1, 0, 1, 0, 1, 0, 1], [4, 5, 4, 5, 4, 5, 4, 5]] * 20
    short = [[5], [0]] * 100  # pairs of 0 and 5 over their borders, and in none of them
    result = chance(experiment, UserData.of_sequences([*parts[:4], *short, *parts]))
    assert (result.rule, result.accuracy.value) == ("map-last", 1.0)


def test_windows_that_were_trained_on_are_known_in_every_sequence() -> None:
    rng = np.random.default_rng(0)
    parts = [rng.integers(0, 15, length) for length in (40, 3, 60, 20, 50, 45, 30, 4)]
    data = UserData.of_sequences(parts)
    experiment = preset("lag", fit="quick", vocab_size=15, window=4, lag=-1)
    experiment = experiment.change(data=data.name)
    begin = learned(experiment, data)
    assert begin in data.starts
    kept = [
        np.full(max(0, len(part) - 3), at < begin)
        for part, at in zip(parts, data.starts, strict=True)
    ]
    assert familiar(experiment, data, data).tolist() == np.concatenate(kept).tolist()
    more = UserData.of_sequences([*parts, parts[0]])
    again = familiar(experiment, more, data)
    assert again[: len(np.concatenate(kept))].tolist() == np.concatenate(kept).tolist()
    assert not again[len(np.concatenate(kept)) :].any()
    cut = UserData.of_sequences([parts[6], parts[2][:25], parts[2][25:]])
    there = [False] * 27 + [True] * 21 + [False] + [True] * 31 + [False]  # not what lies beyond
    assert familiar(experiment, cut, data).tolist() == there
    crossing = familiar(experiment, np.concatenate([parts[2], parts[3]])[50:70], data)
    assert np.flatnonzero(~crossing).tolist() == [6, 7, 8, 9, 16]  # over the border, and the end
    whole = experiment.change(length=35, batch_size=1, sampling="sequence")
    begin = learned(whole, data)  # the last sequence that is as long as a draw is held out
    first = [at < begin and len(part) >= 35 for part, at in zip(parts, data.starts, strict=True)]
    known = [np.full(max(0, len(part) - 3), read) for part, read in zip(parts, first, strict=True)]
    assert familiar(whole, data).tolist() == np.concatenate(known).tolist()


def test_a_forecast_goes_on_from_the_last_sequence() -> None:
    data = UserData.of_sequences(
        [[0, 1, 2, 3, 4] * 4] * 9 + [[4, 3, 2, 1, 0] * 4] * 8 + [[1, 0, 4]]
    )
    experiment = preset("lag", fit="quick", vocab_size=5, window=3, lag=-1, units=4)
    weights = first_weights(experiment)
    same = forecast(experiment, weights, [1, 0, 4], 3)
    np.testing.assert_allclose(forecast(experiment, weights, data, 3), same)
    name, ahead = rule_forecast(experiment, data, data, 3)
    assert name in ("n-gram", "context-tree")
    assert ahead.argmax(axis=1).tolist() == [3, 2, 1]
    _, ahead = rule_forecast(experiment, data, UserData.of_sequences([[1, 2, 3], [4]]), 1)
    assert ahead[0].argmax() == 3  # after 2, 3 and 4 comes 0, and after 4 alone mostly 3
    pairs = UserData.of_sequences([[0, 1], [2, 3]] * 50)
    _, ahead = rule_forecast(experiment.change(window=1), pairs, np.array([1]), 1)
    assert ahead[0, 2] < 0.5  # over the borders a 2 always comes after a 1
    with pytest.raises(IntegerError, match="and the last sequence has 2: give more"):
        forecast(experiment, weights, UserData.of_sequences([[0, 1, 2], [3, 4]]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of cases, a line of each at a time, and a network that was trained on it."""
    folder = tmp_path_factory.mktemp("log")
    rows, cases = ["case,event"], [f"k{number}" for number in range(40)]
    for begin in range(0, 40, 4):
        for step in range(9):
            rows += [f"{case},{'abc'[(int(case[1:]) + step) % 3]}" for case in cases[begin:][:4]]
    rows += ["x,a", "y,b"]
    (folder / "log.csv").write_text("\n".join(rows))
    told = ["--fit", "quick", "--lag", "-1", "--window", "3", "--units", "8", *flags(folder)]
    assert status(["run", "lag", *told, "--store", str(folder / "echoes")]) == 0
    return folder


def flags(folder: Path) -> list[str]:
    return ["--file", str(folder / "log.csv"), "--header", "--column", "event", "--group", "case"]


def answered(capsys: pytest.CaptureFixture[str], folder: Path, *told: str) -> str:
    code = status([*told, "--store", str(folder / "echoes")])
    out, err = capsys.readouterr()
    assert (code, err) == (0, ""), err
    return " ".join(out.split())


def test_a_network_of_many_sequences_is_used_on_them_and_on_other_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(folder / "echoes")
    run = store.find()
    data = store.data(run)
    assert data is not None
    assert (len(data.starts), data.name) == (42, run.experiment.data)
    assert run.accuracy == 1
    assert run.target_count == (363 - learned(run.experiment, data) - 3) // 9 * 6
    (memoryless, *_) = scores_beside(run.experiment, data)
    assert memoryless.accuracy.target_count == run.target_count
    out = answered(capsys, folder, "predict", *flags(folder))
    assert "42 sequences, each read on its own; 2 too short for a window" in out
    assert f"{run.target_count} of {run.target_count} held-out targets right" in out
    document = json.loads(answered(capsys, folder, "predict", *flags(folder), "--json"))
    assert document["sequence"] == [number for number in range(40) for _ in range(7)]
    (folder / "new.csv").write_text("event\na\nb\nc\nEND\nb\nc\na\n")
    new = ["--file", str(folder / "new.csv"), "--header"]
    out = answered(capsys, folder, "predict", *new, "--separator", "END")
    assert "2 sequences, each read on its own" in out
    (folder / "one.csv").write_text("event\nb\nc\na\n")
    one = ["--file", str(folder / "one.csv"), "--header", "--separator", "END", "--json"]
    assert json.loads(answered(capsys, folder, "predict", *one))["predictions"] == ["b"]
    steps = json.loads(
        answered(capsys, folder, "forecast", *new, "--separator", "END", "--next", "2", "--json")
    )["steps"]
    assert [step["network"][0][0] for step in steps] == ["b", "c"]
    assert "whole accuracy 100.000%" in answered(capsys, folder, "evaluate")
    assert "0 of" in answered(capsys, folder, "confusion")


def test_what_was_understood_says_the_sequences(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(["inspect", *flags(folder), "--lags", "4"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "362 values, none missing, 42 sequences of 1 to 9 values (median 9) by case, rows" in out
    assert "--column event --header --group case --lag -1" in out
    told = ["--fit", "quick", "--lag", "-1", "--window", "3", *flags(folder)]
    assert status(["explain", "lag", *told]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Of 42 sequences the first 32 (288 values) are trained on, and the last 10 (74" in out
    assert "2 sequences are shorter than the 4 values that a window with its targets takes" in out
    assert "a b c => a" in out
    told = ["--fit", "quick", "--lag", "-1", "--window", "2", "--file", str(DOUBLING)]
    assert status(["explain", "lag", *told, "--column", "x", "--separator", "-1"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "2 4 => 8 4 8 => 16 Demand" in out  # and no window goes on into the next sequence
    assert "2 4 8 16 | 3 ... 24 | 5 10 20 40" in out
    assert status(["inspect", str(DOUBLING), "--column", "x", "--separator", "-1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    names = ("sequences", "shortest", "median", "longest", "values", "missing")
    assert [document[name] for name in names] == [3, 4, 4.0, 4, 12, 0]
    assert document["source"].endswith("column x, separator -1")


def test_a_doubling_is_learned_where_it_stops() -> None:
    rows = [
        [start * 2**step for step in range(5)]
        for start in (1, 3, 5, 7, 9, 11, 13, 15)
        for _ in "ab"
    ]
    data = recode(read(rows, sequences=True))
    experiment = preset("lag", fit="quick", vocab_size=data.vocab_size, window=2, lag=-1)
    run, weights = train(experiment, data=data, progress=False)
    assert run.recoding == data.recoding
    last = predict(run.experiment, weights, data, data=data)
    assert (last.mask.sum(axis=1) == np.tile([1, 1, 1, 0], 16)).all()
    assert lengths_of(data.starts, len(data)).tolist() == [5] * 16
    assert last.trained_on_correct.mean() == 1
