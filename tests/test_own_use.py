"""Networks that learned user data, put to use: what they are tested with, and what of it they
trained on.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope import IntegerError, Store, StoreError, confusion, evaluate, predict, preset
from echoscope.cli import status
from echoscope.evaluation.seen_windows import familiar
from echoscope.experiment.user_data import UserData, settled
from echoscope.figures import draw
from echoscope.runs.table import DATA, Rows
from networks import first_weights
from test_own import learned_by_heart

GIVEN = np.random.default_rng(0).integers(0, 15, 400)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One network that learned 320 of 400 random integers by heart, with these integers."""
    kept = Store(tmp_path_factory.mktemp("own"))
    run, weights, value = learned_by_heart()
    assert (value == GIVEN).all()
    kept.add(replace(run, source="days.csv, column n"), weights, GIVEN)
    return kept


def printed(capsys: pytest.CaptureFixture[str], *settings: object) -> str:
    assert status([str(setting) for setting in settings]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_own_integers_are_kept_once_whole_and_merged(store: Store, tmp_path: Path) -> None:
    run = store.find()
    file = store.folder / f"data-{run.experiment.data}.safetensors"
    assert (store.data(run).integers == GIVEN).all()
    before = file.stat().st_mtime_ns
    store.add(run, store.weights(run), GIVEN)
    assert file.stat().st_mtime_ns == before
    other = Store(tmp_path / "other")
    other.merge(store.folder)
    assert (other.data(other.find()).integers == GIVEN).all()
    with pytest.raises(
        StoreError,
        match=r"^The run trained on the integers [0-9a-f]{12}, and those given are",
    ):
        Store(tmp_path / "third").add(run, None, GIVEN[1:])
    assert Store(tmp_path / "third").ids() == []
    copy = other.folder / file.name
    copy.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(
        StoreError,
        match=r"^The integers .* are damaged: delete the file, and train on them again",
    ):
        other.data(run)
    assert "are damaged" in Store(tmp_path / "fourth").merge(other.folder).damaged[0]
    other.add(run, None, GIVEN)
    assert (other.data(run).integers == GIVEN).all()
    copy.unlink()
    assert other.data(run) is None


def test_a_network_is_put_to_the_test_with_what_was_held_out(store: Store) -> None:
    run = store.find()
    weights = store.weights(run)
    lasting = evaluate(run.experiment, weights, data=GIVEN)
    assert (lasting.integers, lasting.accuracy.target_count) == (80, 75)
    assert run.accuracy == pytest.approx(lasting.accuracy.value)
    assert sum(part.target_count for part in lasting.parts) == 75
    result = confusion(run.experiment, weights, data=GIVEN)
    assert (result.target_count, result.left_out) == (75, 0)
    assert run.accuracy == pytest.approx(1 - result.wrong / 75)


def test_endure_and_misses_say_what_they_drew(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, older = store.find(), Store(tmp_path)
    older.add(run, store.weights(run))
    assert "the end of days.csv, column n that was held out" in printed(
        capsys, "confusion", "--store", store.folder
    )
    result = printed(capsys, "evaluate", "--store", store.folder)
    assert "on 75 held-out targets" in result
    assert f"chance {100 * run.chance:.4g}%" in result
    result = printed(capsys, "evaluate", "--integers", 1000, "--store", tmp_path)
    assert "It trained on days.csv, column n, which is not kept in this store" in result
    assert "on 995 fresh targets; chance 6.667%" in result
    result = json.loads(
        printed(capsys, "confusion", "--integers", 1000, "--store", tmp_path, "--json")
    )
    assert (result["drawn"], result["target_count"]) == ("random", 995)


@pytest.mark.parametrize(
    "settings",
    [
        {"lag": 1},
        {"lag": (2, 1)},
        {"lag": -1},
        {"lag": 2, "readout": "all", "model": "gru"},
        {"lag": 2, "edges": "padded"},
        {"lag": 1, "gaps": "dropped"},
    ],
)
def test_answers_that_gaps_leave_out_are_counted(settings: dict[str, Any]) -> None:
    experiment = preset("lag", fit="quick", vocab_size=9, units=3, missing=0.2, **settings)
    weights = first_weights(experiment)
    result = confusion(experiment, weights, integers=2000)
    share = result.left_out / (result.left_out + result.target_count)
    assert share == pytest.approx(
        1 - experiment.task.kept if settings.get("lag") != (2, 1) else 1 - 0.8**2, abs=0.08
    )
    layer_ = np.where(np.arange(400) % 5 == 0, -1, np.arange(400) % 9)
    mine = settled(experiment, UserData(layer_)) if settings.get("gaps") != "dropped" else None
    if mine:
        held = confusion(mine, weights, data=layer_)
        assert held.left_out > 0
        assert (evaluate(mine, weights, data=layer_).accuracy.target_count) == held.target_count
    nothing = layer_.copy()
    nothing[300:] = -1
    with pytest.raises(IntegerError, match=r"^These integers ask for nothing that is not a gap"):
        confusion(experiment, weights, data=nothing)


def test_what_was_learned_from_is_marked_and_not_counted(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, file = store.find(), tmp_path / "days.csv"
    file.write_text("n\n" + "\n".join(map(str, GIVEN)))
    result = json.loads(
        printed(capsys, "predict", "--file", file, "--store", store.folder, "--json")
    )
    assert result["trained_on"] == [True] * 320 + [False] * 76  # the last answer nobody knows
    assert (result["trained_on_scored"], result["scored"], result["accuracy"]) == (
        320,
        75,
        pytest.approx(run.accuracy),
    )
    assert result["trained_on_correct"] > 310
    page = printed(capsys, "predict", "--file", file, "--store", store.folder)
    assert f"{result['correct']} of 75 held-out targets right ({run.accuracy:.2%}; chance" in page
    assert (
        f"{result['trained_on_correct']} of 320 targets of windows that reach into what it trained"
        " on, which are no accuracy"
    ) in page
    assert "% learned" in page
    alone = predict(run.experiment, store.weights(run), GIVEN)
    assert alone.trained_on.tolist() == result["trained_on"]


def test_learned_windows_are_known_in_other_files(store: Store) -> None:
    experiment = store.find().experiment
    assert not familiar(
        experiment, GIVEN[50:200]
    ).any()  # who does not have the integers cannot know
    assert familiar(experiment, GIVEN[50:200], GIVEN)[:-1].all()
    assert (
        familiar(experiment, np.append(GIVEN, [3, 1]), GIVEN).tolist()
        == [True] * 320 + [False] * 78
    )
    assert not familiar(experiment, GIVEN[320:], GIVEN).any()
    mixed = np.concatenate([GIVEN[330:350], GIVEN[100:110], GIVEN[350:370]])
    assert np.flatnonzero(familiar(experiment, mixed, GIVEN)).tolist() == [20, 21, 22, 23, 24]
    assert not familiar(experiment, np.random.default_rng(1).integers(0, 15, 3000), GIVEN).any()
    assert not familiar(preset("lag", vocab_size=15), GIVEN, GIVEN).any()


def test_windows_that_recur_by_a_rule_are_not_called_learned() -> None:
    value = np.arange(400) % 7
    forecast = preset("lag", fit="quick", vocab_size=7, lag=-1)
    experiment = settled(forecast, UserData.of(forecast, value))
    assert not familiar(experiment, value[3:303], value).any()
    assert familiar(experiment, value, value).tolist() == [True] * 320 + [False] * 76


@pytest.mark.parametrize("names", [("doors.csv", "bells.csv"), ("doors.csv", "doors.csv")])
def test_data_are_shown_as_where_they_came_from(
    names: tuple[str, str], store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both, first = Store(tmp_path / "both"), store.find()
    other = first.experiment.change(data="0123456789ab")
    for name, experiment in zip(names, (first.experiment, other), strict=True):
        for seed in range(2):
            both.add(replace(first, experiment=experiment.change(seed=seed), source=name))
    hashes = sorted({str(first.experiment.data), "0123456789ab"})
    shown = [f"{names[0]} ({item[:6]})" for item in hashes] if len(set(names)) == 1 else list(names)
    listed = printed(capsys, "summary", "--store", both.folder)
    assert [name for name in shown if f"{name} 2 " not in listed] == [], listed
    assert "0123456789ab" not in listed
    mean_loss = json.loads(printed(capsys, "summary", "--json", "--store", both.folder))
    assert sorted(group["settings"]["data"] for group in mean_loss["groups"]) == hashes
    printed(capsys, "report", tmp_path / "page.html", "--store", both.folder)
    page = (tmp_path / "page.html").read_text()
    assert all(name in page for name in shown)
    table = Rows.of(both.runs())
    assert sorted(str(settings[DATA]) for settings in table.distinct) == sorted(shown)
    assert sorted(str(item.setting("data")) for item in both.rows()[:4]) == sorted(2 * shown)
    drawn = json.dumps(draw("curves", both).to_dict())
    assert all(name in drawn for name in shown)
    assert "0123456789ab" not in drawn
