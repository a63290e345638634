"""An echo as it emerges: what frames hold, that a film shows it, and how it ends."""

import io
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import vl_convert
from PIL import Image

from echoscope import SettingError, StoreError, predict, preset, train
from echoscope.cli import status
from echoscope.cli.terminal.live import lag_bars
from echoscope.emergence import by_position, checks, film, parts, pictures
from echoscope.emergence.frames import Frame, frames, schedule
from echoscope.emergence.gates import gates_of
from echoscope.emergence.looking import Looking
from echoscope.emergence.watch import Film, watch
from echoscope.experiment.experiment import Experiment
from echoscope.figures.style import specification
from echoscope.integers import GAP
from echoscope.training.loop import INTERRUPTED, SOLVED, Training
from pseudo_terminal import ESCAPES, on_terminal

LAG = 3
SETTINGS = {"vocab_size": 4, "units": 8, "window": 12, "lag": LAG, "model": "rnn", "epochs": 400}
TYPED = [part for name, it in SETTINGS.items() for part in (f"--{name.replace('_', '-')}", str(it))]
SMALL = ["--vocab-size", "4", "--units", "4", "--epochs", "3", "--frames", "3"]


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return preset("whole", fit="quick", **SETTINGS)


@pytest.fixture(scope="module")
def seen(experiment: Experiment) -> list[Frame]:
    return list(frames(experiment, 8))


def test_an_echo_emerges_at_its_lag(seen: Sequence[Frame]) -> None:
    first, last = seen[0], seen[-1]
    assert (first.step, first.outcome, last.outcome) == (0, INTERRUPTED, SOLVED)
    assert first.ceiling == 2
    assert first.bits[LAG] < 1
    assert last.bits[LAG] > 1.9
    assert last.bits[LAG + 2] < 0.5  # what nobody asks for is let go
    assert first.accuracy is not None
    assert last.accuracy is not None
    assert first.accuracy < 0.5
    assert last.accuracy > 0.99
    assert all(lag.shuffled < 0.05 for frame in seen for lag in frame.probed)
    assert [*last.bits] == list(range(LAG + 6))


def test_errors_are_told_by_position(seen: Sequence[Frame]) -> None:
    window = seen[0].window
    for frame in (seen[0], seen[-1]):
        points = frame.to_json()["errors"]
        assert [point["position"] for point in points] == list(range(LAG, window))
        assert {point["lag"] for point in points} == {LAG}
        asked = sum(point["asked"] for point in points)
        wrong = sum(point["asked"] * point["error"] for point in points)
        assert 1 - wrong / asked == pytest.approx(frame.accuracy, abs=1e-3)
        assert all(p["error_low"] <= p["error"] <= p["error_high"] for p in points)
    rows = [(place, 1, 10, 10 - place % 2) for place in range(by_position.MOST * 2)]
    points = by_position.errors(rows)
    assert len(points) == by_position.MOST
    assert points[1] == {
        "position": 2.5,
        "lag": 1,
        "asked": 20,
        "error": 0.05,
        "error_low": pytest.approx(0.0089, abs=1e-3),
        "error_high": pytest.approx(0.2361, abs=1e-3),
    }


def test_frames_are_closer_together_in_the_beginning(seen: Sequence[Frame]) -> None:
    assert schedule(1000, 24)[:6] == (0, 1, 3, 6, 11, 18)
    assert schedule(1000, 24)[-1] == 1000
    assert len(schedule(3, 24)) == 4
    between = np.diff([frame.step for frame in seen[:-1]])  # the last is when it was solved
    assert (np.diff(between) > 0).all()


def test_a_frame_is_the_network_of_that_step(experiment: Experiment, seen: list[Frame]) -> None:
    """Trained in the usual slices to the same step, it predicts the same, as `predict` says it."""
    frame = seen[4]
    run, weights = train(experiment.change(epochs=frame.step, target_accuracy=None), progress=False)
    assert run.accuracy == frame.accuracy
    assert run.positions == frame.positions
    windows = frame.inputs.reshape(-1, frame.window)
    for place, window in enumerate(windows):
        known = predict(run.experiment, weights, window.tolist())
        asked = frame.asked[0].reshape(windows.shape)[place]
        mine = frame.predictions[0].reshape(windows.shape)[place]
        assert mine[asked].tolist() == known.predictions[0][known.mask[0]].tolist()
        targets = frame.targets[0].reshape(windows.shape)[place]
        assert targets[asked].tolist() == window[:-LAG].tolist()
        assert asked.tolist() == [step >= LAG for step in range(frame.window)]


@pytest.mark.parametrize(("model", "names"), [("lstm", 5), ("gru", 3)])
@pytest.mark.parametrize("layers", [1, 2])
def test_gates_are_those_of_the_layer_s_own_equations(model: str, names: int, layers: int) -> None:
    """From its gates alone the state of every next step follows."""
    settings = {**SETTINGS, "model": model, "layers": layers}
    experiment = preset("whole", fit="quick", **settings)
    training = Training([experiment])
    training.pull(2)
    outcome = training.outcomes()[0]
    seen = Looking(experiment).seen(outcome)
    assert len(seen.gates) == names
    step, gates = 5, {name: gate[5] for name, gate in seen.gates.items()}
    if model == "lstm":
        cell = gates["forget gate"] * seen.gates["cell"][step - 1]
        cell = cell + gates["input gate"] * gates["candidate"]
        np.testing.assert_allclose(cell, gates["cell"], atol=1e-5)
        after = gates["output gate"] * np.tanh(cell)
    else:
        update = gates["update gate"]
        after = update * seen.states[step - 1] + (1 - update) * gates["candidate"]
    np.testing.assert_allclose(after, seen.states[step], atol=1e-5)


def test_a_model_whose_gates_have_no_names_has_none(experiment: Experiment) -> None:
    looking = Looking(experiment)
    outcome = Training([experiment]).outcomes()[0]
    assert gates_of(outcome.setup, outcome.weights, looking.sample.inputs.T) == {}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("lag", {"vocab_size": 4, "lag": (3, 1)}),  # two targets after each window
        ("lag", {"vocab_size": 4, "model": "attention", "missing": 0.1, "stateful": False}),
        ("whole", {"fit": "quick", "sampling": "stream", "stateful": True, "window": 5}),
        ("lag", {"vocab_size": 4, "missing": 0.2, "gaps": "marked"}),
        ("lag", {"vocab_size": 4, "edges": "padded", "window": 6, "fit": "quick"}),
        ("selective-copy", {"window": 5, "items": 2, "model": "lru"}),
        ("partial", {"vocab_size": 4}),  # of carried state
        ("partial", {"vocab_size": 4, "lag": 3, "layers": 2, "missing": 0.1, "fit": "quick"}),
        ("partial", {"vocab_size": 4, "lag": (4, 3, 2, 1), "gaps": "marked", "missing": 0.1}),
    ],
)
def test_every_kind_of_task_and_state_is_seen(name: str, settings: dict[str, object]) -> None:
    experiment = preset(name, **{**settings, "units": 4, "epochs": 1})
    first, last = frames(experiment, 2)
    time = len(first.inputs)
    assert first.targets.shape == first.asked.shape == (experiment.task.heads, time)
    assert first.states.shape == (time, 4)
    assert first.asked.any()
    assert not np.array_equal(first.states, last.states)
    chart = pictures.picture(last, [first, last])
    assert film.image(specification(chart), 0.2).size[0] > 100
    assert json.loads(json.dumps(first.to_json()))["targets"][0].count(None) == int(
        (~first.asked[0]).sum()
    )


DECODED = {"fit": "quick", "vocab_size": 4, "units": 12, "window": 4, "lag": (3, 2), "epochs": 240}


def test_a_decoder_is_seen_while_it_says() -> None:
    """Its steps follow each window: nothing is read there, and its state holds what it is to say,
    lets go of what nobody asks, and gives the predictions that `predict` has.
    """
    experiment = preset("partial", **DECODED)
    first, *_, last = frames(experiment, 4)
    assert first.decoder_steps == 2
    assert first.window == 6
    read, says = np.arange(len(first.inputs)) % 6 < 4, np.arange(len(first.inputs)) % 6 >= 4
    assert ((first.inputs == GAP) == says).all()
    assert (last.asked.sum(axis=0) == says).all()
    windows = last.inputs[read].reshape(-1, 4)
    assert last.targets[last.asked].reshape(2, -1).T.tolist() == windows[:, :2].tolist()
    run, weights = train(experiment.change(epochs=last.step, target_accuracy=None), progress=False)
    for place, window in enumerate(windows):
        known = predict(run.experiment, weights, window.tolist())
        mine = last.predictions[:, 6 * place + 4 : 6 * place + 6].diagonal()
        assert mine.tolist() == known.predictions[0].tolist()
    one, two = last.decoder_bits
    assert one[3] > 1.8
    assert two[2] > 1.8
    assert max(one[0], two[0]) < 0.3 < first.decoder_bits[0][0]
    # the state that is drawn there is the decoder's own, from which the readout says
    logits = last.states[says] @ weights["readout.kernel"] + weights["readout.bias"]
    assert logits.argmax(axis=1).tolist() == last.predictions.max(axis=0)[says].tolist()
    hidden = last.gates["output gate"] * np.tanh(last.gates["cell"])
    np.testing.assert_allclose(hidden, last.states, atol=1e-5)
    document = json.loads(json.dumps(last.to_json()))
    assert document["inputs"][4:6] == [None, None]
    assert [lag["lag"] for lag in document["decoder_lags"][1]] == [0, 1, 2, 3]
    drawn = pictures.picture(last, [first, last]).datasets
    assert [row["step"] for row in drawn["says"]] == [*range(4, len(last.inputs), 6)]
    assert {row["row"] for row in drawn["cells"]} >= {"read", "target", "predicted"}


@pytest.mark.parametrize("wide", [20, 40, 80, 200])
def test_bars_fit_the_terminal(wide: int) -> None:
    frame = next(frames(preset("partial", vocab_size=4, units=4, epochs=1)))
    least = 29  # a bar of 8 columns and what stands beside it
    assert max(map(len, lag_bars(frame, wide))) <= max(wide, least)
    assert len(lag_bars(frame, 200)) == 1 + 5 + 2 + 1


def test_watch_fits_a_narrow_terminal() -> None:
    """Its live lines, on standard error, and what it prints in the end."""
    for stream in ("stderr", "stdout"):
        seen, _ = on_terminal(["watch", "partial", *SMALL], 40, stream)
        lines = re.split(r"[\r\n]+", ESCAPES.sub("", seen))
        assert any("█" in line for line in lines)
        assert max(map(len, lines)) <= 40


def test_a_film_has_every_frame_and_holds_the_last(seen: list[Frame], tmp_path: Path) -> None:
    path = tmp_path / "echo.gif"
    film.save(seen, str(path), "Lag 2")
    with Image.open(path) as opened:
        assert opened.n_frames == len(seen)
        assert opened.info["loop"] == 0
        lasts = []
        for number in range(opened.n_frames):
            opened.seek(number)
            lasts.append(opened.info["duration"])
    assert lasts == [film.MILLISECONDS] * (len(seen) - 1) + [film.LAST]
    assert path.stat().st_size < 1.5e6 * len(seen) / 24
    assert [item.name for item in tmp_path.iterdir()] == ["echo.gif"]


def test_a_picture_says_what_the_frame_holds(seen: list[Frame]) -> None:
    frame = seen[-1]
    drawn = specification(pictures.picture(frame, seen, "Lag 2"))
    assert drawn["title"]["text"] == pictures.headline(frame, "Lag 2")
    assert f"accuracy {frame.accuracy:.1%} (chance 25.0%)" in drawn["title"]["text"]
    data = drawn["datasets"]
    assert {row["lag"]: row["bits"] for row in data["lags"]} == pytest.approx(frame.bits, abs=6e-4)
    assert [row["lag"] for row in data["lags"] if row["asked"]] == [LAG]
    wrong = [row["step"] for row in data["cells"] if row["wrong"]]
    assert not wrong
    assert (frame.targets == frame.predictions)[frame.asked].all()
    assert len(data["points"]) == len(seen)
    swapped = [*pictures.specifications(seen, "Lag 2")][-1]
    assert swapped["datasets"] == data
    early, cells = seen[0], pictures.picture(seen[0], seen).datasets["cells"]
    missed = early.asked[0] & (early.targets != early.predictions)[0]
    assert [row["step"] for row in cells if row["wrong"]] == np.flatnonzero(missed).tolist() != []
    every = specification(pictures.emergence(seen))["datasets"]["lags"]
    assert len(every) == len(seen) * len(frame.probed)


def test_a_gate_has_its_picture_and_another_name_is_refused() -> None:
    frame = next(frames(preset("lag", vocab_size=4, units=4, epochs=1)))
    assert "forget gate" in str(specification(pictures.gate(frame, "forget gate"))["title"])
    with pytest.raises(SettingError, match=r"no gate 'reset'.*forget gate"):
        pictures.gate(frame, "reset")


def test_a_training_that_is_over_gives_what_there_is(experiment: Experiment) -> None:
    asked = 0

    def over() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    seen = list(frames(experiment, 8, over))
    assert seen[-1].outcome == INTERRUPTED
    assert [frame.step for frame in seen] == [0, 2, 10, 18]  # within what would be the next


def test_a_network_that_diverges_says_so(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Training.pull

    def pull(self: Training, most: int | None = None) -> object:
        progress = first(self, most)
        weights = {name: array * np.nan for name, array in self._group.weights.items()}
        self._group = self._group._replace(weights=weights)
        return progress

    monkeypatch.setattr(Training, "pull", pull)
    seen = list(frames(experiment, 3))
    assert seen[-1].accuracy is None
    assert seen[-1].bits == {}
    assert lag_bars(seen[-1]) == [f"step {seen[-1].step:,}: diverged"]
    film.save(seen, str(tmp_path / "lost.gif"))
    film.save(seen, str(tmp_path / "lost.svg"))
    assert json.loads(json.dumps(seen[-1].to_json(), allow_nan=False))["states"][0][0] is None


def test_watch_prints_bars_and_saves_a_still(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "echo.svg"
    assert status(["watch", "whole", "--fit", "quick", *TYPED, "--save", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "step 0: accuracy" in printed
    assert printed.count("bits *") == 2  # of the first and of the last frame
    assert printed.endswith(f"saved in {path}\n")
    assert path.read_text().startswith("<svg")
    assert status(["watch", "lag", *SMALL, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [frame["step"] for frame in document["frames"]] == [0, 4, 12]
    assert document["experiment"]["task"]["vocab_size"] == 4


REFUSED = {
    "partial --bidirectional true --stateful false": "reads each window from both ends",
    "current --model mlp": "model mlp hands on none that can be read",
    "lag --stateful false --bidirectional true": "model lstm reads each window from both ends",
    "lag --encoding scalar": "encoding scalar predicts one number and no symbol",
    "hold --delay 200": "at most 200 time steps, not 201",
    "lag --frames 1": "frames must be an integer from 2 to 500, not 1",
    "lag --save echo.avi": "must end in .gif, .mp4, .png or .svg, not 'echo.avi'",
    "lag --save nowhere/echo.gif": "nowhere is not a folder",
    "lag --save folder.gif": "it is a folder: name a file",
}


@pytest.mark.parametrize(("typed", "why"), REFUSED.items())
def test_what_cannot_be_watched_is_refused_before_training(
    typed: str,
    why: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("echoscope.training.loop.Training.__init__", None)
    (tmp_path / "folder.gif").mkdir()
    assert status(["watch", *typed.split()]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert why in printed.err
    assert [item.name for item in tmp_path.iterdir()] == ["folder.gif"]


def test_a_film_without_its_library_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    monkeypatch.setattr("echoscope.training.loop.Training.__init__", None)
    assert status(["watch", "lag", "--save", str(tmp_path / "echo.mp4")]) == 2
    assert capsys.readouterr().err == (
        "echoscope: A film as .mp4 needs PyAV, which is not installed: install it with pip install"
        " 'echoscope[mp4]', or save a .gif.\n"
    )
    assert [*tmp_path.iterdir()] == []


def test_an_mp4_has_every_frame_and_holds_the_last(seen: list[Frame], tmp_path: Path) -> None:
    import av

    path = tmp_path / "echo.mp4"
    film.save(seen[:3], str(path), "Lag 2")
    with av.open(str(path)) as opened:
        stream = opened.streams.video[0]
        shown = [picture.to_ndarray(format="rgb24") for picture in opened.decode(stream)]
        known = stream.codec_context
        assert (known.name, known.pix_fmt) == ("h264", "yuv420p")  # what every player plays
        assert known.width % 2 == known.height % 2 == 0
    assert len(shown) == 7 + 7 + 60
    drawn = [np.asarray(film.image(it)) for it in pictures.specifications(seen[:3], "Lag 2")]
    high, wide = (min(sides) for sides in zip(*(it.shape[:2] for it in drawn), strict=True))
    for place, picture in ((0, 0), (6, 0), (7, 1), (14, 2), (73, 2)):
        mine = shown[place][:high, :wide].astype(int)
        off = [np.abs(mine - it[:high, :wide]).mean() for it in drawn]
        assert off[picture] < min(off[:picture] + off[picture + 1 :]) / 2
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # it plays before all of it has come
    assert [item.name for item in tmp_path.iterdir()] == ["echo.mp4"]


@pytest.mark.parametrize(("last", "labels"), [(2, "0 1 2"), (1500, "0 500 1k"), (60_000, "0 20k")])
def test_steps_are_written_each_in_its_own_unit(seen: list[Frame], last: int, labels: str) -> None:
    """0 is 0, not 0k, and a training of two steps has no half ones."""
    moved = [replace(seen[0], step=0), replace(seen[1], step=last)]
    drawn = vl_convert.vegalite_to_svg(
        specification(
            parts.curve(moved[1], moved).properties(datasets=parts.data_of(moved[1], moved))
        )
    )
    texts = re.findall(r">([^<>]+)</text>", drawn)
    assert " ".join(texts).startswith(labels)
    assert not {"0k", "500m", "0.5k"} & {*texts}


def test_a_place_that_takes_nothing_is_said(
    seen: list[Frame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(film, "put", full)
    with pytest.raises(StoreError, match=r"cannot be written \(No space left on device\)"):
        film.save(seen[:2], str(tmp_path / "echo.gif"))


INTERRUPTING = """
import os, signal
from echoscope.training.loop import Training
first, pulled = Training.pull, []
def pull(self, most=None):
    pulled.append(most)
    if len(pulled) == WHEN:
        os.kill(os.getpid(), signal.SIGINT)
    return first(self, most)
Training.pull = pull
signal.signal(signal.SIGINT, signal.default_int_handler)
from echoscope.cli import main
main()
"""


def test_an_interrupt_keeps_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "echo.gif"
    typed = ["watch", "lag", "--vocab-size", "4", "--units", "4", "--epochs", "400"]
    code = INTERRUPTING.replace("WHEN", "3")
    done = subprocess.run(
        [sys.executable, "-c", code, *typed, "--save", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 128 + signal.SIGINT, done.stderr
    assert done.stderr == "\nechoscope: ending within a slice and keeping what was seen.\n"
    assert done.stdout.endswith(f"saved in {path}\n")
    with Image.open(io.BytesIO(path.read_bytes())) as opened:
        assert opened.n_frames == 4


HANGING = """
import os, signal, time
from echoscope.emergence import MODULE
calls = []
def hangs(*arguments, usual=MODULE.NAME, **more):
    calls.append(arguments)
    if len(calls) < WHEN:
        return usual(*arguments, **more)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
MODULE.NAME = hangs
signal.signal(signal.SIGINT, signal.default_int_handler)
from echoscope.cli import main
main()
"""


@pytest.mark.parametrize(
    ("place", "when", "frames"),
    [("frames.Training", 1, 0), ("looking.probe_bits", 1, 0), ("looking.probe_bits", 3, 2)],
)
def test_an_interrupt_waits_for_nobody_who_compiles_or_probes(
    place: str, when: int, frames: int
) -> None:
    """What hangs there for a minute is left, and what was seen before is said."""
    module, name = place.split(".")
    code = HANGING.replace("MODULE", module).replace("NAME", name).replace("WHEN", str(when))
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "watch", "lag", *SMALL, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert time.monotonic() - begun < 45
    assert done.returncode == 128 + signal.SIGINT, done.stderr
    assert len(json.loads(done.stdout)["frames"]) == frames
    assert ("before the first step" in done.stderr) == (frames < 2)


def test_an_interrupt_while_it_is_drawn_says_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "echo.gif"
    code = HANGING.replace("MODULE", "film").replace("NAME", "image").replace("WHEN", "2")
    done = subprocess.run(
        [sys.executable, "-c", code, "watch", "lag", *SMALL, "--save", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 128 + signal.SIGINT, done.stderr
    assert "step 12: accuracy" in done.stdout
    assert "saved" not in done.stdout
    assert done.stderr == f"echoscope: ended before {path} was drawn; it was not written.\n"
    assert [*tmp_path.iterdir()] == []


def test_no_lag_of_another_task_is_said_to_be_asked() -> None:
    frame = next(frames(preset("hold", fit="quick", delay=4, units=4, vocab_size=4, epochs=2), 2))
    assert (frame.heads, frame.asked_lags, frame.to_json()["asked_lags"]) == ((0,), (), [])
    assert "*" not in "".join(lag_bars(frame))
    assert not any(lag["asked"] for lag in parts.data_of(frame, [frame])["lags"])


def test_a_film_refuses_what_it_has_not(seen: list[Frame]) -> None:
    film_of = Film(tuple(seen), "an echo")
    for place in (len(seen), -len(seen) - 1, 1.5, "1", None):
        with pytest.raises(SettingError, match="place must be an integer"):
            film_of.picture(place)
    for path in (None, 3, b"x.gif", "x\0.gif"):
        with pytest.raises(StoreError, match="give its path"):
            film_of.save(path)
    with pytest.raises(SettingError, match="needs a frame"):
        Film((), "an echo")
    for experiment in ("lag", None):
        with pytest.raises(SettingError, match="watch needs an Experiment"):
            watch(experiment)
