"""Findings: which runs make a grid, a choice or a pair, and what is said of those that make
none.
"""

import json
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from echoscope import Run, SettingError, StoreError
from echoscope.analysis.accuracy import aggregate
from echoscope.analysis.findings import Findings, gather
from echoscope.analysis.groups import groups_of
from echoscope.analysis.learning_rates import choose_learning_rate, chosen_by_halves
from echoscope.analysis.spans import fewest_units, span_of
from echoscope.analysis.time_to_solve import steps_to_solve
from echoscope.cli.terminal.screen import document
from echoscope.runs.best_so_far import BestSoFar
from echoscope.runs.table import PLACES, Row, Rows
from echoscope.stats.intervals import mean_and_half
from test_summary import a_run, ending


def lags(*values: int, seeds: int = 2, solved: int = 99, **settings: Any) -> list[Run]:
    """Runs over lags, one a seed, that reach 1.0 up to lag `solved` and 0.5 beyond."""
    return [
        a_run(1.0 if lag <= solved else 0.5, seed, lag=lag, curve=[(40, 0.4)], **settings)
        for lag in values
        for seed in range(seeds)
    ]


def spans(result: Findings) -> list[tuple[dict[str, Any], tuple[str, ...], float | None]]:
    return [
        (over.settings, over.follows, over.span.span.value) for over in result.over if over.span
    ]


def test_groups_are_judged_as_alone() -> None:
    runs = [*lags(1, 2, seeds=3, units=8), *lags(1, 2, seeds=3, solved=1, units=16)]
    result = gather(runs, 0.9)
    assert (result.varied, result.by, result.target_accuracy) == (
        ("lag", "units"),
        ("lag", "units"),
        0.9,
    )
    for group, (key, rows) in zip(
        result.groups, groups_of(runs, ["lag", "units"]).items(), strict=True
    ):
        assert tuple(group.settings.values()) == key
        assert (group.aggregate, group.steps) == (aggregate(rows, 0.9), steps_to_solve(rows, 0.9))
    assert [over.fewest for over in result.over if over.fewest] == [fewest_units(runs, 0.9)]
    assert [over.span for over in result.over if over.span] == [
        span_of([item for item in runs if item.experiment.units == units], 0.9) for units in (8, 16)
    ]
    swapped = gather(runs, 0.9, by=["units", "lag"])
    assert [list(group.settings.items()) for group in swapped.groups][1] == [
        ("units", 8),
        ("lag", (2,)),
    ]
    assert swapped.over == result.over


def test_what_follows_the_lag_does_not_part_a_grid() -> None:
    runs = [
        item
        for lag in (1, 2, 4)
        for item in lags(lag, window=lag + 1, length=4 * lag + 9, learning_rate=0.01 / lag)
    ]
    assert spans(gather(runs)) == [({}, ("length", "window", "learning_rate"), 4)]
    follows = [
        item
        for units in (4, 8)
        for item in lags(1, units=units, learning_rate=0.1 / units, epochs=100 * units)
    ]
    (over,) = gather(follows).over
    assert (over.settings, over.follows, [item.units for item in over.fewest]) == (
        {},
        ("learning_rate", "epochs"),
        [4],
    )


def test_what_varies_on_its_own_parts_grids() -> None:
    runs = [
        item
        for learning_rate, layers in product((0.01, 0.1), (1, 2))
        for lag in (1, 2, 4)
        for item in lags(lag, solved=2, learning_rate=learning_rate, layers=layers, window=lag + 1)
    ]
    assert spans(gather(runs)) == [
        ({"layers": layers, "learning_rate": learning_rate}, ("window",), 2)
        for layers in (1, 2)
        for learning_rate in (0.01, 0.1)
    ]
    lengths = [
        item
        for length in (30, 40)
        for lag in (1, 2)
        for item in lags(lag, length=length, window=length - 20 - lag)
    ]
    assert spans(gather(lengths)) == [({"length": length}, ("window",), 2) for length in (30, 40)]


def test_each_study_of_a_store_says_for_itself_what_follows() -> None:
    free = [
        item for learning_rate in (0.01, 0.1) for item in lags(1, 2, 3, learning_rate=learning_rate)
    ]
    chosen = [
        item for lag in (1, 2, 3) for item in lags(lag, model="gru", learning_rate=0.01 * lag)
    ]
    result = gather([*free, *chosen])
    assert spans(result) == [
        ({"model": "gru"}, ("learning_rate",), 3),
        ({"model": "lstm", "learning_rate": 0.01}, (), 3),
        ({"model": "lstm", "learning_rate": 0.1}, (), 3),
    ]


def test_what_has_no_span_is_said() -> None:
    runs = [*lags(1, 2), *lags(-1), a_run(lag=(4, 3)), *lags(5, model="gru")]
    result = gather(runs)
    assert spans(result) == [({"model": "lstm"}, (), 2)]
    assert result.unsaid == (
        "With one value of lag only, and so no span: 1 of 2 groups of equal other settings.",
        (
            "In no span, which is of one lag of at least 0: 2 groups of several lags at once, or of"
            " a forecast."
        ),
        (
            "No run of model 'lstm' is equal in seed and all other settings to one of 'gru': look"
            " at lag."
        ),
    )
    assert len(result.groups) == 5


def test_bounds_stand_beside_every_lag() -> None:
    runs = [replace(item, ceiling=1 / item.experiment.task.lag[0]) for item in lags(1, 2, 4)]
    result = gather(runs)
    assert [over.ceilings for over in result.over] == [(1, 0.5, 0.25)]
    assert [(group.ceiling, group.aggregate.runs.chance) for group in result.groups] == [
        (1, 0.1),
        (0.5, 0.1),
        (0.25, 0.1),
    ]


def test_each_half_of_the_seeds_is_scored_at_the_rate_that_the_other_chooses() -> None:
    """Accuracies are 1 - end, so that whoever looked at them would choose the other rate."""
    runs = [*ending(0.9, 0.2, 0.3, learning_rate=0.01), *ending(0.4, 0.5, 0.4, learning_rate=0.1)]
    # seed 1: 0.2 against 0.5; seeds 0 and 2: 0.6 against 0.4
    assert [row.setting("learning_rate") for row in chosen_by_halves(runs)] == [0.1, 0.01, 0.1]
    result = gather(runs)
    (tuned,) = result.learning_rates
    assert (tuned.settings, tuned.choice, tuned.seeds, tuned.agree) == (
        {},
        choose_learning_rate(runs),
        3,
        1,
    )
    assert (tuned.choice.learning_rate, tuned.choice.edge, tuned.ceiling) == (0.01, True, None)
    mean, half = mean_and_half([0.6, 0.8, 0.6])
    assert tuned.accuracy is not None
    assert (tuned.accuracy.value, tuned.accuracy.low) == (
        pytest.approx(mean),
        pytest.approx(max(0, mean - half)),
    )
    assert tuned.accuracy.method.startswith(
        "mean over seeds, each half at the rate that the other half chooses"
    )
    assert tuned.solved is not None
    assert tuned.solved.value == 0


def test_a_choice_by_halves_breaks_ties_as_a_choice_of_all() -> None:
    equal = [
        *ending(1.0, 1.0, learning_rate=0.01),
        *ending(1.0, 1.0, learning_rate=0.1, steps=900),
        *ending(1.0, 1.0, learning_rate=1.0, steps=900),
    ]
    assert choose_learning_rate(equal).learning_rate == 0.1
    assert [row.setting("learning_rate") for row in chosen_by_halves(equal)] == [0.1, 0.1]
    lost = [
        *ending(0.5, 0.5, learning_rate=0.01),
        a_run(None, 0, learning_rate=1.0),
        a_run(None, 1, learning_rate=1.0),
    ]
    assert [row.setting("learning_rate") for row in chosen_by_halves(lost)] == [0.01, 0.01]
    assert chosen_by_halves(ending(0.5, learning_rate=0.01) + ending(0.6, learning_rate=0.1)) == ()
    assert len(chosen_by_halves(ending(0.5, learning_rate=0.01))) == 1
    missing = [*ending(0.9, 0.9, 0.9, learning_rate=0.01), *ending(0.2, learning_rate=0.1)]
    assert [row.seed for row in chosen_by_halves(missing)] == [0, 1, 2]
    with pytest.raises(StoreError, match="must be equal in model, and these differ"):
        chosen_by_halves(
            ending(0.5, learning_rate=0.01) + ending(0.5, learning_rate=0.1, model="gru")
        )


def test_a_rate_of_one_seed_has_no_score() -> None:
    result = gather(
        [
            *ending(0.9, learning_rate=0.01),
            *ending(0.5, learning_rate=0.1),
            a_run(outcome="interrupted", learning_rate=0.3),
        ]
    )
    (tuned,) = result.learning_rates
    assert (tuned.choice.learning_rate, tuned.accuracy, tuned.solved, tuned.seeds) == (
        0.01,
        None,
        None,
        0,
    )
    assert result.unsaid == (
        "Without a training curve, and so without a part in choosing a rate: 1 run.",
        (
            "Chosen by the only seed there is, and so without an accuracy that the choice does not"
            " flatter: 1 of 1 rate; train more seeds."
        ),
    )


def test_models_are_compared_each_at_rates_that_flatter_neither() -> None:
    runs = [
        *ending(0.9, 0.8, learning_rate=0.01),
        *ending(0.1, 0.2, learning_rate=0.1),
        *ending(0.3, 0.4, learning_rate=0.01, model="gru"),
        *ending(0.7, 0.6, learning_rate=0.1, model="gru"),
    ]
    result = gather(runs)
    (matched,) = result.comparisons
    against = matched.comparison
    assert (result.compared, against.setting, against.first, against.second) == (
        "model",
        "model",
        "lstm",
        "gru",
    )
    assert (matched.first_accuracy, matched.second_accuracy) == (
        pytest.approx(0.15),
        pytest.approx(0.35),
    )
    assert (against.difference.value, against.cells, against.pairs, against.unpaired) == (
        pytest.approx(-0.2),
        1,
        2,
        (),
    )
    assert (matched.chance, matched.ceiling) == (0.1, None)
    by_learning_rate = gather(runs, compared="learning_rate")
    assert [
        (item.comparison.first, item.comparison.second, item.comparison.pairs)
        for item in by_learning_rate.comparisons
    ] == [(0.01, 0.1, 4)]


def test_the_usual_value_is_compared_with_each_other_one_over_what_both_have() -> None:
    runs = [
        a_run(accuracy, seed, model=model, lag=lag)
        for model, lag, accuracy in (
            ("gru", 1, 0.5),
            ("gru", 2, 0.7),
            ("lstm", 1, 0.6),
            ("rnn", 1, 0.2),
            ("rnn", 9, 0.9),
        )
        for seed in (0, 1)
    ]
    result = gather(runs)
    assert [
        (
            item.comparison.first,
            item.comparison.second,
            item.comparison.cells,
            item.first_accuracy,
            item.second_accuracy,
            len(item.comparison.unpaired),
        )
        for item in result.comparisons
    ] == [("lstm", "gru", 1, 0.6, 0.5, 2), ("lstm", "rnn", 1, 0.6, 0.2, 2)]
    assert gather(runs, compared="lag").comparisons[0].comparison.first == (1,)
    assert gather(lags(1, 2)).compared is None
    assert gather([*lags(1, layers=1), *lags(1, layers=2)]).compared == "layers"


def test_no_legal_mix_is_refused() -> None:
    mine = [
        replace(a_run(0.8, seed, data="0123456789ab", lag=-1), chance=0.995, ceiling=None)
        for seed in (0, 1)
    ]
    lost = [a_run(None, seed, model="rnn", lag=lag) for seed in (0, 1) for lag in (1, 2)]
    other = [
        a_run(
            0.5, seed, window=None, readout="all", length=20, lag=0, units=3, target_accuracy=None
        )
        for seed in (0, 7)
    ]
    kinds = [
        replace(a_run(seed=5), outcome="imported"),
        replace(
            a_run(seed=6), outcome="failed", accuracy=None, accuracy_low=None, accuracy_high=None
        ),
    ]
    mixes = [
        mine + lags(1, 2),
        lost,
        lost + lags(1, 2),
        other + lags(1, 2) + mine,
        [a_run()],
        [a_run(None)],
        [*lags(1, 2), *kinds],
        [a_run(lag=(4, 3)), a_run(lag=-1)],
        [a_run(units=4), a_run(units=8, lag=(4, 3))],
    ]
    for mix in mixes:
        result = gather(mix)
        assert json.loads(json.dumps(result.to_json(), allow_nan=False))["varied"] == list(
            result.varied
        )
    result = gather(mine + lags(1, 2))
    assert (
        result.unsaid[0]
        == "Left out, for a guess without memory has the accuracy 0.99 there: 1 of 3 groups; ask"
        " for"
        " more."
    )
    assert len(result.groups) == 2
    result = gather([*lags(1, 2), *kinds])
    assert (result.imported, [row.seed for row in result.failed]) == (1, [6])
    assert result.unsaid == (
        "In no group, for how it was trained is not known: 1 imported network.",
    )


def test_a_group_in_which_chance_reaches_the_score_is_left_out_and_said() -> None:
    runs = [
        replace(a_run(0.9, seed, lag=lag), chance=0.1 + 0.5 * seed)
        for lag in (1, 2)
        for seed in (0, 1)
    ]
    result = gather(runs, 0.5)
    assert (result.groups, result.over) == ((), ())
    assert (
        result.unsaid[0]
        == "Left out, for a guess without memory has the accuracy 0.5 there: 2 of 2 groups; ask for"
        " more."
    )


def test_a_run_without_a_curve_has_no_part_in_choosing_a_rate() -> None:
    runs = [
        a_run(
            0.9,
            seed,
            learning_rate=learning_rate,
            lag=lag,
            steps=10,
            curve=[(10, 1 - 10 * learning_rate)] if lag == 1 or seed else [],
        )
        for learning_rate in (0.01, 0.001)
        for lag in (1, 2)
        for seed in range(3)
    ]
    result = gather(runs)
    assert [
        (item.settings, item.choice.learning_rate, item.seeds) for item in result.learning_rates
    ] == [
        ({"lag": (1,)}, 0.001, 3),
        ({"lag": (2,)}, 0.001, 2),
    ]
    assert (
        "Without a training curve, and so without a part in choosing a rate: 2 runs."
        in result.unsaid
    )


def test_what_findings_cannot_be_of_is_refused() -> None:
    for kind, values, settings, message in (
        (
            StoreError,
            [],
            {},
            "Findings are of trained runs, and here is none: run an experiment first.",
        ),
        (
            SettingError,
            lags(1),
            {"target_accuracy": 0.1},
            (
                "target_accuracy must be above chance, which is 0.1, not 0.1: a guess without"
                " memory reaches"
                " that; ask for more."
            ),
        ),
        (
            SettingError,
            lags(1),
            {"target_accuracy": 10**400},
            f"target_accuracy must be a number above 0 and at most 1, not {str(10**400)[:56]} ....",
        ),
        (
            SettingError,
            lags(1, 2),
            {"compared": "modell"},
            "Runs have no setting 'modell' to be compared in: did you mean 'model'?",
        ),
        (
            StoreError,
            lags(1, 2),
            {"compared": "model"},
            "All runs have the same model, so there is nothing to compare: use lag.",
        ),
        (
            StoreError,
            [a_run(), a_run()],
            {},
            (
                "Runs evaluated over seeds must each have their own seed, and seed 0 is there"
                " twice: leave one out."
            ),
        ),
        (
            StoreError,
            lags(1, 2),
            {"by": ["units"]},
            (
                "Runs that are evaluated together must be equal in lag, and these differ: group"
                " them by that first."
            ),
        ),
    ):
        with pytest.raises(kind) as caught:
            gather(values, **settings)
        assert str(caught.value) == message


def test_a_document_is_what_to_json_says(capsys: pytest.CaptureFixture[str]) -> None:
    runs = [
        *lags(1, 2, seeds=3, units=8),
        *lags(1, 2, solved=1, units=16),
        *ending(0.9, 0.8, learning_rate=0.5),
    ]
    result = gather([*runs, replace(a_run(seed=6), outcome="failed", accuracy=None)])
    document(result)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(result.to_json()))
    group = result.to_json()["groups"][0]
    assert list(group) == [
        "settings",
        "runs",
        "target_accuracy",
        "accuracy",
        "solved",
        "steps",
        "ceiling",
        "parameters",
        "state_size",
        "seconds",
    ]
    assert result.to_json()["failed"] == [
        {
            "id": a_run(seed=6).id,
            "seed": 6,
            "settings": {"lag": [1], "units": 50, "learning_rate": 0.01},
        }
    ]


def test_the_best_so_far_is_the_points_above_all_before_them() -> None:
    curve = [(40, 0.9, 0.1), (80, 0.8, 0.1), (120, 0.5, 0.6), (160, None, 1.0)]
    best = BestSoFar.of(curve)
    points = [(40, 0, 0.1), (120, 80, 0.6), (160, 120, 1.0)]
    for target in (0.0, 0.05, 0.1, 0.3, 0.6, 0.61, 1.0, 1.1):
        assert best.first(target) == next((one for one in points if one[2] >= target), None)
    assert (len(best), BestSoFar(best.content), BestSoFar().first(0.1)) == (3, best, None)


def test_rows_are_columns_and_a_row_each() -> None:
    runs = [
        a_run(0.5, 1, lag=2),
        a_run(None, 7, lag=4),
        a_run(1.0, 0, lag=2),
        replace(a_run(), outcome="imported"),
    ]
    rows = Rows.of(runs)
    assert list(rows) == [Row.of(run) for run in runs] == [rows[place] for place in range(4)]
    assert (rows[-1], rows[1:3], Rows.of(rows) is rows) == (
        Row.of(runs[3]),
        Rows.of(runs[1:3]),
        True,
    )
    assert rows != Rows.of(runs[:3])
    assert (rows.code.tolist(), [settings[PLACES["lag"]] for settings in rows.distinct]) == (
        [0, 1, 0, 2],
        [(2,), (4,), (1,)],
    )
    assert (
        rows.numbers("accuracy").tolist()[::2],
        bool(np.isnan(rows.numbers("accuracy")[1])),
    ) == (
        [0.5, 1.0],
        True,
    )
    assert rows.became("diverged", "imported").tolist() == [False, True, False, True]
    assert rows.settings_of(~rows.became("diverged")) == [rows[0].settings, rows[3].settings]
    assert (list(Rows.of([])), Rows.of([]).became("done").tolist()) == ([], [])
