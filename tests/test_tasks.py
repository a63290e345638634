"""Every task keeps one contract, and is explained, trained, swept, used and drawn by it."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echoscope import (
    AssociativeRecall,
    Echo,
    Experiment,
    Hold,
    SelectiveCopy,
    SettingError,
    Task,
    demand,
    preset,
    register_task,
    train,
)
from echoscope.cli import status
from echoscope.evaluation.predict import predict
from echoscope.experiment.experiment import TrainingConfig
from echoscope.tasks.base import TASKS, Held, held_at_once
from echoscope.tasks.draws import NumpyDraws
from echoscope.training import random
from echoscope.training.batches import Batch, BatchPlan, batch_plan, framed

ROWS = 4000
TASKS_OF_ALL_KINDS = [
    Echo(vocab_size=7, window=5, lag=(1,)),
    Echo(vocab_size=7, window=5, lag=(4, 0)),
    Echo(vocab_size=7, window=5, lag=(0, 3), readout="all"),
    Hold(),
    Hold(vocab_size=3, delay=0),
    SelectiveCopy(),
    SelectiveCopy(vocab_size=3, window=4, items=4),
    AssociativeRecall(),
    AssociativeRecall(vocab_size=9, pairs=3, queries=1),
]
each = pytest.mark.parametrize("task", TASKS_OF_ALL_KINDS, ids=repr)


def device_draws(seed: int) -> random.Draws:
    return random.Draws(random.key(jnp.uint32(seed)))


def plan_of(task: Task) -> BatchPlan:
    return batch_plan(Experiment(task=task, training=preset("lag", fit="quick").training))


@cache
def on_device(task: Task) -> tuple[np.ndarray, Batch]:
    """Samples that a device draws, and a batch of the first of them."""
    plan = plan_of(task)

    def program() -> tuple[jax.Array, Batch]:
        drawn = task.sample(device_draws(3), ROWS)
        return drawn, framed(drawn[: plan.shape[0]], plan)

    return jax.tree.map(np.asarray, jax.jit(program)())


@each
@pytest.mark.parametrize(
    "drawn_of",
    [lambda task: task.sample(NumpyDraws(3), ROWS), lambda task: on_device(task)[0]],
    ids=["NumpyDraws", "device_draws"],
)
def test_samples_are_what_the_oracle_says(
    task: Task, drawn_of: Callable[[Task], np.ndarray]
) -> None:
    drawn = drawn_of(task).astype(np.int64)
    frame = task.frame()
    assert drawn.shape == (ROWS, task.reach)
    assert frame.inputs.shape == (1, task.time_steps)
    inputs, target, mask = drawn[:, frame.inputs[0]], drawn[:, frame.target[0]], frame.mask[0]
    assert inputs.min() >= 0
    assert inputs.max() < task.vocab_size
    assert target[:, mask].min() >= 0
    assert target[:, mask].max() < task.vocab_size
    assert (task.oracle(inputs) == target)[:, mask].all()
    guessed = (task.memoryless(inputs) == target)[:, mask]
    if not isinstance(task, Echo) and task.held().symbols and task.chance < 0.5:
        assert abs(guessed[:, 0].mean() - task.chance) < 0.03


@each
def test_what_is_known_of_targets_has_their_shape(task: Task) -> None:
    count = task.target_count
    assert task.target_steps().shape == task.input_steps().shape == task.which.shape == (count,)
    assert task.mask().shape == (count,)
    assert task.target_steps().max() == task.time_steps - 1
    assert count % task.heads == 0
    asked = task.mask()
    assert (task.input_steps()[asked] <= task.target_steps()[asked]).all()


@each
def test_settings_go_to_json_and_back_with_their_kind(task: Task) -> None:
    assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task
    assert Task.from_json(task.changed()) == task
    quick = preset("lag", fit="quick").training
    experiment = Experiment(task=task, training=quick)
    assert Experiment.from_json(json.loads(json.dumps(experiment.to_json()))) == experiment
    assert Experiment.from_json(experiment.to_json()).id == experiment.id


def test_equal_settings_of_two_tasks_are_two_experiments() -> None:
    quick = preset("lag", fit="quick").training
    ids = {Experiment(task=kind(), training=quick).id for kind in TASKS.values()}
    assert len(ids) == len(TASKS)


@pytest.mark.parametrize(
    ("task", "symbols", "bits"),
    [
        (Hold(vocab_size=8, delay=5), 1, 3.0),
        (Hold(vocab_size=8, delay=0), 0, 0.0),
        (SelectiveCopy(vocab_size=9, window=8, items=3), 3, 9.0),
        (AssociativeRecall(vocab_size=8, pairs=2, queries=1), 4, np.log2(6) + 4),
        (AssociativeRecall(vocab_size=8, pairs=4, queries=4), 8, 8.0),
        (Echo(vocab_size=4, window=5, lag=(0, 1, 2), readout="all"), 2, 4.0),
        (Echo(vocab_size=4, window=5, lag=(2,), readout="all"), 2, 4.0),
        (Echo(vocab_size=4, window=5, lag=(4, 3)), 2, 4.0),
    ],
)
def test_what_must_be_held_is_counted(task: Task, symbols: int, bits: float) -> None:
    training = preset("lag", fit="quick").training
    asks = demand(task, training)
    assert (asks.held, task.held().symbols) == (symbols, symbols)
    assert asks.bits == pytest.approx(bits)
    assert (asks.path, asks.ceiling, asks.target_count) == ("window", 1.0, int(task.mask().sum()))


def test_a_symbol_that_is_predicted_twice_is_held_once() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        reads, said = rng.integers(0, 9, 6), rng.integers(0, 9, 6)
        held = [
            len({read for read, say in zip(reads, said, strict=True) if read <= moment < say})
            for moment in range(9)
        ]
        assert held_at_once(reads, said) == max(held)


def test_orders_of_the_device_are_permutations_and_all_come() -> None:
    orders = np.asarray(jax.jit(lambda: device_draws(1).order(600, 3))())
    assert (np.sort(orders, axis=1) == np.arange(3)).all()
    counts = np.unique(orders @ [9, 3, 1], return_counts=True)[1]
    assert len(counts) == 6
    assert counts.min() > 60


def test_two_draws_of_one_sample_are_not_the_same() -> None:
    def program() -> list[jax.Array]:
        draws = device_draws(0)
        return [draws.integers((500,), 0, 10) for _ in range(2)]

    first, second = map(np.asarray, jax.jit(program)())
    assert 20 < (first == second).sum() < 80


@each
def test_a_batch_is_framed_as_the_task_says(task: Task) -> None:
    plan, (_, batch) = plan_of(task), on_device(task)
    said = task.oracle(np.asarray(batch.inputs[0]).astype(np.int64))
    mask = np.asarray(batch.mask[0])
    assert (said == np.asarray(batch.target[0]))[mask].all()
    assert mask.sum() == plan.target_count


@pytest.mark.parametrize(
    ("start", "settings"),
    [
        ("hold", {"vocab_size": 4, "delay": 3, "units": 16}),
        ("selective-copy", {"vocab_size": 4, "window": 4, "items": 2, "units": 24}),
        (
            "associative-recall",
            {
                "vocab_size": 6,
                "pairs": 2,
                "queries": 2,
                "model": "attention",
                "layers": 2,
                "units": 16,
            },
        ),
        ("lag", {"vocab_size": 4, "lag": (0, 1, 2), "readout": "all", "units": 24}),
    ],
)  # fmt: keep
def test_each_is_learned_and_its_targets_are_told_apart(
    start: str, settings: dict[str, Any]
) -> None:
    run, weights = train(preset(start, fit="quick", **settings))
    task = run.experiment.task
    assert run.outcome == "solved"
    assert run.accuracy is not None
    assert run.accuracy > 0.99
    assert (run.chance, run.ceiling) == (task.chance, 1.0)
    if task.heads == 1:
        assert run.by_target == ()
    else:
        which, asked, accuracy, low, high, loss = zip(*run.by_target, strict=True)
        assert which == tuple(task.which[: task.heads].tolist())
        assert sum(asked) == run.target_count
        mean = sum(a * n for a, n in zip(accuracy, asked, strict=True)) / sum(asked)
        assert mean == pytest.approx(run.accuracy, abs=1e-4)
        lost = sum(a * n for a, n in zip(loss, asked, strict=True)) / sum(asked)
        assert lost == pytest.approx(run.loss, rel=0.05)
        assert all(a <= b <= c for a, b, c in zip(low, accuracy, high, strict=True))
    if not isinstance(task, Echo):
        drawn = task.sample(NumpyDraws(9), 50)
        result = predict(run.experiment, weights, drawn[:, : task.time_steps].ravel())
        assert result.correct.mean() > 0.97
        asked = task.mask()
        assert (result.targets[:, asked] == drawn[:, task.time_steps :][:, asked]).all()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "run hold --lag 3",
            "lag is a setting of task echo, and task hold has vocab_size and delay: leave it out.",
        ),
        (
            "run lag --delay 3",
            "delay is a setting of task hold, and task echo has vocab_size, length, window, lag,"
            " readout, missing, gaps, edges, columns and target_columns: leave it out.",
        ),
        ("run hold --delay -1", "delay must be an integer from 0 to 999999, not -1."),
        (
            "run selective-copy --items 20",
            "items 20 do not fit into a window of 16: use fewer items, or a longer window.",
        ),
        (
            "explain associative-recall --pairs 9",
            "pairs 9 are more than the 8 keys of vocab_size 16: use fewer pairs, or a vocab_size of"
            " 18.",
        ),
        (
            "explain associative-recall --pairs 2",
            "queries 4 are more than the 2 pairs: use fewer queries.",
        ),
        (
            "run hold --sampling sequence",
            "task hold draws every sample afresh, so no sequence can be cut into them: use sampling"
            " windows, not sequence.",
        ),
        (
            "run associative-recall --model mlp",
            "model mlp has readout last, not all: use another model.",
        ),
        (
            "run lag --lag 0,9 --readout all",
            "lag 9 asks for nothing inside a window of 5: use a lag of at most 4, or a longer"
            " window.",
        ),
    ],
)
def test_refusal(
    line: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = [] if line.startswith("explain") else ["--store", str(tmp_path / "echoes")]
    assert status([*line.split(), *store]) == 2
    assert capsys.readouterr().err == f"echoscope: {sentence}\n"
    assert not (tmp_path / "echoes").exists()


def test_a_task_of_samples_reads_no_user_data_and_no_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", str(tmp_path / "echoes")]
    (tmp_path / "text.txt").write_text("abcabc" * 50)
    assert status(["run", "hold", "--text", str(tmp_path / "text.txt"), *store]) == 2
    assert "task hold has samples of its own" in capsys.readouterr().err
    small = ["--epochs", "2", "--delay", "3", "--units", "4"]
    assert status(["run", "hold", *small, *store]) == 0
    capsys.readouterr()
    for line in ("evaluate", "confusion", "generate 1 2 3", "stream"):
        assert status([*line.split(), *store]) == 2, line
        assert capsys.readouterr().err == (
            "echoscope: task hold has samples of its own and is no reading of one stream, which"
            " this needs: use it with a run of the echo, as preset lag makes one.\n"
        )
    assert status(["predict", "1", "2", "3", *store]) == 2
    assert capsys.readouterr().err == (
        "echoscope: A sample of task hold has 4 integers, and there are 3: give whole samples, one"
        " after the other.\n"
    )
    assert status(["predict", *["1", "2", "3", "4", "5", "6", "7", "8"], "--json", *store]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["targets"], said["scored"]) == ([1, 5], 2)


def test_hold_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["explain", "hold", "--vocab-size", "4", "--delay", "3"]) == 0
    printed = capsys.readouterr().out
    assert "task hold, vocab_size 4, delay 3, model lstm" in printed
    assert "1 symbol has to be held at once: 1 x log2(4) = 2.00 bits." in printed
    assert "a perfect memory of the window 100.00%" in " ".join(printed.split())
    assert status(["explain", "associative-recall", "--json"]) == 0
    asks = json.loads(capsys.readouterr().out)
    assert asks["experiment"]["task"]["kind"] == "associative-recall"
    assert asks["demand"]["bits"] == pytest.approx(np.log2(70) + 12)
    assert (asks["oracle"], asks["chance"]) == (1.0, 0.125)
    assert asks["memoryless"] == pytest.approx(0.125, abs=0.02)


def test_a_store_of_two_tasks_is_judged_and_drawn_by_their_own_axes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", str(tmp_path / "echoes")]
    small = ["--epochs", "30", "--seeds", "2", "--vocab-size", "4", "--workers", "1", *store]
    assert status(["sweep", "hold", "--delay", "0..2", "--units", "4,8", *small]) == 0
    assert "delay" in capsys.readouterr().out
    assert status(["summary", "--json", "--target-accuracy", "0.4", *store]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["varied"] == ["units", "delay"]
    spans = [item["span"] for item in found["over"] if item["span"]]
    assert [(span["difficulty"], span["values"]) for span in spans] == [("delay", [0, 1, 2])] * 2
    fewest = [each for item in found["over"] for each in item["fewest"]]
    assert [(each["difficulty"], each["value"]) for each in fewest] == [
        ("delay", 0),
        ("delay", 1),
        ("delay", 2),
    ]  # fmt: keep
    for name in ("delay", "heat", "units", "steps", "curves"):
        file = tmp_path / f"{name}.html"
        assert status(["figure", name, str(file), "--target-accuracy", "0.4", *store]) == 0, name
        assert "delay" in file.read_text()
    assert status(["figure", "lag", str(tmp_path / "lag.svg"), *store]) == 2
    assert "their lag does not vary" in capsys.readouterr().err
    page = tmp_path / "page.md"
    assert status(["report", str(page), "--target-accuracy", "0.4", *store]) == 0
    text = page.read_text()
    assert "The largest delay at which a seed reaches 40%, with all smaller ones" in text
    assert "echoscope sweep hold --vocab-size 4 --units 4,8 --epochs 30 --delay 0,1,2" in text
    capsys.readouterr()
    assert (
        status(["run", "lag", "--fit", "quick", "--epochs", "30", "--vocab-size", "4", *store]) == 0
    )
    capsys.readouterr()
    assert status(["runs", "--where", "task = 'hold' and delay > 0", "--json", *store]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 8
    assert status(["summary", "--json", "--target-accuracy", "0.4", *store]) == 0
    assert "task" in json.loads(capsys.readouterr().out)["varied"]
    assert status(["report", str(page), "--target-accuracy", "0.4", *store]) == 0


class Unfinished(Task):
    kind = "unfinished"


class NotATask:
    kind = "nothing"


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        (NotATask, "register_task needs a class derived from Task, not "),
        (
            Unfinished,
            "Unfinished has no difficulty, vocab_size, readout, time_steps, sample, held"
            " and oracle, which a task needs: see docs/plugins.md.",
        ),
    ],
)  # fmt: keep
def test_what_is_no_task_is_not_registered(task: Any, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        register_task(task)
    assert str(caught.value).startswith(sentence)
    assert "unfinished" not in TASKS


def test_a_task_that_is_not_there_is_said() -> None:
    with pytest.raises(SettingError, match=r"task 'holt' is not there \(did you mean 'hold'\): "):
        Experiment.from_json({"task": {"kind": "holt"}})
    with pytest.raises(SettingError, match=r"^kind must be the name of a task, not 3\.$"):
        Experiment.from_json({"task": {"kind": 3}})
    assert Held(1, 2.0, "").symbols == 1
    assert TrainingConfig().sampling == "sequence"
