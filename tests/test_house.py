"""The house rules that a machine can keep: style, types, the direction of imports, sizes, and what
the README says.
"""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import echoscope

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TOOLS = Path(sys.executable).parent


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@pytest.mark.parametrize(
    "settings",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "src", "tests", "bench"],
        ["pyright", "--pythonpath", sys.executable],
        ["lint-imports"],
    ],
    ids=["lint", "format", "types", "imports"],
)
def test_tools_agree(settings: list[str]) -> None:
    done = subprocess.run(
        [str(TOOLS / settings[0]), *settings[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_files_and_functions_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef):
            statements = sum(isinstance(part, ast.stmt) for part in ast.walk(node)) - 1
            assert statements <= 30, node.name


def test_every_function_says_types_and_so_is_checked() -> None:
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                parts = [part for part in ast.walk(node.args) if isinstance(part, ast.arg)]
                said = [node.returns, *(part.annotation for part in parts)]
                assert any(said), (path.name, node.name)


def test_the_formatter_is_never_switched_off() -> None:
    for path in [*SOURCES, *(ROOT / "tests").glob("*.py"), *(ROOT / "bench").glob("*.py")]:
        settings = [f"fmt: {setting}" for setting in ("off", "on", "skip")]
        assert not [setting for setting in settings if f"# {setting}" in path.read_text()], path


def test_any_is_a_last_resort() -> None:
    texts = [path.read_text() for path in SOURCES]
    uses = sum(len(re.findall(r"\bAny\b", text)) for text in texts)
    lines = sum(len(text.splitlines()) for text in texts)
    assert uses <= 5 * lines / 1000


FACES = ("cli", "start.py", "process")  # what speaks to who types commands


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_refusal_of_the_library_names_arguments_and_no_flags(path: Path) -> None:
    """A remedy is worded by the face: `units=8`, which a command line says as `--units 8`. What
    names a whole command, or a file of plugins beside its function, may say how it is typed.
    """
    if path.relative_to(ROOT / "src" / "echoscope").parts[0] in FACES:
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Raise):
            parts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            text = "".join(part for part in parts if isinstance(part, str))
            known = text.replace("--plugin", "").replace("--where", "")
            assert "--" not in known or "echoscope " in text or ".typed" in ast.unparse(node), text


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
        "AssociativeRecall",
        "BesideRules",
        "Calibration",
        "Column",
        "ColumnRecodings",
        "Columns",
        "Confusion",
        "Demand",
        "Echo",
        "EchoscopeError",
        "Evaluation",
        "Evidence",
        "Experiment",
        "ExtraError",
        "Film",
        "Generated",
        "Held",
        "Hold",
        "Inspection",
        "InsufficientMemoryError",
        "IntegerError",
        "LayerOptions",
        "MemoryReport",
        "PRESETS",
        "Prediction",
        "Recoding",
        "Run",
        "SelectiveCopy",
        "SequenceLayer",
        "SettingError",
        "Store",
        "StoreError",
        "Stream",
        "Study",
        "Sweep",
        "Task",
        "Training",
        "TrainingConfig",
        "UserData",
        "aggregate",
        "assert_memory",
        "beside_rules",
        "calibration",
        "choose_learning_rate",
        "compare",
        "compare_layers",
        "confusion",
        "confusion_pairs",
        "demand",
        "document_of",
        "draw",
        "evaluate",
        "fewest_units",
        "forecast",
        "frame",
        "generate",
        "generate_sequence",
        "groups_of",
        "inspect_symbols",
        "measure_layer",
        "measure_traces",
        "one_hot_decode",
        "one_hot_encode",
        "one_hot_top",
        "open_layer",
        "predict",
        "preset",
        "read",
        "read_keras",
        "recode",
        "register_layer",
        "register_task",
        "setting",
        "sketch",
        "span_of",
        "steps_to_solve",
        "to_supervised",
        "train",
        "watch",
        "write_document",
        "write_keras",
        "xray",
    ]
    assert all(getattr(echoscope, name) is not None for name in echoscope.__all__)


def test_ci_runs_the_command_that_the_readme_gives() -> None:
    line = (ROOT / ".ci" / "run").read_text().splitlines()[-1]
    assert f"    {line}" in (ROOT / "README.md").read_text().splitlines()


def test_the_reference_is_what_the_declarations_make() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from make_reference import PAGE, made
    finally:
        sys.path.pop(0)
    assert made(PAGE.read_text()) == PAGE.read_text(), "run python docs/make_reference.py"
