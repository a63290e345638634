"""What is given in the place of something else: in Python, in runs, in study files; one
sentence, and nothing lost.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import echoscope
from echoscope import (
    Echo,
    EchoscopeError,
    Experiment,
    Run,
    SettingError,
    Store,
    StoreError,
    Study,
    Training,
    preset,
)
from echoscope.experiment.presets import SAMPLES
from echoscope.experiment.training_config import TrainingConfig
from echoscope.studies.axis import value_of
from echoscope.studies.study_file import study_of_file
from echoscope.tasks.hold import Hold
from networks import first_weights

CALLS = """
import numpy as np, echoscope as e
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
lag = e.preset("lag", vocab_size=10, units=3)
forked = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork"))
for call in (
    lambda: e.train("lag"), lambda: e.predict("lag", {}, [1]), lambda: e.Training("lag"),
    lambda: e.Training(["lag"]), lambda: e.Stream("lag", {}), lambda: e.demand(1, 2),
    lambda: e.Store(5), lambda: e.Sweep("x", e.Store("echoes")),
    lambda: e.predict(lag, None, [1, 2, 3, 4, 5]), lambda: e.predict(lag, {}, [1, 2, 3, 4, 5]),
    lambda: e.Sweep(e.Study(preset="lag"), e.Store("echoes"), executor=forked),
):
    try:
        call()
        print("no refusal")
    except e.EchoscopeError as error:
        print(error)
"""
SENTENCES = [
    "train needs an Experiment, as preset('lag') gives one, not 'lag'.",
    "predict needs an Experiment, as preset('lag') gives one, not 'lag'.",
    "Training needs a list of experiments, as [preset('lag')], not 'lag'.",
    "Training needs an Experiment, as preset('lag') gives one, not 'lag'.",
    "Stream needs an Experiment, as preset('lag') gives one, not 'lag'.",
    "demand needs a Task and a TrainingConfig, as in demand(lag.task, lag.training) of an"
    " Experiment, not 1"
    " and 2.",
    "A store is named by its folder, as in Store('echoes'), not by 5.",
    (
        "A Sweep needs a Study and a Store, as in Sweep(Study(preset='lag'), Store('echoes')), not"
        " 'x' and "
    ),
    "Weights must be arrays by name, as train and Store.weights give them, not None.",
    (
        "The weights of this network are layer1.kernel, layer1.recurrent, layer1.bias,"
        " readout.kernel,"
        " readout.bias: layer1.bias is missing."
    ),
    (
        "The executor forks its processes, in which JAX hangs: make it as ProcessPoolExecutor("
        "mp_context=multiprocessing.get_context('spawn')), or leave executor out."
    ),
]


EVERYTHING = """
import re, echoscope as e
for name in e.__all__:
    call = getattr(e, name)
    if not callable(call) or (isinstance(call, type) and issubclass(call, BaseException)):
        continue
    for value in (3, None, "x", b"x", float("nan"), [3], [None], [[1, 2]], {}, object()):
        try:
            call(value)
        except e.EchoscopeError as error:
            if not str(error).endswith("."):
                print(name, value, error)
        except Exception as error:
            if not re.search("missing .* argument|takes .* argument", str(error)):
                print(name, value, repr(error))
print(name)
"""


def test_all_that_is_public_refuses_in_a_sentence_what_is_of_another_kind(tmp_path: Path) -> None:
    """In a process of its own: in the tests' own, shapes are checked before that."""
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [echoscope.__all__[-1]], (done.stdout, done.stderr)


def test_runs_are_told_from_what_is_none() -> None:
    needed = r"^Runs are needed, as Store\('echoes'\)\.runs\(\) gives them, not 3\.$"
    for value in (3, [3]):
        with pytest.raises(SettingError, match=needed):
            echoscope.aggregate(value)


def test_what_is_of_another_kind_is_refused_where_it_is_given(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CALLS], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    texts = done.stdout.splitlines()
    assert [
        line[: len(correct)] for line, correct in zip(texts, SENTENCES, strict=True)
    ] == SENTENCES
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda w: w | {"readout.bias": np.zeros(3, np.float32)},
            r"^The weights readout\.bias of this network have shape "
            r"\(10,\), not \(3,\): give those",
        ),
        (lambda w: w | {"more": w["readout.bias"]}, r"readout\.bias: more is not one of them\.$"),
        (
            lambda w: w | {"readout.bias": np.full(10, np.nan, np.float32)},
            r"^The weights readout\.bias hold a value that is not a " "number: train",
        ),
        (
            lambda w: w | {"readout.bias": np.zeros(10, int)},
            r"^The weights readout\.bias hold int64 and not floats: train",
        ),
    ],
)
def test_weights_must_be_the_network_s(change: Callable[[Any], Any], sentence: str) -> None:
    lag = preset("lag", vocab_size=10, units=3)
    weights = change(first_weights(lag))
    for use in (
        lambda: echoscope.predict(lag, weights, [1, 2, 3, 4, 5]),
        lambda: Training([lag], [weights]),
        lambda: echoscope.Stream(lag, weights),
    ):
        with pytest.raises(SettingError, match=sentence):
            use()


WRONG: list[Any] = [
    [],
    {},
    "2",
    -1,
    2.5,
    True,
    float("nan"),
    10**400,
    None,
    [[1]],
    {"compile": "x"},
    [[[[]]]],
    "a/b",
]


@pytest.fixture(scope="module")
def plain_record() -> dict[str, Any]:
    from echoscope.training.train import run_of

    training = Training([preset("lag", vocab_size=10, units=3, epochs=1)])
    list(training)
    return json.loads(json.dumps(run_of(training.outcomes()[0]).to_json()))


def test_every_field_of_a_record_is_checked(plain_record: dict[str, Any], tmp_path: Path) -> None:
    assert Run.from_json(plain_record).to_json() == plain_record
    (tmp_path / "old").mkdir()
    taken = 0
    for name in plain_record:
        for place, wrong in enumerate(WRONG):
            values = plain_record | {name: wrong}
            (tmp_path / "old" / f"{place:012x}.json").write_text(json.dumps(values))
            try:
                run = Run.from_json(values)
            except StoreError:
                continue
            taken += 1
            assert run.accuracy is None or 0 <= run.accuracy <= 1
        try:
            Store(tmp_path / "new").merge(tmp_path / "old")
        except EchoscopeError:
            pytest.fail("what is damaged is left out")
    assert taken < len(plain_record) * len(WRONG) / 5
    for deep in ("[" * 100_000, '{"schema":' + "9" * 5000 + "}"):
        (tmp_path / "old" / "0123456789ab.json").write_text(deep)
        assert Store(tmp_path / "new").merge(tmp_path / "old").damaged


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 5000 + "]" * 5000,
        "[settings]\nlag = " + "9" * 5000,
        "[settings]\nlag = [" + "[" * 900 + "]" * 901,
        "# " + "x" * (1 << 20),
        "a." * 5000 + "b = 1",
    ],
    ids=["deep", "digits", "lists", "huge", "dotted"],
)
def test_a_study_file_that_is_deep_or_huge_is_refused_in_one_sentence(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(EchoscopeError) as caught:
        study_of_file(tmp_path / "study.toml")
    assert len(str(caught.value)) < 600


def test_what_a_class_says_of_itself_is_no_setting() -> None:
    for kind in (Echo, Experiment, Study, TrainingConfig):
        for name in ("noun", "kind", "difficulty"):
            with pytest.raises(SettingError, match=f"has no setting '{name}'"):
                kind(**{name: "x"})
            if (kind, name) != (Echo, "kind"):  # which says which task it is
                with pytest.raises(SettingError, match=f"has no setting '{name}'"):
                    kind.from_json({name: 1})


def test_settings_are_those_of_the_task_that_they_come_with() -> None:
    held = Experiment(training=SAMPLES).change(task=Hold(), delay=5)
    assert held.task == Hold(delay=5)
    with pytest.raises(SettingError, match=r"^lag is a setting of task echo, and task hold has"):
        preset("lag", fit="quick").change(task=Hold(), lag=2)
    assert held.change(task=Echo(), lag=2).task == Echo(lag=(2,))
    assert held.change(task=Echo(), model="encoder-decoder").task.readout == "decoder"
    for settings in ({"task": "echo"}, {"training": "quick"}):
        with pytest.raises(SettingError, match="must be a T"):
            Experiment().change(**settings, epochs=2)


def test_numbers_of_words_are_ascii_digits_and_shown_short() -> None:
    assert [value_of(text) for text in ("1_0", "٣", "+-5", "7", "1e-3")] == [
        "1_0",
        "٣",
        "+-5",
        7,
        0.001,
    ]
    with pytest.raises(
        SettingError,
        match=r"^vocab_size must be an integer from 2 to 1000000, not a number of too many digits",
    ):
        Echo(vocab_size=10**5000)
    with pytest.raises(SettingError) as caught:
        preset("lag", model="x" * 10_000)
    assert len(str(caught.value)) < 300
