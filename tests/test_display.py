"""What Python shows of runs, stores, studies, sweeps and demands: in a notebook, on a line, while
it trains.
"""

import re
import sys
import tomllib
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import escape, unescape
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import altair
import numpy as np
import pytest

import echoscope
from echoscope import MemoryReport, Store, Study, Sweep, demand, draw, preset, train
from echoscope.analysis.estimate import Estimate
from echoscope.evaluation.confusion import Confusion
from echoscope.evaluation.generate import Generated
from echoscope.evaluation.long_stream import Evaluation
from echoscope.figures import specification
from echoscope.measure.measuring import Measurement
from echoscope.report.document import Heading, Picture
from echoscope.stats.intervals import accuracy_of
from echoscope.studies.progress import Advance
from here import scored
from memory_reports import XRAYED, report
from pseudo_terminal import ESCAPES, on_terminal
from test_summary import a_run

ROOT = Path(__file__).parent.parent
EVIL = "<script>alert('x')</script>\"&"
CURVE = [(40, 0.2), (80, 0.5)]
SMALL = {"units": 4, "vocab_size": 4}
FLAGS = ["--units", "4", "--vocab-size", "4"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    kept = Store(tmp_path / f"echoes {EVIL.replace('/', '')}")
    for lag in (1, 2, 3):
        kept.add(replace(a_run(1 / lag, 0, lag=lag, curve=CURVE), source=EVIL))
    return kept


def page(thing: Any) -> str:
    """The page of a thing: it runs nothing and asks no host, nor do the pictures in it."""
    html = thing._repr_html_()
    assert html.startswith('<div class="echoscope">')
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', html)
    for text in (html, *(b64decode(picture).decode() for picture in pictures)):
        assert "<script" not in text
        assert not re.search(r"""(src|href)=(?!"data:)|url\((?!#)|@import""", text)
    return re.sub(r"base64,[^\"]*", "picture", html)


def test_a_run_is_shown_with_its_score_and_its_curve() -> None:
    html = page(a_run(0.5, 0, lag=2, curve=CURVE))
    assert re.search(r"<b>Run [0-9a-f]{12}: lstm, done</b>", html)
    assert "50.00%" in html
    assert html.count("<img ") == 1
    broken = replace(a_run(None, 0), reason=EVIL, curve=())
    assert "&lt;script&gt;" in page(broken)
    assert "<img " not in page(broken)


def test_a_store_is_shown_with_its_records_and_the_picture_that_draw_gives(store: Store) -> None:
    html = page(store)
    assert "3 runs in" in html
    assert [run.id in html for run in store.runs()] == [True] * 3
    assert html.count("<img ") == 1
    assert "make one with echoscope run lag" in page(Store(store.folder / "none"))


def test_a_study_its_sweep_and_a_demand_are_shown() -> None:
    study = Study(axes={"lag": "1..4", "model": "lstm,gru"})
    assert "lag 1 to 4, model gru" in page(study).replace("lstm, gru", "gru")
    assert "<td>lag</td>" in page(study)
    partial = preset("partial")
    assert "13.29 bits" in page(demand(partial.task, partial.training))
    best = a_run(1.0, 0)
    shown = page(Advance(9, 1, 5, 4, 2, 0, 1, 0, best, 12.4, None, (best,)))
    assert "5 of 9 cells" in shown
    assert f"100% ({best.id})" in shown


def test_a_memory_report_and_an_x_ray_are_shown_with_their_pictures() -> None:
    for thing, title, pictures in (
        (report(), "24.1 [23.6, 24.4] bits", 5),
        (XRAYED, "no fault in 4 looks", 1),
    ):
        html = page(thing)
        assert title in html
        assert html.count("<img ") == pictures
        assert html.count("<details>") == isinstance(thing, MemoryReport)


def test_sequences_are_shown_with_the_values_that_symbols_stand_for() -> None:
    column = echoscope.read([EVIL, "b", "b"] * 40)
    data = echoscope.recode(column)
    assert "120 values" in page(column)
    assert "<p>events.csv: Read" in page(echoscope.read(ROOT / "examples" / "events.csv", "event"))
    assert "120 user data of 2 symbols" in page(data)
    inspection = echoscope.inspect_symbols(data, lags=4)
    html = page(inspection)
    assert html.count("<img ") == 1
    assert inspection.verdict in unescape(html)
    assert "value b" in html
    assert "far p" not in html  # a row a lag is for a page


def test_a_network_is_shown_beside_the_rules_that_need_no_training() -> None:
    data = echoscope.recode(echoscope.read(list("abc") * 60))
    experiment = preset("lag", "quick", lag=-1, window=2, vocab_size=3, units=4)
    beside = echoscope.beside_rules(train(experiment, data, progress=False)[0], data)
    assert beside.best
    assert beside.best.name == "map-last"
    assert beside.verdict == "undecided"
    html = page(beside)
    assert "100% of held-out values are right: neither better nor worse, measurably" in html
    assert "n-gram" in html
    for accuracies, verdict in (((1.0, 1.0), "undecided"), ((0.1, 0.2), "worse")):
        low, high = accuracies
        told = replace(beside.run, accuracy=low, accuracy_low=low, accuracy_high=high)
        assert replace(beside, run=told).verdict == verdict
    weak = replace(beside.best, accuracy=replace(beside.best.accuracy, value=0.1))
    assert replace(beside, scores=(weak,)).verdict == "better"
    assert "held-out" not in page(replace(beside, run=replace(beside.run, accuracy=None)))
    assert "100% of held-out values are right.</p>" in page(replace(beside, scores=()))
    for run in (None, (beside.run, {}), experiment):
        with pytest.raises(echoscope.SettingError, match="needs a Run"):
            echoscope.beside_rules(run, data)
    other = echoscope.recode(echoscope.read(list("xyz") * 60))
    for values in (None, [0, 1, 2], other):
        with pytest.raises(echoscope.IntegerError, match="that it was trained with"):
            echoscope.beside_rules(beside.run, values)


def test_layers_compared_and_traces_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echoscope.measure.search.scoring.Scorer.scores", scored)
    comparison = echoscope.compare_layers("gru", "lstm", measures=["bits"], progress=False)
    html = page(comparison)
    assert "bits no worse (0 [0, 0]), after 4 paired seeds." in html
    assert "<td>bits</td>" in html
    inputs = np.random.default_rng(0).integers(0, 4, (64, 12))
    traces = echoscope.measure_traces(inputs, states=np.eye(4)[inputs])
    assert "The traces hold" in page(traces)


def test_a_report_is_shown_as_its_page_has_it(store: Store) -> None:
    document = echoscope.document_of(store, title=EVIL)
    html = page(document)
    assert escape(EVIL) in html
    assert html.count("<img ") == sum(isinstance(block, Picture) for block in document.blocks)
    assert all(block.text in html for block in document.blocks if isinstance(block, Heading))


def test_an_echo_that_emerges_is_a_film(tmp_path: Path) -> None:
    experiment = preset("lag", vocab_size=4, units=4, epochs=8)
    film = echoscope.watch(experiment, 2, progress=False)
    assert [frame.step for frame in film.frames] == [0, 32]
    assert repr(film) == "<Film of Lag 1, lstm of 4 units: 2 frames to step 32>"
    for thing in (film, film.frames[0]):
        assert page(thing).count("<img ") == 1
    drawn = [film.picture(place)._repr_mimebundle_()["image/svg+xml"] for place in (0, -1)]
    assert "step 0" in drawn[0]
    assert "step 32" in drawn[1]
    film.save(str(tmp_path / "echo.gif"))
    assert (tmp_path / "echo.gif").read_bytes()[:3] == b"GIF"
    assert len(echoscope.watch(experiment, 2, over=lambda: True).frames) == 1


def test_what_runs_say_together_is_shown_with_its_intervals() -> None:
    runs = [a_run(accuracy, seed) for seed, accuracy in enumerate((0.9, 1.0, 0.95))]
    aggregate = echoscope.aggregate(runs)
    html = page(aggregate)
    assert "Aggregate" in html
    assert "<td>accuracy</td>" in html
    assert "0.95 (0.826 to 1" in html
    assert aggregate.accuracy
    assert f"accuracy: {aggregate.accuracy.method}." in unescape(html)
    span = page(echoscope.span_of([a_run(1.0, 0, lag=lag) for lag in range(3)]))
    assert "<td>values</td><td>0, 1, 2</td>" in span.replace(' class="number"', "")
    chosen = echoscope.choose_learning_rate(
        [a_run(0.5, 0, learning_rate=rate, curve=CURVE) for rate in (0.01, 0.02)]
    )
    assert "Learning rate choice" in page(chosen)
    assert "<td>edge</td><td>yes</td>" in page(chosen)
    assert "&lt;script&gt;" in page(Estimate(None, None, None, EVIL))


def test_networks_at_work_are_shown() -> None:
    right = np.array([True, True, True, False])
    lasting = Evaluation(1000, "windows", accuracy_of(right), (accuracy_of(right[2:]),))
    html = page(lasting)
    assert "A stream of 1,000 integers" in html
    assert "50.00%" in html
    confused = Confusion(100, 3, 1.5, 0.5, 0.02, ((7, 8, 2), (1, 3, 1)))
    html = page(confused)
    assert "3 of 100 targets are wrong (3%)" in html
    assert "off by 1.5 symbols on average; 50% of the errors" in html
    assert "<table" not in page(replace(confused, wrong=0, mean_error_distance=None, near=None))
    looped = page(Generated(((1, 2, 3), (-1, 2)), (2, 3, 2, 3), 2))
    assert "- 2" in looped
    assert "2 3 2 3" in looped
    assert "never" in page(Generated(((1,),), (2,), None))


def test_lines_are_short(store: Store) -> None:
    assert repr(echoscope.Echo(lag=2, vocab_size=7)) == "Echo(vocab_size=7, lag=(2,))"
    quick = preset("lag", fit="quick", units=3)
    assert (
        eval(
            repr(quick),
            {name: getattr(echoscope, name) for name in ("Experiment", "Echo", "TrainingConfig")},
        )
        == quick
    )
    assert (
        repr(Study(seeds=2, axes={"lag": "1..4"}))
        == "Study(preset='lag', fit='tutorial', seeds=2, axes={'lag': '1..4'})"
    )
    run = a_run(0.5, 0, lag=2)
    assert repr(run) == f"<Run {run.id}: done, accuracy 50.00%, chance 10%, {run.experiment!r}>"
    assert repr(store) == f"Store({str(store.folder)!r})"
    assert repr(demand(quick.task, quick.training)).startswith(
        "<Demand: 1 symbol has to be held at once: "
    )


def test_draw_of_records_alone_is_the_most_telling_figure(store: Store) -> None:
    def drawn(*values: Any) -> str:
        return str(specification(draw(*values)))

    runs = store.runs()
    assert "steps (weight updates)" in drawn(runs[0])
    assert "steps (weight updates)" in drawn(runs)
    assert "lag (steps back)" in drawn(store)
    assert (
        drawn(store)
        == drawn("lag", store)
        == drawn("lag", echoscope.Evidence.of_store(store))
        == drawn("lag", runs)
    )
    for values, sentence in (
        (
            ("lag",),
            "figure lag needs runs to show: draw('lag', store), or runs in place of it.",
        ),
        ((3,), "A run, several, a store or Evidence can be drawn, not 3: give one of them."),
        (([],), "A run, several, a store or Evidence can be drawn, not []: give one of them."),
        (("lga", store), "figure 'lga' is not known: did you mean 'lag'?"),
    ):
        with pytest.raises(echoscope.SettingError) as caught:
            draw(*values)
        assert str(caught.value) == sentence


def test_a_chart_shows_itself_without_a_network_and_stays_an_altair_chart(
    store: Store, tmp_path: Path
) -> None:
    before = altair.renderers.active
    for chart in (
        draw(store),
        draw("curves", store),
        draw(store.runs()[0]).properties(width=100),
    ):
        assert isinstance(chart, altair.TopLevelMixin)
        shown: dict[str, str] = chart._repr_mimebundle_()
        assert set(shown) == {"image/svg+xml"}
        assert shown["image/svg+xml"].startswith("<svg")
        assert len(repr(chart)) < 100
        assert "__class__" not in chart.to_dict()
    draw(store).save(str(tmp_path / "chart.svg"))
    assert (tmp_path / "chart.svg").stat().st_size > 1000
    assert altair.renderers.active == before


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_train_shows_a_bar_on_a_terminal_unless_told_not_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    current = preset("current", epochs=2, **SMALL)
    seen = {}
    for name, screen, settings in (
        ("told", Terminal(), {}),
        ("quiet", Terminal(), {"progress": False}),
        ("pipe", StringIO(), {}),
    ):
        monkeypatch.setattr(sys, "stderr", screen)
        assert train(current, **settings)[0].steps == 50
        seen[name] = screen.getvalue()
    assert "training" in seen.pop("told")
    assert set(seen.values()) == {""}


@pytest.mark.parametrize(
    ("command", "begins", "goes_on"),
    [
        (
            ["run", "current", "--epochs", "40"],
            "compiling",
            ("training", r"accuracy \d+\.\d%"),
        ),
        (
            ["sweep", "current", "--epochs", "1,2", "--seeds", "1", "--workers", "1"],
            "starting workers",
            ("[12]/2", r"a minute", r"best \d+\.\d\d%"),
        ),
    ],
    ids=["run", "sweep"],
)
def test_a_command_s_bar_is_live_on_a_terminal_and_gone_at_the_end(
    command: list[str], begins: str, goes_on: tuple[str, ...], tmp_path: Path
) -> None:
    seen, out = on_terminal([*command, *FLAGS, "--store", str(tmp_path)], 120, "stderr")
    live = ESCAPES.sub("", seen)
    assert begins in live
    for what in goes_on:
        assert re.search(what, live), (what, live)
        assert not re.search(rf"^{what}", out)
    *_, last = re.split(r"[\r\n]", re.sub(r".*\x1b\[2K", "", seen, flags=re.DOTALL))
    assert ESCAPES.sub("", last).strip() == ""


def test_train_shows_a_bar_in_a_notebook_and_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    display = ModuleType("IPython.display")
    handle = SimpleNamespace(update=shown.append)
    vars(display).update(HTML=str, display=lambda html, display_id: shown.append(html) or handle)
    shell: Any = ModuleType("IPython")
    shell.get_ipython = lambda: SimpleNamespace(kernel=None)
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setattr(sys, "stderr", StringIO())
    current = preset("current", epochs=2, **SMALL)
    train(current)
    assert shown[0] == "compiling <progress></progress>"
    assert shown[2].startswith('training <progress value="2" max="2"></progress> accuracy ')
    assert shown[-1] == ""
    del shown[:]
    train(current, progress=False)
    list(echoscope.Training([current]))
    assert shown == []


def measured(measurement: Measurement) -> Iterator[tuple[object, str]]:
    """Stands for what is measured of a layer."""
    measurement.report = report()
    yield measurement.report, "asking many lags at once"


def test_marimo_is_told_what_is_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    @contextmanager
    def spinner(title: str) -> Iterator[SimpleNamespace]:
        shown.append(title)
        yield SimpleNamespace(update=shown.append)
        shown.append("gone")

    marimo: Any = ModuleType("marimo")
    marimo.running_in_notebook = lambda: True
    marimo.status = SimpleNamespace(spinner=spinner)
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    monkeypatch.setattr("echoscope.measure.search.scoring.Scorer.scores", scored)
    monkeypatch.setattr(Measurement, "__iter__", measured)
    current = preset("current", epochs=2, **SMALL)
    options = echoscope.LayerOptions(units=4)
    for do, begins, goes_on in (
        (lambda **told: train(current, **told), "compiling", "training: 100%, accuracy "),
        (lambda **told: echoscope.watch(current, 2, **told), "compiling", "training: step 50, "),
        (
            lambda **told: echoscope.compare_layers("gru", "gru", options=options, **told),
            "training both layers",
            "",
        ),
        (
            lambda **told: echoscope.measure_layer("gru", "5s", options=options, **told),
            "looking at the layer",
            "asking many lags at once",
        ),
    ):
        do()
        assert shown[0] == begins
        assert any(text.startswith(goes_on) for text in shown[1:])
        assert shown[-1] == "gone"
        del shown[:]
        do(progress=False)
        assert shown == []
    marimo.running_in_notebook = lambda: False  # a notebook that is run as a script
    train(current)
    assert shown == []


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())[
        "project"
    ]
    assert echoscope.__version__ == project["version"]


def test_a_sweep_has_pages_as_it_goes(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    study = Study(preset="current", seeds=1, axes={"epochs": "1", "units": "4", "vocab_size": "4"})
    with (
        ThreadPoolExecutor(1) as executor,
        Sweep(study, Store(tmp_path), executor=executor, at_once=1) as sweep,
    ):
        last = list(sweep)[-1]
    assert "1 of 1 cells" in page(last)
    assert repr(last) == "<Advance: 1 of 1 cells, 0 failed, 0 diverged>"
