"""The engine: seeds, slices, groups, carried state, gradients, outcomes."""

import os
import subprocess
import sys
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from echoscope import SettingError, Training, preset
from echoscope.experiment.experiment import Experiment
from echoscope.models import model_of
from echoscope.models.base import Sizes
from echoscope.models.encoders import mean_loss
from echoscope.models.recurrent import cell, gru, lstm, rnn
from echoscope.process.xla import FASTER
from echoscope.stats.intervals import Accuracy
from echoscope.training import batches
from echoscope.training.batches import (
    EVALUATED,
    TRAINED,
    Batch,
    batch_plan,
    run_key,
    sample_integers,
)
from echoscope.training.program import epoch, follow
from echoscope.training.results import Outcome
from echoscope.training.setup import Setup
from echoscope.training.train_state import TrainState
from networks import applied, first_state, first_weights, framed

QUICK = "--xla_cpu_use_fusion_emitters=false"
SMALL = preset("lag", vocab_size=10, units=6, epochs=7)

one_epoch = jax.jit(epoch, static_argnums=0)
lost = jax.jit(mean_loss, static_argnums=3)
lost_and_gradient = jax.jit(jax.value_and_grad(mean_loss, has_aux=True), static_argnums=3)


def trained(*experiments: Experiment) -> list[Outcome]:
    training = Training(experiments)
    for _ in training:
        pass
    return training.outcomes()


def equal(item: Outcome, other: Outcome) -> bool:
    return all(np.array_equal(item.weights[name], other.weights[name]) for name in item.weights)


def test_a_seed_seeds_everything() -> None:
    item, same, other = (trained(SMALL.change(seed=seed))[0] for seed in (3, 3, 4))
    assert equal(item, same)
    assert (item.accuracy, item.curve) == (same.accuracy, same.curve)
    assert not equal(item, other)
    assert not np.array_equal(item.drawn, other.drawn)


def test_a_lane_is_the_same_alone_and_in_a_group() -> None:
    if jax.default_backend() != "cpu":
        pytest.skip("runs go side by side on an accelerator, which changes the order of float sums")
    group = trained(
        *(
            SMALL.change(seed=seed, learning_rate=0.001 * (seed + 1), epochs=7 - seed)
            for seed in range(3)
        )
    )
    for outcome in group:
        alone = trained(outcome.experiment)[0]
        assert equal(alone, outcome)
        assert alone.accuracy == outcome.accuracy
        assert (outcome.side_by_side, alone.side_by_side) == (3, 1)


LAGGED: list[dict[str, Any]] = [
    {},
    {"fit": "quick"},
    {"readout": "all", "sampling": "stream"},
    {"missing": 0.2, "gaps": "dropped"},
    {"readout": "all", "fit": "quick", "missing": 0.1},
]


def lagged(settings: dict[str, Any]) -> list[Experiment]:
    """Experiments of three lags that share a program."""
    same = {"vocab_size": 10, "units": 6, "epochs": 4} | settings
    return [preset("lag", **same, lag=lag) for lag in (0, 3, 1)]


@pytest.mark.parametrize("settings", LAGGED, ids=str)
def test_lags_inside_the_window_share_a_program_and_are_the_same_alone(settings: dict) -> None:
    experiments = lagged(settings)
    assert len({experiment.shape for experiment in experiments}) == 1
    drawn = drawn_by(experiments[0], 4)
    for outcome in trained(*experiments):
        plan, experiment = batch_plan(outcome.experiment), outcome.experiment
        epochs = (batches.framed(integers, plan, xp=np) for integers in drawn)
        batch = Batch(*map(np.stack, zip(*epochs, strict=True)))
        rate = np.float32(experiment.training.learning_rate)
        weights = after_batches(Setup.of(experiment), first_state(experiment), batch, rate)
        for name, array in weights.items():
            np.testing.assert_allclose(outcome.weights[name], array, rtol=1e-4, atol=1e-6)
        alone = trained(experiment)[0]
        for name, array in alone.weights.items():
            np.testing.assert_allclose(outcome.weights[name], array, rtol=1e-4, atol=1e-6)
        assert outcome.accuracy is not None
        assert outcome.accuracy.target_count >= 10_000 * (
            0.5 if plan.gappy and not experiment.task.missing else 1
        )


@partial(jax.jit, static_argnums=0)
def after_batches(setup: Setup, start: TrainState, epochs: Batch, learning_rate: Any) -> Any:
    """The weights after epochs that were framed outside, so that one program serves every lag."""

    def one(state: TrainState, batch: Batch) -> tuple[TrainState, None]:
        return epoch(setup, state, batch, learning_rate)[0], None

    return lax.scan(one, start, epochs)[0].weights


def the_same_alone(settings: dict[str, Any]) -> bool:
    """Whether runs of other lags are the same alone, to every digit."""
    pairs = [(outcome, trained(outcome.experiment)[0]) for outcome in trained(*lagged(settings))]
    return all(equal(alone, one) and alone.accuracy == one.accuracy for one, alone in pairs)


def test_lags_are_the_same_alone_to_every_digit_with_the_compiler_as_it_is() -> None:
    """In a process whose XLA leaves nothing out: without its fusions it sums in another order.

    Which integers are drawn is the same to it: they are mixed in 5 rounds, as 20 take long to
    compile.
    """
    code = (
        "import test_training as t; from echoscope.training import random;"
        " random.ROTATIONS = ((13,), (17,)); print(*map(t.the_same_alone, t.LAGGED))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        env=os.environ | {"XLA_FLAGS": FASTER},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["True"] * len(LAGGED), done.stderr


@pytest.mark.parametrize("settings", [{"lag": 5}, {"edges": "padded"}, {"lag": -1}], ids=str)
def test_other_lags_are_shapes_of_their_own(settings: dict) -> None:
    assert preset("lag", **settings).shape.task.lag == preset("lag", **settings).task.lag


@pytest.mark.parametrize(
    "settings",
    [{}, {"fit": "quick", "epochs": 150, "target_accuracy": None}],
    ids=["sequence", "windows"],
)
def test_slices_are_the_same_training_as_one_pass(settings: dict) -> None:
    experiment = preset("lag", **{"vocab_size": 10, "units": 6, "epochs": 150} | settings)
    outcome = trained(experiment)[0]
    drawn = drawn_by(experiment, 150)
    weights, losses = follow(experiment, first_weights(experiment), drawn)
    for name, array in weights.items():
        np.testing.assert_allclose(outcome.weights[name], array, rtol=1e-4, atol=1e-5)
    assert (
        [point.step for point in outcome.curve][-1]
        == outcome.steps
        == losses.size
        == experiment.steps
    )
    np.testing.assert_allclose(outcome.curve[0].loss, losses[:3].mean(), rtol=1e-4)


def test_unasked_answers_change_neither_loss_nor_gradient() -> None:
    rng, sizes = (
        np.random.default_rng(0),
        Sizes(vocab_size=5, units=1, target_count=3, time_steps=1),
    )
    logits = rng.normal(size=(2, 3, 5)).astype(np.float32)
    target = rng.integers(0, 5, (2, 3))
    mask = np.array([[True, False, True], [True, True, False]])
    (loss, (text, by_answer)), gradient = lost_and_gradient(logits, target, mask, sizes)
    other = np.where(mask, target, (target + 1) % 5)
    noisy = np.where(mask[..., None], logits, logits + 7)
    assert lost_and_gradient(noisy, other, mask, sizes)[0][0] == loss
    assert (np.asarray(text) == np.argmax(logits, axis=-1)).all()
    assert (np.asarray(by_answer)[~mask] == 0).all()
    np.testing.assert_allclose(np.sum(by_answer) / 4, loss, rtol=1e-6)
    assert (np.asarray(gradient)[~mask] == 0).all()
    likely = np.exp(logits[mask])[np.arange(4), target[mask]] / np.exp(logits[mask]).sum(axis=-1)
    np.testing.assert_allclose(loss, -np.log(likely).mean(), rtol=1e-5)


@pytest.mark.parametrize("stateful", [True, False])
def test_row_j_continues_row_j_of_the_batch_before(stateful: bool) -> None:
    experiment = preset("lag", vocab_size=10, units=6, stateful=stateful)
    model, sizes = model_of(experiment)
    lane, plan = first_state(experiment), batch_plan(experiment)
    sequence = np.random.default_rng(1).integers(0, 10, plan.shape)
    batch = batches.framed(sequence, plan, xp=np)
    _, told = one_epoch(Setup.of(experiment), lane, batch, np.float32(0))
    kept = None
    for update in range(4):
        logits, after = applied(model, lane.weights, kept, batch.inputs[update], sizes)
        loss, _ = lost(logits, batch.target[update], batch.mask[update], sizes)
        np.testing.assert_allclose(told.loss[update], loss, rtol=1e-5)
        kept = after if stateful else None


def drawn_by(experiment: Experiment, epochs: int, stream: int = TRAINED) -> np.ndarray:
    plan = batch_plan(experiment)

    @jax.jit
    def drawn(epochs: Any) -> Any:
        key = run_key(jnp.uint32(experiment.seed), jnp.int32(stream))
        return jax.vmap(lambda epoch: sample_integers(experiment, plan, key, epoch))(epochs)

    return np.asarray(drawn(np.arange(epochs)))


def test_a_stream_s_epoch_begins_with_the_window_of_the_one_before() -> None:
    drawn = drawn_by(preset("whole", sampling="stream", batch_size=3, missing=0.1), 5)
    assert (drawn[0, :, :5] == -1).all()
    assert (drawn[1:, :, :5] == drawn[:-1, :, 5:]).all()
    assert len({row.tobytes() for row in drawn[:, :, 5:].reshape(-1, 5)}) == 15


@pytest.mark.parametrize("model", ["lstm", "attention"])  # attention begins in no zeros
def test_a_stream_s_state_goes_on_from_epoch_to_epoch_and_from_slice_to_slice(
    model: str,
) -> None:
    stream = {"sampling": "stream", "batch_size": 3, "epochs": 120}
    experiment = preset("whole", model=model, vocab_size=10, lag=2, units=6, **stream)
    network, sizes = model_of(experiment)
    drawn = drawn_by(experiment, 120)
    lane, plan, kept = first_state(experiment), batch_plan(experiment), None
    for integers in drawn[:3]:
        batch = batches.framed(integers, plan, xp=np)
        assert bool(batch.mask.all()) == bool((integers[:, 3:5] != -1).all())
        values, kept = applied(network, lane.weights, kept, batch.inputs[0], sizes)
        loss, _ = lost(values, batch.target[0], batch.mask[0], sizes)
        lane, told = one_epoch(Setup.of(experiment), lane, batch, np.float32(0))
        np.testing.assert_allclose(told.loss[0], loss, rtol=1e-5)
        jax.tree.map(
            lambda item, other: np.testing.assert_allclose(item, other, atol=1e-6), lane.state, kept
        )
    outcome = trained(experiment)[0]
    weights, _ = follow(experiment, first_weights(experiment), drawn)
    for name, array in weights.items():
        np.testing.assert_allclose(outcome.weights[name], array, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("gaps", ["masked", "marked", "dropped"])
@pytest.mark.parametrize("fit", ["tutorial", "quick"])
def test_missing_integers_are_gaps_and_never_asked(gaps: str, fit: str) -> None:
    experiment = preset("lag", fit=fit, missing=0.3, gaps=gaps, vocab_size=9, lag=(1, 6), seed=5)
    plan, every = batch_plan(experiment), drawn_by(experiment, 100)
    for drawn, *parts in zip(every[:20], *framed(every[:20], plan), strict=True):
        batch, flat = Batch(*parts), drawn.ravel()
        inputs, target = flat[plan.inputs], flat[plan.target]
        there = target >= 0
        if gaps == "dropped":
            whole = (inputs >= 0).all(-1) & there.all(-1)
            there, inputs = there & whole[..., None], np.where(whole[..., None], inputs, -1)
        assert (np.asarray(batch.mask) == there).all()
        assert (np.asarray(batch.target)[there] == target[there]).all()
        assert (
            np.asarray(batch.inputs) == np.where(inputs < 0, 9 if gaps == "marked" else -1, inputs)
        ).all()
    share = (every < 0).mean()
    assert abs(share - 0.3) < 0.05


def test_padded_windows_are_of_every_age() -> None:
    experiment = preset("lag", fit="quick", edges="padded", length=8, lag=(1, 3), batch_size=50)
    plan = batch_plan(experiment)
    batch, ages = framed(drawn_by(experiment, 20), plan), set()
    windows = (np.asarray(part).reshape(20 * 50, -1) for part in (batch.inputs, batch.mask))
    for inputs, mask in zip(*windows, strict=True):
        gaps = int((inputs < 0).sum())
        assert (inputs[:gaps] < 0).all()
        assert (inputs[gaps:] >= 0).all()
        assert mask.tolist() == [True, gaps < 2]
        ages.add(gaps)
    assert ages == {0, 1, 2, 3}


def test_the_spread_of_a_score_is_that_of_its_draws() -> None:
    experiment = preset("lag", vocab_size=3, units=3, epochs=60, missing=0.3)
    outcome = trained(experiment)[0]
    plan = batch_plan(experiment)
    corrects, mask = [], []
    epochs = -(-int(1.05 * 10_000 / (plan.target_count * 0.7) * 1000) // 1000)
    lane = jax.tree.map(jnp.asarray, first_state(experiment)._replace(weights=outcome.weights))
    setup = Setup.of(experiment)

    @jax.jit
    def counted(drawn: Any) -> tuple[Any, Any]:
        batch = framed(drawn, plan)
        predictions = epoch(setup, lane, batch, jnp.float32(0))[1].predictions
        return jnp.sum((predictions == batch.target) & batch.mask), jnp.sum(batch.mask)

    for drawn in drawn_by(experiment, epochs, EVALUATED):
        correct, asked = counted(drawn)
        corrects.append(int(correct))
        mask.append(int(asked))
    share = np.sum(corrects) / np.sum(mask)
    residual = np.array(corrects) - share * np.array(mask)
    spread = (residual**2).sum() / (epochs - 1) / (np.mean(mask) * share * (1 - share))
    assert outcome.accuracy is not None
    assert outcome.accuracy.target_count == np.sum(mask)
    target_accuracy = Accuracy.of(share, int(np.sum(mask)), spread)
    np.testing.assert_allclose(
        [outcome.accuracy.value, outcome.accuracy.low, outcome.accuracy.high],
        [target_accuracy.value, target_accuracy.low, target_accuracy.high],
        atol=1e-4,
    )


def lstm_step(projected: Any, recurrent: Any, bias: Any, state: Any) -> Any:
    hidden, memory = state
    i, f, g, o = jnp.split(projected + hidden @ recurrent, 4, axis=-1)
    memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(memory), memory


def gru_step(projected: Any, recurrent: Any, bias: Any, state: Any) -> Any:
    (hidden,) = state
    inputs, mine = (
        jnp.split(projected, 3, axis=-1),
        jnp.split(hidden @ recurrent + bias, 3, axis=-1),
    )
    update, reset = jax.nn.sigmoid(inputs[0] + mine[0]), jax.nn.sigmoid(inputs[1] + mine[1])
    return (update * hidden + (1 - update) * jnp.tanh(inputs[2] + reset * mine[2]),)


def rnn_step(projected: Any, recurrent: Any, bias: Any, state: Any) -> Any:
    return (jnp.tanh(projected + state[0] @ recurrent),)


LONG = cell.UNROLLED + 4


@pytest.mark.parametrize(
    ("steps", "zeros", "gaps"),
    [
        (1, True, False),
        (5, True, True),
        (5, False, False),
        (LONG, True, False),
        (LONG, False, True),
    ],
)
@pytest.mark.parametrize(
    ("layer", "plain", "gates"), [(lstm, lstm_step, 4), (gru, gru_step, 3), (rnn, rnn_step, 1)]
)
def test_a_layer_s_derivative_is_that_of_its_equations(
    layer: Any, plain: Any, gates: int, steps: int, zeros: bool, gaps: bool
) -> None:
    rng = np.random.default_rng(steps)
    units, batch, parts = 4, 3, layer.CELL.parts

    def array(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    recurrent, bias, projected = (
        array(units, gates * units),
        array(gates * units),
        array(steps, batch, gates * units),
    )
    weight, first, last = (
        array(steps, batch, units),
        *(tuple(array(batch, units) for _ in range(parts)) for _ in "fl"),
    )
    present = rng.random((steps, batch)) < (0.6 if gaps else 1)

    def ours(recurrent: Any, bias: Any, state: Any, projected: Any) -> Any:
        weights = {"recurrent": recurrent}
        if gates == 3:  # the GRU's second bias
            weights["recurrent_bias"] = bias
        there = jnp.asarray(present) if gaps else None
        return cell.over(layer.CELL, weights, None if zeros else state, projected, there)

    def theirs(recurrent: Any, bias: Any, state: Any, projected: Any) -> Any:
        def step(state: Any, here: Any) -> Any:
            inputs, there = here
            following = plain(inputs, recurrent, bias, state)
            state = tuple(
                jnp.where(there[:, None], new, old)
                for new, old in zip(following, state, strict=True)
            )
            return state, state[0]

        return lax.scan(step, state, (projected, present))[::-1]

    def total(run: Any, values: Any) -> Any:
        hidden, state = run(*values)
        return jnp.sum(hidden * weight) + sum(
            jnp.sum(part * target) for part, target in zip(state, last, strict=True)
        )

    @jax.jit
    def both(values: Any) -> Any:
        return [jax.value_and_grad(partial(total, run))(values) for run in (ours, theirs)]

    state = jax.tree.map(np.zeros_like, first) if zeros else first
    (value, gradients), (target, targets) = both((recurrent, bias, state, projected))
    np.testing.assert_allclose(value, target, rtol=1e-4)
    if zeros:  # nothing goes back into a state that is not there
        gradients, targets = ((g[0], g[1], g[3]) for g in (gradients, targets))
    for item, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(targets), strict=True):
        np.testing.assert_allclose(item, other, rtol=1e-3, atol=1e-4)


def test_no_answer_changes_before_its_symbol_is_heard() -> None:
    for name in ("lag", "whole", "partial"):
        experiment = preset(name, vocab_size=10, units=6)
        model, sizes = model_of(experiment)
        weights = jax.tree.map(jnp.asarray, first_weights(experiment))
        inputs = np.random.default_rng(2).integers(0, 10, (1, 5))
        before, _ = applied(model, weights, None, jnp.asarray(inputs), sizes)
        for step in range(5):
            other = inputs.copy()
            other[0, step] = (other[0, step] + 1) % 10
            after, _ = applied(model, weights, None, jnp.asarray(other), sizes)
            changed = np.any(np.asarray(before != after), axis=-1)[0]
            targets = (
                [place >= step for place in range(5)]
                if name == "whole"
                else [True] * sizes.target_count
            )
            assert changed.tolist() == targets


def test_a_quick_fit_is_solved_and_stops() -> None:
    outcome = trained(preset("lag", fit="quick", vocab_size=10, units=32))[0]
    assert outcome.outcome == "solved"
    assert outcome.steps < 2000
    assert outcome.accuracy is not None
    assert outcome.accuracy.value > 0.99
    assert outcome.accuracy.target_count >= 10_000
    reached = [point.accuracy >= 0.999 for point in outcome.curve]
    *before, last = map(all, pairwise(reached))
    assert last
    assert not any(before)  # it ends with the first two points in a row that have it


def test_blind_stays_at_chance() -> None:
    outcome = trained(preset("blind", vocab_size=10, units=8, epochs=200))[0]
    assert outcome.accuracy is not None
    assert abs(outcome.accuracy.value - 0.1) < 0.02


def test_an_unfinished_training_has_outcomes_too() -> None:
    training = Training([SMALL])
    next(training)
    outcome = training.outcomes()[0]
    assert (outcome.outcome, outcome.epochs, len(outcome.curve)) == ("interrupted", 1, 1)
    assert next(training).epoch == 2


def test_divergence_is_an_outcome() -> None:
    broken = dict(first_weights(SMALL))
    broken["readout.bias"] = np.float32(3e38) * (-1.0) ** np.arange(
        10, dtype=np.float32
    )  # its loss is infinite
    training = Training([SMALL], [broken])
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    assert (outcome.outcome, outcome.accuracy, outcome.loss) == ("diverged", None, None)
    assert outcome.epochs == 1


def test_a_group_has_one_shape() -> None:
    with pytest.raises(SettingError) as caught:
        Training([SMALL, SMALL.change(units=7)])
    assert (
        str(caught.value)
        == "Experiments of one group may differ only in seed, learning_rate, epochs,"
        " target_accuracy and fold, and in lags inside their window: train the others in a group of"
        " their own."
    )
    with pytest.raises(SettingError, match=r"^Training needs at least one experiment, not none\.$"):
        Training([])
