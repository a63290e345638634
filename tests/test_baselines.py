"""Layers to compare others with: each against its equations step by step, what is known of them
before any training, and which two stand beside a layer.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from echoscope import Training, preset
from echoscope.errors import SettingError
from echoscope.measure.baselines import measured, models
from echoscope.measure.baselines.matched import KINDS, NARROWEST, closest, units_for
from echoscope.measure.baselines.opened import opened
from echoscope.measure.report.tables import known_table
from echoscope.models.base import SequenceLayer
from echoscope.models.convolution import tcn
from echoscope.models.recurrent import lstm_flax, lstm_torch
from echoscope.models.ssm import delta, recurrence
from echoscope.registry import layer_of
from echoscope.report.markdown import table

BLOCKS = [name for name in models.NAMES if "-blocks" in name]
MIXING = ("lru", "min-gru", "selective", "delta", "convolution", "tcn", "echo-state", "ring")


def drawn(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def first(layer: SequenceLayer, features: int = 3, units: int = 8, steps: int = 70) -> Any:
    return jax.tree.map(jnp.asarray, layer.init(np.random.default_rng(1), features, units, steps))


def close(ours: Any, theirs: Any, atol: float = 1e-5) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=atol), ours, theirs)


@pytest.mark.parametrize("name", [*MIXING, *BLOCKS])
def test_a_layer_over_time_is_its_step_scanned_in_outputs_and_gradients(name: str) -> None:
    layer = models.layer(name) if "-blocks" in name else layer_of(name)
    weights, inputs, steps = first(layer), drawn(70, 2, 3), 70
    cotangent = drawn(steps, 2, 8, seed=1)

    def scanned(weights: Any, inputs: Any) -> Any:
        def step(state: Any, now: Any) -> Any:
            outputs, state = layer.apply(weights, state, now[None], None)
            return state, outputs[0]

        state, outputs = lax.scan(step, layer.initial_state(8, 2, steps), inputs)
        return outputs, state

    def whole(weights: Any, inputs: Any) -> Any:
        return layer.apply(weights, layer.initial_state(8, 2, steps), inputs, None)

    def both(way: Any) -> Any:
        def total(weights: Any, inputs: Any) -> Any:
            outputs, state = way(weights, inputs)
            return jnp.sum(outputs * cotangent), (outputs, state)

        return jax.jit(jax.value_and_grad(total, argnums=(0, 1), has_aux=True))(weights, inputs)

    (_, ours), ours_back = both(whole)
    (_, theirs), theirs_back = both(scanned)
    close(ours, theirs, 1e-4)
    for mine, other in zip(*map(jax.tree.leaves, (ours_back, theirs_back)), strict=True):
        assert np.abs(mine - other).max() <= 2e-4 * max(1, np.abs(other).max())


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_pass_over_gaps_and_may_be_read_in_parts(name: str) -> None:
    layer = models.layer(name)
    weights, inputs = first(layer, steps=9), drawn(6, 2, 3)
    filled = np.insert(inputs, [0, 2, 2, 6], np.nan, axis=0)
    present = np.repeat(~np.isnan(filled).any((1, 2))[:, None], 2, axis=1)
    filled = np.nan_to_num(filled, nan=3.0)

    @jax.jit
    def read() -> Any:
        plain = layer.apply(weights, layer.initial_state(8, 2, 9), jnp.asarray(inputs), None)
        state, parts = layer.initial_state(8, 2, 9), []
        for begin, end in pairwise((0, 1, 4, len(filled))):
            some = jnp.asarray(filled[begin:end]), jnp.asarray(present[begin:end])
            outputs, state = layer.apply(weights, state, *some)
            parts.append(outputs)
        return plain, (jnp.concatenate(parts), state)

    (want, want_state), (got, got_state) = read()
    close(got[present[:, 0]], want)
    close(got_state, want_state)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
@pytest.mark.parametrize("rows", [1, 2])
def test_both_forms_of_a_linear_recurrence_and_its_gradient_agree(dtype: Any, rows: int) -> None:
    turn = np.exp(1j * drawn(9, rows, 4)) if dtype == np.complex64 else 1
    factors = jnp.asarray((0.9 * np.tanh(drawn(9, rows, 4)) * turn).astype(dtype))
    added, state = jnp.asarray(drawn(9, 2, 4).astype(dtype)), jnp.asarray(drawn(2, 4).astype(dtype))

    def total(way: Any) -> Any:
        def loss(*parts: Any) -> Any:
            return jnp.sum((way(*parts) * drawn(9, 2, 4, seed=2)).real)

        return jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2)))(factors, added, state)

    want = total(recurrence.looped)
    close(total(recurrence.associative), want)
    close(total(recurrence.recurrence), want)
    back = recurrence.looped(factors[::-1], added[::-1], state)[::-1]
    for way in (recurrence.looped, recurrence.associative):
        close(way(factors, added, state, reverse=True), back)


def test_the_delta_rule_in_chunks_is_its_equation() -> None:
    steps, shape = 2 * delta.CHUNK + 5, (2, 2, 4)
    query, key, value = (drawn(steps, *shape, seed=seed) for seed in range(3))
    key = key / np.linalg.norm(key, axis=-1, keepdims=True)
    fade, strength = -np.abs(drawn(steps, 2, 2, seed=3)), 0.99 / (1 + np.exp(drawn(steps, 2, 2)))
    before = drawn(2, 2, 4, 4, seed=4)
    arrays = [np.asarray(part, np.float32) for part in (query, key, value, fade, strength, before)]
    read, after = jax.jit(delta.ruled)(*map(jnp.asarray, arrays))
    matrix = before.astype(float)
    for t in range(steps):
        k, v, b = key[t][..., None], value[t][..., None, :], strength[t][..., None, None]
        matrix = matrix * np.exp(fade[t])[..., None, None]
        matrix = matrix - b * k * (np.swapaxes(k, -1, -2) @ matrix) + b * k * v
        np.testing.assert_allclose(
            read[t], (query[t][..., None, :] @ matrix)[..., 0, :], rtol=1e-3, atol=1e-4
        )
    close(after, matrix, 1e-4)


@pytest.mark.parametrize(("name", "reach"), [("convolution", 4), ("tcn", tcn.REACH)])
def test_a_convolution_reaches_exactly_as_far_as_it_says(name: str, reach: int) -> None:
    layer = layer_of(name)
    weights = first(layer, units=16)

    def last(inputs: Any) -> Any:
        return layer.apply(weights, layer.initial_state(16, 1, 40), inputs, None)[0][-1].sum()

    slopes = jax.jit(jax.grad(last))(jnp.asarray(drawn(40, 1, 3)))
    felt = np.abs(slopes).max((1, 2))[::-1] > 0
    assert felt[:reach].all()
    assert not felt[reach:].any()


@pytest.mark.parametrize("name", ["echo-state", "ring"])
def test_of_a_reservoir_only_the_readout_learns(name: str) -> None:
    experiment = preset("lag", fit="quick", model=name, lag=1, window=3, vocab_size=5, units=24)
    training = Training([experiment.change(learning_rate=0.03)])
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    begun = outcome.setup.first_weights(experiment.seed)
    for part, array in outcome.weights.items():
        assert (array == begun[part]).all() == part.startswith("layer1."), part
    assert outcome.accuracy is not None
    assert outcome.accuracy.value > 0.9
    assert models.size(name, 24).parameters == 0


def test_a_ring_hands_every_number_one_place_on_and_holds_it_for_a_turn() -> None:
    layer = layer_of("ring")
    weights = first(layer, units=5)
    inputs = np.zeros((12, 1, 3), np.float32)
    inputs[0] = drawn(1, 3)
    outputs, _ = layer.apply(weights, layer.initial_state(5, 1, 12), jnp.asarray(inputs), None)
    want = inputs[0] @ np.asarray(weights["kernel"])
    for t in range(12):
        np.testing.assert_allclose(outputs[t], 0.95**t * np.roll(want, t, axis=-1), rtol=1e-5)


def test_an_echo_state_has_a_spectral_radius_of_nine_tenths() -> None:
    recurrent = layer_of("echo-state").init(np.random.default_rng(0), 3, 30, 5)["recurrent"]
    assert abs(np.abs(np.linalg.eigvals(recurrent)).max() - 0.9) < 1e-5


def test_an_lstm_starts_as_pytorch_and_flax_start_it() -> None:
    torch = lstm_torch.init(np.random.default_rng(0), 10, 64, 5)
    assert sum(array.size for array in torch.values()) == 4 * 64 * (10 + 64 + 2)
    for array in torch.values():
        assert 0.9 / 8 < np.abs(array).max() <= 1 / 8
        assert abs(array.std() * 8 * np.sqrt(3) - 1) < 0.1
    flax = lstm_flax.init(np.random.default_rng(0), 10, 64, 5)
    assert not flax["bias"].any()
    for gate in np.split(flax["recurrent"], 4, axis=1):
        np.testing.assert_allclose(gate @ gate.T, np.eye(64), atol=1e-5)
    assert abs(flax["kernel"].std() * np.sqrt(10) - 1) < 0.05
    assert np.abs(flax["kernel"]).max() * np.sqrt(10) < 2.28


def test_flax_itself_starts_an_lstm_like_that() -> None:
    from flax import nnx  # as heavy as JAX

    theirs = nnx.LSTMCell(10, 64, rngs=nnx.Rngs(0))
    ours = lstm_flax.init(np.random.default_rng(0), 10, 64, 5)
    kernels = [
        np.asarray(getattr(theirs, f"i{gate}".replace("if", "if_")).kernel[...]) for gate in "ifgo"
    ]
    recurrent = [np.asarray(getattr(theirs, f"h{gate}").kernel[...]) for gate in "ifgo"]
    biases = [np.asarray(getattr(theirs, f"h{gate}").bias[...]) for gate in "ifgo"]
    assert abs(np.concatenate(kernels, axis=1).std() / ours["kernel"].std() - 1) < 0.08
    assert not np.concatenate(biases).any()
    for gate in recurrent:
        np.testing.assert_allclose(gate @ gate.T, np.eye(64), atol=1e-5)


def test_a_selective_layer_forgets_within_ten_to_a_thousand_steps_at_birth() -> None:
    weights = layer_of("selective").init(np.random.default_rng(0), 10, 512, 5)
    steps = np.logaddexp(0, weights["step_bias"])
    assert 0.001 <= steps.min() < 0.0015
    assert 0.07 < steps.max() <= 0.1001
    np.testing.assert_allclose(np.exp(weights["decay"][0]), np.arange(1, 17), rtol=1e-5)


def test_sizes_are_counted_from_the_weights_and_the_state() -> None:
    assert models.size("gru", 32) == (3 * 32 * (10 + 32) + 6 * 32, 32)
    assert models.size("lru-blocks+conv", 32).state_size == 2 * (2 * 32 + 3 * 32)
    assert models.size("attention-blocks", 32).state_size == 2 * (2 * 24 * 32 + 24 + 1)
    with pytest.raises(SettingError, match="baseline lru-block is not there: did you mean"):
        models.layer("lru-block")


@pytest.mark.parametrize("name", KINDS)
def test_an_lstm_of_as_many_parameters_and_another_of_as_large_a_state(name: str) -> None:
    known = models.size(name, 24)
    first, second = closest(*known, without=name)
    assert (first.model, first.matched) == ("gru" if name == "lstm" else "lstm", "parameters")
    assert second.model not in (name, first.model)
    assert second.matched == "state"
    assert second.units >= NARROWEST


def test_baselines_are_matched_as_near_as_whole_units_come() -> None:
    for parameters, state_size in ((1_400, 500), (50_000, 64), (3_000, None)):
        first, second = closest(parameters, state_size)
        assert abs(first.parameters / parameters - 1) < 0.1
        near = (
            second.parameters / parameters if state_size is None else second.state_size / state_size
        )
        assert abs(near - 1) < 0.1
    assert units_for(lambda units: 7 * units, 1) == 1
    assert [units_for(lambda units: units, wanted) for wanted in range(1, 40)] == [*range(1, 40)]


def test_a_baseline_is_a_layer_that_can_be_read_trained_and_asked() -> None:
    layer = opened("min-gru-blocks", 8)
    weights, inputs = layer.init(3), drawn(6, 2, 10)
    assert (
        sum(array.size for array in weights.values()) == models.size("min-gru-blocks", 8).parameters
    )
    whole = layer.run(weights, inputs)
    begun = layer.run(weights, inputs[:2])
    close(layer.run(weights, inputs[2:], begun.state).outputs, whole.outputs[2:])
    assert (layer.init(3)["kernel"] == weights["kernel"]).all()
    assert (layer.init(4)["kernel"] != weights["kernel"]).any()
    asked = preset("lag", fit="quick", lag=1, window=4, vocab_size=4, epochs=40, stateful=False)
    trainer = layer.trainer([layer.experiment(asked)])
    losses = [progress.points[0].loss for progress in trainer]
    assert losses[-1] < losses[0]
    outcome = trainer.outcomes()[0]
    assert (outcome.experiment.model, outcome.experiment.units) == ("min-gru-blocks", 8)


def test_what_was_measured_of_the_baselines_comes_with_the_package() -> None:
    rows, settings = measured.measured(), measured.settings()
    assert rows
    assert len({row.model for row in rows}) == len(rows)
    for row in rows:
        assert row.model in models.NAMES
        size = models.size(row.model, settings["units"], settings["vocab_size"])
        assert (row.units, row.parameters, row.state_size) == (settings["units"], *size)
        assert row.details
        assert row == measured.of(row.model)
        for part, details in row.details.items():
            estimate = getattr(row, part)
            assert details["trainings"] >= 10
            assert estimate.low <= estimate.value <= (estimate.high or np.inf)
        if row.bits:
            assert row.bits.value <= row.details["bits"]["ceiling"]
    assert measured.of("nobody") is None
    page = (Path(__file__).parent.parent / "docs" / "results" / "baselines.md").read_text()
    assert table(known_table(rows, settings)) in page
