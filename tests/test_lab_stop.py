"""The lab's Stop: what is stopped frees its place at once, whatever it does, and loses nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import active_children
from pathlib import Path

import pytest

from echoscope import SettingError, Store
from echoscope.lab import work as working
from echoscope.lab.apart import GRACE
from echoscope.lab.work import Work, Works
from echoscope.settings import Json
from test_lab import SMALL, Page


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Page]:
    page = Page(Store(tmp_path / "store"))
    yield page
    page.works.stop()


def until(holds: Callable[[], object], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come to hold"
        time.sleep(0.02)


BEGUN = """import os, pathlib
(pathlib.Path(__file__).parent / f"begun-{os.getpid()}").touch()
"""
HANGS = {
    "import": "while True: pass",
    "step": """
class Cell:
    def __init__(self, units):
        self.units = units
    def init(self, key, input_size):
        return {}
    def initial_state(self, batch_size):
        import jax.numpy as jnp
        return jnp.zeros((batch_size, self.units))
    def step(self, weights, state, inputs):
        (pathlib.Path(__file__).parent / f"stepped-{os.getpid()}").touch()
        while True: pass
""",
}


@pytest.mark.parametrize("where", HANGS)
def test_a_layer_that_never_comes_back_is_stopped(where: str, tmp_path: Path) -> None:
    """It is a process of its own, which is ended; its place is free, and the lab ends at once."""
    path = tmp_path / "hangs.py"
    path.write_text(BEGUN + HANGS[where])
    page = Page(Store(tmp_path / "store"), (f"{path}:Cell",))
    asked = {"layer": f"{path}:Cell", "budget": "10s"}
    works = [page.works.find(page("measurements", asked)["id"]) for _ in range(2)]
    assert "are under way" in page.ask("/api/measurements", asked).text
    marks = "begun-*" if where == "import" else "stepped-*"
    until(lambda: len([*tmp_path.glob(marks)]) == 2)
    time.sleep(0.5)
    begun = time.monotonic()
    for work in works:
        page(f"works/{work.name}/stop", {})
    until(lambda: all(work.over for work in works))
    assert time.monotonic() - begun < GRACE + 3
    assert not active_children()
    assert [work.error for work in works] == ["", ""]
    page.works.stop()
    assert time.monotonic() - begun < GRACE + 5


def test_a_measurement_that_is_stopped_keeps_what_was_known(lab: Page) -> None:
    work = lab.works.find(lab("measurements", {"layer": "gru", "units": 4, "budget": "3m"})["id"])
    until(lambda: bool(work.items), 60)
    begun = time.monotonic()
    lab(f"works/{work.name}/stop", {})
    until(lambda: work.over)
    assert time.monotonic() - begun < GRACE + 3
    assert work.error == ""
    assert work.since()["items"][-1]["layer"] == "gru"


def test_a_layer_whose_process_dies_says_so(tmp_path: Path) -> None:
    path = tmp_path / "dies.py"
    path.write_text("import os\nos._exit(7)\n")
    page = Page(Store(tmp_path / "store"), (f"{path}:Cell",))
    *_, last = page.ended("measurements", {"layer": f"{path}:Cell", "budget": "10s"})
    assert "ended by itself (status 7)" in last["error"]


def test_what_was_stopped_and_does_not_end_holds_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few may come to their end in their own time; of more, the next waits."""
    monkeypatch.setattr(working, "GRACE", 0.2)
    monkeypatch.setattr(working, "WAIT", 0.1)
    works, end = Works(), threading.Event()

    def stays(work: Work) -> Json:
        end.wait(60)
        return {"kept": True}

    first, second = (works.begin("training", {}, stays) for _ in range(2))
    for work in (first, second):
        work.stop()
    with pytest.raises(SettingError, match="2 are under way"):
        works.begin("training", {}, stays)
    time.sleep(0.3)
    later = [works.begin("training", {}, stays) for _ in range(2)]
    for work in later:
        work.stop()
    time.sleep(0.3)
    with pytest.raises(SettingError, match="4 that were stopped have not come to the end"):
        works.begin("training", {}, stays)
    end.set()
    until(lambda: all(work.over for work in works.all()))
    assert first.result == {"kept": True}  # nothing of it is lost
    works.begin("training", {}, stays)


@pytest.mark.parametrize(
    ("path", "asked", "hangs"),
    [
        ("trainings", SMALL, "echoscope.training.loop.compiled"),
        ("emergences", SMALL, "echoscope.emergence.frames.Training"),
        ("emergences", SMALL, "echoscope.emergence.looking.probe_bits"),
    ],
)
def test_a_stop_waits_for_no_compiler(
    path: str, asked: dict[str, str], hangs: str, lab: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling, end = threading.Event(), threading.Event()

    def waits(*arguments: object, **more: object) -> None:
        compiling.set()
        end.wait(60)
        raise RuntimeError

    monkeypatch.setattr(hangs, waits)
    work = lab.works.find(lab(path, asked)["id"])
    assert compiling.wait(30)
    begun = time.monotonic()
    lab(f"works/{work.name}/stop", {})
    until(lambda: work.over)
    end.set()
    assert time.monotonic() - begun < 4
    assert work.error == ""
