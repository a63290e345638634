"""Questions to a store: conditions, order, files for other programs, and stores that are merged."""

import csv
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

import echoscope
from echoscope import Store, StoreError
from echoscope.cli import status
from echoscope.experiment.fields import SETTINGS
from test_database import LARGE
from test_records import WEIGHTS, a_run


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Eight runs: lag 1 to 4 by 16 and 64 units, of which the last diverged."""
    store = Store(tmp_path / "echoes")
    for place in range(8):
        settings = {"lag": place // 2 + 1 if place else (4, 3), "units": (16, 64)[place % 2]}
        experiment = echoscope.preset("lag", **settings)
        minus = {
            "outcome": "diverged",
            "accuracy": None,
            "accuracy_low": None,
            "accuracy_high": None,
            "loss": None,
        }
        store.add(
            (
                a_run(
                    experiment=experiment,
                    accuracy=place / 10,
                    loss=1 / (place + 1),
                    created=f"2026-01-0{8 - place}T00:00:00",
                )
                if place < 7
                else a_run(experiment=experiment, created="2026-01-09T00:00:00", **minus)
            ),
            WEIGHTS,
        )
    return store


@pytest.mark.parametrize(
    ("where", "sort", "limit", "accuracies"),
    [
        ("units >= 32", "accuracy", None, [None, 0.1, 0.3, 0.5]),
        ("units >= 32 and lag in (1, 2)", "accuracy", None, [0.1, 0.3]),
        ("lag = '4,3'", "accuracy", None, [0]),
        ("lag between 2 and 3", "lag", None, [0.3, 0.2, 0.5, 0.4]),
        (None, "-loss", 2, [0.5, 0.6]),
        (None, "created", 2, [0, None]),
        (None, "-accuracy", 3, [0.2, 0.1, 0]),
        ("readout = 'last' and outcome = 'diverged'", "id", None, [None]),
        ('"readout" = \'all\' or "units" < 3', "id", None, []),
        ("case when units > 16 then accuracy > 0.2 end", "accuracy", None, [0.3, 0.5]),
        ("accuracy = (select max(accuracy) from runs)", "accuracy", None, [0.6]),
        ("reason like '%;%' or device = ')--('\nor accuracy=0.6", "accuracy", None, [0.6]),
        (
            "preset is null and seed = 0 and learning_rate < 0.01 and window = 5",
            "accuracy",
            1,
            [0.6],
        ),
    ],
)
def test_a_condition_an_order_and_a_limit(
    where: str | None, sort: str, limit: int | None, accuracies: list[Any], store: Store
) -> None:
    result = store.table(where, sort, limit)
    assert result["accuracy"] == accuracies
    assert {len(values) for values in result.values()} == {len(accuracies)}
    some = store.table(where, sort, limit, ["steps", "accuracy"])
    assert (list(some), some["accuracy"]) == (["steps", "accuracy"], accuracies)
    assert all(isinstance(lag, str) for lag in result["lag"])


CONDITION = (
    "where {where!r} is not a condition on runs ({why}): write one such as units >= 32 and accuracy"
    " > 0.9."
)
BAD = [
    ("units >", "it ends too early"),
    ("", "it ends too early"),
    ("1; DROP TABLE runs", "near ';': syntax error"),
    ("1) UNION SELECT * FROM runs --", "near '--': syntax error"),
    ("1) UNION SELECT * FROM runs WHERE (1", "near ')': syntax error"),
    ("1 -- and more", "near '--': syntax error"),
    ("1 /* and more", "near '/*': syntax error"),
    ("accuracy > ?", "it leaves a value open"),
    ("accuracy > :least", "it leaves a value open"),
    ("max(accuracy) > 1", "misuse of aggregate function max()"),
    ("(SELECT count(*) FROM documents) > 0", "it may only read runs"),
    ("(SELECT count(*) FROM leases) > 0", "it may only read runs"),
    ("(SELECT count(*) FROM sqlite_master) > 0", "it may only read runs"),
    ("load_extension('x')", "it may only read runs"),
    (
        (
            "units in (WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT x"
            " FROM a)"
        ),
        "it may only read runs",
    ),
    ("ATTACH 'x' AS y", "near \"'x'\": syntax error"),
    ("model = 'lstm", 'near "\'": syntax error'),
    ("`units` > 3", "near '`': syntax error"),
]


@pytest.mark.parametrize(("where", "why"), BAD)
def test_what_is_no_condition_is_refused_and_does_nothing(
    where: str, why: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    before = store.path.read_bytes()
    assert status(["runs", "--where", where, "--store", str(store.folder)]) == 2
    printed = capsys.readouterr()
    text = " ".join(CONDITION.format(where=where, why=why).split())
    assert (printed.out, printed.err) == ("", f"echoscope: {text}\n")
    assert store.path.read_bytes() == before
    assert len(list(store.folder.iterdir())) == 9


@pytest.mark.parametrize("where", ["untis > 3", '"untis" > 3', "accuracy > 1 or untis = 'x'"])
def test_an_unknown_column_is_said(where: str, store: Store) -> None:
    with pytest.raises(StoreError) as caught:
        store.table(where)
    assert str(caught.value) == f"where {where!r} names no column of runs: did you mean 'units'?"


def test_every_word_and_result_is_a_column_in_the_help_and_the_reference(
    capsys: pytest.CaptureFixture[str],
) -> None:
    columns = list(Store("nowhere").table())
    settings = {*SETTINGS, "seed"}
    assert settings <= set(columns)
    assert status(["runs", "--help"]) == 0
    text = capsys.readouterr().out.replace(",", " ").replace(".", " ").split()
    reference = (Path(__file__).parent.parent / "docs" / "reference.md").read_text()
    for column in set(columns) - settings:
        assert column in text
        assert f"`{column}`" in reference


def test_only_columns_can_be_asked_for(store: Store) -> None:
    with pytest.raises(
        StoreError, match=r"^column 'accurcy' is not a column of runs: did you mean 'accuracy'\?$"
    ):
        store.table(names=["id", "accurcy"])


def test_a_table_reads_no_document(store: Store) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("UPDATE documents SET run = 'x', curve = zeroblob(100000)")
        connection.commit()
    assert len(store.table()["id"]) == len(store.ids()) == 8
    assert status(["runs", "--store", str(store.folder)]) == 0
    with pytest.raises(StoreError):
        store.runs()


def test_runs_lists_the_last_ones(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["runs", "--store", str(store.folder), "--where", "units >= 32"]
    assert status([*settings, "--sort", "accuracy", "--limit", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[4] for line in lines[1:]] == ["30.00%", "50.00%"]
    assert status([*settings, "--sort", "-steps", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["units"], row["outcome"]) for row in rows].count((64, "done")) == 3
    assert status(["runs", "--store", str(store.folder), "--where", "units > 1000"]) == 0
    assert capsys.readouterr().out == f"No run in {store.folder} meets units > 1000.\n"


def test_the_column_words_is_equal_where_records_differ_in_seed_alone(tmp_path: Path) -> None:
    store = Store(tmp_path / "echoes")
    for lag, seed in ((1, 0), (2, 0), (1, 7), (2, 7)):
        store.add(
            a_run(
                experiment=echoscope.preset("lag", lag=lag, seed=seed),
                created=f"2026-01-0{lag}T00:00:0{seed}",
            )
        )
    lags: dict[str, set[str]] = {}
    for settings, lag in zip(*store.table(names=["settings_id", "lag"]).values(), strict=True):
        lags.setdefault(settings, set()).add(lag)
    assert sorted(map(sorted, lags.values())) == [["1"], ["2"]]
    assert [row.setting("lag") for row in store.rows()] == [(1,), (1,), (2,), (2,)]
    assert len({id(row.settings) for row in store.rows()}) == 2  # read once, and shared


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_export_holds_every_column(
    kind: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"runs.{kind}"
    settings = ["runs", "--store", str(store.folder), "--sort", "accuracy", "--export", str(file)]
    assert status(settings) == 0
    assert capsys.readouterr().out == f"8 runs saved in {file}\n"
    targets = store.table(sort="accuracy")
    if kind == "parquet":
        assert parquet.read_table(file).to_pydict() == targets
        assert status([*settings, "--where", "units > 1000"]) == 0
        types = {field.name: str(field.type) for field in parquet.read_table(file).schema}
        assert (types["lag"], types["units"], types["accuracy"], types["target_accuracy"]) == (
            "string",
            "int64",
            "double",
            "double",
        )
        return
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    text = [
        ["" if value is None else str(value) for value in column] for column in targets.values()
    ]
    assert [list(row.values()) for row in rows] == [list(row) for row in zip(*text, strict=True)]


def test_stores_merge_by_the_same_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = Store(tmp_path / "here"), Store(tmp_path / "there")
    early, late = "2026-01-01T00:00:00", "2026-02-02T00:00:00"
    for store, created, outcomes in (
        (here, early, ("done", "done", "interrupted", "solved", "done", None)),
        (there, late, ("done", "interrupted", "done", "imported", None, "failed")),
    ):
        for seed, outcome in enumerate(outcomes):
            if outcome:
                store.add(
                    a_run(seed, outcome, created, curve=LARGE[:9]),
                    WEIGHTS if outcome != "failed" else None,
                )
    settings = ["merge", str(there.folder), "--store", str(here.folder), "--json"]
    assert status(settings) == 0
    assert json.loads(capsys.readouterr().out) == {"added": 3, "stayed": 2, "damaged": []}
    result = {kept.experiment.seed: (kept.outcome, kept.created) for kept in here.runs()}
    assert result == {
        0: ("done", late),
        1: ("done", early),
        2: ("done", late),
        3: ("solved", early),
        4: ("done", early),
        5: ("failed", late),
    }
    assert all(
        here.weights(kept)["readout.bias"].tolist() == [0, 1, 2]
        for kept in here.runs()
        if kept.weights
    )
    assert status(settings) == 0
    assert json.loads(capsys.readouterr().out) == {"added": 0, "stayed": 5, "damaged": []}


def test_what_is_damaged_there_is_left_out_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = Store(tmp_path / "here"), Store(tmp_path / "there")
    kept = [
        there.add(a_run(seed), {"readout.bias": WEIGHTS["readout.bias"] + seed})
        for seed in range(3)
    ]
    (there.folder / kept[1].weights).write_bytes(b"x")
    assert status(["merge", str(there.folder), "--store", str(here.folder)]) == 2
    printed = capsys.readouterr()
    assert (
        printed.out
        == f"2 runs of {there.folder} are in {here.folder} now; 0 were there already, and"
        " stay.\n"
    )
    assert (
        printed.err
        == f"echoscope: left out: The weights {there.folder / kept[1].weights} are damaged: run"
        " the "
        "experiment again.\n"
    )
    assert sorted(here.ids()) == sorted([kept[0].id, kept[2].id])


def test_records_from_before_the_database_are_taken_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old"
    made = Store(tmp_path / "made").add(a_run(), WEIGHTS)
    old.mkdir()
    values = made.to_json()
    del values["reason"]  # a setting that they did not know
    (old / f"{made.id}.json").write_text(json.dumps(values))
    (old / made.weights).write_bytes((tmp_path / "made" / made.weights).read_bytes())
    (old / "notes.json").write_text("{}")
    assert status(["show", "--store", str(old)]) == 2
    assert (
        capsys.readouterr().err
        == f"echoscope: There is no run in {old / 'runs.sqlite'}, but 1 from before the "
        f"database beside it: take them in with echoscope merge {old} --store {old}.\n"
    )
    for into in (old, tmp_path / "new"):
        assert status(["merge", str(old), "--store", str(into)]) == 0
        assert Store(into).weights(Store(into).find(made.id))["readout.bias"].tolist() == [0, 1, 2]
    (old / f"{'0' * 12}.json").write_text("{")
    assert status(["merge", str(old), "--store", str(tmp_path / "new")]) == 2
    assert "000000000000.json is damaged: it is not JSON" in capsys.readouterr().err


def test_a_condition_of_bytes_that_are_no_text_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store(tmp_path).add(a_run())
    for condition in ("preset = '\udcff'", "\ud800"):
        assert status(["runs", "--store", str(tmp_path), "--where", condition]) == 2
        assert (
            "is not a condition on runs (it has bytes that are no text)" in capsys.readouterr().err
        )


@pytest.mark.parametrize(
    ("command", "condition", "why"),
    [
        *(
            (command, "HEAVY", "takes too long to answer")
            for command in ("runs", "summary", "figure curves x.svg", "report x.md")
        ),
        ("runs", "abs(-9223372036854775807 - 1) > 0", "(integer overflow)"),
        ("runs", "json('{') is null", "(malformed JSON)"),
        ("runs", "randomblob(1000000000) is null", "(it may only read runs)"),
    ],
)
def test_a_condition_that_costs_too_much_or_fails_is_no_damage(
    command: str,
    condition: str,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Store(tmp_path).add(a_run())
    monkeypatch.setattr("echoscope.store.query_limits.STEPS", 100_000)
    tables = ", ".join(f"json_each('[1,2,3,4]') as t{place}" for place in range(17))
    heavy = f"(select count(*) from {tables}) > 0"
    where = heavy if condition == "HEAVY" else condition
    assert status([*command.split(), "--store", str(tmp_path), "--where", where]) == 2
    text = capsys.readouterr().err
    assert why in text
    assert "damaged" not in text
    assert text.count("\n") == 1


def test_ctrl_c_ends_a_condition_at_once(tmp_path: Path) -> None:
    Store(tmp_path).add(a_run())
    tables = ", ".join(f"json_each('[1,2,3,4]') as t{place}" for place in range(17))
    code = (
        "import signal, sys, threading, os\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        # all is loaded
        "from echoscope.cli import status; status(['runs', '--store', sys.argv[3]])\n"
        "threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "sys.exit(status(sys.argv[1:]))"
    )
    settings = ["runs", "--store", str(tmp_path), "--where", f"(select count(*) from {tables}) > 0"]
    done = subprocess.run(
        [sys.executable, "-c", code, *settings],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr.lstrip()) == (
        130,
        "echoscope: interrupted; nothing was written.\n",
    )
