"""Every model in every way it predicts: what can change a target, state between windows, and Keras'
own layers.
"""

import re
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax import lax

from echoscope import Training, preset
from echoscope.experiment.experiment import Experiment
from echoscope.models import dense, model_of, stack
from echoscope.models.attention import causal
from echoscope.models.base import Model, Sizes
from echoscope.models.encoders import ENCODINGS, mean_loss
from echoscope.models.recurrent import cell
from echoscope.registry import LAYERS, layer_of
from echoscope.training.program import compiled
from echoscope.training.setup import Setup
from echoscope.training.train import state_size
from networks import applied, first_weights

WINDOWS = (3, cell.UNROLLED + 1)  # written out, and scanned
STARTS = ("lstm-torch", "lstm-flax")  # the LSTM with other first weights: tried once
CELLS = ("lstm", "gru", "gru-before", "rnn", "encoder-decoder")  # of which each window is another
PLAIN = [
    (name, readout, {})
    for name, kind in LAYERS.items()
    for readout in kind.readouts
    if name not in STARTS
]
# Layers to compare others with: how a model encodes and stacks is tried on the others.
BESIDE = ("min-gru", "selective", "delta", "convolution", "tcn", "echo-state", "ring")
STACKED = {"one": {}, "two": {"layers": 2}, "both": {"bidirectional": True, "layers": 2}}
FEW = ({"missing": 0.2}, {"layers": 2, "encoding": "bits", "missing": 0.2})
CHANGED = [
    (name, readout, settings)
    for name, readout, _ in PLAIN
    for settings in (
        {"encoding": "embedding"},
        {"encoding": "scalar"},
        {"encoding": "bits"},
        {"missing": 0.2},
        {"missing": 0.2, "gaps": "marked", "encoding": "scalar"},
        {"layers": 2, "encoding": "bits", "missing": 0.2},
        {"bidirectional": True},
        {"bidirectional": True, "layers": 2, "missing": 0.2},
    )
    if not (name in BESIDE and settings not in FEW)
    and not (name == "mlp" and {"layers", "bidirectional"} & set(settings))
    and not (readout == "all" and "bidirectional" in settings)
]
WAYS = [
    pytest.param(*way, window, id="-".join(map(str, [*way[:2], *way[2].values(), window])))
    for way, windows in [
        *((way, WINDOWS if way[0] in CELLS else WINDOWS[1:]) for way in PLAIN),
        *((way, WINDOWS[:1]) for way in CHANGED),
    ]
    for window in windows
]


def made(
    name: str, readout: str, window: int, **settings: Any
) -> tuple[Model, Sizes, dict[str, Any], np.ndarray]:
    lag = {"lag": 0} if readout == "all" else {"lag": (window - 1, 0)}
    experiment = Experiment().change(
        model=name,
        readout="decoder" if name == "encoder-decoder" else readout,
        window=window,
        vocab_size=7,
        units=6,
        stateful=False,
        **lag,
        **settings,
    )
    model, sizes = model_of(experiment)
    inputs = np.random.default_rng(window).integers(0, 7, (3, window))
    return model, sizes, jax.tree.map(jnp.asarray, first_weights(experiment)), inputs


@pytest.mark.parametrize(("name", "readout", "settings", "window"), WAYS)
def test_a_symbol_changes_the_answers_said_with_it_or_later_and_no_other(
    name: str, readout: str, settings: dict[str, Any], window: int
) -> None:
    model, sizes, weights, inputs = made(name, readout, window, **settings)
    if sizes.gaps != "none":
        inputs[:, 1] = sizes.vocab_size if sizes.gaps == "marked" else -1
    reach = 4 if name == "convolution" else window
    text = np.asarray(applied(model, weights, None, inputs, sizes)[0])
    for flipped in range(window):
        other = inputs.copy()
        other[1, flipped] = (other[1, flipped] + 1) % 7
        changed = np.asarray(applied(model, weights, None, other, sizes)[0]) != text
        assert not changed[[0, 2]].any()
        targets = changed[1].any(axis=-1)
        assert targets.tolist() == (
            [0 <= step - flipped < reach for step in range(window)]
            if readout == "all"
            else [window - 1 - flipped < reach] * 2
        )


@pytest.mark.parametrize(
    ("name", "stacked", "window"),
    [
        *((name, stacked, window) for name in CELLS for stacked in STACKED for window in WINDOWS),
        *(
            (name, *way)
            for name, kind in LAYERS.items()
            if kind.carries and name not in (*CELLS, *STARTS)
            for way in (("one", WINDOWS[1]), ("both", WINDOWS[0]))
        ),
    ],
)
def test_state_passes_over_a_masked_gap_as_if_it_were_not_there(
    name: str, stacked: str, window: int
) -> None:
    model, sizes, weights, inputs = made(name, "last", window, missing=0.1, **STACKED[stacked])
    plain = sizes._replace(gaps="none")
    gaps = np.insert(inputs, [0, 0, 2, window - 1, window, window], -1, axis=1)

    def loss(weights: Any, inputs: np.ndarray, sizes: Sizes) -> Any:
        values = model.apply(weights, None, jnp.asarray(inputs), sizes)[0]
        cotangent = np.random.default_rng(0).normal(size=values.shape).astype(np.float32)
        return jnp.sum(values * cotangent), values

    def both(weights: Any) -> Any:
        way = jax.grad(loss, has_aux=True)
        return way(weights, gaps, sizes), way(weights, inputs, plain)

    (ours, long), (theirs, short) = jax.jit(both)(weights)
    np.testing.assert_allclose(long, short, atol=1e-5)
    for key, array in theirs.items():
        np.testing.assert_allclose(ours[key], array, rtol=1e-3, atol=1e-5)


def test_a_masked_gap_adds_nothing_to_an_mlp_and_a_mark_is_a_symbol() -> None:
    model, sizes, weights, inputs = made("mlp", "last", 5, missing=0.1)
    inputs[:, 2] = -1
    without = weights | {"layer1.kernel": weights["layer1.kernel"].at[14:21].set(9.0)}
    text = applied(model, weights, None, jnp.asarray(inputs), sizes)[0]
    np.testing.assert_array_equal(
        applied(model, without, None, jnp.asarray(inputs), sizes)[0], text
    )
    _, marked, mine, _ = made("mlp", "last", 5, missing=0.1, gaps="marked")
    assert (marked.input_vocab_size, mine["layer1.kernel"].shape) == (8, (40, 6))


@pytest.mark.parametrize(
    ("name", "window"),
    [
        (name, window)
        for name, kind in LAYERS.items()
        if "all" in kind.readouts and name not in STARTS
        for window in (WINDOWS if name in CELLS else WINDOWS[1:])
    ],
)
def test_state_carries_over_the_cut_of_a_window(name: str, window: int) -> None:
    model, sizes, weights, inputs = made(name, "all", window)
    whole, last = applied(model, weights, None, inputs, sizes)
    left, state = applied(model, weights, None, inputs[:, :2], sizes)
    correct, end = applied(model, weights, state, inputs[:, 2:], sizes)
    np.testing.assert_allclose(np.concatenate([left, correct], axis=1), whole, atol=1e-5)
    jax.tree.map(lambda item, other: np.testing.assert_allclose(item, other, atol=1e-5), last, end)


@pytest.mark.parametrize("model", ["gru", "gru-before", "rnn", "mlp", "lstm"])
@pytest.mark.parametrize("lag", [1, (0, 2)])
def test_each_model_learns_its_echo(model: str, lag: Any) -> None:
    experiment = preset("lag", fit="quick", model=model, lag=lag, window=3, vocab_size=5, units=32)
    training = Training([experiment])
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    assert outcome.outcome == "solved"
    assert outcome.accuracy is not None
    assert outcome.accuracy.value > 0.99


@pytest.mark.parametrize(
    "settings",
    [
        {"encoding": "bits"},
        {"encoding": "embedding"},
        {"encoding": "scalar", "epochs": 4000},
        {"layers": 2},
        {"bidirectional": True},
        {"missing": 0.2, "gaps": "marked"},
        {"missing": 0.2, "gaps": "dropped"},
        {"edges": "padded"},
        {"edges": "padded", "window": None, "length": 6, "gaps": "marked"},
        {"vocab_size": 2},
        {"readout": "all", "sampling": "stream", "stateful": True, "model": "rnn", "epochs": 4000},
    ],
    ids=str,
)
def test_an_echo_is_learned_in_every_way(settings: dict[str, Any]) -> None:
    training = Training(
        [
            preset(
                "lag",
                **{
                    "fit": "quick",
                    "window": 3,
                    "vocab_size": 5,
                    "units": 32,
                    "target_accuracy": 0.99,
                }
                | settings,
            )
        ]
    )
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    assert outcome.outcome == "solved"
    assert outcome.accuracy is not None
    assert outcome.accuracy.value > 0.98
    assert outcome.accuracy.target_count >= 10_000


@pytest.mark.parametrize("targets", [1, 3])
@pytest.mark.parametrize("outputs", [2, 7, 16, 33])
@pytest.mark.parametrize("batch", [1, 5, 40])
def test_what_is_said_and_its_gradient_do_not_depend_on_how_it_is_laid_out(
    batch: int, outputs: int, targets: int
) -> None:
    rng = np.random.default_rng(0)
    sizes = Experiment().change(vocab_size=outputs, window=5, lag=tuple(range(targets)))
    sizes = model_of(sizes)[1]

    def drawn(*shape: int) -> Any:
        return rng.normal(size=shape).astype(np.float32)

    target, mask = rng.integers(0, outputs, (batch, targets)), rng.random(targets) < 0.9
    one_hot = np.eye(outputs, dtype=np.float32)[target]

    def plain(weights: dict[str, Any], hidden: Any) -> Any:
        values = hidden @ weights["readout.kernel"] + weights["readout.bias"]
        values = (
            values.reshape(batch, targets, outputs)
            if hidden.ndim == 2
            else jnp.swapaxes(values, 0, 1)
        )
        lost = -jnp.sum(jax.nn.log_softmax(values) * one_hot, axis=-1)
        return jnp.sum(lost * mask) / jnp.maximum(mask.sum(), 1), jnp.argmax(values, axis=-1)

    def mine(weights: dict[str, Any], hidden: Any) -> Any:
        values = (
            dense.vector(weights, hidden, targets)
            if hidden.ndim == 2
            else dense.each(weights, hidden, 1)
        )
        assert values.shape == (batch, targets, outputs)
        mean, (said, _) = mean_loss(values, jnp.asarray(target), jnp.asarray(mask), sizes)
        return mean, said

    @jax.jit
    def both(given: Any) -> Any:
        ways = [jax.value_and_grad(way, argnums=(0, 1), has_aux=True) for way in (mine, plain)]
        return [[way(*one) for one in given] for way in ways]

    given = [
        ({"readout.kernel": drawn(6, width), "readout.bias": drawn(width)}, hidden)
        for hidden, width in (
            (drawn(batch, 6), targets * outputs),
            (drawn(targets, batch, 6), outputs),
        )
    ]
    jax.tree.map(
        lambda item, other: np.testing.assert_allclose(item, other, atol=2e-5), *both(given)
    )


bits_say = jax.jit(ENCODINGS["bits"].say, static_argnums=1)


@given(st.sampled_from([*range(2, 10), 15, 16, 17, 31, 32, 33, 40]), st.data())
def test_bits_say_the_likeliest_symbol_there_is(vocab_size: int, data: st.DataObject) -> None:
    sizes = Sizes(vocab_size, 1, 1, 1, encoding="bits")
    count = (vocab_size - 1).bit_length()
    values = data.draw(st.lists(st.integers(-9, 9).map(float), min_size=count, max_size=count))
    fits = [
        sum(value for place, value in enumerate(values) if symbol >> place & 1)
        for symbol in range(vocab_size)
    ]
    text = int(bits_say(jnp.asarray([[values]]), sizes)[0, 0])
    assert fits[text] == max(fits)


def test_a_scalar_is_scaled_rounded_and_squared() -> None:
    sizes = Sizes(11, 1, 4, 1, encoding="scalar")
    scalar = ENCODINGS["scalar"]

    @jax.jit
    def said_and_lost(values: Any, target: Any) -> Any:
        return scalar.say(values, sizes), scalar.lost(values, target, sizes)

    values = np.array([[[0.449], [0.451], [-3.0], [7.0]]], np.float32)
    said, lost = said_and_lost(values, np.array([[4, 5, 1, 10]]))
    assert said.tolist() == [[4, 5, 0, 10]]
    np.testing.assert_allclose(lost[0, 2], 3.1**2, rtol=1e-5)


@pytest.mark.parametrize("model", ["lstm", "gru", "rnn"])
def test_no_step_of_a_long_window_copies_the_whole_of_what_is_kept(model: str) -> None:
    """What costs a step its window makes a window cost its square."""
    settings = {"window": 37, "length": 37, "batch_size": 7, "units": 5, "epochs": 1}
    text = compiled(Setup.of(preset("lag", fit="quick", model=model, **settings)), 1).as_text()
    bodies = set(re.findall(r"body=(%[\w.-]+)", text))
    loops = [part for part in text.split("\n\n") if part.split(" ")[0] in bodies]
    steps = [body for body in loops if "while(" not in body and "f32[37,7," in body]
    assert len(steps) == 2, "one loop forward, one back"
    for body in steps:
        assert re.findall(r"f32\[3[78],7,\d+\]\S* copy\(", body) == []


SIZES = {
    "lstm": 2 * 6,
    "gru": 6,
    "gru-before": 6,
    "rnn": 6,
    "lstm-torch": 2 * 6,
    "lstm-flax": 2 * 6,
    "lru": 2 * 6,  # complex numbers are two
    "min-gru": 6,
    "selective": 16 * 6,
    "delta": 2 * 3 * 3,  # two heads, each a matrix
    "convolution": 3 * 6,
    "tcn": 2 * (2 + 4 + 8) * 6,
    "echo-state": 6,
    "ring": 6,
    "attention": 2 * 5 * 6 + 5 + 1,  # keys, values, positions, and a count
    "mlp": 0,
    "encoder-decoder": 2 * 2 * 6,
}


@pytest.mark.parametrize("name", LAYERS)
def test_state_size_is_what_is_carried_between_time_steps(name: str) -> None:
    one = Experiment().change(model=name, units=6, stateful=False)
    assert state_size(Setup.of(one)) == SIZES[name]
    if LAYERS[name].carries:
        decoder = 2 * 6 if name == "encoder-decoder" else 0
        layer = SIZES[name] - decoder
        assert state_size(Setup.of(one.change(layers=2))) == 2 * layer + decoder
        assert state_size(Setup.of(one.change(bidirectional=True))) == 2 * layer + decoder


@pytest.mark.parametrize("name", [name for name, kind in LAYERS.items() if kind.carries])
def test_a_stream_gives_the_outputs_and_gradients_of_the_whole_window(name: str) -> None:
    layer, rng = layer_of(name), np.random.default_rng(1)
    weights = layer.init(rng, 3, 6, 4)
    inputs, cotangent = (rng.normal(size=(4, 2, size)).astype(np.float32) for size in (3, 6))
    present = np.array([[1, 1], [1, 0], [0, 1], [1, 1]], bool)

    def total(weights: Any, cuts: tuple[int, ...]) -> Any:
        state, parts = layer.initial_state(6, 2, 4), []
        for begin, end in pairwise((0, *cuts, 4)):
            outputs, state = layer.apply(
                weights, state, jnp.asarray(inputs[begin:end]), jnp.asarray(present[begin:end])
            )
            parts.append(outputs)
        return jnp.sum(jnp.concatenate(parts) * cotangent * present[..., None])

    both = jax.jit(jax.value_and_grad(total), static_argnums=1)
    whole, gradient = both(weights, ())
    for cuts in ((2,), (1, 2, 3)):
        value, other = both(weights, cuts)
        np.testing.assert_allclose(value, whole, rtol=1e-4, atol=1e-4)
        for key, array in gradient.items():
            np.testing.assert_allclose(other[key], array, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["lru", "attention"])
def test_gaps_are_held_for_a_layer_that_skips_its_initial_state(name: str) -> None:
    layer, experiment = layer_of(name), preset("lag", model=name, units=6, missing=0.5)

    def skipping(weights: Any, state: Any, inputs: Any, present: Any) -> Any:
        start = layer.initial_state(6, inputs.shape[1], 5) if state is None else state
        return layer.apply(weights, start, inputs, present)

    sizes = model_of(experiment)[1]
    inputs = np.array([[1, -1, 2, -1, -1], [-1, -1, 3, 4, -1]])
    weights = stack.init(layer, np.random.default_rng(1), sizes)
    alike = [layer, layer._replace(apply=skipping, skips_initial=True)]
    want, got = (
        jax.jit(partial(stack.apply, kind), static_argnums=3)(weights, None, inputs, sizes)
        for kind in alike
    )
    jax.tree.map(np.testing.assert_array_equal, want, got)
    assert (want[0][1, 0] == want[0][0, 0]).all()


def test_attention_sees_a_window_of_keys_and_no_more() -> None:
    layer, rng = layer_of("attention"), np.random.default_rng(1)
    weights = jax.tree.map(jnp.asarray, layer.init(rng, 3, 6, 4))
    inputs = rng.normal(size=(9, 1, 3)).astype(np.float32)

    @jax.jit
    def last(inputs: Any) -> Any:
        def read(state: Any, step: Any) -> Any:
            return layer.apply(weights, state, step[None], None)[::-1]

        return lax.scan(read, layer.initial_state(6, 1, 4), inputs)[1][-1]

    for place in range(9):
        other = inputs.copy()
        other[place] += 1
        assert np.any(last(other) != last(inputs)) == (place >= 5)


@pytest.mark.parametrize("gaps", [False, True])
def test_attention_reads_a_long_window_as_it_reads_its_parts(gaps: bool) -> None:
    layer, rng, steps = layer_of("attention"), np.random.default_rng(1), 2 * causal.STRETCH + 9
    weights = jax.tree.map(jnp.asarray, layer.init(rng, 3, 6, steps))
    inputs, cotangent = (rng.normal(size=(steps, 2, size)).astype(np.float32) for size in (3, 6))
    there = rng.random((steps, 2)) < (0.8 if gaps else 1.1)
    present = jnp.asarray(there) if gaps else None

    def total(weights: Any, cuts: tuple[int, ...]) -> Any:
        state, parts = layer.initial_state(6, 2, steps - 20), []
        for begin, end in pairwise((0, *cuts, steps)):
            now = None if present is None else present[begin:end]
            outputs, state = layer.apply(weights, state, jnp.asarray(inputs[begin:end]), now)
            parts.append(outputs)
        return jnp.sum(jnp.concatenate(parts) * cotangent * there[..., None]), state

    both = jax.jit(jax.value_and_grad(total, has_aux=True), static_argnums=1)
    whole, parts = both(weights, ()), both(weights, (7, 100, 107))
    for ours, theirs in zip(*map(jax.tree.leaves, (whole, parts)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("name", "gates"), [("lstm", 4), ("gru", 3), ("gru-before", 3), ("rnn", 1)]
)
def test_first_weights_are_those_of_the_tutorials(name: str, gates: int) -> None:
    """Glorot's uniform inputs, orthogonal recurrent rows, and 1 as the forget gate's bias alone."""
    weights = first_weights(preset("lag", model=name, units=30, vocab_size=70))
    limit = np.sqrt(6 / (70 + gates * 30))
    kernel, recurrent = weights["layer1.kernel"], weights["layer1.recurrent"]
    assert 0.98 * limit < np.abs(kernel).max() <= limit
    assert abs(kernel.std() / (limit / np.sqrt(3)) - 1) < 0.05
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(30), atol=1e-5)
    bias = np.zeros(gates * 30)
    bias[30:60] = name == "lstm"
    assert weights["layer1.bias"].tolist() == bias.tolist()
    outputs = weights["readout.kernel"]
    assert 0.98 * np.sqrt(6 / 100) < np.abs(outputs).max() <= np.sqrt(6 / 100)
    assert not weights["readout.bias"].any()
