"""Files as programs and people write them: read right, or refused in one short sentence whose
remedy works.
"""

import bz2
import gzip
import lzma
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import feather, parquet

from echoscope import EchoscopeError
from echoscope.cli import status
from echoscope.reading import Column
from echoscope.reading import read as column_of
from echoscope.reading.recode import recode

X = [30, 75, 69, 16, 47, 77]
LINES = "\n".join(map(str, X))
PAIRS = "".join(f"{place},{value}\n" for place, value in enumerate(X))
GAP = [30, 75, None, 16]

TEXTS: list[tuple[str | bytes, dict[str, Any], list[int]]] = [
    ("spots\n" + LINES, {}, X),
    (LINES + "\n", {}, X),
    (LINES.replace("\n", "\r\n"), {}, X),
    ("\n \nspots\n" + LINES + "\n\n\n", {}, X),
    ("\ufeffday,spots\r\n" + PAIRS.replace("\n", "\r\n"), {"column": "spots"}, X),
    ("day,spots\n" + PAIRS + "\n,\n,\n", {"column": "spots"}, X),
    ("day,spots\n" + PAIRS.replace("\n", "\n\n"), {"column": "spots"}, X),
    ("day;spots\n" + PAIRS.replace(",", ";"), {"column": "spots"}, X),
    ("day\tspots\n" + PAIRS.replace(",", "\t"), {"column": "2"}, X),
    ("day  spots\n" + PAIRS.replace(",", "   "), {"column": "spots"}, X),
    (PAIRS, {"column": "2"}, X),
    ("day,spots,spots\n" + "".join(f"0,{value},9\n" for value in X), {"column": "2"}, X),
    ("a\xf1o,spots\n".encode("latin-1") + PAIRS.encode(), {"column": "a\xf1o"}, list(range(6))),
    (("day\tspots\r\n" + PAIRS.replace(",", "\t")).encode("utf-16"), {"column": "spots"}, X),
    (gzip.compress(LINES.encode(), mtime=0), {}, X),
    ("spots\n30.0\n75.0\n\n16.0\n", {}, GAP),
    ('spots\n30\n75\n""\n16\n', {}, GAP),
    ("spots\n30\n75\nNA\n16\n", {}, GAP),
    ("spots\n30\n75\n-1\n16\n", {}, [30, 75, -1, 16]),
    ('"1,024"\n30\n', {}, [1024, 30]),
    ("spots\n1.5\n-2e3\n9007199254740993\n", {}, [1.5, -2000, 9007199254740993]),
    ("day,event\n1,log in\n2, view \n", {"column": "event"}, ["log in", "view"]),
    ("A\nC\nA\n", {}, ["A", "C", "A"]),
    ("event\nA\nC\n", {"header": True}, ["A", "C"]),
    ("A B A\n", {"header": False}, ["A", "B", "A"]),
    ('day,note\n1,"two\nlines"\n2,b\n', {"column": "day"}, [1, 2]),
    ("day,spots\n1,30,\n2,75\n", {"column": "spots"}, [30, 75]),
    ("01/03/2001,5\n02/03/2001,6\n", {"column": "2"}, [5, 6]),
    (
        "day;spots\n1;0,5\n2;-1,25\n3;12,345\n4;\n5;7\n",
        {"column": "2"},
        [0.5, -1.25, 12.345, None, 7],
    ),
    ("day;spots\n1;1,024\n2;30\n", {"column": "2"}, [1024, 30]),
    (",\nday,event\n1,login\n2,view\n", {"column": "event"}, ["login", "view"]),
    (",,\n1,2,3\n", {}, [1, 2, 3]),
    ("\x0c\n7\n8\n9\n", {}, [7, 8, 9]),
    ("\u2028\n7\n8\n", {}, [7, 8]),
    ('{"a":"x\u2028y"}\n{"a":"z"}\n', {}, ["x\u2028y", "z"]),
    ("n\n" + "1\n" * 40 + "\n" * 300_000, {}, [1] * 40),
    (".5\n.25\n-.75\n", {}, [0.5, 0.25, -0.75]),
    ("city\nNew York\nLos Angeles\n", {"header": True}, ["New York", "Los Angeles"]),
    ("login,view,login,buy\n", {}, ["login", "view", "login", "buy"]),
    ('n,m\n5,4"\n6,7\n', {"column": "m"}, ['4"', 7]),
    ("[30, 75, null, 16]", {}, GAP),
    ('[{"t": 1, "x": 30}, {"t": 2}]', {"column": "x"}, [30, None]),
    ('{"x": "a"}\n\n{"x": "b"}\n', {}, ["a", "b"]),
    (bz2.compress(LINES.encode()), {}, X),
    (lzma.compress(LINES.encode()), {}, X),
    ("07\n7\n", {"categories": True}, ["07", "7"]),
    ("day,spots\n" + PAIRS + "\xe9,\xe9\n", {"column": "1"}, [*range(6), "\xe9"]),
    ("day,spots\n0,30\n1,75\n2,\n3,16\n", {"column": "spots"}, GAP),
    ("1e1\n75\n", {}, [10, 75]),
    ("2019\n75\n", {"header": True}, [75]),
    ('"%"\n75\n', {"header": True}, [75]),
    ("anna,30\nbert,75\n", {"header": False, "column": "2"}, [30, 75]),
    (",".join(map(str, X)) + "\n", {}, X),
    (" ".join(map(str, X)) + "\n", {}, X),
    ("".join(f"{item} " for item in X), {}, X),  # as tr makes it of a column
    ("5", {}, [5]),
    ("event\nA\nC\nG\n", {"column": "event"}, ["A", "C", "G"]),
    (">phi x\nGA\n\nNt-*\r\n", {}, ["G", "A", "N", "T", None, "*"]),
    ("\n>a\nAC\n>b c\nGGT\n", {"column": "b"}, ["G", "G", "T"]),
    (gzip.compress(b">a\nAC\n>b\nGGT\n", mtime=0), {"column": "1"}, list("AC")),
    (">5\n>6\n>5\n", {}, [">5", ">6", ">5"]),
    (">5\n7\n", {"header": True}, [7]),
]

REFUSED: list[tuple[str | bytes, dict[str, Any], str]] = [
    (
        ">a\nAC\n>b c\nGGT\n>\nA\n",
        {},
        "FILE has 3 records (a, b, ): choose one with column=NAME, or its number.",
    ),
    (
        ">a\nACGT\nAC;T\n",
        {},
        "letter 7 of FILE, record a, is ';': FASTA has letters, so remove it.",
    ),
    (">a\nAC\n", {"header": True}, "FILE says itself how its columns are named: leave header out."),
    (
        "anna,30\nbert,75\n",
        {"column": "2"},
        "The first row of FILE (anna, 30) may be a heading or not: say header=True or"
        " header=False.",
    ),
    (
        ",0\n0,30\n",
        {"column": "2"},
        "The first row of FILE (, 0) may be a heading or not: say header=True or header=False.",
    ),
    (
        "NA\n30\n",
        {},
        "The first row of FILE (NA) may be a heading or not: say header=True or header=False.",
    ),
    (
        PAIRS,
        {},
        "FILE has 2 columns and no heading: choose one with column=N, a number from 1 to 2.",
    ),
    (
        PAIRS,
        {"column": "spots"},
        (
            "FILE has no heading, so no column 'spots': choose one with column=N, a number from 1"
            " to 2."
        ),
    ),
    (
        "t,x,x\n1,2,3\n",
        {"column": "x"},
        "FILE has 2 columns 'x', numbers 2 and 3: choose one by its number, as column=2.",
    ),
    ("t,x\n1,2\n", {"column": "y"}, "FILE has no column 'y': it has t, x."),
    ("t,x\n1,2\n", {"column": "3"}, "FILE has no column '3': it has t, x."),
    (
        "t,x\n1,2\nTotal\n",
        {"column": "x"},
        "row 3 of FILE has 1 cell and the first row 2 cells: give every row as many, or remove it.",
    ),
    (
        "t,x\n1,2\n1,2,3\n",
        {"column": "x"},
        (
            "row 3 of FILE has 3 cells and the first row 2 cells: give every row as many, or "
            "remove it."
        ),
    ),
    (
        "spots\n30\nTotal\n",
        {},
        "row 3 of FILE, column spots, is 'Total', a name in a column of 1 number: remove it, say"
        " missing_value='Total' where it marks what is missing, or say categories=True to take"
        " every value as a name.",
    ),
    (
        "spots\x1b[2J\n30\nx\n",
        {},
        "row 3 of FILE, column spots\\x1b[2J, is 'x', a name in a column of 1 number: remove it,"
        " say missing_value='x' where it marks what is missing, or say categories=True to take"
        " every value as a name.",
    ),
    ("spots\n", {}, "FILE has a heading and no row below it: it must hold a column of values."),
    ("\n \n", {}, "FILE is empty: it must hold a column of values."),
    (
        "x\n" + "7" * 100_000,
        {"header": True},
        f"FILE, column x, has a value of 100,000 characters ('{'7' * 25} ...'), and no name has"
        " more than 1,000: choose another column.",
    ),
    (b"\0\1", {}, "FILE must be a text of rows: use text for other bytes."),
    (
        b"PK\3\4x",
        {},
        "FILE must be one NumPy array of numbers or names, whole: save it with numpy.save.",
    ),
    (
        "K\n" + "7\n2\n3\n4\n5\n" * 9 + "K\n",
        {},
        "The first row of FILE (K) may be a heading or not: say header=True or header=False.",
    ),
    (
        "V58\n401\n250\nV70\n9\n8\n7\n",
        {"categories": True},
        "The first row of FILE (V58) may be a heading or not: say header=True or header=False.",
    ),
    (
        ("m\n" + "caf\u00e9\n" * 90_000).encode() + b"na\xefve\n",
        {"header": True},
        "line 90002 of FILE has a byte that is no UTF-8 (0xef), and the lines before it are: write"
        " it again in one encoding.",
    ),
    (
        "n m\n" + "1 caf\u00e9\n2 th\u00e9\n",
        {"column": "k"},
        "FILE has no column 'k': it has n, m.",
    ),
    (
        "n,m\n" + "1,2\n" * 100 + '5,"4\n' + "6,7\n" * 5,
        {"column": "n"},
        "row 102 of FILE is no row of a text (unexpected end of data): close its quotes.",
    ),
    (
        "login,view,buy\n",
        {},
        "The first row of FILE (login, view, buy) may be a heading or not: say header=True or"
        " header=False.",
    ),
    ("{}", {}, "FILE has objects without a key: give each a value."),
    (b"%PDF-1", {}, "FILE is a PDF, which is not read: save a column of it as CSV."),
    (
        "1\n2\nx\n4\ny\n",
        {},
        "row 3 of FILE, column 1, is 'x', a name in a column of 3 numbers:"
        " remove it, or say categories=True to take every value as a name.",
    ),
    (
        "a\n1\nb\na\n",
        {},
        "row 2 of FILE, column 1, is 1, a number in a column of 3 names: remove"
        " it, say missing_value=1 where it marks what is missing, or say categories=True to take"
        " every value as a name.",
    ),
    (
        "event\nA\nC\n",
        {},
        "The first row of FILE (event) may be a heading or not: say header=True or header=False.",
    ),
    ("[1, 2", {}, "FILE is no whole JSON (line 1: Expecting ',' delimiter): close what it opens."),
    (
        "[[1, 2]]",
        {},
        "value 1 of FILE is a list and not a number or a name: give values in one list,"
        " or objects with a key for each column.",
    ),
    ("[]", {}, "FILE is an empty list: it must hold values."),
    (
        "1\n2\n",
        {"header": False, "column": "x"},
        "FILE has no heading, so no column 'x': choose one with column=N, a number from 1 to 1.",
    ),
    (
        "".join(f"{k}\n" for k in range(1001)),
        {},
        "FILE, column 1, has 1,001 different numbers among 1,001 values, and a symbol for each is"
        " more than the 1,000 that are usual: say bins=20 to sort them into twenty, or say"
        " max_values=1001 to keep them all.",
    ),
    (
        "\n".join(f"e{k}" for k in range(1001)),
        {"header": False},
        "FILE, column 1, has 1,001 different names among 1,001 values, and a symbol for each is"
        " more than the 1,000 that are usual: say max_values=1001 to keep them all, or choose"
        " another column.",
    ),
    (gzip.compress(b"1\n2\n", mtime=0)[:-5], {}, "FILE is a damaged gzip file: compress it again."),
]


def values_of(column: Column) -> list[Any]:
    return [column.value(position) for position in range(len(column))]


def read(path: Path, **settings: Any) -> list[Any]:
    return values_of(column_of(path, **settings))


def sentence_or(path: Path, **settings: Any) -> Column | None:
    """The column, or None where it is refused in one short sentence."""
    try:
        return column_of(path, **settings)
    except EchoscopeError as error:
        text = str(error)
    assert "\n" not in text
    assert len(text) < 400
    return None


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "settings", "correct"), TEXTS, ids=[repr(text)[:40] for text, *_ in TEXTS]
)
def test_a_text_is_read_as_it_was_meant(
    content: str | bytes, settings: dict[str, Any], correct: list[Any], tmp_path: Path
) -> None:
    column = column_of(written(tmp_path / "a.csv", content), **settings)
    assert values_of(column) == correct
    assert list(map(type, values_of(column))) == list(map(type, correct))
    assert f"{len(correct):,} values" in column.understood


@given(
    st.text("01, \n", max_size=12)
    | st.text("0123456789,;|\t \n\r.-+eExna\"'#_", max_size=16)
    | st.lists(st.sampled_from(["1", "23", " ", "", ",", "\n", "\r\n", "\r", "a", "4,5\n"])).map(
        "".join
    ),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, "1", "2"]),
)
@example("1\n \n2", None, None)
@example("1 2\n3\n4", None, None)
@example("spots\n\n1\n2", None, None)
@example("5", True, None)
@example("a\rb\n1\n2", None, None)
def test_any_text_is_a_column_or_a_short_sentence_and_each_value_is_in_the_row_it_is_said_to_be(
    text: str, header: bool | None, column: str | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "a.csv", text)
        result = sentence_or(path, column=column, header=header)
        if result is None:
            return
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for position, value in enumerate(values_of(result)):
            where = result.where(position)
            if '"' not in text and where.startswith("row") and value is not None:
                row = int(where.split()[1])
                assert str(value).lstrip("-")[:1] in lines[row - 1] or value == 0


@pytest.mark.parametrize(
    "text", ["7" * 200_000, "a" * 200_000, " ".join("1" * 100_000), '"' + "7" * 200_000]
)
def test_a_row_longer_than_a_cell_may_be_is_read_or_refused(text: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", text)
    if text.startswith("1 "):
        assert read(path) == [1] * 100_000
        return
    for content in (text, f"spots\n{text}"):
        column = sentence_or(written(path, content))
        assert column is None or len(column) == 1
    assert read(written(tmp_path / "c.csv", ",".join(["7"] * 100_000))) == [7] * 100_000


@pytest.mark.parametrize(
    ("content", "settings", "sentence"), REFUSED, ids=[repr(text)[:40] for text, *_ in REFUSED]
)
def test_a_text_that_is_no_column_is_refused(
    content: str | bytes, settings: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.csv", content)
    with pytest.raises(EchoscopeError) as caught:
        recode(column_of(path, **settings))
    assert str(caught.value) == sentence.replace("FILE", str(path))


ARRAYS = [
    (np.array([30, 75, -1, 16]), {}, [30, 75, -1, 16]),
    (np.array(["a", "b"]), {}, ["a", "b"]),
    (np.array([True, False]), {}, ["True", "False"]),
    (np.array([(1, 30), (2, 75)], [("t", "i4"), ("x", "f4")]), {"column": "x"}, [30, 75]),
    (np.array([30, 75, np.nan, 16]), {}, GAP),
    (np.array([[1, 30], [2, 75]]), {"column": "2"}, [30, 75]),
]


@pytest.mark.parametrize(("array", "settings", "correct"), ARRAYS)
def test_an_array_is_read(
    array: np.ndarray, settings: dict[str, Any], correct: list[int], tmp_path: Path
) -> None:
    np.save(tmp_path / "a.npy", array)
    assert read(tmp_path / "a.npy", **settings) == correct


def test_an_array_file_that_is_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "whole.npy", np.arange(9))
    content = (tmp_path / "whole.npy").read_bytes()
    for end in range(6, len(content)):
        path = written(tmp_path / "a.npy", content[:end])
        with pytest.raises(
            EchoscopeError,
            match=r"save it with numpy\.save|is empty",
        ):
            read(path)
    np.savez(tmp_path / "z.npz", np.arange(9))
    path = written(tmp_path / "a.npy", (tmp_path / "z.npz").read_bytes())
    assert read(path) == list(range(9))
    np.savez(tmp_path / "z.npz", a=np.arange(3), b=np.array([{}]))
    with pytest.raises(EchoscopeError, match=r"has 2 columns \(a, b\)"):
        read(tmp_path / "z.npz")
    assert read(tmp_path / "z.npz", column="a") == [0, 1, 2]
    with pytest.raises(EchoscopeError, match="must be one NumPy array of numbers or names"):
        read(tmp_path / "z.npz", column="b")
    lies = content.replace(b"(9,), }  ", b"(9999999999999,), }")
    path = written(tmp_path / "a.npy", lies)
    with pytest.raises(EchoscopeError, match="must be one NumPy array of numbers or names, whole"):
        read(path)


COLUMNS = [
    (pyarrow.array([30, 75, None, 16]), GAP),
    (pyarrow.array([30.0, 75.0, None, 16.0]), GAP),
    (pyarrow.array([30, 75, None, 16]).cast(pyarrow.decimal128(21, 2)), GAP),
    (pyarrow.array(["30", "75", None, "16"]).dictionary_encode(), GAP),
    (pyarrow.array([1, 2, 3, 4], pyarrow.timestamp("ns")), "timestamp[ns]"),
    (pyarrow.array([2**31 - 1] * 4, pyarrow.date32()), "date32[day]"),
    (pyarrow.array([True, None]), ["True", None]),
    (pyarrow.array(["b", "a", "b"]), ["b", "a", "b"]),
    (pyarrow.array([[1], [2], [3], [4]]), "list<item: int64>"),
    (pyarrow.array([b"1"] * 4), "binary"),
]


@pytest.mark.parametrize(
    ("column", "correct"), COLUMNS, ids=[str(column.type) for column, _ in COLUMNS]
)
def test_a_parquet_column_is_read_or_refused_by_its_type(
    column: Any, correct: Any, tmp_path: Path
) -> None:
    parquet.write_table(pyarrow.table({"a.b": column}), tmp_path / "a.parquet")
    feather.write_feather(pyarrow.table({"a.b": column}), str(tmp_path / "a.feather"))
    if isinstance(correct, list):
        assert read(tmp_path / "a.parquet") == read(tmp_path / "a.feather") == correct
        return
    with pytest.raises(EchoscopeError) as caught:
        read(tmp_path / "a.parquet")
    text = str(caught.value).replace("element", "item")
    assert (
        text == f"{tmp_path}/a.parquet, column a.b, holds {correct} and neither numbers nor names:"
        " choose another column, or save this one as numbers."
    )


def test_parquet_columns_of_one_name_and_bad_utf8(tmp_path: Path) -> None:
    twice = pyarrow.Table.from_arrays(
        [pyarrow.array([1, 2]), pyarrow.array([3, 4])], names=["x", "x"]
    )
    parquet.write_table(twice, tmp_path / "a.parquet")
    with pytest.raises(
        EchoscopeError,
        match="has 2 columns 'x', numbers 1 and 2: choose one by its number, as column=1",
    ):
        read(tmp_path / "a.parquet", column="x")
    assert read(tmp_path / "a.parquet", column="2") == [3, 4]
    bad = pyarrow.Array.from_buffers(
        pyarrow.string(),
        1,
        [
            None,
            *(pyarrow.py_buffer(part) for part in (np.array([0, 2], "i4").tobytes(), b"\xff\xfe")),
        ],
    )
    parquet.write_table(pyarrow.table({"x": bad}), tmp_path / "b.parquet")
    with pytest.raises(
        EchoscopeError, match=r"cannot be read \(a damaged Parquet file\): write it again"
    ):
        read(tmp_path / "b.parquet")


def test_a_carriage_return_in_the_middle_and_an_empty_file_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content, flag in (
        ("odd.csv", b"1\n2\r3,4\n5", "--file"),
        ("empty.txt", b"", "--text"),
    ):
        (tmp_path / name).write_bytes(content)
        assert status(["explain", "lag", flag, str(tmp_path / name)]) == 2
        result = capsys.readouterr()
        assert (result.out, result.err.count("\n")) == ("", 1), result.err


def test_a_row_wider_than_a_block_is_read_by_each_of_its_names(tmp_path: Path) -> None:
    names = [f"a column of a long name, number {place}" for place in range(60_000)]
    rows = "".join(f"{','.join(map(str, range(at, at + 60_000)))}\n" for at in range(2))
    path = written(tmp_path / "wide.csv", ",".join(f'"{name}"' for name in names) + "\n" + rows)
    assert read(path, column=names[-1]) == [59_999, 60_000]
    assert read(path, column=names[0]) == [0, 1]


def test_what_is_compressed_is_unpacked_from_a_pipe_too(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(gzip.compress(b"3\n1\n4\n"),))
    writer.start()
    assert read(path) == [3, 1, 4]
    writer.join()


def test_a_damaged_archive_of_arrays_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(99))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[200] ^= 1
    path = written(tmp_path / "b.npz", bytes(content))
    with pytest.raises(EchoscopeError, match="must be one NumPy array of numbers or names, whole"):
        read(path)
    np.savez(tmp_path / "c.npz", x=np.zeros((3, 2)))
    with pytest.raises(EchoscopeError, match="array x, has 2 columns: save one of them"):
        read(tmp_path / "c.npz")


@pytest.mark.parametrize(
    ("last", "correct"),
    [
        ("7", 7),
        ("", None),
        ("-3", -3),
        ("007", 7),
        ("1.5", 1.5),
        ("9" * 19, int("9" * 19)),
        ('"8"', 8),
    ],
)
def test_a_column_that_begins_with_integers_goes_on_with_anything(
    last: str, correct: Any, tmp_path: Path
) -> None:
    text = "day,spots\n" + "".join(f"{at},{at % 9}\n" for at in range(99_999)) + f"0,{last}\n1,4\n"
    column = column_of(written(tmp_path / "a.csv", text), column="spots")
    assert [column.value(place) for place in (0, 12, 99_998, 99_999, 100_000)] == [
        0,
        3,
        8,
        correct,
        4,
    ]
    assert len(column) == 100_001
