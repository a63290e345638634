"""A store that the first schema wrote is brought over: names, identities, weights, predictions."""

import json
import shutil
from pathlib import Path

import pytest

from echoscope import Experiment, Store, predict
from echoscope.cli import status
from echoscope.errors import StoreError
from echoscope.runs.run import Run

OLD = Path(__file__).parent / "schema_1"
# What the build that wrote it printed: accuracy, and of its first network, predictions.
ACCURACIES = [0.4221, 0.5254, 0.2390, 0.3921, 1.0]
READ = [1, 2, 3, 4, 0, 1, 2, 3, 4]
CONFIDENCE = [0.2330656200647354, 0.22078819572925568, 0.226690411567688, 0.21722544729709625]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    shutil.copytree(OLD, tmp_path / "old")
    return Store(tmp_path / "old")


def test_runs_are_there_under_the_new_names(store: Store) -> None:
    runs = store.runs()
    assert [round(run.accuracy or 0, 4) for run in runs] == ACCURACIES
    assert [run.experiment.model for run in runs] == [
        "lstm",
        "gru",
        "encoder-decoder",
        *["lstm"] * 2,
    ]
    assert [run.experiment.task.readout for run in runs] == [
        "last",
        "all",
        "decoder",
        "last",
        "last",
    ]
    assert [run.experiment.bidirectional for run in runs] == [False, False, False, True, False]
    assert [run.experiment.training.stateful for run in runs] == [False, False, True, False, False]
    assert [run.id for run in runs] == [run.experiment.id for run in runs]
    assert store.table(names=["vocab_size"])["vocab_size"] == [5, 4, 4, 4, 3]
    assert store.table("bidirectional = 1")["id"] == [runs[3].id]
    assert len(store.rows()) == 5


def test_networks_predict_what_they_did(store: Store) -> None:
    run = store.runs()[0]
    prediction = predict(run.experiment, store.weights(run), READ)
    assert prediction.predictions[:, 0].tolist() == [4, 1, 2, 4, 4]
    assert prediction.confidence[:4, 0].tolist() == pytest.approx(CONFIDENCE, abs=1e-6)
    for each in store.runs()[1:]:
        predict(each.experiment, store.weights(each), [1, 2, 0, 1, 2, 0, 1])
    data = store.data(store.runs()[-1])
    assert data is not None
    assert len(data) == 60


def test_the_old_database_stays_and_is_read_once(store: Store) -> None:
    before = (store.folder / "records.sqlite").read_bytes()
    first, second = store.ids(), store.ids()
    assert first == second
    assert store.path.name == "runs.sqlite"
    assert (store.folder / "records.sqlite").read_bytes() == before


def test_the_command_lists_them(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["runs", "--json", "--store", str(store.folder)]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 5
    assert status(["summary", "--store", str(store.folder)]) == 0


def test_what_is_no_run_of_the_first_schema_is_refused() -> None:
    with pytest.raises(StoreError, match="is damaged: A task has no setting 'colour'"):
        Run.from_json({"schema": 1, "experiment": {"task": {"colour": 3}}}, "here")
    assert Experiment.from_json({"task": {"vocab_size": 5}}).task.vocab_size == 5
