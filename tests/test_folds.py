"""Time-ordered folds of user data: what each trains on and holds out, and intervals over them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope import Experiment, IntegerError, SettingError, Store, Training, predict, preset
from echoscope.analysis.accuracy import CROSSED, aggregate
from echoscope.analysis.comparison import PAIRED_FOLDS, compare
from echoscope.analysis.findings import gather
from echoscope.analysis.rules_beside import scores_beside, scores_over
from echoscope.cli import status
from echoscope.evaluation.long_stream import unseen
from echoscope.evaluation.seen_windows import familiar
from echoscope.experiment.fold import Fold, folds_of
from echoscope.experiment.held_out import held_out
from echoscope.experiment.user_data import UserData, held_out_part, learned, settled
from echoscope.runs.run import Run
from echoscope.stats.differences import clustered_mean, crossed_mean
from here import train_here
from test_summary import a_run

SMALL = preset("lag", fit="quick", vocab_size=3, lag=-1, window=2, units=4, batch_size=8, epochs=20)
NAME = "0123456789ab"


def counted(count: int = 120) -> UserData:
    return UserData.of(SMALL, np.arange(count) % 3)


def test_a_fold_is_held_out_after_all_that_it_trains_on() -> None:
    """Held-out parts follow each other to the end, all of one length; the first part has the rest
    of the division.
    """
    for count, of in ((103, 4), (120, 5), (7, 2)):
        parts = [Fold(number, of).held_out(count) for number in range(1, of + 1)]
        assert parts[-1][1] == count
        assert {end - begin for begin, end in parts} == {count // (of + 1)}
        assert [end for _, end in parts[:-1]] == [begin for begin, _ in parts[1:]]
        assert parts[0][0] == count - of * (count // (of + 1))
    assert folds_of(3) == ("1/3", "2/3", "3/3")
    assert Fold.of_text("2/3").pooled == "*/3"


@pytest.mark.parametrize("text", ["0/3", "4/3", "1/1", "1/101", "3", "1/ 3", "a/b", 2, True, "١/٣"])
def test_what_is_no_fold_is_refused(text: Any) -> None:
    with pytest.raises(SettingError, match=r"^fold must be none or one of 2 to 100 folds, as 2/5"):
        SMALL.change(data=NAME, fold=text)


def test_a_fold_is_of_user_data_and_part_of_an_identity_only_where_there_is_one() -> None:
    assert SMALL.change(fold=None).id == SMALL.id
    mine = SMALL.change(data=NAME)
    assert mine.id != mine.change(fold="1/3").id != mine.change(fold="2/3").id
    assert mine.change(fold="1/3").shape == mine.shape
    assert Experiment.from_json(mine.change(fold="1/3").to_json()).training.fold == "1/3"
    with pytest.raises(SettingError, match=r"^A fold is of user data, and these are random: leave"):
        SMALL.change(fold="1/3")


def test_windows_of_a_fold_lie_inside_it() -> None:
    mine = SMALL.change(data=NAME, fold="2/3")
    data = UserData(np.arange(120) % 3)
    assert held_out_part(mine, data) == (60, 90)
    held = held_out(mine, data)
    assert (held.starts[0], held.starts[-1]) == (60, 90 - SMALL.echo.reach)
    assert learned(mine, data) == 60


@pytest.mark.parametrize(
    ("settings", "count", "sentence"),
    [
        (
            {"window": 30},
            120,
            "Fold 1/3 of 120 user data trains on 30 and holds 30 out, and needs 31 of each: use"
            " fewer folds, give more, or use a shorter window.",
        ),
        (
            {"sampling": "sequence", "length": 25, "batch_size": 5},
            90,
            "Fold 1/3 of 90 user data trains on 24 and holds 22 out, and needs 25 of each: use"
            " fewer folds, give more, or use a shorter length.",
        ),
    ],
)
def test_a_fold_that_is_shorter_than_a_window_is_refused(
    settings: dict[str, Any], count: int, sentence: str
) -> None:
    mine = SMALL.change(length=60, data=NAME, fold="1/3").change(**settings)
    with pytest.raises(IntegerError) as caught:
        UserData.of(mine, np.arange(count) % 3)
    assert str(caught.value) == sentence


def trained(data: UserData, *folds: str | None) -> list[Any]:
    cells = [settled(SMALL, data).change(fold=fold) for fold in folds]
    training = Training(cells, data=data)
    for _ in training:
        pass
    return training.outcomes()


def test_folds_share_a_program_and_each_is_trained_as_it_is_alone() -> None:
    data = counted()
    together = trained(data, "1/3", "3/3", None)
    for outcome, fold in zip(together, ("1/3", "3/3", None), strict=True):
        (alone,) = trained(data, fold)
        assert outcome.accuracy == alone.accuracy
        assert outcome.curve == alone.curve
        assert all((outcome.weights[name] == alone.weights[name]).all() for name in alone.weights)
    assert [outcome.accuracy.target_count for outcome in together] == [28, 28, 22]


def test_nothing_after_its_training_part_changes_a_network_and_only_its_fold_its_accuracy() -> None:
    integers = np.arange(120) % 3
    begin, end = held_out_part(SMALL.change(data=NAME, fold="2/3"), UserData(integers))
    rng = np.random.default_rng(0)
    later, inside = integers.copy(), integers.copy()
    later[end:] = rng.integers(0, 3, len(later) - end)
    inside[begin:end] = rng.integers(0, 3, end - begin)
    first, second, third = (
        trained(UserData.of(SMALL, part), "2/3")[0] for part in (integers, later, inside)
    )
    for other in (second, third):
        assert all((first.weights[name] == other.weights[name]).all() for name in first.weights)
    assert first.accuracy == second.accuracy
    assert first.accuracy != third.accuracy


def test_a_trained_network_is_used_by_its_fold() -> None:
    data = counted()
    mine = settled(SMALL, data).change(fold="2/3")
    assert unseen(mine, 1000, 0, data.integers).integers.tolist() == data.integers[60:90].tolist()
    known = familiar(mine, data.integers)
    assert (known.sum(), known[:60].all()) == (60, True)
    (outcome,) = trained(data, "2/3")
    result = predict(outcome.experiment, outcome.weights, data.integers, data=data.integers)
    assert result.trained_on.tolist() == known.tolist()


def test_rules_are_known_and_scored_by_the_fold() -> None:
    """A rule that holds only until the fold begins is of no use in it."""
    integers = np.append(np.arange(60) % 3, np.zeros(60, int))
    data = UserData.of(SMALL, integers)
    one, two = (settled(SMALL, data).change(fold=fold) for fold in ("1/3", "2/3"))
    scores = {score.name: score.accuracy for score in scores_beside(two, data)}
    assert scores["copy-lag"].target_count == 28
    both = {score.name: score.accuracy for score in scores_over([one, two], data)}
    first = {score.name: score.accuracy for score in scores_beside(one, data)}
    assert first["copy-lag"].value == 1
    assert both["map-lag"].target_count == 56
    assert both["map-lag"].value == (first["map-lag"].value + scores["map-lag"].value) / 2


def test_a_mean_over_crossed_clusters_is_that_over_one_way_where_there_is_one() -> None:
    rng = np.random.default_rng(0)
    values, fold = rng.normal(size=12), np.repeat(np.arange(4), 3)
    one = clustered_mean(np.split(values, 4))
    assert crossed_mean(values, [fold, np.zeros(12, int)]) == pytest.approx(one)
    seed = np.tile(np.arange(3), 4)
    parts = values.reshape(4, 3)
    variance = parts.mean(1).var(ddof=1) / 4 + parts.mean(0).var(ddof=1) / 3
    weight = (parts.mean(1).var(ddof=1) / 4) ** 2 / 3 + (parts.mean(0).var(ddof=1) / 3) ** 2 / 2
    from scipy.stats import t

    mean, half = crossed_mean(values, [fold, seed])
    assert mean == pytest.approx(values.mean())
    assert half == pytest.approx(t.ppf(0.975, variance**2 / weight) * variance**0.5, rel=1e-5)
    assert np.isnan(crossed_mean(values[:1], [fold[:1], seed[:1]])[1])
    assert crossed_mean(np.ones(12), [fold, seed]) == (1.0, 0.0)


def test_the_interval_over_folds_and_seeds_holds_the_mean() -> None:
    """In 94 to 100 of 100 studies of 5 folds and 3 seeds, whichever of the two differ more."""
    rng = np.random.default_rng(0)
    fold, seed = (part.ravel() for part in np.indices((5, 3)))
    for folds, seeds, rest in ((0.1, 0, 0.05), (0, 0.1, 0.05), (0.1, 0.1, 0.05), (0, 0, 0.1)):
        inside = 0
        for _ in range(400):
            values = rng.normal(0, folds, (5, 1)) + rng.normal(0, seeds, (1, 3))
            mean, half = crossed_mean((values + rng.normal(0, rest, (5, 3))).ravel(), [fold, seed])
            inside += abs(mean) <= half
        assert inside >= 0.92 * 400


def over_folds(accuracies: Any, **settings: Any) -> list[Run]:
    """A run for each fold and seed. Shapes: (folds, seeds)."""
    table = np.asarray(accuracies)
    return [
        a_run(value, seed, targets=100, data=NAME, fold=f"{fold + 1}/{len(table)}", **settings)
        for fold, row in enumerate(table.tolist())
        for seed, value in enumerate(row)
    ]


def test_folds_and_seeds_are_one_group_with_one_interval() -> None:
    runs = over_folds([[0.5, 0.6], [0.7, 0.9], [0.6, 0.6]])
    result = gather(runs, 0.99)
    assert result.varied == ()
    (group,) = result.groups
    assert (group.aggregate.runs.number, group.aggregate.runs.folds) == (6, 3)
    accuracy = group.aggregate.accuracy
    assert accuracy
    assert accuracy.method == CROSSED
    mean, half = crossed_mean(
        np.array([0.5, 0.6, 0.7, 0.9, 0.6, 0.6]),
        [np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)],
    )
    assert (accuracy.value, accuracy.low) == pytest.approx((mean, mean - half))
    assert aggregate(runs).accuracy == accuracy
    same = aggregate(over_folds(np.full((3, 2), 0.5))).accuracy
    assert same  # equal accuracies have no spread: the interval is that of 300 targets, not of 600
    assert same.high - same.low == pytest.approx(2 * 1.96 * (0.25 / 300) ** 0.5, rel=0.02)


def test_two_values_are_compared_fold_by_fold() -> None:
    first = over_folds([[0.5, 0.6], [0.7, 0.9], [0.6, 0.6]], model="gru")
    second = over_folds([[0.4, 0.4], [0.6, 0.6], [0.5, 0.5]], model="lstm")
    result = compare([*first, *second], "model", "gru", "lstm")
    assert (result.pairs, result.folds, result.seeds, result.better) == (6, 3, 2, 3)
    assert result.difference.method == PAIRED_FOLDS
    assert result.difference.value == pytest.approx(0.15)
    assert result.unpaired == ()


def test_a_run_over_folds_says_how_many_of_each_and_one_interval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    train_here(monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text("\n".join("abc"[place % 3] for place in range(120)))
    command = "run lag --fit quick --lag -1 --window 2 --units 4 --epochs 20 --batch-size 8"
    command += " --no-header --file x.csv --folds 3 --seeds 2"
    assert status(command.split()) == 0
    page = capsys.readouterr().out
    assert "Fold 1/3: the first 30 of 120 are trained on, the next 30 are held out" in page
    assert "3 folds x 2 seeds" in page
    assert "mean over folds and seeds" in page
    assert page.count("/3") >= 6
    runs = Store("echoes").runs()
    assert sorted(run.experiment.training.fold or "" for run in runs) == sorted(
        ["1/3", "2/3", "3/3"] * 2
    )
    assert Store("echoes").table("fold = '2/3'", names=["fold", "seed"]) == {
        "fold": ["2/3", "2/3"],
        "seed": [0, 1],
    }
    assert status(["summary", "--json"]) == 0
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    assert group["runs"] == group["runs"] | {"number": 6, "folds": 3}
    rows = Store("echoes").rows()
    assert gather(rows).groups == gather(runs).groups


@pytest.mark.parametrize("command", ["run", "sweep"])
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("--folds 3", "Folds are of user data: name a file, or leave folds out."),
        ("--folds 1 --text x", "folds must be an integer from 2 to 100, not 1."),
        ("--folds x --text x", "folds must be an integer from 2 to 100, not 'x'."),
        (
            "--folds 9 --text x",
            "Fold 1/9 of 100 user data trains on 10 and holds 10 out, and needs 25 of each: use"
            " fewer folds, give more, or use a shorter length.",
        ),
    ],
)
def test_folds_that_cannot_be_are_refused_and_nothing_is_written(
    command: str,
    settings: str,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x").write_bytes(bytes(range(100)))
    assert status([command, "lag", *settings.split()]) == 2
    assert capsys.readouterr().err == f"echoscope: {sentence}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
