"""Programs that were compiled once are kept, whatever becomes of the folder that they lie in."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from echoscope import EchoscopeError
from echoscope.cli import status
from echoscope.process.compile_cache import FOLDER, SETTING, keep_programs, processor

RUN = ["run", "lag", "--vocab-size", "4", "--units", "4", "--length", "10", "--epochs", "20"]


def begun(store: Path, folder: Path | str, **more: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    return subprocess.Popen(
        [sys.executable, "-m", "echoscope", *RUN, "--store", str(store / "store")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=kept | {SETTING: str(folder)} | more,
    )


def ended(process: subprocess.Popen[str]) -> str:
    """The accuracy that a command says, which ended well and without another setting."""
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    (accuracy,) = re.findall("accuracy ([0-9.]+%)", out)
    return accuracy


def programs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*-cache")}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("programs")
    return folder, ended(begun(tmp_path_factory.mktemp("kept"), folder))


def test_what_was_compiled_once_is_not_compiled_again(
    first: tuple[Path, str], tmp_path: Path
) -> None:
    folder, accuracy = first
    (mine,) = folder.iterdir()
    assert mine.name.endswith(processor())
    assert mine.stat().st_mode & 0o777 == 0o700
    before = programs(folder)
    assert any("jit_program" in name for name in before)
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*-cache")}
    assert ended(begun(tmp_path, folder)) == accuracy
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*-cache")} == written


def test_a_damaged_program_is_made_anew_and_one_cut_short_goes(
    first: tuple[Path, str], tmp_path: Path
) -> None:
    folder, accuracy = first
    before = programs(folder)
    (mine,) = folder.iterdir()
    for name, content in before.items():
        (mine / name).write_bytes(content[: len(content) // 2])
    (mine / "jit_cut-cache").write_bytes(b"half of")
    assert ended(begun(tmp_path, folder)) == accuracy  # one is not written beside what was cut
    assert ended(begun(tmp_path, folder)) == accuracy
    after = programs(folder)
    assert "jit_cut-cache" not in after
    assert {name: len(after[name]) > len(before[name]) * 0.9 for name in before} == dict.fromkeys(
        before, True
    )
    assert ended(begun(tmp_path, folder)) == accuracy


def test_two_commands_at_once_share_a_folder(first: tuple[Path, str], tmp_path: Path) -> None:
    both = [begun(tmp_path / name, tmp_path / "new") for name in ("a", "b")]
    assert [ended(item) for item in both] == 2 * [first[1]]
    assert len(programs(tmp_path / "new")) == len(programs(first[0]))  # a folder is in its keys


def test_the_folder_is_bounded(first: tuple[Path, str], tmp_path: Path) -> None:
    most = max(map(len, programs(first[0]).values())) + 20_000
    bounded = begun(tmp_path, tmp_path / "new", JAX_COMPILATION_CACHE_MAX_SIZE=str(most))
    assert ended(bounded) == first[1]
    assert 0 < sum(map(len, programs(tmp_path / "new").values())) <= most


def test_a_home_that_cannot_be_written_is_no_hindrance(
    first: tuple[Path, str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    assert ended(begun(tmp_path, "", XDG_CACHE_HOME=str(tmp_path / "file"))) == first[1]
    assert ended(begun(tmp_path, "off", XDG_CACHE_HOME=str(tmp_path / "none"))) == first[1]
    assert {path.name for path in tmp_path.iterdir()} == {"file", "store"}


def test_a_folder_that_was_asked_for_and_cannot_be_used_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    (tmp_path / "file").touch()
    monkeypatch.setenv(SETTING, str(tmp_path / "file"))
    assert status(["runs", "--store", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == (
        f"echoscope: {SETTING} is {tmp_path / 'file'}, which cannot be used (Not a directory): name"
        " a folder of your own that can be written, or off.\n"
    )
    monkeypatch.setenv(SETTING, str(tmp_path))
    keep_programs()
    (mine,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert os.environ.pop(FOLDER) == str(mine)
    mine.chmod(0o777)
    with pytest.raises(EchoscopeError, match=r"cannot be used \(others can write to it\)"):
        keep_programs()


def test_unlike_processors_have_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echoscope.process.compile_cache.CORES", tmp_path / "cores")
    settings = "processor: {}\nvendor_id: A\nflags: fpu {}\nMHz: {}\n\nprocessor: 1\nflags: fpu\n"
    names = []
    for value in ((0, "avx2", 1000), (1, "avx2", 2000), (0, "avx512f", 1000)):
        (tmp_path / "cores").write_text(settings.format(*value))
        names.append(processor())
    assert names[0] == names[1] != names[2]
