"""What a layer does wrong is named by what it did, and what is merely odd is measured."""

from pathlib import Path

import numpy as np
import pytest

from echoscope.errors import IntegerError, SettingError
from echoscope.measure.doors.open import open_layer
from echoscope.measure.search.axes import recall
from echoscope.measure.search.trials import Job, Trials
from echoscope.measure.traces.arrays import traces_of
from echoscope.measure.xray import xray
from echoscope.measure.xray.page import verdict_of

HERE = str(Path(__file__).parent / "odd_layers.py")
REFUSED = {
    "Forgets": "Forgets.step gives nothing back: let it return its outputs",
    "Named": "gives a dict where its outputs are looked for",
    "Whole": "not int32: let it give them as float32",
    "Half": r"bfloat16\[2,32\], then float32\[2,32\]; inputs are float32",
    "EqxForgets": "gives nothing back: let it return its outputs",
    "EqxSums": r"zeros of its width are no beginning \(float32\[32\], then float32\[\]\)",
    "EqxNames": "gives a dict where its outputs are looked for",
    "KerasForgets": "gives nothing back",
    "KerasLast": r"not float32\[2,32\]: .*return_sequences=True",
    "KerasUncalled": "Layer KerasUncalled does not have a `call` method",
}
NAMES = {
    "lstmm": "lstmm is no model: did you mean lstm?",
    "min_gru": "min_gru is no model: did you mean min-gru?",
    str(Path(__file__).parent): "is a folder: name a file in it",
    "arrays.npz": "has arrays, and no layer: echoscope measure scores arrays",
    ":Cell": "':Cell' names no file or module",
    "": "'' names no file or module",
    "flax.nnx.GRUCell": "did you mean flax.nnx:GRUCell?",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_layer_is_refused_for_what_it_does(name: str) -> None:
    with pytest.raises(SettingError, match=REFUSED[name]) as refused:
        open_layer(f"{HERE}:{name}")
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_names_no_layer_is_told_the_likely_one(name: str) -> None:
    with pytest.raises(SettingError) as refused:
        open_layer(name)
    assert NAMES[name] in str(refused.value)


def test_numbers_that_are_none_are_named_before_what_comes_of_them() -> None:
    seen = xray(f"{HERE}:NoNumbers")
    assert seen.faults[0].name == "finite"
    assert len(seen.faults) > 1


@pytest.mark.parametrize("name", ["KerasPair", "KerasPairCell"])
def test_what_keras_builds_where_it_is_called_is_a_layer_like_any(name: str) -> None:
    seen = xray(f"{HERE}:{name}")
    assert seen.faults == ()
    assert seen.parameters == {"KerasPair": 10 * 32 + 33 * 32 + 32}.get(name, 42 * 32 + 64)


def test_an_initial_state_may_ask_how_wide_the_inputs_are() -> None:
    layer = open_layer(f"{HERE}:Asks", input_size=5)
    np.testing.assert_allclose(layer.initial_state(layer.init(0), 2), 0.2)


@pytest.mark.parametrize(("name", "fixed"), [("Follows", None), ("OnlyTen", 10)])
def test_a_layer_is_trained_on_as_many_symbols_as_its_width_was_not_made_for(
    name: str, fixed: int | None
) -> None:
    layer = open_layer(f"{HERE}:{name}")
    assert layer.fixed == fixed
    experiment = recall().experiment(1, 0.01, 0, 50)
    assert experiment.task.vocab_size + experiment.task.marked != 10
    with Trials(layer, workers=1) as trials:
        trials.submit(Job(experiment))
        ended = trials.wait()
    assert ended is not None
    assert ended.finished


def test_outputs_too_narrow_for_their_symbols_are_told_so() -> None:
    with pytest.raises(SettingError, match=r"have 3, while inputs go up to 4: give outputs of 5"):
        traces_of([[0, 4, 1]], outputs=np.zeros((1, 3, 3)) - 1)
    with pytest.raises(SettingError, match="give vocab_size=5, or other outputs"):
        traces_of([[0, 4, 1]], outputs=np.zeros((1, 3, 5)) - 1, vocab_size=7)


def test_a_layer_that_drops_within_has_a_training_mode() -> None:
    seen = {verdict.name: verdict for verdict in xray(f"{HERE}:KerasDrops").verdicts}
    assert seen["evaluation_mode"].ok
    assert seen["evaluation_mode"].number > 0.1
    assert "random" in seen["evaluation_mode"].reason


def test_what_depends_on_inputs_without_a_gradient_is_not_said_to_forget_them() -> None:
    seen = xray(f"{HERE}:Digits")
    assert [fault.name for fault in seen.faults] == ["reach"]
    assert "No gradient comes from further back than 0 steps, though" in seen.faults[0].reason
    assert seen.finite_reach is None
    assert "depends on its own input alone" not in verdict_of(seen)


def test_a_layer_that_looks_ahead_is_blamed_for_that_and_not_for_what_comes_of_it() -> None:
    seen = {verdict.name: verdict for verdict in xray(f"{HERE}:backwards").verdicts}
    assert seen["causal"].ok is False
    for name in ("reach", "padding"):
        assert seen[name].unsure
        assert "looks ahead" in seen[name].reason


def test_a_look_at_which_a_layer_fails_is_said_to_be_one() -> None:
    said = verdict_of(xray(f"{HERE}:Trips"))
    assert "it fails where this is looked at: gradients through pieces" in said
    assert "(ValueError: no way back at odd_layers.py:" in said


def test_symbols_that_cannot_be_numbered_are_told_without_a_setting_nobody_gave() -> None:
    for inputs in ([[0, 0, 0]], [[0, 7_000_000_000]]):
        with pytest.raises(IntegerError, match="two different integers or more, from 0") as refused:
            traces_of(inputs, states=np.zeros((1, len(inputs[0]), 3)))
        assert "vocab_size" not in str(refused.value)
