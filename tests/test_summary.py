"""Summaries of runs: exact against examples worked by hand and against SciPy, and what holds for
all runs.
"""

import json
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from echoscope import Run, SettingError, StoreError, preset
from echoscope.analysis.accuracy import aggregate
from echoscope.analysis.comparison import compare
from echoscope.analysis.estimate import Estimate
from echoscope.analysis.groups import RunCounts, groups_of
from echoscope.analysis.learning_rates import choose_learning_rate, chosen_by_halves
from echoscope.analysis.spans import fewest_units, span_of
from echoscope.analysis.time_to_solve import steps_to_solve
from echoscope.cli import status
from echoscope.experiment.fields import SETTINGS
from echoscope.stats.differences import sign_test
from echoscope.stats.intervals import Accuracy, mean_and_half, means_and_ends, wilson
from echoscope.stats.survival import falls_of, means_of, unsolved_of

BASE = preset("lag", fit="quick", window=20, length=40, vocab_size=10)


def a_run(
    accuracy: float | None = 1.0,
    seed: int = 0,
    *,
    curve: Sequence[tuple[int, float | None]] = (),
    steps: int = 2000,
    outcome: str = "done",
    targets: int = 10_000,
    **settings: Any,
) -> Run:
    """A run that nobody trained; without an accuracy it diverged."""
    mine = Accuracy.of(accuracy, targets) if accuracy is not None else None
    return Run(
        experiment=BASE.change(seed=seed, **settings),
        outcome=outcome if mine else "diverged",
        accuracy=mine and mine.value,
        accuracy_low=mine and mine.low,
        accuracy_high=mine and mine.high,
        target_count=targets if mine else 0,
        loss=None,
        epochs=1,
        steps=steps,
        curve=tuple((step, 0.5, point) for step, point in curve),
        seconds={},
        side_by_side=1,
        inputs=[],
        targets=[],
        predictions=[],
        versions={},
        device="cpu",
        created="2026-01-01T00:00:00",
        chance=0.1,
    )


def solving(*steps: int | None, end: int = 2000) -> list[Run]:
    """One run a seed that gets to 1.0 after so many steps, or never within `end`; the point before
    lies 40 earlier.
    """
    return [
        a_run(
            1.0,
            seed,
            curve=[(step - 40, 0.2), (step, 1.0)] if step else [(end, 0.2)],
            steps=step or end,
        )
        for seed, step in enumerate(steps)
    ]


def printed(result: Any) -> str:
    """A result as a file would hold it; what is not JSON, or not finite, is refused."""
    return json.dumps(result.to_json(), allow_nan=False)


def test_groups_are_in_the_order_of_values_and_of_seeds_and_refuse_what_is_not_a_word() -> None:
    runs = [
        a_run(seed=seed, units=units, lag=lag)
        for units in (16, 4)
        for lag in (10, 2)
        for seed in (1, 0)
    ]
    groups = groups_of(runs, ["units", "lag"])
    assert list(groups) == [(4, (2,)), (4, (10,)), (16, (2,)), (16, (10,))]
    assert all([run.seed for run in group] == [0, 1] for group in groups.values())
    assert list(groups_of(runs, "units")) == [(4,), (16,)]
    assert list(groups_of(runs, [])) == [()]
    assert list(
        groups_of([a_run(target_accuracy=None), a_run(target_accuracy=0.9)], ["target_accuracy"])
    ) == [(0.9,), (None,)]
    for setting, message in {
        "unit": "Runs have no setting 'unit' to be grouped by: did you mean 'units'?",
        "seed": (
            "Runs are not grouped by seed, because a group is evaluated over its seeds: leave it"
            " out."
        ),
        "training": (
            f"Runs have no setting 'training' to be grouped by: use"
            f" {', '.join(list(SETTINGS)[:-1])} or queries."
        ),
    }.items():
        with pytest.raises(SettingError) as caught:
            groups_of(runs, [setting])
        assert str(caught.value) == message


def test_every_word_but_seed_groups() -> None:
    flat = {**BASE.task.to_json(), **BASE.training.to_json(), **BASE.to_json()}
    flat["task"] = flat.pop("kind")
    others = {"delay", "items", "pairs", "queries"}
    assert set(SETTINGS) == (set(flat) - {"training", "seed"}) | others
    for name in others:
        assert list(groups_of([a_run()], [name])) == [(None,)]
    for name in SETTINGS - others:
        ((value,),) = groups_of([a_run()], [name])
        assert value == (tuple(flat[name]) if name == "lag" else flat[name])


def test_a_standing_is_the_mean_score_and_the_share_solved_with_their_intervals() -> None:
    runs = [a_run(accuracy, seed) for seed, accuracy in enumerate((1.0, 0.99, 0.995, 0.4))]
    result = aggregate(runs, 0.99)
    value, low, high = means_and_ends([[1.0, 0.99, 0.995, 0.4]], [40_000])
    assert result.accuracy == Estimate(
        value.item(),
        low.item(),
        high.item(),
        "mean and Student's interval over seeds, cut to 0..1, never narrower "
        "than Wilson's on all targets",
    )
    wilson = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert (result.solved.value, result.solved.low, result.solved.high) == pytest.approx(
        (0.75, wilson.low, wilson.high)
    )
    assert (result.runs.number, result.runs.chance, result.target_accuracy) == (4, 0.1, 0.99)
    assert json.loads(printed(result))["runs"] == {
        "number": 4,
        "diverged": 0,
        "interrupted": 0,
        "chance": 0.1,
    }


def test_run_and_summary_say_the_same_mean_of_seeds_of_which_some_diverged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = {"compile": 0.1, "train": 0.2}
    trained = [(replace(item, seconds=seconds), {}) for item in (a_run(0.9, 0), a_run(None, 1))]
    command = import_module("echoscope.cli.commands.run")
    monkeypatch.setattr(command, "trained_group", lambda *_: (trained, []))
    store = ["--store", str(tmp_path / "echoes")]
    assert status(["run", "lag", "--seeds", "2", "--json", *store]) == 1
    accuracy = json.loads(capsys.readouterr().out)["accuracy"]
    assert accuracy == pytest.approx((0.9 + 0.1) / 2)
    assert status(["summary", "--json", *store]) == 0
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    assert group["accuracy"]["value"] == accuracy
    assert status(["run", "lag", "--seeds", "2", *store]) == 1
    text = capsys.readouterr().out
    assert "mean over seeds 50.00%" in text
    assert "1 diverged and counted as chance" in " ".join(text.split())


def test_a_diverged_run_is_chance_in_a_mean_and_unsolved_in_a_share() -> None:
    result = aggregate([a_run(1.0, 0), a_run(None, 1), a_run(0.7, 2, outcome="interrupted")], 0.99)
    assert result.accuracy is not None
    assert (result.accuracy.value, result.solved.value) == (
        pytest.approx(0.6),
        pytest.approx(1 / 3),
    )
    assert (result.runs.number, result.runs.diverged, result.runs.interrupted) == (3, 1, 1)
    lost = aggregate([a_run(None, 0), a_run(None, 1)], 0.99)
    assert (lost.accuracy, lost.solved.value, lost.runs.diverged) == (None, 0, 2)


def test_the_chance_of_several_runs_is_the_best_of_theirs() -> None:
    runs = [replace(a_run(seed=seed), chance=chance) for seed, chance in enumerate((0.2, 0.3, 0.1))]
    assert aggregate(runs).runs == RunCounts(3, 0, 0, 0.3)


def test_of_equally_good_rates_the_one_with_fewer_steps_is_chosen_in_any_order() -> None:
    ends = (0.1, 0.3, 0.7, 0.2, 0.6, 0.1)  # whose sum, added up in another order, is another number
    orders = [random.Random(place).sample(ends, len(ends)) for place in range(20)]
    for order in orders:
        some, others = (
            [
                a_run(0.9, seed, curve=[(40, end)], steps=steps, learning_rate=learning_rate)
                for seed, end in enumerate(values)
            ]
            for steps, learning_rate, values in ((200, 0.001, order), (100, 0.01, ends))
        )
        assert choose_learning_rate(some + others).learning_rate == 0.01
    for order in orders:  # each half of the seeds has the same ends, in two orders
        halves = [value for pair in zip(order, order[::-1], strict=True) for value in pair]
        some, others = (
            [
                a_run(0.9, seed, curve=[(40, end)], steps=steps, learning_rate=learning_rate)
                for seed, end in enumerate(values)
            ]
            for steps, learning_rate, values in ((200, 0.001, halves), (100, 0.01, halves[::-1]))
        )
        assert {row.setting("learning_rate") for row in chosen_by_halves(some + others)} == {0.01}


def test_one_run_has_the_interval_of_its_own_answers() -> None:
    mine = replace(a_run(0.5), accuracy_low=0.4, accuracy_high=0.7)
    assert aggregate([mine], 0.9).accuracy == Estimate(
        0.5, 0.4, 0.7, "Wilson's on the targets of one run; it says nothing of other seeds"
    )


@pytest.mark.parametrize(
    "mean_loss",
    [aggregate, steps_to_solve, span_of, fewest_units],
    ids=lambda mean_loss: mean_loss.__name__,
)
def test_what_cannot_be_judged_is_refused(mean_loss: Any) -> None:
    for runs, kind, target_accuracy, message in (
        (
            [],
            StoreError,
            0.9,
            "Runs are evaluated from one run on, not none: run an experiment first.",
        ),
        (
            [a_run(), a_run(seed=1, model="gru", layers=2)],
            StoreError,
            0.9,
            (
                "Runs that are evaluated together must be equal in model and layers, and these"
                " differ: group them by that first."
            ),
        ),
        (
            [a_run(seed=3), a_run(seed=3)],
            StoreError,
            0.9,
            (
                "Runs evaluated over seeds must each have their own seed, and seed 3 is there"
                " twice: leave one out."
            ),
        ),
        (
            [a_run()],
            SettingError,
            1.5,
            "target_accuracy must be a number above 0 and at most 1, not 1.5.",
        ),
        (
            [a_run()],
            SettingError,
            0.1,
            (
                "target_accuracy must be above chance, which is 0.1, not 0.1: a guess without"
                " memory reaches"
                " that; ask for more."
            ),
        ),
    ):
        with pytest.raises(kind) as caught:
            mean_loss(runs, target_accuracy)
        assert str(caught.value) == message


def test_the_median_of_remission_times_is_that_of_the_textbook() -> None:
    """6-MP and placebo of Freireich et al. 1963; the known medians, with ends by the log-log
    band.
    """
    times = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
    drug = [
        (
            a_run(1.0, seed, curve=[(step, 1.0)])
            if not text.endswith("+")
            else a_run(0.2, seed, steps=step)
        )
        for seed, text in enumerate(times.split())
        for step in [int(text.strip("+"))]
    ]
    result = steps_to_solve(drug, 0.9)
    assert (result.solved, result.censored, result.runs.number) == (9, 12, 21)
    assert [round(fall.share, 4) for fall in result.falls] == [
        0.8571,
        0.8067,
        0.7529,
        0.6902,
        0.6275,
        0.5378,
        0.4482,
    ]
    assert (result.median.value, result.median.low, result.median.high) == (23, 13, None)
    assert result.mean.value == pytest.approx(23.287, abs=5e-4)  # up to 35, the last that was seen
    assert result.horizon == 35

    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    result = steps_to_solve(
        [a_run(1.0, seed, curve=[(step, 1.0)]) for seed, step in enumerate(placebo)], 0.9
    )
    assert (result.median.value, result.median.low, result.median.high) == (8, 4, 11)
    mean, half = mean_and_half([float(step) for step in placebo])
    assert (result.mean.value, result.mean.low, result.mean.high) == pytest.approx(
        (mean, mean - half, mean + half)
    )


@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=25))
def test_the_share_of_unsolved_runs_and_its_band_are_those_of_scipy(
    seen: list[tuple[int, bool]],
) -> None:
    seen = [(0, True), *seen, (99, False)]  # SciPy has no band where all are unsolved, or none is
    (falls,) = falls_of(
        unsolved_of(
            np.array([[float(step) for step, _ in seen]]), np.array([[so for _, so in seen]])
        )
    )
    data = stats.CensoredData.right_censored(
        [step for step, _ in seen], [not solved for _, solved in seen]
    )
    theirs = stats.ecdf(data).sf
    band = theirs.confidence_interval(method="log-log")
    steps = np.array([fall.step for fall in falls])
    assert [fall.share for fall in falls] == pytest.approx(theirs.evaluate(steps))
    for fall in falls:
        ends = float(band.low.evaluate(fall.step)), float(band.high.evaluate(fall.step))
        assert (fall.low, fall.high) == pytest.approx(ends)
        assert 0 <= fall.low <= fall.share <= fall.high <= 1


def test_censoring_by_hand() -> None:
    result = steps_to_solve(solving(200, 280, None, 400, None), 0.99)
    assert [(fall.step, fall.solved, fall.left) for fall in result.falls] == [
        (200, 1, 5),
        (280, 1, 4),
        (400, 1, 3),
    ]
    assert [fall.share for fall in result.falls] == pytest.approx([0.8, 0.6, 0.4])
    assert (result.median.value, result.median.low, result.median.high) == (400, 200, None)
    assert result.mean.value == pytest.approx(200 + 0.8 * 80 + 0.6 * 120 + 0.4 * 1600)
    assert (result.solved, result.censored, result.resolution, result.horizon) == (3, 2, 40, 2000)
    assert result.mean.method.startswith("area under Kaplan-Meier up to the horizon")


def test_a_median_that_is_not_reached_is_none_and_says_what_it_is_above() -> None:
    result = steps_to_solve(solving(200, 280, None, None, None), 0.99)
    assert (result.median.value, result.median.low, result.median.high) == (None, 200, None)
    never = steps_to_solve(solving(None, None, end=500), 0.99)
    assert (never.median.value, never.median.low, never.median.high, never.falls) == (
        None,
        None,
        None,
        (),
    )
    assert (never.mean.value, never.mean.low, never.mean.high, never.horizon) == (
        500,
        None,
        None,
        500,
    )
    assert (never.resolution, never.censored) == (None, 2)


@pytest.mark.parametrize(("runs", "high"), [(5, None), (6, 280)])
def test_runs_that_all_agree_bound_a_median_from_six_on(runs: int, high: int | None) -> None:
    """Of six, all lie to one side of the median with a chance of 1/64 a side; of five, 1/32, which
    is too often.
    """
    result = steps_to_solve(solving(*[280] * runs), 0.99)
    assert (result.median.value, result.median.low, result.median.high) == (280, 280, high)
    assert (result.mean.value, result.resolution) == (280, 40)


def test_a_diverged_run_never_solves_though_its_curve_once_did() -> None:
    runs = solving(100, 300)
    lost = [a_run(None, seed, curve=[(50, 1.0), (90, None)], steps=90) for seed in (2, 3, 4)]
    result = steps_to_solve(runs + lost, 0.99)
    assert [fall.share for fall in result.falls] == pytest.approx([0.8, 0.6])
    assert (result.median.value, result.solved, result.censored, result.runs.diverged) == (
        None,
        2,
        0,
        3,
    )
    assert result.mean.value == pytest.approx(
        (100 + 300 + 3 * 2000) / 5
    )  # each spends the whole fit
    assert steps_to_solve(lost, 0.99).mean.value == 2000


def test_a_horizon_beyond_what_was_seen_has_no_mean() -> None:
    runs = [
        *solving(100, 300),
        a_run(0.2, 2, steps=200, outcome="interrupted"),
        a_run(0.2, 3, steps=500),
    ]
    assert steps_to_solve(runs, 0.99).horizon == 500
    assert steps_to_solve(runs, 0.99, horizon=501).mean.value is None
    assert steps_to_solve(runs, 0.99, horizon=50).mean == Estimate(
        50, None, None, steps_to_solve(runs).mean.method
    )
    assert steps_to_solve([a_run(1.0, steps=0, outcome="imported")], 0.99).mean.value is None
    assert steps_to_solve(runs, 0.99, horizon=10**19 + 1).horizon == 10**19 + 1
    with pytest.raises(SettingError, match=r"^horizon must be an integer of at least 1, not 0\.$"):
        steps_to_solve(runs, 0.99, horizon=0)


@given(st.lists(st.one_of(st.none(), st.integers(1, 60)), min_size=2, max_size=12), st.randoms())
def test_without_early_censoring_the_mean_is_students(
    steps: list[int | None], order: random.Random
) -> None:
    assume(any(steps))
    runs = solving(*[step * 40 if step else None for step in steps], end=2400)
    result = steps_to_solve(runs, 0.99, horizon=2400)
    spent = [float(step * 40) if step else 2400.0 for step in steps]
    mean, half = mean_and_half(spent)
    assert result.mean.value == pytest.approx(mean)
    if any(step < 2400 for step in spent):
        assert result.mean.low == pytest.approx(max(0, mean - half))
        assert result.mean.high == pytest.approx(min(2400, mean + half))
    order.shuffle(runs)
    assert steps_to_solve(runs, 0.99, horizon=2400) == result
    low, value, high = result.median.low, result.median.value, result.median.high
    assert (low or 0) <= (value or math.inf) <= (high or math.inf)
    assert value == (
        sorted(spent)[(len(spent) - 1) // 2] if sum(map(bool, steps)) * 2 >= len(steps) else None
    )


def test_parts_that_are_all_right_or_all_wrong_count_as_one_target_each() -> None:
    """Two parts of four: between them the variance of one part is 8, of independent targets 1."""
    accuracy = Accuracy.of_parts([4, 0], [4, 4])
    low, high = wilson(0.5, 8 / 8)
    assert accuracy == Accuracy(0.5, low.item(), high.item(), 8)


def test_seeds_that_were_asked_the_same_targets_are_as_sure_as_one() -> None:
    for data, targets in ((None, 30_000), ("a" * 12, 10_000)):
        runs = [a_run(1.0, seed, data=data) for seed in range(3)]
        accuracy = aggregate(runs).accuracy
        assert accuracy is not None
        assert accuracy.low == wilson(1.0, targets)[0].item()


def test_the_area_ends_at_the_horizon() -> None:
    ends = np.array([9.0, 10, 15, 19, 20, 99])
    curve = unsolved_of(np.array([[10.0, 20.0]] * 6), np.full((6, 2), fill_value=True))
    assert means_of(curve, ends, np.full(6, np.inf))[0].tolist() == [
        9,
        10,
        12.5,
        14.5,
        15,
        15,
    ]


def grid(reached: dict[int, Sequence[bool]], setting: str = "lag", **settings: Any) -> list[Run]:
    """Runs over a grid of one setting, one a seed, that reach 1.0 or 0.5."""
    return [
        a_run(1.0 if correct else 0.5, seed, **{setting: value}, **settings)
        for value, seeds in reached.items()
        for seed, correct in enumerate(seeds)
    ]


def test_a_span_counts_only_what_has_no_hole_below_it() -> None:
    yes, no = True, False
    result = span_of(
        grid(
            {
                1: [yes, yes, yes, no],
                2: [yes, yes, no, no],
                4: [no, yes, yes, yes],
                8: [yes, no, yes, yes],
            }
        )
    )
    assert [(seed.reached, seed.missed, seed.censored) for seed in result.seeds] == [
        (2, 4, False),
        (4, 8, False),
        (1, 2, False),
        (None, 1, False),
    ]
    assert (result.values, result.censored, result.none, result.runs.number) == (
        (1, 2, 4, 8),
        0,
        1,
        16,
    )
    mean, half = mean_and_half([2.0, 4.0, 1.0, 0.0])
    most, wider = mean_and_half([3.0, 7.0, 1.0, 0.0])
    assert (result.span.value, result.span.low, result.span.high) == (
        mean,
        max(0, mean - half),
        min(8, most + wider),
    )


def test_a_span_to_the_end_of_the_grid_is_censored_and_has_no_upper_end() -> None:
    result = span_of(grid({1: [True, True], 2: [True, True], 4: [True, False]}))
    assert [(seed.reached, seed.censored) for seed in result.seeds] == [(4, True), (2, False)]
    assert (result.span.value, result.span.high, result.censored) == (3, None, 1)
    agree = span_of(grid({1: [True] * 3, 8: [True] * 3, 16: [False] * 3}))
    assert (agree.span.value, agree.span.low, agree.span.high) == (
        8,
        8,
        15,
    )  # as wide as the grid is coarse
    alone = span_of(grid({1: [True], 8: [False]}))
    assert alone.span == Estimate(
        1, 1, 7, "one seed; from what is reached to just below what is not"
    )


def test_a_span_ends_where_a_run_is_missing_and_counts_a_diverged_one_as_missed() -> None:
    runs = [
        a_run(1.0, 0, lag=1),
        a_run(1.0, 0, lag=4),
        a_run(1.0, 1, lag=1),
        a_run(None, 1, lag=2),
        a_run(1.0, 1, lag=4),
    ]
    result = span_of(runs)
    assert [(seed.reached, seed.missed) for seed in result.seeds] == [(1, None), (1, 2)]
    assert (result.runs.diverged, result.censored) == (1, 1)


def test_a_span_is_of_one_lag_from_0_on() -> None:
    for lag, text in (((4, 3), "4,3"), (-1, "-1")):
        with pytest.raises(StoreError) as caught:
            span_of([a_run(lag=lag), a_run(lag=1)])
        assert (
            str(caught.value)
            == f"A span is of runs that each ask one lag of at least 0, not {text}: leave those"
            " out."
        )


@given(
    st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=5), st.randoms()
)
def test_a_span_lies_within_its_interval_and_its_grid(
    seeds: list[list[bool]], order: random.Random
) -> None:
    lags = (0, 1, 3, 7)
    runs = grid({lag: [correct[place] for correct in seeds] for place, lag in enumerate(lags)})
    result = span_of(runs)
    spans = [
        max((lag for place, lag in enumerate(lags) if all(correct[: place + 1])), default=None)
        for correct in seeds
    ]
    assert [seed.reached for seed in result.seeds] == spans
    assert result.span.value == pytest.approx(sum(lag or 0 for lag in spans) / len(spans))
    assert result.span.value is not None
    assert result.span.low is not None
    assert 0 <= result.span.low <= result.span.value
    assert (result.span.high is None) == (7 in spans)
    assert result.span.high is None or result.span.value <= result.span.high <= 7
    order.shuffle(runs)
    assert printed(span_of(runs)) == printed(result)


def test_the_fewest_units_of_each_lag_and_what_brackets_them() -> None:
    runs = [
        *grid({4: [False] * 3, 8: [True, True, False], 16: [True] * 3}, "units", lag=1),
        *grid({4: [False] * 3, 8: [True, False, False], 16: [False] * 3}, "units", lag=2),
        *grid({4: [True] * 3, 8: [False] * 3}, "units", lag=0),
        *grid({4: [False] * 3, 8: [False] * 3, 16: [True] * 3}, "units", lag=4),
    ]
    result = fewest_units(runs, 0.99, 0.5)
    assert [(item.value, item.below, item.units, item.above, item.steady) for item in result] == [
        ((0,), None, 4, 8, False),
        ((1,), 4, 8, 16, True),
        ((2,), 16, None, None, False),
        ((4,), 8, 16, None, True),
    ]
    wilson = stats.binomtest(2, 3).proportion_ci(method="wilson")
    tried = result[1].tried[1]
    assert (tried.units, tried.solved.value) == (8, 2 / 3)
    assert (tried.solved.low, tried.solved.high) == pytest.approx((wilson.low, wilson.high))
    assert [item.units for item in fewest_units(runs, 0.99, 1)] == [4, 16, None, 16]
    assert result[3].runs.number == 9
    with pytest.raises(
        SettingError,
        match=r"^share must be a number above 0 and at most 1, not"
        r" 0\.$",
    ):
        fewest_units(runs, 0.99, 0)


def test_a_window_and_a_rate_may_follow_from_the_lag_but_not_within_it() -> None:
    runs = [
        a_run(1.0, seed, lag=lag, window=lag + 1, learning_rate=0.01 / lag)
        for lag in (1, 4)
        for seed in (0, 1)
    ]
    assert span_of(runs).span.value == 4
    with pytest.raises(StoreError, match=r"must be equal in learning_rate, and these differ"):
        span_of([*runs, a_run(1.0, 2, lag=4, window=5, learning_rate=0.3)])
    with pytest.raises(StoreError, match=r"must be equal in units, and these differ"):
        span_of([*runs, a_run(1.0, 0, lag=5, units=3)])


def test_pairs_have_the_interval_of_their_differences() -> None:
    first, second = (0.9, 0.8, 0.95, 0.7), (0.5, 0.6, 0.55, 0.8)
    runs = [
        a_run(accuracy, seed, model=model)
        for model, accuracies in (("gru", first), ("lstm", second))
        for seed, accuracy in enumerate(accuracies)
    ]
    result = compare(runs, "model", "gru", "lstm")
    paired = stats.ttest_rel(first, second)
    low, high = paired.confidence_interval(0.95)
    assert (
        result.difference.value,
        result.difference.low,
        result.difference.high,
    ) == pytest.approx((0.225, low, high))
    assert (result.seeds, result.pairs, result.cells, result.better, result.worse) == (
        4,
        4,
        1,
        3,
        1,
    )
    assert result.p == pytest.approx(stats.binomtest(3, 4).pvalue)
    back = compare(runs, "model", "lstm", "gru")
    assert (back.difference.value, back.p, back.better) == (pytest.approx(-0.225), result.p, 1)
    assert printed(result) == printed(compare(reversed(runs), "model", "gru", "lstm"))


def test_lags_of_one_seed_are_not_more_seeds() -> None:
    gains = {1: (0.1, 0.2, 0.3), 4: (0.3, 0.1, 0.4)}
    runs = [
        a_run(
            0.5 + (gain if model == "gru" else 0),
            seed,
            model=model,
            lag=lag,
            learning_rate=0.01 if model == "gru" else 0.1,
        )
        for lag, row in gains.items()
        for seed, gain in enumerate(row)
        for model in ("gru", "lstm")
    ]
    result = compare(runs, "model", "gru", "lstm", free=["learning_rate"])
    mean, half = mean_and_half([0.2, 0.15, 0.35])
    assert (
        result.difference.value,
        result.difference.low,
        result.difference.high,
    ) == pytest.approx((mean, mean - half, mean + half))
    assert (result.cells, result.pairs, result.seeds, result.p) == (2, 6, 3, 0.25)
    with pytest.raises(StoreError) as caught:
        compare(runs, "model", "gru", "lstm")
    assert (
        str(caught.value)
        == "No run of model 'gru' is equal in seed and all other settings to one of 'lstm': "
        "look at learning_rate."
    )


def test_seeds_that_all_agree_leave_what_the_answers_cannot_tell() -> None:
    runs = [
        a_run(accuracy, seed, targets=100, lag=lag)
        for lag, accuracy in ((1, 1.0), (2, 0.75))
        for seed in range(3)
    ]
    result = compare(runs, "lag", 1, 2)
    item, other = Accuracy.of(1.0, 300), Accuracy.of(0.75, 300)
    assert result.difference.value == 0.25
    assert result.difference.low == pytest.approx(
        0.25 - math.hypot(1 - item.low, other.high - 0.75)
    )
    assert result.difference.high == pytest.approx(0.25 + math.hypot(0, 0.75 - other.low))
    assert result.difference.method.endswith("never narrower than Newcombe's on all targets")
    alone = compare(runs[2:4:1] + runs[5:], "lag", 1, 2)
    assert (alone.seeds, alone.pairs, alone.p) == (1, 1, 1)
    assert (
        alone.difference.method
        == "Newcombe's on the targets of one seed; it says nothing of other seeds"
    )


def test_records_without_a_partner_are_named_and_diverged_ones_are_chance() -> None:
    lonely = a_run(1.0, 9, model="gru", units=7)
    runs = [
        a_run(1.0, 0, model="gru"),
        a_run(None, 0),
        a_run(None, 1, model="gru"),
        a_run(None, 1),
        lonely,
        a_run(1, model="rnn"),
    ]
    result = compare(runs, "model", "gru", "lstm")
    assert (result.unpaired, result.pairs, result.runs.number, result.runs.diverged) == (
        (lonely.id,),
        2,
        5,
        3,
    )
    assert (result.difference.value, result.better, result.worse, result.p) == (
        pytest.approx(0.45),
        1,
        0,
        1,
    )
    with pytest.raises(StoreError) as caught:
        compare([*runs, a_run(0.5, 0)], "model", "gru", "lstm")
    twice = a_run(0.5, 0).id
    assert (
        str(caught.value)
        == f"A pair has one run a side, and {twice} and {twice} could both be it: leave one out."
    )


def test_the_least_and_the_largest_seed_make_pairs_of_their_own() -> None:
    runs = [
        a_run(accuracy, seed, lag=lag, model=model)
        for lag in (1, 2)
        for model, accuracy in (("lstm", 0.9), ("gru", 0.8))
        for seed in (0, 2**32 - 1)
    ]
    result = compare(runs, "model", "lstm", "gru")
    assert (result.pairs, result.cells, result.seeds, result.better, result.unpaired) == (
        4,
        2,
        2,
        2,
        (),
    )
    assert compare(runs, "lag", [1], 2) == compare(runs, "lag", 1, (2,))


def test_a_comparison_of_what_is_not_there_is_refused() -> None:
    runs = [a_run(1.0, 0), a_run(1.0, 1, model="gru")]
    for kind, settings, message in (
        (
            SettingError,
            ("modell", "gru", "lstm"),
            "Runs have no setting 'modell' to be compared in: did you mean 'model'?",
        ),
        (StoreError, ("model", "gru", "mlp"), "No run has model 'mlp': use gru or lstm."),
        (
            SettingError,
            ("model", "gru", "gru"),
            "A comparison is of two values of model, not of 'gru' with itself: name another.",
        ),
        (
            StoreError,
            ("model", "gru", "lstm"),
            (
                "No run of model 'gru' is equal in seed and all other settings to one of 'lstm':"
                " look at their seeds."
            ),
        ),
    ):
        with pytest.raises(kind) as caught:
            compare(runs, *settings)
        assert str(caught.value) == message
    with pytest.raises(StoreError, match=r"^No run has model 'gru': run an experiment first\.$"):
        compare([], "model", "gru", "lstm")


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_sign_test_is_the_exact_binomial_one(better: int, worse: int) -> None:
    targets = stats.binomtest(better, better + worse).pvalue if better + worse else 1
    assert sign_test(better, worse) == pytest.approx(targets)


def ending(*ends: float, learning_rate: float, steps: int = 2000, **settings: Any) -> list[Run]:
    """Runs whose curves end so; their accuracy on fresh targets says the opposite."""
    return [
        a_run(
            1 - end,
            seed,
            curve=[(40, 0.1), (steps, end)],
            steps=steps,
            learning_rate=learning_rate,
            **settings,
        )
        for seed, end in enumerate(ends)
    ]


def test_a_rate_is_chosen_by_the_curves_end_and_never_by_the_score() -> None:
    runs = [
        *ending(0.2, 0.4, learning_rate=0.001),
        *ending(0.9, 0.8, learning_rate=0.01),
        *ending(0.5, 0.6, learning_rate=0.1),
    ]
    result = choose_learning_rate(runs)
    assert (result.learning_rate, result.edge, result.runs.number) == (0.01, False, 6)
    assert [(item.learning_rate, item.accuracy.value) for item in result.learning_rates] == [
        (0.001, pytest.approx(0.3)),
        (0.01, pytest.approx(0.85)),
        (0.1, pytest.approx(0.55)),
    ]
    mean, half = mean_and_half([0.9, 0.8])
    assert (result.learning_rates[1].accuracy.low, result.learning_rates[1].accuracy.high) == (
        max(0, mean - half),
        min(1, mean + half),
    )
    blind = [
        replace(run, accuracy=0.123, accuracy_low=0.1, accuracy_high=0.2, target_count=7)
        for run in reversed(runs)
    ]
    assert printed(choose_learning_rate(blind)) == printed(result)


def test_a_rate_that_diverges_loses_and_of_equals_the_faster_wins() -> None:
    lost = [
        replace(
            a_run(None, 1, curve=[(40, 1.0)]), experiment=BASE.change(seed=1, learning_rate=1.0)
        )
    ]
    runs = [
        *ending(1.0, 1.0, learning_rate=0.01),
        *ending(1.0, 1.0, learning_rate=0.1, steps=900),
        *ending(1.0, learning_rate=1.0),
        *lost,
    ]
    result = choose_learning_rate(runs)
    assert (result.learning_rate, result.edge, result.runs.diverged) == (0.1, False, 1)
    assert result.learning_rates[2].accuracy.value == pytest.approx(0.55)
    assert choose_learning_rate(runs[:4]).edge
    assert choose_learning_rate(ending(0.5, learning_rate=0.1)).learning_rates[
        0
    ].accuracy == Estimate(0.5, None, None, result.learning_rates[0].accuracy.method)


def test_a_rate_is_chosen_from_records_with_a_curve_that_differ_in_nothing_else() -> None:
    with pytest.raises(StoreError) as caught:
        choose_learning_rate(
            [*ending(0.5, learning_rate=0.1), *ending(0.5, learning_rate=0.2, model="gru", units=9)]
        )
    assert (
        str(caught.value)
        == "Runs that are evaluated together must be equal in model and units, and these differ:"
        " group them by that first."
    )
    with pytest.raises(StoreError) as caught:
        choose_learning_rate([a_run(outcome="imported")])
    assert (
        str(caught.value)
        == f"Run {a_run().id} has no curve (imported), and a learning_rate is chosen by its last"
        " point: leave it out."
    )
    with pytest.raises(
        StoreError,
        match=r"^Runs are evaluated from one run on, not none: run an experiment first\.$",
    ):
        choose_learning_rate([])


SCORES = st.lists(
    st.one_of(st.none(), st.floats(0, 1), st.sampled_from([0.0, 1.0])), min_size=1, max_size=8
)


@given(SCORES, SCORES, st.randoms())
def test_intervals_hold_their_number_and_no_order_matters(
    some: list[float | None], others: list[float | None], order: random.Random
) -> None:
    mine = [a_run(accuracy, seed, targets=50) for seed, accuracy in enumerate(some)]
    theirs = [
        a_run(accuracy, seed, model="gru", targets=50) for seed, accuracy in enumerate(others)
    ]
    result, compared = aggregate(mine, 0.9), compare(mine + theirs, "model", "lstm", "gru")
    for estimate, least in ((result.accuracy, 0), (result.solved, 0), (compared.difference, -1)):
        if estimate is not None:
            assert (
                least <= (estimate.low or 0) <= (estimate.value or 0) <= (estimate.high or 0) <= 1
            )
    assert result.runs.number == len(some)
    assert compared.pairs * 2 + len(compared.unpaired) == len(some) + len(others)
    shuffled = mine + theirs
    order.shuffle(shuffled)
    assert printed(compare(shuffled, "model", "lstm", "gru")) == printed(compared)
    assert printed(aggregate(groups_of(shuffled, ["model"])["lstm",], 0.9)) == printed(result)
