"""The engine: seeds, slices, groups, carried state, gradients, outcomes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import Training, WordError, preset
from echoscope.batch import TRAINED, cut, draw, framed, lane_key
from echoscope.experiment import Experiment
from echoscope.models import cell, model_of
from echoscope.program import Lane, epoch, follow, fresh, judged
from echoscope.training import Outcome

SMALL = preset("lag", symbols=10, units=6, epochs=7)


def trained(*experiments: Experiment) -> list[Outcome]:
    training = Training(experiments)
    for _ in training:
        pass
    return training.outcomes()


def equal(one: Outcome, other: Outcome) -> bool:
    return all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_a_seed_seeds_everything() -> None:
    one, same, other = (trained(SMALL.change(seed=seed))[0] for seed in (3, 3, 4))
    assert equal(one, same)
    assert (one.score, one.curve) == (same.score, same.curve)
    assert not equal(one, other)
    assert not np.array_equal(one.drawn, other.drawn)


def test_a_lane_is_the_same_alone_and_in_a_group() -> None:
    if jax.default_backend() != "cpu":
        pytest.skip("lanes go side by side on an accelerator, which changes the order of float sums")
    group = trained(*(SMALL.change(seed=seed, rate=0.001 * (seed + 1), epochs=7 - seed) for seed in range(3)))
    for outcome in group:
        alone = trained(outcome.experiment)[0]
        assert equal(alone, outcome)
        assert alone.score == outcome.score
        assert (outcome.group, alone.group) == (3, 1)


@pytest.mark.parametrize("words", [{}, {"fit": "quick", "epochs": 150, "stop": None}], ids=["sequence", "windows"])
def test_slices_are_the_same_training_as_one_pass(words: dict) -> None:
    experiment = preset("lag", **{"symbols": 10, "units": 6, "epochs": 150} | words)
    outcome = trained(experiment)[0]
    plan = cut(experiment)
    key = lane_key(jnp.uint32(experiment.seed), jnp.int32(TRAINED))
    drawn = np.stack([draw(key, jnp.int32(at), plan.shape, 10) for at in range(150)])
    weights, losses = follow(experiment, fresh(experiment).weights, drawn)
    for name, array in weights.items():
        np.testing.assert_allclose(outcome.weights[name], array, rtol=1e-4, atol=1e-5)
    assert [point.step for point in outcome.curve][-1] == outcome.steps == losses.size == experiment.steps
    np.testing.assert_allclose(outcome.curve[0].loss, losses[:3].mean(), rtol=1e-4)


def test_unasked_answers_change_neither_loss_nor_gradient() -> None:
    rng = np.random.default_rng(0)
    logits = jnp.asarray(rng.normal(size=(2, 3, 5)), jnp.float32)
    answer = jnp.asarray(rng.integers(0, 5, (2, 3)))
    asked = np.array([[True, False, True], [True, True, False]])
    (loss, said), gradient = jax.value_and_grad(judged, has_aux=True)(logits, answer, asked)
    other = jnp.where(asked, answer, (answer + 1) % 5)
    noisy = jnp.where(asked[..., None], logits, logits + 7)
    assert judged(noisy, other, asked)[0] == loss
    assert (said == jnp.argmax(logits, axis=-1)).all()
    assert (np.asarray(gradient)[~asked] == 0).all()
    probabilities = jax.nn.softmax(logits)[asked]
    wanted = np.asarray(answer)[asked]
    np.testing.assert_allclose(loss, -np.log(np.asarray(probabilities)[np.arange(4), wanted]).mean(), rtol=1e-5)


@pytest.mark.parametrize("state", ["carried", "reset"])
def test_row_j_continues_row_j_of_the_batch_before(state: str) -> None:
    experiment = preset("lag", symbols=10, units=6, state=state)
    model, sizes = model_of(experiment)
    lane = jax.tree.map(jnp.asarray, fresh(experiment))
    plan = cut(experiment)
    sequence = np.random.default_rng(1).integers(0, 10, plan.shape)
    batch = framed(jnp.asarray(sequence), plan)
    _, told = epoch(experiment, Lane(*lane), batch, jnp.float32(0))
    kept = None
    for update in range(4):
        logits, after = model.apply(lane.weights, kept, batch.heard[update], sizes.answers)
        loss, _ = judged(logits, batch.answer[update], batch.asked[update])
        np.testing.assert_allclose(told.loss[update], loss, rtol=1e-5)
        kept = after if state == "carried" else None


@pytest.mark.parametrize("steps", [1, 5, cell.UNROLLED + 4])
@pytest.mark.parametrize("at_rest", [True, False])
def test_the_derivative_written_by_hand_is_the_automatic_one(steps: int, at_rest: bool) -> None:
    rng = np.random.default_rng(steps)
    units, batch = 4, 3
    array = lambda *shape: jnp.asarray(rng.normal(size=shape), jnp.float32)  # noqa: E731  # a name for a long word
    recurrent, projected, weight = array(units, 4 * units), array(steps, batch, 4 * units), array(steps, batch, units)
    first = (array(batch, units), array(batch, units))
    last = (array(batch, units), array(batch, units))

    def plain(recurrent, state, projected):
        hidden, memory = state
        every = []
        for z in projected:
            i, f, g, o = jnp.split(z + hidden @ recurrent, 4, axis=-1)
            memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
            hidden = jax.nn.sigmoid(o) * jnp.tanh(memory)
            every.append(hidden)
        return jnp.stack(every), (hidden, memory)

    def total(run, recurrent, state, projected):
        hidden, (h, c) = run(recurrent, state, projected)
        return jnp.sum(hidden * weight) + jnp.sum(h * last[0]) + jnp.sum(c * last[1])

    zero = (jnp.zeros((batch, units)), jnp.zeros((batch, units)))
    ours = jax.value_and_grad(lambda *a: total(cell.lstm, *a), argnums=(0, 1, 2))
    theirs = jax.value_and_grad(lambda *a: total(plain, *a), argnums=(0, 1, 2))
    value, gradients = ours(recurrent, None if at_rest else first, projected)
    expected, wanted = theirs(recurrent, zero if at_rest else first, projected)
    np.testing.assert_allclose(value, expected, rtol=1e-4)
    for got, want in zip(gradients, wanted, strict=True):
        if got is not None:
            for one, other in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_no_answer_changes_before_its_symbol_is_heard() -> None:
    for name in ("lag", "whole", "partial"):
        experiment = preset(name, symbols=10, units=6)
        model, sizes = model_of(experiment)
        weights = jax.tree.map(jnp.asarray, fresh(experiment).weights)
        heard = np.random.default_rng(2).integers(0, 10, (1, 5))
        before, _ = model.apply(weights, None, jnp.asarray(heard), sizes.answers)
        for step in range(5):
            other = heard.copy()
            other[0, step] = (other[0, step] + 1) % 10
            after, _ = model.apply(weights, None, jnp.asarray(other), sizes.answers)
            changed = np.any(np.asarray(before != after), axis=-1)[0]
            expected = [place >= step for place in range(5)] if name == "whole" else [True] * sizes.answers
            assert changed.tolist() == expected


def test_a_quick_fit_is_solved_and_stops() -> None:
    outcome = trained(preset("lag", fit="quick", symbols=10, units=32))[0]
    assert outcome.outcome == "solved"
    assert outcome.steps < 2000
    assert outcome.score is not None
    assert outcome.score.value > 0.99
    assert outcome.score.answers >= 10_000
    assert all(point.score >= 0.999 for point in outcome.curve[-2:])


def test_blind_stays_at_chance() -> None:
    outcome = trained(preset("blind", symbols=10, units=8, epochs=200))[0]
    assert outcome.score is not None
    assert abs(outcome.score.value - 0.1) < 0.02


def test_an_unfinished_training_has_outcomes_too() -> None:
    training = Training([SMALL])
    next(training)
    outcome = training.outcomes()[0]
    assert (outcome.outcome, outcome.epochs, len(outcome.curve)) == ("interrupted", 1, 1)
    assert next(training).epoch == 2


def test_divergence_is_an_outcome() -> None:
    broken = dict(fresh(SMALL).weights)
    broken["said.bias"] = np.full(10, np.inf, np.float32)
    training = Training([SMALL], [broken])
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    assert (outcome.outcome, outcome.score, outcome.loss) == ("diverged", None, None)
    assert outcome.epochs == 1


def test_a_group_has_one_shape() -> None:
    with pytest.raises(WordError) as caught:
        Training([SMALL, SMALL.change(units=7)])
    assert str(caught.value) == (
        "Experiments of one group may differ only in seed, rate, epochs and stop: train the others in a group of their own."
    )
    with pytest.raises(WordError, match=r"^Training needs at least one experiment, not none\.$"):
        Training([])
