"""Three axes and their search: tasks of a fixed window, a posterior, and searches whose end is
known.
"""

import math
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echoscope.errors import SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.measure.calibration.known import known, shift_register
from echoscope.measure.doors.open import open_layer
from echoscope.measure.in_jax.functions import Functions, scanned
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.layer.base import Over, never
from echoscope.measure.layer.identity import Identity
from echoscope.measure.results import Axis, Trial
from echoscope.measure.search.axes import RATES, Kind, all_three, hold, recall, shift, window_for
from echoscope.measure.search.driving import drive
from echoscope.measure.search.posterior import Guess, Posterior, non_monotone
from echoscope.measure.search.span import PILOTS, Search
from echoscope.measure.search.tasks import HoldWithin, RecallWithin
from echoscope.measure.search.trials import Job, Trials
from echoscope.tasks.base import Task
from echoscope.tasks.draws import NumpyDraws
from echoscope.training.batches import batch_plan, framed
from echoscope.training.results import Point, Progress

TASKS: list[Task] = [
    HoldWithin(vocab_size=5, delay=3, window=8),
    RecallWithin(vocab_size=10, pairs=2, window=13),
    RecallWithin(vocab_size=10, pairs=4, window=13),
]


class Simulated:
    """A layer of which trainings up to `span` are solved, by the seed, and nothing is trained; only
    with the rate that `rate` says for a difficulty.
    """

    identity = Identity("simulated", "simulated", "none", "none")

    def __init__(self, span: float, slope: float = 12.0, rate: float | None = None) -> None:
        self.span, self.slope, self.rate = span, slope, rate
        self.seeds: dict[bool, list[int]] = {True: [], False: []}
        self.windows: list[int] = []
        self.seconds = 0.0

    def experiment(self, experiment: Experiment) -> Experiment:
        return experiment

    def trainer(self, experiments: Sequence[Experiment], over: Over = never) -> "Ended":
        (experiment,) = experiments
        (difficulty,) = experiment.task.traced
        self.seeds[experiment.seed >= PILOTS].append(experiment.seed)
        self.windows.append(experiment.task.time_steps)
        time.sleep(self.seconds)
        rng = np.random.default_rng([experiment.seed, difficulty])
        if self.rate not in (None, experiment.training.learning_rate):
            return Ended(False, experiment.training.epochs)
        chance = 1 / (1 + math.exp(self.slope * math.log(difficulty / self.span)))
        return Ended(bool(rng.random() < chance), experiment.training.epochs)


class Ended:
    """A training that has come to its end at once."""

    def __init__(self, solved: bool, epochs: int) -> None:
        points = [Point(step, 0.1, 1.0 if solved else 0.2) for step in (epochs - 1, epochs)]
        self.left = [Progress(point.step, epochs, (point,)) for point in points]

    def __iter__(self) -> Iterator[Progress]:
        return iter(self.left)

    def outcomes(self) -> list[Any]:
        raise AssertionError("a search needs no evaluation")


def _trial(difficulty: int, solved: bool) -> Trial:
    return Trial(difficulty, solved, 1.0 if solved else 0.1, 0.01, 0, 100)


def searched(layer: Any, search: Search, deadline: float = math.inf) -> Axis:
    """The last that is known."""
    with Trials(layer, deadline=deadline) as trials:
        for _ in drive(trials, [search]):
            pass
    return search.axis()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.kind} {task.traced[0]}")
def test_a_perfect_memory_answers_what_is_asked(task: Task) -> None:
    drawn = task.sample(NumpyDraws(3), 200)
    inputs, targets = drawn[:, : task.time_steps], drawn[:, task.time_steps :]
    mask = task.mask()
    assert 0 < mask.sum() < task.time_steps
    assert (task.oracle(inputs)[:, mask] == targets[:, mask]).all()
    guessed = (task.memoryless(inputs)[:, mask] == targets[:, mask]).mean()
    assert guessed <= task.chance + 0.1
    assert pickle.loads(pickle.dumps(task)) == task


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.kind} {task.traced[0]}")
def test_one_program_has_every_difficulty_of_a_window(task: Task) -> None:
    experiment = shift().experiment(1, 0.01, 0).change(task=task)
    assert task.shape.traced != task.traced or task == task.shape
    assert experiment.shape.task == task.shape
    drawn = task.shape.sample(NumpyDraws(5), experiment.training.batch_size)
    traced = framed(jnp.asarray(drawn), batch_plan(experiment.shape), jnp.asarray(task.traced))
    framed_here = framed(task.arranged(drawn, task.traced, np), batch_plan(experiment), xp=np)
    asked = np.asarray(framed_here.mask)
    assert (np.asarray(traced.mask) == asked).all()
    assert (np.asarray(traced.inputs) == framed_here.inputs).all()
    assert (np.asarray(traced.target)[asked] == framed_here.target[asked]).all()


def test_recall_asks_every_pair_once_in_any_order() -> None:
    task = RecallWithin(vocab_size=12, pairs=3, window=15)
    drawn = task.sample(NumpyDraws(1), 300)
    keys, queries = drawn[:, 0:6:2], drawn[:, 6:9]
    assert (np.sort(keys, 1) == np.sort(queries, 1)).all()
    assert (keys != queries).any(axis=1).mean() > 0.7
    assert (drawn[:, 9:15] == 0).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: HoldWithin(delay=8, window=8),
        lambda: RecallWithin(vocab_size=32, pairs=5, window=14),
        lambda: RecallWithin(vocab_size=8, pairs=5, window=15),
    ],
)
def test_what_does_not_fit_its_window_is_refused(make: Any) -> None:
    with pytest.raises(SettingError, match="does not fit a window"):
        make()


def test_three_axes_have_few_programs() -> None:
    assert [kind.name for kind in all_three()] == ["shift", "hold", "recall"]
    assert [window_for(steps) for steps in (1, 16, 17, 64)] == [16, 16, 32, 64]
    for kind, longest in ((shift(), 32), (hold(), 63), (recall(), 8)):
        shapes = {kind.experiment(d, 0.01, 0).shape for d in range(1, longest + 1)}
        assert len(shapes) <= 3


@pytest.mark.parametrize(("span", "slope", "widest"), [(6, 12, 2.3), (20, 12, 2.2), (60, 5, 2.6)])
def test_intervals_of_simulated_searches_hold_the_truth(
    span: float, slope: float, widest: float
) -> None:
    """`measure.md` has 0.97 to 0.99, x1.76 to x2.19, for 12 trainings; here whole steps too."""
    rng = np.random.default_rng(2)
    lags = np.unique(np.round(np.geomspace(1, 256, 65)).astype(int))
    ends = []
    for _ in range(25):
        posterior = Posterior.before(256)
        for _ in range(12):
            lag = int(lags[np.argmax(posterior.tells(lags.tolist()))])
            solved = rng.random() < 1 / (1 + math.exp(slope * math.log(lag / span)))
            posterior = posterior.after(lag, bool(solved))
        ends.append(posterior.interval)
    covered = sum(low <= span <= high for low, high in ends)
    assert covered >= 22
    assert math.exp(np.mean([math.log(high / low) for low, high in ends])) < widest


def test_a_prior_from_the_ladder_that_is_wrong_gives_way() -> None:
    posterior = Posterior.before(256, Guess(60, 0.4))
    assert 40 < posterior.median < 90
    for lag in (30, 20, 12, 9):
        posterior = posterior.after(lag, False)
    for lag in (5, 6, 7):
        posterior = posterior.after(lag, True)
    assert posterior.interval[0] < 8 < posterior.interval[1] < 15
    first, last = posterior.spread
    assert first < posterior.median < last


def test_a_search_finds_a_known_span_by_fresh_seeds_and_few_programs() -> None:
    layer = Simulated(9.5, slope=60)
    axis = searched(layer, Search(shift(), most=24))
    assert axis.span.low <= 9 < (axis.span.high or 0)
    assert (axis.span.high or 99) - axis.span.low <= 3
    assert len(set(layer.seeds[False])) == len(layer.seeds[False]) == len(axis.trials)
    assert min(layer.seeds[True]) >= PILOTS
    assert len(set(layer.windows)) <= 4
    assert axis.spread[0] <= axis.span.value <= axis.spread[1]


def test_rates_are_chosen_on_other_seeds_and_told() -> None:
    axis = searched(Simulated(12, rate=RATES[2]), Search(shift(), most=12))
    assert {rate for _, rate in axis.rates} == {RATES[2]}
    assert {trial.learning_rate for trial in axis.trials} == {RATES[2]}
    assert axis.span.low <= 12 <= (axis.span.high or 0)


def test_the_first_trial_is_where_the_ladder_ends() -> None:
    kind = replace(shift(), first=7)
    for rates in ((0.01,), RATES):
        trials = searched(Simulated(20), Search(kind, most=4, rates=rates)).trials
        assert min(trials, key=lambda trial: trial.seed).difficulty == 7


def test_rates_are_not_compared_where_that_would_take_all_the_time() -> None:
    search = Search(hold(), usual={16: 1e-3})
    assert search.next(60.0).label.pilot
    late = Search(hold(), usual={16: 1e-3})
    late.steps = 5000
    job = late.next(15.0)
    assert not job.label.pilot
    assert job.experiment.training.learning_rate == RATES[0]
    late.trials.append(_trial(8, True))
    assert "no time to compare rates, so 0.01 is the usual one" in " ".join(late.axis().remarks)


def test_rates_that_were_told_apart_are_compared_anew_only_further_on() -> None:
    compared = []
    for rate in (None, 0.01):  # all of them solve it, or one alone
        layer = Simulated(20, rate=rate)
        searched(layer, Search(hold(), longest=100, most=12))
        compared.append(len(layer.seeds[True]))
    assert compared[0] > compared[1]


def test_what_is_solved_to_the_end_is_censored_there() -> None:
    axis = searched(Simulated(1000), Search(hold(), longest=31, most=8))
    assert axis.span.censored
    assert axis.span.high is None
    assert axis.span.value == axis.longest == 31
    assert any("nothing harder than 31 time steps" in remark for remark in axis.remarks)
    few = Search(hold(), rates=(0.01,))
    few.trials.extend([_trial(8, True)] * 3)
    assert (few.axis().span.value, few.axis().span.high) == (8, None)
    nothing = searched(Simulated(0.3), Search(hold(), longest=31, most=12))
    assert nothing.span.value == nothing.span.low == 0
    assert not nothing.span.censored


def test_no_trial_begins_that_could_not_end_in_time() -> None:
    layer = Simulated(10)
    layer.seconds = 0.2
    search = Search(hold(), most=40, rates=(0.01,))
    search.pace = {16: 1e6}
    axis = searched(layer, search, time.monotonic() + 5)
    assert not layer.windows
    assert not axis.trials
    assert axis.remarks == ("no training ended in time",)
    assert axis.span.value == 0
    assert axis.span.high is None


def test_a_deadline_ends_a_search_with_what_is_known() -> None:
    layer = Simulated(10)
    layer.seconds = 0.05
    began = time.monotonic()
    axis = searched(layer, Search(hold(), most=1000, rates=(0.01,)), time.monotonic() + 2.0)
    assert 1.5 < time.monotonic() - began < 5
    assert axis.trials


def test_three_searches_share_the_workers() -> None:
    kinds = all_three()
    searches = [Search(kind, most=6, rates=(0.01,)) for kind in kinds]
    order = []
    with Trials(Simulated(4), workers=2) as trials:
        for search, axis in drive(trials, searches):
            order.append(search.kind.name)
            assert axis.name == search.kind.name
    assert {name: order.count(name) for name in order} == {kind.name: 6 for kind in kinds}
    assert set(order[:8]) == {kind.name for kind in kinds}


def test_a_curve_that_rises_again_is_named() -> None:
    rising = [_trial(4, False)] * 5 + [_trial(9, True)] * 5
    assert non_monotone(rising) == (4, 9)
    falling = [_trial(4, True)] * 5 + [_trial(9, False)] * 5
    assert non_monotone(falling) is None
    assert non_monotone([_trial(4, False), _trial(9, True)]) is None
    search = Search(shift(), rates=(0.01,))
    search.trials.extend(rising)
    assert any(remark.startswith("not monotone") for remark in search.axis().remarks)


def _lstm(forget_bias: float) -> JaxLayer:
    """32 units, begun as Keras does, but for the forget bias."""

    def init(key: jax.Array, input_size: int) -> Any:
        first, *rest = jax.random.split(key, 5)
        turns = [jax.nn.initializers.orthogonal()(part, (32, 32)) for part in rest]
        read = jax.nn.initializers.glorot_uniform()(first, (input_size, 128))
        bias = jnp.zeros(128).at[32:64].set(forget_bias)
        return {"read": read, "recalled": jnp.concatenate(turns, 1), "bias": bias}

    def step(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        joined = inputs @ weights["read"] + state[0] @ weights["recalled"] + weights["bias"]
        add, keep, new, show = jnp.split(joined, 4, axis=-1)
        cell = jax.nn.sigmoid(keep) * state[1] + jax.nn.sigmoid(add) * jnp.tanh(new)
        output = jax.nn.sigmoid(show) * jnp.tanh(cell)
        return (output, cell), output

    def initial_state(weights: Any, batch_size: int) -> Any:
        return jnp.zeros((batch_size, 32)), jnp.zeros((batch_size, 32))

    return known(f"LSTM {forget_bias:g}", Functions(init, initial_state, scanned(step)))


def _solved(layer: Any, kind: Kind, difficulty: int, steps: int) -> int:
    jobs = [Job(kind.experiment(difficulty, 0.01, seed, steps)) for seed in range(3)]
    with Trials(layer) as trials:
        return sum(ended.solved for ended in trials.each(jobs))


def test_shift_and_hold_put_two_layers_in_opposite_orders() -> None:
    """As in `docs/results/memory.md`: alone, either axis would crown one start of an LSTM."""
    open_gates, half_open = _lstm(1.0), _lstm(0.0)
    assert _solved(open_gates, hold(), 12, 500) > _solved(half_open, hold(), 12, 500) + 1
    assert _solved(open_gates, shift(), 5, 900) < _solved(half_open, shift(), 5, 900) - 1


def test_a_plain_register_shifts_further_than_a_latch() -> None:
    assert (
        _solved(open_layer("rnn"), shift(), 6, 500)
        > _solved(open_layer("lstm"), shift(), 6, 500) + 1
    )


def test_a_shift_register_is_read_exactly() -> None:
    search = Search(shift(), longest=16, most=14, rates=(0.03,), steps=300)
    axis = searched(shift_register(5), search)
    assert axis.span.low <= 5 <= (axis.span.high or 0)
    assert all(trial.solved == (trial.difficulty <= 5) for trial in axis.trials)
    assert axis.span.value == 5
