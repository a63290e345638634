"""Every example in a docstring is run, and says what it says there."""

import doctest
import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import echoscope
from echoscope import Run, Store, Study, preset
from echoscope.analysis.findings import gather
from echoscope.experiment.presets import FITS
from echoscope.runs.table import Rows, settings_of
from echoscope.studies.jobs import failed
from echoscope.studies.progress import Advance
from here import train_here
from networks import first_weights
from test_figures import grid
from test_summary import a_run, ending, solving


def advance() -> Advance:
    best = a_run(0.9998)
    return Advance(
        cells=38,
        before=0,
        done=2,
        trained=2,
        training=2,
        elsewhere=0,
        failed=1,
        diverged=0,
        best=best,
        seconds=10.0,
        left=180.0,
        runs=(best,),
    )


def store() -> Store:
    kept = Store("echoes")
    for run in grid(units=(8,)):
        kept.add(run)
    return kept


def net() -> dict[str, Any]:
    experiment = preset("lag")
    weights = first_weights(experiment)
    if not Path("net.keras").exists():
        from echoscope.formats.keras import write_keras

        write_keras(experiment, weights, "net.keras")
    return {"experiment": experiment, "weights": weights}


def pairs() -> list[Run]:
    return [
        a_run(0.9, seed, lag=lag, model=model, learning_rate=learning_rate)
        for model, learning_rate in (("gru", 0.003), ("lstm", 0.01))
        for lag in (1, 2, 3)
        for seed in range(5)
    ]


def learning_rates() -> list[Run]:
    return [
        *ending(0.4, 0.5, 0.4, learning_rate=0.001),
        *ending(0.9, 0.8, 0.9, learning_rate=0.003),
    ]


def halves() -> list[Run]:
    return [*ending(0.7, 0.9, 0.7, learning_rate=0.003), *ending(0.9, 0.5, 0.9, learning_rate=0.01)]


def least() -> list[Run]:
    reached = {(1, 2): 1.0, (1, 4): 1.0, (2, 2): 0.5, (2, 4): 1.0}
    return [a_run(accuracy, lag=lag, units=units) for (lag, units), accuracy in reached.items()]


def drawn() -> Run:
    return a_run(1.0, curve=[(40, 0.2), (80, 1.0)])


def measured() -> Run:
    return replace(a_run(), chance=0.1611, chance_low=0.1232, chance_high=0.208, rule="map-last")


def swept() -> Rows:
    axes = {"lag": "1..3", "units": "8,16"}
    cells = Study(preset="lag", fit="quick", seeds=5, axes=axes).cells()
    return Rows.of([failed(cell, "made up") for cell in cells])


# What an example has that it does not make itself.
GIVEN: dict[str, Callable[[], dict[str, Any]]] = {
    "echoscope.cli.terminal.progress.text": lambda: {"advance": advance()},
    "echoscope.cli.terminal.screen.chance_said": lambda: {"run": measured()},
    "echoscope.evaluation.seen_windows.familiar": lambda: {"experiment": preset("lag")},
    "echoscope.figures.registry.draw": lambda: {"run": drawn()},
    "echoscope.figures.evidence.Evidence": lambda: {"store": store()},
    "echoscope.figures.text_sketch.sketch": lambda: {
        "findings": gather(
            [a_run(accuracy, lag=lag + 1) for lag, accuracy in enumerate((1.0, 0.6, 0.12))]
        )
    },
    "echoscope.formats.keras.read.read_keras": net,
    "echoscope.formats.keras.write.write_keras": net,
    "echoscope.report.sweep_command.command_of": lambda: {"rows": swept()},
    "echoscope.runs.table.Row.of": lambda: {"run": a_run()},
    "echoscope.store.columns.columns_of": lambda: {"run": a_run()},
    "echoscope.analysis.comparison.compare": lambda: {"runs": pairs()},
    "echoscope.analysis.findings.gather": lambda: {"runs": grid()},
    "echoscope.analysis.difficulty_grids.free_of": lambda: {
        "settings": [
            settings_of(preset("lag", lag=lag, window=lag + 1, learning_rate=learning_rate))
            for lag in (1, 2)
            for learning_rate in (0.01, 0.02)
        ]
    },
    "echoscope.analysis.learning_rates.choose_learning_rate": lambda: {"runs": learning_rates()},
    "echoscope.analysis.learning_rates.chosen_by_halves": lambda: {"runs": halves()},
    "echoscope.analysis.spans.fewest_units": lambda: {"runs": least()},
    "echoscope.analysis.spans.span_of": lambda: {
        "runs": [a_run(1.0, lag=lag) for lag in range(17)]
    },
    "echoscope.analysis.accuracy.aggregate": lambda: {"run": a_run()},
    "echoscope.analysis.time_to_solve.steps_to_solve": lambda: {"runs": solving(240, 280, 320)},
}
PUBLIC = {name: getattr(echoscope, name) for name in echoscope.__all__} | {"np": np, "FITS": FITS}


TORCH = re.compile(r"\.(in_torch|doors\.torch)\b")  # modules that import PyTorch


def examples() -> list[doctest.DocTest]:
    torch = importlib.util.find_spec("torch") is not None  # an extra of its own
    names = [
        result.name
        for result in pkgutil.walk_packages(echoscope.__path__, "echoscope.")
        if not result.name.endswith("__main__") and (torch or not TORCH.search(result.name))
    ]
    modules = [importlib.import_module(name) for name in names]
    finder = doctest.DocTestFinder()
    return [
        test
        for module in [echoscope, *modules]
        for test in finder.find(module, globs=PUBLIC | vars(module))
        if test.examples
    ]


EXAMPLES = examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_says_what_it_says(
    example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_here(monkeypatch)
    monkeypatch.chdir(tmp_path)
    example.globs |= GIVEN.get(example.name, dict)()
    reported: list[str] = []
    result = doctest.DocTestRunner().run(example, out=reported.append)
    assert result.failed == 0, "".join(reported)


def test_what_examples_are_given_is_given_to_some() -> None:
    assert GIVEN.keys() <= {example.name for example in EXAMPLES}
