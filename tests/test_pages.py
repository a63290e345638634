"""What `summary` and `runs` print: in a pipe a line a row, on a terminal never wider than it."""

import json
import re
from itertools import product

import pytest

from echoscope import Store
from echoscope.analysis.estimate import Estimate
from echoscope.analysis.table import Table, accuracy, amount, points, solved
from echoscope.cli import status
from echoscope.cli.terminal.tables import lines
from echoscope.report import document_of
from echoscope.runs.table import Row
from pseudo_terminal import ESCAPES, on_terminal
from test_summary import a_run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Every kind of finding: lags, units, models and rates with windows that follow, one diverged,
    one of two lags.
    """
    store = Store(tmp_path_factory.mktemp("judged"))
    for model, units, lag, learning_rate, seed in product(
        ("lstm", "gru"), (8, 16), (1, 4), (0.003, 0.01), (0, 1)
    ):
        accuracy = 1.0 if units > 3 * lag else 0.5
        lost = (model, units, lag, learning_rate, seed) == ("gru", 16, 4, 0.01, 1)
        settings = {
            "lag": lag,
            "units": units,
            "model": model,
            "learning_rate": learning_rate,
            "window": lag + 3,
        }
        store.add(
            a_run(
                None if lost else accuracy,
                seed,
                curve=[(40, 0.2), (200, accuracy - learning_rate)],
                **settings,
            )
        )
    store.add(a_run(0.9, lag=(4, 3), outcome="interrupted"))
    return store


def test_rows_of_a_store_are_those_of_its_records(store: Store) -> None:
    """Of a rate and a seed that SQLite's JSON would round, and of none and several values, too."""
    store = Store(store.folder / "odd")
    for place, settings in enumerate(
        [
            {},
            {"learning_rate": 0.1 + 0.2, "missing": 1 / 3},
            {"target_accuracy": 2 / 3, "lag": (4, 3)},
            {"lag": -1},
            {"window": None, "readout": "all"},
            {"data": "0123456789ab"},
        ]
    ):
        made = f"2026-01-0{place + 1}T00:00:00"
        item = a_run(
            0.1 * place, place, curve=[(40, None), (80, 0.1), (90, 0.1), (120, 1 / 3)], **settings
        )
        store.add(
            type(item)(
                **{
                    **vars(item),
                    "created": made,
                    "chance": 1 / 3,
                    "ceiling": None if place else 0.7,
                }
            )
        )
    assert store.rows() == [Row.of(run) for run in store.runs()]
    assert [len(row.best_so_far) for row in store.rows()] == [2] * 5 + [
        0
    ]  # user data climb by what is held out
    assert store.rows("lag = 12") == []


def test_a_terminal_shows_the_tables_of_a_report(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cell by cell, but for what a row takes too much room for."""
    assert status(["summary", "--store", str(store.folder)]) == 0
    lines_shown = capsys.readouterr().out.splitlines()
    paragraphs = " ".join(line.strip() for line in lines_shown)
    found = [block for block in document_of(store).blocks if isinstance(block, Table)]
    shared = ("Accuracy", "Fewest units by lag", "Spans", "Chosen learning rates")
    those = [table for table in found if table.title in (*shared, "Compared by model")]
    assert len(those) == 5
    for table in those:
        short = table.without(table.aside)
        assert table.row_count == len(table.rows) > 0
        for row in (short.heads, *short.rows):
            assert [*row] in [re.split("  +", line.strip()) for line in lines_shown]
        for note in table.notes:
            assert note in paragraphs


def test_a_pipe_has_a_line_a_row(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["summary", "--store", str(store.folder), "--limit", "2"]) == 0
    texts = capsys.readouterr().out.splitlines()
    assert [re.split("  +", line.strip()) for line in texts[:2]] == [
        [
            "window",
            "lag",
            "model",
            "units",
            "learning_rate",
            "runs",
            "accuracy (95 %)",
            "chance",
            "ceiling",
            "solved (95 %)",
            "median steps",
        ],
        [
            "4",
            "1",
            "gru",
            "8",
            "0.003",
            "2",
            "100.00% (99.98 to 100.00)",
            "10%",
            "-",
            "2/2 (34 to 100%)",
            "200 (200 to ?)",
        ],
    ]
    assert texts[3] == "... and 15 more (echoscope summary --limit 17 shows them)"
    text = " ".join(texts)
    assert (
        "Of 33 runs: 9 ended unsolved (censored: they might have solved it later); 1 diverged"
        " (chance in an accuracy, " in text
    )
    for title in (
        "Fewest units by lag",
        "Spans",
        "Chosen learning rates",
        "Compared by model",
        "Not evaluated",
    ):
        assert title in texts
    assert status(["summary", "--store", str(store.folder)]) == 0
    assert " follows " in capsys.readouterr().out


def test_a_document_has_everything(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["summary", "--store", str(store.folder), "--json"]
    assert (
        status(
            [
                *settings,
                "--by",
                "units,lag,model,learning_rate,window",
                "--compare",
                "units",
                "--where",
                "window <> 20",
            ]
        )
        == 0
    )
    result = json.loads(capsys.readouterr().out)
    assert list(result) == [
        "varied",
        "target_accuracy",
        "groups",
        "over",
        "failed",
        "by",
        "learning_rates",
        "compared",
        "comparisons",
        "imported",
        "unsaid",
        "windows",
    ]
    assert (result["by"], result["compared"], len(result["groups"])) == (
        ["units", "lag", "model", "learning_rate", "window"],
        "units",
        16,
    )
    assert [item["comparison"]["second"] for item in result["comparisons"]] == [16]
    assert status([*settings, "--limit", "3"]) == 0
    assert len(json.loads(capsys.readouterr().out)["groups"]) == 3
    assert status([*settings, "--compare", "layers"]) == 2
    assert capsys.readouterr().err.startswith(
        "echoscope: All runs have the same layers, so there is nothing to compare: "
    )
    assert status([*settings, "--limit", "0"]) == 2
    assert capsys.readouterr().err == "echoscope: limit must be an integer of at least 1, not 0.\n"


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("command", ["summary", "runs"])
def test_no_line_is_wider_than_the_terminal(columns: int, command: str, store: Store) -> None:
    seen, _ = on_terminal([command, "--store", str(store.folder)], columns, "stdout")
    text = ESCAPES.sub("", seen).splitlines()
    assert max(map(len, text)) <= columns
    if command == "summary":
        block = text.index("window 4, lag 1, model gru, units 8,") if columns == 40 else 0
        assert text[block : block + 3] == (
            ["window 4, lag 1, model gru, units 8,", "learning_rate 0.003", "  runs 2,"]
            if columns == 40
            else [
                "window 4, lag 1, model gru, units 8, learning_rate 0.003",
                "  runs 2, accuracy (95 %) 100.00% (99.98 to 100.00),",
                "  solved (95 %) 2/2 (34 to 100%), median steps 200 (200 to ?)",
            ]
        )


def test_a_table_gives_up_what_is_equal_before_it_becomes_blocks() -> None:
    heads, rows = ["lag", "accuracy", "chance"], [["1", "99%", "1%"], ["2", "98%", "1%"]]
    whole = ["lag  accuracy  chance", "  1       99%      1%", "  2       98%      1%"]
    assert list(lines(heads, rows, 1, None)) == list(lines(heads, rows, 1, 21)) == whole
    assert list(lines(heads, rows, 1, 20)) == [
        "lag  accuracy",
        "  1       99%",
        "  2       98%",
        "in each row: chance",
        "1%",
    ]
    assert list(lines(heads, rows, 1, 9)) == [
        "lag 1",
        "  accuracy 99%",
        "lag 2",
        "  accuracy 98%",
        "in each row: chance",
        "1%",
    ]
    assert list(lines(heads, rows[:1], 1, 17)) == ["lag 1", "  accuracy 99%,", "  chance 1%"]


def test_what_is_not_known_is_said_so() -> None:
    assert (accuracy(None), accuracy(Estimate(0.5, None, None, ""))) == ("-", "50.00% (? to ?)")
    assert points(Estimate(-0.0123, -0.02, 0.01, "")) == "-1.23 (-2.00 to +1.00)"
    assert solved(Estimate(2 / 3, 0.2077, 0.9385, ""), 3) == "2/3 (21 to 94%)"
    assert amount(Estimate(None, None, None, "")) == "-"
    assert amount(Estimate(None, 1240, None, "")) == "- (1,240 to ?)"
    assert amount(Estimate(2.6666, 0.0, 3.5, "")) == "2.7 (0 to 3.5)"
