"""The house rules that a machine can keep: style, types, the direction of imports, sizes, and what
the README says.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import echoscope
from echoscope.settings import is_flag

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "words",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "src", "tests", "bench"],
        ["pyright", "--pythonpath", sys.executable],
        ["lint-imports"],
    ],
    ids=["lint", "format", "types", "imports"],
)
def test_tools_agree(words: list[str]) -> None:
    done = subprocess.run(
        [str(TOOLS / words[0]), *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            statements = sum(isinstance(part, ast.stmt) for part in ast.walk(node)) - 1
            assert statements <= 30, node.name


def test_the_formatter_is_never_switched_off() -> None:
    for path in [*SOURCES, *(ROOT / "tests").glob("*.py"), *(ROOT / "bench").glob("*.py")]:
        words = [f"fmt: {word}" for word in ("off", "on", "skip")]
        assert not [word for word in words if f"# {word}" in path.read_text()], path


def test_importing_echoscope_or_asking_for_help_loads_nothing_heavy() -> None:
    heavy = "{'jax', 'keras', 'altair', 'rich', 'scipy', 'safetensors'}"
    code = (
        "import sys, echoscope, echoscope.cli\n"
        "echoscope.cli.status(['--help']); echoscope.cli.status(['run', '--help'])\n"
        f"assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_public_names_are_these_and_all_resolve() -> None:
    assert sorted(echoscope.__all__) == [
        "Demand",
        "EchoError",
        "Endurance",
        "Evidence",
        "Experiment",
        "ExtraError",
        "Feedback",
        "Fit",
        "IntegerError",
        "Misses",
        "PRESETS",
        "Prediction",
        "Record",
        "RecordError",
        "RoomError",
        "Store",
        "Stream",
        "Study",
        "Sweep",
        "Task",
        "Training",
        "WordError",
        "choose_rate",
        "compare",
        "confusion",
        "demand",
        "document_of",
        "draw",
        "endure",
        "feed_back",
        "fewest_units",
        "frame",
        "generate_sequence",
        "groups_of",
        "judge",
        "misses",
        "one_hot_decode",
        "one_hot_encode",
        "one_hot_top",
        "predict",
        "preset",
        "read_keras",
        "sketch",
        "span_of",
        "steps_to_solve",
        "to_supervised",
        "train",
        "write_document",
        "write_keras",
    ]
    assert all(getattr(echoscope, name) is not None for name in echoscope.__all__)


def test_ci_runs_the_command_that_the_readme_gives() -> None:
    line = (ROOT / ".ci" / "run").read_text().splitlines()[-1]
    assert f"    {line}" in (ROOT / "README.md").read_text().splitlines()


def test_every_word_has_its_sentence_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference.md").read_text()
    for kind in (echoscope.Task, echoscope.Experiment, echoscope.Fit):
        for name, field in kind.fields().items():
            if is_flag(field):
                assert (
                    f"| `--{name}` | {field.metadata['says'].replace('|', chr(92) + '|')} |"
                    in reference
                )
