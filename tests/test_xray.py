"""The X-ray: what it names, what it lets pass, and how it says so."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import echoscope
from echoscope.cli import status
from echoscope.errors import SettingError
from echoscope.measure.calibration import broken
from echoscope.measure.calibration import known as calibration
from echoscope.measure.calibration.broken import init, initial_state, whole
from echoscope.measure.calibration.known import known
from echoscope.measure.doors.open import open_layer
from echoscope.measure.in_jax.functions import Functions, scanned
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.results import Verdict, XRay
from echoscope.measure.xray import NAMES, xray
from echoscope.measure.xray.page import to_json, verdict_of, xray_document

Apply = Callable[[Any, Any, Any], tuple[Any, Any]]
ROOT = Path(__file__).parent.parent


def layer_of(apply: Apply = whole, **more: Any) -> JaxLayer:
    return known("made up", Functions(init, initial_state, apply, **more))


def look(seen: XRay, name: str) -> Verdict:
    return next(verdict for verdict in seen.verdicts if verdict.name == name)


def faults(seen: XRay) -> list[str]:
    return [fault.name for fault in seen.faults]


def changed(change: Callable[[Any, Any], Any]) -> JaxLayer:
    """The sound layer with its outputs changed, of outputs and inputs."""

    def apply(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        outputs, after = whole(weights, state, inputs)
        return change(outputs, inputs), after

    return layer_of(apply)


def shifted(inputs: Any, steps: int) -> Any:
    return jnp.concatenate([inputs[steps:], jnp.zeros_like(inputs[:steps])])


@pytest.mark.parametrize("name", ["lstm", "gru", "gru-before", "rnn", "lru", "attention"])
def test_no_false_alarm_on_the_models_that_are_here(name: str) -> None:
    seen = xray(name)
    assert faults(seen) == []
    assert [verdict.name for verdict in seen.verdicts] == list(NAMES)
    sizes = {"lstm": 64, "gru": 32, "gru-before": 32, "rnn": 32, "lru": 64}  # complex ones twice
    assert seen.state_size == sizes.get(name, 2 * 256 * 32 + 256 + 1)  # keys, values, positions
    assert seen.finite_reach is None
    assert seen.free_lags == 0
    assert (seen.effective_state_size or 0) <= min(seen.state_size or 0, 180)


def test_how_far_a_layer_looks_ahead_is_said() -> None:
    layer = changed(lambda outputs, inputs: outputs + shifted(outputs, 3))
    seen = xray(layer)
    assert "causal" in faults(seen)
    assert "up to 3 steps" in look(seen, "causal").reason


def test_a_leak_at_a_single_cut_is_seen() -> None:
    def late(outputs: Any, inputs: Any) -> Any:
        return outputs.at[20:21].add(inputs[21:22, :, :1]) if len(outputs) > 30 else outputs

    assert "causal" in faults(xray(changed(late)))


def test_rows_that_leak_do_not_hide_that_it_looks_ahead() -> None:
    def both(outputs: Any, inputs: Any) -> Any:
        return outputs + shifted(outputs, 1) + outputs[:, ::-1]

    assert {"causal", "isolated"} <= set(faults(xray(changed(both))))
    only = xray(changed(lambda outputs, inputs: outputs + 0.1 * outputs.mean(1, keepdims=True)))
    assert faults(only) == ["isolated"]


def test_a_leak_of_the_size_of_rounding_passes_and_is_said() -> None:
    seen = xray(changed(lambda outputs, inputs: outputs + 1e-6 * shifted(outputs, 1)))
    verdict = look(seen, "causal")
    assert verdict.ok
    assert 1e-8 < (verdict.number or 0) < 1e-5
    assert "(to " in verdict.reason


def test_a_layer_without_a_state_is_no_failure() -> None:
    seen = xray(replace(broken.sound(), hands_state=False))
    assert faults(seen) == []
    assert seen.state_size is None
    assert look(seen, "step_equals_whole").ok is None
    assert "no fault" in look(seen, "step_equals_whole").reason


def test_a_layer_that_fails_in_pieces_is_named_and_the_rest_is_looked_at() -> None:
    def apply(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        if len(inputs) == 2:
            raise ValueError("lengths of two are not supported")
        return whole(weights, state, inputs)

    seen = xray(layer_of(apply))
    assert "step_equals_whole" in faults(seen)
    assert "lengths of two are not supported" in look(seen, "step_equals_whole").reason
    assert look(seen, "causal").ok


def test_a_layer_that_cannot_be_read_is_refused_in_a_sentence() -> None:
    def apply(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        raise ValueError("only on a GPU")

    with pytest.raises(SettingError, match="only on a GPU"):
        xray(layer_of(apply))
    with pytest.raises(SettingError, match="an output for every time step"):
        xray(layer_of(lambda weights, state, inputs: (inputs[-1], state)))


def test_a_gradient_that_is_cut_off_at_the_state_is_named() -> None:
    def apply(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        return whole(weights, jax.lax.stop_gradient(state), inputs)

    seen = xray(layer_of(apply))
    assert faults(seen) == ["gradients_equal_whole"]
    assert "cut off" in look(seen, "gradients_equal_whole").reason


def padded(empty: bool, within: bool = True) -> JaxLayer:
    """A layer that is told lengths, and takes the state of each row's end, or that after all the
    padding where a row has length 0, as Flax does, or always.
    """

    def apply(weights: Any, state: Any, inputs: Any, lengths: Any) -> tuple[Any, Any]:
        outputs, _ = whole(weights, state, inputs)
        ends = outputs[lengths - 1, jnp.arange(len(lengths))]
        initial = state if empty else outputs[-1]
        after = jnp.where((lengths > 0)[:, None], ends, initial)
        return outputs, after if within else outputs[-1]

    return layer_of(padded=apply)


def test_lengths_are_kept_and_a_row_of_length_0_keeps_the_initial_state() -> None:
    seen = xray(padded(empty=True))
    assert faults(seen) == []
    assert look(seen, "lengths").ok
    seen = xray(padded(empty=False))
    assert faults(seen) == ["lengths"]
    assert "a row of length 0 goes on" in look(seen, "lengths").reason
    assert "its end" not in look(seen, "lengths").reason
    seen = xray(padded(empty=True, within=False))
    assert "that of its end" in look(seen, "lengths").reason


def test_padding_that_is_no_number_is_named_where_lengths_are_given() -> None:
    def apply(weights: Any, state: Any, inputs: Any, lengths: Any) -> tuple[Any, Any]:
        there = jnp.arange(len(inputs))[:, None] < lengths
        shares = jnp.cumsum(jnp.ones_like(inputs[..., 0]), 0)
        outputs, _ = whole(weights, state, inputs)
        ends = outputs[lengths - 1, jnp.arange(len(lengths))]
        masked = jnp.sum(jnp.where(there, 1 / shares, 0)[..., None] * outputs, 0)  # 0 x NaN
        after = jnp.where((lengths > 0)[:, None], ends, state)
        return outputs + 0 * masked, after

    seen = xray(layer_of(padded=apply))
    assert faults(seen) == ["padding"]


def test_what_is_random_in_training_is_no_fault_and_another_kernel_is() -> None:
    def dropout(weights: Any, state: Any, inputs: Any, key: Any) -> tuple[Any, Any]:
        kept = jax.random.bernoulli(key, 0.9, inputs.shape)
        return whole(weights, state, jnp.where(kept, inputs, 0))

    def other(weights: Any, state: Any, inputs: Any, key: Any) -> tuple[Any, Any]:
        outputs, after = whole(weights, state, inputs)
        return 1.1 * outputs, after

    def same(weights: Any, state: Any, inputs: Any, key: Any) -> tuple[Any, Any]:
        return whole(weights, state, inputs)

    seen = xray(layer_of(train=dropout))
    assert faults(seen) == []
    assert "random" in look(seen, "evaluation_mode").reason
    assert faults(xray(layer_of(train=other))) == ["evaluation_mode"]
    assert look(xray(layer_of(train=same)), "evaluation_mode").ok


def test_what_is_no_number_hears_nothing_or_has_no_gradient_is_named() -> None:
    seen = xray(changed(lambda outputs, inputs: outputs.at[5:, 3, 2].set(jnp.nan)))
    assert "finite" in faults(seen)
    assert "first at step 5" in look(seen, "finite").reason
    assert "hears_inputs" in faults(xray(changed(lambda outputs, inputs: 0 * outputs + 1)))
    seen = xray(changed(lambda outputs, inputs: jnp.round(8 * outputs)))
    assert faults(seen) == ["reach"]
    assert "No gradient" in look(seen, "reach").reason


def leaky(gain: float) -> JaxLayer:
    """h(t) = gain h(t-1) + W x(t)."""

    def step(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        state = gain * state + inputs @ weights["kernel"]
        return state, state

    return layer_of(scanned(step))


def test_a_start_that_explodes_or_vanishes_is_named_and_one_between_is_not() -> None:
    seen = xray(leaky(1.1))
    assert faults(seen) == ["reach"]
    assert "explodes" in look(seen, "reach").reason
    seen = xray(leaky(0.1))
    assert faults(seen) == ["reach"]
    assert "vanishes" in look(seen, "reach").reason
    seen = xray(leaky(0.9))
    assert faults(seen) == []
    assert dict(seen.reach)[20] == pytest.approx(0.9**20, rel=1e-3)
    assert dict(seen.reach)[0] == 1


def test_growth_is_named_also_where_the_nearest_inputs_meet_saturated_units() -> None:
    """Units that saturate have a gradient of exactly 0, which hides nothing."""

    def step(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        turn = jnp.roll(jnp.eye(32), 1, axis=0) - jnp.roll(jnp.eye(32), -1, axis=0)
        state = state + jnp.tanh(8 * (inputs @ weights["kernel"] + state @ turn))
        return state, state

    seen = xray(layer_of(scanned(step)))
    assert faults(seen) == ["reach"]
    assert "explodes" in look(seen, "reach").reason
    assert dict(seen.reach)[0] == 1


def test_a_delay_within_the_recurrence_is_no_growth() -> None:
    """An answer that comes two steps late: lags 0 and 1 are not felt at all."""

    def start(weights: Any, batch_size: int) -> Any:
        return jnp.zeros((batch_size, 2, 10)), initial_state(weights, batch_size)

    def apply(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        joined, buffer = calibration.before(state[0], inputs)
        outputs, after = whole(weights, state[1], joined[: len(inputs)])
        return outputs, (buffer, after)

    seen = xray(known("late", Functions(init, start, apply)))
    assert faults(seen) == []
    assert [felt for _, felt in seen.reach[:2]] == [0, 0]
    assert max(felt for _, felt in seen.reach) == 1
    assert "the lag that is felt most" in look(seen, "reach").reason


def test_the_lags_of_a_short_convolution_are_told_apart_from_what_is_learned() -> None:
    """Four taps before the recurrence: three lags come free, and the reach has no end."""

    def start(weights: Any, batch_size: int) -> Any:
        return jnp.zeros((batch_size, 3, 10)), initial_state(weights, batch_size)

    def apply(weights: Any, state: Any, inputs: Any) -> tuple[Any, Any]:
        joined, buffer = calibration.before(state[0], inputs)
        mixed = sum(joined[tap : tap + len(inputs)] for tap in range(4)) / 4
        outputs, after = whole(weights, state[1], mixed)
        return outputs, (buffer, after)

    seen = xray(known("convolution first", Functions(init, start, apply)))
    assert faults(seen) == []
    assert (seen.free_lags, seen.finite_reach) == (3, None)
    assert seen.state_size == 3 * 10 + 32


def test_a_state_that_fades_fast_is_no_buffer() -> None:
    """Halved at each step, a change is below the last digit of a float after some 30 of them."""
    seen = xray(leaky(0.5))
    assert (seen.free_lags, seen.finite_reach) == (0, None)


def test_names_that_are_published_are_there() -> None:
    assert {"causal", "isolated", "step_equals_whole", "deterministic"} <= set(NAMES)
    document = to_json(xray(calibration.memoryless()))
    assert set(document["xray"]) == set(NAMES)
    assert all(
        set(each) == {"ok", "number", "limit", "reason", "unsure"}
        for each in document["xray"].values()
    )
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_sentence_names_the_fault_first() -> None:
    seen = xray(broken.looking_ahead())
    assert verdict_of(seen).startswith(
        "calibration:looks ahead has 1 fault: looks at nothing later"
    )
    assert xray_document(seen).blocks[4].rows[0][0] == "FAULT"
    assert "exactly the last 3 inputs" in verdict_of(xray(calibration.convolution(4)))


AHEAD = """
import jax, jax.numpy as jnp

class Ahead:
    def __init__(self, units, share=0.5):
        self.units, self.share = units, share
    def init(self, key, input_size):
        return {"kernel": jax.random.normal(key, (input_size, self.units))}
    def initial_state(self, batch_size):
        return jnp.zeros((batch_size, self.units))
    def step(self, weights, state, inputs):
        state = 0.9 * state + inputs @ weights["kernel"]
        return state, state
    def apply(self, weights, state, inputs):
        step = lambda state, value: self.step(weights, state, value)
        state, outputs = jax.lax.scan(step, state, inputs)
        return outputs.at[:-1].add(self.share * outputs[1:]), state
"""


def test_the_command_says_it_and_ends_with_a_status_for_ci(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ahead.py").write_text(AHEAD)
    assert status(["xray", "ahead.py:Ahead", "--units", "8", "--report", "page.md"]) == 3
    printed = capsys.readouterr().out
    assert printed.startswith("ahead.py:Ahead has ")
    assert "FAULT" in printed
    page = Path("page.md").read_text()
    assert "It looks ahead by up to 1 step" in page
    assert Path("page/reach.svg").stat().st_size > 1000
    assert status(["xray", "ahead.py:Ahead", "--units", "8", "--set", "share=0", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["xray"]["causal"]["ok"] is True
    assert document["state_size"] == document["width"] == 8


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("xray", "xray needs a LAYER"),
        ("xray nothing.py:Cell", "nothing.py is not there"),
        ("xray lstm --units 0", "units must be an integer from 1"),
        ("xray lstm --units many", "units must be an integer"),
        ("xray attention --units 5", "units must be a multiple of 2"),
        ("xray mlp", "reads a window as a whole"),
        ("xray lstm --set share", "--set must be NAME=VALUE"),
        ("xray lstm --set share=1", "nothing to be told"),
        ("xray lstm --layout sideways", "layout 'sideways' is not known"),
        ("xray lstm --seed -1", "seed must be an integer"),
        ("xray lstm --report page.txt", "A report must end in"),
    ],
)
def test_bad_input_is_a_sentence(
    typed: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(typed.split()) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.out == ""


def test_python_takes_a_name_a_class_or_a_layer() -> None:
    by_name = echoscope.xray(str(ROOT / "examples" / "my_layer.py") + ":MyCell")
    assert by_name.state_size == 32
    assert faults(by_name) == []
    assert echoscope.xray("rnn", options=LayerOptions(units=8)).width == 8
    assert echoscope.xray(open_layer("rnn", LayerOptions(units=8))).width == 8


def test_another_seed_draws_other_weights_and_the_same_seed_the_same() -> None:
    first, again, other = (xray("rnn", seed) for seed in (1, 1, 2))
    assert first.reach == again.reach != other.reach
    assert np.isfinite([felt for _, felt in first.reach]).all()


def test_the_page_on_the_xray_says_what_its_examples_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "measure" / "xray.md").read_text()
    layer, use = [part.partition("\n```")[0] for part in page.split("```python\n")[1:]]
    monkeypatch.chdir(tmp_path)
    Path("smoothed.py").write_text(layer)
    exec(compile(use, "xray.md", "exec"), {})
    wanted = [line.removeprefix("# ") for line in use.splitlines() if line.startswith("# ")]
    assert capsys.readouterr().out.splitlines() == wanted
    assert status(["xray", "smoothed.py:Smoothed"]) == 3
    shown = " ".join(capsys.readouterr().out.split())
    assert "It looks ahead by up to 1 step" in shown
    assert [name for name in NAMES if f"| `{name}` |" not in page] == []
