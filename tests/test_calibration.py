"""Layers of which it is known what they hold: what is measured of them is that."""

from typing import Any

import numpy as np
import pytest

from echoscope.experiment.experiment import Experiment
from echoscope.experiment.training_config import TrainingConfig
from echoscope.measure.calibration import broken
from echoscope.measure.calibration import known as calibration
from echoscope.measure.calibration.capacity import memory_capacities, ring_capacities, ring_states
from echoscope.measure.doors.open import open_layer
from echoscope.measure.xray import xray
from echoscope.tasks.echo import Echo

BITS = np.log2(10)  # of one of ten symbols
INPUTS = np.random.default_rng(0).standard_normal(8000)


def bits(layer: Any, lags: tuple[int, ...], steps: int = 300) -> list[float]:
    """Bits that a trained readout says of each lag."""
    task = Echo(vocab_size=10, window=12, length=24, lag=lags, readout="all")
    config = TrainingConfig(
        batch_size=32, stateful=False, sampling="windows", epochs=steps, learning_rate=0.03
    )
    trainer = layer.trainer([layer.experiment(Experiment(task=task, training=config))])
    for _ in trainer:
        pass
    return [max(0.0, BITS - lag[-1] / np.log(2)) for lag in trainer.outcomes()[0].by_target]


def test_a_shift_register_holds_its_symbols_and_no_more() -> None:
    said = bits(calibration.shift_register(4), tuple(range(1, 7)))
    assert said[:4] == pytest.approx([BITS] * 4, abs=0.05)
    assert said[4:] == pytest.approx([0, 0], abs=0.03)
    assert sum(said) == pytest.approx(4 * BITS, abs=0.1)


def test_a_delay_line_holds_one_lag_and_the_memoryless_none() -> None:
    assert bits(calibration.delay_line(3), (1, 2, 3, 4)) == pytest.approx([0, 0, BITS, 0], abs=0.05)
    assert bits(calibration.memoryless(), (0, 1, 2)) == pytest.approx([BITS, 0, 0], abs=0.05)


@pytest.mark.parametrize(("layers", "lags", "truth"), [(1, 3, 9.97), (2, 6, 19.93)])
def test_convolutions_hold_their_width_less_one_in_each_layer(
    layers: int, lags: int, truth: float
) -> None:
    said = bits(calibration.convolution(4, layers), tuple(range(1, 9)), 400)
    assert lags * BITS == pytest.approx(truth, abs=0.005)
    assert sum(said[:lags]) == pytest.approx(truth, abs=0.1)
    assert said[lags:] == pytest.approx([0] * (8 - lags), abs=0.05)


def test_a_layer_of_the_registry_trains_under_its_own_name() -> None:
    layer = open_layer("gru")
    assert layer.experiment(Experiment(task=Echo())).model == "gru"
    assert sum(bits(layer, (1, 2))) > BITS


@pytest.mark.parametrize("gain", [0.95, 0.99])
def test_a_ring_has_the_capacity_of_its_closed_form(gain: float) -> None:
    truth = ring_capacities(100, gain, 200)
    measured = memory_capacities(ring_states(100, gain, INPUTS), INPUTS, 200)
    assert measured.sum() == pytest.approx(truth.sum(), rel=0.03)
    if gain == 0.95:  # all units count, lag 0 among them
        assert measured.sum() == pytest.approx(100, rel=1e-3)
        assert measured == pytest.approx(truth, abs=1e-3)


def test_a_larger_ridge_hides_capacity_and_gaussian_weights_do_too() -> None:
    states = ring_states(100, 0.9, INPUTS)
    hidden = memory_capacities(states, INPUTS, 200, ridge=1e-3).sum()
    assert hidden < 60 < memory_capacities(states, INPUTS, 200).sum()
    rng = np.random.default_rng(1)
    weights = rng.standard_normal((100, 100))
    weights *= 0.9 / np.abs(np.linalg.eigvals(weights)).max()
    state, kernel = np.zeros(100), rng.standard_normal(100)
    gaussian = np.array([state := weights @ state + kernel * value for value in INPUTS])
    assert memory_capacities(gaussian, INPUTS, 200).sum() < 60  # its rank is 100


def test_the_ring_that_trains_is_the_ring_of_the_closed_form() -> None:
    layer = calibration.linear_ring(20, 0.95, input_size=1)
    inputs = INPUTS[:400, None, None].astype(np.float32)
    states = layer.run({}, inputs).outputs[:, 0]
    assert states == pytest.approx(ring_states(20, 0.95, INPUTS[:400]), abs=1e-5)


KNOWN = {
    "delay line": (calibration.delay_line(5), 50, 5, 50),
    "shift register": (calibration.shift_register(6), 60, 6, 60),
    "memoryless": (calibration.memoryless(), 0, 0, 0),
    "linear ring": (calibration.linear_ring(20), 20, None, 20),
    "convolution": (calibration.convolution(4), 3 * 10, 3, 30),
    "two convolutions": (calibration.convolution(4, 2), 3 * 10 + 3 * 32, 6, None),
    "TCN": (calibration.tcn(3, 3), None, calibration.tcn_reach(3, 3) - 1, None),
    "sound": (broken.sound(), 32, None, 32),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_xray_of_what_is_known(name: str) -> None:
    """No fault, and the state, reach and effective size that they have."""
    layer, state, reach, effective = KNOWN[name]
    seen = xray(layer)
    assert [fault.name for fault in seen.faults] == []
    assert seen.finite_reach == reach
    assert seen.free_lags == (reach or 0)
    assert state is None or seen.state_size == state
    assert effective is None or seen.effective_state_size == effective


BROKEN = {
    "causal": broken.looking_ahead,
    "isolated": broken.leaking_between_rows,
    "step_equals_whole": broken.step_unlike_whole,
    "deterministic": broken.not_deterministic,
    "begins_anew": broken.keeping_a_state,
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_layer_is_named_by_its_fault_alone(name: str) -> None:
    faults = [fault.name for fault in xray(BROKEN[name]()).faults]
    also = ["gradients_equal_whole"] if name == "step_equals_whole" else []
    assert faults == [name, *also]
