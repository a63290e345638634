"""Arrays as a person brings them: bits by lag of states and of answers, and what does not fit."""

import doctest
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope import EchoscopeError
from echoscope.analysis.table import Table
from echoscope.measure.search.probe import probe_bits
from echoscope.measure.traces.arrays import read_traces, traces_of
from echoscope.measure.traces.page import trace_blocks, trace_sentence
from echoscope.measure.traces.scored import TraceReport, measure_file, measure_traces
from echoscope.report.document import Sentences

V, ROWS, T = 6, 60, 40
BITS = np.log2(V)


def symbols(rows: int = ROWS, time: int = T, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, V, (rows, time))


def register(inputs: np.ndarray, steps: int = 3) -> np.ndarray:
    """The last symbols, the current one first, one-hot. [batch, time, steps * V]"""
    return np.concatenate([np.eye(V)[np.roll(inputs, k, axis=1)] for k in range(steps)], -1)


def held(report: TraceReport) -> list[float]:
    return [lag.held.value for lag in report.lags if lag.held]


def told(report: TraceReport) -> list[float]:
    return [lag.told.value for lag in report.lags if lag.told]


def test_a_register_holds_what_it_must() -> None:
    inputs = symbols()
    report = measure_traces(inputs, register(inputs), lags=6)
    np.testing.assert_allclose(held(report)[:3], BITS, atol=0.05)
    assert max(np.abs(held(report)[3:])) < 0.03
    assert report.held == pytest.approx(3 * BITS, rel=0.02)
    assert report.shuffled is not None
    assert report.shuffled < 0.1
    assert report.warnings == ()
    assert report.ahead is not None
    assert report.ahead.held is not None
    assert abs(report.ahead.held.value) < 0.03
    assert (report.sequences, report.time_steps, report.units) == (ROWS, T, 3 * V)
    assert report.washout == 6
    for lag in report.lags[:3]:
        assert lag.held is not None
        assert lag.held.low <= lag.held.value <= (lag.held.high or 0)
        assert lag.held_accuracy == 1


def test_scalar_delay_lines_and_mixed_states_are_read_too() -> None:
    """A linear reader of one number a symbol, and of a random mixture of a register."""
    inputs = symbols()
    lines = np.stack([np.roll(inputs, k, axis=1) / V for k in range(4)], axis=-1)
    assert measure_traces(inputs, lines, lags=5).held == pytest.approx(4 * BITS, rel=0.02)
    mixing = np.random.default_rng(1).standard_normal((3 * V, 3 * V))
    mixed = register(inputs) @ mixing
    assert measure_traces(inputs, mixed, lags=5).held == pytest.approx(3 * BITS, rel=0.03)
    turning = mixed[..., ::2] + 1j * mixed[..., 1::2]  # complex numbers are two each
    report = measure_traces(inputs, turning, lags=5)
    assert report.held == pytest.approx(3 * BITS, rel=0.03)
    assert report.units == 3 * V


def test_noise_holds_nothing_and_partial_knowledge_is_what_it_is() -> None:
    rng, inputs = np.random.default_rng(2), symbols()
    noise = measure_traces(inputs, rng.standard_normal((ROWS, T, 50)), lags=8)
    assert noise.held is not None
    assert noise.held < 0.15
    assert max(held(noise)) < 0.03
    half = np.where(rng.random((ROWS, T)) < 0.5, inputs, V)  # half of the symbols are never seen
    report = measure_traces(inputs, np.eye(V + 1)[half], lags=2)
    assert held(report)[0] == pytest.approx(BITS / 2, abs=0.1)


def test_one_long_sequence_is_cut_into_stretches() -> None:
    inputs = symbols(1, 3000)[0]
    states = register(inputs[None])[0]
    report = measure_traces(inputs, states, 9 * states[:, V : 2 * V], lags=4)
    assert report.held == pytest.approx(3 * BITS, rel=0.02)
    assert (report.sequences, report.answered_lag) == (1, 1)
    assert report.lags[1].told is not None
    assert report.lags[1].told.high is not None


def test_answers_are_scored_as_they_are() -> None:
    inputs = symbols()
    scores = (
        np.random.default_rng(3).normal(size=(ROWS, T, V))
        + 4 * np.eye(V)[np.roll(inputs, 5, axis=1)]
    )
    report = measure_traces(inputs, outputs=scores, lags=8)
    assert report.answered_lag == 5
    # By hand: the cross-entropy of lag 5, from the eighth time step on.
    shares = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    right = np.take_along_axis(shares[:, 8:-1], inputs[:, 3:-6, None], -1)
    assert told(report)[5] == pytest.approx(BITS + np.log2(right).mean(), abs=0.01)
    assert report.certified == pytest.approx(5 * told(report)[5])
    assert max(told(report)[:5] + told(report)[6:]) < 0
    # Log-probabilities tell the same; an answer called impossible costs much, and no infinity.
    again = measure_traces(inputs, outputs=np.log(shares), lags=8)
    np.testing.assert_allclose(told(again), told(report), atol=1e-9)
    with np.errstate(divide="ignore"):
        sure = measure_traces(inputs, outputs=np.log(np.eye(V)[np.roll(inputs, 5, 1)]), lags=8)
    assert told(sure)[5] == pytest.approx(BITS, abs=0.01)
    assert np.isfinite(told(sure)).all()


def test_alignment_is_named_and_an_offset_mends_it() -> None:
    inputs = symbols()
    states = register(inputs)
    early, late = states[:, 1:], np.concatenate([np.zeros((ROWS, 1, 3 * V)), states[:, :-1]], 1)
    ahead = measure_traces(inputs[:, :-1], early, lags=5)
    assert "symbol that comes next" in ahead.warnings[0]
    assert "offset=-1" in ahead.warnings[0]
    mended = measure_traces(inputs[:, :-1], early, lags=5, offset=-1)
    assert mended.warnings == ()
    np.testing.assert_allclose(held(mended)[:3], BITS, atol=0.05)
    before = measure_traces(inputs, late, lags=5)
    assert "taken before reading, use offset=1" in before.warnings[0]
    mended = measure_traces(inputs, late, lags=5, offset=1)
    assert mended.warnings == ()
    np.testing.assert_allclose(held(mended)[:3], BITS, atol=0.05)
    answers = measure_traces(inputs[:, :-1], outputs=9 * early[..., :V], lags=5)
    assert "The answers know" in answers.warnings[0]


def test_dependent_inputs_are_not_added_up() -> None:
    inputs = np.repeat(symbols(), 3, axis=1)
    report = measure_traces(inputs, register(inputs), lags=5)
    assert not report.independent
    assert (report.held, report.certified, report.shuffled) == (None, None, None)
    assert "depend on each other" in report.warnings[0]
    assert len(report.warnings) == 1
    assert "hold up to" in trace_sentence(report)
    assert measure_traces(symbols(), register(symbols()), lags=5).independent


def test_washout_leaves_out_what_is_not_settled() -> None:
    inputs = symbols()
    states = register(inputs)
    states[:, :20] = 0
    assert measure_traces(inputs, states, lags=5).held != pytest.approx(3 * BITS, rel=0.02)
    report = measure_traces(inputs, states, lags=5, washout=20)
    assert report.held == pytest.approx(3 * BITS, rel=0.02)
    assert report.washout == 20


def test_many_units_and_few_time_steps_invent_nothing() -> None:
    for seed in range(4):
        inputs = symbols(12, 12, seed)
        states = np.random.default_rng(seed).standard_normal((12, 12, 300))
        report = measure_traces(inputs, states, lags=2, seed=seed)
        assert max(held(report)) < 0.2
        assert max(lag.shuffled or 0 for lag in report.lags) < 0.2


def test_layouts_and_files_give_the_same(tmp_path: Path) -> None:
    inputs = symbols()
    states = register(inputs)
    whole = measure_traces(inputs, states, lags=4)
    turned = measure_traces(inputs.T, states.swapaxes(0, 1), lags=4, layout="time_first")
    assert turned == whole
    path = tmp_path / "traces.npz"
    np.savez(path, inputs=inputs, states=states.reshape(ROWS, T, 3, V), other=np.zeros(3))
    assert measure_file(path, lags=4) == whole
    assert read_traces(path).outputs is None
    floats = measure_traces(inputs.astype(float), states, lags=4)
    assert floats == whole


GOOD = symbols(12, 8)
HELD = register(GOOD)


@pytest.mark.parametrize(
    ("arrays", "how", "words"),
    [
        ({}, {}, "need states or outputs"),
        ({"inputs": np.zeros((2, 3, 4), int), "states": HELD}, {}, "inputs must have the axes"),
        ({"inputs": np.zeros((0, 3), int), "states": HELD}, {}, "inputs must have the axes"),
        ({"inputs": GOOD + 0.5, "states": HELD}, {}, "must be integers from 0, not float64"),
        ({"inputs": GOOD.astype(str), "states": HELD}, {}, "must be integers from 0, not <U"),
        ({"inputs": GOOD - 1, "states": HELD}, {}, "integers from 0, not -1"),
        ({"states": HELD[:, :5]}, {}, r"axes of inputs \(12, 8\).*\(12, 5, 18\)"),
        ({"states": HELD[:, [0, *range(8)]]}, {}, r"leave out the initial state, states\[:, 1:\]"),
        ({"states": HELD[..., 0]}, {}, "and one of numbers, not shape"),
        ({"states": HELD.astype(str)}, {}, "states must be numbers"),
        ({"states": np.where(HELD > 0, np.nan, 0)}, {}, "must be finite, and at row 0"),
        ({"states": np.where(HELD > 0, -np.inf, 0)}, {}, "must be finite"),
        ({"outputs": np.full((12, 8, V), np.inf)}, {}, "must be finite"),
        ({"outputs": np.full((12, 8, V), 1 / V)}, {}, "give np.log of them"),
        ({"outputs": HELD[..., :V]}, {}, "are probabilities"),
        ({"outputs": 5 * HELD[..., :V]}, {"vocab_size": 9}, "each of the 9 symbols"),
        ({"outputs": 5 * HELD[..., : V - 1]}, {}, "have 5, while inputs go up to 5"),
        ({"states": HELD}, {"vocab_size": 3}, "from 0 to 2, and one is 5"),
        ({"states": HELD}, {"layout": "batch"}, "layout"),
        ({"states": HELD}, {"offset": 8}, "offset"),
        ({"states": HELD}, {"lags": 8}, "lags"),
        ({"states": HELD}, {"washout": -1}, "washout"),
        ({"inputs": GOOD[:, :1], "states": HELD[:, :1]}, {}, "at least 2 time steps"),
        ({"inputs": GOOD[0], "states": HELD[0]}, {"lags": 5}, "a probe needs 30"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    arrays: dict[str, Any], how: dict[str, Any], words: str
) -> None:
    with pytest.raises(EchoscopeError, match=words) as raised:
        measure_traces(**({"inputs": GOOD} | arrays | how))
    assert str(raised.value)[-1] in ".?"
    assert "\n" not in str(raised.value)


def test_files_that_are_no_traces_are_one_sentence(tmp_path: Path) -> None:
    def refused(path: Path) -> str:
        with pytest.raises(EchoscopeError) as raised:
            measure_file(path)
        return str(raised.value)

    path = tmp_path / "traces.npz"
    assert "is not there" in refused(path)
    path.write_text("inputs")
    assert "cannot be read as a .npz" in refused(path)
    np.save(tmp_path / "one.npy", GOOD)
    assert "cannot be read as a .npz" in refused(tmp_path / "one.npy")
    np.savez(path, inputs=GOOD, h=HELD)
    assert "and has 'inputs', 'h'" in refused(path)
    np.savez(path, inputs=GOOD, states=np.array([{}], object))
    assert "cannot be read as a .npz" in refused(path)
    whole = tmp_path / "whole.npz"
    np.savez(whole, inputs=GOOD, states=HELD)
    path.write_bytes(whole.read_bytes()[:200])
    assert "cannot be read as a .npz" in refused(path)


def test_the_page_says_what_was_measured() -> None:
    inputs = symbols()
    report = measure_traces(inputs, register(inputs), 5 * register(inputs)[..., V : 2 * V], lags=4)
    blocks = trace_blocks(report)
    sentence, lags, traces = blocks[0], blocks[-2], blocks[-1]
    assert isinstance(sentence, Sentences)
    assert isinstance(lags, Table)
    assert isinstance(traces, Table)
    assert f"hold {report.held:.3g} bits" in sentence.texts[0]
    assert f"tell {told(report)[1]:.3g} bits of lag 1" in sentence.texts[0]
    assert [row[0] for row in lags.rows] == ["0", "1", "2", "3", "4"]
    assert lags.rows[0][1].startswith(f"{held(report)[0]:.2f} (")
    assert not any(cell.startswith("-0.00") for row in lags.rows for cell in row)
    assert traces.rows[0][:3] == ("60", "40", "4")
    only = measure_traces(inputs, outputs=5 * register(inputs)[..., V : 2 * V], lags=0)
    assert "tell nothing" in trace_sentence(only)
    assert len(trace_blocks(only)[-2].heads) == 3
    warned = replace(report, warnings=("One.", "Two."))
    assert trace_blocks(warned)[1] == Sentences(("One.", "Two."), listed=True)


def test_the_probe_chooses_its_ridge_on_rows_of_their_own() -> None:
    """More units than examples can be told apart only with a strong ridge."""
    rng = np.random.default_rng(4)
    inputs = rng.integers(0, 2, (30, 16))
    states = rng.standard_normal((30, 16, 200))
    states[..., 0] += 2 * inputs
    probed = probe_bits(states, inputs, 2, (0,))
    assert probed.lags[0].ridge >= 1e-2
    assert probed.lags[0].bits.value > 0.05
    assert traces_of(inputs.T, states.swapaxes(0, 1)).vocab_size == 2


def test_the_example_of_the_page_is_true() -> None:
    page = Path(__file__).parent.parent / "docs" / "measure" / "arrays.md"
    done = doctest.testfile(str(page), module_relative=False)
    assert done.attempted > 5
    assert done.failed == 0
