"""Findings: which records make a grid, a choice or a pair, and what is said of those that make
none.
"""

import json
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from echoscope import Record, RecordError, WordError
from echoscope.analysis.accuracy import judge
from echoscope.analysis.findings import Findings, gather
from echoscope.analysis.groups import groups_of
from echoscope.analysis.learning_rates import choose_rate, chosen_by_halves
from echoscope.analysis.spans import fewest_units, span_of
from echoscope.analysis.time_to_solve import steps_to_solve
from echoscope.cli.terminal.screen import document
from echoscope.runs.best_so_far import WrittenClimb, climb_of, first
from echoscope.runs.table import PLACES, Row, Rows
from echoscope.stats.intervals import mean_and_half
from test_summary import ending, run


def lags(*values: int, seeds: int = 2, solved: int = 99, **words: Any) -> list[Record]:
    """Runs over lags, one a seed, that reach 1.0 up to lag `solved` and 0.5 beyond."""
    return [
        run(1.0 if lag <= solved else 0.5, seed, lag=lag, curve=[(40, 0.4)], **words)
        for lag in values
        for seed in range(seeds)
    ]


def spans(found: Findings) -> list[tuple[dict[str, Any], tuple[str, ...], float | None]]:
    return [(over.words, over.follows, over.span.span.value) for over in found.over if over.span]


def test_groups_are_judged_as_alone() -> None:
    records = [*lags(1, 2, seeds=3, units=8), *lags(1, 2, seeds=3, solved=1, units=16)]
    found = gather(records, 0.9)
    assert (found.varied, found.by, found.wanted) == (("lag", "units"), ("lag", "units"), 0.9)
    for group, (key, rows) in zip(
        found.groups, groups_of(records, ["lag", "units"]).items(), strict=True
    ):
        assert tuple(group.words.values()) == key
        assert (group.standing, group.steps) == (judge(rows, 0.9), steps_to_solve(rows, 0.9))
    assert [over.fewest for over in found.over if over.fewest] == [fewest_units(records, 0.9)]
    assert [over.span for over in found.over if over.span] == [
        span_of([one for one in records if one.experiment.units == units], 0.9) for units in (8, 16)
    ]
    swapped = gather(records, 0.9, by=["units", "lag"])
    assert [list(group.words.items()) for group in swapped.groups][1] == [
        ("units", 8),
        ("lag", (2,)),
    ]
    assert swapped.over == found.over


def test_what_follows_the_lag_does_not_part_a_grid() -> None:
    records = [
        one
        for lag in (1, 2, 4)
        for one in lags(lag, window=lag + 1, length=4 * lag + 9, rate=0.01 / lag)
    ]
    assert spans(gather(records)) == [({}, ("length", "window", "rate"), 4)]
    follows = [
        one
        for units in (4, 8)
        for one in lags(1, units=units, rate=0.1 / units, epochs=100 * units)
    ]
    (over,) = gather(follows).over
    assert (over.words, over.follows, [one.units for one in over.fewest]) == (
        {},
        ("rate", "epochs"),
        [4],
    )


def test_what_varies_on_its_own_parts_grids() -> None:
    records = [
        one
        for rate, layers in product((0.01, 0.1), (1, 2))
        for lag in (1, 2, 4)
        for one in lags(lag, solved=2, rate=rate, layers=layers, window=lag + 1)
    ]
    assert spans(gather(records)) == [
        ({"layers": layers, "rate": rate}, ("window",), 2)
        for layers in (1, 2)
        for rate in (0.01, 0.1)
    ]
    lengths = [
        one
        for length in (30, 40)
        for lag in (1, 2)
        for one in lags(lag, length=length, window=length - 20 - lag)
    ]
    assert spans(gather(lengths)) == [({"length": length}, ("window",), 2) for length in (30, 40)]


def test_each_study_of_a_store_says_for_itself_what_follows() -> None:
    free = [one for rate in (0.01, 0.1) for one in lags(1, 2, 3, rate=rate)]
    chosen = [one for lag in (1, 2, 3) for one in lags(lag, model="gru", rate=0.01 * lag)]
    found = gather([*free, *chosen])
    assert spans(found) == [
        ({"model": "gru"}, ("rate",), 3),
        ({"model": "lstm", "rate": 0.01}, (), 3),
        ({"model": "lstm", "rate": 0.1}, (), 3),
    ]


def test_what_has_no_span_is_said() -> None:
    records = [*lags(1, 2), *lags(-1), run(lag=(4, 3)), *lags(5, model="gru")]
    found = gather(records)
    assert spans(found) == [({"model": "lstm"}, (), 2)]
    assert found.unsaid == (
        "With one lag only, and so no span: 1 of 2 groups of equal other words.",
        (
            "In no span, which is of one lag of at least 0: 2 groups of several lags at once, or of"
            " a forecast."
        ),
        (
            "No record of model 'lstm' is equal in seed and all other words to one of 'gru': look"
            " at lag."
        ),
    )
    assert len(found.groups) == 5


def test_bounds_stand_beside_every_lag() -> None:
    records = [replace(one, bound=1 / one.experiment.task.lag[0]) for one in lags(1, 2, 4)]
    found = gather(records)
    assert [over.bounds for over in found.over] == [(1, 0.5, 0.25)]
    assert [(group.bound, group.standing.runs.chance) for group in found.groups] == [
        (1, 0.1),
        (0.5, 0.1),
        (0.25, 0.1),
    ]


def test_each_half_of_the_seeds_is_scored_at_the_rate_that_the_other_chooses() -> None:
    """Scores are 1 - end, so that whoever looked at them would choose the other rate."""
    records = [*ending(0.9, 0.2, 0.3, rate=0.01), *ending(0.4, 0.5, 0.4, rate=0.1)]
    # seed 1: 0.2 against 0.5; seeds 0 and 2: 0.6 against 0.4
    assert [row.word("rate") for row in chosen_by_halves(records)] == [0.1, 0.01, 0.1]
    found = gather(records)
    (tuned,) = found.rates
    assert (tuned.words, tuned.choice, tuned.seeds, tuned.agree) == ({}, choose_rate(records), 3, 1)
    assert (tuned.choice.rate, tuned.choice.edge, tuned.bound) == (0.01, True, None)
    mean, half = mean_and_half([0.6, 0.8, 0.6])
    assert tuned.score is not None
    assert (tuned.score.value, tuned.score.low) == (
        pytest.approx(mean),
        pytest.approx(max(0, mean - half)),
    )
    assert tuned.score.method.startswith(
        "mean over seeds, each half at the rate that the other half chooses"
    )
    assert tuned.solved is not None
    assert tuned.solved.value == 0


def test_a_choice_by_halves_breaks_ties_as_a_choice_of_all() -> None:
    equal = [
        *ending(1.0, 1.0, rate=0.01),
        *ending(1.0, 1.0, rate=0.1, steps=900),
        *ending(1.0, 1.0, rate=1.0, steps=900),
    ]
    assert choose_rate(equal).rate == 0.1
    assert [row.word("rate") for row in chosen_by_halves(equal)] == [0.1, 0.1]
    lost = [*ending(0.5, 0.5, rate=0.01), run(None, 0, rate=1.0), run(None, 1, rate=1.0)]
    assert [row.word("rate") for row in chosen_by_halves(lost)] == [0.01, 0.01]
    assert chosen_by_halves(ending(0.5, rate=0.01) + ending(0.6, rate=0.1)) == ()
    assert len(chosen_by_halves(ending(0.5, rate=0.01))) == 1
    missing = [*ending(0.9, 0.9, 0.9, rate=0.01), *ending(0.2, rate=0.1)]
    assert [row.seed for row in chosen_by_halves(missing)] == [0, 1, 2]
    with pytest.raises(RecordError, match="must be equal in model, and these differ"):
        chosen_by_halves(ending(0.5, rate=0.01) + ending(0.5, rate=0.1, model="gru"))


def test_a_rate_of_one_seed_has_no_score() -> None:
    found = gather(
        [*ending(0.9, rate=0.01), *ending(0.5, rate=0.1), run(outcome="interrupted", rate=0.3)]
    )
    (tuned,) = found.rates
    assert (tuned.choice.rate, tuned.score, tuned.solved, tuned.seeds) == (0.01, None, None, 0)
    assert found.unsaid == (
        "Without a training curve, and so without a part in choosing a rate: 1 run.",
        (
            "Chosen by the only seed there is, and so without a score that the choice does not"
            " flatter: 1 of 1 rate; train more seeds."
        ),
    )


def test_models_are_compared_each_at_rates_that_flatter_neither() -> None:
    records = [
        *ending(0.9, 0.8, rate=0.01),
        *ending(0.1, 0.2, rate=0.1),
        *ending(0.3, 0.4, rate=0.01, model="gru"),
        *ending(0.7, 0.6, rate=0.1, model="gru"),
    ]
    found = gather(records)
    (matched,) = found.comparisons
    against = matched.comparison
    assert (found.compared, against.word, against.first, against.second) == (
        "model",
        "model",
        "lstm",
        "gru",
    )
    assert (matched.first_score, matched.second_score) == (pytest.approx(0.15), pytest.approx(0.35))
    assert (against.difference.value, against.cells, against.pairs, against.unpaired) == (
        pytest.approx(-0.2),
        1,
        2,
        (),
    )
    assert (matched.chance, matched.bound) == (0.1, None)
    by_rate = gather(records, compared="rate")
    assert [
        (one.comparison.first, one.comparison.second, one.comparison.pairs)
        for one in by_rate.comparisons
    ] == [(0.01, 0.1, 4)]


def test_the_usual_value_is_compared_with_each_other_one_over_what_both_have() -> None:
    records = [
        run(score, seed, model=model, lag=lag)
        for model, lag, score in (
            ("gru", 1, 0.5),
            ("gru", 2, 0.7),
            ("lstm", 1, 0.6),
            ("rnn", 1, 0.2),
            ("rnn", 9, 0.9),
        )
        for seed in (0, 1)
    ]
    found = gather(records)
    assert [
        (
            one.comparison.first,
            one.comparison.second,
            one.comparison.cells,
            one.first_score,
            one.second_score,
            len(one.comparison.unpaired),
        )
        for one in found.comparisons
    ] == [("lstm", "gru", 1, 0.6, 0.5, 2), ("lstm", "rnn", 1, 0.6, 0.2, 2)]
    assert gather(records, compared="lag").comparisons[0].comparison.first == (1,)
    assert gather(lags(1, 2)).compared is None
    assert gather([*lags(1, layers=1), *lags(1, layers=2)]).compared == "layers"


def test_no_legal_mix_is_refused() -> None:
    own = [
        replace(run(0.8, seed, data="0123456789ab", lag=-1), chance=0.995, bound=None)
        for seed in (0, 1)
    ]
    lost = [run(None, seed, model="rnn", lag=lag) for seed in (0, 1) for lag in (1, 2)]
    other = [
        run(0.5, seed, window=None, when="each", length=20, lag=0, units=3, stop=None)
        for seed in (0, 7)
    ]
    kinds = [
        replace(run(seed=5), outcome="imported"),
        replace(run(seed=6), outcome="failed", score=None, score_low=None, score_high=None),
    ]
    mixes = [
        own + lags(1, 2),
        lost,
        lost + lags(1, 2),
        other + lags(1, 2) + own,
        [run()],
        [run(None)],
        [*lags(1, 2), *kinds],
        [run(lag=(4, 3)), run(lag=-1)],
        [run(units=4), run(units=8, lag=(4, 3))],
    ]
    for mix in mixes:
        found = gather(mix)
        assert json.loads(json.dumps(found.to_json(), allow_nan=False))["varied"] == list(
            found.varied
        )
    found = gather(own + lags(1, 2))
    assert (
        found.unsaid[0]
        == "Left out, for a guess without memory has the score 0.99 there: 1 of 3 groups; ask for"
        " more."
    )
    assert len(found.groups) == 2
    found = gather([*lags(1, 2), *kinds])
    assert (found.imported, [row.seed for row in found.failed]) == (1, [6])
    assert found.unsaid == (
        "In no group, for how it was trained is not known: 1 imported network.",
    )


def test_a_group_in_which_chance_reaches_the_score_is_left_out_and_said() -> None:
    records = [
        replace(run(0.9, seed, lag=lag), chance=0.1 + 0.5 * seed)
        for lag in (1, 2)
        for seed in (0, 1)
    ]
    found = gather(records, 0.5)
    assert (found.groups, found.over) == ((), ())
    assert (
        found.unsaid[0]
        == "Left out, for a guess without memory has the score 0.5 there: 2 of 2 groups; ask for"
        " more."
    )


def test_a_run_without_a_curve_has_no_part_in_choosing_a_rate() -> None:
    records = [
        run(
            0.9,
            seed,
            rate=rate,
            lag=lag,
            steps=10,
            curve=[(10, 1 - 10 * rate)] if lag == 1 or seed else [],
        )
        for rate in (0.01, 0.001)
        for lag in (1, 2)
        for seed in range(3)
    ]
    found = gather(records)
    assert [(one.words, one.choice.rate, one.seeds) for one in found.rates] == [
        ({"lag": (1,)}, 0.001, 3),
        ({"lag": (2,)}, 0.001, 2),
    ]
    assert (
        "Without a training curve, and so without a part in choosing a rate: 2 runs."
        in found.unsaid
    )


def test_what_findings_cannot_be_of_is_refused() -> None:
    for kind, given, words, message in (
        (
            RecordError,
            [],
            {},
            "Findings are of trained records, and here is none: run an experiment first.",
        ),
        (
            WordError,
            lags(1),
            {"wanted": 0.1},
            (
                "wanted must be above chance, which is 0.1, not 0.1: a guess without memory reaches"
                " that; ask for more."
            ),
        ),
        (
            WordError,
            lags(1),
            {"wanted": 10**400},
            f"wanted must be a number above 0 and at most 1, not {str(10**400)[:56]} ....",
        ),
        (
            WordError,
            lags(1, 2),
            {"compared": "modell"},
            "Records have no word 'modell' to be compared in: did you mean 'model'?",
        ),
        (
            RecordError,
            lags(1, 2),
            {"compared": "model"},
            "All records have the same model, so there is nothing to compare: use lag.",
        ),
        (
            RecordError,
            [run(), run()],
            {},
            (
                "Records judged over seeds must each have their own seed, and seed 0 is there"
                " twice: leave one out."
            ),
        ),
        (
            RecordError,
            lags(1, 2),
            {"by": ["units"]},
            (
                "Records that are judged together must be equal in lag, and these differ: group"
                " them by that first."
            ),
        ),
    ):
        with pytest.raises(kind) as caught:
            gather(given, **words)
        assert str(caught.value) == message


def test_a_document_is_what_to_json_says(capsys: pytest.CaptureFixture[str]) -> None:
    records = [
        *lags(1, 2, seeds=3, units=8),
        *lags(1, 2, solved=1, units=16),
        *ending(0.9, 0.8, rate=0.5),
    ]
    found = gather([*records, replace(run(seed=6), outcome="failed", score=None)])
    document(found)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found.to_json()))
    group = found.to_json()["groups"][0]
    assert list(group) == [
        "words",
        "runs",
        "wanted",
        "score",
        "solved",
        "steps",
        "bound",
        "parameters",
        "state_size",
        "seconds",
    ]
    assert found.to_json()["failed"] == [
        {"id": run(seed=6).id, "seed": 6, "words": {"lag": [1], "units": 50, "rate": 0.01}}
    ]


def test_a_written_climb_is_the_climb_it_was_written_from() -> None:
    climb = climb_of([(40, 0.9, 0.1), (80, 0.8, 0.1), (120, 0.5, 0.6), (160, None, 1.0)])
    assert climb == ((40, 0, 0.1), (120, 80, 0.6), (160, 120, 1.0))
    for points in (climb, climb[:1], ()):
        written = WrittenClimb(json.dumps(points))
        assert (written, tuple(written), len(written), hash(written)) == (
            points,
            points,
            len(points),
            hash(points),
        )
        assert [written[place] for place in range(len(points))] == list(points)
        assert written[:1] == points[:1]
        for wanted in (0.05, 0.1, 0.3, 0.6, 0.7, 1.0):
            assert first(written, wanted) == first(points, wanted)
    assert first(climb, 0.3) == (120, 80, 0.6)
    assert first(WrittenClimb("[]"), 0.1) is None


def test_rows_are_columns_and_a_row_each() -> None:
    records = [
        run(0.5, 1, lag=2),
        run(None, 7, lag=4),
        run(1.0, 0, lag=2),
        replace(run(), outcome="imported"),
    ]
    rows = Rows.of(records)
    assert (
        list(rows) == [Row.of(record) for record in records] == [rows[place] for place in range(4)]
    )
    assert (rows[-1], rows[1:3], Rows.of(rows) is rows) == (
        Row.of(records[3]),
        Rows.of(records[1:3]),
        True,
    )
    assert rows != Rows.of(records[:3])
    assert (rows.code.tolist(), [words[PLACES["lag"]] for words in rows.said]) == (
        [0, 1, 0, 2],
        [(2,), (4,), (1,)],
    )
    assert (rows.numbers("score").tolist()[::2], bool(np.isnan(rows.numbers("score")[1]))) == (
        [0.5, 1.0],
        True,
    )
    assert rows.became("diverged", "imported").tolist() == [False, True, False, True]
    assert rows.words_of(~rows.became("diverged")) == [rows[0].words, rows[3].words]
    assert (list(Rows.of([])), Rows.of([]).became("done").tolist()) == ([], [])
