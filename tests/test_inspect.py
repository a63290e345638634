"""`inspect`: what a sequence holds, said on a terminal, as JSON, as a picture and as a page."""

import io
import json
import re
import shlex
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoscope.cli import status

ROOT = Path(__file__).parent.parent
PICTURES = {
    "events.csv": "own-lags",
    "melody.csv": "own-melody",
    "sunspots-1700.csv": "own-spots",
    "phix174.fasta": "own-dna",
}
KEYS = {"values", "vocab_size", "missing", "entropy", "lags", "rules", "ceiling", "verdict"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A die, a cycle of names with a column beside it, and integers that copy the third before."""
    place = tmp_path_factory.mktemp("sequences")
    rng = np.random.default_rng(5)
    (place / "die.csv").write_text("\n".join(map(str, rng.integers(1, 7, 2000))))
    names = ["login", "view", "view", "buy"]
    rows = (f"{at},{names[at % 4]}" for at in range(400))
    (place / "events.csv").write_text("at,event\n" + "\n".join(rows))
    copies = rng.integers(0, 9, 3000)
    for at in range(3, 3000):
        copies[at] = copies[at - 3] if rng.random() < 0.9 else copies[at]
    np.save(place / "copies.npy", copies)
    return place


def inspected(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert status(["inspect", *map(str, arguments), "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_a_die_holds_nothing_and_says_what_not_to_expect(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = inspected(capsys, folder / "die.csv", "--lags", 12)
    assert result.keys() >= KEYS
    assert result["recoding"]["values"] == [1, 2, 3, 4, 5, 6]
    assert re.match(
        r"No lag up to 12 tells anything about the next value \(smallest p [\d.]+ of 12;",
        result["verdict"],
    )
    assert [lag["lag"] for lag in result["lags"]] == list(range(1, 13))
    assert all(abs(lag["bits"]) < 0.02 and lag["p"] > 0.025 for lag in result["lags"])
    assert result["entropy"][0] == pytest.approx(np.log2(6), abs=0.01)
    (most,) = [rule for rule in result["rules"] if rule["name"] == "memoryless"]
    assert most["low"] <= 1 / 6 <= most["high"]


def test_a_copy_of_the_third_before_is_found_and_its_accuracy_is_known(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = inspected(capsys, folder / "copies.npy", "--lags", 8)
    bits = {lag["lag"]: lag["bits"] for lag in result["lags"]}
    assert max(bits, key=bits.__getitem__) == 3
    assert result["verdict"].startswith("Lags 3 and 6 carry information")
    copied = {rule["name"]: rule for rule in result["rules"]}["copy-lag"]
    assert copied["low"] <= 0.9 + 0.1 / 9 <= copied["high"]
    assert result["ceiling"] >= copied["accuracy"]


def test_names_are_said_by_name_on_a_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    told = ["inspect", str(folder / "events.csv"), "--column", "event", "--lags", "5"]
    assert status(told) == 0
    out = capsys.readouterr().out
    page = " ".join(out.split())
    assert page.startswith("Lags 1 to 5 carry information; a context of 2 predicts 100% [")
    assert "with commas between cells: a heading, column event, 400 values, none missing." in page
    assert "login view view buy login ... buy login view view buy" in page
    assert "3 names: buy, login, view" in page
    assert "value view" in page
    bars = [line for line in out.splitlines() if "█" in line]
    assert [line.split()[:2] for line in bars] == [[str(lag), "*"] for lag in range(1, 6)]
    assert max(map(len, [*bars, *out.splitlines()[:4]])) <= 60


def test_lags_that_carry_nothing_share_a_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for most, lines in ((40, ["1 to 40: no information"]), (3, [])):
        assert status(["inspect", str(folder / "die.csv"), "--lags", str(most)]) == 0
        page = [line.strip() for line in capsys.readouterr().out.splitlines()]
        assert [line for line in page if line.endswith("no information")] == lines


def test_a_page_and_a_picture_say_what_the_terminal_says(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {kind: tmp_path / f"events.{kind}" for kind in ("md", "html", "svg")}
    told = [folder / "events.csv", "--column", "event", "--lags", 5, "--report"]
    verdict = inspected(capsys, *told, places["md"], "--figure", places["svg"])["verdict"]
    inspected(capsys, *told, places["html"])
    page = places["md"].read_text().replace("\\", "")
    assert verdict in page
    assert (tmp_path / "events" / "lags.svg").exists()
    assert "| 4 |" in page
    assert verdict in unescape(places["html"].read_text())
    picture = places["svg"].read_text()
    assert "lag (steps back)" in picture
    assert "mutual information (bits)" in picture


def test_the_page_of_own_sequences_has_the_verdicts_and_pictures_that_its_commands_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "learn" / "own.md").read_text()
    told = [
        shlex.split(line)[2:] for line in re.findall(r"^    (echoscope inspect .*)$", page, re.M)
    ]
    verdicts = re.findall(r"^\| [^|]* \| ((?:Lags?|No lag) [^|]*) \|", page, re.M)
    for place, (arguments, verdict) in enumerate(zip(told, verdicts, strict=True)):
        picture = tmp_path / f"{place}.svg"
        assert inspected(capsys, *arguments, "--figure", picture)["verdict"] == verdict
        known = PICTURES.get(Path(arguments[0]).name)
        if known:
            assert picture.read_text() == (ROOT / "docs/pictures" / f"{known}.svg").read_text()


def test_the_command_that_it_ends_with_has_the_window_that_the_rule_needs_that_looks_back_least(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, window in (("melody.csv", 7), ("phix174.fasta", 4)):
        file = ROOT / "examples" / name
        assert status(["inspect", str(file), "--lags", "40"]) == 0
        end = capsys.readouterr().out.splitlines()[-1]
        assert (
            end == f"  next: echoscope run lag --fit quick --file {file} --lag -1 --window {window}"
        )


def test_a_sequence_is_read_from_standard_input_and_from_bytes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Piped:
        buffer = io.BytesIO(b"[3, 1, 2, null, 3, 1, 2]")

    monkeypatch.setattr("sys.stdin", Piped())
    result = inspected(capsys, "-", "--lags", 2)
    assert (result["values"], result["missing"], result["source"]) == (7, 1, "standard input")
    result = inspected(capsys, "--text", ROOT / "LICENSE", "--lags", 3)
    assert result["vocab_size"] == 256
    assert result["entropy"][0] > result["entropy"][1] > result["entropy"][2]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "There is no sequence: name a file, or give --text FILE."),
        (["{0}/none.csv"], "{0}/none.csv cannot be read (No such file or directory): name a file."),
        (["{0}/events.csv"], "{0}/events.csv has 2 columns (at, event): choose one with --column"),
        (["{0}/die.csv", "--file", "x"], "The file must be named once, not twice"),
        (["{0}/die.csv", "--lags", "0"], "lags must be an integer from 1 to 1000, not 0."),
        (["{0}/die.csv", "--figure", "a.csv"], "A picture must end in .svg, .png, .pdf or .html"),
        (["{0}/die.csv", "--report", "a.txt"], "A report must end in .html or .md"),
        (["{0}/die.csv", "--bins", "x"], "bins must be an integer"),
        (["--text", "{0}/die.csv", "--column", "x"], "column is said of the values of a file"),
    ],
)
def test_what_cannot_be_inspected_is_refused(
    arguments: list[str], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(["inspect", *(part.format(folder) for part in arguments)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence.format(folder) in err


def test_a_trend_is_spoken_of_and_many_numbers_are_offered_bins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "trend.csv"
    steps = np.random.default_rng(0).normal(0.1, 1, 600).cumsum().round(1)
    path.write_text("\n".join(map(str, steps)) + "\n")
    assert "is unlike what comes before it" in inspected(capsys, path, "--bins", 6)["verdict"]
    dice = tmp_path / "dice.csv"
    dice.write_text("\n".join(map(str, np.random.default_rng(0).integers(0, 6, 600))) + "\n")
    assert "unlike" not in inspected(capsys, dice)["verdict"]
    for place, offered in ((path, True), (dice, False)):
        assert status(["inspect", str(place)]) == 0
        assert ("--bins 20 sorts" in " ".join(capsys.readouterr().out.split())) == offered
