"""A long stream: the chunks give what `Stream` gives, and a network that does not last is seen."""

from typing import Any

import numpy as np
import pytest

from echoscope import Stream, Training, WordError, preset
from echoscope.evaluation.long_stream import PARTS, endure, rights
from echoscope.experiment.experiment import Experiment
from echoscope.training.program import fresh

EACH = preset("whole", fit="quick", window=8, lag=2, symbols=4, units=16)


@pytest.mark.parametrize(
    "experiment",
    [EACH, EACH.change(model="gru"), preset("lag", symbols=4, units=8)],
    ids=lambda one: one.model + one.id,
)
def test_chunks_give_what_a_stream_gives(experiment: Experiment) -> None:
    weights = fresh(experiment).weights
    sequence = np.random.default_rng(0).integers(0, 4, 1400)
    stream, lag = Stream(experiment, weights), experiment.task.lag[0]
    said = [stream.hear(int(symbol)).predicted for symbol in sequence]
    wanted = [answer[0] == sequence[at - lag] for at, answer in enumerate(said) if answer]
    assert rights(experiment, weights, sequence)[:, 0].tolist() == wanted


def trained(**words: Any) -> tuple[Experiment, Any]:
    experiment = EACH.change(model="rnn", **words)
    training = Training([experiment])
    for _ in training:
        pass
    return experiment, training.outcomes()[0].weights


def test_a_network_that_lasts_and_one_that_knows_nothing() -> None:
    lasting = endure(*trained(), integers=5000)
    assert lasting.score.value > 0.99
    assert len(lasting.parts) == PARTS
    assert sum(part.answers for part in lasting.parts) == lasting.score.answers == 4998
    guess = endure(EACH, fresh(EACH).weights, integers=20_000)
    assert 0.1 < guess.score.low < guess.score.high < 0.4


def test_too_short_a_stream_is_refused() -> None:
    with pytest.raises(
        WordError, match=r"^integers must be an integer from 1000 to 100000000, not 5\.$"
    ):
        endure(EACH, fresh(EACH).weights, integers=5)
