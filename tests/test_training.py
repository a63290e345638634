"""The engine: seeds, slices, groups, carried state, gradients, outcomes."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import Training, WordError, preset
from echoscope.experiment.experiment import Experiment
from echoscope.models import cell, gru, lstm, model_of, rnn
from echoscope.models.encoding import judged
from echoscope.models.model import Sizes
from echoscope.stats.intervals import Score
from echoscope.training.batches import SCORED, TRAINED, Own, cut, draw, framed, lane_key
from echoscope.training.program import Lane, epoch, follow, fresh
from echoscope.training.results import Outcome

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
        pytest.skip(
            "lanes go side by side on an accelerator, which changes the order of float sums"
        )
    group = trained(
        *(SMALL.change(seed=seed, rate=0.001 * (seed + 1), epochs=7 - seed) for seed in range(3))
    )
    for outcome in group:
        alone = trained(outcome.experiment)[0]
        assert equal(alone, outcome)
        assert alone.score == outcome.score
        assert (outcome.group, alone.group) == (3, 1)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"fit": "quick"},
        {"when": "each", "draw": "stream"},
        {"missing": 0.2, "gaps": "dropped"},
        {"when": "each", "fit": "quick", "missing": 0.1},
    ],
    ids=str,
)
def test_lags_inside_the_window_share_a_program_and_are_the_same_alone(words: dict) -> None:
    experiments = [
        preset("lag", **{"symbols": 10, "units": 6, "epochs": 4, "lag": lag} | words)
        for lag in (0, 3, 1)
    ]
    assert len({experiment.shape for experiment in experiments}) == 1
    for outcome in trained(*experiments):
        plan, experiment = cut(outcome.experiment), outcome.experiment
        drawn = drawn_by(experiment, 4)
        weights, _ = follow(
            experiment, fresh(experiment).weights, drawn
        )  # follow knows no lag but the plan's
        for name, array in weights.items():
            np.testing.assert_allclose(outcome.weights[name], array, rtol=1e-4, atol=1e-6)
        alone = trained(experiment)[0]
        assert equal(alone, outcome)
        assert alone.score == outcome.score
        assert outcome.score is not None
        assert outcome.score.answers >= 10_000 * (
            0.5 if plan.gappy and not experiment.task.missing else 1
        )


@pytest.mark.parametrize("words", [{"lag": 5}, {"edges": "padded"}, {"lag": -1}], ids=str)
def test_other_lags_are_shapes_of_their_own(words: dict) -> None:
    assert preset("lag", **words).shape.task.lag == preset("lag", **words).task.lag


@pytest.mark.parametrize(
    "words", [{}, {"fit": "quick", "epochs": 150, "stop": None}], ids=["sequence", "windows"]
)
def test_slices_are_the_same_training_as_one_pass(words: dict) -> None:
    experiment = preset("lag", **{"symbols": 10, "units": 6, "epochs": 150} | words)
    outcome = trained(experiment)[0]
    plan = cut(experiment)
    key = lane_key(jnp.uint32(experiment.seed), jnp.int32(TRAINED))
    drawn = np.stack([draw(experiment, plan, key, jnp.int32(at)) for at in range(150)])
    weights, losses = follow(experiment, fresh(experiment).weights, drawn)
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
    rng, sizes = np.random.default_rng(0), Sizes(symbols=5, units=1, answers=3, heard=1)
    logits = jnp.asarray(rng.normal(size=(2, 3, 5)), jnp.float32)
    answer = jnp.asarray(rng.integers(0, 5, (2, 3)))
    asked = np.array([[True, False, True], [True, True, False]])
    (loss, said), gradient = jax.value_and_grad(judged, has_aux=True)(logits, answer, asked, sizes)
    other = jnp.where(asked, answer, (answer + 1) % 5)
    noisy = jnp.where(asked[..., None], logits, logits + 7)
    assert judged(noisy, other, asked, sizes)[0] == loss
    assert (said == jnp.argmax(logits, axis=-1)).all()
    assert (np.asarray(gradient)[~asked] == 0).all()
    probabilities = jax.nn.softmax(logits)[asked]
    wanted = np.asarray(answer)[asked]
    np.testing.assert_allclose(
        loss, -np.log(np.asarray(probabilities)[np.arange(4), wanted]).mean(), rtol=1e-5
    )


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
        logits, after = model.apply(lane.weights, kept, batch.heard[update], sizes)
        loss, _ = judged(logits, batch.answer[update], batch.asked[update], sizes)
        np.testing.assert_allclose(told.loss[update], loss, rtol=1e-5)
        kept = after if state == "carried" else None


def drawn_by(
    experiment: Experiment, epochs: int, stream: int = TRAINED, own: Own | None = None
) -> np.ndarray:
    plan = cut(experiment)
    key = lane_key(jnp.uint32(experiment.seed), jnp.int32(stream))
    one = jax.jit(lambda epoch: draw(experiment, plan, key, epoch, own))
    return np.stack([one(jnp.int32(epoch)) for epoch in range(epochs)])


def test_a_stream_s_epoch_begins_with_the_window_of_the_one_before() -> None:
    drawn = drawn_by(preset("whole", draw="stream", batch=3, missing=0.1), 5)
    assert (drawn[0, :, :5] == -1).all()
    assert (drawn[1:, :, :5] == drawn[:-1, :, 5:]).all()
    assert len({row.tobytes() for row in drawn[:, :, 5:].reshape(-1, 5)}) == 15


def test_a_stream_s_state_goes_on_from_epoch_to_epoch_and_from_slice_to_slice() -> None:
    experiment = preset("whole", draw="stream", batch=3, symbols=10, epochs=120, lag=2, units=6)
    model, sizes = model_of(experiment)
    drawn = drawn_by(experiment, 120)
    lane = jax.tree.map(jnp.asarray, fresh(experiment))
    plan, kept = cut(experiment), None
    for integers in drawn[:3]:
        batch = framed(jnp.asarray(integers), plan)
        assert bool(batch.asked.all()) == bool((integers[:, 3:5] != -1).all())
        values, kept = model.apply(lane.weights, kept, batch.heard[0], sizes)
        loss, _ = judged(values, batch.answer[0], batch.asked[0], sizes)
        lane, told = epoch(experiment, lane, batch, jnp.float32(0))
        np.testing.assert_allclose(told.loss[0], loss, rtol=1e-5)
        jax.tree.map(
            lambda one, other: np.testing.assert_allclose(one, other, atol=1e-6), lane.state, kept
        )
    outcome = trained(experiment)[0]
    weights, _ = follow(experiment, fresh(experiment).weights, drawn)
    for name, array in weights.items():
        np.testing.assert_allclose(outcome.weights[name], array, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("gaps", ["masked", "marked", "dropped"])
@pytest.mark.parametrize("fit", ["tutorial", "quick"])
def test_missing_integers_are_gaps_and_never_asked(gaps: str, fit: str) -> None:
    experiment = preset("lag", fit=fit, missing=0.3, gaps=gaps, symbols=9, lag=(1, 6), seed=5)
    plan = cut(experiment)
    for drawn in drawn_by(experiment, 20):
        batch = framed(jnp.asarray(drawn), plan)
        flat = drawn.ravel()
        heard, answer = flat[plan.heard], flat[plan.answer]
        there = answer >= 0
        if gaps == "dropped":
            whole = (heard >= 0).all(-1) & there.all(-1)
            there, heard = there & whole[..., None], np.where(whole[..., None], heard, -1)
        assert (np.asarray(batch.asked) == there).all()
        assert (np.asarray(batch.answer)[there] == answer[there]).all()
        assert (
            np.asarray(batch.heard) == np.where(heard < 0, 9 if gaps == "marked" else -1, heard)
        ).all()
    share = (drawn_by(experiment, 100) < 0).mean()
    assert abs(share - 0.3) < 0.05


def test_padded_windows_are_of_every_age() -> None:
    experiment = preset("lag", fit="quick", edges="padded", length=8, lag=(1, 3), batch=50)
    plan = cut(experiment)
    ages = set()
    for drawn in drawn_by(experiment, 20):
        batch = framed(jnp.asarray(drawn), plan)
        for heard, asked in zip(
            np.asarray(batch.heard)[0], np.asarray(batch.asked)[0], strict=True
        ):
            gaps = int((heard < 0).sum())
            assert (heard[:gaps] < 0).all()
            assert (heard[gaps:] >= 0).all()
            assert asked.tolist() == [True, gaps < 2]
            ages.add(gaps)
    assert ages == {0, 1, 2, 3}


def test_the_spread_of_a_score_is_that_of_its_draws() -> None:
    experiment = preset("lag", symbols=3, units=3, epochs=60, missing=0.3)
    outcome = trained(experiment)[0]
    plan = cut(experiment)
    rights, asked = [], []
    epochs = -(-int(1.05 * 10_000 / (plan.answers * 0.7) * 1000) // 1000)
    lane = jax.tree.map(jnp.asarray, fresh(experiment)._replace(weights=outcome.weights))
    hear = jax.jit(
        lambda drawn: epoch(experiment, lane, framed(drawn, plan), jnp.float32(0))[1].said
    )
    for drawn in drawn_by(experiment, epochs, SCORED):
        batch = framed(jnp.asarray(drawn), plan)
        said = np.asarray(hear(jnp.asarray(drawn)))
        rights.append(((said == np.asarray(batch.answer)) & np.asarray(batch.asked)).sum())
        asked.append(np.asarray(batch.asked).sum())
    share = np.sum(rights) / np.sum(asked)
    residual = np.array(rights) - share * np.array(asked)
    spread = (residual**2).sum() / (epochs - 1) / (np.mean(asked) * share * (1 - share))
    assert outcome.score is not None
    assert outcome.score.answers == np.sum(asked)
    wanted = Score.of(share, int(np.sum(asked)), spread)
    np.testing.assert_allclose(
        [outcome.score.value, outcome.score.low, outcome.score.high],
        [wanted.value, wanted.low, wanted.high],
        atol=1e-4,
    )


def lstm_step(projected: Any, recurrent: Any, bias: Any, state: Any) -> Any:
    hidden, memory = state
    i, f, g, o = jnp.split(projected + hidden @ recurrent, 4, axis=-1)
    memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(memory), memory


def gru_step(projected: Any, recurrent: Any, bias: Any, state: Any) -> Any:
    (hidden,) = state
    heard, own = jnp.split(projected, 3, axis=-1), jnp.split(hidden @ recurrent + bias, 3, axis=-1)
    update, reset = jax.nn.sigmoid(heard[0] + own[0]), jax.nn.sigmoid(heard[1] + own[1])
    return (update * hidden + (1 - update) * jnp.tanh(heard[2] + reset * own[2]),)


def rnn_step(projected: Any, recurrent: Any, bias: Any, state: Any) -> Any:
    return (jnp.tanh(projected + state[0] @ recurrent),)


LONG = cell.UNROLLED + 4


@pytest.mark.parametrize(
    ("steps", "at_rest", "gaps"),
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
    layer: Any, plain: Any, gates: int, steps: int, at_rest: bool, gaps: bool
) -> None:
    rng = np.random.default_rng(steps)
    units, batch, parts = 4, 3, layer.CELL.parts

    def array(*shape: int) -> Any:
        return jnp.asarray(rng.normal(size=shape), jnp.float32)

    recurrent, bias, projected = (
        array(units, gates * units),
        array(gates * units),
        array(steps, batch, gates * units),
    )
    weight, first, last = (
        array(steps, batch, units),
        *(tuple(array(batch, units) for _ in range(parts)) for _ in "fl"),
    )
    present = jnp.asarray(rng.random((steps, batch)) < 0.6) if gaps else None

    def ours(recurrent: Any, bias: Any, state: Any, projected: Any) -> Any:
        weights = {"heard.recurrent": recurrent, "heard.recurrent_bias": bias}
        return layer.run(weights, "heard", None if at_rest else state, projected, present)

    def theirs(recurrent: Any, bias: Any, state: Any, projected: Any) -> Any:
        every = []
        for t, heard in enumerate(projected):
            following = plain(heard, recurrent, bias, state)
            if present is not None:
                following = tuple(
                    jnp.where(present[t][:, None], new, old)
                    for new, old in zip(following, state, strict=True)
                )
            state = following
            every.append(state[0])
        return jnp.stack(every), state

    def total(run: Any, *given: Any) -> Any:
        hidden, state = run(*given)
        return jnp.sum(hidden * weight) + sum(
            jnp.sum(part * wanted) for part, wanted in zip(state, last, strict=True)
        )

    state = layer.CELL.rest(units, batch) if at_rest else first
    given = (recurrent, bias, state, projected)
    value, gradients = jax.value_and_grad(lambda *a: total(ours, *a), argnums=(0, 1, 2, 3))(*given)
    expected, wanted = jax.value_and_grad(lambda *a: total(theirs, *a), argnums=(0, 1, 2, 3))(
        *given
    )
    np.testing.assert_allclose(value, expected, rtol=1e-4)
    if at_rest:  # nothing goes back into a state that is not there
        gradients, wanted = ((g[0], g[1], g[3]) for g in (gradients, wanted))
    for one, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_no_answer_changes_before_its_symbol_is_heard() -> None:
    for name in ("lag", "whole", "partial"):
        experiment = preset(name, symbols=10, units=6)
        model, sizes = model_of(experiment)
        weights = jax.tree.map(jnp.asarray, fresh(experiment).weights)
        heard = np.random.default_rng(2).integers(0, 10, (1, 5))
        before, _ = model.apply(weights, None, jnp.asarray(heard), sizes)
        for step in range(5):
            other = heard.copy()
            other[0, step] = (other[0, step] + 1) % 10
            after, _ = model.apply(weights, None, jnp.asarray(other), sizes)
            changed = np.any(np.asarray(before != after), axis=-1)[0]
            expected = (
                [place >= step for place in range(5)] if name == "whole" else [True] * sizes.answers
            )
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
    broken["said.bias"] = np.float32(3e38) * (-1.0) ** np.arange(
        10, dtype=np.float32
    )  # its loss is infinite
    training = Training([SMALL], [broken])
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    assert (outcome.outcome, outcome.score, outcome.loss) == ("diverged", None, None)
    assert outcome.epochs == 1


def test_a_group_has_one_shape() -> None:
    with pytest.raises(WordError) as caught:
        Training([SMALL, SMALL.change(units=7)])
    assert (
        str(caught.value)
        == "Experiments of one group may differ only in seed, rate, epochs and stop, and in lags"
        " inside their window: train the others in a group of their own."
    )
    with pytest.raises(WordError, match=r"^Training needs at least one experiment, not none\.$"):
        Training([])
