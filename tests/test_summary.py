"""Summaries of records: exact against examples worked by hand and against SciPy, and what holds for
all records.
"""

import json
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from echoscope import Record, RecordError, WordError, preset
from echoscope.analysis.accuracy import judge
from echoscope.analysis.comparison import compare, sign_test
from echoscope.analysis.estimate import Estimate
from echoscope.analysis.groups import Runs, groups_of
from echoscope.analysis.learning_rates import choose_rate, chosen_by_halves
from echoscope.analysis.spans import fewest_units, span_of
from echoscope.analysis.time_to_solve import falls_of, means_of, steps_to_solve, unsolved_of
from echoscope.runs.table import WORDS
from echoscope.stats.intervals import Score, mean_and_half, mean_score

BASE = preset("lag", fit="quick", window=20, length=40, symbols=10)


def run(
    score: float | None = 1.0,
    seed: int = 0,
    *,
    curve: Sequence[tuple[int, float | None]] = (),
    steps: int = 2000,
    outcome: str = "done",
    answers: int = 10_000,
    **words: Any,
) -> Record:
    """A record that nobody trained; without a score it diverged."""
    own = Score.of(score, answers) if score is not None else None
    return Record(
        experiment=BASE.change(seed=seed, **words),
        outcome=outcome if own else "diverged",
        score=own and own.value,
        score_low=own and own.low,
        score_high=own and own.high,
        answers=answers if own else 0,
        loss=None,
        epochs=1,
        steps=steps,
        curve=tuple((step, 0.5, point) for step, point in curve),
        seconds={},
        group=1,
        heard=[],
        expected=[],
        predicted=[],
        versions={},
        device="cpu",
        created="2026-01-01T00:00:00",
        chance=0.1,
    )


def solving(*steps: int | None, end: int = 2000) -> list[Record]:
    """One run a seed that gets to 1.0 after so many steps, or never within `end`; the point before
    lies 40 earlier.
    """
    return [
        run(
            1.0,
            seed,
            curve=[(step - 40, 0.2), (step, 1.0)] if step else [(end, 0.2)],
            steps=step or end,
        )
        for seed, step in enumerate(steps)
    ]


def said(result: Any) -> str:
    """A result as a file would hold it; what is not JSON, or not finite, is refused."""
    return json.dumps(result.to_json(), allow_nan=False)


def test_groups_are_in_the_order_of_values_and_of_seeds_and_refuse_what_is_not_a_word() -> None:
    records = [
        run(seed=seed, units=units, lag=lag)
        for units in (16, 4)
        for lag in (10, 2)
        for seed in (1, 0)
    ]
    groups = groups_of(records, ["units", "lag"])
    assert list(groups) == [(4, (2,)), (4, (10,)), (16, (2,)), (16, (10,))]
    assert all([record.seed for record in group] == [0, 1] for group in groups.values())
    assert list(groups_of(records, "units")) == [(4,), (16,)]
    assert list(groups_of(records, [])) == [()]
    assert list(groups_of([run(stop=None), run(stop=0.9)], ["stop"])) == [(0.9,), (None,)]
    for word, message in {
        "unit": "Records have no word 'unit' to be grouped by: did you mean 'units'?",
        "seed": (
            "Records are not grouped by seed, because a group is judged over its seeds: leave it"
            " out."
        ),
        "task": (
            f"Records have no word 'task' to be grouped by: use {', '.join(list(WORDS)[:-1])} or"
            " stop."
        ),
    }.items():
        with pytest.raises(WordError) as caught:
            groups_of(records, [word])
        assert str(caught.value) == message


def test_every_word_but_seed_groups() -> None:
    flat = {**BASE.task.to_json(), **BASE.fit.to_json(), **BASE.to_json()}
    assert set(WORDS) == set(flat) - {"task", "fit", "seed"}
    for name in WORDS:
        ((value,),) = groups_of([run()], [name])
        assert value == (tuple(flat[name]) if name == "lag" else flat[name])


def test_a_standing_is_the_mean_score_and_the_share_solved_with_their_intervals() -> None:
    records = [run(score, seed) for seed, score in enumerate((1.0, 0.99, 0.995, 0.4))]
    found = judge(records, 0.99)
    mean = mean_score([Score.of(score, 10_000) for score in (1.0, 0.99, 0.995, 0.4)])
    assert found.score == Estimate(
        mean.value,
        mean.low,
        mean.high,
        "mean and Student's interval over seeds, cut to 0..1, never narrower "
        "than Wilson's on all answers",
    )
    wilson = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert (found.solved.value, found.solved.low, found.solved.high) == pytest.approx(
        (0.75, wilson.low, wilson.high)
    )
    assert (found.runs.number, found.runs.chance, found.wanted) == (4, 0.1, 0.99)
    assert json.loads(said(found))["runs"] == {
        "number": 4,
        "diverged": 0,
        "interrupted": 0,
        "chance": 0.1,
    }


def test_a_diverged_run_is_chance_in_a_mean_and_unsolved_in_a_share() -> None:
    found = judge([run(1.0, 0), run(None, 1), run(0.7, 2, outcome="interrupted")], 0.99)
    assert found.score is not None
    assert (found.score.value, found.solved.value) == (pytest.approx(0.6), pytest.approx(1 / 3))
    assert (found.runs.number, found.runs.diverged, found.runs.interrupted) == (3, 1, 1)
    lost = judge([run(None, 0), run(None, 1)], 0.99)
    assert (lost.score, lost.solved.value, lost.runs.diverged) == (None, 0, 2)


def test_the_chance_of_several_runs_is_the_best_of_theirs() -> None:
    records = [
        replace(run(seed=seed), chance=chance) for seed, chance in enumerate((0.2, 0.3, 0.1))
    ]
    assert judge(records).runs == Runs(3, 0, 0, 0.3)


def test_of_equally_good_rates_the_one_with_fewer_steps_is_chosen_in_any_order() -> None:
    ends = (0.1, 0.3, 0.7, 0.2, 0.6, 0.1)  # whose sum, added up in another order, is another number
    orders = [random.Random(place).sample(ends, len(ends)) for place in range(20)]
    for order in orders:
        some, others = (
            [
                run(0.9, seed, curve=[(40, end)], steps=steps, rate=rate)
                for seed, end in enumerate(values)
            ]
            for steps, rate, values in ((200, 0.001, order), (100, 0.01, ends))
        )
        assert choose_rate(some + others).rate == 0.01
    for order in orders:  # each half of the seeds has the same ends, in two orders
        halves = [value for pair in zip(order, order[::-1], strict=True) for value in pair]
        some, others = (
            [
                run(0.9, seed, curve=[(40, end)], steps=steps, rate=rate)
                for seed, end in enumerate(values)
            ]
            for steps, rate, values in ((200, 0.001, halves), (100, 0.01, halves[::-1]))
        )
        assert {row.word("rate") for row in chosen_by_halves(some + others)} == {0.01}


def test_one_run_has_the_interval_of_its_own_answers() -> None:
    own = replace(run(0.5), score_low=0.4, score_high=0.7)
    assert judge([own], 0.9).score == Estimate(
        0.5, 0.4, 0.7, "Wilson's on the answers of one run; it says nothing of other seeds"
    )


@pytest.mark.parametrize(
    "judged", [judge, steps_to_solve, span_of, fewest_units], ids=lambda judged: judged.__name__
)
def test_what_cannot_be_judged_is_refused(judged: Any) -> None:
    for records, kind, wanted, message in (
        (
            [],
            RecordError,
            0.9,
            "Runs are judged from one record on, not none: run an experiment first.",
        ),
        (
            [run(), run(seed=1, model="gru", layers=2)],
            RecordError,
            0.9,
            (
                "Records that are judged together must be equal in model and layers, and these"
                " differ: group them by that first."
            ),
        ),
        (
            [run(seed=3), run(seed=3)],
            RecordError,
            0.9,
            (
                "Records judged over seeds must each have their own seed, and seed 3 is there"
                " twice: leave one out."
            ),
        ),
        ([run()], WordError, 1.5, "wanted must be a number above 0 and at most 1, not 1.5."),
        (
            [run()],
            WordError,
            0.1,
            (
                "wanted must be above chance, which is 0.1, not 0.1: a guess without memory reaches"
                " that; ask for more."
            ),
        ),
    ):
        with pytest.raises(kind) as caught:
            judged(records, wanted)
        assert str(caught.value) == message


def test_the_median_of_remission_times_is_that_of_the_textbook() -> None:
    """6-MP and placebo of Freireich et al. 1963; the known medians, with ends by the log-log
    band.
    """
    times = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
    drug = [
        (
            run(1.0, seed, curve=[(step, 1.0)])
            if not text.endswith("+")
            else run(0.2, seed, steps=step)
        )
        for seed, text in enumerate(times.split())
        for step in [int(text.strip("+"))]
    ]
    found = steps_to_solve(drug, 0.9)
    assert (found.solved, found.censored, found.runs.number) == (9, 12, 21)
    assert [round(fall.share, 4) for fall in found.falls] == [
        0.8571,
        0.8067,
        0.7529,
        0.6902,
        0.6275,
        0.5378,
        0.4482,
    ]
    assert (found.median.value, found.median.low, found.median.high) == (23, 13, None)
    assert found.mean.value == pytest.approx(23.287, abs=5e-4)  # up to 35, the last that was seen
    assert found.horizon == 35

    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    found = steps_to_solve(
        [run(1.0, seed, curve=[(step, 1.0)]) for seed, step in enumerate(placebo)], 0.9
    )
    assert (found.median.value, found.median.low, found.median.high) == (8, 4, 11)
    mean, half = mean_and_half([float(step) for step in placebo])
    assert (found.mean.value, found.mean.low, found.mean.high) == pytest.approx(
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
    found = steps_to_solve(solving(200, 280, None, 400, None), 0.99)
    assert [(fall.step, fall.solved, fall.left) for fall in found.falls] == [
        (200, 1, 5),
        (280, 1, 4),
        (400, 1, 3),
    ]
    assert [fall.share for fall in found.falls] == pytest.approx([0.8, 0.6, 0.4])
    assert (found.median.value, found.median.low, found.median.high) == (400, 200, None)
    assert found.mean.value == pytest.approx(200 + 0.8 * 80 + 0.6 * 120 + 0.4 * 1600)
    assert (found.solved, found.censored, found.resolution, found.horizon) == (3, 2, 40, 2000)
    assert found.mean.method.startswith("area under Kaplan-Meier up to the horizon")


def test_a_median_that_is_not_reached_is_none_and_says_what_it_is_above() -> None:
    found = steps_to_solve(solving(200, 280, None, None, None), 0.99)
    assert (found.median.value, found.median.low, found.median.high) == (None, 200, None)
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
    found = steps_to_solve(solving(*[280] * runs), 0.99)
    assert (found.median.value, found.median.low, found.median.high) == (280, 280, high)
    assert (found.mean.value, found.resolution) == (280, 40)


def test_a_diverged_run_never_solves_though_its_curve_once_did() -> None:
    records = solving(100, 300)
    lost = [run(None, seed, curve=[(50, 1.0), (90, None)], steps=90) for seed in (2, 3, 4)]
    found = steps_to_solve(records + lost, 0.99)
    assert [fall.share for fall in found.falls] == pytest.approx([0.8, 0.6])
    assert (found.median.value, found.solved, found.censored, found.runs.diverged) == (
        None,
        2,
        0,
        3,
    )
    assert found.mean.value == pytest.approx(
        (100 + 300 + 3 * 2000) / 5
    )  # each spends the whole fit
    assert steps_to_solve(lost, 0.99).mean.value == 2000


def test_a_horizon_beyond_what_was_seen_has_no_mean() -> None:
    records = [
        *solving(100, 300),
        run(0.2, 2, steps=200, outcome="interrupted"),
        run(0.2, 3, steps=500),
    ]
    assert steps_to_solve(records, 0.99).horizon == 500
    assert steps_to_solve(records, 0.99, horizon=501).mean.value is None
    assert steps_to_solve(records, 0.99, horizon=50).mean == Estimate(
        50, None, None, steps_to_solve(records).mean.method
    )
    assert steps_to_solve([run(1.0, steps=0, outcome="imported")], 0.99).mean.value is None
    assert steps_to_solve(records, 0.99, horizon=10**19 + 1).horizon == 10**19 + 1
    with pytest.raises(WordError, match=r"^horizon must be an integer of at least 1, not 0\.$"):
        steps_to_solve(records, 0.99, horizon=0)


@given(st.lists(st.one_of(st.none(), st.integers(1, 60)), min_size=2, max_size=12), st.randoms())
def test_without_early_censoring_the_mean_is_students(
    steps: list[int | None], order: random.Random
) -> None:
    assume(any(steps))
    records = solving(*[step * 40 if step else None for step in steps], end=2400)
    found = steps_to_solve(records, 0.99, horizon=2400)
    spent = [float(step * 40) if step else 2400.0 for step in steps]
    mean, half = mean_and_half(spent)
    assert found.mean.value == pytest.approx(mean)
    if any(step < 2400 for step in spent):
        assert found.mean.low == pytest.approx(max(0, mean - half))
        assert found.mean.high == pytest.approx(min(2400, mean + half))
    order.shuffle(records)
    assert steps_to_solve(records, 0.99, horizon=2400) == found
    low, value, high = found.median.low, found.median.value, found.median.high
    assert (low or 0) <= (value or math.inf) <= (high or math.inf)
    assert value == (
        sorted(spent)[(len(spent) - 1) // 2] if sum(map(bool, steps)) * 2 >= len(steps) else None
    )


def test_the_area_ends_at_the_horizon() -> None:
    ends = np.array([9.0, 10, 15, 19, 20, 99])
    curve = unsolved_of(np.array([[10.0, 20.0]] * 6), np.full((6, 2), fill_value=True))
    assert [mean.value for mean in means_of(curve, ends, np.full(6, np.inf))] == [
        9,
        10,
        12.5,
        14.5,
        15,
        15,
    ]


def grid(reached: dict[int, Sequence[bool]], word: str = "lag", **words: Any) -> list[Record]:
    """Runs over a grid of one word, one a seed, that reach 1.0 or 0.5."""
    return [
        run(1.0 if right else 0.5, seed, **{word: value}, **words)
        for value, seeds in reached.items()
        for seed, right in enumerate(seeds)
    ]


def test_a_span_counts_only_what_has_no_hole_below_it() -> None:
    yes, no = True, False
    found = span_of(
        grid(
            {
                1: [yes, yes, yes, no],
                2: [yes, yes, no, no],
                4: [no, yes, yes, yes],
                8: [yes, no, yes, yes],
            }
        )
    )
    assert [(seed.lag, seed.missed, seed.censored) for seed in found.seeds] == [
        (2, 4, False),
        (4, 8, False),
        (1, 2, False),
        (None, 1, False),
    ]
    assert (found.lags, found.censored, found.none, found.runs.number) == ((1, 2, 4, 8), 0, 1, 16)
    mean, half = mean_and_half([2.0, 4.0, 1.0, 0.0])
    most, wider = mean_and_half([3.0, 7.0, 1.0, 0.0])
    assert (found.span.value, found.span.low, found.span.high) == (
        mean,
        max(0, mean - half),
        min(8, most + wider),
    )


def test_a_span_to_the_end_of_the_grid_is_censored_and_has_no_upper_end() -> None:
    found = span_of(grid({1: [True, True], 2: [True, True], 4: [True, False]}))
    assert [(seed.lag, seed.censored) for seed in found.seeds] == [(4, True), (2, False)]
    assert (found.span.value, found.span.high, found.censored) == (3, None, 1)
    agree = span_of(grid({1: [True] * 3, 8: [True] * 3, 16: [False] * 3}))
    assert (agree.span.value, agree.span.low, agree.span.high) == (
        8,
        8,
        15,
    )  # as wide as the grid is coarse
    alone = span_of(grid({1: [True], 8: [False]}))
    assert alone.span == Estimate(
        1, 1, 7, "one seed; from the lag that is reached to just below the one that is not"
    )


def test_a_span_ends_where_a_run_is_missing_and_counts_a_diverged_one_as_missed() -> None:
    records = [
        run(1.0, 0, lag=1),
        run(1.0, 0, lag=4),
        run(1.0, 1, lag=1),
        run(None, 1, lag=2),
        run(1.0, 1, lag=4),
    ]
    found = span_of(records)
    assert [(seed.lag, seed.missed) for seed in found.seeds] == [(1, None), (1, 2)]
    assert (found.runs.diverged, found.censored) == (1, 1)


def test_a_span_is_of_one_lag_from_0_on() -> None:
    for lag, text in (((4, 3), "4,3"), (-1, "-1")):
        with pytest.raises(RecordError) as caught:
            span_of([run(lag=lag), run(lag=1)])
        assert (
            str(caught.value)
            == f"A span is of records that each ask one lag of at least 0, not {text}: leave those"
            " out."
        )


@given(
    st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=5), st.randoms()
)
def test_a_span_lies_within_its_interval_and_its_grid(
    seeds: list[list[bool]], order: random.Random
) -> None:
    lags = (0, 1, 3, 7)
    records = grid({lag: [right[place] for right in seeds] for place, lag in enumerate(lags)})
    found = span_of(records)
    spans = [
        max((lag for place, lag in enumerate(lags) if all(right[: place + 1])), default=None)
        for right in seeds
    ]
    assert [seed.lag for seed in found.seeds] == spans
    assert found.span.value == pytest.approx(sum(lag or 0 for lag in spans) / len(spans))
    assert found.span.value is not None
    assert found.span.low is not None
    assert 0 <= found.span.low <= found.span.value
    assert (found.span.high is None) == (7 in spans)
    assert found.span.high is None or found.span.value <= found.span.high <= 7
    order.shuffle(records)
    assert said(span_of(records)) == said(found)


def test_the_fewest_units_of_each_lag_and_what_brackets_them() -> None:
    records = [
        *grid({4: [False] * 3, 8: [True, True, False], 16: [True] * 3}, "units", lag=1),
        *grid({4: [False] * 3, 8: [True, False, False], 16: [False] * 3}, "units", lag=2),
        *grid({4: [True] * 3, 8: [False] * 3}, "units", lag=0),
        *grid({4: [False] * 3, 8: [False] * 3, 16: [True] * 3}, "units", lag=4),
    ]
    found = fewest_units(records, 0.99, 0.5)
    assert [(one.lag, one.below, one.units, one.above, one.steady) for one in found] == [
        ((0,), None, 4, 8, False),
        ((1,), 4, 8, 16, True),
        ((2,), 16, None, None, False),
        ((4,), 8, 16, None, True),
    ]
    wilson = stats.binomtest(2, 3).proportion_ci(method="wilson")
    tried = found[1].tried[1]
    assert (tried.units, tried.solved.value) == (8, 2 / 3)
    assert (tried.solved.low, tried.solved.high) == pytest.approx((wilson.low, wilson.high))
    assert [one.units for one in fewest_units(records, 0.99, 1)] == [4, 16, None, 16]
    assert found[3].runs.number == 9
    with pytest.raises(WordError, match=r"^share must be a number above 0 and at most 1, not 0\.$"):
        fewest_units(records, 0.99, 0)


def test_a_window_and_a_rate_may_follow_from_the_lag_but_not_within_it() -> None:
    records = [
        run(1.0, seed, lag=lag, window=lag + 1, rate=0.01 / lag)
        for lag in (1, 4)
        for seed in (0, 1)
    ]
    assert span_of(records).span.value == 4
    with pytest.raises(RecordError, match=r"must be equal in rate, and these differ"):
        span_of([*records, run(1.0, 2, lag=4, window=5, rate=0.3)])
    with pytest.raises(RecordError, match=r"must be equal in units, and these differ"):
        span_of([*records, run(1.0, 0, lag=5, units=3)])


def test_pairs_have_the_interval_of_their_differences() -> None:
    first, second = (0.9, 0.8, 0.95, 0.7), (0.5, 0.6, 0.55, 0.8)
    records = [
        run(score, seed, model=model)
        for model, scores in (("gru", first), ("lstm", second))
        for seed, score in enumerate(scores)
    ]
    found = compare(records, "model", "gru", "lstm")
    paired = stats.ttest_rel(first, second)
    low, high = paired.confidence_interval(0.95)
    assert (found.difference.value, found.difference.low, found.difference.high) == pytest.approx(
        (0.225, low, high)
    )
    assert (found.seeds, found.pairs, found.cells, found.better, found.worse) == (4, 4, 1, 3, 1)
    assert found.p == pytest.approx(stats.binomtest(3, 4).pvalue)
    back = compare(records, "model", "lstm", "gru")
    assert (back.difference.value, back.p, back.better) == (pytest.approx(-0.225), found.p, 1)
    assert said(found) == said(compare(reversed(records), "model", "gru", "lstm"))


def test_lags_of_one_seed_are_not_more_seeds() -> None:
    gains = {1: (0.1, 0.2, 0.3), 4: (0.3, 0.1, 0.4)}
    records = [
        run(
            0.5 + (gain if model == "gru" else 0),
            seed,
            model=model,
            lag=lag,
            rate=0.01 if model == "gru" else 0.1,
        )
        for lag, row in gains.items()
        for seed, gain in enumerate(row)
        for model in ("gru", "lstm")
    ]
    found = compare(records, "model", "gru", "lstm", free=["rate"])
    mean, half = mean_and_half([0.2, 0.15, 0.35])
    assert (found.difference.value, found.difference.low, found.difference.high) == pytest.approx(
        (mean, mean - half, mean + half)
    )
    assert (found.cells, found.pairs, found.seeds, found.p) == (2, 6, 3, 0.25)
    with pytest.raises(RecordError) as caught:
        compare(records, "model", "gru", "lstm")
    assert (
        str(caught.value)
        == "No record of model 'gru' is equal in seed and all other words to one of 'lstm': "
        "look at rate."
    )


def test_seeds_that_all_agree_leave_what_the_answers_cannot_tell() -> None:
    records = [
        run(score, seed, answers=100, lag=lag)
        for lag, score in ((1, 1.0), (2, 0.75))
        for seed in range(3)
    ]
    found = compare(records, "lag", 1, 2)
    one, other = Score.of(1.0, 300), Score.of(0.75, 300)
    assert found.difference.value == 0.25
    assert found.difference.low == pytest.approx(0.25 - math.hypot(1 - one.low, other.high - 0.75))
    assert found.difference.high == pytest.approx(0.25 + math.hypot(0, 0.75 - other.low))
    assert found.difference.method.endswith("never narrower than Newcombe's on all answers")
    alone = compare(records[2:4:1] + records[5:], "lag", 1, 2)
    assert (alone.seeds, alone.pairs, alone.p) == (1, 1, 1)
    assert (
        alone.difference.method
        == "Newcombe's on the answers of one seed; it says nothing of other seeds"
    )


def test_records_without_a_partner_are_named_and_diverged_ones_are_chance() -> None:
    lonely = run(1.0, 9, model="gru", units=7)
    records = [
        run(1.0, 0, model="gru"),
        run(None, 0),
        run(None, 1, model="gru"),
        run(None, 1),
        lonely,
        run(1, model="rnn"),
    ]
    found = compare(records, "model", "gru", "lstm")
    assert (found.unpaired, found.pairs, found.runs.number, found.runs.diverged) == (
        (lonely.id,),
        2,
        5,
        3,
    )
    assert (found.difference.value, found.better, found.worse, found.p) == (
        pytest.approx(0.45),
        1,
        0,
        1,
    )
    with pytest.raises(RecordError) as caught:
        compare([*records, run(0.5, 0)], "model", "gru", "lstm")
    twice = run(0.5, 0).id
    assert (
        str(caught.value)
        == f"A pair has one record a side, and {twice} and {twice} could both be it: leave one out."
    )


def test_the_least_and_the_largest_seed_make_pairs_of_their_own() -> None:
    records = [
        run(score, seed, lag=lag, model=model)
        for lag in (1, 2)
        for model, score in (("lstm", 0.9), ("gru", 0.8))
        for seed in (0, 2**32 - 1)
    ]
    found = compare(records, "model", "lstm", "gru")
    assert (found.pairs, found.cells, found.seeds, found.better, found.unpaired) == (4, 2, 2, 2, ())
    assert compare(records, "lag", [1], 2) == compare(records, "lag", 1, (2,))


def test_a_comparison_of_what_is_not_there_is_refused() -> None:
    records = [run(1.0, 0), run(1.0, 1, model="gru")]
    for kind, words, message in (
        (
            WordError,
            ("modell", "gru", "lstm"),
            "Records have no word 'modell' to be compared in: did you mean 'model'?",
        ),
        (RecordError, ("model", "gru", "mlp"), "No record has model 'mlp': use gru or lstm."),
        (
            WordError,
            ("model", "gru", "gru"),
            "A comparison is of two values of model, not of 'gru' with itself: name another.",
        ),
        (
            RecordError,
            ("model", "gru", "lstm"),
            (
                "No record of model 'gru' is equal in seed and all other words to one of 'lstm':"
                " look at their seeds."
            ),
        ),
    ):
        with pytest.raises(kind) as caught:
            compare(records, *words)
        assert str(caught.value) == message
    with pytest.raises(
        RecordError, match=r"^No record has model 'gru': run an experiment first\.$"
    ):
        compare([], "model", "gru", "lstm")


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_sign_test_is_the_exact_binomial_one(better: int, worse: int) -> None:
    expected = stats.binomtest(better, better + worse).pvalue if better + worse else 1
    assert sign_test(better, worse) == pytest.approx(expected)


def ending(*ends: float, rate: float, steps: int = 2000, **words: Any) -> list[Record]:
    """Runs whose curves end so; their score on fresh answers says the opposite."""
    return [
        run(1 - end, seed, curve=[(40, 0.1), (steps, end)], steps=steps, rate=rate, **words)
        for seed, end in enumerate(ends)
    ]


def test_a_rate_is_chosen_by_the_curves_end_and_never_by_the_score() -> None:
    records = [
        *ending(0.2, 0.4, rate=0.001),
        *ending(0.9, 0.8, rate=0.01),
        *ending(0.5, 0.6, rate=0.1),
    ]
    found = choose_rate(records)
    assert (found.rate, found.edge, found.runs.number) == (0.01, False, 6)
    assert [(one.rate, one.score.value) for one in found.rates] == [
        (0.001, pytest.approx(0.3)),
        (0.01, pytest.approx(0.85)),
        (0.1, pytest.approx(0.55)),
    ]
    mean, half = mean_and_half([0.9, 0.8])
    assert (found.rates[1].score.low, found.rates[1].score.high) == (
        max(0, mean - half),
        min(1, mean + half),
    )
    blind = [
        replace(record, score=0.123, score_low=0.1, score_high=0.2, answers=7)
        for record in reversed(records)
    ]
    assert said(choose_rate(blind)) == said(found)


def test_a_rate_that_diverges_loses_and_of_equals_the_faster_wins() -> None:
    lost = [replace(run(None, 1, curve=[(40, 1.0)]), experiment=BASE.change(seed=1, rate=1.0))]
    records = [
        *ending(1.0, 1.0, rate=0.01),
        *ending(1.0, 1.0, rate=0.1, steps=900),
        *ending(1.0, rate=1.0),
        *lost,
    ]
    found = choose_rate(records)
    assert (found.rate, found.edge, found.runs.diverged) == (0.1, False, 1)
    assert found.rates[2].score.value == pytest.approx(0.55)
    assert choose_rate(records[:4]).edge
    assert choose_rate(ending(0.5, rate=0.1)).rates[0].score == Estimate(
        0.5, None, None, found.rates[0].score.method
    )


def test_a_rate_is_chosen_from_records_with_a_curve_that_differ_in_nothing_else() -> None:
    with pytest.raises(RecordError) as caught:
        choose_rate([*ending(0.5, rate=0.1), *ending(0.5, rate=0.2, model="gru", units=9)])
    assert (
        str(caught.value)
        == "Records that are judged together must be equal in model and units, and these differ:"
        " group them by that first."
    )
    with pytest.raises(RecordError) as caught:
        choose_rate([run(outcome="imported")])
    assert (
        str(caught.value)
        == f"Record {run().id} has no curve (imported), and a rate is chosen by its last point:"
        " leave it out."
    )
    with pytest.raises(
        RecordError,
        match=r"^Runs are judged from one record on, not none: run an experiment first\.$",
    ):
        choose_rate([])


SCORES = st.lists(
    st.one_of(st.none(), st.floats(0, 1), st.sampled_from([0.0, 1.0])), min_size=1, max_size=8
)


@given(SCORES, SCORES, st.randoms())
def test_intervals_hold_their_number_and_no_order_matters(
    some: list[float | None], others: list[float | None], order: random.Random
) -> None:
    mine = [run(score, seed, answers=50) for seed, score in enumerate(some)]
    theirs = [run(score, seed, model="gru", answers=50) for seed, score in enumerate(others)]
    found, compared = judge(mine, 0.9), compare(mine + theirs, "model", "lstm", "gru")
    for estimate, least in ((found.score, 0), (found.solved, 0), (compared.difference, -1)):
        if estimate is not None:
            assert (
                least <= (estimate.low or 0) <= (estimate.value or 0) <= (estimate.high or 0) <= 1
            )
    assert found.runs.number == len(some)
    assert compared.pairs * 2 + len(compared.unpaired) == len(some) + len(others)
    shuffled = mine + theirs
    order.shuffle(shuffled)
    assert said(compare(shuffled, "model", "lstm", "gru")) == said(compared)
    assert said(judge(groups_of(shuffled, ["model"])["lstm",], 0.9)) == said(found)
