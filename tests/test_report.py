"""The report of a study: what it says, that it asks no host, that it is whole or not there, and
that nothing is hidden.
"""

import json
import re
import shlex
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from echoscope import Run, Store, StoreError, preset
from echoscope.analysis.findings import gather
from echoscope.analysis.table import three_digits
from echoscope.cli import status
from echoscope.cli.terminal import screen
from echoscope.figures import page, vega_bundle
from echoscope.report import document_of, html, write_document
from echoscope.report.build import MOST_ROWS
from echoscope.report.document import Command, Document, Heading, Picture, Sentences, Table
from echoscope.report.key_findings import verdicts
from echoscope.report.markdown import escaped
from echoscope.report.sweep_command import command_of
from echoscope.runs.table import Rows
from echoscope.studies.grid import Study
from echoscope.studies.jobs import failed
from test_figures import grid
from test_summary import a_run

PICTURES = ["lag", "heat", "parameters", "state", "positions", "steps", "curves", "loss", "units"]
VILE = '<script>alert(1)</script> & | `x` "q"'


def stored(folder: Path, runs: Sequence[Run]) -> Store:
    store = Store(folder / "store")
    for run in runs:
        store.add(run)
    return store


def tables(document: Document) -> dict[str, list[Table]]:
    result: dict[str, list[Table]] = {}
    head = ""
    for block in document.blocks:
        if isinstance(block, Heading):
            head = block.text
        elif isinstance(block, Table):
            result.setdefault(head, []).append(block)
    return result


def sentences(document: Document) -> list[str]:
    return [
        text for block in document.blocks if isinstance(block, Sentences) for text in block.texts
    ]


def test_the_main_findings_are_computed_from_the_records() -> None:
    assert verdicts(gather([*grid(), a_run(None, 7, lag=1, units=4, readout="all")])) == (
        (
            "13 runs in 6 groups, each of equal settings but the seed, evaluated against a"
            " target accuracy"
            " of 0.99: 1 reach it in every run, 0 in some, 5 in none."
        ),
        (
            "The highest mean accuracy is 100.00% (99.98 to 100.00), of lag 1, units 8 (2 runs;"
            " chance"
            " is 10%)."
        ),
        "The lowest is 30.00% (29.37 to 30.64), of lag 3, units 4 (2 runs; chance is 10%).",
        "1 group is not told from chance, which lies in or above the interval: lag 1, units 4.",
        "The longest span is 1 (95 % interval 1 to 1), with units 8.",
        (
            "Fewest units, with all else equal: lag 1 takes 8 units; lags 2 and 3 take more than"
            " the 8 that were tried."
        ),
        (
            "The quickest to solve is lag 1, units 8 (2 runs; chance is 10%): in 80 (80 to ?)"
            " steps, the median of its runs (of 2, 2 solve)."
        ),
        "Of all runs 1 diverged: see Failures.",
    )


def test_a_report_asks_its_question_and_every_table_of_numbers_has_chance_and_bound(
    tmp_path: Path,
) -> None:
    document = document_of(stored(tmp_path, grid()))
    assert sentences(document)[0].startswith(
        "How does the accuracy depend on lag (1, 2, 3) and units (4, 8), over 2 seeds, with"
        " vocab_size 10, length 40, window 20,"
    )
    result = tables(document)
    for name in ("Accuracy", "Steps to solve", "Fewest units", "Spans"):
        (table,) = result[name]
        assert {"chance", "ceiling"} <= set(table.heads)
        assert all(len(row) == len(table.heads) for row in table.rows)
        assert re.search("Wilson|Kaplan|Student", " ".join(table.notes))
    assert result["Accuracy"][0].rows[3] == (
        "2",
        "8",
        "2",
        "90.00% (89.58 to 90.41)",
        "10%",
        "100%",
        "0/2 (0 to 66%)",
        "-",
        "80",
        "0",
    )
    assert [block.name for block in document.blocks if isinstance(block, Picture)] == PICTURES


@pytest.mark.parametrize(
    ("settings", "axes", "seeds"),
    [
        (
            {"preset": "lag", "fit": "quick"},
            {"lag": "1..6", "units": "8,16,32", "model": "lstm,gru", "window": 20},
            3,
        ),
        ({"preset": "partial"}, {"lag": "4+3,2+1", "learning_rate": "0.001,0.01"}, 1),
        (
            {"preset": "whole", "fit": "quick"},
            {"target_accuracy": "none,0.9", "window": "5,none", "seed": 7},
            2,
        ),
        ({"preset": "lag", "fit": "quick"}, {"lag": "-1,0"}, 2),
    ],
)
def test_the_command_of_a_grid_has_the_very_same_cells(
    settings: dict[str, str], axes: dict[str, object], seeds: int
) -> None:
    study = Study(**settings, axes=axes, seeds=seeds)
    runs = [failed(cell, "") for cell in study.cells()]
    command, says = command_of(Rows.of(runs))
    text = command.split()
    assert text[:2] == ["echoscope", "sweep"]
    flags = {text[place][2:].replace("-", "_"): text[place + 1] for place in range(3, len(text), 2)}
    fit, again = flags.pop("fit", "tutorial"), int(flags.pop("seeds"))
    assert {
        cell.id for cell in Study(preset=text[2], fit=fit, seeds=again, axes=flags).cells()
    } == {run.id for run in runs}
    assert says == "This command trains the same cells again, but for those that are in its store:"
    assert command_of(Rows.of(runs[:-1]))[0] == ""


def test_the_command_is_short_and_what_is_no_grid_has_none() -> None:
    quick = preset("lag", fit="quick")
    cells = [failed(quick.change(lag=lag, seed=seed), "") for lag in (1, 2) for seed in (0, 1)]
    assert command_of(Rows.of(cells))[0] == "echoscope sweep lag --fit quick --lag 1,2 --seeds 2"
    assert command_of(Rows.of(cells[:-1])) == (
        "",
        (
            "The runs are no grid that one command repeats: 3 runs are not every "
            "combination of their lag with 2 seeds (4)."
        ),
    )
    assert command_of(Rows.of([cells[0], failed(quick.change(lag=1, seed=2), "")])) == (
        "",
        "The runs are no grid that one command repeats: their seeds do not follow each other.",
    )
    theirs = replace(failed(quick.change(imported="0123456789ab"), ""), outcome="imported")
    assert command_of(Rows.of([*cells, theirs])) == (
        "echoscope sweep lag --fit quick --lag 1,2 --seeds 2",
        (
            "This command trains the same cells again, but for those that are in its store, and for"
            " imported networks, whose files echoscope import takes in again:"
        ),
    )
    assert command_of(Rows.of([theirs]))[1].startswith(
        "Nothing here was trained here: echoscope import takes the files"
    )
    mine = failed(quick.change(data="0123456789ab"), "")
    assert command_of(Rows.of([mine]))[1].startswith(
        "This command trains the same cells again, with the user data (0123456789ab)"
    )


def test_where_it_comes_from_has_every_different_version_and_device(tmp_path: Path) -> None:
    item, other, *initial_state = grid()
    store = stored(
        tmp_path,
        [
            replace(
                item,
                versions={"jax": "1.0", "python": "3.11"},
                device="cpu",
                seconds={"train": 2.5},
            ),
            replace(other, versions={"jax": "2.0", "python": "3.11"}, device="gpu"),
            *initial_state,
        ],
    )
    (table,) = tables(document_of(store))["Where it comes from"]
    facts = dict(table.rows)
    assert (facts["jax"], facts["python"], facts["devices"]) == ("1.0, 2.0", "3.11", "cpu; gpu")
    assert (facts["runs"], facts["seconds in total, compiling and training"]) == ("12", "2.5")
    assert facts["groups of equal settings but the seed, by their number of runs"] == "6 of 2"
    some = dict(tables(document_of(store, "units = 8"))["Where it comes from"][0].rows)
    assert (some["runs"], "jax" in some) == ("6, those that meet units = 8", False)


def test_failures_are_counted_by_reason_and_by_group(tmp_path: Path) -> None:
    runs = [
        *grid(lags=(1,), units=(4,)),
        a_run(None, 7, lag=1, units=4),
        a_run(0.3, 9, lag=1, units=4, outcome="interrupted"),
    ]
    broken = [replace(failed(runs[0].experiment.change(seed=seed), VILE)) for seed in (20, 21)]
    result = tables(document_of(stored(tmp_path, [*runs, *broken])))["Failures"]
    assert [row[:3] for row in result[0].rows] == [
        ("failed", VILE, "2"),
        ("diverged", "-", "1"),
        ("interrupted", "-", "1"),
    ]
    assert "none failed" in " ".join(sentences(document_of(stored(tmp_path / "b", grid()))))


class Page(HTMLParser):
    """What a browser would make of a page: its elements, the addresses it names, its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "action")
        ]

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and data.strip():
            self.scripts.append(data)


def test_a_page_is_escaped_and_asks_no_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "javascript", lambda: "window.vegaEmbed = 1;")
    runs = [*grid(), failed(preset("lag", seed=99), VILE)]
    runs[0] = replace(runs[0], source=VILE, device=VILE)
    write_document(document_of(stored(tmp_path, runs), title=VILE), str(tmp_path / "r.html"))
    result = Page((tmp_path / "r.html").read_text())
    assert all(address == "data:," or address.startswith("#") for address in result.addresses)
    assert result.tags.count("script") == len(result.scripts) == 3
    assert "alert(1)" not in "".join(result.scripts)
    assert result.tags.count("table") >= 5
    specs = json.loads(result.scripts[0])
    assert list(specs) == PICTURES
    assert all(spec["datasets"]["points"] for spec in specs.values())
    assert "default-src 'none'" in (tmp_path / "r.html").read_text()


def test_the_program_that_draws_is_in_the_page_once_and_kept_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text = vega_bundle.javascript()
    assert text.count("window.vegaEmbed=") == 1
    assert "</script" not in text
    (kept,) = (tmp_path / "cache" / "echoscope").iterdir()
    kept.write_text("kept")
    assert vega_bundle.javascript() == "kept"
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")  # cannot be written
    monkeypatch.setattr(
        "vl_convert.javascript_bundle", lambda *_, **__: text
    )  # it takes seconds to make
    result = html.page_of(document_of(stored(tmp_path, grid())))
    assert result.count("window.vegaEmbed=") == 1


def test_markdown_has_its_pictures_beside_it_and_is_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = stored(tmp_path, [*grid(lags=(1, 2), units=(4,)), failed(preset("lag", seed=99), VILE)])
    file = tmp_path / "my study.md"
    assert (
        status(
            [
                "report",
                str(file),
                "--store",
                str(store.folder),
                "--title",
                VILE,
                "--target-accuracy",
                "0.4",
            ]
        )
        == 0
    )
    assert capsys.readouterr().out == f"the report is saved in {file}\n"
    text = file.read_text()
    assert "<script" not in text
    assert text.startswith('# &lt;script&gt;alert(1)&lt;/script&gt; &amp; \\| \\`x\\` "q"\n')
    pictures = re.findall(r"!\[[^\]]*\]\(my%20study/(\w+\.svg)\)", text)
    assert sorted(pictures) == sorted(path.name for path in (tmp_path / "my study").iterdir())
    assert "lag.svg" in pictures
    assert "    echoscope sweep " not in text  # another task failed: no grid


def test_escaped_texts_stay_in_one_line() -> None:
    assert escaped("a|b\n<i> & *") == "a\\|b &lt;i&gt; &amp; \\*"


def test_what_cannot_be_reported_is_refused_in_a_sentence_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = str(stored(tmp_path, grid()).folder)
    lost = str(
        stored(
            tmp_path / "lost", [failed(preset("lag", seed=seed), VILE) for seed in (0, 1)]
        ).folder
    )
    theirs = stored(
        tmp_path / "theirs", [replace(failed(preset("lag"), ""), outcome="imported")]
    ).folder
    (tmp_path / "folder.md").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for file, folder, more, message in (
        (
            "r.pdf",
            good,
            [],
            f"A report must end in .html or .md, not '{tmp_path}/r.pdf': use .html or .md.",
        ),
        (
            "no/r.html",
            good,
            [],
            (
                f"{tmp_path}/no/r.html cannot be written, for {tmp_path}/no is not a folder: name"
                " one that is there."
            ),
        ),
        (
            "folder.md",
            good,
            [],
            f"{tmp_path}/folder.md cannot be written, for it is a folder: name a file.",
        ),
        (
            "r.html",
            str(tmp_path / "empty"),
            [],
            f"There is no run in {tmp_path}/empty: make one with echoscope run lag --store"
            f" {tmp_path}/empty.",
        ),
        (
            "r.html",
            lost,
            [],
            (
                "There is no trained run among these 2 (2 failed), so there is nothing to show:"
                " see why with echoscope runs --json --store " + lost + ", and run them again."
            ),
        ),
        (
            "r.html",
            str(theirs),
            [],
            (
                "There is no trained run among these 1 (1 imported), so there is nothing to"
                " show: see each imported network with echoscope show --store"
                f" {theirs}, or train one with echoscope run lag --store {theirs}."
            ),
        ),
        (
            "r.html",
            good,
            ["--where", "units > 99"],
            f"No run in {good} meets units > 99: see echoscope runs --store {good}.",
        ),
        (
            "r.html",
            good,
            ["--target-accuracy", "0.1"],
            (
                "target_accuracy must be above chance, which is 0.1, not 0.1: a guess without"
                " memory "
                "reaches that; ask for more."
            ),
        ),
    ):
        assert status(["report", str(tmp_path / file), "--store", folder, *more]) == 2
        assert capsys.readouterr().err == f"echoscope: {message}\n"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_failed_writing_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r.md").write_text("mine")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("echoscope.atomic_file.os.fsync", full)
    with pytest.raises(StoreError, match=r"r.md cannot be written \(No space left on device\)"):
        write_document(Document("new", ()), str(tmp_path / "r.md"))
    assert (tmp_path / "r.md").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["r.md"]
    monkeypatch.undo()
    write_document(Document("new", (Command("echoscope run lag"),)), str(tmp_path / "r.md"))
    assert (tmp_path / "r.md").read_text() == "# new\n\n    echoscope run lag\n"


@pytest.mark.parametrize(
    "runs",
    [
        [a_run(0.97)],
        [
            *grid(),
            *(a_run(0.5, seed, vocab_size=50, model="gru", readout="all") for seed in range(3)),
        ],
        [a_run(None, seed, lag=lag) for seed in range(2) for lag in (1, 2)],
        [
            a_run(0.9, 0, window=window, readout="all", target_accuracy=target_accuracy)
            for window in (10, None)
            for target_accuracy in (None, 0.9)
        ],
    ],
    ids=["one", "two studies", "all diverged", "none among the values"],
)
def test_few_or_strange_records_have_a_report(runs: list[Run], tmp_path: Path) -> None:
    document = document_of(stored(tmp_path, runs))
    assert len(tables(document)["Accuracy"][0].rows) == len(gather(runs).groups)


def test_very_many_failures_are_cut_and_all_of_them_listed_by_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = [
        failed(preset("lag", units=units, seed=units), f"why {units}") for units in range(1, 71)
    ]
    store = stored(tmp_path, [*(a_run(units=units) for units in (80, 85, 300)), *lost])
    (table, _) = tables(document_of(store, "units < 90"))["Failures"]
    assert "Shown are the first 50 of 70 reasons" in table.notes[0]
    command = re.search(r"see all with echoscope (.*)\.$", table.notes[0])
    assert command
    assert status(shlex.split(command[1])) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {item["id"] for item in listed} == {run.id for run in lost}


def test_a_damaged_run_is_no_figure_that_runs_do_not_have(tmp_path: Path) -> None:
    store = stored(tmp_path, grid())
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE documents SET run = 'x'")
    with pytest.raises(StoreError, match="damaged"):
        document_of(store)


def test_numbers_of_any_size_are_said_without_a_power_of_ten() -> None:
    assert [three_digits(value) for value in (0.01234, 12.34, 999.6, 1024.0, 123456.7)] == [
        "0.0123",
        "12.3",
        "1,000",
        "1,024",
        "123,457",
    ]
    off = replace(a_run(), mean_absolute_error=1234.5, parameters=None)
    assert screen.sized(off) == "targets are off by 1,234 symbols on average"
    spans = [
        a_run(1.0 if lag < 2000 else 0.5, seed, lag=lag, window=2001, length=2100)
        for lag in (1000, 1500, 2000)
        for seed in (0, 1)
    ]
    (sentence,) = [text for text in verdicts(gather(spans)) if text.startswith("The span is ")]
    assert sentence.startswith("The span is 1,500 (95 % interval 1,500 to 1,999), with ")


@pytest.mark.parametrize("reason", ["a weight is no longer a number", ""])
def test_why_a_run_diverged_is_said_as_it_is_known(reason: str) -> None:
    text = screen.accuracy_said(replace(a_run(None), reason=reason))
    why = f" ({reason})" if reason else ""
    assert text == f"no accuracy: the run diverged{why}; use a learning_rate below 0.01"


def test_tables_of_very_many_groups_are_cut_and_say_so(tmp_path: Path) -> None:
    runs = [
        a_run(0.5, 0, units=units, batch_size=batch)
        for units in range(1, 41)
        for batch in range(1, 8)
    ]
    (table,) = tables(document_of(stored(tmp_path, runs)))["Accuracy"]
    assert len(table.rows) == MOST_ROWS
    left_out = f"Shown are {MOST_ROWS} of 280 rows, evenly chosen over their order"
    assert left_out in table.notes[-1]
    assert f"echoscope summary --json --store {tmp_path}" in table.notes[-1]
    assert (table.rows[0][:2], table.rows[-1][:2]) == (("1", "1"), ("40", "7"))
