"""A layer that takes its time keeps nobody waiting: what is known at the end of the budget is the
report.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from echoscope.experiment.experiment import Experiment
from echoscope.measure.calibration.known import delay_line
from echoscope.measure.layer.base import Over, never
from echoscope.measure.layer.identity import Identity
from echoscope.measure.search import trials as module
from echoscope.measure.search.axes import shift
from echoscope.measure.search.trials import Job, Trials
from echoscope.measure.xray import NAMES, xray
from echoscope.measure.xray.page import layer_table, looks_table, mark
from echoscope.process.leaving import aside
from echoscope.training.results import Point, Progress


class Slow:
    """A layer each slice of whose training lasts until it may end."""

    identity = Identity("slow", "slow", "none", "none")

    def __init__(self) -> None:
        self.may_end, self.begun = threading.Event(), threading.Event()

    def experiment(self, experiment: Experiment) -> Experiment:
        return experiment

    def trainer(self, experiments: Sequence[Experiment], over: Over = never) -> Iterator[Progress]:
        while True:
            self.begun.set()
            self.may_end.wait()
            yield Progress(1, 2, (Point(1, 0.0, 0.0),))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(module, "GRACE", 0.2)
    layer = Slow()
    yield layer
    layer.may_end.set()


def job() -> Job:
    return Job(shift(10).experiment(2, 0.01, 0, 50))


def test_nobody_waits_for_a_slice_that_does_not_end(slow: Any) -> None:
    with Trials(slow, workers=1) as trials:
        trials.submit(job())
        slow.begun.wait()
        trials.stop()
        assert trials.wait() is None
    assert not slow.may_end.is_set()


@pytest.mark.parametrize(("there", "work"), [(1, 1), (3, 3), (64, 4)])
def test_as_many_trainings_go_on_as_there_are_cores_up_to_four(
    there: int, work: int, slow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echoscope.measure.search.trials.cores", lambda: there)
    with Trials(slow) as trials:
        assert trials.free == work


def test_another_round_begins_when_what_the_one_before_left_has_ended(slow: Any) -> None:
    with Trials(slow, workers=1, deadline=0.0) as trials:
        trials.submit(job())
        assert trials.wait() is not None  # over before it began
        trials.until(float("inf"))
        trials.submit(job())
        slow.begun.wait()
        threading.Timer(0.3, slow.may_end.set).start()
        trials.until(float("inf"))
        assert slow.may_end.is_set()
        assert trials.free == 1


def test_what_an_earlier_round_left_is_no_result_of_the_next(slow: Any) -> None:
    with Trials(slow, workers=1) as trials:
        trials.submit(job())
        slow.begun.wait()
        trials.until(0.0)
        slow.may_end.set()
        assert trials.wait() is None


def test_a_program_leaves_while_a_thread_is_at_work_that_nobody_waits_for() -> None:
    code = (
        "import threading\n"
        "from echoscope.process.leaving import aside, leave\n"
        "aside(threading.Event().wait)\n"
        "print('known')\n"
        "leave(3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "known\n", "")


def test_what_is_done_aside_gives_its_result_or_its_error() -> None:
    assert aside(lambda left, right: left + right, 1, 2).result() == 3
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 / 0).result()


def test_an_xray_that_is_over_says_what_it_has_not_looked_at() -> None:
    seen = xray(delay_line(2), over=lambda: True)
    assert {verdict.name for verdict in seen.verdicts if verdict.unsure} == {*NAMES} - {"finite"}
    assert seen.faults == ()
    assert seen.effective_state_size is None
    assert "The time was over before this was looked at" in seen.verdicts[1].reason
    marks = [mark for mark, *_ in looks_table(seen).rows]
    assert marks == ["?"] * (len(NAMES) - 1) + ["ok"]


def test_who_watches_is_told_each_look_before_it_is_taken() -> None:
    told: list[str] = []
    seen = xray(delay_line(2), watch=told.append)
    assert {*told} - {"state"} == {*NAMES}
    assert seen.faults == ()
    untold = {verdict.name: mark(verdict) for verdict in seen.verdicts if verdict.ok is None}
    assert untold == {"evaluation_mode": "-", "lengths": "-"}
    assert ("state", "20", "real numbers that a row carries, with all buffers") in layer_table(
        seen
    ).rows
