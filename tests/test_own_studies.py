"""Studies of user data: what workers are given, what is kept and gone on with, how far back."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope import IntegerError, Run, SettingError, Store, Study, Sweep, UserData, train
from echoscope.analysis.estimate import Estimate
from echoscope.analysis.findings import gather
from echoscope.analysis.rules_beside import BestRule
from echoscope.analysis.windows import sentences
from echoscope.cli import status
from echoscope.figures import Evidence, draw, specification
from echoscope.report.sweep_command import command_of
from echoscope.store import user_data_file
from echoscope.studies import shared_data
from echoscope.studies.jobs import train_cells
from echoscope.studies.shared_data import MissingDataError, SharedData
from echoscope.studies.study_file import study_of_file, to_toml
from here import train_here
from quick import QUICK
from test_summary import a_run

ROOT = Path(__file__).parent.parent
TINY = "--units 4 --epochs 20 --batch-size 8 --workers 1 --seeds 1"
AXES = {"vocab_size": 3, "lag": -1, "window": "1..2", "units": 4, "epochs": 20, "batch_size": 8}
STUDY = Study(preset="lag", fit="quick", seeds=1, axes=AXES)
ABC = np.arange(120) % 3


class Workers(Executor):
    """Does everything at once, as one worker that knows no data when it begins would; remembers
    what it is given.
    """

    def __init__(self) -> None:
        self.given: list[tuple[Any, ...]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given.append(args)
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has read no data, and evaluates no more than it must."""
    train_here(monkeypatch)
    monkeypatch.setattr(shared_data, "_READ", {})


def swept(folder: Path, data: object = ABC, study: Study = STUDY, **options: Any) -> Workers:
    workers = Workers()
    list(Sweep(study, Store(folder), executor=workers, data=data, **options))
    return workers


def test_a_study_of_user_data_keeps_them_once_and_each_run_as_it_is_alone(tmp_path: Path) -> None:
    workers = swept(tmp_path, source="abc.csv")
    runs = Store(tmp_path).runs()
    assert len(runs) == 2
    assert {run.source for run in runs} == {"abc.csv"}
    assert [run.experiment.data for run in runs] == [UserData(ABC).name] * 2
    assert len(list(tmp_path.glob("data-*"))) == 1
    assert [shared.data for _, _, shared in workers.given] == [None] * 2  # no cell brings the data
    alone, _ = train(runs[1].experiment, data=ABC, progress=False)
    assert (alone.id, alone.accuracy, alone.held_out) == (
        runs[1].id,
        runs[1].accuracy,
        runs[1].held_out,
    )
    assert swept(tmp_path).given == []  # all is trained


def test_a_worker_out_of_reach_is_given_the_data_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = user_data_file.read
    keeping = [True]
    monkeypatch.setattr(
        shared_data.user_data_file, "read", lambda *told: read(*told) if keeping[0] else None
    )
    workers = Workers()
    sweep = Sweep(STUDY, Store(tmp_path), executor=workers, data=ABC)
    user_data_file.keep(tmp_path, UserData(ABC).name, UserData(ABC))
    keeping[0] = False
    monkeypatch.setattr("echoscope.studies.sweep.user_data_file.keep", lambda *_: None)
    *_, last = sweep
    assert (last.done, last.failed) == (2, 0)
    assert [shared.data is not None for _, _, shared in workers.given] == [
        False,
        True,
        False,
    ]
    with pytest.raises(MissingDataError):
        train_cells([], True, SharedData("0123456789ab", str(tmp_path)))


def test_other_data_under_the_same_study_are_other_runs(tmp_path: Path) -> None:
    swept(tmp_path)
    swept(tmp_path, (ABC + 1) % 3, source="other.csv")
    assert len(Store(tmp_path).ids()) == 4
    assert len(list(tmp_path.glob("data-*"))) == 2
    mine, other = (STUDY.of_data(UserData(part)) for part in (ABC, (ABC + 1) % 3))
    assert len({STUDY.id, mine.id, other.id, mine.with_settings(folds=3).id}) == 4
    assert gather(Store(tmp_path).rows()).varied == ("window", "data")


def test_a_recoding_stands_in_every_run_also_in_one_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from echoscope import read, recode

    def full(*_: Any, **__: Any) -> None:
        raise MemoryError

    data = recode(read(["a", "b", "c"] * 40))
    monkeypatch.setattr("echoscope.training.loop.Training.__init__", full)
    swept(tmp_path, data, source="letters")
    assert {(run.outcome, run.source, run.recoding) for run in Store(tmp_path).runs()} == {
        ("failed", "letters", data.recoding)
    }


def test_a_study_says_its_data_and_folds_and_reads_them_back(tmp_path: Path) -> None:
    study = STUDY.of_data(UserData(ABC)).with_settings(folds=3)
    assert len(study) == len(study.cells()) == 6
    assert [cell.training.fold for cell in study.cells()[:4]] == ["1/3", "2/3", "3/3", "1/3"]
    (tmp_path / "study.toml").write_text(to_toml(study))
    assert study_of_file(tmp_path / "study.toml") == study
    assert Study.from_json(study.to_json()) == study
    assert "folds=3" in repr(study)
    assert STUDY.to_json().keys() == {"preset", "fit", "seeds", "axes"}
    for settings, sentence in (
        ({"folds": 3}, "Folds are of user data, and these are random: leave folds out, or name"),
        ({"folds": 1, "data": study.data}, "folds must be an integer from 2 to 100, not 1."),
    ):
        with pytest.raises(SettingError, match=f"^{sentence}"):
            STUDY.with_settings(**settings)
    with pytest.raises(SettingError, match=r"must be given to train on them: a study names them"):
        Sweep(study, Store(tmp_path / "store"))
    with pytest.raises(SettingError, match=r"but those given are .*: give those\.$"):
        study.of_data(UserData(ABC[1:]))
    with pytest.raises(SettingError, match=r"^User data have their own gaps: say one value of mis"):
        STUDY.with_settings(axes=AXES | {"missing": "0,0.1"}).of_data(UserData(ABC))
    assert not (tmp_path / "store").exists()


def test_data_that_a_cell_cannot_be_trained_on_are_refused_before_any(tmp_path: Path) -> None:
    long = STUDY.with_settings(axes=AXES | {"window": "2,70", "length": 100})
    with pytest.raises(IntegerError, match=r"^Training on user data needs 71 of them and 71 more"):
        Sweep(long, Store(tmp_path / "store"), data=ABC)
    folds = STUDY.of_data(UserData(ABC)).with_settings(folds=50)
    with pytest.raises(IntegerError, match=r"^Fold 1/50 of 120 user data trains on 20 and holds 2"):
        Sweep(folds, Store(tmp_path / "store"), data=ABC)
    assert not (tmp_path / "store").exists()


def test_how_far_back_is_answered_of_a_copy_of_the_third_value_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """x(t) = x(t-3): a window of 3 is enough and 2 is not, and no window beats the rule that copies
    lag 3.
    """
    rng, letters = np.random.default_rng(3), list("abdc")
    for _ in range(900):
        letters.append(letters[-3] if rng.random() < 0.97 else "abcd"[rng.integers(4)])
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text("\n".join(letters))
    command = "sweep lag --fit quick --lag -1 --window 1..4 --units 12 --epochs 150 --no-header"
    told = [*command.split(), "--file", "x.csv", "--folds", "2", "--seeds", "1", "--workers", "1"]
    assert status(told) == 0
    page = capsys.readouterr().out
    assert "window 1 to 4; 2 folds, 1 seed: 8 cells" in page
    assert "accuracy along window" in page
    assert status(["summary", "--json"]) == 0
    (span,) = json.loads(capsys.readouterr().out)["windows"]
    assert [item["window"] for item in span["tried"]] == [1, 2, 3, 4]
    by_window = {item["window"]: item["accuracy"]["value"] for item in span["tried"]}
    assert by_window[3] > 0.85
    assert max(by_window[1], by_window[2]) < 0.75
    assert (span["rule"]["name"], span["rule"]["detail"]) == ("copy-lag", "lag 3")
    assert status(["summary"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "No window is measurably better than the best rule beside, copy-lag (lag 3)" in page
    again, sentence = command_of(Store("echoes").rows())
    assert "with the user data (x.csv) in place of FILE, read as before" in sentence
    again = again.replace("FILE", "x.csv --no-header")
    assert status([*shlex.split(again)[1:], "--dry-run", "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert (planned["cells"], planned["left"]) == (8, 0)


def windows(accuracies: dict[int, list[float]], targets: int = 1000) -> list[Run]:
    return [
        replace(
            a_run(value, seed, window=window, lag=-1, targets=targets, data="0123456789ab"),
            rule="map-last",
        )
        for window, values in accuracies.items()
        for seed, value in enumerate(values)
    ]


def rule(value: float) -> BestRule:
    return BestRule("n-gram", "order 4", 4, Estimate(value, value - 0.02, value + 0.02, ""))


def test_the_answer_is_the_smallest_window_not_measurably_below_the_best() -> None:
    runs = windows(
        {
            1: [0.30, 0.31, 0.32],
            2: [0.50, 0.52, 0.51],
            3: [0.89, 0.90, 0.91],
            4: [0.90, 0.90, 0.91],
            5: [0.88, 0.90, 0.89],
        }
    )
    (span,) = gather(runs, 0.95).windows
    assert (span.enough, span.best, span.close) == (3, 4, True)
    (sentence,) = sentences(span)
    assert sentence.startswith(
        "How far back: a window of 3 is enough, 90.00% (87.52 to 92.48), and smaller"
        " ones are measurably worse (2 by +39.33 ("
    )
    assert "; the best, 4, is not measurably better (+0.33 (" in sentence
    assert span.at(4).below is None
    better = gather(runs, 0.95, best_of=lambda *_: rule(0.8))
    worse = gather(runs, 0.95, best_of=lambda *_: rule(0.895))
    assert sentences(better.windows[0])[1].endswith("window 3, 4, 5.")
    assert sentences(worse.windows[0])[1] == (
        "No window is measurably better than the best rule beside, n-gram (order 4), 89.50%"
        " (87.50 to 91.50)."
    )


def test_what_too_few_runs_cannot_tell_is_said_and_a_larger_window_may_be_better() -> None:
    (span,) = gather(windows({2: [0.3, 0.9], 4: [0.9, 0.95]}), 0.99).windows
    assert (span.enough, span.close) == (2, False)
    assert sentences(span)[0].endswith(
        "which these runs cannot tell from nothing: more seeds or folds may."
    )
    (span,) = gather(windows({1: [0.3] * 3, 2: [0.5] * 3, 3: [0.8] * 3}), 0.99).windows
    assert span.enough == 3
    assert sentences(span)[0].endswith("; it is the largest tried, so a larger one may be better.")
    (span,) = gather(windows({1: [0.5] * 3, 2: [0.5] * 3}), 0.99).windows
    assert sentences(span)[0].startswith(
        "How far back: no window is measurably better than the smallest tried, 1, 50.00%"
    )


def test_windows_are_answered_apart_by_what_else_varies_and_not_where_they_follow() -> None:
    both = [
        replace(run, experiment=run.experiment.change(units=units))
        for units in (8, 16)
        for run in windows({1: [0.3, 0.3], 2: [0.8, 0.8]})
    ]
    spans = gather(both, 0.99).windows
    assert [(span.settings, span.enough) for span in spans] == [
        ({"units": 8}, 2),
        ({"units": 16}, 2),
    ]
    assert sentences(spans[0])[0].startswith("How far back (units 8): a window of 2 is enough")
    following = [a_run(0.9, seed, window=lag + 1, lag=lag) for lag in (1, 2) for seed in (0, 1)]
    assert gather(following).windows == ()


def test_the_figure_has_the_rule_chance_and_the_answer() -> None:
    runs = windows({1: [0.3, 0.31], 2: [0.88, 0.89], 3: [0.89, 0.88]})
    evidence = Evidence.of(runs, 0.95, best_of=lambda *_: rule(0.7))
    spec = specification(draw("window", evidence))
    points = spec["datasets"]["points"]
    assert {point["rule"] for point in points} == {0.7}
    assert len({point["chance"] for point in points}) == 1
    assert sorted(point["x"] for point in points) == [1, 2, 3]
    assert "window (integers read)" in json.dumps(spec)
    assert {"best rule", "chance"} <= {
        point.get(f"{name}_said") for point in points for name in ("rule", "chance")
    }
    notes = " ".join(spec["title"]["subtitle"])
    assert "How far back: a window of 2 is enough" in notes
    assert "Measurably better than the best rule beside, n-gram (order 4)" in notes
    assert specification(draw(evidence))["title"]["text"] == "Accuracy against window"


def test_curves_of_user_data_show_what_is_held_out_beside_what_is_trained_on() -> None:
    """Of one that learns by heart the one rises and the other falls."""
    curve, held = [(40, 1.0, 0.5), (80, 0.1, 0.99)], [(40, 1.2, 0.4), (80, 3.0, 0.3)]
    runs = [
        replace(run, curve=tuple(curve), held_out=tuple(held))
        for run in windows({2: [0.3, 0.3], 3: [0.3, 0.3]})
    ]
    for name, title, full, pale in (
        ("curves", "held-out accuracy (pale: trained)", [0.4, 0.3], [0.5, 0.99]),
        ("loss", "held-out loss (pale: trained)", [1.2, 3.0], [1.0, 0.1]),
    ):
        spec = specification(draw(name, Evidence.of(runs)))
        points = [point for point in spec["datasets"]["points"] if point["line"] == "2"]
        assert title in json.dumps(spec)
        assert [point["loss" if name == "loss" else "accuracy"] for point in points] == full
        assert [point["trained"] for point in points] == pale
        assert any("full: on the held-out ones" in line for line in spec["title"]["subtitle"])
        random = [a_run(0.9, seed, curve=[(40, 0.5), (80, 0.9)]) for seed in (0, 1)]
        assert "pale" not in json.dumps(specification(draw(name, Evidence.of(random))))
    alone = specification(draw(runs[0]))
    assert "accuracy (held out and learned)" in json.dumps(alone)


def test_an_interrupt_keeps_finished_cells_of_user_data_and_the_rest_is_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real command with a worker of its own, which reads the data from the store."""
    file = tmp_path / "x.csv"
    file.write_text("\n".join("abc"[place % 3] for place in range(200)))
    told = f"sweep lag --fit quick --lag -1 --window 2 --no-header --file {file} --units 4"
    told += f" --epochs 1500 --target-accuracy none --seeds 24 --store {tmp_path / 's'} --workers 1"
    store = Store(tmp_path / "s")
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        " from echoscope.cli import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, *shlex.split(told)],
        env=os.environ | {"XLA_FLAGS": QUICK},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until = time.monotonic() + 120
        while len(store.ids()) < 2 and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    done = len(store.ids())
    assert 2 <= done < 24
    assert {run.source for run in store.runs()} == {str(file)}
    assert status([*shlex.split(told), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["left"] == 24 - done
