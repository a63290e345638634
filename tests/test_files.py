"""Files are whole or not there, whatever happens to their writer; permissions, links and a
spreadsheet's cells.
"""

import csv
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from echoscope import atomic_file
from echoscope.atomic_file import place, put
from echoscope.cli import status
from echoscope.store import Store, exports
from test_records import WEIGHTS, a_run


@pytest.fixture
def umask() -> object:
    before = os.umask(0o027)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("umask")
def test_new_files_have_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    store = Store(tmp_path / "echoes")
    kept = store.add(a_run(0), WEIGHTS)
    for name in ("runs.csv", "runs.parquet"):
        assert status(["runs", "--export", str(tmp_path / name), "--store", str(store.folder)]) == 0
    made = [
        store.path,
        store.folder / kept.weights,
        tmp_path / "runs.csv",
        tmp_path / "runs.parquet",
    ]
    assert [mode(path) for path in made] == [0o640] * 4


def test_a_file_that_is_there_keeps_its_permissions_and_a_link_is_followed(tmp_path: Path) -> None:
    page, link, new = tmp_path / "page.html", tmp_path / "link.html", tmp_path / "new.html"
    page.write_bytes(b"old")
    page.chmod(0o604)
    link.symlink_to(page.name)
    new.symlink_to("made.html")
    put(link, b"first")
    put(new, b"second")
    assert link.is_symlink()
    assert (page.read_bytes(), mode(page), (tmp_path / "made.html").read_bytes()) == (
        b"first",
        0o604,
        b"second",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "link.html",
        "made.html",
        "new.html",
        "page.html",
    ]


def test_what_is_no_file_is_written_as_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = subprocess.Popen(["cat", str(tmp_path / "pipe")], stdout=subprocess.PIPE)
    put(tmp_path / "pipe", b"content")
    assert reader.communicate(timeout=60)[0] == b"content"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_export_that_fails_leaves_the_old_file(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, file = Store(tmp_path / "echoes"), tmp_path / f"runs.{kind}"
    store.add(a_run(0), WEIGHTS)
    file.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert status(["runs", "--export", str(file), "--store", str(store.folder)]) == 2
    assert (
        capsys.readouterr().err
        == f"echoscope: {file} cannot be written (No space left on device): name a folder "
        "that is there and has room.\n"
    )
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_killed_writers_left_is_removed_and_what_living_ones_write_is_not(
    tmp_path: Path,
) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from echoscope.atomic_file import"
        " place\nwith place(Path(sys.argv[1])) as part:\n    part.write_bytes(b'half');"
        " os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path / "page.html")], check=False)
    assert ended.returncode == -signal.SIGKILL
    left = list(tmp_path.iterdir())
    assert len(left) == 1
    other = tmp_path / ".other.part"
    other.write_bytes(b"not ours")
    atomic_file.clear.cache_clear()
    with place(tmp_path / "living.html") as living:
        living.write_bytes(b"whole")
        atomic_file.clear.cache_clear()
        put(tmp_path / "page.html", b"page")
        assert living.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".other.part",
        "living.html",
        "page.html",
    ]
    assert (tmp_path / "living.html").read_bytes() == b"whole"


def test_a_file_taken_for_abandoned_before_it_is_locked_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, taken = fcntl.flock, []

    def late(handle: int, how: int) -> None:
        if not taken:
            taken.extend(tmp_path.glob(".echoscope-*"))
            taken[0].unlink()
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    put(tmp_path / "page.html", b"page")
    assert len(taken) == 1
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("page.html", b"page")
    ]


def test_what_a_spreadsheet_would_calculate_is_quoted_in_csv(tmp_path: Path) -> None:
    cells = ["=1+1", "+cmd", "-x", "@sum", "\tx", "-4,-3", "-1", -0.5, None, "lstm"]
    exports.write_csv(str(tmp_path / "cells.csv"), ["source"], iter([[(cell,) for cell in cells]]))
    with (tmp_path / "cells.csv").open(newline="") as file:
        read = [row[0] if row else "" for row in csv.reader(file)][1:]
    assert read == ["'=1+1", "'+cmd", "'-x", "'@sum", "'\tx", "-4,-3", "-1", "-0.5", "", "lstm"]
