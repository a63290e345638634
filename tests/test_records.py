"""Runs and the store: whole or not at all, found by a start of their id, never replaced by
less.
"""

import json
import os
import sqlite3
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope import Run, Store, StoreError, preset
from echoscope.runs.fields import RULES
from echoscope.runs.versions import versions
from echoscope.stats.intervals import Accuracy, means_and_ends

WEIGHTS = {"readout.bias": np.arange(3, dtype=np.float32)}


def a_run(
    seed: int = 0, outcome: str = "done", created: str = "2026-01-01T00:00:00", **settings: Any
) -> Run:
    return replace(
        Run(
            experiment=preset("lag", seed=seed),
            outcome=outcome,
            accuracy=0.5,
            accuracy_low=0.4,
            accuracy_high=0.6,
            target_count=100,
            loss=1.0,
            epochs=1,
            steps=4,
            curve=((4, 1.0, 0.5),),
            seconds={"compile": 1.0, "train": 2.0},
            side_by_side=1,
            inputs=[[1, 2]],
            targets=[1],
            predictions=[1],
            versions={"jax": "1"},
            device="cpu",
            created=created,
            chance=0.01,
        ),
        **settings,
    )


def test_there_and_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "echoes")
    kept = store.add(a_run(), WEIGHTS)
    assert (
        store.find()
        == store.find(kept.id[:3])
        == Run.from_json(kept.to_json())
        == kept_as_read(kept)
    )
    assert store.weights(kept)["readout.bias"].tolist() == [0, 1, 2]
    assert sorted(path.name for path in store.folder.iterdir()) == [kept.weights, "runs.sqlite"]
    assert store.path == tmp_path / "new" / "echoes" / "runs.sqlite"


def test_versions_have_the_flags_that_change_last_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", " --xla_cpu_enable_fast_math=true ")
    assert versions()["XLA_FLAGS"] == "--xla_cpu_enable_fast_math=true"
    monkeypatch.delenv("XLA_FLAGS")
    assert set(versions()) == {"echoscope", "jax", "jaxlib", "numpy", "python"}


def test_a_store_that_is_not_there_is_empty_and_stays_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "echoes")
    assert (store.ids(), store.runs(), store.table()["id"]) == ([], [], [])
    with pytest.raises(StoreError, match=r"make one with echoscope run lag --store \S+echoes\.$"):
        store.find()
    assert list(tmp_path.iterdir()) == []


def test_weights_may_be_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = store.add(a_run())
    assert (kept.weights, [path.name for path in tmp_path.iterdir()]) == ("", ["runs.sqlite"])
    with pytest.raises(StoreError, match=r"was kept without its weights, so it has nothing to say"):
        store.weights(kept)
    assert store.add(a_run(), WEIGHTS).weights
    assert store.add(a_run(accuracy=0.9)).accuracy == 0.5  # less never replaces more


def test_a_failed_cell_is_a_row_with_its_reason(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = store.add(a_run(outcome="failed", reason="out of memory", accuracy=None, loss=None))
    assert store.find().reason == "out of memory"
    assert (store.table()["outcome"], store.table()["reason"]) == (["failed"], ["out of memory"])
    with pytest.raises(StoreError, match=r"failed \(out of memory\), so it has nothing to say"):
        store.weights(kept)
    assert store.add(a_run(outcome="interrupted"), WEIGHTS).outcome == "interrupted"
    assert store.add(a_run(outcome="failed")).outcome == "interrupted"


def kept_as_read(kept: Run) -> Run:
    """Tuples are lists once they were JSON."""
    return Run.from_json(json.loads(json.dumps(kept.to_json())))


def test_latest_by_time_and_all_in_order(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for seed, day in ((1, 3), (2, 1), (3, 2)):
        store.add(a_run(seed, created=f"2026-01-0{day}T00:00:00"), WEIGHTS)
    assert [result.experiment.seed for result in store.runs()] == [2, 3, 1]
    assert store.find().experiment.seed == 1


def test_an_ambiguous_start_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for seed in range(40):
        store.add(a_run(seed), WEIGHTS)
    start = next(
        digit
        for digit in "0123456789abcdef"
        if sum(known.startswith(digit) for known in store.ids()) > 1
    )
    several = sorted(known for known in store.ids() if known.startswith(start))
    with pytest.raises(StoreError) as caught:
        store.find(start)
    assert (
        str(caught.value)
        == f"{start!r} is the start of {len(several)} runs ({', '.join(several)}): give more"
        " of it."
    )


def test_what_is_not_a_number_is_none_in_json(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = store.add(
        a_run(
            outcome="diverged", loss=float("nan"), accuracy=None, curve=((4, float("inf"), 0.1),)
        ),
        WEIGHTS,
    )
    with sqlite3.connect(store.path) as connection:
        texts = connection.execute("SELECT run, curve FROM documents").fetchone()
    connection.close()
    values, curve = (json.loads(text, parse_constant=pytest.fail) for text in texts)
    assert (values["loss"], curve, store.table()["loss"]) == (None, [[4, None, 0.1]], [None])
    with pytest.raises(StoreError, match="diverged, so it has nothing to say"):
        store.weights(kept)


def test_less_never_replaces_more_and_equal_words_leave_one_record(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(a_run(), WEIGHTS)
    for outcome in ("interrupted", "diverged"):
        assert store.add(a_run(outcome=outcome), {"readout.bias": np.zeros(1)}).outcome == "done"
    assert store.weights(store.find())["readout.bias"].tolist() == [0, 1, 2]
    with pytest.raises(StoreError, match=r"of these settings was trained here and stays"):
        store.add(a_run(outcome="imported"), WEIGHTS)
    store.add(a_run(accuracy=0.9), {"readout.bias": np.ones(2, np.float32)})
    assert store.find().accuracy == 0.9
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("place", ["os.replace", "echoscope.store.columns.insert"])
def test_an_interrupt_before_or_after_the_weights_leaves_the_old_record(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.add(a_run(), WEIGHTS)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.add(a_run(accuracy=0.9), {"readout.bias": np.ones(2, np.float32)})
    assert store.find().accuracy == 0.5
    assert store.weights(store.find())["readout.bias"].tolist() == [0, 1, 2]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError) as caught:
        Store(tmp_path).add(a_run(), WEIGHTS)
    assert "cannot be written (No space left on device)" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["runs.sqlite"]
    assert Store(tmp_path).ids() == []


DAMAGES = [
    (
        lambda text: text[: len(text) // 2],
        "{path} is damaged: its document is not JSON; run the experiment again.",
    ),
    (
        lambda text: text.replace('"outcome": "done"', '"outcome": "gone"'),
        "{path} has outcome 'gone', which this Echoscope does not know: update it.",
    ),
    (
        lambda text: "{}",
        "{path} is damaged: it is not a run; delete it, or run the experiment again.",
    ),
    (
        lambda text: text.replace('"schema": 2', '"schema": 3'),
        "{path} has schema 3 and this Echoscope reads 2: update it.",
    ),
    (
        lambda text: text.replace('"seed": 0', '"seed": 1'),
        "{path} is damaged: its id '44136fa355b3' is not the hash of its settings ("
        + preset("lag", seed=1).id
        + "); run the experiment again.",
    ),
    (
        lambda text: text.replace('"vocab_size": 100', '"vocab_size": 0'),
        "{path} is damaged: vocab_size must be an integer from 2 to 1000000, not 0.",
    ),
]


@pytest.mark.parametrize(("damage", "sentence"), DAMAGES)
def test_damage_is_said(damage: Any, sentence: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = store.add(a_run(), WEIGHTS)
    store.add(a_run(seed=7, created="2026-02-02T00:00:00"), WEIGHTS)
    with sqlite3.connect(store.path) as connection:
        text = connection.execute("SELECT run FROM documents WHERE id = ?", [kept.id]).fetchone()[0]
        connection.execute("UPDATE documents SET run = ? WHERE id = ?", [damage(text), kept.id])
    connection.close()
    with pytest.raises(StoreError) as caught:
        store.find(kept.id)
    assert str(caught.value) == sentence.format(path=f"Run {kept.id} in {store.path}")
    assert store.find().experiment.seed == 7  # one damaged run takes no other with it
    assert len(store.table()["id"]) == 2
    assert store.add(a_run(), WEIGHTS) == kept  # and is mended by its own settings
    assert store.find(kept.id).outcome == "done"


def test_damaged_and_missing_weights_are_said(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = store.add(a_run(), WEIGHTS)
    path = tmp_path / kept.weights
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match=r"are damaged: run the experiment again\.$"):
        store.weights(kept)
    path.unlink()
    with pytest.raises(StoreError, match=r"cannot be read: run the experiment again\.$"):
        store.weights(kept)


def test_intervals() -> None:
    # Wilson's interval of 7 in 10, as published in many tables: 0.397 to 0.892.
    seven = Accuracy.of(0.7, 10)
    assert (round(seven.low, 3), round(seven.high, 3)) == (0.397, 0.892)
    spread = Accuracy.of(0.7, 100, design_effect=10)
    assert (round(spread.low, 3), round(spread.high, 3)) == (0.397, 0.892)
    assert Accuracy.of(0.0, 10).low == 0
    assert Accuracy.of(1.0, 10).high == 1


def test_the_mean_over_seeds() -> None:
    value, _, high = means_and_ends([[0.2, 0.3, 0.4]], [30_000])
    assert np.isclose(value, 0.3)
    # Student's quantile with two degrees of freedom is 4.303; the standard error 0.1 / sqrt(3).
    assert np.isclose(high - value, 4.303 * 0.1 / np.sqrt(3), rtol=1e-3)
    _, low, _ = means_and_ends([[1.0] * 5], [50_000])
    assert low == Accuracy.of(1.0, 50_000).low


def test_every_field_of_a_record_has_a_rule_but_those_with_a_check_of_their_own() -> None:
    assert set(RULES) == {field.name for field in fields(Run)} - {"experiment", "schema"}
    with pytest.raises(
        StoreError, match="held_out must be rows of a step, a loss and an accuracy, not"
    ):
        Run.from_json(a_run().to_json() | {"held_out": [["x", 1.0, 0.5]]})
