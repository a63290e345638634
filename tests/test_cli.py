"""The command as a user meets it: pages, JSON, pipes, interrupts, their own files."""

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

import echoscope
from echoscope.cli import status

TEXT = "Whoever reads this says it again, a letter later.\n"
ECHOSCOPE = [sys.executable, "-c", "from echoscope.cli import main; main()"]
# Networks of two kinds, each one program, serve wherever their settings do not matter.
SMALL = ["lag", "--vocab-size", "4", "--units", "4"]
TWO = ["lag", "--fit", "quick", "--vocab-size", "2", "--units", "8"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def trained(store: Path) -> dict[str, Any]:
    """One quick run of 256 symbols, for bytes and for a CSV column."""
    settings = "run lag --fit quick --vocab-size 256 --units 32 --learning-rate 0.02 --seed 3"
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        assert status([*settings.split(), "--json", "--store", str(store)]) == 0
    assert err.getvalue() == ""
    return json.loads(out.getvalue())


def page(capsys: pytest.CaptureFixture[str], *settings: object) -> str:
    assert status([str(setting) for setting in settings]) == 0
    return capsys.readouterr().out


def piped(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Have that come in on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))


def test_run_gives_one_document(trained: dict[str, Any]) -> None:
    keys = {
        "id",
        "experiment",
        "demand",
        "accuracy",
        "accuracy_low",
        "accuracy_high",
        "chance",
        "loss",
        "steps",
        "seconds",
        "targets",
        "predictions",
    }
    assert keys <= set(trained)
    assert trained["seconds"].keys() == {"compile", "train"}
    assert trained["accuracy_low"] <= trained["accuracy"] <= trained["accuracy_high"]
    assert trained["accuracy"] > 0.99
    assert trained["target_count"] >= 10_000
    assert trained["chance"] == 1 / 256
    assert trained["demand"]["bits"] == 8
    assert trained["targets"] == [window[-2] for window in trained["inputs"]]


def test_a_text_nobody_generated_is_echoed(
    trained: dict[str, Any], store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.txt").write_text(TEXT)
    result = json.loads(
        page(capsys, "predict", "--text", tmp_path / "note.txt", "--store", store, "--json")
    )
    content = list(TEXT.encode())
    assert result["run"] == trained["id"]
    assert result["inputs"] == [content[t - 4 : t + 1] for t in range(4, len(content))]
    assert result["targets"] == content[3:-1]
    assert result["accuracy"] > 0.9
    assert len(result["confidence"]) == len(result["predictions"]) == len(content) - 4
    assert all(0 <= sure <= 1 for sure in result["confidence"])


@pytest.mark.parametrize("heading", ["day,n", "\ufeffday, n"])
def test_a_column_of_a_file_is_echoed(
    heading: str,
    trained: dict[str, Any],
    store: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(heading + "\n" + "".join(f"{day},{day * day % 97}\n" for day in range(12)))
    result = json.loads(
        page(capsys, "predict", "--file", file, "--column", "n", "--store", store, "--json")
    )
    assert result["targets"] == [day * day % 97 for day in range(3, 11)]
    assert "inputs" in page(capsys, "predict", "--file", file, "--column", "n", "--store", store)


def test_the_readme_s_first_example_is_echoed(
    trained: dict[str, Any], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(__file__).parent.parent / "examples" / "sunspots.csv"
    result = json.loads(
        page(capsys, "predict", "--file", file, "--column", "spots", "--store", store, "--json")
    )
    assert result["targets"][:4] == [26, 14, 6, 17]
    assert result["predictions"] == result["targets"]


def test_standard_input_and_the_line_give_the_same(
    trained: dict[str, Any],
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = page(capsys, "predict", *range(7), "--store", store, "--json")
    piped(monkeypatch, b"0 1 2,3\n4 5\n6\n")
    assert json.loads(page(capsys, "predict", "--store", store, "--json")) == json.loads(line)


def test_stream_answers_each_line_at_once(trained: dict[str, Any], store: Path) -> None:
    with subprocess.Popen(
        [*ECHOSCOPE, "stream", "--store", str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        texts = []
        for line in ["7", "8", "9", "10", "11", "12", "", "7"]:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            texts.append(process.stdout.readline().strip())
        process.stdin.close()
    assert texts == ["-", "-", "-", "-", "10", "11", "reset", "-"]
    assert process.returncode == 0


def test_endure_scores_each_tenth(
    trained: dict[str, Any], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", "--integers", "1000", "--store", store]
    result = json.loads(page(capsys, *command, "--json"))
    assert (result["run"], result["integers"], len(result["parts"])) == (trained["id"], 1000, 10)
    assert sum(part["target_count"] for part in result["parts"]) == result["target_count"]
    assert page(capsys, *command).count("tenth") == 10


def test_stream_answers_a_line_with_a_line_whatever_it_is(
    trained: dict[str, Any],
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = b"7\n8\nx\n300\n\xff\n9\n10\n11\n\n7\n"
    stream = ["stream", "--store", str(store)]
    piped(monkeypatch, lines)
    assert status(stream) == 1
    out, err = capsys.readouterr()
    assert err == ""
    targets = out.splitlines()
    refused = ["error: line 3 is 'x': it must be an integer from 0 to 255.", targets[3], targets[4]]
    assert targets == ["-", "-", *refused, "-", "-", "10", "reset", "-"]
    assert all(line.startswith(f"error: line {place} is ") for place, line in enumerate(refused, 3))

    piped(monkeypatch, lines)
    assert status([*stream, "--json"]) == 1
    text = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [target.get("error") for target in text[2:5]] == [
        line.removeprefix("error: ") for line in refused
    ]
    assert [text[place]["predictions"] for place in (0, 1, 5, 6, 7, 9)] == [
        [],
        [],
        [],
        [],
        [10],
        [],
    ]
    assert text[8] == {"reset": True}


def test_runs_show_and_a_picture(
    trained: dict[str, Any], store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [run["id"] for run in json.loads(page(capsys, "runs", "--store", store, "--json"))] == [
        trained["id"]
    ]
    assert trained["id"] in page(capsys, "runs", "--store", store)
    assert (
        json.loads(page(capsys, "show", trained["id"][:5], "--store", store, "--json"))["id"]
        == trained["id"]
    )
    for kind in ("svg", "png", "pdf", "html"):
        picture = tmp_path / f"curve.{kind}"
        assert "Learning curve" in page(capsys, "show", "--store", store, "--figure", picture)
        assert picture.stat().st_size > 1000


def test_explain_needs_no_training(capsys: pytest.CaptureFixture[str]) -> None:
    blind = json.loads(page(capsys, "explain", "blind", "--json"))
    assert blind["demand"]["path"] == "none"
    assert "by no path" in page(capsys, "explain", "blind")
    assert "13.29 bits" in page(capsys, "explain", "partial")


def test_several_seeds_are_one_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["run", *TWO, "--epochs", "2", "--seeds", "3", "--store", tmp_path]
    result = json.loads(page(capsys, *settings, "--json"))
    assert [run["experiment"]["seed"] for run in result["runs"]] == [0, 1, 2]
    assert {run["side_by_side"] for run in result["runs"]} == {3}
    assert result["accuracy_low"] <= result["accuracy"] <= result["accuracy_high"]
    assert "3 seeds" in page(capsys, *settings)


def test_a_diverged_run_is_an_outcome(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A rate of 10 makes logits of hundreds but stays finite; the weights are broken instead.
    from echoscope.training.setup import Setup

    first_weights = Setup.first_weights

    def broken(setup: Setup, seed: int) -> Any:
        weights = first_weights(setup, seed)
        weights["readout.bias"][0] = float("nan")
        return weights

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Setup, "first_weights", broken)
        settings = ["run", *SMALL, "--epochs", "5", "--store", str(tmp_path)]
        assert status([*settings, "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert (result["outcome"], result["accuracy"], result["loss"]) == ("diverged", None, None)
    assert result["reason"] == "its loss or a weight is no longer a number"
    assert status(["predict", "1", "--store", str(tmp_path)]) == 2
    assert "diverged, so it has nothing to say" in capsys.readouterr().err


def test_a_failed_run_is_shown_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from echoscope.studies.jobs import failed

    echoscope.Store(tmp_path).add(failed(echoscope.preset("lag"), "out of memory"))
    assert ("no accuracy: the run failed (out of memory)") in page(
        capsys, "show", "--store", tmp_path
    )
    assert " failed " in page(capsys, "runs", "--store", tmp_path)
    assert status(["predict", "1", "2", "3", "4", "5", "--store", str(tmp_path)]) == 2
    assert "failed (out of memory), so it has nothing to say" in capsys.readouterr().err


def test_an_interrupt_keeps_what_was_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The interrupt comes after the first of 50 slices, however slow the machine is.
    code = (
        "import os, signal; from echoscope.training.loop import Training\n"
        "first = Training.__next__\ndef following(self): found = first(self);"
        " os.kill(os.getpid(), signal.SIGINT); return"
        " found\nTraining.__next__ = following; from echoscope.cli import main; main()"
    )
    settings = ["run", *SMALL, "--epochs", "500", "--json", "--store", str(tmp_path)]
    process = subprocess.run(
        [sys.executable, "-c", code, *settings], capture_output=True, text=True, check=False
    )
    out, err = process.stdout, process.stderr
    assert process.returncode == 130, err
    assert err.strip() == "echoscope: ending at the next slice and keeping what was trained."
    result = json.loads(out)
    assert result["outcome"] == "interrupted"
    assert result["epochs"] == 10
    assert len(result["curve"]) == 1
    kept = json.loads(page(capsys, "predict", *"12301", "--store", tmp_path, "--json"))
    assert kept["run"] == result["id"]


# Where `run` writes: weights that are whole but not in their place, a run that is not committed.
WRITING = {
    "weights": "import os as at; name = 'replace'",
    "run": "import echoscope.store.columns as at; name = 'insert'",
}


@pytest.mark.parametrize("what", WRITING)
def test_a_kill_while_a_run_is_kept_leaves_nothing_half_written(
    what: str, trained: dict[str, Any], store: Path, tmp_path: Path
) -> None:
    shutil.copytree(store, tmp_path / "store")
    code = (
        f"import os, signal; {WRITING[what]}; first = getattr(at, name)\n"
        "def killed(*given):\n"
        "    program = str(given[1]).endswith('.whole')\n"  # which is kept in another folder
        "    if program or name == 'insert': first(*given)\n"
        "    if not program: os.kill(os.getpid(), signal.SIGKILL)\n"
        "setattr(at, name, killed); from echoscope.cli import main; main()"
    )
    settings = ["run", *SMALL, "--epochs", "20", "--store", str(tmp_path / "store")]
    before = echoscope.Store(tmp_path / "store").ids()
    killed = subprocess.run(
        [sys.executable, "-c", code, *settings], capture_output=True, text=True, check=False
    )
    assert "was killed (signal 9)" in killed.stderr
    assert list((tmp_path / "store").glob("*.part*" if what == "weights" else "*-wal"))
    kept = echoscope.Store(tmp_path / "store")
    assert kept.ids() == before
    assert kept.weights(kept.find(trained["id"])).keys()
    assert status(settings) == 0
    assert len(echoscope.Store(tmp_path / "store").ids()) == len(before) + 1
    assert not list((tmp_path / "store").glob(".echoscope-*"))


def test_a_pipe_gets_no_colours_and_may_close(trained: dict[str, Any], store: Path) -> None:
    done = subprocess.run(
        [*ECHOSCOPE, "show", "--store", str(store)], capture_output=True, check=True
    )
    assert b"\x1b" not in done.stdout
    read, write = os.pipe()
    process = subprocess.Popen(
        [*ECHOSCOPE, "show", "--store", str(store)], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    os.close(read)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 0


def test_a_plain_terminal_shows_everything(trained: dict[str, Any], store: Path) -> None:
    plain = os.environ | {"PYTHONIOENCODING": "ascii", "COLUMNS": "30"}
    done = subprocess.run(
        [*ECHOSCOPE, "show", "--store", str(store)], capture_output=True, env=plain, check=True
    )
    assert b"Learning curve" in done.stdout


@pytest.mark.parametrize("kind", ["csv", "npy", "parquet"])
def test_own_integers_are_learned_from_a_file(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers, file = np.arange(200) * 3 % 7, tmp_path / f"numbers.{kind}"
    if kind == "csv":
        file.write_text("n\n" + "\n".join(map(str, numbers)))
    elif kind == "npy":
        np.save(file, numbers)
    else:
        parquet.write_table(pyarrow.table({"n": numbers}), file)
    settings = [
        "run",
        "lag",
        "--fit",
        "quick",
        "--lag",
        "-1",
        "--units",
        "16",
        "--file",
        file,
        "--store",
        tmp_path / "store",
    ]
    result = json.loads(page(capsys, *settings, "--json"))
    assert (result["outcome"], result["accuracy"], result["source"]) == ("solved", 1.0, str(file))
    assert result["experiment"]["task"]["vocab_size"] == 7
    assert result["target_count"] == 40 - 5
    text = page(capsys, *settings)
    assert "User data" in text
    assert (
        "The first 160 of 200 are trained on, the last 40 are held out for the accuracy."
        in " ".join(text.split())
    )
    assert "100.00% (95 % interval 90.11% to 100.00%) on 35 held-out targets" in " ".join(
        text.split()
    )
    looped = json.loads(
        page(
            capsys,
            "generate",
            *numbers[:5],
            "--steps",
            "14",
            "--store",
            tmp_path / "store",
            "--json",
        )
    )
    assert looped["appended"] == numbers[5:19].tolist()
    column = ["--column", "n"] if kind != "npy" else []
    explained = json.loads(page(capsys, "explain", "lag", "--file", file, *column, "--json"))
    assert explained["rules"]["copy-last"] == 0
    assert (explained["rule"], explained["chance"], explained["chance_high"]) == ("map-last", 1, 1)
    assert explained["chance"] == max(explained["rules"].values())
    shown = " ".join(page(capsys, "show", "--store", tmp_path / "store").split())
    assert f"data {file} ({result['experiment']['data'][:4]}...)" in shown
    assert "chance 100% (map-last, 95 % interval 90.11% to 100%)" in shown
    summary = page(capsys, "summary", "--store", tmp_path / "store")
    assert (
        "Of memory nothing is said by 1 group: a rule without one is always right there." in summary
    )


def test_a_text_is_learned_byte_by_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text").write_text(TEXT * 8)
    few = ["--units", "4", "--epochs", "40"]
    files = ["--text", tmp_path / "text", "--store", tmp_path / "store"]
    settings = ["run", "lag", "--fit", "quick", *few, *files]
    result = json.loads(page(capsys, *settings, "--json"))
    assert result["experiment"]["task"]["vocab_size"] == 256
    assert result["rule"] == "map-last"
    assert result["chance"] > 1 / 256


def test_gaps_are_heard_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", tmp_path / "store"]
    text = page(
        capsys,
        "run",
        "lag",
        "--fit",
        "quick",
        "--vocab-size",
        "5",
        "--units",
        "16",
        "--missing",
        "0.3",
        "--gaps",
        "marked",
        *store,
    )
    assert "missing 0.3, gaps marked" in " ".join(text.split())
    assert "- " in text
    result = json.loads(
        page(capsys, "predict", "1", "2", "-", "3", "4", *store, "--top", "2", "--json")
    )
    assert (result["inputs"], result["targets"], result["predictions"]) == (
        [[1, 2, None, 3, 4]],
        [3],
        [3],
    )
    assert result["top"][0][0][0] == 3
    nothing = page(capsys, "predict", "1", "2", "3", "-", "4", *store)
    assert "no target to compare with (chance 20.00%)" in nothing
    ranked = page(capsys, "predict", "1", "2", "-", "3", "4", *store, "--top", "2")
    assert "likeliest: 3 " in ranked


def test_misses_are_listed_and_a_perfect_network_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", tmp_path / "store"]
    page(capsys, "run", *TWO, "--epochs", "10", *store, "--json")
    result = json.loads(page(capsys, "confusion", *store, "--json"))
    text = page(capsys, "confusion", *store)
    assert f"{result['wrong']:,} of 19,996 fresh targets are wrong" in text
    correct, says, times = result["pairs"][0]
    assert f"{correct:7}  {says:9}  {times:5}" in text
    page(capsys, "run", *TWO, "--target-accuracy", "1", *store, "--json")
    assert page(capsys, "confusion", *store).strip() == (
        "0 of 19,996 fresh targets are wrong (0.00%)"
    )


def test_summary_judges_all_records_over_their_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", tmp_path / "store"]
    settings = ["run", *TWO, "--seeds", "3", *store, "--json"]
    page(capsys, *settings)
    page(capsys, *settings, "--epochs", "40", "--lag", "3")
    result = json.loads(page(capsys, "summary", *store, "--target-accuracy", "0.9", "--json"))[
        "groups"
    ]
    assert [part["settings"] for part in result] == [
        {"lag": [1], "epochs": 2000},
        {"lag": [3], "epochs": 40},
    ]
    assert [part["runs"]["number"] for part in result] == [3, 3]
    assert result[0]["solved"]["value"] == 1
    assert result[0]["steps"]["solved"] == 3
    assert result[0]["steps"]["median"]["value"] % 40 == 0
    assert result[1]["runs"]["chance"] == 0.5
    text = page(
        capsys, "summary", *store, "--by", "lag,epochs", "--target-accuracy", "0.9"
    ).splitlines()
    assert text[0].split()[:3] == ["lag", "epochs", "runs"]
    assert text[1].split()[:3] == ["1", "2000", "3"]
    for value, sentence in [
        (["--by", "lga"], "Runs have no setting 'lga' to be grouped by: did you mean 'lag'?"),
        (
            ["--by", "seed"],
            (
                "Runs are not grouped by seed, because a group is evaluated over its seeds: leave"
                " it out."
            ),
        ),
        (
            ["--by", "units"],
            (
                "Runs that are evaluated together must be equal in lag and epochs, and these"
                " differ: group them by that first."
            ),
        ),
        (
            ["--target-accuracy", "0.4"],
            (
                "target_accuracy must be above chance, which is 0.5, not 0.4: a guess without"
                " memory reaches"
                " that; ask for more."
            ),
        ),
        (
            ["--target-accuracy", "x"],
            "target_accuracy must be a number above 0 and at most 1, not 'x'.",
        ),
    ]:
        assert status(["summary", *value, "--store", str(tmp_path / "store")]) == 2
        assert capsys.readouterr().err == f"echoscope: {sentence}\n"
    assert status(["summary", "--store", str(tmp_path / "none")]) == 2
    assert (
        capsys.readouterr().err
        == f"echoscope: There is no run in {tmp_path / 'none'}: make one with echoscope run lag"
        f" --store {tmp_path / 'none'}.\n"
    )


def test_an_interrupt_while_the_command_is_loaded_ends_in_a_sentence() -> None:
    code = """
import sys

class Interrupted:
    def find_spec(self, name, *_):
        if name == "echoscope.cli":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted())
from echoscope.start import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "echoscope: interrupted; nothing was written.\n"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 241. GiB"),
        MemoryError(),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory.\nand more"),
    ],
)
def test_what_does_not_fit_into_memory_is_said(
    error: Exception,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def trained(*_: object) -> None:
        raise error

    monkeypatch.setattr(import_module("echoscope.cli.commands.run"), "trained_group", trained)
    assert status(["run", "lag", "--store", str(tmp_path / "store")]) == 2
    text = str(error).partition("\n")[0].rstrip(".") or "none is left"
    assert (
        capsys.readouterr().err
        == f"echoscope: There is not enough memory for this ({text}): fewer units, symbols "
        "or runs, or a shorter window, need less.\n"
    )
    assert not (tmp_path / "store").exists()


def test_an_interrupt_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def trained(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("echoscope.cli.commands.run"), "trained_group", trained)
    assert status(["run", "lag", "--store", str(tmp_path / "store")]) == 130
    assert capsys.readouterr().err.endswith("echoscope: interrupted; nothing was written.\n")


def test_another_error_of_the_compiler_is_not_taken_for_one_of_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def trained(*_: object) -> None:
        raise RuntimeError("INTERNAL: something else")

    monkeypatch.setattr(import_module("echoscope.cli.commands.run"), "trained_group", trained)
    with pytest.raises(RuntimeError, match="INTERNAL"):
        status(["run", "lag"])
