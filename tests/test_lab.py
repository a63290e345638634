"""The lab's server: controls made from the declarations, work that is watched, refusals."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import echoscope
from echoscope.cli import status
from echoscope.experiment.demand import demand
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.fields import flags
from echoscope.experiment.presets import FITS, PRESETS, preset
from echoscope.lab import work as working
from echoscope.lab.controls import HIDDEN, Asked, controls
from echoscope.lab.files import MOST_KEPT
from echoscope.lab.framing import MOST_TARGETS, framing_of
from echoscope.lab.recipes import measuring
from echoscope.lab.server import app_of
from echoscope.lab.work import Works
from echoscope.store import Store, documents
from echoscope.tasks.echo import Echo
from echoscope.training.train import run_of
from here import train_here

TOKEN, PORT = "the-token-of-this-lab", 8765
HERE = f"http://127.0.0.1:{PORT}"
RUN = "a run of the store"
GOOD = {("lag", "-3")}  # a forecast
SMALL = {"preset": "lag", "fit": "quick", "epochs": "3", "units": "4", "vocab_size": "8"}


class Page:
    """Asks as the page does."""

    def __init__(self, store: Store, layers: tuple[str, ...] = ()) -> None:
        self.works = Works()
        self.app = app_of(store, TOKEN, PORT, self.works, layers)

    def ask(self, path: str, values: object = None) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            how = {"X-Echoscope-Token": TOKEN, "Origin": HERE}
            async with httpx.AsyncClient(transport=transport, base_url=HERE, headers=how) as client:
                if values is None:
                    return await client.get(path)
                return await client.post(path, json=values)

        return asyncio.run(asked())

    def __call__(self, path: str, values: object = None) -> Any:
        answer = self.ask(f"/api/{path}", values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, name: str, content: bytes, **values: str) -> httpx.Response:
        async def sent() -> httpx.Response:
            how = {"X-Echoscope-Token": TOKEN, "Origin": HERE}
            how["Content-Type"] = "application/octet-stream"
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HERE, headers=how) as client:
                params = {"name": name, **values}
                return await client.post("/api/files", content=content, params=params)

        return asyncio.run(sent())

    def ended(self, path: str, values: object) -> list[dict[str, Any]]:
        """All events of work from its beginning to its end."""
        work = self(path, values)
        text = self.ask(f"/api/works/{work['id']}/events").text
        return [json.loads(part.removeprefix("data: ")) for part in text.split("\n\n") if part]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    page = Page(Store(tmp_path), ("examples/my_layer.py:MyCell",))
    yield page
    page.works.stop()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Page:
    page = Page(Store(tmp_path_factory.mktemp("lab")))
    page.ended("trainings", {**SMALL, "seeds": "2"})
    return page


def test_every_flag_is_a_control_with_its_sentence_and_its_choices() -> None:
    said = {control["name"]: control for control in controls()["settings"]}
    assert said.keys() == flags().keys() - {*HIDDEN}
    for name, control in said.items():
        assert control["says"] == flags()[name].metadata["says"]
        assert control["choices"] == list(flags()[name].metadata.get("choices", ()))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("name", PRESETS)
def test_the_texts_of_all_controls_say_the_preset_again(name: str, fit: str) -> None:
    texts = controls()["presets"][name][fit]["settings"]
    asked = Asked.of({"preset": name, "fit": fit, **texts})
    assert asked.experiment == preset(name, fit)
    assert Asked.of(asked.to_json()) == asked


@pytest.mark.parametrize("name", PRESETS)
def test_arrows_begin_where_their_symbol_was_read_and_end_where_it_is_asked(name: str) -> None:
    experiment = preset(name)
    task = experiment.task
    asks = demand(task, experiment.training)
    framing = framing_of(experiment, asks)
    assert framing.windows
    for window in framing.windows:
        assert 0 <= window.begin < window.end <= len(framing.symbols)
        assert window.arrows
        for arrow in window.arrows:
            assert arrow.path in asks.paths
            assert arrow.symbol == framing.symbols[arrow.source]
            assert window.begin <= arrow.to < window.end + task.heads
            if isinstance(task, Echo) and task.readout != "decoder":
                assert arrow.to - arrow.source in task.lag


def test_no_more_targets_are_made_than_are_drawn() -> None:
    asked = Asked.of({"preset": "whole", "length": "2000", "window": "400", "lag": "0..399"})
    experiment = asked.experiment
    asks = demand(experiment.task, experiment.training)
    assert asks.target_count > 50_000
    framing = framing_of(experiment, asks)
    assert max(len(window.arrows) for window in framing.windows) == MOST_TARGETS
    assert framing.windows[0].targets == sum(range(1, 401))
    some = {(target.input_step, target.target_step) for target in asks.targets[:500]}
    assert {(arrow.source, arrow.to) for arrow in framing.windows[0].arrows} <= some


def test_what_is_asked_of_other_tasks_is_what_they_ask() -> None:
    for name in ("hold", "selective-copy", "associative-recall"):
        experiment = preset(name)
        arrows = framing_of(experiment, demand(experiment.task, experiment.training)).windows[0]
        assert len(arrows.arrows) == experiment.task.mask().sum()


def test_a_task_that_cannot_be_says_so_beside_its_picture(page: Page) -> None:
    result = page("explain", {"preset": "blind", "fit": "tutorial"})
    assert result["demand"]["path"] == "none"
    assert "can arrive by no path" in result["sentences"][-1]
    paths = {arrow["path"] for window in result["framing"]["windows"] for arrow in window["arrows"]}
    assert paths == {"none"}


@pytest.mark.parametrize("seeds", ["1", "2"])
def test_the_command_and_the_python_do_the_same(
    seeds: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train_here(monkeypatch)
    monkeypatch.setenv("ECHOSCOPE_STORE", str(tmp_path))
    asked = Asked.of({**SMALL, "lag": "2,1", "readout": "all", "seeds": seeds})
    assert status([*shlex.split(asked.recipe["command"])[1:], "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    runs = result["runs"] if seeds == "2" else [result]
    exec(compile(asked.recipe["python"], "page", "exec"), {})
    printed = [float(part) for part in re.findall(r"\d\.\d+", capsys.readouterr().out)]
    assert printed[-len(runs) :] == [run["accuracy"] for run in runs]
    assert [Experiment.from_json(run["experiment"]) for run in runs] == asked.experiments


def test_an_emergence_is_watched_by_the_command_and_the_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = Asked.of({**SMALL, "readout": "all"}).watched
    assert status([*shlex.split(recipe["command"])[1:], "--json"]) == 0
    frames = json.loads(capsys.readouterr().out)["frames"]
    assert (tmp_path / "echo.gif").read_bytes().startswith(b"GIF")
    exec(compile(recipe["python"], "page", "exec"), {})
    printed = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert printed == [[str(frame["step"]), str(frame["accuracy"])] for frame in frames]


def test_predictions_studies_and_reports_have_recipes_that_do_the_same(
    trained: Page,
    page: Page,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train_here(monkeypatch)
    monkeypatch.setattr("echoscope.measure.budget.LEAST", 1.0)
    told = trained("predict", {"run": trained("runs")[0]["id"], "symbols": "3 1 4 1 5 2 6"})
    name, *rest = shlex.split(told["recipe"]["command"])[1:]
    assert status([name, "--json", *rest]) == 0
    said = [row["prediction"] for row in told["rows"]]
    assert json.loads(capsys.readouterr().out)["predictions"] == said
    exec(compile(told["recipe"]["python"], "page", "exec"), {})
    assert json.loads(capsys.readouterr().out) == said
    asked = {"preset": "lag", "axes": "lag=1,2 units=4 vocab_size=4 epochs=2", "seeds": 1}
    *_, last = page.ended("sweeps", asked)
    for way in ("command", "python"):
        recipe = last["about"]["recipe"][way]
        if way == "command":
            assert status([*shlex.split(recipe)[1:], "--workers", "1", "--json"]) == 0
        else:
            exec(compile(recipe, "page", "exec"), {"__name__": "__main__"})
        assert len(page("runs")) == 2  # the same cells, which are there already
    recipe = measuring("rnn", 4, "1s")
    assert status([*shlex.split(recipe["command"])[1:], "--json"]) == 0
    exec(compile(recipe["python"], "page", "exec"), {})
    capsys.readouterr()


def test_a_training_is_told_as_it_goes_and_is_kept(trained: Page) -> None:
    (work,) = trained("works")
    assert (work["state"], work["kind"], work["items"]) == ("ended", "training", [])
    text = trained.ask(f"/api/works/{work['id']}/events").text
    (news,) = [json.loads(part.removeprefix("data: ")) for part in text.split("\n\n") if part]
    assert [[point[0] for point in item["points"]] for item in news["items"]] == [
        [1, 1],
        [2, 2],
        [3, 3],
    ]
    assert news["about"]["bits"] == 3.0
    runs, listed = news["result"]["runs"], trained("runs")
    assert [run["seed"] for run in runs] == [0, 1]
    assert {run["id"] for run in listed} == {run["id"] for run in runs}
    run, _ = echoscope.train(Asked.of(SMALL).experiment, progress=False)
    assert runs[0]["accuracy"] == run.accuracy


def test_a_training_that_is_stopped_keeps_what_was_trained(page: Page) -> None:
    work = page("trainings", {**SMALL, "epochs": "20000", "learning_rate": "1e-7"})
    thread = page.works.find(work["id"]).thread
    while not page.works.find(work["id"]).items:
        time.sleep(0.01)
    page(f"works/{work['id']}/stop", {})
    assert thread is not None
    thread.join(60)
    (run,) = page("runs")
    assert run["outcome"] == "interrupted"
    assert 0 < run["steps"] < 20_000


def test_no_more_goes_on_than_may_and_the_oldest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    works = Works()

    def wait(work: working.Work) -> dict[str, Any]:
        work.stopping.wait(30)
        return {}

    for _ in range(working.MOST_AT_ONCE):
        works.begin("training", {}, wait)
    with pytest.raises(echoscope.SettingError, match="under way"):
        works.begin("training", {}, wait)
    works.stop()
    monkeypatch.setattr(working, "MOST_KNOWN", 3)
    for _ in range(8):
        works.begin("training", {}, lambda _: {})
        works.stop()
    assert len(works.all()) <= 4


def test_work_that_fails_says_why_and_the_next_goes_on() -> None:
    works = Works()

    def fail(_: working.Work) -> dict[str, Any]:
        raise ZeroDivisionError("by zero")

    work = works.begin("training", {}, fail)
    works.stop()
    assert (work.state, work.error) == ("failed", "It failed: ZeroDivisionError: by zero")


@pytest.mark.parametrize("text", ["no such value", "-3", "99999999999", "x" * 300])
def test_bad_input_in_every_field_is_a_sentence(text: str, trained: Page) -> None:
    tasks = {"delay": "hold", "items": "selective-copy", "pairs": "associative-recall"}
    tasks["queries"] = tasks["pairs"]
    for name in sorted({*flags(), "preset", "fit", "seeds"} - {*HIDDEN}):
        asked = {"preset": tasks.get(name, "lag"), "fit": "quick", name: text}
        answer = trained.ask("/api/explain", asked)
        if (name, text) in GOOD:
            assert answer.status_code == 200, (name, answer.text)
            continue
        assert answer.status_code == 400, (name, answer.text)
        assert answer.json()["error"].endswith("."), name


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("trainings", []),
        ("trainings", {"preset": 3}),
        ("trainings", {"preset": "lag", "colour": "red"}),
        ("trainings", {"preset": "lag", "columns": "10,4"}),
        ("trainings", {"preset": "lag", "units": "513"}),
        ("predict", {"run": "nothing", "symbols": "1 2"}),
        ("predict", {"run": RUN, "symbols": ""}),
        ("predict", {"run": RUN, "symbols": "1 " * 1001}),
        ("predict", {"run": RUN, "symbols": "1 2 3 4 5 100"}),
        ("predict", {"symbols": "1"}),
        ("step", {"run": RUN, "read": "1"}),
        ("step", {"run": RUN, "read": ["9"]}),
        ("measurements", {"layer": "os:system"}),
        ("measurements", {"layer": "examples/my_layer.py:MyCell"}),
        ("measurements", {"layer": "lstm", "budget": "9h"}),
        ("measurements", {"layer": "lstm", "units": 0}),
        ("sweeps", {"preset": "lag", "axes": "lag"}),
        ("sweeps", {"preset": "lag", "axes": "lag=1..30 units=8,16"}),
        ("sweeps", {"preset": "lag", "axes": "units=4,5000", "seeds": 1}),
        ("sweeps", {"preset": "lag", "axes": "lag=1 lag=2"}),
        ("measurements", {"layer": "rnn", "budget": "10s", "units": 8, "more": 1}),
        ("works/12/stop", {}),
        ("explain", "lag"),
    ],
)
def test_what_the_page_cannot_ask_is_refused_in_a_sentence(
    path: str, values: Any, trained: Page
) -> None:
    if isinstance(values, dict) and values.get("run") == RUN:
        values = values | {"run": trained("runs")[0]["id"]}
    answer = trained.ask(f"/api/{path}", values)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"].endswith(".")
    assert "No run" not in answer.text or values["run"] == "nothing"


def test_typed_symbols_are_predicted_as_by_the_command(trained: Page) -> None:
    store = Store(trained("controls")["store"].removesuffix("/runs.sqlite"))
    run = store.find()
    symbols = [3, 1, 4, 1, 5, 2, 6, 5]
    told = trained("predict", {"run": run.id, "symbols": "3,1 4 1 5, 2 6 5"})
    result = echoscope.predict(run.experiment, store.weights(run), symbols)
    assert [row["prediction"] for row in told["rows"]] == result.predictions.ravel().tolist()
    assert [row["target"] for row in told["rows"]] == result.targets.ravel().tolist()
    assert np.allclose([row["confidence"] for row in told["rows"]], result.confidence.ravel())
    stream = echoscope.Stream(run.experiment, store.weights(run))
    for place, symbol in enumerate(symbols):
        answer = stream.forward(symbol)
        said = trained("step", {"run": run.id, "read": list(map(str, symbols[: place + 1]))})
        assert said["predictions"] == list(answer.predictions)
        assert said["units"] == pytest.approx(stream.units.tolist(), abs=1e-3)
        assert said["units"] == told["units"][place]
    again = trained("step", {"run": run.id, "read": list(map(str, symbols[:6]))})
    assert again["predictions"] == [result.predictions.ravel().tolist()[1]]


def test_gaps_and_names_with_blanks_are_typed_and_tried(page: Page) -> None:
    gappy = {**SMALL, "missing": "0.2", "window": "2"}
    run = page.ended("trainings", gappy)[-1]["result"]["runs"][0]["id"]
    told = page("predict", {"run": run, "symbols": "1 - 2 3"})
    assert told["symbols"][1] is None or told["symbols"][1] == -1
    assert "[1, None, 2, 3]" in told["recipe"]["python"]
    example = page(f"runs/{run}/example")["text"]
    assert page("predict", {"run": run, "symbols": example})["rows"]
    towns = ["New York", "Rome", "Los, Angeles"] * 20
    data = echoscope.recode(echoscope.read(towns))
    experiment = preset("lag", "quick", window=2, vocab_size=3, units=4, epochs=2)
    training = echoscope.Training([experiment], data=data)
    for _ in training:
        pass
    (outcome,) = training.outcomes()
    named = Store(page("controls")["store"].removesuffix("/runs.sqlite")).add(
        run_of(outcome), outcome.weights, data
    )
    assert (
        page("predict", {"run": named.id, "symbols": "\n".join(towns[:4])})["symbols"] == towns[:4]
    )
    assert page("step", {"run": named.id, "read": ["New York", "Rome"]})["read"] == 2
    assert page(f"runs?run={named.id}")


def test_what_a_full_store_cannot_keep_is_kept_elsewhere(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, tried = Store.add, []

    def full(self: Store, *item: Any) -> Any:
        tried.append(self)
        if len(tried) == 1:
            raise echoscope.StoreError("there is no room.")
        return add(self, *item)

    monkeypatch.setattr(Store, "add", full)
    last = page.ended("trainings", SMALL)[-1]
    assert last["error"].startswith("there is no room. What was trained is kept in ")
    assert len(Store(tried[-1].folder).ids()) == 1


@pytest.mark.parametrize("kind", ["trainings", "sweeps"])
@pytest.mark.parametrize("how", ["removed", "a file"])
def test_a_store_that_goes_away_loses_nothing_that_was_trained(
    kind: str, how: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_here(monkeypatch)
    folder = Path(page("controls")["store"]).parent
    store = Store(folder)
    assert "note" not in page.ended("trainings", {**SMALL, "seed": "7"})[-1]["result"]
    add, kept = documents.keep, []

    def goes(*item: Any) -> Any:
        if not kept:
            shutil.rmtree(folder)
            if how == "a file":
                folder.write_text("")
        kept.append(item)
        return add(*item)

    monkeypatch.setattr(documents, "keep", goes)
    study = {"preset": "lag", "axes": "lag=1 units=4 vocab_size=4 epochs=2", "seeds": 1}
    last = page.ended(kind, SMALL if kind == "trainings" else study)[-1]
    if how == "removed":
        assert len(store.ids()) == 1
        assert last["result"]["note"] == (
            f"The store {folder} was removed or replaced meanwhile: what was trained here is kept"
            " there, and 1 run of before no longer."
        )
    else:
        other = re.search(r"What was trained is kept in (\S+):", last["error"])
        assert other, last
        assert len(Store(other[1]).ids()) == 1


def test_what_is_no_number_is_refused_before_anything_begins(page: Page) -> None:
    async def sent(content: str) -> httpx.Response:
        how = {"X-Echoscope-Token": TOKEN, "Origin": HERE, "Content-Type": "application/json"}
        transport = httpx.ASGITransport(page.app)
        async with httpx.AsyncClient(transport=transport, base_url=HERE, headers=how) as client:
            return await client.post("/api/measurements", content=content)

    answer = asyncio.run(sent('{"layer": "rnn", "budget": "10s", "units": NaN}'))
    assert answer.status_code == 400
    assert page("works") == []


def test_a_layer_of_the_command_line_is_measured_live(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echoscope.measure.budget.LEAST", 1.0)
    monkeypatch.setattr("echoscope.lab.layers.BUDGETS", ("1s",))
    asked = {"layer": "examples/my_layer.py:MyCell", "units": 4, "budget": "1s"}
    events = page.ended("measurements", asked)
    *_, report = (item for event in events for item in event["items"])
    assert events[-1]["over"]
    assert report["layer"] == asked["layer"]
    assert report["command"] == f"echoscope measure {asked['layer']} --units 4 --budget 1s"


def test_an_echo_emerges_and_is_saved(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echoscope.lab.doing.MOST_FRAMES", 3)
    *_, last = page.ended("emergences", {**SMALL, "readout": "all"})
    assert (last["over"], last["error"]) == (True, "")
    work = page.works.find(last["id"])
    frames = work.since()["items"]
    assert [frame["step"] for frame in frames] == [0, 1, 3]
    assert len(frames[0]["states"][0]) == 4
    known = {"gif": ("image/gif", b"GIF89a"), "png": ("image/png", b"\x89PNG")}
    if page("controls")["makes_mp4"]:
        known["mp4"] = "video/mp4", b"\x00\x00\x00"
    else:
        answer = page.ask(f"/api/works/{work.name}/film.mp4")
        assert answer.status_code == 400
        assert "pip install 'echoscope[mp4]'" in answer.json()["error"]
    for ending, (kind, first) in known.items():
        answer = page.ask(f"/api/works/{work.name}/film.{ending}")
        assert answer.headers["content-type"] == kind
        assert answer.content.startswith(first)


def test_a_small_study_is_trained_and_reported(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    train_here(monkeypatch)
    asked = {"preset": "lag", "axes": "lag=1,2 units=4 vocab_size=4 epochs=2", "seeds": 1}
    *_, last = (item for event in page.ended("sweeps", asked) for item in event["items"])
    assert last["done"] == last["cells"] == 2
    assert len(page("runs")) == 2
    report = page.ask("/report/all")
    assert report.status_code == 200
    assert "<table" in report.text
    assert report.headers["content-security-policy"].startswith("sandbox")


def test_a_file_of_ones_own_is_inspected(page: Page) -> None:
    melody = (Path(__file__).parent.parent / "examples" / "melody.csv").read_bytes()
    told = page.send("melody.csv", melody).json()
    column = echoscope.read("examples/melody.csv")
    data = echoscope.recode(column)
    assert told["verdict"] == echoscope.inspect_symbols(data.integers, data.vocab_size).verdict
    assert told["text"].split() == [str(column.value(place)) for place in range(told["given"])]
    shown = page.ask(f"/report/file/{told['data']}")
    assert escape(told["verdict"]) in shown.text
    assert shown.headers["content-security-policy"].startswith("sandbox")
    events = (Path(__file__).parent.parent / "examples" / "events.csv").read_bytes()
    for name, content, values in (
        ("melody.exe", melody, {}),
        ("melody.csv", b"", {}),
        ("events.csv", events, {}),
        ("events.csv", events, {"column": "nothing"}),
        ("melody.csv", melody, {"bins": "1"}),
        ("melody.npy", b"no such array", {}),
        ("melody.parquet", b"no such table", {}),
        ("melody.json", b"[1, [2", {}),
        ("melody.json", b"[1e999, 2]", {}),
        ("melody.csv", b"1\n" * (3 << 20), {}),
        ("greenhouse.csv", melody, {"header": "perhaps"}),
    ):
        answer = page.send(name, content, **values)
        assert answer.status_code == 400, (name, answer.text)
        assert answer.json()["error"].endswith(".")
        assert "/tmp" not in answer.text
        assert not re.search("say header=|column=NAME|say bins=", answer.text)
    assert page.ask("/report/file/99").status_code == 400
    gaps = page.send("gaps.csv", b"value\n1\n\n2\nNaN\n1\n", header="true").json()
    assert gaps["text"] == "1 - 2 - 1"
    towns = b"town\nRome\nNew York\nRome\n"
    assert page.send("towns.csv", towns, header="true").json()["text"] == ("Rome\nNew York\nRome")


def test_a_file_of_ones_own_is_learned_as_by_the_command_and_the_python(
    page: Page,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train_here(monkeypatch)
    spots = Path("examples/sunspots-1700.csv").resolve()
    monkeypatch.chdir(spots.parent)
    sent = page.send(spots.name, spots.read_bytes(), column="spots", bins="6").json()
    small = {name: text for name, text in SMALL.items() if name != "vocab_size"}
    asked = {**small, "lag": "2", "seeds": "2", "data": sent["data"]}
    told = page("explain", asked)
    data = echoscope.recode(echoscope.read(spots, column="spots"), bins=6)
    assert told["framing"]["symbols"][:9] == data.integers[:9].tolist()
    assert told["data"]["source"] == "sunspots-1700.csv, column spots"
    assert told["data"]["names"] == [str(data.recoding.of(0).value(symbol)) for symbol in range(6)]
    events = page.ended("trainings", asked)
    last, items = events[-1], [item for event in events for item in event["items"]]
    runs = last["result"]["runs"]
    monkeypatch.setenv("ECHOSCOPE_STORE", str(tmp_path / "other"))
    assert status([*shlex.split(told["recipe"]["command"])[1:], "--json"]) == 0
    result = json.loads(capsys.readouterr().out)["runs"]
    assert [run["id"] for run in runs] == [run["id"] for run in result]
    assert [run["accuracy"] for run in runs] == [run["accuracy"] for run in result]
    assert last["about"]["chance"] == told["chance"] == result[0]["chance"] != 1 / 6
    assert items[-1]["points"] == [
        [step, *values] for step, *values in (run["held_out"][-1] for run in result)
    ]
    exec(compile(told["recipe"]["python"], "page", "exec"), {})
    printed = [float(part) for part in re.findall(r"\d\.\d+", capsys.readouterr().out)]
    assert printed[-2:] == [run["accuracy"] for run in runs]
    store = Store(tmp_path)
    kept = store.find(runs[0]["id"])
    assert (kept.source, store.data(kept).hash) == (told["data"]["source"], data.hash)
    for path, values, says in (
        ("explain", {**asked, "vocab_size": "8"}, "vocab_size"),
        ("explain", {**asked, "missing": "0.1"}, "missing"),
        ("explain", {**asked, "data": "0123456789ab"}, "send it again"),
        ("explain", {**asked, "window": "200", "length": "400"}, "shorter window"),
        ("explain", {"preset": "hold", "data": sent["data"]}, "hold"),
        ("trainings", {**asked, "data": "0123456789ab"}, "send it again"),
        ("emergences", asked, "random integers"),
    ):
        answer = page.ask(f"/api/{path}", values)
        assert answer.status_code == 400, (path, values)
        assert says in answer.json()["error"]
        assert answer.json()["error"].endswith(".")
    for place in range(2 * MOST_KEPT):  # what is used stays
        page.send("more.csv", f"{place}\n1\n2\n".encode())
        page("explain", asked)
    for place in range(MOST_KEPT):
        page.send("others.csv", f"{place}\n3\n4\n".encode())
    assert "send it again" in page.ask("/api/explain", asked).json()["error"]


def test_a_store_without_runs_has_no_report_and_says_so(page: Page) -> None:
    answer = page.ask("/report/all")
    assert answer.status_code == 400
    assert "echoscope run" in answer.text


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("--port 70000", "port must be an integer from 0 to 65535, not 70000."),
        ("--port here", "port must be an integer from 0 to 65535, not 'here'."),
        ("--layer nothing.py:Cell", "nothing.py is not there: name a layer as"),
        ("--layer examples/my_layer.py:MySell", "did you mean MyCell?"),
    ],
)
def test_what_cannot_be_served_is_refused_before_it_is(
    flags: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(["lab", "--no-browser", *flags.split()]) == 2
    out, err = capsys.readouterr()
    assert says in err
    assert not out


def begun(store: Path, *more: str) -> tuple[subprocess.Popen[str], str]:
    """A lab of its own process, and its address."""
    command = [sys.executable, "-m", "echoscope", "lab", "--no-browser", "--store", str(store)]
    lab = subprocess.Popen(
        [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert lab.stdout is not None
    line = lab.stdout.readline()
    assert "http://127.0.0.1:" in line, line
    return lab, line.split()[-1]


def test_the_command_serves_until_it_is_ended_and_keeps_what_was_trained(tmp_path: Path) -> None:
    lab, address = begun(tmp_path)
    root, token = address.split("/?token=")
    how = {"X-Echoscope-Token": token, "Origin": root}
    with httpx.Client(headers=how, timeout=60) as client:
        assert httpx.get(f"{root}/api/works").status_code == 403
        values = {**SMALL, "epochs": "20000", "learning_rate": "1e-7"}
        work = client.post(f"{root}/api/trainings", json=values).json()
        with client.stream("GET", f"{root}/api/works/{work['id']}/events") as events:
            for line in events.iter_lines():
                if '"points"' in line:
                    break
            port = root.rpartition(":")[2]
            taken = subprocess.run(
                [sys.executable, "-m", "echoscope", "lab", "--no-browser", "--port", port],
                capture_output=True,
                text=True,
                check=False,
            )
            os.kill(lab.pid, signal.SIGINT)
            output, _ = lab.communicate(timeout=60)
    assert taken.returncode == 2
    assert taken.stderr.startswith(f"echoscope: port {port} cannot be had")
    assert "Traceback" not in output
    assert lab.returncode == 0
    (run,) = Store(tmp_path).runs()
    assert run.outcome == "interrupted"


def test_what_cannot_be_watched_is_refused_before_it_begins(page: Page) -> None:
    for settings in ({"model": "mlp"}, {"bidirectional": "true"}, {"encoding": "scalar"}):
        answer = page.ask("/api/emergences", {**SMALL, **settings})
        assert answer.status_code == 400
        assert answer.json()["error"].endswith(".")
    assert page("works") == []


def test_the_example_of_another_task_is_one_sample_that_can_be_predicted(page: Page) -> None:
    small = {"preset": "hold", "fit": "quick", "delay": "4", "vocab_size": "4", "units": "4"}
    run = page.ended("trainings", {**small, "epochs": "2"})[-1]["result"]["runs"][0]["id"]
    told = page("predict", {"run": run, "symbols": page(f"runs/{run}/example")["text"]})
    assert len(told["rows"]) == 1
    assert told["units"] == []
