"""What comes next: probabilities of a network and of a rule over continuations, and whether they
come true.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope import IntegerError, SettingError, preset, recode
from echoscope import read as column_of
from echoscope.cli import status
from echoscope.evaluation.forecast import calibration, continued, forecast, rule_forecast
from echoscope.evaluation.prediction import Prediction
from echoscope.experiment.user_data import UserData, settled
from networks import first_weights

NEXT: dict[str, Any] = {"fit": "quick", "lag": -1, "window": 3, "units": 16}


def test_a_chain_s_steps_are_the_powers_of_its_matrix() -> None:
    matrix = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
    ahead = continued(lambda histories: matrix[histories[:, -1]], np.array([2]), 5, 20_000, seed=1)
    for step, probability in enumerate(ahead, 1):
        exact = np.linalg.matrix_power(matrix, step)[2]
        np.testing.assert_allclose(probability, exact, atol=0.01)
        assert probability.sum() == pytest.approx(1)


def test_a_rule_forecasts_a_chain_as_it_is() -> None:
    rng, matrix = np.random.default_rng(3), np.array([[0.2, 0.8], [0.7, 0.3]])
    chain = [0]
    for _ in range(5000):
        chain.append(int(rng.random() < matrix[chain[-1], 1]))
    data = UserData(np.array(chain))
    experiment = settled(preset("lag", **NEXT, vocab_size=2), data)
    name, ahead = rule_forecast(experiment, data.integers, np.array([0, 1]), steps=3, paths=4000)
    assert name in ("map-last", "n-gram", "context-tree")
    for step, probability in enumerate(ahead, 1):
        np.testing.assert_allclose(probability, np.linalg.matrix_power(matrix, step)[1], atol=0.04)


def prediction(confidence: np.ndarray, right: np.ndarray, learned: np.ndarray) -> Prediction:
    count, nothing = len(right), np.zeros((len(right), 1, 0))
    said = np.where(right, 1, 0)[:, None]
    return Prediction(
        np.zeros((count, 1), int),
        np.ones((count, 1), int),
        said,
        confidence[:, None],
        np.ones((count, 1), bool),
        nothing.astype(int),
        nothing,
        learned,
        np.zeros(count, int),
    )


def test_calibration_is_of_what_was_not_trained_on_and_counts_every_prediction_once() -> None:
    rng = np.random.default_rng(0)
    sure = rng.random(20_000)
    right, learned = rng.random(20_000) < sure, rng.random(20_000) < 0.5
    rows = calibration(prediction(sure, right, learned))
    np.testing.assert_allclose([row.low for row in rows], [0, 0.2, 0.4, 0.6, 0.8])
    np.testing.assert_allclose([row.high for row in rows], [0.2, 0.4, 0.6, 0.8, 1])
    assert sum(row.accuracy.target_count for row in rows) == (~learned).sum()
    for row in rows:
        assert row.low <= row.expected <= row.high
        assert row.accuracy.value == pytest.approx(row.expected, abs=0.03)
    wrong = calibration(prediction(np.full(50, 1.0), np.zeros(50, bool), np.zeros(50, bool)))
    assert [(row.expected, row.accuracy.value) for row in wrong] == [(1.0, 0.0)]
    assert calibration(prediction(sure[:9], right[:9], np.ones(9, bool))) == ()


@pytest.mark.parametrize(
    ("settings", "values", "error", "sentence"),
    [
        ({"lag": 1}, [0] * 5, SettingError, "train one with lag=-1 and readout last"),
        ({"lag": (-1, -2)}, [0] * 5, SettingError, "train one with lag=-1 and readout last"),
        ({"encoding": "scalar"}, [0] * 5, SettingError, "encoding scalar says one number"),
        ({"fit": "tutorial"}, [0] * 5, SettingError, "train one with fit=quick"),
        ({}, [0, 1], IntegerError, "goes on from 3 values, a window, and there are 2"),
        ({}, [0, 1, 9], IntegerError, "integer 3 is 9, outside 0 to 4"),
        ({"steps": 0}, [0] * 5, SettingError, "next must be an integer from 1 to 1000, not 0."),
    ],
)
def test_what_cannot_be_forecast_is_refused(
    settings: dict[str, Any], values: list[int], error: type[Exception], sentence: str
) -> None:
    steps = settings.pop("steps", 3)
    experiment = preset("lag", **NEXT | {"vocab_size": 5} | settings)
    with pytest.raises(error) as caught:
        forecast(experiment, first_weights(experiment), values, steps)
    assert sentence in str(caught.value)


def test_names_are_forecast_by_name_after_a_file_or_what_was_trained_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, store = tmp_path / "log.csv", ["--store", str(tmp_path / "echoes")]
    names = ["fill", "cap", "label it"]
    path.write_text("event\n" + "".join(f"{names[at % 3]}\n" for at in range(300)))
    assert recode(column_of(path, header=True)).vocab_size == 3
    told = ["--fit", "quick", "--lag", "-1", "--window", "3", "--units", "16", "--header"]
    assert status(["run", "lag", *told, "--file", str(path), *store]) == 0
    assert "next: echoscope forecast --run " in capsys.readouterr().out
    assert status(["forecast", "--next", "4", *store, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    likeliest = [step["network"][0] for step in document["steps"]]
    assert [value for value, _ in likeliest] == ["fill", "cap", "label it", "fill"]
    assert all(probability > 0.95 for _, probability in likeliest)
    assert [step["by_rule"][0][0] for step in document["steps"]] == [v for v, _ in likeliest]
    (row,) = document["calibration"]
    assert row["target_count"] == 57  # windows of 3 in 60 held-out values, and the one after
    assert row["accuracy_low"] <= row["expected"] <= row["accuracy_high"]
    (tmp_path / "new.csv").write_text("event\nlabel it\nfill\ncap\n")
    assert status(["forecast", str(tmp_path / "new.csv"), "--header", "--next", "1", *store]) == 0
    out = capsys.readouterr().out
    assert "'label it' 9" in out
    assert "Every value here was trained on, or has none after it" in out
    random = ["--store", str(tmp_path / "random")]
    assert status(["run", "lag", "--fit", "quick", "--units", "2", "--epochs", "1", *random]) == 0
    capsys.readouterr()
    assert status(["forecast", *random]) == 2
    assert "needs a network that predicts the next value" in capsys.readouterr().err
    assert status(["forecast", str(tmp_path / "none.csv"), *store]) == 2
    assert capsys.readouterr().err.count("\n") == 1
