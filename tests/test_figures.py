"""Figures of a study: what is in them, by hand; that each can be written; and why some runs do
not have one.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from echoscope import Run, SettingError, Store, StoreError, preset
from echoscope.analysis.findings import gather
from echoscope.cli import status
from echoscope.figures import Evidence, draw, figures, save, specification
from echoscope.figures.layout import MOST_ALONG, MOST_LINES, MOST_PANELS, layout
from echoscope.figures.run_curves import curves, names
from echoscope.figures.style import COLOURS, DASHES, SHAPES
from test_summary import a_run


def grid(
    lags: Sequence[int] = (1, 2, 3), units: Sequence[int] = (4, 8), seeds: int = 2, **settings: Any
) -> list[Run]:
    """Runs whose accuracy is units/8 at lag 1 and falls by a tenth a lag; those with 8 units solve
    lag 1 in 80 steps.
    """
    result = []
    for lag in lags:
        for size in units:
            for seed in range(seeds):
                accuracy = min(1.0, size / 8) - 0.1 * (lag - 1)
                settings = {"readout": "all"} | settings  # so that predicts have positions
                run = a_run(
                    accuracy,
                    seed,
                    lag=lag,
                    units=size,
                    curve=[(40, 0.2), (80, accuracy)],
                    **settings,
                )
                result.append(
                    replace(
                        run,
                        parameters=10 * size,
                        state_size=2 * size,
                        ceiling=1.0,
                        positions=((lag, lag, 10, 10), (lag + 1, lag, 10, 5 + seed)),
                    )
                )
    return result


def points(name: str, runs: list[Run], target_accuracy: float = 0.99) -> list[dict[str, Any]]:
    return specification(draw(name, Evidence.of(runs, target_accuracy)))["datasets"]["points"]


def test_score_against_lag_has_every_group_with_its_interval_chance_and_bound() -> None:
    runs = grid()
    result = {(point["x"], point["line"]): point for point in points("lag", runs)}
    assert set(result) == {(lag, units) for lag in (1, 2, 3) for units in ("4", "8")}
    for group in gather(runs).groups:
        point = result[group.settings["lag"][0], str(group.settings["units"])]
        assert group.aggregate.accuracy is not None
        assert (point["accuracy"], point["low"], point["high"]) == (
            group.aggregate.accuracy.value,
            group.aggregate.accuracy.low,
            group.aggregate.accuracy.high,
        )
        assert (point["chance"], point["ceiling"], point["runs"]) == (0.1, 1.0, "2")


def test_lines_of_one_lag_stand_beside_each_other_and_around_it() -> None:
    places = sorted(point["at"] for point in points("lag", grid()) if point["x"] == 2)
    assert places[0] < 2 < places[1]
    assert sum(places) / 2 == pytest.approx(2)
    assert places[1] - places[0] < 0.5


def test_a_heat_map_has_a_cell_for_each_lag_and_units() -> None:
    cells = {
        (point["at"], point["units"]): point["number"]
        for point in points("heat", [*grid(), a_run(None, lag=4, units=4, readout="all")])
    }
    assert cells == {
        (1, 4): "50",
        (2, 4): "40",
        (3, 4): "30",
        (4, 4): "div.",
        (1, 8): "100",
        (2, 8): "90",
        (3, 8): "80",
    }


def test_fewest_units_are_found_or_more_than_tried_or_maybe_fewer() -> None:
    result = {point["x"]: (point["units"], point["state"]) for point in points("units", grid())}
    assert result == {1: (8, "found"), 2: (8, "more than tried"), 3: (8, "more than tried")}
    lower = {
        point["x"]: (point["units"], point["state"]) for point in points("units", grid(), 0.35)
    }
    assert lower == {
        1: (4, "or fewer: none were tried"),
        2: (4, "or fewer: none were tried"),
        3: (8, "found"),
    }


def test_a_line_of_which_no_fewest_units_are_known_is_not_in_the_legend() -> None:
    runs = [*grid(), *grid(vocab_size=5), *grid(lags=(1,), units=(4,), vocab_size=7)]
    lines = {point["line"] for point in points("units", runs)}
    assert lines == {"5", "10"}
    drawn = json.dumps(specification(draw("units", Evidence.of(runs))) | {"datasets": {}})
    assert '"domain": ["5", "10"]' in drawn


def test_steps_to_solve_are_the_median_or_more_than_were_seen() -> None:
    result = {
        (point["x"], point["line"]): (point["y"], point["state"])
        for point in points("steps", grid())
    }
    assert result[1, "8"] == (80, "found")
    assert result[1, "4"] == (2000, "more than tried")
    assert len(result) == 6


def test_curves_are_means_in_their_band_and_a_stopped_run_keeps_its_last_score() -> None:
    item = a_run(1.0, 0, curve=[(40, 0.2), (80, 1.0)])
    other = a_run(0.6, 1, curve=[(40, 0.4), (80, 0.5), (120, 0.6)])
    lost = a_run(None, 2, curve=[(40, 0.3)], steps=60)
    result = [
        (point["step"], point["accuracy"], point["least"], point["most"])
        for point in points("curves", [item, other, lost])
    ]
    assert result == [
        (40, 0.3, 0.2, 0.4),
        (60, pytest.approx((0.2 + 0.4 + 0.1) / 3, abs=1e-5), 0.1, 0.4),
        (80, pytest.approx((1.0 + 0.5 + 0.1) / 3, abs=1e-5), 0.1, 1.0),
        (120, pytest.approx((1.0 + 0.6 + 0.1) / 3, abs=1e-5), 0.1, 1.0),
    ]


def test_the_legend_of_runs_of_two_tasks_says_in_what_they_differ() -> None:
    echo, hold = (
        replace(a_run(curve=[(10, 0.5)]), experiment=preset(name, units=7, seed=1))
        for name in ("lag", "hold")
    )
    texts = names([echo, hold])
    assert texts[0].startswith("task echo, ")
    assert "lag 1" in texts[0]
    assert "delay" not in texts[0]
    assert texts[1].startswith("task hold, ")
    assert "delay 19" in texts[1]
    assert "lag" not in texts[1]
    assert curves([echo, hold])


def test_errors_by_position_are_means_over_seeds() -> None:
    result = {
        point["position"]: point for point in points("positions", grid(lags=(1,), units=(4,)))
    }
    assert {place: point["error"] for place, point in result.items()} == {1: 0, 2: 0.45}
    assert (result[2]["least"], result[2]["most"], result[2]["scored"], result[2]["chance"]) == (
        0.4,
        0.5,
        20,
        0.9,
    )


@pytest.mark.parametrize(("name", "field"), [("parameters", "10"), ("state", "2")])
def test_sizes_are_the_networks_own(name: str, field: str) -> None:
    assert {point["x"] for point in points(name, grid())} == {int(field) * 4, int(field) * 8}


@pytest.mark.parametrize("name", figures(["lag"]))
def test_every_figure_is_valid_and_drawn_without_a_warning(name: str, tmp_path: Path) -> None:
    runs = [*grid(), *grid(model="gru"), a_run(None, 0, lag=4, units=4, readout="all")]
    runs += grid(window=25, lags=(1,)) if name == "window" else []
    save(draw(name, Evidence.of(runs, 0.9)), str(tmp_path / "figure.svg"))
    text = (tmp_path / "figure.svg").read_text()
    assert text.startswith("<svg")
    assert "undefined" not in text
    assert "NaN" not in text


def test_groups_without_a_state_are_said_and_truth_is_no_number() -> None:
    runs = grid()
    bare = [replace(item, state_size=0) for item in grid(model="mlp", readout="last", seeds=1)]
    title = specification(draw("state", Evidence.of([*runs, *bare])))["title"]
    assert any("Not drawn: 6 groups without state" in line for line in title["subtitle"])
    both = [
        item
        for truth in (False, True)
        for item in grid(lags=(1,), units=(8,), bidirectional=truth, readout="last")
    ]
    assert sorted({point["x"] for point in points("steps", both)}) == ["false", "true"]


def test_lines_are_told_apart_without_colour() -> None:
    assert len(COLOURS) == len(DASHES) == len(SHAPES) == MOST_LINES
    spec = json.dumps(specification(draw("lag", Evidence.of(grid()))))
    assert all(f'"{channel}": {{' in spec for channel in ("color", "shape", "strokeDash"))


def test_too_many_groups_are_chosen_evenly_and_said() -> None:
    runs = [
        a_run(0.5, 0, lag=lag, units=units, model=model, layers=layers)
        for lag in (1, 2)
        for units in range(1, 16)
        for model in ("lstm", "gru")
        for layers in (1, 2, 3, 4)
    ]
    result = layout(gather(runs), ["lag"])
    assert len(result.panels) <= MOST_PANELS
    assert len(result.lines) <= MOST_LINES
    assert result.notes[0].startswith("Shown: ")
    assert "of 15 values of units" in result.notes[0]
    many = points("lag", [a_run(0.5, 0, lag=lag, window=90, length=100) for lag in range(80)])
    assert len(many) == MOST_ALONG
    assert {0, 79} <= {point["x"] for point in many}


def test_a_window_that_follows_the_lag_parts_no_line_and_another_task_does() -> None:
    follows = [a_run(0.5, 0, lag=lag, window=lag + 1, length=40) for lag in (1, 2, 3)]
    assert layout(gather(follows), ["lag"]).lines == ("",)
    apart = [a_run(0.5, 0, lag=1, vocab_size=10), a_run(0.5, 0, lag=2, vocab_size=20)]
    assert layout(gather(apart), ["lag"]).lines == ("10", "20")
    echoes = [a_run(1.0, 0, lag=0, window=1, units=15), a_run(0.01, 0, lag=1, window=1, units=50)]
    assert layout(gather(echoes), ["units"]).lines == ("0", "1")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lag", "their lag does not vary. Sweep some, as lag=1..8, or ask for other runs."),
        ("heat", "their lag does not vary. Sweep some, as lag=1..8, or ask for other runs."),
        ("curves", "none of them has a learning curve. Train some with echoscope run or sweep."),
        ("units", "it takes several lags and several units. Sweep lag=1..8 units=8..64*2."),
        (
            "steps",
            "no run reaches an accuracy of 0.99 in training. Ask for a lower target_accuracy.",
        ),
        ("parameters", "it takes several values of parameters. Sweep units=8..64*2."),
        ("state", "it takes several values of state size. Sweep units=8..64*2."),
        (
            "positions",
            (
                "their targets are not at several positions, or were not counted by position."
                " Train with readout=all, or on sequences."
            ),
        ),
    ],
)
def test_records_without_a_figure_are_told_why(name: str, reason: str) -> None:
    with pytest.raises(StoreError) as caught:
        draw(name, Evidence.of([a_run(0.5)]))
    assert str(caught.value) == f"These runs have no figure {name}: {reason}"


def test_the_command_writes_a_figure_and_refuses_what_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "store")
    for run in grid():
        store.add(run)
    file = tmp_path / "lag.svg"
    told = ["--store", str(store.folder)]
    assert status(["figure", "lag", str(file), "--where", "units = 8", *told]) == 0
    assert file.read_text().startswith("<svg")
    assert "units" not in file.read_text()
    known = (
        "use curves, loss, lag, delay, items, pairs, window, heat, units, steps, parameters, state"
        " or positions."
    )
    for settings, message in (
        (
            ["figure", "lagg", str(file)],
            "echoscope: figure 'lagg' is not known: did you mean 'lag'?",
        ),
        (["figure", "pie", str(file)], f"echoscope: figure 'pie' is not known: {known}"),
        (
            ["figure", "lag", str(tmp_path / "lag.gif")],
            "echoscope: A picture must end in .svg, .png, .pdf or .html, not ",
        ),
        (
            ["figure", "lag", str(tmp_path / "no" / "lag.svg")],
            f"echoscope: {tmp_path}/no/lag.svg cannot be written (No such",
        ),
        (
            ["figure", "lag", str(file), "--where", "units = 9"],
            f"echoscope: No run in {store.folder} meets units = 9",
        ),
        (
            ["figure", "lag", str(file), "--target-accuracy", "2"],
            "echoscope: target_accuracy must be a number above 0 and at most 1, not 2.",
        ),
    ):
        capsys.readouterr()
        assert status([*settings, *told]) == 2
        assert capsys.readouterr().err.startswith(message)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lag.svg", "store"]


def test_an_unknown_figure_is_refused_in_python_too() -> None:
    with pytest.raises(SettingError, match="figure 'pie' is not known"):
        draw("pie", Evidence.of([a_run()]))
