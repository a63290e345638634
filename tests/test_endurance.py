"""A long stream: the chunks give what `Stream` gives, and a network that does not last is seen."""

from typing import Any

import numpy as np
import pytest

from echoscope import SettingError, Stream, Training, preset
from echoscope.evaluation.long_stream import PARTS, corrects, evaluate
from echoscope.experiment.experiment import Experiment
from networks import first_weights

EACH = preset("whole", fit="quick", window=8, lag=2, vocab_size=4, units=16)


@pytest.mark.parametrize(
    "experiment",
    [EACH, EACH.change(model="gru"), preset("lag", vocab_size=4, units=8)],
    ids=lambda item: item.model + item.id,
)
def test_chunks_give_what_a_stream_gives(experiment: Experiment) -> None:
    weights = first_weights(experiment)
    sequence = np.random.default_rng(0).integers(0, 4, 1400)
    stream, lag = Stream(experiment, weights), experiment.task.lag[0]
    text = [stream.forward(int(symbol)).predictions for symbol in sequence]
    target_accuracy = [target[0] == sequence[at - lag] for at, target in enumerate(text) if target]
    assert corrects(experiment, weights, sequence)[:, 0].tolist() == target_accuracy


def trained(**settings: Any) -> tuple[Experiment, Any]:
    experiment = EACH.change(model="rnn", **settings)
    training = Training([experiment])
    for _ in training:
        pass
    return experiment, training.outcomes()[0].weights


def test_a_network_that_lasts_and_one_that_knows_nothing() -> None:
    lasting = evaluate(*trained(), integers=5000)
    assert lasting.accuracy.value > 0.99
    assert len(lasting.parts) == PARTS
    assert sum(part.target_count for part in lasting.parts) == lasting.accuracy.target_count == 4998
    guess = evaluate(EACH, first_weights(EACH), integers=20_000)
    assert 0.1 < guess.accuracy.low < guess.accuracy.high < 0.4


def test_too_short_a_stream_is_refused() -> None:
    with pytest.raises(
        SettingError, match=r"^integers must be an integer from 1000 to 100000000, not 5\.$"
    ):
        evaluate(EACH, first_weights(EACH), integers=5)
