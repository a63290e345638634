"""Every model in every way it answers: what can change an answer, state between windows, and Keras' own layers."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import Training, preset
from echoscope.experiment import MODELS, Experiment
from echoscope.models import cell, model_of
from echoscope.models.model import Model, Sizes
from echoscope.program import fresh

WAYS = [(name, when) for name, ways in MODELS.items() for when in ways]
WINDOWS = (5, cell.UNROLLED + 3)  # written out, and scanned


def made(name: str, when: str, window: int) -> tuple[Model, Sizes, dict[str, Any], np.ndarray]:
    words = {"lag": 0} if when == "each" else {"lag": (window - 1, 0)}
    experiment = Experiment().change(model=name, when=when, window=window, symbols=7, units=6, **words)
    model, sizes = model_of(experiment)
    heard = np.random.default_rng(window).integers(0, 7, (3, window))
    return model, sizes, jax.tree.map(jnp.asarray, fresh(experiment).weights), heard


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(("name", "when"), WAYS)
def test_a_symbol_changes_the_answers_said_with_it_or_later_and_no_other(name: str, when: str, window: int) -> None:
    model, sizes, weights, heard = made(name, when, window)
    said = np.asarray(model.apply(weights, None, jnp.asarray(heard), sizes.answers)[0])
    for flipped in range(window):
        other = heard.copy()
        other[1, flipped] = (other[1, flipped] + 1) % 7
        changed = np.asarray(model.apply(weights, None, jnp.asarray(other), sizes.answers)[0]) != said
        assert not changed[[0, 2]].any()
        answers = changed[1].any(axis=-1)
        assert answers.tolist() == ([step >= flipped for step in range(window)] if when == "each" else [True] * 2)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", [name for name, ways in MODELS.items() if "each" in ways])
def test_state_carries_over_the_cut_of_a_window(name: str, window: int) -> None:
    model, _, weights, heard = made(name, "each", window)
    whole, last = model.apply(weights, None, jnp.asarray(heard), 1)
    left, state = model.apply(weights, None, jnp.asarray(heard[:, :2]), 1)
    right, end = model.apply(weights, state, jnp.asarray(heard[:, 2:]), 1)
    np.testing.assert_allclose(np.concatenate([left, right], axis=1), whole, atol=1e-5)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, atol=1e-5), last, end)


@pytest.mark.parametrize("model", ["gru", "rnn", "mlp", "lstm"])
@pytest.mark.parametrize("lag", [1, (0, 2)])
def test_each_model_learns_its_echo(model: str, lag: Any) -> None:
    experiment = preset("lag", fit="quick", model=model, lag=lag, window=3, symbols=5, units=32)
    training = Training([experiment])
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    assert outcome.outcome == "solved"
    assert outcome.score is not None
    assert outcome.score.value > 0.99
