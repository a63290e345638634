"""Prediction and streams: a person's integers, in windows or one at a time, get the same
answers.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import IntegerError, Stream, WordError, frame, predict, preset
from echoscope.experiment.experiment import Experiment
from echoscope.models import model_of
from echoscope.training.program import fresh

EXPERIMENTS = [
    preset("lag", symbols=12, units=6),
    preset("lag", symbols=12, units=6, state="reset", lag=3),
    preset("current", symbols=12, units=4),
    preset("blind", symbols=12, units=4),
    preset("partial", symbols=12, units=6),
    preset("lag", symbols=12, units=6, model="encoder-decoder", window=11, batch=2),
    preset("lag", symbols=12, units=6, lag=(3, 0, 7)),
    preset("lag", symbols=12, units=6, model="gru", lag=(1, 2)),
    preset("lag", symbols=12, units=6, model="rnn", window=11, batch=2),
    preset("lag", symbols=12, units=6, model="mlp", lag=(4, 1), state="reset"),
]
QUICK = {"symbols": 12, "units": 6, "fit": "quick"}
WAYS = [
    preset("lag", **QUICK, edges="padded"),
    preset("lag", **QUICK, edges="padded", gaps="marked", lag=(0, 3)),
    preset("lag", **QUICK, edges="padded", window=None, length=9),
    preset("lag", **QUICK, edges="padded", model="mlp", gaps="marked", encoding="bits"),
    preset("lag", **QUICK, edges="padded", model="mlp", encoding="embedding"),
    preset("lag", **QUICK, direction="both", layers=2, model="gru"),
    preset("lag", **QUICK, direction="both", edges="padded"),
    preset("partial", **QUICK, direction="both", layers=2),
    preset("lag", **QUICK, encoding="bits", layers=3),
    preset("lag", **QUICK, encoding="scalar", model="rnn"),
    preset("lag", **QUICK, encoding="embedding", edges="padded", gaps="marked"),
]
EACH = [preset("whole", symbols=12, units=6), preset("whole", symbols=12, units=6, lag=2)]
EACH += [preset("whole", symbols=12, units=6, model=model) for model in ("gru", "rnn")]


def given(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 12, count)


@pytest.mark.parametrize("experiment", EXPERIMENTS + EACH, ids=lambda experiment: experiment.id)
def test_predict_hears_each_window_from_rest_where_no_state_is_carried(
    experiment: Experiment,
) -> None:
    weights = fresh(experiment).weights
    model, sizes = model_of(experiment)
    sequence = given(30)
    found = predict(experiment, weights, sequence, use="windows")
    framed = frame(experiment.task, 30)
    logits, _ = model.apply(
        jax.tree.map(jnp.asarray, weights), None, jnp.asarray(sequence[framed.heard]), sizes
    )
    assert found.predicted.tolist() == np.argmax(logits, axis=-1).tolist()
    assert found.heard.tolist() == sequence[framed.heard].tolist()
    assert found.expected.tolist() == np.where(framed.asked, sequence[framed.answer], -1).tolist()
    assert (found.asked == framed.asked).all()
    likely = np.exp(logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))).max(axis=-1)
    np.testing.assert_allclose(found.confidence, likely, rtol=1e-4)


def streamed(
    experiment: Experiment, weights: Any, sequence: Any, use: str | None = None
) -> list[tuple[int, ...]]:
    stream = Stream(experiment, weights, use)
    said = [stream.hear(None if value == -1 else int(value)) for value in sequence]
    assert [one.heard for one in said] == [None if value == -1 else value for value in sequence]
    stream.reset()
    assert stream.hear(int(max(sequence[0], 0))).predicted == said[0].predicted or sequence[0] == -1
    return [one.predicted for one in said]


USED = [
    (one, use)
    for one in EXPERIMENTS + EACH
    for use in (None, "windows", "continuous")
    if not (use == "continuous" and one.model == "mlp")
]


@pytest.mark.parametrize(
    ("experiment", "use"), USED, ids=lambda part: getattr(part, "id", str(part))
)
def test_a_stream_gives_what_predict_gives(experiment: Experiment, use: str | None) -> None:
    weights, task = fresh(experiment).weights, experiment.task
    for sequence in (given(40), given(25)):
        said = streamed(experiment, weights, sequence, use)
        found = predict(experiment, weights, sequence, use=use)
        first = max(0, task.lag[0]) if task.when == "each" else task.first
        assert all(one == () for one in said[:first])
        if task.when == "each":
            wanted = [*found.predicted[0, first:].tolist(), *found.predicted[1:, -1].tolist()]
            assert [one[0] for one in said[first:]] == wanted
        else:
            assert [list(one) for one in said[first:]] == found.predicted.tolist()


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("experiment", WAYS, ids=lambda experiment: experiment.id)
def test_a_stream_gives_what_predict_gives_in_every_way(experiment: Experiment, gaps: bool) -> None:
    if gaps:
        experiment = experiment.change(missing=0.2)
    weights = fresh(experiment).weights
    sequence = [None if gaps and value < 3 else int(value) for value in given(30)]
    stream = Stream(experiment, weights)
    said = [stream.hear(value) for value in sequence]
    assert [one.heard for one in said] == sequence
    found = predict(experiment, weights, sequence)
    ready = said[len(said) - len(found.predicted) :]
    assert [one.predicted for one in said[: -len(ready)]] == [()] * (30 - len(ready))
    assert [list(one.predicted) for one in ready] == found.predicted.tolist()
    np.testing.assert_allclose([one.confidence for one in ready], found.confidence, atol=1e-5)


def test_a_gap_needs_a_task_with_gaps() -> None:
    experiment = preset("lag", symbols=12, units=6)
    with pytest.raises(
        IntegerError,
        match=r"^integer 2 is blank, and the task has no gaps: give an integer from 0 to 11",
    ):
        predict(experiment, fresh(experiment).weights, [1, None, 3, 4, 5])


@pytest.mark.parametrize("encoding", ["one-hot", "embedding", "bits"])
def test_the_likeliest_symbols_begin_with_the_predicted_one(encoding: str) -> None:
    experiment = preset("lag", **QUICK, encoding=encoding)
    found = predict(experiment, fresh(experiment).weights, given(300), top=12)
    assert (found.ranked[..., 0] == found.predicted).all()
    np.testing.assert_allclose(found.probability[..., 0], found.confidence, rtol=1e-4)
    np.testing.assert_allclose(found.probability.sum(axis=-1), 1, rtol=1e-4)
    assert (np.diff(found.probability, axis=-1) <= 0).all()
    assert (np.sort(found.ranked, axis=-1) == np.arange(12)).all()


def test_a_regression_has_no_likeliest_symbols() -> None:
    experiment = preset("lag", **QUICK, encoding="scalar")
    sentence = r"^encoding scalar says one number, without probabilities: leave top out\.$"
    with pytest.raises(WordError, match=sentence):
        predict(experiment, fresh(experiment).weights, given(30), top=3)


def test_a_forecast_also_says_what_nobody_knows_yet() -> None:
    experiment = preset("lag", **QUICK, lag=(-2, 0))
    found = predict(experiment, fresh(experiment).weights, [1, 2, 3, 4, 5, 6])
    assert found.heard.tolist() == [[1, 2, 3, 4, 5], [2, 3, 4, 5, 6]]
    assert found.expected.tolist() == [[-1, 5], [-1, 6]]
    assert found.asked.tolist() == [[False, True]] * 2


@pytest.mark.parametrize("experiment", EACH, ids=lambda experiment: experiment.id)
def test_continuous_state_is_one_long_window(experiment: Experiment) -> None:
    weights = fresh(experiment).weights
    model, sizes = model_of(experiment)
    sequence = given(50)
    said = streamed(experiment, weights, sequence, "continuous")
    logits, _ = model.apply(
        jax.tree.map(jnp.asarray, weights), None, jnp.asarray(sequence[None]), sizes
    )
    lag = experiment.task.lag[0]
    assert [one[0] for one in said[lag:]] == np.argmax(logits[0], axis=-1)[lag:].tolist()


@pytest.mark.parametrize("count", [5, 6, 260, 700])
def test_answers_do_not_depend_on_how_many_are_asked(count: int) -> None:
    experiment = EXPERIMENTS[1]
    weights = fresh(experiment).weights
    sequence = given(700)
    whole = predict(experiment, weights, sequence)
    part = predict(experiment, weights, sequence[:count])
    assert part.predicted.tolist() == whole.predicted[: count - 4].tolist()
    np.testing.assert_allclose(part.confidence, whole.confidence[: count - 4], rtol=1e-5)


def test_refusals() -> None:
    experiment = EXPERIMENTS[0]
    weights = fresh(experiment).weights
    rows = [
        (
            [1, 2, 3, 4, 12],
            "integer 5 is 12, outside 0 to 11: change it, or train with more symbols.",
        ),
        ([1, 2, 3, 4, 2.5], "integer 5 is 2.5: it must be an integer from 0 to 11."),
        ([1, 2, 3, 4], "One window needs 5 integers and there are 4: give more."),
    ]
    for sequence, sentence in rows:
        with pytest.raises(IntegerError) as caught:
            predict(experiment, weights, sequence)
        assert str(caught.value) == sentence
    with pytest.raises(IntegerError, match=r"^integer 1 is 12, outside 0 to 11"):
        Stream(experiment, weights).hear(12)
