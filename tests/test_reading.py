"""Files as programs and people write them: read right, or refused in one short sentence whose
remedy works.
"""

import gzip
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import parquet

from echoscope import EchoscopeError
from echoscope.cli import status
from echoscope.reading import csv_file, from_file

X = [30, 75, 69, 16, 47, 77]
LINES = "\n".join(map(str, X))
PAIRS = "".join(f"{place},{value}\n" for place, value in enumerate(X))
GAP = [30, 75, -1, 16]

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
    ("spots\n30\n75\n-1\n16\n", {}, GAP),
    ("day,spots\n0,30\n1,75\n2,\n3,16\n", {"column": "spots"}, GAP),
    ("1e1\n75\n", {}, [10, 75]),
    ("2019\n75\n", {"header": True}, [75]),
    ('"%"\n75\n', {"header": True}, [75]),
    ("anna,30\nbert,75\n", {"header": False, "column": "2"}, [30, 75]),
    (",".join(map(str, X)) + "\n", {}, X),
    (" ".join(map(str, X)) + "\n", {}, X),
    ("".join(f"{item} " for item in X), {}, X),  # as tr makes it of a column
    ("5", {}, [5]),
]

REFUSED: list[tuple[str | bytes, dict[str, Any], str]] = [
    (
        '"1,024"\n30\n',
        {},
        (
            "row 1 of FILE, column 1, is '1,024': it must be an integer from 0 to 99; where it is a"
            " heading, say header=True."
        ),
    ),
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
        "row 3 of FILE, column spots, is 'Total': it must be an integer from 0 to 99.",
    ),
    (
        "spots\x1b[2J\n30\nx\n",
        {},
        "row 3 of FILE, column spots\\x1b[2J, is 'x': it must be an integer from 0 to 99.",
    ),
    ("spots\n", {}, "FILE has a heading and no row below it: it must hold a column of integers."),
    ("\n \n", {}, "FILE is empty: it must hold a column of integers."),
    (
        "x\n" + "7" * 100_000,
        {},
        f"row 2 of FILE, column x, is '{'7' * 55} ...': it must be an integer from 0 to 99.",
    ),
    (b"\0\1", {}, "FILE must be a CSV text: use text for other bytes."),
    (b"PK\3\4x", {}, "FILE is a ZIP or Excel file, not a CSV text: save it as one."),
    (gzip.compress(b"1\n2\n", mtime=0)[:-5], {}, "FILE is a damaged gzip file: compress it again."),
]


def read(path: Path, **settings: Any) -> list[int]:
    text: dict[str, Any] = {"column": None, "gaps": True} | settings
    return from_file(str(path), vocab_size=100, **text).tolist()


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("slow", [False, True], ids=["at once", "row by row"])
@pytest.mark.parametrize(
    ("content", "settings", "correct"), TEXTS, ids=[repr(text)[:40] for text, *_ in TEXTS]
)
def test_a_text_is_read_as_it_was_meant(
    content: str | bytes,
    settings: dict[str, Any],
    correct: list[int],
    slow: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if slow:
        monkeypatch.setattr(csv_file, "_at_once", lambda *_: None)
    assert read(written(tmp_path / "a.csv", content), **settings) == correct


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
def test_a_column_is_the_same_at_once_and_row_by_row(
    text: str, header: bool | None, column: str | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "a.csv", text)
        results = []
        for at_once in (csv_file._at_once, lambda *_: None):
            with patch.object(csv_file, "_at_once", at_once):
                try:
                    results.append(read(path, column=column, header=header))
                except EchoscopeError as error:
                    results.append(str(error))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "text", ["7" * 200_000, "a" * 200_000, " ".join("1" * 100_000), '"' + "7" * 200_000]
)
def test_a_row_longer_than_a_cell_may_be_is_read_or_refused(text: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", text)
    if text.startswith("1 "):
        assert read(path) == [1] * 100_000
        return
    with pytest.raises(EchoscopeError) as caught:
        read(path)
    assert len(str(caught.value)) < 400
    with pytest.raises(EchoscopeError):
        read(written(tmp_path / "b.csv", f"spots\n{text}"))
    assert read(written(tmp_path / "c.csv", ",".join(["7"] * 100_000))) == [7] * 100_000


@pytest.mark.parametrize(
    ("content", "settings", "sentence"), REFUSED, ids=[repr(text)[:40] for text, *_ in REFUSED]
)
def test_a_text_that_is_no_column_is_refused(
    content: str | bytes, settings: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.csv", content)
    with pytest.raises(EchoscopeError) as caught:
        read(path, **settings)
    assert str(caught.value) == sentence.replace("FILE", str(path))


ARRAYS = [
    (np.array([30, 75, -1, 16]), {}, GAP),
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
    for end in range(len(content)):
        path = written(tmp_path / "a.npy", content[:end])
        with pytest.raises(
            EchoscopeError,
            match=r"save (it|an array of integers in it) with numpy\.save|cannot"
            r" be read",
        ):
            read(path)
    np.savez(tmp_path / "z.npz", np.arange(9))
    path = written(tmp_path / "a.npy", (tmp_path / "z.npz").read_bytes())
    with pytest.raises(EchoscopeError, match="is an archive of arrays"):
        read(path)
    lies = content.replace(b"(9,), }  ", b"(9999999999999,), }")
    path = written(tmp_path / "a.npy", lies)
    with pytest.raises(EchoscopeError, match="must be one NumPy array of integers, whole"):
        read(path)


COLUMNS = [
    (pyarrow.array([30, 75, None, 16]), GAP),
    (pyarrow.array([30.0, 75.0, None, 16.0]), GAP),
    (pyarrow.array([30, 75, None, 16]).cast(pyarrow.decimal128(21, 2)), GAP),
    (pyarrow.array(["30", "75", None, "16"]).dictionary_encode(), GAP),
    (pyarrow.array([1, 2, 3, 4], pyarrow.timestamp("ns")), "timestamp[ns]"),
    (pyarrow.array([2**31 - 1] * 4, pyarrow.date32()), "date32[day]"),
    (pyarrow.array([True] * 4), "bool"),
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
    if isinstance(correct, list):
        assert read(tmp_path / "a.parquet") == correct
        return
    with pytest.raises(EchoscopeError) as caught:
        read(tmp_path / "a.parquet")
    text = str(caught.value).replace("element", "item")
    assert (
        text == f"{tmp_path}/a.parquet, column a.b, holds {correct} and not integers: choose"
        " another"
        " column, or save this one as integers."
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
    with pytest.raises(EchoscopeError, match="not a Parquet file, or a damaged one"):
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
