"""Programs that were compiled once are kept, whatever becomes of the folder that they lie in."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from jaxtyping import Array

from echoscope import Echo, EchoscopeError, Experiment, preset
from echoscope.cli import status
from echoscope.process.compile_cache import (
    FOLDER,
    SETTING,
    VARIABLES,
    WHOLE,
    keep_programs,
    processor,
    whole,
)
from echoscope.registry import LAYERS, LayerKind, layer_of
from echoscope.training.kept_programs import ENDING, compiled_once

RUN = ["run", "lag", "--vocab-size", "4", "--units", "4", "--length", "10", "--epochs", "20"]
LEAKY = Path(__file__).parent.parent / "examples" / "leaky.py"
OUTSIDE = ["--plugin", str(LEAKY), "--model", "leaky"]  # JAX alone keeps its program


# Several commands in one process, which is not forked for any of them once JAX is there.
SEVERAL = """
import json, sys
from echoscope.process.compile_cache import keep_programs
keep_programs()
import jax
from echoscope.cli import status
sys.exit(max(status(command) for command in json.loads(sys.argv[1])))
"""


def process(command: list[str], folder: Path | str, **more: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    return subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=kept | {SETTING: str(folder)} | more,
    )


def begun(store: Path, folder: Path | str, *other: str, **more: str) -> subprocess.Popen[str]:
    command = ["-m", "echoscope", *RUN, *other, "--store", str(store / "store")]
    return process(command, folder, **more)


def accuracies_of(out: str) -> list[str]:
    return re.findall("accuracy ([0-9.]+%)", out)


def ended(process: subprocess.Popen[str]) -> list[str]:
    """The accuracies that commands say, which ended well and without another setting."""
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    return accuracies_of(out)


def programs(folder: Path) -> dict[Path, bytes]:
    """Those that JAX keeps, and those that are kept whole."""
    return {
        path: path.read_bytes()
        for ending in ("-cache", ENDING)
        for path in folder.rglob(f"*{ending}")
    }


def ends(folder: Path, store: Path) -> list[str]:
    """The accuracies of a run of our own layer, and of one from outside."""
    runs = [[*RUN, *other, "--store", str(store)] for other in ([], OUTSIDE)]
    accuracies = ended(process(["-c", SEVERAL, json.dumps(runs)], folder))
    assert len(accuracies) == 2
    return accuracies


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("programs")
    return folder, ends(folder, tmp_path_factory.mktemp("kept"))


def test_what_was_compiled_once_is_not_compiled_again(
    first: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, accuracies = first
    (mine,) = folder.iterdir()
    assert mine.name.endswith(processor())
    assert mine.stat().st_mode & 0o777 == 0o700
    before = programs(folder)
    assert sum("jit_program" in path.name for path in before) == 1
    assert [path.suffix for path in (mine / WHOLE).iterdir()] == [ENDING]
    files = {path: path.stat().st_ino for path in before}
    assert ends(folder, tmp_path) == accuracies
    assert {path: path.stat().st_ino for path in programs(folder)} == files


def test_a_damaged_program_is_made_anew_and_one_cut_short_goes(
    first: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, accuracies = first
    before = programs(folder)
    (mine,) = folder.iterdir()
    for path, content in before.items():
        path.write_bytes(content[: len(content) // 2])
    (mine / "jit_cut-cache").write_bytes(b"half of")
    for turn in ("a", "b"):  # JAX writes none beside what was cut
        assert ends(folder, tmp_path / turn) == accuracies
    after = programs(folder)
    assert set(after) == set(before)
    assert all(len(after[path]) > len(before[path]) * 0.9 for path in before)
    assert ends(folder, tmp_path / "c") == accuracies


def test_two_commands_at_once_share_a_folder(first: tuple[Path, list[str]], tmp_path: Path) -> None:
    both = [begun(tmp_path / name, tmp_path / "new") for name in ("a", "b")]
    assert [ended(item) for item in both] == 2 * [first[1][:1]]
    assert len(programs(tmp_path / "new")) == 1


def test_the_folder_is_bounded(first: tuple[Path, list[str]], tmp_path: Path) -> None:
    most = max(len(content) for path, content in programs(first[0]).items()) + 20_000
    bounded = begun(tmp_path, tmp_path / "new", *OUTSIDE, JAX_COMPILATION_CACHE_MAX_SIZE=str(most))
    assert ended(bounded) == first[1][1:]
    assert 0 < sum(map(len, programs(tmp_path / "new").values())) <= most


class Counted:
    """A program, and how often it was traced."""

    def __init__(self) -> None:
        self.traced = 0

    def __call__(self, shape: Experiment, *what: int) -> float:
        def program(numbers: Array, factor: Array) -> Array:
            self.traced += 1
            return numbers * factor

        sizes = (jax.ShapeDtypeStruct((3,), jnp.float32), jax.ShapeDtypeStruct((), jnp.float32))
        compiled = compiled_once(program, sizes, shape, what)
        return float(compiled(jnp.arange(3.0), jnp.float32(2)).sum())


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr("echoscope.process.compile_cache.whole", lambda: tmp_path / WHOLE)
    return Counted()


def test_a_program_is_found_by_all_that_it_is_made_of(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = preset("lag").shape
    assert [counted(shape, 1), counted(shape, 1), counted.traced] == [6.0, 6.0, 1]
    assert [counted(shape.change(units=51), 1), counted.traced] == [6.0, 2]
    assert [counted(shape, 2), counted.traced] == [6.0, 3]
    monkeypatch.setattr("echoscope.process.xla.flags", lambda: "--xla_cpu_enable_fast_math=true")
    assert [counted(shape, 1), counted.traced] == [6.0, 4]
    monkeypatch.setattr("echoscope.training.kept_programs._source", lambda: "another source")
    assert [counted(shape, 1), counted(shape, 1), counted.traced] == [6.0, 6.0, 5]


def test_a_folder_in_place_of_a_program_is_no_hindrance(counted: Counted, tmp_path: Path) -> None:
    shape = preset("lag").shape
    counted(shape)
    (program,) = (tmp_path / WHOLE).iterdir()
    program.unlink()
    program.mkdir()
    assert [counted(shape), counted.traced] == [6.0, 2]
    program.rmdir()
    (tmp_path / WHOLE).rmdir()
    (tmp_path / WHOLE).touch()
    assert [counted(shape), counted.traced] == [6.0, 3]


def test_a_program_of_a_layer_or_a_task_from_outside_is_not_kept(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LAYERS, "mine", LayerKind(layer_of("lstm")))
    shape = preset("lag", model="mine").shape
    assert [counted(shape), counted(shape), counted.traced] == [6.0, 6.0, 2]
    other = type("Other", (Echo,), {"__module__": "elsewhere"})
    shape = preset("lag").shape.change(task=other())
    assert [counted(shape), counted(shape), counted.traced] == [6.0, 6.0, 4]


def test_of_more_programs_than_there_is_room_for_the_last_used_stay(
    counted: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = preset("lag").shape
    counted(shape, 1)
    (first,) = (tmp_path / WHOLE).iterdir()
    monkeypatch.setattr("echoscope.training.kept_programs.MOST", int(first.stat().st_size * 2.5))
    counted(shape, 2)
    os.utime(first, (0, 0))
    counted(shape, 1)  # it is used, so it is not the oldest
    for path in (tmp_path / WHOLE).iterdir():
        if path != first:
            os.utime(path, (1, 1))
    counted(shape, 3)
    assert counted.traced == 3
    assert [counted(shape, 1), counted(shape, 3), counted.traced] == [6.0, 6.0, 3]
    assert [counted(shape, 2), counted.traced] == [6.0, 4]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process that keeps no programs yet."""
    monkeypatch.setattr("echoscope.process.compile_cache._folders", [])
    for name in (FOLDER, *VARIABLES):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return monkeypatch


def test_workers_keep_what_they_compile_for_later_sweeps(
    tmp_path: Path, fresh: pytest.MonkeyPatch
) -> None:
    fresh.setenv(SETTING, str(tmp_path / "new"))
    sweep = ["sweep", *RUN[1:], "--seeds", "1", "--workers", "1", "--store"]
    inodes = []
    for store in ("a", "b"):
        assert status([*sweep, str(tmp_path / store)]) == 0
        inodes.append({path: path.stat().st_ino for path in programs(tmp_path / "new")})
    assert len(inodes[0]) == 1
    assert inodes[0] == inodes[1]


def test_a_home_that_cannot_be_written_is_no_hindrance(
    first: tuple[Path, list[str]],
    tmp_path: Path,
    fresh: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    assert ended(begun(tmp_path, "", XDG_CACHE_HOME=str(tmp_path / "file"))) == first[1][:1]
    fresh.setenv(SETTING, "off")
    fresh.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    assert status([*RUN, "--store", str(tmp_path / "store")]) == 0
    out, err = capsys.readouterr()
    assert (accuracies_of(out), err) == (first[1][:1], "")
    assert (whole(), FOLDER in os.environ) == (None, False)
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


def test_a_command_of_a_command_keeps_programs_too_and_a_folder_of_jax_s_own_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echoscope.process.compile_cache._folders", [])
    monkeypatch.setenv(SETTING, str(tmp_path))
    monkeypatch.setenv(FOLDER, str(tmp_path / "own"))
    keep_programs()
    assert whole() is None
    monkeypatch.delenv(FOLDER)
    keep_programs()
    inherited = os.environ[FOLDER]
    monkeypatch.setattr("echoscope.process.compile_cache._folders", [])
    keep_programs()
    assert os.environ[FOLDER] == inherited
    assert whole() == Path(inherited) / WHOLE


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
