"""A layer measured within a budget: what is known, what is not, and what an interrupt leaves."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import jsonschema
import pytest

import echoscope
from echoscope import SettingError
from echoscope.cli import status
from echoscope.measure.budget import Budget
from echoscope.measure.calibration.known import delay_line, memoryless, shift_register
from echoscope.measure.measuring import Measurement, measure_layer
from echoscope.measure.report.json_form import schema
from echoscope.measure.search.bits import Ladder
from echoscope.measure.search.scoring import Scorer
from here import scored

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "measure"
SHORT = ["--units", "4", "--budget", "2s"]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Budgets of a second or two, and a folder like the clone's."""
    monkeypatch.setattr("echoscope.measure.budget.LEAST", 0.5)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


class Unhurried(Budget):
    """A budget of little work, for which there is all the time."""

    trainings, certified, probed, searched = 2, 2, 1, 4

    def at(self, part: str, followed: bool = True) -> float:
        """See `Budget`."""
        return 0.5 if part == "drift" else 1e6


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ladders of 4 lags and few updates."""
    for module in ("measuring", "search.scoring", "asserting"):
        few = partial(Ladder, steps=200)
        short = few if "asserting" in module else partial(few, lags=4)
        monkeypatch.setattr(f"echoscope.measure.{module}.Ladder", short)


@pytest.mark.usefixtures("few")
def test_a_delay_line_is_told_by_every_measure() -> None:
    *_, (delayed, _) = Measurement(delay_line(3), Unhurried(), with_baselines=False)
    assert delayed.xray.free_lags == 3
    assert delayed.bits is not None
    assert delayed.bits.certified_lag == 3
    assert delayed.shift is not None
    assert 3 in {trial.difficulty for trial in delayed.shift.trials if trial.solved}
    assert not any(trial.solved for trial in delayed.shift.trials if trial.difficulty != 3)
    assert delayed.hold is not None
    assert not any(trial.solved for trial in delayed.hold.trials if trial.difficulty > 3)
    assert delayed.recall is not None
    assert delayed.precision is not None
    assert delayed.extrapolation is not None
    assert delayed.bits.held is not None
    assert delayed.bits.held.value == pytest.approx(3 * 3.32, abs=0.2)  # said: the third alone


def test_what_a_budget_could_not_settle_is_said() -> None:
    report = measure_layer("lstm", "1s", options=echoscope.LayerOptions(units=4))
    assert report.xray.faults == ()
    assert report.bits is None
    assert "bits: not measured within 1 s; use a longer budget." in report.unsettled


@pytest.mark.usefixtures("few")
def test_the_first_training_may_take_the_time_of_the_axes() -> None:
    class Late(Unhurried):
        def at(self, part: str, followed: bool = True) -> float:
            return 0.0 if part == "bits" else super().at(part, followed)

    measurement = Measurement(delay_line(2), Late(), with_baselines=False)
    for known, _ in measurement:
        if known.bits:
            measurement.stop()
    assert measurement.report.bits is not None
    assert measurement.report.bits.trainings == 1


@pytest.mark.usefixtures("few")
def test_a_ladder_that_is_full_is_asked_for_twice_as_many_lags() -> None:
    measurement = Measurement(shift_register(6), Unhurried(), with_baselines=False)
    asked = []
    for known, _ in measurement:
        if known.bits:
            asked.append(len(known.bits.lags))
        if asked and asked[-1] == 8:
            measurement.stop()
    assert asked[0] == 4
    assert asked[-1] == 8


@pytest.mark.usefixtures("few")
def test_stopping_keeps_what_is_known_and_trains_nothing_more() -> None:
    measurement = Measurement(memoryless(), Unhurried())
    for report, _ in measurement:
        if report.bits:
            measurement.stop()
    assert measurement.report.bits is not None
    assert measurement.report.shift is None
    assert measurement.report.baselines == ()


@pytest.mark.parametrize("budget", ["0s", "4", "2h", "soon", "-1m", "nan", "1e9m"])
def test_a_budget_is_a_time_within_its_ends(budget: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echoscope.measure.budget.LEAST", 5.0)
    with pytest.raises(SettingError, match="budget must be a time from 5s to 60m"):
        Budget.of(budget)


def test_the_command_writes_page_card_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    places = ["--report", "it.html", "--card", "it.svg"]
    assert status(["measure", "rnn", *SHORT, *places, "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    jsonschema.validate(values, schema())
    assert values["command"] == "echoscope measure rnn --units 4 --budget 2s"
    assert "What rnn remembers" in Path("it.html").read_text()
    assert "echoscope measure rnn --units 4" in Path("it.svg").read_text()
    assert status(["measure", "rnn", *SHORT]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("rnn ")
    assert "Not settled" in printed


def test_arrays_are_scored_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    symbols = np.random.default_rng(0).integers(0, 4, (30, 40))
    np.savez("it.npz", inputs=symbols, states=np.eye(4)[np.roll(symbols, 2, axis=1)])
    assert status(["measure", "it.npz", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["bits"]["held"] == pytest.approx(2, abs=0.1)
    assert status(["measure", "it.npz", "--report", "it.md"]) == 0
    assert "Bits by lag" in Path("it.md").read_text()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("measure nowhere.py:Cell", "nowhere.py is not there"),
        ("measure examples/my_layer.py:Sell", "has no Sell"),
        ("measure lstm --budget 1s --report it.pdf", "A report must end in"),
        ("measure lstm --budget 1s --card it.png", "A card must end in"),
        ("measure lstm --budget 1s --card no/it.svg", "cannot be written"),
        ("measure lstm --vocab-size 1", "vocab_size must be"),
        ("measure lstm --units 0", "units must be"),
        ("compare lstm gru --measure echo", "measure must be of bits, hold, recall"),
        ("compare lstm gru --margin 2", "margin must be"),
        ("compare lstm nowhere.py:Cell", "nowhere.py is not there"),
        ("measure nothing.npz", "is not there"),
    ],
)
def test_bad_input_is_one_sentence(
    typed: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(typed.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err
    assert sorted(path.name for path in Path().iterdir()) == ["examples"]


def test_ctrl_c_writes_what_is_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Measurement, trials: object, settings: object) -> object:
        signal.raise_signal(signal.SIGINT)
        yield self._now("ending")
        return settings

    monkeypatch.setattr(Measurement, "_bits", interrupted)
    assert status(["measure", "rnn", "--units", "4", "--budget", "60s", "--report", "it.md"]) == 130
    assert "Not settled" in Path("it.md").read_text()
    assert "ending at the next slice" in capsys.readouterr().err


@pytest.mark.usefixtures("few")
def test_memory_is_asserted() -> None:
    echoscope.assert_memory(delay_line(3), shift=3)
    with pytest.raises(AssertionError, match="does not echo 2 time steps back: 4 of 4 trainings"):
        echoscope.assert_memory(delay_line(3), shift=2)
    echoscope.assert_memory(delay_line(2), bits=3)
    with pytest.raises(AssertionError, match=r"holds 0 \[0, .*\] bits, fewer than the 3 asked for"):
        echoscope.assert_memory(memoryless(), bits=3)
    with pytest.raises(SettingError, match="needs what to hold"):
        echoscope.assert_memory("lstm")
    with pytest.raises(SettingError, match="recall must be at most"):
        echoscope.assert_memory("lstm", recall=99)


def test_the_fixture_of_pytest_asserts_it(assert_memory: Callable[..., None]) -> None:
    assert_memory(delay_line(3), shift=3)
    with pytest.raises(AssertionError):
        assert_memory(memoryless(), shift=3)


@pytest.mark.usefixtures("few")
def test_two_layers_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    same = echoscope.compare_layers(memoryless(), memoryless(), measures=["bits"])
    assert (same.worse, same.seeds) == (False, 4)
    worse = echoscope.compare_layers(delay_line(2), memoryless(), measures=["bits"])
    assert (worse.worse, worse.seeds) == (True, 4)
    with pytest.raises(SettingError, match="measures must be some of"):
        echoscope.compare_layers("lstm", "gru", measures=["echo"])
    assert status(["compare", "rnn", "rnn", *SHORT]) == 2
    assert "nothing is known, as not 4 seeds of both were trained" in capsys.readouterr().err


def test_a_comparison_ends_with_its_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echoscope.measure.search.scoring.Scorer.scores", scored)
    assert status(["compare", "rnn", "rnn", "--units", "4", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["worse"], values["decided"], values["seeds"]) == (False, True, 4)

    def less(scorer: Scorer, seed: int, names: Sequence[str]) -> dict[str, float]:
        return dict.fromkeys(names, 9.0 - (scorer.layer.identity.kind == "gru"))

    monkeypatch.setattr("echoscope.measure.search.scoring.Scorer.scores", less)
    assert status(["compare", "rnn", "gru", "--units", "4"]) == 3
    assert "bits worse (-1 [-1, -1])" in capsys.readouterr().out


FAILING = """
import sys
import jax.numpy as jnp


class Cell:
    def init(self, key, input_size):
        return jnp.zeros(3)

    def initial_state(self, batch_size):
        return jnp.zeros((batch_size, 3))

    def step(self, weights, state, inputs):
        print("hi")
        {fails}
        return state, state
"""


@pytest.mark.parametrize("fails", ["sys.exit(0)", 'raise ValueError("mine")', "1 / 0"])
@pytest.mark.parametrize("command", ["xray", "measure"])
def test_a_layer_that_fails_is_one_sentence_with_its_place(
    command: str, fails: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("it.py").write_text(FAILING.format(fails=fails))
    assert (
        status([command, "it.py:Cell", *(["--budget", "2s"] if command == "measure" else [])]) == 2
    )
    out, err = capsys.readouterr()
    assert out == ""
    assert "it.py:15" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_what_a_layer_prints_is_not_what_a_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    Path("it.py").write_text(FAILING.format(fails="pass"))
    assert status(["xray", "it.py:Cell", "--json"]) in (0, 3)
    assert json.loads(capsys.readouterr().out)["layer"] == "it.py:Cell"


def test_what_a_layer_has_a_shell_print_is_not_in_the_json(short: Path) -> None:
    (short / "shell.py").write_text(
        "import os\nfrom examples.my_layer import MyCell\n\nclass Shell(MyCell):\n"
        "    def step(self, *given):\n        os.system('echo from a shell')\n"
        "        return super().step(*given)\n"
    )
    command = [sys.executable, "-m", "echoscope", "xray", "shell.py:Shell", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["layer"] == "shell.py:Shell"
    assert "from a shell" in done.stderr


def test_arrays_have_no_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["measure", "it.npz", "--card", "it.svg"]) == 2
    assert "which are scored as they are" in capsys.readouterr().err


def test_a_layer_that_is_measured_is_offered_to_nobody() -> None:
    layer = memoryless()
    layer.experiment(echoscope.preset("lag", fit="quick", vocab_size=10, readout="all", lag=0))
    with pytest.raises(SettingError) as error:
        echoscope.Experiment(model="another")
    assert "measured" not in str(error.value)


@pytest.mark.parametrize("name", ["report", "ci"])
def test_the_commands_and_the_python_of_a_page_run(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (PAGES / f"{name}.md").read_text()
    monkeypatch.setattr("echoscope.measure.search.scoring.Scorer.scores", scored)
    Path("my_layer.py").write_text((ROOT / "examples" / "my_layer.py").read_text())
    Path("before.py").write_text(Path("my_layer.py").read_text().replace("MyCell", "Cell"))
    Path("after.py").write_text(Path("before.py").read_text())
    typed = [line for line in page.splitlines() if line.startswith("    echoscope ")]
    lines = [line.replace(" my_layer.py:Cell", " before.py:Cell").split()[1:] for line in typed]
    assert lines
    for line in lines:
        flags = SHORT if line[0] != "xray" else []
        assert status([*line, *flags]) == 0, (line, capsys.readouterr().err)
    capsys.readouterr()
    asked = []
    monkeypatch.setattr("echoscope.assert_memory", lambda *least, **more: asked.append(more))
    for piece in [part.partition("\n```")[0] for part in page.split("```python\n")[1:]]:
        wanted = [line[2:] for line in piece.splitlines() if line.startswith("# ")]
        names: dict[str, object] = {"echoscope": echoscope}
        exec(compile(piece.replace('"10s"', '"1s"'), page, "exec"), names)
        assert capsys.readouterr().out.splitlines() == wanted
        test = names.get("test_my_layer_remembers")
        if callable(test):
            test(*[echoscope.assert_memory] * test.__code__.co_argcount)
    assert len(asked) == (2 if name == "ci" else 0)
