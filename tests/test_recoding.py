"""Values of a person's own as symbols and back: numbers by size, names by their letters, what is
missing, bins, and every prediction said in the values that were read.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echoscope import EchoscopeError, Store, preset, train
from echoscope.cli import status
from echoscope.experiment.user_data import UserData
from echoscope.integers import GAP
from echoscope.reading import read
from echoscope.reading.recode import as_integers, recode
from echoscope.recoding import Recoding, bin_edges
from echoscope.runs.run import Run

CASES = Path(__file__).parent / "cases"
X = [30, 75, 69, 16, 47, 77, 60, 80, 74, 8, 77, 1, 60, 33]
GAPPED = [*X[:4], None, *X[5:]]
DAYS = [f"{day:02}/03/2001" for day in range(1, 10)]

COLUMNS: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("plain.csv", {}, X),
    ("float.csv", {}, X),
    ("float_nan.csv", {}, GAPPED),
    ("int_na.csv", {}, GAPPED),
    ("nullable.parquet", {}, GAPPED),
    ("decimal.parquet", {}, X),
    ("catstr.parquet", {}, X),
    ("leadingblank.csv", {}, X),
    ("trailing.csv", {}, X),
    ("row.csv", {}, X),
    ("thousands_nohead.csv", {}, [1024, *X]),
    ("nohead_1e3_first.csv", {}, [10, *X[:10]]),
    ("crlf_bom.csv", {"column": "spots"}, X),
    ("latin1.csv", {"column": "spots"}, X),
    ("latin1.csv", {"column": "a\xf1o"}, list(range(14))),
    ("semicolon.csv", {"column": "spots"}, X),
    ("tab.tsv", {"column": "spots"}, X),
    ("sentinel.csv", {"missing_values": [-1]}, GAPPED),
    ("minus1.npy", {"missing_values": ["-1"]}, GAPPED),
    ("minus1.parquet", {"missing_values": [-1.0]}, GAPPED),
    ("sentinel.csv", {}, [*X[:4], -1, *X[5:]]),
    ("dupe.csv", {"column": "2"}, X),
    ("nohead_wide.csv", {"column": "3"}, [18, 26, 17, 9, 11, 20, 17]),
    ("two.npy", {"column": "2"}, X[1::2]),
    ("doubling_stop.csv", {"column": "x"}, [2, 4, 8, 16, -1, 3, 6, 12, 24, -1, 5, 10, 20, 40, -1]),
    ("lottery.csv", {"column": "A"}, [1, 7, 3, 10]),
    ("lottery.csv", {"column": "date"}, DAYS),
    ("alternate.csv", {}, [0, 1] * 100),
    ("alphabet.csv", {}, list(range(26)) * 10),
    ("bool.npy", {}, ["True", "False", "False", "True"]),
]
REFUSED = [
    ("dupe.csv", {"column": "x"}, "2 columns 'x', numbers 2 and 3: choose one by its number"),
    ("dupe.parquet", {"column": "x"}, "2 columns 'x', numbers 1 and 2: choose one by its number"),
    ("onehot.npy", {}, "has 100 columns and no heading: choose one"),
    ("two.npy", {}, "has 2 columns and no heading: choose one"),
    ("lottery.csv", {}, "has 9 columns (game, date, A, B, C, D, E, F, extra): choose one"),
    ("list.parquet", {}, "holds list<element: int64> and neither numbers nor names"),
]


def data_of(name: str, settings: dict[str, Any]) -> UserData:
    reading = {key: settings[key] for key in ("column", "header") if key in settings}
    recoding = {key: settings[key] for key in settings if key not in reading}
    return recode(read(CASES / name, **reading), **recoding)


@pytest.mark.parametrize(("name", "settings", "values"), COLUMNS)
def test_a_file_is_read_as_it_was_meant_and_its_symbols_say_its_values(
    name: str, settings: dict[str, Any], values: list[Any]
) -> None:
    data = data_of(name, settings)
    symbols = data.integers
    decoded = data.recoding.decoded(symbols) if data.recoding else symbols.tolist()
    assert decoded[: len(values)] == values
    assert len(values) in (4, 9, len(symbols))
    kept = sorted({value for value in decoded if value is not None})
    assert sorted(set(symbols[symbols != GAP].tolist())) == list(range(len(kept)))
    order = {value: place for place, value in enumerate(kept)}
    assert symbols.tolist() == [GAP if value is None else order[value] for value in decoded]


@pytest.mark.parametrize(("name", "settings", "sentence"), REFUSED)
def test_what_is_no_column_is_refused_in_a_sentence(
    name: str, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(EchoscopeError) as caught:
        data_of(name, settings)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 300


VALUES = st.one_of(
    st.lists(st.integers(-(10**25), 10**25) | st.floats(-1e6, 1e6) | st.none(), min_size=1),
    st.lists(st.text("abcé _-", min_size=1, max_size=5) | st.none(), min_size=1),
)


@given(VALUES)
def test_symbols_are_in_order_and_say_what_was_read(values: list[Any]) -> None:
    column = read(values)
    kept = [column.value(position) for position in range(len(column))]
    if set(kept) <= {None}:
        with pytest.raises(EchoscopeError, match="no value that is not missing"):
            recode(column)
        return
    data = recode(column)
    symbols = data.integers.tolist()
    recoding = data.recoding or Recoding(tuple(range(max(symbols) + 1)))
    assert recoding.decoded(symbols) == kept
    assert list(recoding.values) == sorted(recoding.values)
    assert recoding.symbols(kept, gaps=True).tolist() == symbols
    assert Recoding.from_json(json.loads(json.dumps(recoding.to_json()))) == recoding


def test_integers_from_0_without_holes_are_themselves() -> None:
    assert recode(read([2, 0, 1, None])).recoding is None
    assert recode(read([2, 0, 1, -1]), [-1]).recoding is not None  # which is a gap later too
    assert recode(read([0, 2])).recoding == Recoding((0, 2))


def test_what_is_the_same_is_the_same_whatever_it_comes_as() -> None:
    masked = np.ma.masked_equal(np.array([30, -9, 16]), -9)
    for source in (
        [30, None, 16],
        ["30", "", " 16.0 "],
        (30.0, float("nan"), 16),
        masked,
        np.array([30, np.nan, 16]),
        np.array(["30", "NA", "16"]),
        {"x": [30, None, 16]},
        pandas.Series([30, None, 16]),
        pandas.Series([30, pandas.NA, 16], dtype="Int64", index=[5, 5, 7]),
        pandas.Series(["30", None, "16"], dtype="category"),
        pandas.DataFrame({"x": [30, None, 16]}),
        polars.Series([30, None, 16]),
        polars.DataFrame({"x": ["30", None, "16"]}),
        pyarrow.array([30, None, 16]),
        pyarrow.table({"x": [30.0, None, 16.0]}),
        pyarrow.chunked_array([["30"], [], [None, "16"]]),
    ):
        data = recode(read(source))
        assert (data.integers.tolist(), data.recoding) == ([1, GAP, 0], Recoding((16, 30))), source


@pytest.mark.parametrize(
    "array",
    [
        np.array([-128, 127, 0, 127], np.int8),
        np.array([255, 0, 3], np.uint8),
        np.array([2**63 - 1, -(2**63), 0]),
        np.array([2**64 - 1, 2**64 - 3], np.uint64),
        np.array([-5, 10**7, 7]),
        np.array([], np.int64),
    ],
    ids=str,
)
def test_integers_of_any_type_are_what_they_are(array: np.ndarray) -> None:
    column = read(array)
    assert [column.value(position) for position in range(len(column))] == array.tolist()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (np.zeros((2, 3)), "values has 3 columns and no heading: choose one"),
        ([[1, 2], [3, 4]], "value 1 is [1, 2] and not a number or a name"),
        ({"a": [1], "b": [2]}, "values has 2 columns (a, b): choose one"),
        (pandas.DataFrame({"a": [1], "b": [2]}), "values has 2 columns (a, b): choose one"),
        (polars.DataFrame({"a": [1], "b": [2]}), "values has 2 columns (a, b): choose one"),
        (pyarrow.table({"a": [1], "b": [2]}), "values has 2 columns (a, b): choose one"),
        (np.zeros((2, 2, 2)), "must hold values in one axis, not an array of shape (2, 2, 2)"),
        (7, "Values must be a list, an array or a column of them, not 7."),
        (np.array(["2020-01-01"], "datetime64[D]"), "not of type datetime64[D]"),
    ],
)
def test_what_has_no_one_axis_is_refused_and_never_flattened(source: Any, sentence: str) -> None:
    with pytest.raises(EchoscopeError) as caught:
        read(source)
    assert sentence in str(caught.value)


def test_numbers_are_binned_by_width_or_by_count() -> None:
    numbers = [0, 1, 2, 3, 4, 5, 6, 100]
    by_width = recode(read(numbers), bins=4)
    assert by_width.integers.tolist() == [0] * 7 + [3]
    by_count = recode(read(numbers), bins=4, equal="count")
    assert by_count.integers.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert by_count.recoding is not None
    assert by_count.recoding.values[0] == "[0, 1.75)"
    assert by_count.recoding.values[-1] == "[5.25, 100]"
    assert by_count.recoding.symbols([1.74, 1.75, 100, "0"]).tolist() == [0, 1, 3, 0]
    with pytest.raises(
        EchoscopeError, match=r"value 1 is 101, outside the bins, which go from \[0, 1\.75\) to"
    ):
        by_count.recoding.symbols([101])
    assert bin_edges(np.array([3.0, 3.0]), 5) == (3.0, 3.0)
    with pytest.raises(EchoscopeError, match="only numbers are binned"):
        recode(read(["a", "b"]), bins=2)


def test_bins_are_told_apart_by_their_names_or_refused() -> None:
    stamps = recode(read(range(1_700_000_000, 1_700_001_000)), bins=5).recoding
    assert stamps is not None
    assert len(set(stamps.values)) == 5
    assert stamps.values[0] == "[1700000000, 1700000200)"
    assert stamps.described == "5 bins, from [1700000000, 1700000200) to [1700000800, 1700001000]"
    near = recode(read([1e16, 1e16 + 2] * 3), bins=20).recoding
    assert near is not None
    assert len(near.edges) == len(set(near.edges)) == len(near.values) + 1
    for numbers, settings, sentence in (
        ([0] * 90 + list(range(10)), {"bins": 4, "equal": "count"}, "a single bin of equal count"),
        ([1, 10**400, 2], {"bins": 3}, "numbers too large to be binned"),
        ([1e308, -1e308], {"bins": 3}, "numbers too large to be binned"),
        ([1, 2], {"bins": 0}, "bins must be an integer from 2"),
        ([1, 2], {"bins": 1.5}, "bins must be an integer from 2"),
        ([1, 2], {"max_values": -1}, "max_values must be an integer from 1"),
        ([1, 2], {"equal": "foo"}, "equal 'foo' is not known"),
    ):
        with pytest.raises(EchoscopeError, match=sentence):
            recode(read(numbers), **settings)


def test_what_is_said_to_be_missing_must_be_there_and_is_known_later_too() -> None:
    for raw in (-999, "-999", [-999], (" -999.0 ",)):
        data = recode(read([1, -999, 3]), raw)
        assert data.integers.tolist() == [0, GAP, 1]
    named = recode(read([1, -999, 2], categories=True), missing_values=[-999])
    assert named.integers.tolist() == [0, GAP, 1]
    kept = as_integers(read([1, -999, 0]), 2, ["-999"]).recoding
    assert kept is not None
    assert kept.symbols([0, -999, 1], gaps=True).tolist() == [0, GAP, 1]
    with pytest.raises(EchoscopeError, match="missing_value -9 is no value of values: leave it"):
        recode(read([1, 2]), [-9])


def test_a_name_that_says_unknown_is_not_taken_for_one() -> None:
    with pytest.raises(EchoscopeError, match="has a value 'unknown', which is how"):
        recode(read(["a", "unknown"]), unknown=True)


def test_numbers_are_what_they_are_written_as() -> None:
    assert read(np.array([0.1, 0.3], np.float32)).values == [0.1, 0.3]
    assert read(np.array(["é".encode()], "S2")).values == ["é"]
    assert read([b"a", b"b"]).values == ["a", "b"]


def test_many_values_are_recoded_in_no_time_to_speak_of() -> None:
    data = recode(read(np.random.default_rng(0).permutation(60_000)), max_values=100_000)
    assert data.integers.max() == 59_999
    floats = read(np.random.default_rng(0).random(60_000))
    assert recode(floats, bins=4).vocab_size == 4
    with pytest.raises(
        EchoscopeError, match=r"^value 1 of values is 0\.\d+, no integer from 0 to 9"
    ):
        as_integers(floats, 10)


def test_what_was_never_read_is_refused_or_a_symbol_of_its_own() -> None:
    known = recode(read(["a", "b"]), unknown=True).recoding
    assert known is not None
    assert (known.vocab_size, known.symbols(["b", "z"]).tolist()) == (3, [1, 2])
    assert known.decoded([1, 2, GAP]) == ["b", "unknown", None]
    with pytest.raises(EchoscopeError) as caught:
        Recoding(("a", "b")).symbols(["a", "z"])
    assert str(caught.value) == (
        "value 2 is 'z', which is none of the values that were read before (2 names: a, b): change"
        " it, or train with unknown=True."
    )


def test_integers_as_they_are_say_the_first_that_is_none() -> None:
    assert as_integers(read([3, None, 0]), 4).integers.tolist() == [3, GAP, 0]
    assert as_integers(read([3, -9, 0]), 4, [-9]).integers.tolist() == [3, GAP, 0]
    with pytest.raises(EchoscopeError) as caught:
        as_integers(read([3, 1.5, 9, "x"]), 4)
    assert str(caught.value) == (
        "value 2 is 1.5, no integer from 0 to 3: leave out vocab_size=4 to have every value"
        " recoded."
    )


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a network that was trained on an event log, beside the log."""
    folder = tmp_path_factory.mktemp("events")
    names = ["login", "view", "view", "buy it", "logout"]
    rows = "".join(f"{at},{names[at % 5]}\n" for at in range(400))
    (folder / "log.csv").write_text(f"at,event\n{rows}")
    told = "--lag -1 --window 3 --units 16 --fit quick --column event --file"
    store = ["--store", str(folder / "echoes")]
    assert status(["run", "lag", *told.split(), str(folder / "log.csv"), *store]) == 0
    return folder


def answered(
    capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str
) -> tuple[int, str, str]:
    capsys.readouterr()
    done = status([*arguments, "--store", str(folder / "echoes")])
    return done, *capsys.readouterr()


def test_a_run_keeps_its_recoding_and_says_everything_in_values(
    events: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(events / "echoes")
    run = store.find(None)
    assert run.recoding == Recoding(("buy it", "login", "logout", "view"))
    assert run.inputs[0] == ["logout", "login", "view"]
    assert run.targets[0] == run.predictions[0] == "view"
    assert Run.from_json(json.loads(json.dumps(run.to_json()))) == run
    kept = store.data(run)
    assert kept is not None
    assert run.recoding.decoded(kept.integers[:3]) == ["login", "view", "view"]
    _, out, _ = answered(capsys, events, "show")
    assert "view 'buy it' logout" in " ".join(out.split())
    done, out, _ = answered(capsys, events, "predict", "login", "view", "view", "--top", "2")
    assert done == 0
    assert "'buy it'" in out
    _, out, _ = answered(capsys, events, "predict", "login", "view", "view", "--top", "2", "--json")
    document = json.loads(out)
    assert document["inputs"] == [["login", "view", "view"]]
    assert document["predictions"] == ["buy it"]
    assert document["top"][0][0][0] == "buy it"
    _, out, _ = answered(capsys, events, "predict", "view", "buy it", "logout,login", "--json")
    document = json.loads(out)
    assert document["inputs"][0] == ["view", "buy it", "logout"]
    assert document["predictions"] == ["login", "view"]
    _, out, _ = answered(capsys, events, "generate", "logout", "login", "view", "--json")
    assert json.loads(out)["appended"][:4] == ["view", "buy it", "logout", "login"]
    _, out, _ = answered(
        capsys, events, "predict", "--file", str(events / "log.csv"), "--column", "event", "--json"
    )
    document = json.loads(out)
    assert document["accuracy"] == 1
    assert document["trained_on_scored"] == 320
    _, out, _ = answered(capsys, events, "confusion", "--json")
    assert json.loads(out)["pairs"] == []


def test_a_forecast_is_shown_beside_the_rules_that_need_no_training(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, told = tmp_path / "log.csv", ["--fit", "quick", "--units", "4", "--epochs", "3"]
    path.write_text("\n".join(str(at % 3) for at in range(300)))
    store = ["--file", str(path), "--store", str(tmp_path / "echoes")]
    assert status(["run", "lag", "--lag", "-1", *told, *store]) == 0
    out = capsys.readouterr().out.partition("Rules that need no training, on the same values")[2]
    assert "100.00% (93.47 to 100.00)" in next(
        line for line in out.splitlines() if "map-last" in line
    )
    assert status(["run", "lag", *told, *store]) == 0
    assert "Rules that need no training" not in capsys.readouterr().out


def test_a_value_that_was_never_read_is_refused(
    events: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    done, out, err = answered(capsys, events, "predict", "login", "view", "sell")
    assert (done, out) == (2, "")
    assert "value 3 is 'sell', which is none of the values" in err
    (tmp_path / "other.csv").write_text("at,event\n1,view\n2,sell\n3,\n4,view\n")
    done, out, err = answered(
        capsys, events, "predict", "--file", str(tmp_path / "other.csv"), "--column", "event"
    )
    assert (done, out) == (2, "")
    assert "row 3 of" in err
    assert "is 'sell'" in err


def test_what_says_that_a_value_is_missing_says_it_of_a_file_to_predict_too(
    events: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "holes.csv").write_text("at,event\n1,view\n2,?\n3,view\n4,view\n")
    told = ["predict", "--file", str(tmp_path / "holes.csv"), "--column", "event"]
    done, out, err = answered(capsys, events, *told, "--missing-value", "?")
    assert (done, out) == (2, "")
    assert "row 3 of" in err
    assert "is missing, and the task has no gaps: use a network that was trained with some" in err


def test_runs_and_their_summary_say_what_was_trained_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, told = tmp_path / "n.csv", ["--fit", "quick", "--units", "2", "--epochs", "1", "--store"]
    file.write_text("n\n" + "3\n7\n5\n" * 40)
    assert status(["run", "lag", "--file", str(file), *told, str(tmp_path)]) == 0
    capsys.readouterr()
    assert status(["runs", "--store", str(tmp_path)]) == 0
    heads, row = capsys.readouterr().out.splitlines()
    assert (heads.split()[-1], row.split()[-1]) == ("data", str(file))
    assert status(["summary", "--store", str(tmp_path)]) == 0
    heads, row, *_ = capsys.readouterr().out.splitlines()
    assert (heads.split()[0], row.split()[0]) == ("data", str(file))
    assert status(["run", "lag", *told, str(tmp_path / "random")]) == 0
    capsys.readouterr()
    assert status(["summary", "--store", str(tmp_path / "random")]) == 0
    assert "data" not in capsys.readouterr().out.splitlines()[0]


def test_two_files_of_equal_symbols_are_two_runs() -> None:
    letters = recode(read(list("abcab") * 20))
    others = recode(read(list("xyzxy") * 20))
    assert letters.integers.tolist() == others.integers.tolist()
    small = preset("lag", fit="quick", vocab_size=3, units=3, epochs=2)
    runs = [train(small, data=data, progress=False)[0] for data in (letters, others)]
    assert runs[0].id != runs[1].id
    assert {str(part)[0] for run in runs for part in run.inputs[0]} <= set("abcxyz")


FLAGS = [
    (["--vocab-size", "9", "--bins", "3"], "bins has nothing to do: leave one of them out."),
    (["--equal", "count"], "equal is said of bins: say --bins 20 too, or leave it out."),
    (["--bins", "1"], "bins must be"),
    (["--bins", "3", "--equal", "size"], "equal 'size' is not known: use width or count."),
    (["--max-values", "3"], "12 different numbers among 14 values"),
    (["--missing-value", "NA"], "missing_value 'NA' says that a value is missing already"),
    (["--vocab-size", "50"], "row 3 of"),
]


@pytest.mark.parametrize(("flags", "sentence"), FLAGS, ids=str)
def test_flags_that_do_not_fit_are_refused(
    flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["explain", "lag", "--fit", "quick", "--window", "2", "--file", str(CASES / "plain.csv")]
    assert status([*told, *flags]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err


def test_what_is_missing_is_a_gap_unless_the_task_is_said_to_have_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = str(CASES / "int_na.csv")
    told = ["explain", "lag", "--fit", "quick", "--window", "2", "--file", file]
    assert status([*told, "--missing", "0"]) == 2
    assert "row 6 of" in (err := capsys.readouterr().err)
    assert "the task has no gaps: leave missing out to have them" in err
    for flags, how in (([], "masked"), (["--gaps", "marked"], "marked")):
        assert status([*told, *flags]) == 0
        page = " ".join(capsys.readouterr().out.split())
        assert "14 values, 1 missing" in page
        assert f"1 value missing: gaps, {how}; --gaps chooses how." in page
        assert "missing 0.0714" in page
    plain = str(CASES / "plain.csv")
    assert status([*told[:-1], plain]) == 0
    assert "missing 0" not in (page := capsys.readouterr().out)
    assert "gaps" not in page
    assert status([*told[:-1], plain, "--gaps", "marked"]) == 2
    assert "these have none, so gaps marked" in capsys.readouterr().err


def test_a_bin_has_the_one_number_that_it_is_made_of() -> None:
    """Also one that no float is to the digit."""
    assert recode(read(["7"] * 9)).recoding.described == "1 number: 7"
    data = recode(read(["1e300"] * 9), bins=4)
    assert data.integers.tolist() == [0] * 9
    assert data.recoding is not None
    with pytest.raises(EchoscopeError, match="outside the bins"):
        data.recoding.of(0).symbol("1e400", "value 1")


@pytest.mark.parametrize("value", [[1, 2, 3], None, "abc", {"a": 1}, np.arange(3)])
def test_what_read_did_not_give_is_refused(value: Any) -> None:
    with pytest.raises(EchoscopeError, match=r"say recode\(read\(values\)\)"):
        recode(value)


@pytest.mark.parametrize("large", [12345678901234567890, 2**53 + 1, -(2**63) - 1])
def test_integers_that_no_float_is_are_in_the_bins_made_of_them(large: int) -> None:
    data = recode(read([str(large), "2", str(large), "3"]), bins=4)
    assert sorted({int(symbol) for symbol in data.integers}) == [0, 3]
    assert data.recoding is not None
    with pytest.raises(EchoscopeError, match="outside the bins"):
        data.recoding.of(0).symbol(10**400, "value 1")


def test_user_data_bring_their_gaps_in_python_as_by_command() -> None:
    """And say what they are in a line."""
    data = recode(read([0, 1, 2, None] * 12))
    assert repr(data) == "<48 user data of 3 symbols, 12 missing>"
    experiment = preset("lag", fit="quick", vocab_size=3, window=2, units=3, epochs=1)
    run, _ = train(experiment, data=data, progress=False)
    assert run.experiment.task.missing == 0.25
    with pytest.raises(EchoscopeError, match="missing"):
        train(experiment, data=[0, 1, 2, None] * 12, progress=False)
