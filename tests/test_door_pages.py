"""The pages on the doors say what their examples say, and every example layer opens."""

import ast
from pathlib import Path

import numpy as np
import pytest

from echoscope.measure.doors.calls import DETERMINISTIC, TRAINS
from echoscope.measure.doors.open import FRAMEWORKS, open_layer
from echoscope.measure.layer.construct import BOTH, KEYS, READS, STATES, UNITS

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "measure"


@pytest.mark.parametrize("name", ["pure", "flax", "equinox", "keras"])
def test_a_page_says_what_its_example_says(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (PAGES / f"{name}.md").read_text()
    layer, use = [part.partition("\n```")[0] for part in page.split("```python\n")[1:]]
    monkeypatch.chdir(tmp_path)
    Path("my_layer.py").write_text(layer)
    inputs = np.zeros((20, 4, 10), np.float32)
    exec(compile(use, f"{name}.md", "exec"), {"inputs": inputs})
    wanted = [line.removeprefix("# ") for line in use.splitlines() if line.startswith("# ")]
    assert capsys.readouterr().out.splitlines() == wanted
    named = [line.split()[2] for line in page.splitlines() if line.startswith("    echoscope xray")]
    for source in named:
        open_layer(source)


def test_the_simplest_layer_of_the_index_is_the_example() -> None:
    def lines(text: str) -> list[str]:
        tree = ast.parse(text)
        cell = next(part for part in tree.body if isinstance(part, ast.ClassDef))
        for function in ast.walk(cell):
            if isinstance(function, ast.FunctionDef):
                function.returns = None
                for argument in function.args.args:
                    argument.annotation = None
        return ast.unparse(cell).splitlines()

    page = (PAGES / "README.md").read_text().split("```python\n")[1].partition("```")[0]
    assert lines(page) == lines((ROOT / "examples" / "my_layer.py").read_text())


def test_the_index_names_every_door_and_every_setting() -> None:
    page = (PAGES / "README.md").read_text()
    for start in FRAMEWORKS:
        assert f"`{start}`" in page
    words = (*READS, *UNITS, *BOTH, *KEYS, *STATES, *TRAINS, *DETERMINISTIC)
    assert not [word for word in words if f"`{word}`" not in page]
    for setting in ("units", "arguments", "layout", "carry"):
        assert f"| `{setting}` |" in page


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted((ROOT / "examples" / "layers").glob("*.py"))
        if not path.stem.startswith("torch")  # that door has tests of its own
    ],
    ids=lambda path: path.stem,
)
def test_every_example_layer_is_opened_and_goes_on_where_it_ended(path: Path) -> None:
    layer = open_layer(f"{path}:Cell")
    weights = layer.init(0)
    inputs = np.random.default_rng(0).normal(size=(9, 2, layer.input_size)).astype(np.float32)
    whole = layer.run(weights, inputs)
    assert whole.outputs.shape == (9, 2, 32)
    assert layer.hands_state == (path.stem != "equinox_module")
    if layer.hands_state:
        first = layer.run(weights, inputs[:4])
        rest = layer.run(weights, inputs[4:], first.state)
        np.testing.assert_allclose(rest.outputs, whole.outputs[4:], atol=1e-5)
