"""The sketch of a study: exact for small ones, within its width for all, and nothing hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echoscope.analysis.findings import gather
from echoscope.figures import sketch
from test_summary import run


def test_several_lines_are_numbers_and_solved_ones_are_marked() -> None:
    records = [
        run(score, 0, lag=lag, model=model)
        for model, scores in (("lstm", (1.0, 0.5)), ("gru", (0.995, None)))
        for lag, score in enumerate(scores, 1)
    ]
    assert sketch(gather(records), 80).splitlines() == [
        "score along lag (mean over seeds; chance 10 %; * is solved, 99 %)",
        "lag          1    2",
        "model gru  100* div",
        "model lstm 100*  50",
    ]


def test_one_line_is_bars_of_the_score() -> None:
    found = sketch(
        gather([run(score, 0, lag=lag) for lag, score in ((1, 1.0), (2, 0.5), (3, None))]), 67
    ).splitlines()
    room = 67 - 5 - 11
    assert found[1] == "lag 1  " + "█" * room + " 100.0% *"
    assert found[2] == "lag 2  " + ("█" * (room // 2) + "▌").ljust(room) + "  50.0%"
    assert found[3] == "lag 3  " + " " * room + "    div"


def test_without_a_lag_it_falls_back_to_what_varies_most() -> None:
    rates = [
        run(0.5, 0, rate=rate, model=model)
        for rate in (0.1, 0.01, 0.001)
        for model in ("gru", "lstm")
    ]
    assert sketch(gather(rates), 80).splitlines()[1].split() == ["rate", "0.001", "0.01", "0.1"]
    assert sketch(gather([run(0.5)]), 80).splitlines()[1].startswith("all runs  █")


def test_where_numbers_do_not_fit_there_are_blocks_and_what_is_left_out_is_said() -> None:
    records = [
        run(lag / 40, 0, lag=lag, units=units, window=50, length=60)
        for lag in range(1, 40)
        for units in range(1, 31)
    ]
    lines = sketch(gather(records), 80).splitlines()
    assert "▁" in lines[-2]
    assert "█" in lines[-2]
    assert lines[-1] == "shown: 20 of 30 lines"
    assert lines[-21].startswith("units 1 ")
    assert lines[-2].startswith("units 30 ")


@given(
    width=st.integers(-5, 500),
    lags=st.integers(1, 60),
    models=st.integers(1, 3),
    units=st.integers(1, 30),
)
def test_it_is_never_wider_than_it_is_told(width: int, lags: int, models: int, units: int) -> None:
    records = [
        run(0.3, 0, lag=lag, units=size, model=model, window=70, length=80)
        for lag in range(0, lags, 7)
        for size in range(1, units + 1, 3)
        for model in ("lstm", "gru", "rnn")[:models]
    ]
    text = sketch(gather(records), width)
    assert max(map(len, text.splitlines())) <= min(max(width, 40), 200)
    assert len(text.splitlines()) < 30
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("width", [40, 200])
def test_a_sketch_has_no_colour(width: int) -> None:
    assert "\x1b" not in sketch(gather([run(0.5, lag=1), run(0.4, lag=2)]), width)
