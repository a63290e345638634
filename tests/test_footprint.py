"""A training that cannot fit is not begun, and what its refusal says to do fits."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope import InsufficientMemoryError, Training, preset, train
from echoscope.cli import status
from echoscope.studies.jobs import check_heaviest
from echoscope.training.memory import CGROUPS, check_room, footprint, room
from echoscope.training.setup import Setup
from networks import first_weights
from test_models import CHANGED, PLAIN

GB = 10**9


def given_room(monkeypatch: pytest.MonkeyPatch, free: int | None) -> None:
    monkeypatch.setattr("echoscope.training.memory.room", lambda: free)


@pytest.mark.parametrize(("name", "readout", "settings"), [*PLAIN, *CHANGED])
def test_shapes_are_known_without_weights(
    name: str, readout: str, settings: dict[str, Any]
) -> None:
    state = {"stateful": False}
    lag = {"lag": (1,)} if readout == "all" else {"lag": (2, 0)}
    experiment = preset("lag", model=name, readout=readout, units=6, **state, **lag, **settings)
    weights, shapes = first_weights(experiment), Setup.of(experiment).unfilled
    assert {key: array.shape for key, array in weights.items()} == {
        key: array.shape for key, array in shapes.items()
    }
    assert all(array.dtype == np.float32 for array in shapes.values())
    assert all(array.strides == (0, 0) for array in shapes.values() if array.ndim == 2)


SETTINGS = {
    "units": {"units": 20_000},
    "batch_size": {"fit": "quick", "batch_size": 1_000_000, "window": 20, "length": 20},
    "length": {"length": 1_000_000, "window": 100_000},
    "vocab_size": {"vocab_size": 1_000_000},
    "layers": {"units": 9_000, "layers": 16, "fit": "quick"},
    "window": {"fit": "quick", "window": 90_000, "length": 90_000, "batch_size": 100},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_what_a_refusal_says_fits_and_a_tenth_more_does_not(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 3 * GB
    given_room(monkeypatch, free)
    large = preset("lag", **settings)
    with pytest.raises(InsufficientMemoryError) as refused:
        check_room(large)
    text = re.fullmatch(
        r"This training needs about [\d.,]+ GB of memory, and 3.0 GB are free: use (\w+) (\d+)\.",
        str(refused.value),
    )
    assert text, refused.value
    setting, most = text[1], int(text[2])
    check_room(large.change(**{setting: most}))
    assert footprint(large.change(**{setting: most + max(1, most // 9)})) > free


def test_fewer_at_a_time_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    given_room(monkeypatch, 3 * GB)
    experiment = preset("lag", units=1000)
    with pytest.raises(
        InsufficientMemoryError,
        match=r"use (\d+) seeds or runs at a"
        r" time\.",
    ) as refused:
        check_room(experiment, 1000)
    few = int(re.findall(r"use (\d+)", str(refused.value))[0])
    check_room(experiment, few)
    with pytest.raises(InsufficientMemoryError):
        check_room(experiment, few + 1)
    with pytest.raises(
        InsufficientMemoryError,
        match=r"in 8 processes, and 3.0 GB are free: use"
        r" 5 workers\.",
    ):
        check_heaviest([preset("lag"), experiment], 1, 8)
    check_heaviest([preset("lag"), experiment], 1, 5)
    given_room(monkeypatch, 1000)
    with pytest.raises(
        InsufficientMemoryError, match="a machine with more, for no one smaller setting will do"
    ):
        check_room(experiment)


def test_tasks_without_a_length_or_a_window_are_refused_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_room(monkeypatch, 3 * GB)
    for name in ("hold", "selective-copy", "associative-recall"):
        with pytest.raises(InsufficientMemoryError, match=r"use units \d+\.") as refused:
            check_room(preset(name, units=20_000))
        units = int(re.findall(r"use units (\d+)", str(refused.value))[0])
        check_room(preset(name, units=units))


def test_nothing_is_begun_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given_room(monkeypatch, 2 * GB)
    store = ["--store", str(tmp_path / "echoes")]
    assert status(["run", "lag", "--units", "20000", *store]) == 2
    printed = capsys.readouterr()
    assert (printed.out, (tmp_path / "echoes").exists()) == ("", False)
    assert printed.err.startswith("echoscope: This training needs about 58.4 GB of memory, and 2.0")
    units = re.findall(r"use (units \d+)", printed.err)[0].split()[1]
    with pytest.raises(InsufficientMemoryError, match="use units 3"):
        train(preset("lag", units=20_000))
    with pytest.raises(InsufficientMemoryError):
        Training([preset("lag", units=int(units) * 2)])


def test_a_sweep_is_refused_by_its_largest_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given_room(monkeypatch, 2 * GB)
    threads = ThreadPoolExecutor(2)
    monkeypatch.setattr("echoscope.studies.sweep.WorkerPool", lambda *_, **__: threads)
    settings = [
        "sweep",
        "lag",
        "--units",
        "8,20000",
        "--seeds",
        "1",
        "--store",
        str(tmp_path / "e"),
    ]
    assert status([*settings, "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "needs about 116.8 GB of memory in 2 processes, and 2.0 GB are free" in printed.err
    assert status([*settings, "--dry-run"]) == 0


def test_the_least_of_machine_and_container_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit, used = tmp_path / "max", tmp_path / "current"
    monkeypatch.setattr("echoscope.training.memory.CGROUPS", [(str(limit), str(used))])
    machine = room()
    assert machine is None or machine > GB // 10
    limit.write_text("5000000\n")
    used.write_text("3000000\n")
    assert room() == 2_000_000
    stat = tmp_path / "memory.stat"
    for text, reclaimable in (
        ("anon 7\ninactive_file 1200000\nactive_file 9\n", 1_200_000),
        ("inactive_file 5\ntotal_inactive_file 700000\n", 700_000),
        ("inactive_file 4000000\n", 3_000_000),
        ("anon 7\n", 0),
        ("no numbers here\n", 0),
    ):
        stat.write_text(text)
        assert room() == 2_000_000 + reclaimable
    limit.write_text("max\n")
    assert room() == pytest.approx(machine, rel=0.5)
    assert len(CGROUPS) == 2
