"""Bits: layers of which it is known what they hold, the probe beside what is said, intervals."""

import math
import time

import pytest

from echoscope.measure.calibration.known import (
    before,
    buffered,
    convolution,
    delay_line,
    known,
    memoryless,
    shift_register,
    without_weights,
)
from echoscope.measure.in_jax.functions import Functions
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.results import Bits
from echoscope.measure.search.axes import shift
from echoscope.measure.search.bits import PILOTS, Ladder, certified, fano, ladder
from echoscope.measure.search.frozen import frozen
from echoscope.measure.search.span import Search
from echoscope.measure.search.trials import Job, Trained, Trials

SYMBOL = math.log2(10)


def measured(layer: JaxLayer, settings: Ladder, trainings: int = 2) -> list[Bits]:
    """All that the ladder says, one after the other."""
    with Trials(layer) as trials:
        return list(ladder(trials, settings, rates=(0.03,), trainings=trainings))


def holds(low: float, value: float, high: float | None) -> bool:
    return low - 1e-6 <= value <= (math.inf if high is None else high) + 1e-6


def test_a_shift_register_holds_its_symbols_and_certifies_them() -> None:
    settings = Ladder(lags=6, steps=300)
    truth = 4 * SYMBOL
    with Trials(shift_register(4)) as trials:
        first, *_, last = ladder(trials, settings, rates=(0.03,), trainings=2)
        probed = frozen(trials, last, settings, trainings=1)
        *_, single = certified(trials, last, settings, trainings=2)
    assert first.trainings == 1
    assert "no interval yet" in first.remarks[0]
    assert (first.ladder.low, first.ladder.high) == (0.0, settings.ceiling)
    assert holds(last.ladder.low, truth, last.ladder.high)
    assert last.ladder.value == pytest.approx(truth, abs=0.1)
    assert [lag.bits.value > 3 for lag in last.lags] == [True] * 4 + [False] * 2
    assert single.certified_lag == 4
    assert single.certified.value <= truth + 1e-6
    assert holds(single.certified.low, truth, single.certified.high)
    assert probed.held is not None
    assert probed.untrained is not None
    assert probed.held.value == pytest.approx(truth, abs=0.2)
    assert probed.untrained.value == pytest.approx(truth, abs=0.2)
    assert probed.shuffled is not None
    assert probed.shuffled.value < 0.1


def test_a_layer_without_a_memory_holds_nothing() -> None:
    last = measured(memoryless(), Ladder(lags=3, steps=100))[-1]
    assert last.ladder.value == last.certified.value == last.ladder.low == 0


@pytest.mark.parametrize(("layers", "lags", "steps"), [(1, 4, 300), (2, 7, 500)])
def test_a_convolution_holds_its_width(layers: int, lags: int, steps: int) -> None:
    last = measured(convolution(4, layers), Ladder(lags=lags, steps=steps))[-1]
    truth = 3 * layers * SYMBOL
    assert holds(last.ladder.low, truth, last.ladder.high)
    assert last.ladder.value == pytest.approx(truth, rel=0.02)
    assert [lag.accuracy > 0.95 for lag in last.lags] == [
        lag <= 3 * layers for lag in range(1, lags + 1)
    ]


def test_a_delay_line_certifies_all_it_holds_by_the_only_lag_it_says() -> None:
    last = measured(delay_line(5), Ladder(lags=6, steps=200))[-1]
    assert last.certified_lag == 5
    assert holds(last.certified.low, 5 * SYMBOL, last.certified.high)
    assert last.certified.value == pytest.approx(5 * SYMBOL, abs=0.2)
    assert last.ladder.value == pytest.approx(SYMBOL, abs=0.1)
    kind = shift(10, last)
    assert kind.first == 5
    assert "lags 1, 2, 3, 4" in kind.remarks[0]
    job = Search(kind, rates=(0.03,)).next()
    assert job is not None
    assert job.experiment.task.traced == (5,)


def test_what_is_held_and_never_said_is_found_in_the_state_alone() -> None:
    def apply(weights: object, state: object, inputs: object) -> tuple[object, object]:
        return inputs, before(state, inputs)[1]

    layer = known("silent", Functions(without_weights, buffered(3, 10), apply), 10, 10)
    settings = Ladder(lags=4, steps=100)
    with Trials(layer) as trials:
        *_, last = ladder(trials, settings, rates=(0.03,), trainings=2)
        probed = frozen(trials, last, settings, trainings=1)
    assert last.ladder.value == 0
    # the buffer of three has the last symbol itself and two before it
    assert probed.held is not None
    assert probed.held.value == pytest.approx(2 * SYMBOL, abs=0.2)


def test_rates_and_lags_are_chosen_on_other_seeds_than_those_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jobs: list[Job] = []

    def train(self: Trials, job: Job, begun: int) -> Trained:
        jobs.append(job)
        return ended(self, job, begun)

    ended = Trials._train
    monkeypatch.setattr(Trials, "_train", train)
    settings = Ladder(lags=2, steps=50)
    with Trials(memoryless()) as trials:
        *_, last = ladder(trials, settings, rates=(0.01, 0.03), trainings=2)
        list(certified(trials, last, settings, trainings=2))
    seeds = [job.experiment.seed for job in jobs]
    assert sorted({seed for seed in seeds if seed < PILOTS}) == [0, 1]
    ladders = [job.experiment for job in jobs if job.experiment.echo.heads == 2]
    assert [item.seed >= PILOTS for item in ladders] == [True, True, False, False]


def test_a_deadline_ends_the_ladder_with_what_is_known() -> None:
    with Trials(memoryless(), deadline=time.monotonic()) as trials:
        assert list(ladder(trials, Ladder(lags=2, steps=50))) == []
    with Trials(memoryless(), workers=1) as trials:
        several = ladder(trials, Ladder(lags=2, steps=50), rates=(0.01,), trainings=5)
        assert next(several).trainings == 1
        trials.stop()
        assert list(several) == []


def test_a_ladder_that_would_go_on_says_so() -> None:
    last = measured(shift_register(4), Ladder(lags=3, steps=300))[-1]
    assert last.ladder.censored
    assert last.ladder.high is None
    assert "more may give more" in last.remarks[0]


def test_what_an_accuracy_leaves_open_is_never_below_what_is_lost() -> None:
    assert fano(0.1, 10) == pytest.approx(SYMBOL)
    assert [round(fano(p, 10), 2) for p in (0.99, 0.95)] == [0.11, 0.44]
