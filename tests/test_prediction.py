"""Prediction and streams: user data, in windows or one at a time, get the same
targets.
"""

from typing import Any

import numpy as np
import pytest

from echoscope import IntegerError, SettingError, Stream, frame, predict, preset
from echoscope.experiment.experiment import Experiment
from echoscope.models import model_of
from networks import applied, first_weights

EXPERIMENTS = [
    preset("lag", vocab_size=12, units=6),
    preset("lag", vocab_size=12, units=6, stateful=False, lag=3),
    preset("current", vocab_size=12, units=4),
    preset("blind", vocab_size=12, units=4),
    preset("partial", vocab_size=12, units=6),
    preset("lag", vocab_size=12, units=6, model="encoder-decoder", window=11, batch_size=2),
    preset("lag", vocab_size=12, units=6, lag=(3, 0, 7)),
    preset("lag", vocab_size=12, units=6, model="gru", lag=(1, 2)),
    preset("lag", vocab_size=12, units=6, model="rnn", window=11, batch_size=2),
    preset("lag", vocab_size=12, units=6, model="mlp", lag=(4, 1), stateful=False),
]
QUICK = {"vocab_size": 12, "units": 6, "fit": "quick"}
WAYS = [
    preset("lag", **QUICK, edges="padded"),
    preset("lag", **QUICK, edges="padded", gaps="marked", lag=(0, 3)),
    preset("lag", **QUICK, edges="padded", window=None, length=9),
    preset("lag", **QUICK, edges="padded", model="mlp", gaps="marked", encoding="bits"),
    preset("lag", **QUICK, edges="padded", model="mlp", encoding="embedding"),
    preset("lag", **QUICK, bidirectional=True, layers=2, model="gru"),
    preset("lag", **QUICK, bidirectional=True, edges="padded"),
    preset("partial", **QUICK, bidirectional=True, layers=2),
    preset("lag", **QUICK, encoding="bits", layers=3),
    preset("lag", **QUICK, encoding="scalar", model="rnn"),
    preset("lag", **QUICK, encoding="embedding", edges="padded", gaps="marked"),
]
EACH = [preset("whole", vocab_size=12, units=6), preset("whole", vocab_size=12, units=6, lag=2)]
EACH += [preset("whole", vocab_size=12, units=6, model=model) for model in ("gru", "rnn")]


def integers_of(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 12, count)


@pytest.mark.parametrize("experiment", EXPERIMENTS + EACH, ids=lambda experiment: experiment.id)
def test_predict_hears_each_window_from_rest_where_no_state_is_carried(
    experiment: Experiment,
) -> None:
    weights = first_weights(experiment)
    model, sizes = model_of(experiment)
    sequence = integers_of(30)
    result = predict(experiment, weights, sequence, use="windows")
    framed = frame(experiment.task, 30)
    logits = np.asarray(applied(model, weights, None, sequence[framed.inputs], sizes)[0])
    assert result.predictions.tolist() == np.argmax(logits, axis=-1).tolist()
    assert result.inputs.tolist() == sequence[framed.inputs].tolist()
    assert result.targets.tolist() == np.where(framed.mask, sequence[framed.target], -1).tolist()
    assert (result.mask == framed.mask).all()
    likely = np.exp(logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))).max(axis=-1)
    np.testing.assert_allclose(result.confidence, likely, rtol=1e-4)


def streamed(
    experiment: Experiment, weights: Any, sequence: Any, use: str | None = None
) -> list[tuple[int, ...]]:
    stream = Stream(experiment, weights, use)
    text = [stream.forward(None if value == -1 else int(value)) for value in sequence]
    assert [item.inputs for item in text] == [None if value == -1 else value for value in sequence]
    stream.reset()
    assert (
        stream.forward(int(max(sequence[0], 0))).predictions == text[0].predictions
        or sequence[0] == -1
    )
    return [item.predictions for item in text]


USED = [
    (one, use)
    for one in EXPERIMENTS + EACH
    for use in (None, "windows", "continuous")
    if not (use == "continuous" and one.model == "mlp")
]


def test_samples_of_their_own_are_no_endless_stream() -> None:
    hold = preset("hold", delay=3, vocab_size=5, units=4)
    weights, read = first_weights(hold), [1, 2, 3, 4]
    assert len(predict(hold, weights, read, use="windows").predictions) == 1
    with pytest.raises(
        SettingError,
        match=r"^use continuous reads one endless stream, and task hold has samples of its own:"
        r" leave use out\.$",
    ):
        predict(hold, weights, read, use="continuous")


@pytest.mark.parametrize(
    ("experiment", "use"), USED, ids=lambda part: getattr(part, "id", str(part))
)
def test_a_stream_gives_what_predict_gives(experiment: Experiment, use: str | None) -> None:
    weights, task = first_weights(experiment), experiment.task
    for sequence in (integers_of(36), integers_of(25)):
        text = streamed(experiment, weights, sequence, use)
        result = predict(experiment, weights, sequence, use=use)
        first = max(0, task.lag[0]) if task.readout == "all" else task.first
        assert all(item == () for item in text[:first])
        if task.readout == "all":
            target_accuracy = [
                *result.predictions[0, first:].tolist(),
                *result.predictions[1:, -1].tolist(),
            ]
            assert [item[0] for item in text[first:]] == target_accuracy
        else:
            assert [list(item) for item in text[first:]] == result.predictions.tolist()


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("experiment", WAYS, ids=lambda experiment: experiment.id)
def test_a_stream_gives_what_predict_gives_in_every_way(experiment: Experiment, gaps: bool) -> None:
    if gaps:
        experiment = experiment.change(missing=0.2)
    weights = first_weights(experiment)
    sequence = [None if gaps and value < 3 else int(value) for value in integers_of(30)]
    stream = Stream(experiment, weights)
    text = [stream.forward(value) for value in sequence]
    assert [item.inputs for item in text] == sequence
    result = predict(experiment, weights, sequence)
    ready = text[len(text) - len(result.predictions) :]
    assert [item.predictions for item in text[: -len(ready)]] == [()] * (30 - len(ready))
    assert [list(item.predictions) for item in ready] == result.predictions.tolist()
    np.testing.assert_allclose([item.confidence for item in ready], result.confidence, atol=1e-5)


def test_a_gap_needs_a_task_with_gaps() -> None:
    experiment = preset("lag", vocab_size=12, units=6)
    with pytest.raises(
        IntegerError,
        match=r"^integer 2 is blank, and the task has no gaps: give an integer from 0 to 11",
    ):
        predict(experiment, first_weights(experiment), [1, None, 3, 4, 5])


@pytest.mark.parametrize("encoding", ["one-hot", "embedding", "bits"])
def test_the_likeliest_symbols_begin_with_the_predicted_one(encoding: str) -> None:
    experiment = preset("lag", **QUICK, encoding=encoding)
    result = predict(experiment, first_weights(experiment), integers_of(300), top=12)
    assert (result.ranked[..., 0] == result.predictions).all()
    np.testing.assert_allclose(result.probability[..., 0], result.confidence, rtol=1e-4)
    np.testing.assert_allclose(result.probability.sum(axis=-1), 1, rtol=1e-4)
    assert (np.diff(result.probability, axis=-1) <= 0).all()
    assert (np.sort(result.ranked, axis=-1) == np.arange(12)).all()


def test_a_regression_has_no_likeliest_symbols() -> None:
    experiment = preset("lag", **QUICK, encoding="scalar")
    sentence = r"^encoding scalar says one number, without probabilities: leave top out\.$"
    with pytest.raises(SettingError, match=sentence):
        predict(experiment, first_weights(experiment), integers_of(30), top=3)


def test_a_forecast_also_says_what_nobody_knows_yet() -> None:
    experiment = preset("lag", **QUICK, lag=(-2, 0))
    result = predict(experiment, first_weights(experiment), [1, 2, 3, 4, 5, 6])
    assert result.inputs.tolist() == [[1, 2, 3, 4, 5], [2, 3, 4, 5, 6]]
    assert result.targets.tolist() == [[-1, 5], [-1, 6]]
    assert result.mask.tolist() == [[False, True]] * 2


@pytest.mark.parametrize("experiment", EACH, ids=lambda experiment: experiment.id)
def test_continuous_state_is_one_long_window(experiment: Experiment) -> None:
    weights = first_weights(experiment)
    model, sizes = model_of(experiment)
    sequence = integers_of(50)
    text = streamed(experiment, weights, sequence, "continuous")
    logits, _ = applied(model, weights, None, sequence[None], sizes)
    lag = experiment.task.lag[0]
    assert [item[0] for item in text[lag:]] == np.argmax(logits[0], axis=-1)[lag:].tolist()


@pytest.mark.parametrize("count", [5, 6, 260, 700])
def test_answers_do_not_depend_on_how_many_are_asked(count: int) -> None:
    experiment = EXPERIMENTS[1]
    weights = first_weights(experiment)
    sequence = integers_of(700)
    whole = predict(experiment, weights, sequence)
    part = predict(experiment, weights, sequence[:count])
    assert part.predictions.tolist() == whole.predictions[: count - 4].tolist()
    np.testing.assert_allclose(part.confidence, whole.confidence[: count - 4], rtol=1e-5)


def test_refusals() -> None:
    experiment = EXPERIMENTS[0]
    weights = first_weights(experiment)
    rows = [
        (
            [1, 2, 3, 4, 12],
            "integer 5 is 12, outside 0 to 11: change it, or train with more symbols.",
        ),
        ([1, 2, 3, 4, 2.5], "integer 5 is 2.5: it must be an integer from 0 to 11."),
        ([1, 2, 3, 4], "One window needs 5 values and there are 4: give more."),
    ]
    for sequence, sentence in rows:
        with pytest.raises(IntegerError) as caught:
            predict(experiment, weights, sequence)
        assert str(caught.value) == sentence
    with pytest.raises(IntegerError, match=r"^integer 1 is 12, outside 0 to 11"):
        Stream(experiment, weights).forward(12)
