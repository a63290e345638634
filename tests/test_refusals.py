"""Bad input: each row is a command, and the exact sentence it gets. Exit status 2, nothing printed,
nothing written.
"""

from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

import echoscope
from echoscope.cli import status

SEVERAL = "day,n\n" + "".join(
    f"{day},{n}\n" for day, part in enumerate(("1234510", "234510", "345120")) for n in part
)
ROWS = [
    # settings of a task
    ("run lagg", "preset 'lagg' is not known: did you mean 'lag'?"),
    (
        "run zebra",
        "preset 'zebra' is not known: use current, blind, lag, whole, partial,"
        " hold, selective-copy or associative-recall.",
    ),
    ("run lag --vocab-size 1", "vocab_size must be an integer from 2 to 1000000, not 1."),
    ("run lag --vocab-size ten", "vocab_size must be an integer from 2 to 1000000, not 'ten'."),
    (
        "run lag --vocab-size 2000000",
        "vocab_size must be an integer from 2 to 1000000, not 2000000.",
    ),
    ("run lag --length 0", "length must be an integer from 1 to 1000000, not 0."),
    (
        "run lag --length 4",
        "length 4 is too short: a window of 5 with lag 1 needs at least 5; use a longer length.",
    ),
    (
        "run whole --length 1 --lag -1 --edges padded --batch-size 1",
        "length 1 is too short: lag -1 asks for nothing inside it and needs at least 2; use a"
        " longer length.",
    ),
    ("run lag --window 0", "window must be an integer of at least 1, not 0."),
    ("run lag --window 2.5", "window must be an integer of at least 1, not 2.5."),
    (
        "run lag --window 26",
        "length 25 is too short: a window of 26 with lag 1 needs at least 26; use a longer length.",
    ),
    (
        "run lag --window none",
        (
            "window none reads the whole sequence as one sample and needs a target at each step: "
            "use readout all, or edges padded for a window that grows, or give a window."
        ),
    ),
    ("run lag --lag -2000000", "lag must be an integer from -1000000 to 1000000, not -2000000."),
    ("run lag --lag x", "lag must be an integer from -1000000 to 1000000, not 'x'."),
    ("run lag --lag 3,3 --model encoder-decoder", "lag must name each integer once, not 3,3."),
    (
        "run whole --model mlp --stateful false",
        "model mlp has readout last, not all: use readout last, or another model.",
    ),
    (
        "run lag --lag -21",
        (
            "length 25 is too short: a window of 5 with lag -21 needs at least 26; use a longer"
            " length."
        ),
    ),
    (
        "run whole --lag -5",
        "lag -5 asks for nothing inside a window of 5: use a lag of at most 4, or a longer window.",
    ),
    ("run lag --missing 1", "missing must be a number of at least 0 and below 1, not 1."),
    ("run lag --missing some", "missing must be a number of at least 0 and below 1, not 'some'."),
    ("run lag --gaps filled", "gaps 'filled' is not known: use masked, marked or dropped."),
    (
        "run lag --gaps marked",
        "gaps marked has no gap to work on: give missing above 0, or edges padded.",
    ),
    (
        "run lag --gaps dropped --missing 0.7",
        (
            "missing 0.7 leaves fewer than one window of 100 whole, and gaps dropped "
            "drops the others: use gaps masked or marked, or a smaller share."
        ),
    ),
    ("run lag --edges kept", "edges 'kept' is not known: use dropped or padded."),
    (
        "run lag --edges padded --gaps dropped",
        (
            "edges padded begins windows with gaps, and gaps dropped leaves those "
            "windows out: use gaps masked or marked, or edges dropped."
        ),
    ),
    (
        "run lag --lag 30",
        "length 25 is too short: a window of 5 with lag 30 needs at least 31; use a longer length.",
    ),
    (
        "run whole --lag 5",
        "lag 5 asks for nothing inside a window of 5: use a lag of at most 4, or a longer window.",
    ),
    ("run lag --readout sometimes", "readout 'sometimes' is not known: use last, all or decoder."),
    # settings of an experiment and a fit
    ("run lag --model ltsm", "model 'ltsm' is not known: did you mean 'lstm'?"),
    (
        "run partial --readout all --lag 0",
        (
            "model encoder-decoder has readout decoder, not all: use readout decoder, or"
            " another model."
        ),
    ),
    ("run lag --model mlp", "model mlp has no state to carry: use stateful false."),
    (
        "run lag --model mlp --layers 2",
        "model mlp is one layer that reads all time steps at once: leave layers out.",
    ),
    (
        "run lag --model mlp --bidirectional true",
        "model mlp is one layer that reads all time steps at once: leave bidirectional out.",
    ),
    ("run lag --layers 0", "layers must be an integer from 1 to 16, not 0."),
    ("run lag --bidirectional back", "bidirectional must be true or false, not 'back'."),
    (
        "run lag --bidirectional true",
        (
            "bidirectional true reads a window to its end and back, so no state outlasts it: use"
            " stateful false."
        ),
    ),
    (
        "run whole --bidirectional true",
        (
            "bidirectional true reads each step after those that follow it, so it would answer a "
            "step from its future: use readout last."
        ),
    ),
    (
        "run lag --encoding binary",
        "encoding 'binary' is not known: use one-hot, embedding, scalar or bits.",
    ),
    (
        "run lag --sampling stream --stateful false",
        (
            "sampling stream goes on where the window before left off, and needs its state: "
            "use stateful true, or sampling windows."
        ),
    ),
    (
        "run lag --sampling stream --lag 6",
        (
            "sampling stream keeps the window before, so lag must be at most 5, not 6: use a "
            "longer window."
        ),
    ),
    (
        "run lag --sampling stream --edges padded",
        "sampling stream has no beginning and no end, so edges padded has no meaning: leave it"
        " out.",
    ),
    (
        "run whole --sampling stream --window none",
        "sampling stream has no beginning and no end, so window none has no meaning: leave it out.",
    ),
    (
        "run lag --sampling stream --lag -1",
        (
            "sampling stream is of endless random integers, not for a forecast: use sampling"
            " sequence "
            "or windows."
        ),
    ),
    ("run lag --units 0", "units must be an integer from 1 to 100000, not 0."),
    ("run lag --seed -1", "seed must be an integer from 0 to 4294967295, not -1."),
    ("run lag --seed 4294967296", "seed must be an integer from 0 to 4294967295, not 4294967296."),
    (
        "run lag --batch-size 30",
        (
            "batch_size 30 is more than the 21 windows of one sequence: use a smaller batch_size, a"
            " longer "
            "length, or sampling windows."
        ),
    ),
    ("run lag --batch-size none", "batch_size must be an integer from 1 to 1000000, not None."),
    ("run lag --learning-rate 0", "learning_rate must be a number above 0 and at most 10, not 0."),
    (
        "run lag --learning-rate nan",
        "learning_rate must be a number above 0 and at most 10, not nan.",
    ),
    (
        "run lag --learning-rate inf",
        "learning_rate must be a number above 0 and at most 10, not inf.",
    ),
    ("run lag --epochs 1e3", "epochs must be an integer from 1 to 1000000000, not 1000.0."),
    ("run lag --stateful kept", "stateful must be true or false, not 'kept'."),
    ("run lag --sampling sequences", "sampling 'sequences' is not known: did you mean 'sequence'?"),
    (
        "run lag --sampling windows",
        (
            "sampling windows makes every window fresh, so there is no state to carry: use "
            "stateful false, or sampling sequence."
        ),
    ),
    (
        "run lag --target-accuracy 1.5",
        "target_accuracy must be a number above 0 and at most 1, not 1.5.",
    ),
    ("run lag --fit slow", "fit 'slow' is not known: use tutorial or quick."),
    ("evaluate --integers 5", "integers must be an integer from 1000 to 100000000, not 5."),
    ("evaluate --seed x", "seed must be an integer from 0 to 4294967295, not 'x'."),
    ("run lag --seeds 0", "seeds must be an integer from 1 to 1000, not 0."),
    (
        "run",
        "run needs one of current, blind, lag, whole, partial, hold, selective-copy or"
        " associative-recall, as in echoscope run lag.",
    ),
    ("merge", "merge needs a FOLDER, as in echoscope merge other-echoes."),
    ("figure lag", "figure needs a FILE, as in echoscope figure curves curves.svg."),
    ("explain lag --zebra", "No such option '--zebra': see echoscope explain --help."),
    ("run lag --unit 3", "No such option '--unit': did you mean --units?"),
    ("run lag 3", "Got unexpected extra argument (3): see echoscope run --help."),
    (
        "--json runs",
        "No such option '--json': it stands behind the command, as in echoscope runs --json.",
    ),
    ("explain lag --units", "--units needs a value: write one behind it."),
    ("frob", "No such command 'frob': see echoscope --help."),
    ("lag", "No such command 'lag': did you mean echoscope run lag?"),
    ("rn lag", "No such command 'rn': did you mean echoscope run?"),
    ("train lag", "No such command 'train': did you mean echoscope run?"),
    ("help", "No such command 'help': did you mean echoscope --help?"),
    ("study.toml", "No such command 'study.toml': did you mean echoscope sweep study.toml?"),
    # user data
    ("predict 1 2 3", "One window needs 5 values and there are 3: give more."),
    ("predict 1", "One window needs 5 values and there is 1: give more."),
    ("predict 1 2 x 4 5", "integer 3 is 'x': it must be an integer from 0 to 9."),
    (
        "predict 1 2 3 4 10",
        "integer 5 is 10, outside 0 to 9: change it, or train with more symbols.",
    ),
    ("predict -3 1 2 3 4", "integer 1 is -3, outside 0 to 9: change it."),
    ("predict 1.5 2 3 4 5", "integer 1 is '1.5': it must be an integer from 0 to 9."),
    ("predict +-5 3 4 1 2", "integer 1 is '+-5': it must be an integer from 0 to 9."),
    ("predict 1_0 2 3 4 5", "integer 1 is '1_0': it must be an integer from 0 to 9."),
    ("predict ٣ 2 3 4 5", "integer 1 is '٣': it must be an integer from 0 to 9."),
    (
        "predict -1 2 3 4 5",
        (
            "integer 1 is -1, outside 0 to 9: change it, or where it marks what is missing, use a"
            " task with missing above 0."
        ),
    ),
    (
        "predict 1000000 2 3 4 5",
        "integer 1 is 1000000, outside 0 to 9: change it; no task has more than 1000000 symbols.",
    ),
    ("predict --rnu 1", "No such option '--rnu': did you mean --run?"),
    ("predict 1 2 3 4 -- --x", "integer 5 is '--x': it must be an integer from 0 to 9."),
    ("predict 1 2 3 4 5 --rows 0", "rows must be an integer of at least 1, not 0."),
    (
        "predict 1 2 --text {tmp}/bytes",
        "Values must come from one place, not from values and --text: choose one.",
    ),
    ("predict --column n", "column is said of the values of a file: give the file too."),
    (
        "predict --file {tmp}/none.csv",
        "{tmp}/none.csv cannot be read (No such file or directory): name a file.",
    ),
    ("predict --file {tmp}", "{tmp} cannot be read (Is a directory): name a file."),
    (
        "predict --file {tmp}/two.csv",
        "{tmp}/two.csv has 2 columns (day, n): choose one with --column NAME.",
    ),
    ("predict --file {tmp}/two.csv --column m", "{tmp}/two.csv has no column 'm': it has day, n."),
    (
        "predict --file {tmp}/two.csv --column n",
        (
            "row 4 of {tmp}/two.csv, column n, is missing, and the task has no gaps: "
            "use a network that was trained with some, or give every value."
        ),
    ),
    (
        "predict --file {tmp}/short.csv --column n",
        "row 3 of {tmp}/short.csv, column n, is 7.5, no integer from 0 to 9: change it, or train a"
        " network on such values.",
    ),
    (
        "predict --file {tmp}/empty.csv",
        "{tmp}/empty.csv is empty: it must hold a column of values.",
    ),
    ("predict --file {tmp}/bytes", "{tmp}/bytes must be a text of rows: use text for other bytes."),
    (
        "predict --text {tmp}/letters",
        (
            "byte 1 of {tmp}/letters is 104 ('h'), outside 0 to 9: use a run trained "
            "with --vocab-size 256."
        ),
    ),
    (
        "predict --text {tmp}/none",
        "{tmp}/none cannot be read (No such file or directory): name a file.",
    ),
    (
        "predict --file {tmp}/none.npy",
        "{tmp}/none.npy cannot be read (No such file or directory): name a file.",
    ),
    (
        "predict --file {tmp}/letters.npy",
        "{tmp}/letters.npy is no NumPy file, though its ending says so: write it again.",
    ),
    (
        "predict --file {tmp}/square.npy",
        (
            "{tmp}/square.npy has 2 columns and no heading: choose one with --column N, a number"
            " from 1 to 2."
        ),
    ),
    (
        "predict --file {tmp}/line.npy --column n",
        "{tmp}/line.npy is one array and has no column 'n': leave column out.",
    ),
    (
        "predict --file {tmp}/line.npy",
        "value 2 of {tmp}/line.npy is 12, no integer from 0 to 9: change it, or train a network on"
        " such values.",
    ),
    (
        "predict --file {tmp}/none.parquet",
        "{tmp}/none.parquet cannot be read (No such file or directory): name a file.",
    ),
    (
        "predict --file {tmp}/letters.parquet",
        ("{tmp}/letters.parquet is no Parquet file, though its ending says so: write it again."),
    ),
    (
        "predict --file {tmp}/two.parquet",
        "{tmp}/two.parquet has 2 columns (day, n): choose one with --column NAME.",
    ),
    (
        "predict --file {tmp}/two.parquet --column m",
        "{tmp}/two.parquet has no column 'm': it has day, n.",
    ),
    (
        "predict --file {tmp}/two.parquet --column n",
        (
            "row 2 of {tmp}/two.parquet, column n, is missing, and the task has no gaps: "
            "use a network that was trained with some, or give every value."
        ),
    ),
    ("predict 1 2 3 4 5 --top 11", "top must be an integer from 0 to 10, not 11."),
    (
        "predict 1 2 - 4 5",
        (
            "integer 3 is missing (-), and the task has no gaps: give an integer from 0 to 9, or"
            " use a task with missing above 0."
        ),
    ),
    # user data to train on
    ("run lag --column n", "column is said of the values of a file: give the file too."),
    (
        "run lag --file {tmp}/two.csv --text {tmp}/letters",
        "Values must come from one place, not from --file and --text: choose one.",
    ),
    (
        "run lag --file {tmp}/line.npy",
        (
            "Training on user data needs 25 of them and 25 more held out, and there are 3: "
            "give more, or use a shorter length."
        ),
    ),
    (
        "run lag --fit quick --file {tmp}/line.npy",
        (
            "Training on user data needs 5 of them and 5 more held out, and "
            "there are 3: give more, or use a shorter window."
        ),
    ),
    (
        "run lag --file {tmp}/runs.csv --column n --separator 9",
        "separator '9' is no value of {tmp}/runs.csv: change it.",
    ),
    (
        "run lag --file {tmp}/runs.csv --column n --group days",
        "{tmp}/runs.csv has no column 'days': it has day, n.",
    ),
    (
        "run lag --file {tmp}/runs.csv --column n --group day --separator -1",
        "separator and group both say where a sequence ends: leave one of them out.",
    ),
    (
        "run lag --file {tmp}/runs.csv --column n --group day",
        (
            "Training on 3 sequences needs 25 values in a row in at least two of them, one to hold"
            " out, and none is as long (the longest has 7): use sampling windows, or a shorter"
            " length, or give longer sequences."
        ),
    ),
    (
        "run lag --fit quick --window 7 --file {tmp}/runs.csv --column n --group day",
        (
            "Training on 3 sequences needs 7 values in a row in at least two of them, one to hold"
            " out, and one is as long (the longest has 7): use a shorter window, or give longer"
            " sequences."
        ),
    ),
    (
        "run lag --file {tmp}/line.npy --vocab-size 5",
        "value 1 of {tmp}/line.npy is 7, no integer from 0 to 4: leave out --vocab-size 5 to have"
        " every value recoded.",
    ),
    (
        "run lag --sampling stream --text {tmp}/letters",
        (
            "sampling stream is of endless random integers, not for user data: use "
            "sampling sequence or windows."
        ),
    ),
    # echoes fed back, errors
    ("generate 1 2 3", "One window needs 5 values and there are 3: give more."),
    ("generate 1 2 3 4 x", "integer 5 is 'x': it must be an integer from 0 to 9."),
    ("generate 1 2 3 4 5 --steps 0", "steps must be an integer from 1 to 10000, not 0."),
    ("generate 1 2 3 4 5 --seps 3", "No such option '--seps': did you mean --steps?"),
    ("confusion --integers 5", "integers must be an integer from 1000 to 100000000, not 5."),
    # runs and files
    ("show zz", "No run in {store} starts with 'zz': see echoscope runs."),
    ("predict 1 2 3 4 5 --run zz", "No run in {store} starts with 'zz': see echoscope runs."),
    (
        "show --store {tmp}/nowhere",
        "There is no run in {tmp}/nowhere: make one with echoscope run lag --store {tmp}/nowhere.",
    ),
    (
        "show --store {tmp}/two.csv",
        "The store {tmp}/two.csv must be a folder, not a file: name another store.",
    ),
    ("runs --where untis>3", "where 'untis>3' names no column of runs: did you mean 'units'?"),
    (
        "runs --where units>",
        (
            "where 'units>' is not a condition on runs (it ends too early): write one"
            " such as units >= 32 and accuracy > 0.9."
        ),
    ),
    ("runs --sort accurcy", "sort 'accurcy' is not a column of runs: did you mean 'accuracy'?"),
    ("runs --sort -accurcy", "sort 'accurcy' is not a column of runs: did you mean 'accuracy'?"),
    ("runs --limit 0", "limit must be an integer from 1 to 9223372036854775807, not 0."),
    (
        "runs --export {tmp}/a.xls",
        "A table must end in .csv or .parquet, not '{tmp}/a.xls': use .csv or .parquet.",
    ),
    (
        "runs --export {tmp}/nowhere/a.csv",
        (
            "{tmp}/nowhere/a.csv cannot be written (No such file or directory): name a "
            "folder that is there and has room."
        ),
    ),
    (
        "runs --export {tmp}/nowhere/a.parquet",
        (
            "{tmp}/nowhere/a.parquet cannot be written (No such file or directory): "
            "name a folder that is there and has room."
        ),
    ),
    ("merge {tmp}/nowhere", "There is no run in {tmp}/nowhere: name a folder that has some."),
    (
        "merge {tmp}/two.csv",
        "The store {tmp}/two.csv must be a folder, not a file: name another store.",
    ),
    (
        "show --figure {tmp}/a.gif",
        (
            "A picture must end in .svg, .png, .pdf or .html, not '{tmp}/a.gif': use .svg, .png, "
            ".pdf or .html."
        ),
    ),
    (
        "show --figure {tmp}/nowhere/a.svg",
        (
            "{tmp}/nowhere/a.svg cannot be written (No such file or directory): name a "
            "folder that is there."
        ),
    ),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    lag = echoscope.preset("lag", vocab_size=10, units=4, epochs=1)
    from echoscope.training.loop import Training
    from echoscope.training.train import run_of

    training = Training([lag])
    list(training)
    outcome = training.outcomes()[0]
    echoscope.Store(folder).add(run_of(outcome), outcome.weights)
    return folder


@pytest.mark.parametrize(("settings", "sentence"), ROWS, ids=[settings for settings, _ in ROWS])
def test_refusal(
    settings: str,
    sentence: str,
    store: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "two.csv").write_text("day,n\n1,3\n2,4\n3,\n4,5\n")
    (tmp_path / "runs.csv").write_text(SEVERAL)
    (tmp_path / "short.csv").write_text("n\n3\n7.5\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "letters").write_text("hello")
    for name in ("letters.npy", "letters.parquet"):
        (tmp_path / name).write_text("hello")
    np.save(tmp_path / "square.npy", np.zeros((2, 2), int))
    np.save(tmp_path / "line.npy", np.array([7, 12, 3]))
    parquet.write_table(pyarrow.table({"day": [1, 2], "n": [3, None]}), tmp_path / "two.parquet")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xfa")
    monkeypatch.setenv("ECHOSCOPE_STORE", str(store))
    before = sorted(path.name for path in [*store.iterdir(), *tmp_path.iterdir()])
    value = settings.format(tmp=tmp_path, store=store).split()
    assert status(value) == 2
    printed = capsys.readouterr()
    assert printed.err == f"echoscope: {sentence.format(tmp=tmp_path, store=store)}\n"
    assert printed.out == ""
    assert sorted(path.name for path in [*store.iterdir(), *tmp_path.iterdir()]) == before


@pytest.mark.parametrize(
    ("lines", "text", "sentence"),
    [
        ("1\n2\n3\n4\n5\nx\n", "-\n-\n-\n-\n", "line 6 is 'x': it must be an integer from 0 to 9."),
        ("1\n10\n", "-\n", "line 2 is 10, outside 0 to 9: change it, or train with more symbols."),
    ],
)
def test_a_bad_line_ends_a_strict_stream_after_its_answers(
    lines: str,
    text: str,
    sentence: str,
    store: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert status(["stream", "--strict", "--store", str(store)]) == 2
    printed = capsys.readouterr()
    assert printed.out.startswith(text)
    assert printed.err == f"echoscope: {sentence}\n"


def test_words_outside_the_command_line_are_refused_too() -> None:
    with pytest.raises(
        echoscope.SettingError,
        match=r"^An experiment has no setting 'unit': did you mean"
        r" 'units'\?$",
    ):
        echoscope.preset("lag", unit=3)
    with pytest.raises(
        echoscope.SettingError, match=r"^A task has no setting 'lags': did you mean 'lag'\?$"
    ):
        echoscope.Echo.from_json({"lags": [1]})
