"""Stores of runs that have little in common: every figure and report shows what is there, or says
why it does not.
"""

import random
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from altair.utils.schemapi import SchemaBase

from echoscope import Experiment, Run, Store, StoreError, preset
from echoscope.cli import status
from echoscope.figures import Evidence, curves, draw, figures, save, sketch, specification
from echoscope.figures.evidence import settings_text
from echoscope.report import document_of
from echoscope.report.document import Picture
from echoscope.studies.jobs import failed
from test_figures import grid
from test_summary import a_run


@pytest.fixture(autouse=True, scope="module")
def parts_of_charts_are_checked_once() -> Iterator[None]:
    """Altair holds every part of a chart to its schema, for most of the time that a chart takes:
    of parts that are equal, one is enough.
    """
    validate, valid = SchemaBase.validate, set()

    def once(cls: type[SchemaBase], instance: Any, schema: Any = None) -> None:
        part = (cls, repr(instance))
        if schema is not None or part not in valid:
            validate.__func__(cls, instance, schema)
            valid.add(part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SchemaBase, "validate", classmethod(once))
        yield


def made(
    experiment: Experiment, accuracy: float | None, *, points: int = 4, places: int = 1, **more: Any
) -> Run:
    """A run of an experiment that nobody trained, with so many points of a curve and
    positions.
    """
    end = 40 * max(points, 1)
    curve = [(40 * (item + 1), (accuracy or 0.3) * (item + 1) / points) for item in range(points)]
    lag = experiment.task.lag[0]
    run = a_run(accuracy, curve=curve, steps=end, outcome=more.pop("outcome", "done"))
    placed = tuple(
        (place, lag, 50, 50 - place % 7) for place in range(places) if accuracy is not None
    )
    return replace(
        run,
        experiment=experiment,
        positions=placed,
        chance=experiment.task.chance,
        ceiling=1.0,
        parameters=100 * experiment.units * experiment.layers + experiment.task.vocab_size,
        state_size=2 * experiment.units,
        **more,
    )


def diverse() -> list[Run]:
    """Ten runs that differ in everything: the five echoes, gaps, bits, user data, a forecast, no
    window; of several outcomes, one without a curve.
    """
    quick = preset("lag", fit="quick")
    return [
        made(preset("current"), 1.0, places=25),
        made(preset("blind"), 0.011, places=24),
        made(preset("lag"), 0.998, places=20),
        made(preset("whole"), 0.999, places=5),
        made(preset("partial", epochs=50), None, points=2),
        made(quick.change(missing=0.2, gaps="dropped"), 1.0, outcome="solved"),
        made(quick.change(encoding="bits", units=15, lag=3), 0.4, points=1, outcome="interrupted"),
        made(quick.change(lag=-1, length=30, data="0123456789ab", model="gru"), 0.5, points=0),
        made(
            quick.change(window=None, readout="all", length=60, layers=2, lag=7, learning_rate=0.1),
            0.2,
            places=60,
        ),
        made(
            quick.change(
                vocab_size=2, bidirectional=True, units=8, target_accuracy=None, batch_size=7
            ),
            0.9,
        ),
    ]


def check(runs: Sequence[Run]) -> list[Any]:
    """Draw everything that runs have; all that is drawn must be theirs. Gives the charts."""
    evidence = Evidence.of(runs)
    sketch(evidence.findings, 80)
    groups = [group.settings for group in evidence.findings.groups]
    without = [
        {name: value for name, value in settings.items() if name != "units"} for settings in groups
    ]
    known = {settings_text(settings) or "all runs" for settings in groups}
    charts, reasons = [], []
    for name in figures(["lag"]):
        try:
            chart = draw(name, evidence)
        except StoreError as error:
            reasons.append(str(error).partition(": ")[0])
            continue
        spec = specification(chart)
        points = spec["datasets"]["points"]
        assert points
        fields = {"positions": "error", "units": "units", "steps": "y", "loss": "loss"}
        field = fields.get(name, "accuracy")
        assert any(
            point[field] is not None and (point[field] > 0 or name != "steps") for point in points
        )
        if name == "units":  # a mark of several groups: all of their settings but units
            text = [set(settings_text(settings).split(", ")) for settings in without]
            assert all(
                any(set(point["settings"].split(", ")) <= settings for settings in text)
                for point in points
            )
        else:
            assert {point["settings"] for point in points} <= known
        panels = {point["panel"] for point in points}
        if "facet" in spec:
            assert set(spec["facet"]["sort"]) == panels
        assert_whole(name, spec)
        charts.append(chart)
    assert all(reason.startswith("These runs have no figure ") for reason in reasons)
    return charts


def assert_whole(name: str, spec: dict[str, Any]) -> None:
    """An axis of lags or positions has ticks at whole numbers that there are."""
    points = spec["datasets"]["points"]
    field = {"lag": "x", "units": "x", "positions": "position"}.get(name)
    if field:
        layers = spec.get("spec", spec)["layer"]
        axes = [
            part["encoding"]["x"]["axis"]
            for part in layers
            if "axis" in part["encoding"].get("x", {})
        ]
        there = sorted({point[field] for point in points})
        assert axes
        assert all(axis["values"] == there for axis in axes if len(there) <= 40)
        assert all(isinstance(item, int) for item in there)


def test_every_pair_of_diverse_runs_has_figures_of_what_is_there_or_reasons() -> None:
    drawn = sum(len(check(pair)) for pair in combinations(diverse(), 2))
    assert drawn > 90


def test_random_subsets_of_diverse_runs_have_figures_of_what_is_there_or_reasons() -> None:
    runs, chance = diverse(), random.Random(13)
    for _ in range(60):
        check(chance.sample(runs, chance.randint(1, len(runs))))


def test_a_store_of_all_has_a_report_and_each_picture_can_be_saved(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    extra = [
        replace(made(preset("lag", seed=5), 0.9, points=0), outcome="imported"),
        failed(preset("lag", seed=7), "no"),
    ]
    for run in [*diverse(), *extra]:
        store.add(run)
    pictures = [block for block in document_of(store).blocks if isinstance(block, Picture)]
    assert [picture.name for picture in pictures] == [
        "lag",
        "parameters",
        "state",
        "positions",
        "steps",
        "curves",
        "loss",
        "window",
    ]
    for picture in pictures:
        save(picture.chart, str(tmp_path / f"{picture.name}.svg"))
        drawn = (tmp_path / f"{picture.name}.svg").read_text()
        assert "undefined" not in drawn
        assert "NaN" not in drawn
    mask = ["--store", str(store.folder)]
    assert status(["report", str(tmp_path / "r.md"), *mask]) == 0
    assert status(["summary", *mask]) == 0
    for name in figures(["lag"]):
        file = tmp_path / f"again-{name}.html"
        assert (
            (status(["figure", name, str(file), *mask]) == 0)
            == file.exists()
            == (name not in ("heat", "units"))
        )


def test_what_is_left_out_is_seen_by_the_condition_that_the_note_says(tmp_path: Path) -> None:
    sweeps = [
        *grid(lags=range(1, 6), units=range(4, 13), seeds=1),
        *grid(units=(4,), model="gru", seeds=1),
    ]
    lines = [
        a_run(
            0.9,
            curve=[(40, 0.5), (80, 1.0)],
            units=units,
            lag=lag,
            batch_size=batch,
            learning_rate=learning_rate,
        )
        for units in (3, 5, 9)
        for lag in (1, 2)
        for batch in (4, 8, 16)
        for learning_rate in (0.1, 0.2)
    ]
    shown = 0
    for place, runs in enumerate(([*sweeps, *diverse()], lines, diverse())):
        store = Store(tmp_path / str(place))
        for run in runs:
            store.add(run)
        for where in (None, "lag < 9"):
            for name in figures(["lag"]):
                shown += followed(store, name, where)
    assert shown > 6


def followed(store: Store, name: str, where: str | None) -> bool:
    """Whether a figure names a condition; what is drawn by it must have what the first figure has
    not.
    """
    try:
        spec = specification(draw(name, Evidence.of_store(store, where)))
    except StoreError:
        return False
    subtitle = " ".join(spec["title"].get("subtitle", []))
    result = re.search(r"Shown: .*; others, as (--where .*?)(?: Names have|$)", subtitle)
    if not result:
        return False
    again = specification(draw(name, Evidence.of_store(store, shlex.split(result[1])[1])))
    first, second = (
        {(point["panel"], point["line"]) for point in item["datasets"]["points"]}
        for item in (spec, again)
    )
    more = [point["settings"] for point in again["datasets"]["points"]]
    assert more
    assert second - first or {point["settings"] for point in spec["datasets"]["points"]} != set(
        more
    )
    return True


def test_a_sweep_beside_runs_of_other_kinds_keeps_its_grid() -> None:
    others = [run for run in diverse() if run.experiment.task.lag != (3,)]
    spec = specification(
        draw("lag", Evidence.of([*grid(model="gru", lags=range(1, 7), seeds=1, window=9), *others]))
    )
    points = spec["datasets"]["points"]
    assert {point["line"] for point in points} == {"4", "8"}
    assert len(points) == 12
    heat = specification(
        draw(
            "heat", Evidence.of([*grid(model="gru", lags=range(1, 7), seeds=1, window=9), *others])
        )
    )
    assert len(heat["datasets"]["points"]) == 12
    assert "Not drawn: 8 groups with no other equal in all but lag and units" in " ".join(
        heat["title"]["subtitle"]
    )
    assert "Not drawn: 8 groups with no other equal in all but lag" in " ".join(
        spec["title"]["subtitle"]
    )


def test_no_figure_is_drawn_of_runs_that_all_diverged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "store")
    for lag in (1, 2, 3):
        for units in (4, 8):
            store.add(replace(a_run(None, lag=lag, units=units), parameters=units))
    for name in ("lag", "heat", "parameters"):
        assert status(["figure", name, str(tmp_path / "a.svg"), "--store", str(store.folder)]) == 2
        assert (
            capsys.readouterr().err
            == f"echoscope: These runs have no figure {name}: all of their runs diverged. Try a"
            " smaller learning_rate.\n"
        )
    assert not (tmp_path / "a.svg").exists()


def test_curves_of_records_without_any_are_refused_and_left_out_beside_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "store")
    bare, whole = made(preset("lag"), 0.9, points=0), made(preset("current"), 0.9)
    store.add(bare)
    store.add(whole)
    file, mask = tmp_path / "a.svg", ["--store", str(store.folder)]
    assert status(["show", bare.id, "--figure", str(file), *mask]) == 2
    text = capsys.readouterr()
    assert (
        text.err
        == "echoscope: This run has no learning curve to draw: name one that was trained, as"
        " echoscope runs lists them.\n"
    )
    assert not text.out
    assert not file.exists()
    spec = specification(curves([bare, whole]))
    assert spec["title"]["subtitle"] == ["Not drawn, for want of a curve: lag"]
    assert status(["show", bare.id, whole.id, "--figure", str(file), *mask]) == 0


def test_a_page_of_a_figure_is_escaped_and_asks_no_host(tmp_path: Path) -> None:
    run = made(preset("lag"), 0.9)
    chart = draw("curves", Evidence.of([run]))
    chart.datasets["points"][0]["settings"] = "</script><script>alert(1)</script><!--"
    save(chart, str(tmp_path / "a.html"))
    text = (tmp_path / "a.html").read_text()
    assert "<script>alert" not in text
    assert "\\u003c/script>\\u003cscript>alert(1)" in text
    assert "default-src 'none'" in text
    assert text.count("<script") == 3
    assert not re.search(r"<(script|link)[^>]+(src|href)=.http", text)
