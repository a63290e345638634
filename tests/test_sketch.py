"""The sketch of a study: exact for small ones, within its width for all, and nothing hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echoscope.analysis.findings import gather
from echoscope.figures import sketch
from test_summary import a_run


def test_several_lines_are_numbers_and_solved_ones_are_marked() -> None:
    runs = [
        a_run(accuracy, 0, lag=lag, model=model)
        for model, accuracies in (("lstm", (1.0, 0.5)), ("gru", (0.995, None)))
        for lag, accuracy in enumerate(accuracies, 1)
    ]
    assert sketch(gather(runs), 80).splitlines() == [
        "accuracy along lag (mean over seeds; chance 10 %; * is solved, 99 %)",
        "lag          1    2",
        "model gru  100* div",
        "model lstm 100*  50",
    ]


def test_one_line_is_bars_of_the_score() -> None:
    result = sketch(
        gather([a_run(accuracy, 0, lag=lag) for lag, accuracy in ((1, 1.0), (2, 0.5), (3, None))]),
        70,
    ).splitlines()
    room = 70 - 5 - 11
    assert result[1] == "lag 1  " + "█" * room + " 100.0% *"
    assert result[2] == "lag 2  " + ("█" * (room // 2)).ljust(room) + "  50.0%"
    assert result[3] == "lag 3  " + " " * room + "    div"


def test_without_a_lag_it_falls_back_to_what_varies_most() -> None:
    learning_rates = [
        a_run(0.5, 0, learning_rate=learning_rate, model=model)
        for learning_rate in (0.1, 0.01, 0.001)
        for model in ("gru", "lstm")
    ]
    assert sketch(gather(learning_rates), 80).splitlines()[1].split() == [
        "learning_rate",
        "0.001",
        "0.01",
        "0.1",
    ]
    assert sketch(gather([a_run(0.5)]), 80).splitlines()[1].startswith("all runs  █")


def test_where_numbers_do_not_fit_there_are_blocks_and_what_is_left_out_is_said() -> None:
    runs = [
        a_run(lag / 40, 0, lag=lag, units=units, window=50, length=60)
        for lag in range(1, 40)
        for units in range(1, 31)
    ]
    lines = sketch(gather(runs), 80).splitlines()
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
    runs = [
        a_run(0.3, 0, lag=lag, units=size, model=model, window=70, length=80)
        for lag in range(0, lags, 7)
        for size in range(1, units + 1, 3)
        for model in ("lstm", "gru", "rnn")[:models]
    ]
    text = sketch(gather(runs), width)
    assert max(map(len, text.splitlines())) <= min(max(width, 40), 200)
    assert len(text.splitlines()) < 30
    assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("width", [40, 200])
def test_a_sketch_has_no_colour(width: int) -> None:
    assert "\x1b" not in sketch(gather([a_run(0.5, lag=1), a_run(0.4, lag=2)]), width)
