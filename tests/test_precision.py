"""A trained network's state rounded, disturbed, read on, and read beyond what it was trained on."""

from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import Echo, Experiment, SettingError, TrainingConfig
from echoscope.measure.doors.open import open_layer
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.layer.base import Layer
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.network.answers import Mark, correct, drawn, mark_of, span_left
from echoscope.measure.network.extrapolation import extrapolation
from echoscope.measure.network.precision import drift, precision
from echoscope.training.results import Outcome

V, T = 5, 10


class Rnn:
    """A tanh cell with orthogonal recurrent weights."""

    def init(self, key: Any, input_size: int, units: int) -> Any:
        first, second = jax.random.split(key)
        return {
            "w": jax.nn.initializers.glorot_uniform()(first, (input_size, units)),
            "u": jax.nn.initializers.orthogonal()(second, (units, units)),
        }

    def initial_state(self, batch_size: int, units: int) -> Any:
        return jnp.zeros((batch_size, units))

    def step(self, weights: Any, state: Any, inputs: Any) -> Any:
        state = jnp.tanh(inputs @ weights["w"] + state @ weights["u"])
        return state, state


class Complex(Rnn):
    """A linear cell with a complex state of units that turn, a counter beside it."""

    def initial_state(self, batch_size: int, units: int) -> Any:
        return jnp.zeros((batch_size, units), jnp.complex64), jnp.zeros((), jnp.int32)

    def step(self, weights: Any, state: Any, inputs: Any) -> Any:
        turning, count = state
        angles = jnp.linspace(0.1, 3.0, turning.shape[1])
        turning = turning * 0.9 * jnp.exp(1j * angles) + inputs @ weights["w"]
        return (turning, count + 1), jnp.concatenate([turning.real, turning.imag], -1)


class Register(Rnn):
    """The last five symbols, one-hot, all of which it hands up."""

    steps: ClassVar = 5

    def init(self, key: Any, input_size: int) -> Any:
        return {"unused": jnp.zeros(1)}

    def initial_state(self, batch_size: int) -> Any:
        return jnp.zeros((batch_size, self.steps, V))

    def step(self, weights: Any, state: Any, inputs: Any) -> Any:
        state = jnp.concatenate([inputs[:, None], state[:, :-1]], axis=1)
        return state, state.reshape(len(state), -1)


class Memoryless(Rnn):
    """No state at all."""

    def init(self, key: Any, input_size: int) -> Any:
        return {"unused": jnp.zeros(1)}

    def initial_state(self, batch_size: int) -> Any:
        return ()

    def step(self, weights: Any, state: Any, inputs: Any) -> Any:
        return state, inputs


class Growing(Memoryless):
    """A state that is longer after every step."""

    def initial_state(self, batch_size: int) -> Any:
        return jnp.zeros((batch_size, 1))

    def apply(self, weights: Any, state: Any, inputs: Any) -> Any:
        return inputs, jnp.concatenate([state, inputs[:, :, 0].T], axis=1)


@cache
def trained(
    kind: Any, lag: tuple[int, ...] = (2,), epochs: int = 400, rate: float = 0.01
) -> tuple[Layer, Outcome]:
    layer = open_layer(kind, LayerOptions(units=16), V)
    task = Echo(vocab_size=V, window=T, length=2 * T, lag=lag, readout="all")
    config = TrainingConfig(
        batch_size=32, stateful=False, sampling="windows", epochs=epochs, learning_rate=rate
    )
    trainer = layer.trainer([layer.experiment(Experiment(task=task, training=config))])
    for _ in trainer:
        pass
    return layer, trainer.outcomes()[0]


def plain(outcome: Outcome, symbols: np.ndarray) -> np.ndarray:
    """The forward pass of training itself."""
    setup = outcome.setup
    values, _ = setup.model.apply(outcome.weights, None, jnp.asarray(symbols.T), setup.sizes)
    heads = outcome.experiment.task.heads
    return np.swapaxes(np.asarray(values).reshape(symbols.shape[1], len(symbols), heads, -1), 0, 1)


@pytest.mark.parametrize("kind", [Rnn, Complex, Register, Memoryless])
def test_an_undisturbed_read_is_the_plain_forward_pass(kind: Any) -> None:
    layer, outcome = trained(kind, (1, 3), epochs=20)
    symbols = drawn(V, T, 7, 1)
    outputs, logits, state = layer.values(outcome, symbols)
    assert logits.shape == (T, 7, 2, V)
    assert outputs.shape == (T, 7, layer.width)
    np.testing.assert_allclose(logits, plain(outcome, symbols), atol=1e-5)
    # Step by step, with a noise too small to be seen, it is the same; so is a read in two parts.
    steps = layer.values(outcome, symbols, noise=1e-9)
    np.testing.assert_allclose(steps[1], logits, atol=1e-4)
    _, first, between = layer.values(outcome, symbols[:4])
    _, second, last = layer.values(outcome, symbols[4:], between)
    np.testing.assert_allclose(np.concatenate([first, second]), logits, atol=1e-4)
    for leaf, other in zip(layer.leaves(state), layer.leaves(last), strict=True):
        np.testing.assert_allclose(leaf, other, atol=1e-4)


@pytest.mark.parametrize("kind", [Rnn, Complex])
def test_rounding_leaves_as_many_values_of_a_unit_as_bits_say(kind: Any) -> None:
    layer, outcome = trained(kind)
    symbols = drawn(V, T, 300, 1)
    whole = layer.leaves(layer.values(outcome, symbols)[2])[0]
    for bits in (1, 2, 3):
        state = layer.leaves(layer.values(outcome, symbols, bits=bits)[2])[0]
        kinds = [len(np.unique(unit.round(5))) for part in _real(state) for unit in part.T]
        assert max(kinds) == 2**bits
    fine = layer.leaves(layer.values(outcome, symbols, bits=16)[2])[0]
    reach = np.abs(whole).max()
    assert 0 < np.abs(fine - whole).max() < 1e-3 * reach


def _real(state: np.ndarray) -> list[np.ndarray]:
    return [state.real, state.imag] if np.iscomplexobj(state) else [state]


def test_noise_is_in_standard_deviations_of_each_unit() -> None:
    """Of a register a unit's noise is handed on unchanged: after n steps it is n draws."""
    layer, outcome = trained(Register, epochs=5)
    symbols = drawn(V, 40, 2000, 1)
    clean = layer.leaves(layer.values(outcome, symbols)[2])[0]
    noisy = layer.leaves(layer.values(outcome, symbols, noise=0.5)[2])[0]
    again = layer.leaves(layer.values(outcome, symbols, noise=0.5)[2])[0]
    other = layer.leaves(layer.values(outcome, symbols, noise=0.5, seed=1)[2])[0]
    np.testing.assert_array_equal(noisy, again)
    assert np.abs(noisy - other).max() > 0.1
    unit = np.sqrt(0.2 * 0.8)  # of a symbol that is there one time in five
    for place in range(3):
        spread = (noisy - clean)[:, place].std(0) / (0.5 * unit)
        np.testing.assert_allclose(spread, np.sqrt(place + 1), rtol=0.1)


def test_one_program_serves_all_bits_and_noise(caplog: pytest.LogCaptureFixture) -> None:
    layer, outcome = trained(Rnn)
    symbols = drawn(V, T, 13, 1)
    layer.values(outcome, symbols, bits=1)
    with jax.log_compiles():
        for bits in range(2, 17):
            layer.values(outcome, symbols, bits=bits, noise=0.01 * bits, seed=bits)
    assert not [line for line in caplog.messages if line.startswith("Compiling jit(disturbed")]
    with jax.log_compiles():
        layer.values(outcome, symbols[:-1], bits=3)
    assert [line for line in caplog.messages if line.startswith("Compiling jit(disturbed")]


def test_a_one_hot_register_needs_one_bit_and_no_state_none() -> None:
    for kind in (Register, Memoryless):
        layer, outcome = trained(kind, (4,) if kind is Register else (0,))
        measured = precision(layer, outcome, drift_steps=0)
        assert measured is not None
        assert measured.full == 1.0
        assert {share for _, share in measured.quantised} == {1.0}
        assert measured.halves_at is None
        assert measured.drift == ()
    assert {share for _, share in measured.noisy} == {1.0}


def test_a_rounded_rnn_loses_its_span() -> None:
    layer, outcome = trained(Rnn, (1, 2, 3, 4), 1500)
    measured = precision(layer, outcome, drift_steps=5_000)
    assert measured is not None
    shares, spans = dict(measured.quantised), dict(measured.spans)
    assert list(shares) == list(spans) == list(range(1, 17))
    assert measured.full > 0.95
    assert shares[1] < 0.7 < shares[8]
    assert abs(shares[16] - measured.full) < 0.002
    assert measured.span == measured.lag == spans[16] >= 3
    assert measured.halves_at is not None
    assert spans[measured.halves_at] <= measured.span / 2 < spans[measured.halves_at + 1]
    noisy = dict(measured.noisy)
    assert noisy[0.01] > 0.9 > noisy[1.0]
    assert [steps for steps, _ in measured.drift] == [500, 1000, 2000, 5000]
    assert all(abs(share - measured.full) < 0.05 for _, share in measured.drift)


def test_a_network_that_learned_nothing_has_no_span_to_lose() -> None:
    layer, outcome = trained(Memoryless, (2,), 50)
    measured = precision(layer, outcome, drift_steps=0)
    assert measured is not None
    assert (measured.span, measured.halves_at) == (0, None)
    assert measured.full == pytest.approx(measured.chance, abs=0.06)


class Fading(Rnn):
    """A state that is pushed away from 0 for ever, a little at each step, and drowns the rest."""

    def initial_state(self, batch_size: int, units: int) -> Any:
        return jnp.zeros((batch_size, units)), jnp.zeros((batch_size, 1))

    def step(self, weights: Any, state: Any, inputs: Any) -> Any:
        memory, time = state
        memory = jnp.tanh(inputs @ weights["w"] + memory @ weights["u"])
        return (memory, time + 1), memory * jnp.exp2(-jnp.maximum(time - 3 * T, 0))


def test_what_goes_wrong_with_time_is_seen_from_the_initial_state_and_as_drift() -> None:
    layer, outcome = trained(Fading)
    measured = extrapolation(layer, outcome)
    assert measured.trained_steps == T
    assert [end for end, _, _ in measured.rows] == [T * place for place in range(1, 9)]
    first, last = measured.rows[0], measured.rows[-1]
    assert first[1] > 0.95
    assert first[2] is not None
    assert abs(first[2] - first[1]) < 0.05
    assert last[1] < 0.5
    # A carried state is one window older, so that it fails one window earlier.
    third = measured.rows[2]
    assert third[2] is not None
    assert third[1] > 0.95
    assert third[2] < 0.9
    rows = drift(layer, outcome, Mark(0.95, 2, 2, 0), 1000)
    assert rows[-1][1] < 0.4


def test_a_healthy_network_goes_on() -> None:
    layer, outcome = trained(Rnn)
    assert isinstance(layer, JaxLayer)
    measured = extrapolation(layer, outcome)
    assert all(min(row[1], row[2] or 0) > 0.95 for row in measured.rows)
    alone = replace(layer, hands_state=False)
    assert {row[2] for row in extrapolation(alone, outcome).rows} == {None}
    assert precision(alone, outcome) is None


def test_drift_counts_what_was_asked_before_its_stretch_and_ends_in_time() -> None:
    symbols, before = drawn(V, 6, 3, 1), drawn(V, 6, 3, 2)
    known = np.concatenate([before, symbols])
    for lag in (0, 2, 6):
        logits = np.eye(V)[known[6 - lag : 12 - lag]][:, :, None]
        right = correct(logits, symbols, 0, lag, before)
        assert right.shape == (6, 3)
        assert right.all()
        assert correct(logits, symbols, 0, lag).shape == (6 - lag, 3)
    layer, outcome = trained(Memoryless, (2,), 50)
    first, second = drift(layer, outcome, Mark(0.95, 2, 2, 0), 1000)
    assert _parts(first[1], 8 * 498)
    assert not _parts(first[1], 8 * 500)
    assert _parts(second[1], 8 * 500)
    beyond = extrapolation(layer, outcome).rows
    assert _parts(beyond[0][1], 128 * (T - 2))
    assert not _parts(beyond[0][1], 128 * T)
    assert all(_parts(row[1], 128 * T) for row in beyond[1:])
    rows = drift(layer, outcome, Mark(0.95, 2, 2, 0), 10**9, seconds=0.0)
    assert [steps for steps, _ in rows] == [500]


def _parts(share: float, count: int) -> bool:
    """Whether it can be the share of so many answers."""
    return bool(np.isclose(share * count, round(share * count), atol=1e-6))


def test_a_mark_falls_with_a_network_that_reaches_no_target() -> None:
    assert mark_of((0.6, 0.3), (1, 2), 0.2, 0.95) == Mark(pytest.approx(0.4), 1, 1, 0)
    assert mark_of((0.21, 0.2), (1, 2), 0.2, 0.95).span == 0
    whole = (1.0, 0.99, 0.96, 0.5)
    mark = mark_of(whole, (1, 2, 3, 4), 0.1, 0.95)
    assert span_left((0.99, 0.96, 0.7, 0.99), whole, (1, 2, 3, 4), mark) == 2
    assert span_left((0.9, 0.9, 0.951, 0.5), whole, (1, 2, 3, 4), mark) == 3
    assert span_left((0.9, 0.9, 0.9, 0.5), whole, (1, 2, 3, 4), mark) == 0
    assert span_left((0.945, 0.9), (0.951, 0.95), (1, 2), Mark(0.95, 2, 2, 1)) == 1


def test_what_cannot_be_read_step_by_step_is_refused() -> None:
    layer, outcome = trained(Growing, epochs=5)
    assert layer.values(outcome, drawn(V, T, 2, 1))[1].shape == (T, 2, 1, V)
    with pytest.raises(SettingError, match="grows with every time step"):
        layer.values(outcome, drawn(V, T, 2, 1), bits=3)
    for wrong in ({"bits": 0}, {"bits": 25}, {"noise": -1.0}, {"noise": float("nan")}):
        with pytest.raises(SettingError, match="must be"):
            layer.values(outcome, drawn(V, T, 2, 1), **wrong)
    config = TrainingConfig(stateful=False, sampling="windows", epochs=1)
    last = Experiment(task=Echo(vocab_size=V, window=4, lag=1, readout="last"), training=config)
    trainer = layer.trainer([layer.experiment(last)])
    for _ in trainer:
        pass
    with pytest.raises(SettingError, match="echo at every time step"):
        precision(layer, trainer.outcomes()[0])
