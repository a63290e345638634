"""Every model in every way it answers: what can change an answer, state between windows, and Keras'
own layers.
"""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echoscope import Training, preset
from echoscope.experiment.experiment import MODELS, Experiment
from echoscope.models import cell, dense, model_of
from echoscope.models.encoding import ENCODINGS, judged
from echoscope.models.model import Model, Sizes
from echoscope.training.program import compiled, fresh

WINDOWS = (5, cell.UNROLLED + 3)  # written out, and scanned
PLAIN = [(name, when, {}) for name, ways in MODELS.items() for when in ways]
CHANGED = [
    (name, when, words)
    for name, when, _ in PLAIN
    for words in (
        {"encoding": "embedding"},
        {"encoding": "scalar"},
        {"encoding": "bits"},
        {"missing": 0.2},
        {"missing": 0.2, "gaps": "marked", "encoding": "scalar"},
        {"layers": 2, "encoding": "bits", "missing": 0.2},
        {"direction": "both"},
        {"direction": "both", "layers": 2, "missing": 0.2},
    )
    if not (name == "mlp" and {"layers", "direction"} & set(words))
    and not (when == "each" and "direction" in words)
]
WAYS = [
    pytest.param(*way, window, id="-".join(map(str, [*way[:2], *way[2].values(), window])))
    for way, windows in [
        *((way, WINDOWS) for way in PLAIN),
        *((way, WINDOWS[:1]) for way in CHANGED),
    ]
    for window in windows
]


def made(
    name: str, when: str, window: int, **words: Any
) -> tuple[Model, Sizes, dict[str, Any], np.ndarray]:
    lag = {"lag": 0} if when == "each" else {"lag": (window - 1, 0)}
    experiment = Experiment().change(
        model=name, when=when, window=window, symbols=7, units=6, state="reset", **lag, **words
    )
    model, sizes = model_of(experiment)
    heard = np.random.default_rng(window).integers(0, 7, (3, window))
    return model, sizes, jax.tree.map(jnp.asarray, fresh(experiment).weights), heard


@pytest.mark.parametrize(("name", "when", "words", "window"), WAYS)
def test_a_symbol_changes_the_answers_said_with_it_or_later_and_no_other(
    name: str, when: str, words: dict[str, Any], window: int
) -> None:
    model, sizes, weights, heard = made(name, when, window, **words)
    if sizes.gaps != "none":
        heard[:, 1] = sizes.symbols if sizes.gaps == "marked" else -1
    apply = jax.jit(model.apply, static_argnums=3)
    said = np.asarray(apply(weights, None, jnp.asarray(heard), sizes)[0])
    for flipped in range(window):
        other = heard.copy()
        other[1, flipped] = (other[1, flipped] + 1) % 7
        changed = np.asarray(apply(weights, None, jnp.asarray(other), sizes)[0]) != said
        assert not changed[[0, 2]].any()
        answers = changed[1].any(axis=-1)
        assert answers.tolist() == (
            [step >= flipped for step in range(window)] if when == "each" else [True] * 2
        )


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(
    "words", [{}, {"layers": 2}, {"direction": "both", "layers": 2}], ids=["one", "two", "both"]
)
@pytest.mark.parametrize("name", ["lstm", "gru", "rnn", "encoder-decoder"])
def test_state_passes_over_a_masked_gap_as_if_it_were_not_there(
    name: str, words: dict[str, Any], window: int
) -> None:
    model, sizes, weights, heard = made(name, "after", window, missing=0.1, **words)
    plain = sizes._replace(gaps="none")
    short, _ = model.apply(weights, None, jnp.asarray(heard), plain)
    gaps = np.insert(heard, [0, 0, 2, window - 1, window], -1, axis=1)
    wanted = jnp.asarray(np.random.default_rng(0).normal(size=short.shape), jnp.float32)

    def loss(weights: Any, heard: np.ndarray, sizes: Sizes) -> Any:
        return jnp.sum(model.apply(weights, None, jnp.asarray(heard), sizes)[0] * wanted)

    np.testing.assert_allclose(
        model.apply(weights, None, jnp.asarray(gaps), sizes)[0], short, atol=1e-5
    )
    ours, theirs = jax.grad(loss)(weights, gaps, sizes), jax.grad(loss)(weights, heard, plain)
    for key, array in theirs.items():
        np.testing.assert_allclose(ours[key], array, rtol=1e-3, atol=1e-5)


def test_a_masked_gap_adds_nothing_to_an_mlp_and_a_mark_is_a_symbol() -> None:
    model, sizes, weights, heard = made("mlp", "after", 5, missing=0.1)
    heard[:, 2] = -1
    without = weights | {"heard.kernel": weights["heard.kernel"].at[14:21].set(9.0)}
    said = model.apply(weights, None, jnp.asarray(heard), sizes)[0]
    np.testing.assert_array_equal(model.apply(without, None, jnp.asarray(heard), sizes)[0], said)
    _, marked, own, _ = made("mlp", "after", 5, missing=0.1, gaps="marked")
    assert (marked.kinds, own["heard.kernel"].shape) == (8, (40, 6))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", [name for name, ways in MODELS.items() if "each" in ways])
def test_state_carries_over_the_cut_of_a_window(name: str, window: int) -> None:
    model, sizes, weights, heard = made(name, "each", window)
    whole, last = model.apply(weights, None, jnp.asarray(heard), sizes)
    left, state = model.apply(weights, None, jnp.asarray(heard[:, :2]), sizes)
    right, end = model.apply(weights, state, jnp.asarray(heard[:, 2:]), sizes)
    np.testing.assert_allclose(np.concatenate([left, right], axis=1), whole, atol=1e-5)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, atol=1e-5), last, end)


@pytest.mark.parametrize("model", ["gru", "rnn", "mlp", "lstm"])
@pytest.mark.parametrize("lag", [1, (0, 2)])
def test_each_model_learns_its_echo(model: str, lag: Any) -> None:
    experiment = preset("lag", fit="quick", model=model, lag=lag, window=3, symbols=5, units=32)
    training = Training([experiment])
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    assert outcome.outcome == "solved"
    assert outcome.score is not None
    assert outcome.score.value > 0.99


@pytest.mark.parametrize(
    "words",
    [
        {"encoding": "bits"},
        {"encoding": "embedding"},
        {"encoding": "scalar", "epochs": 4000},
        {"layers": 2},
        {"direction": "both"},
        {"missing": 0.2, "gaps": "marked"},
        {"missing": 0.2, "gaps": "dropped"},
        {"edges": "padded"},
        {"edges": "padded", "window": None, "length": 6, "gaps": "marked"},
        {"symbols": 2},
        {"when": "each", "draw": "stream", "state": "carried", "model": "rnn", "epochs": 4000},
    ],
    ids=str,
)
def test_an_echo_is_learned_in_every_way(words: dict[str, Any]) -> None:
    training = Training(
        [
            preset(
                "lag",
                **{"fit": "quick", "window": 3, "symbols": 5, "units": 32, "stop": 0.99} | words,
            )
        ]
    )
    for _ in training:
        pass
    outcome = training.outcomes()[0]
    assert outcome.outcome == "solved"
    assert outcome.score is not None
    assert outcome.score.value > 0.98
    assert outcome.score.answers >= 10_000


@pytest.mark.parametrize("answers", [1, 3])
@pytest.mark.parametrize("outputs", [2, 7, 16, 33])
@pytest.mark.parametrize("batch", [1, 5, 40])
def test_what_is_said_and_its_gradient_do_not_depend_on_how_it_is_laid_out(
    batch: int, outputs: int, answers: int
) -> None:
    rng = np.random.default_rng(0)
    sizes = Experiment().change(symbols=outputs, window=5, lag=tuple(range(answers)))
    sizes = model_of(sizes)[1]

    def drawn(*shape: int) -> Any:
        return jnp.asarray(rng.normal(size=shape), jnp.float32)

    answer, asked = (
        jnp.asarray(rng.integers(0, outputs, (batch, answers))),
        jnp.asarray(rng.random(answers) < 0.9),
    )
    one_hot = jax.nn.one_hot(answer, outputs)

    def plain(weights: dict[str, Any], hidden: Any) -> Any:
        values = hidden @ weights["said.kernel"] + weights["said.bias"]
        values = (
            values.reshape(batch, answers, outputs)
            if hidden.ndim == 2
            else jnp.swapaxes(values, 0, 1)
        )
        lost = -jnp.sum(jax.nn.log_softmax(values) * one_hot, axis=-1)
        return jnp.sum(lost * asked) / jnp.maximum(asked.sum(), 1), jnp.argmax(values, axis=-1)

    def own(weights: dict[str, Any], hidden: Any) -> Any:
        values = (
            dense.vector(weights, hidden, answers)
            if hidden.ndim == 2
            else dense.say(weights, hidden)
        )
        assert values.shape == (batch, answers, outputs)
        return judged(values, answer, asked, sizes)

    for hidden, width in (
        (drawn(batch, 6), answers * outputs),
        (drawn(answers, batch, 6), outputs),
    ):
        weights = {"said.kernel": drawn(6, width), "said.bias": drawn(width)}
        given, wanted = (
            jax.jit(jax.value_and_grad(way, argnums=(0, 1), has_aux=True))(weights, hidden)
            for way in (own, plain)
        )
        jax.tree.map(
            lambda one, other: np.testing.assert_allclose(one, other, atol=2e-5), given, wanted
        )


@given(st.integers(2, 40), st.data())
def test_bits_say_the_likeliest_symbol_there_is(symbols: int, data: st.DataObject) -> None:
    sizes = Sizes(symbols, 1, 1, 1, encoding="bits")
    count = (symbols - 1).bit_length()
    values = data.draw(st.lists(st.integers(-9, 9).map(float), min_size=count, max_size=count))
    fits = [
        sum(value for place, value in enumerate(values) if symbol >> place & 1)
        for symbol in range(symbols)
    ]
    said = int(ENCODINGS["bits"].say(jnp.asarray([[values]]), sizes)[0, 0])
    assert fits[said] == max(fits)


def test_a_scalar_is_scaled_rounded_and_squared() -> None:
    sizes = Sizes(11, 1, 4, 1, encoding="scalar")
    values = jnp.asarray([[[0.449], [0.451], [-3.0], [7.0]]])
    scalar = ENCODINGS["scalar"]
    assert scalar.say(values, sizes).tolist() == [[4, 5, 0, 10]]
    np.testing.assert_allclose(
        scalar.lost(values, jnp.asarray([[4, 5, 1, 10]]), sizes)[0, 2], 3.1**2, rtol=1e-5
    )


@pytest.mark.parametrize("model", ["lstm", "gru", "rnn"])
def test_no_step_of_a_long_window_copies_the_whole_of_what_is_kept(model: str) -> None:
    """What costs a step its window makes a window cost its square."""
    words = {"window": 37, "length": 37, "batch": 7, "units": 5, "epochs": 1}
    text = compiled(preset("lag", fit="quick", model=model, **words).shape, 1).as_text()
    bodies = set(re.findall(r"body=(%[\w.-]+)", text))
    loops = [part for part in text.split("\n\n") if part.split(" ")[0] in bodies]
    steps = [body for body in loops if "while(" not in body and "f32[37,7," in body]
    assert len(steps) == 2, "one loop forward, one back"
    for body in steps:
        assert re.findall(r"f32\[3[78],7,\d+\]\S* copy\(", body) == []
