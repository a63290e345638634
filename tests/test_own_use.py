"""Networks that learned own integers, put to use: what they are tested with, and what of it they
learned from.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope import IntegerError, RecordError, Store, endure, misses, predict, preset, train
from echoscope.cli import status
from echoscope.evaluation.seen_windows import familiar
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.user_data import settled
from echoscope.figures import draw
from echoscope.runs.table import DATA, Rows
from echoscope.training.program import fresh

GIVEN = np.random.default_rng(0).integers(0, 15, 400)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One network that learned 320 of 400 random integers by heart, with these integers."""
    kept = Store(tmp_path_factory.mktemp("own"))
    record, weights = train(preset("lag", fit="quick", lag=-1, symbols=15), data=GIVEN)
    kept.add(replace(record, source="days.csv, column n"), weights, GIVEN)
    return kept


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert status([str(word) for word in words]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_own_integers_are_kept_once_whole_and_merged(store: Store, tmp_path: Path) -> None:
    record = store.find()
    file = store.folder / f"data-{record.experiment.data}.safetensors"
    assert (store.data(record) == GIVEN).all()
    before = file.stat().st_mtime_ns
    store.add(record, store.weights(record), GIVEN)
    assert file.stat().st_mtime_ns == before
    other = Store(tmp_path / "other")
    other.merge(store.folder)
    assert (other.data(other.find()) == GIVEN).all()
    with pytest.raises(
        RecordError,
        match=r"^The record learned from the integers [0-9a-f]{12}, and those given are",
    ):
        Store(tmp_path / "third").add(record, None, GIVEN[1:])
    assert Store(tmp_path / "third").ids() == []
    copy = other.folder / file.name
    copy.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(
        RecordError,
        match=r"^The integers .* are damaged: delete the file, and learn from them again",
    ):
        other.data(record)
    assert "are damaged" in Store(tmp_path / "fourth").merge(other.folder).damaged[0]
    other.add(record, None, GIVEN)
    assert (other.data(record) == GIVEN).all()
    copy.unlink()
    assert other.data(record) is None


def test_a_network_is_put_to_the_test_with_what_was_held_out(store: Store) -> None:
    record = store.find()
    weights = store.weights(record)
    lasting = endure(record.experiment, weights, data=GIVEN)
    assert (lasting.integers, lasting.score.answers) == (80, 75)
    assert record.score == pytest.approx(lasting.score.value)
    assert sum(part.answers for part in lasting.parts) == 75
    found = misses(record.experiment, weights, data=GIVEN)
    assert (found.answers, found.left_out) == (75, 0)
    assert record.score == pytest.approx(1 - found.wrong / 75)


def test_endure_and_misses_say_what_they_drew(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record, older = store.find(), Store(tmp_path)
    older.add(record, store.weights(record))
    assert "the end of days.csv, column n that was held out" in said(
        capsys, "misses", "--store", store.folder
    )
    found = said(capsys, "endure", "--store", store.folder)
    assert "on 75 held-out answers" in found
    assert f"chance {100 * record.chance:.4g}%" in found
    found = said(capsys, "endure", "--integers", 1000, "--store", tmp_path)
    assert "It learned from days.csv, column n, which is not kept in this store" in found
    assert "on 995 fresh answers; chance 6.667%" in found
    found = json.loads(said(capsys, "misses", "--integers", 1000, "--store", tmp_path, "--json"))
    assert (found["drawn"], found["answers"]) == ("random", 995)


@pytest.mark.parametrize(
    "words",
    [
        {"lag": 1},
        {"lag": (2, 1)},
        {"lag": -1},
        {"lag": 2, "when": "each", "model": "gru"},
        {"lag": 2, "edges": "padded"},
        {"lag": 1, "gaps": "dropped"},
    ],
)
def test_answers_that_gaps_leave_out_are_counted(words: dict[str, Any]) -> None:
    experiment = preset("lag", fit="quick", symbols=9, units=3, missing=0.2, **words)
    weights = fresh(experiment).weights
    found = misses(experiment, weights, integers=2000)
    share = found.left_out / (found.left_out + found.answers)
    assert share == pytest.approx(
        1 - experiment.task.kept if words.get("lag") != (2, 1) else 1 - 0.8**2, abs=0.08
    )
    own = np.where(np.arange(400) % 5 == 0, -1, np.arange(400) % 9)
    mine = settled(experiment, own) if words.get("gaps") != "dropped" else None
    if mine:
        held = misses(mine, weights, data=own)
        assert held.left_out > 0
        assert (endure(mine, weights, data=own).score.answers) == held.answers
    nothing = own.copy()
    nothing[300:] = -1
    with pytest.raises(IntegerError, match=r"^These integers ask for nothing that is not a gap"):
        misses(experiment, weights, data=nothing)


def test_what_was_learned_from_is_marked_and_not_counted(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record, file = store.find(), tmp_path / "days.csv"
    file.write_text("n\n" + "\n".join(map(str, GIVEN)))
    found = json.loads(said(capsys, "predict", "--file", file, "--store", store.folder, "--json"))
    assert found["learned"] == [True] * 320 + [False] * 76  # the last answer nobody knows
    assert (found["learned_asked"], found["asked"], found["score"]) == (
        320,
        75,
        pytest.approx(record.score),
    )
    assert found["learned_right"] > 310
    page = said(capsys, "predict", "--file", file, "--store", store.folder)
    assert f"{found['right']} of 75 held-out answers right ({record.score:.2%}; chance" in page
    assert f"{found['learned_right']} of 320 answers it learned from, which are no score" in page
    assert "% learned" in page
    alone = predict(record.experiment, store.weights(record), GIVEN)
    assert alone.learned.tolist() == found["learned"]


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
    assert not familiar(preset("lag", symbols=15), GIVEN, GIVEN).any()


def test_windows_that_recur_by_a_rule_are_not_called_learned() -> None:
    given = np.arange(400) % 7
    experiment: Experiment = settled(preset("lag", fit="quick", symbols=7, lag=-1), given)
    assert not familiar(experiment, given[3:303], given).any()
    assert familiar(experiment, given, given).tolist() == [True] * 320 + [False] * 76


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
    shown = [f"{names[0]} ({one[:6]})" for one in hashes] if len(set(names)) == 1 else list(names)
    listed = said(capsys, "summary", "--store", both.folder)
    assert [name for name in shown if f"{name} 2 " not in listed] == [], listed
    assert "0123456789ab" not in listed
    judged = json.loads(said(capsys, "summary", "--json", "--store", both.folder))
    assert sorted(group["words"]["data"] for group in judged["groups"]) == hashes
    said(capsys, "report", tmp_path / "page.html", "--store", both.folder)
    page = (tmp_path / "page.html").read_text()
    assert all(name in page for name in shown)
    table = Rows.of(both.records())
    assert sorted(str(words[DATA]) for words in table.said) == sorted(shown)
    assert sorted(str(one.word("data")) for one in both.rows()[:4]) == sorted(2 * shown)
    drawn = json.dumps(draw("curves", both).to_dict())
    assert all(name in drawn for name in shown)
    assert "0123456789ab" not in drawn
