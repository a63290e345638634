"""Inputs like those of `cases/` and not among them, at least two of each kind that has failed a
reader: each is read as it was meant, or refused in one sentence that says what to do.
"""

import datetime
import decimal
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from pyarrow import feather, parquet

from echoscope import EchoscopeError, preset
from echoscope.experiment.baselines import chance
from echoscope.experiment.user_data import UserData
from echoscope.reading import read
from echoscope.reading.recode import recode

Say = dict[str, Any]


def column(*cells: object, heading: str = "n") -> str:
    return "".join(f"{cell}\n" for cell in ([heading] if heading else []) + list(cells))


def bare(*cells: object) -> str:
    return column(*cells, heading="")


TEXTS: list[tuple[str, str | bytes, Say, list[Any]]] = [
    # a first row that does not read as an integer at first sight is no heading
    ("thousands by a blank", bare("1 024", 30, 75), {}, [1024, 30, 75]),
    ("thousands by a narrow blank", bare("1\u202f024\u202f000", 30), {}, [1024000, 30]),
    ("thousands by an apostrophe", bare("1'024", 30, 75), {}, [1024, 30, 75]),
    ("thousands with cents", column('"1,024.5"', 30), {}, [1024.5, 30]),
    ("thousands by _", bare("1_000", 30, 75), {}, [1000, 30, 75]),
    ("a plus", bare("+5", "+30", -75), {}, [5, 30, -75]),
    ("exponents", bare("1e3", "3E+01", 7), {}, [1000, 30, 7]),
    # headings
    ("in quotes", '"day, local","n"\n1,30\n2,75\n', {"column": "n"}, [30, 75]),
    ("with blanks", "day, n \n1,30\n2,75\n", {"column": "n"}, [30, 75]),
    ("by case", "n,N\n1,30\n2,75\n", {"column": "N"}, [30, 75]),
    ("a number", "2019,2020\n30,75\n", {"column": "2020", "header": True}, [75]),
    # blank lines, comments and footers
    ("blanks only", column(30, "   ", 75), {}, [30, None, 75]),
    ("tabs only", "d,n\n1,30\n \t \n2,75\n", {"column": "n"}, [30, 75]),
    ("comments", "# by a logger\n# in counts\nd,n\n1,30\n2,75\n", {"column": "n"}, [30, 75]),
    ("a quote in one", "# it's 3\" wide\n\n% made\nn\n30\n75\n", {}, [30, 75]),
    ("as savetxt has it", "# d n\n1 30\n2 75\n", {"column": "2"}, [30, 75]),
    ("no comment", "#\n.\n#\n", {"header": False}, ["#", ".", "#"]),
    ("nothing but such", "# a\n# b\n# a\n", {"column": "2"}, ["a", "b", "a"]),
    ("a comma behind the last", "30,75,69,\n", {}, [30, 75, 69]),
    # delimiters and encodings
    ("bars", "d|n\n1|30\n2|75\n", {"column": "n"}, [30, 75]),
    ("blanks", "d n\n1 30\n2 75\n", {"column": "n"}, [30, 75]),
    ("Excel's line", "sep=;\r\nd;n\r\n1;30\r\n2;75\r\n", {"column": "n"}, [30, 75]),
    ("Excel's line, a comma", "sep=,\nd,n\n1,30\n2,75\n", {"column": "n"}, [30, 75]),
    ("decimal commas", "d;n\n1;30,0\n2;75,5\n", {"column": "n"}, [30, 75.5]),
    ("decimal commas alone", "n\n30,0\nNA\n75,5\n7\n", {}, [30, None, 75.5, 7]),
    ("thousands alone", "n\n1,024\n30\n", {}, [1024, 30]),
    ("UTF-16 of either order", ("\ufeffn\n30\n75\n").encode("utf-16-be"), {}, [30, 75]),
    # missing values
    *(
        (f"missing as {text}", column(30, text, 75), {}, [30, None, 75])
        for text in ("NULL", "#N/A", "None", "-", "<NA>", "-nan")
    ),
    *(
        (f"{text} says so", column(30, text, 75), {"missing_values": [text]}, [30, None, 75])
        for text in ("?", ".", "\\N", "-999.0", "n.a.")
    ),
    (
        "two of them",
        column(30, 9999, -999, 75),
        {"missing_values": [9999, -999]},
        [30, None, None, 75],
    ),
    # categories
    ("truth", column("TRUE", "false", "True"), {"header": True}, ["True", "False", "True"]),
    (
        "truth by letters",
        column("TRUE", "True"),
        {"header": True, "categories": True},
        ["TRUE", "True"],
    ),
    ("numbers with zeros", column("007", "7"), {"categories": True}, ["007", "7"]),
    # a sequence with a stop sign, rows of several integers
    ("a stop sign", "n\n2\n4\n-1\n3\n-1\n", {}, [2, 4, -1, 3, -1]),
    ("a blank stop", "d,n\n1,2\n2,\n3,4\n", {"column": "n"}, [2, None, 4]),
    ("rows", "30 75 69\n16 47 77\n", {"column": "2"}, [75, 47]),
    ("rows with a heading", "a;b\n30;75\n16;47\n", {"column": "b"}, [75, 47]),
    # one line
    *((f"a line with {mark!r}", f"30{mark}75{mark}69\n", {}, [30, 75, 69]) for mark in ";\t| "),
    ("a line in brackets", "[30, 75,\n 69]", {}, [30, 75, 69]),
    # JSON
    ("lines of objects", '{"t":1,"x":"a"}\n{"t":2,"x":"b"}\n', {"column": "x"}, ["a", "b"]),
    ("objects in a list", '[{"t":1,"x":3},{"t":2,"x":null}]', {"column": "x"}, [3, None]),
    ("columns", '{"t": [1, 2],\n "x": [30, 75]}', {"column": "x"}, [30, 75]),
    ("a frame of pandas", '{"x":{"0":30,"1":75}}', {}, [30, 75]),
]

REFUSED: list[tuple[str | bytes, Say, str]] = [
    (column(30, "?", 75), {}, "remove it, say missing_value='?' where it marks what is"),
    (column(30, 75, "Total: 105"), {}, "row 4 of FILE, column n, is 'Total: 105', a name in a"),
    ("d,n\n1,30\n2,75\nTotal: 105\n", {"column": "n"}, "row 4 of FILE has 1 cell and the first"),
    ("# x\n\nd,n\n1,30\n2,x\n", {"column": "n"}, "row 5 of FILE, column n, is 'x', a"),
    ("n, n\n1,30\n", {"column": "n"}, "FILE has 2 columns 'n', numbers 1 and 2: choose one by its"),
    ("d,n\n1,30\n", {"column": "N"}, "FILE has no column 'N': it has d, n."),
    ("[30, 75]".encode("utf-16"), {}, "FILE is JSON in UTF-16: write it in UTF-8."),
    ("n\n30\n".encode("utf-32"), {}, "FILE must be a text of rows"),
    ("[1,30]\n[2,75]\n", {}, "value 1 of FILE is a list and not a number or a name: give"),
    ("30 75 69\n16 47 77\n", {}, "FILE has 3 columns and no heading: choose one with column=N"),
    (column("9007199254740993.5"), {}, "is 9007199254740994.0, a float so large that"),
]

DAY = datetime.datetime(2001, 1, 3)
WORDS = ["a", "b", None, "a"]
PYTHON: list[tuple[str, Callable[[], Any], Say, list[Any] | str]] = [
    ("Int64", lambda: pandas.Series([30, pandas.NA], dtype="Int64"), {}, [30, None]),
    ("of Arrow", lambda: pandas.Series([30, None], dtype="int64[pyarrow]"), {}, [30, None]),
    ("boolean", lambda: pandas.Series([True, pandas.NA], dtype="boolean"), {}, ["True", None]),
    ("float32", lambda: pandas.Series([0.1, 30], dtype="float32"), {}, [0.1, 30]),
    ("float32 of Arrow", lambda: pyarrow.array([0.1, None], pyarrow.float32()), {}, [0.1, None]),
    ("a masked array", lambda: np.ma.masked_array([30, 5, 75], [0, 1, 0]), {}, [30, None, 75]),
    (
        "masked rows",
        lambda: np.ma.masked_array([[1, 5], [2, 7]], [[0, 1], [0, 0]]),
        {"column": 2},
        [None, 7],
    ),
    ("a masked record", lambda: list(np.ma.masked_array([30, 5], [0, 1])), {}, [30, None]),
    ("Categorical", lambda: pandas.Categorical(WORDS), {}, WORDS),
    ("category", lambda: pandas.Series([30, 75, 30]).astype("category"), {}, [30, 75, 30]),
    ("polars Categorical", lambda: polars.Series(WORDS, dtype=polars.Categorical), {}, WORDS),
    ("polars Enum", lambda: polars.Series(WORDS, dtype=polars.Enum(["b", "a"])), {}, WORDS),
    ("a dictionary array", lambda: pyarrow.array(WORDS).dictionary_encode(), {}, WORDS),
    ("chunks", lambda: pyarrow.chunked_array([["a"], [], ["b", None, "a"]]), {}, WORDS),
    ("a slice", lambda: pyarrow.array([1, 2, 30, None])[2:], {}, [30, None]),
    ("NumPy's strings", lambda: np.array(["a", "b"], np.dtypes.StringDType()), {}, ["a", "b"]),
    ("decimals", lambda: [decimal.Decimal("1.50"), decimal.Decimal("NaN")], {}, [1.5, None]),
    ("a frame", lambda: pandas.DataFrame({"t": [1, 2], "x": [30, 75]}), {"column": "x"}, [30, 75]),
    ("a frame's number", lambda: pandas.DataFrame([[1, 30], [2, 75]]), {"column": 1}, [30, 75]),
    ("a frame, no column", lambda: pandas.DataFrame({"t": [1], "x": [2]}), {}, "2 columns (t, x)"),
    ("a lazy frame", lambda: polars.DataFrame({"x": [1]}).lazy(), {}, [1]),
    ("pandas' times", lambda: pandas.Series([DAY, None]), {}, "not of type Timestamp: choose"),
    ("polars' times", lambda: polars.Series([DAY]), {}, "holds timestamp[us] and"),
    ("NumPy's times", lambda: np.array(["2001-01-03"], "datetime64[D]"), {}, "not of type date"),
    ("days", lambda: [DAY.date(), None], {}, "not of type date: choose another column"),
    ("lists", lambda: [[1, 2], [3, 4]], {}, "value 1 is [1, 2] and not a number or a name"),
    ("polars' lists", lambda: polars.Series([[1, 2], [3]]), {}, "holds large_list<"),
    ("one-hot", lambda: np.eye(3), {}, "values has 3 columns and no heading: choose one"),
    ("windows", lambda: np.zeros((2, 3, 1)), {}, "not an array of shape (2, 3, 1)"),
    ("identifiers", lambda: pandas.Series([2.0**53, None]), {}, "say bins=20."),
    (
        "identifiers in bins",
        lambda: [2.0**60, 2.0**61],
        {"bins": 2},
        ["[1.153e+18, 1.729e+18)", "[1.729e+18, 2.306e+18]"],
    ),
]

FILES: list[tuple[str, Callable[[Path], Any], Say, list[Any] | str]] = [
    (
        "a.npz",
        lambda at: np.savez(at, a=np.array([30, 75]), b=np.array([1])),
        {"column": "a"},
        [30, 75],
    ),
    ("b.npz", lambda at: np.savez(at, a=np.array([30]), b=np.array([1])), {}, "2 columns (a, b)"),
    ("c.npy", lambda at: np.save(at, np.array([True, False])), {}, ["True", "False"]),
    ("d.npy", lambda at: np.save(at, np.array([30, -9])), {"missing_values": [-9]}, [30, None]),
    (
        "e.parquet",
        lambda at: pandas.DataFrame({"x": pandas.Categorical(WORDS)}).to_parquet(at),
        {},
        WORDS,
    ),
    (
        "f.parquet",
        lambda at: parquet.write_table(pyarrow.table([[1], [2]], ["x", "x"]), at),
        {"column": "x"},
        "choose one by its number, as column=1.",
    ),
    (
        "g.parquet",
        lambda at: parquet.write_table(pyarrow.table({"x": [DAY]}), at),
        {},
        "holds timestamp[us]",
    ),
    (
        "h.feather",
        lambda at: feather.write_feather(pyarrow.table({"x": [30.0, None]}), at),
        {},
        [30, None],
    ),
    (
        "i.arrow",
        lambda at: feather.write_feather(pyarrow.table({"x": [[1], [2]]}), at),
        {},
        "holds list<",
    ),
]


def values_of(source: object, settings: Say) -> list[Any]:
    of_reading = {
        key: settings[key] for key in settings if key in ("column", "header", "categories")
    }
    of_recoding = {key: settings[key] for key in settings if key not in of_reading}
    data = recode(read(source, **of_reading), **of_recoding)
    return data.recoding.decoded(data.integers) if data.recoding else data.integers.tolist()


def held(source: object, settings: Say, meant: list[Any] | str) -> None:
    if isinstance(meant, list):
        assert values_of(source, settings) == meant
        return
    with pytest.raises(EchoscopeError) as refusal:
        values_of(source, settings)
    told = str(refusal.value).replace(str(source), "FILE")
    assert meant in told
    assert len(told) < 300
    assert "\n" not in told


@pytest.mark.parametrize(
    ("content", "settings", "meant"),
    [row[1:] for row in TEXTS] + REFUSED,
    ids=[row[0] for row in TEXTS] + [row[2] for row in REFUSED],
)
def test_a_text_is_read_as_it_was_meant_or_refused(
    content: str | bytes, settings: Say, meant: list[Any] | str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    held(file, settings, meant)


@pytest.mark.parametrize(
    ("make", "settings", "meant"), [row[1:] for row in PYTHON], ids=[row[0] for row in PYTHON]
)
def test_values_of_python_are_read_as_they_were_meant_or_refused(
    make: Callable[[], Any], settings: Say, meant: list[Any] | str
) -> None:
    held(make(), settings, meant)


@pytest.mark.parametrize(
    ("name", "write", "settings", "meant"), FILES, ids=[row[0] for row in FILES]
)
def test_a_file_of_a_program_is_read_as_it_was_meant_or_refused(
    name: str, write: Callable[[Path], Any], settings: Say, meant: list[Any] | str, tmp_path: Path
) -> None:
    write(tmp_path / name)
    held(tmp_path / name, settings, meant)


def test_lines_that_are_passed_over_are_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("# one\n# two\nn\n30\n75\n")
    assert ": 2 comments passed over, a heading, column n, 2 values" in read(file).understood
    file.write_text(json.dumps([30, 75]))
    assert "comment" not in read(file).understood


@pytest.mark.parametrize("cycle", [[3, 1, 4, 0, 2], [0, 3, 1, 2]], ids=["five", "four"])
def test_a_cycle_without_repeats_needs_no_memory_whatever_its_length(cycle: list[int]) -> None:
    experiment = preset("lag", fit="quick", vocab_size=5, lag=-1)
    result = chance(experiment, UserData.of(experiment, cycle * 40))
    assert (result.rule, result.accuracy.value) == ("map-last", 1.0)


def test_more_numbers_than_there_are_symbols_are_sorted_into_bins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("column", "recode"):
        monkeypatch.setattr(f"echoscope.reading.{module}.MOST_VOCAB_SIZE", 5)
    monkeypatch.setattr("echoscope.reading.column.MOST_NUMBERS", 8)
    numbers = [part / 2 for part in range(8)]
    assert recode(read(numbers), bins=2, max_values=4).integers.tolist() == [0] * 4 + [1] * 4
    with pytest.raises(EchoscopeError, match=r"say bins=20 to sort them into twenty\.$"):
        recode(read(numbers), max_values=4)
    for many in (list("abcdef"), list(range(9))):
        with pytest.raises(EchoscopeError, match="different values, which is more than can be"):
            read(many)
