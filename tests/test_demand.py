"""Demand: the tutorials' five, and brute force on random settings."""

import math
from collections import Counter
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from echoscope import Echo, Experiment, SettingError, TrainingConfig, demand, frame, preset
from echoscope.cli import status
from echoscope.experiment.demand import Target
from echoscope.models import model_of
from echoscope.training.batches import batch_plan
from networks import applied, first_weights, framed


@pytest.mark.parametrize(
    ("name", "settings", "bits", "path", "gradient"),
    [
        ("current", {}, 0, "window", True),
        ("blind", {}, 6.64, "none", False),
        ("blind", {"batch_size": 1}, 6.64, "state", False),
        ("blind", {"batch_size": 1, "stateful": False}, 6.64, "none", False),
        ("lag", {}, 6.64, "window", True),
        ("whole", {}, 0, "window", True),
        ("partial", {}, 13.29, "window", True),
        ("lag", {"lag": 4, "vocab_size": 8}, 3, "window", True),
        ("whole", {"lag": 2}, 13.29, "window", True),
    ],
)
def test_facts(name: str, settings: dict, bits: float, path: str, gradient: bool) -> None:
    experiment = preset(name, **settings)
    mask = demand(experiment.task, experiment.training)
    assert round(mask.bits, 2) == bits
    assert (mask.path, mask.gradient) == (path, gradient)


def test_ten_of_ten_and_the_copy_of_the_references() -> None:
    ten = Echo(vocab_size=10, length=20, window=20, lag=tuple(range(19, 9, -1)))
    assert math.isclose(demand(ten, TrainingConfig(batch_size=1)).bits, 10 * math.log2(10))


def test_blind_s_bound_is_chance() -> None:
    blind = preset("blind")
    assert math.isclose(demand(blind.task, blind.training).ceiling, 0.01)
    assert demand(preset("lag").task, preset("lag").training).ceiling == 1


@st.composite
def tasks(draw: st.DrawFn) -> tuple[Echo, TrainingConfig]:
    """Any task that has a meaning, and any way to cut it."""
    each = draw(st.booleans())
    length = draw(st.integers(12, 25))
    edges = draw(st.sampled_from(["dropped", "padded"]))
    open_ended = each or edges == "padded"
    window = draw(st.integers(1, 6) | st.none()) if open_ended else draw(st.integers(1, 6))
    most = (window or length) - 1 if each else 8
    lags = (
        [draw(st.integers(-most, most))]
        if each
        else draw(st.lists(st.integers(-3, most), min_size=1, max_size=3, unique=True))
    )
    task = Echo(
        window=window,
        lag=tuple(lags),
        length=length,
        readout="all" if each else "last",
        edges=edges,
    )
    draws = draw(st.sampled_from(["sequence", "windows", "stream"]))
    if draws == "stream":
        assume(edges == "dropped" and window is not None and min(lags) >= 0 and max(lags) <= window)
    batch = draw(st.integers(1, 6))
    assume(draws != "sequence" or batch <= task.windows)
    states = {"windows": [False], "stream": [True], "sequence": [True, False]}
    return task, TrainingConfig(
        batch_size=batch, stateful=draw(st.sampled_from(states[draws])), sampling=draws
    )


@given(tasks())
def test_paths_by_brute_force(settings: tuple[Echo, TrainingConfig]) -> None:
    """Every integer of the sequence is another one, so that what a row has read is a set, and an
    answer is in it or not.

    Integers below 0 are the gaps of padded edges.
    """
    task, fit = settings
    padded = task.edges == "padded"
    batch = fit.batch_size if fit.sampling == "sequence" else 1
    length = task.length if fit.sampling == "sequence" or padded else task.reach
    ends = range(length) if padded else range(task.time_steps - 1, length)
    starts = []
    for end in ends:
        steps = (
            range(max(0, end - task.time_steps + 1), end + 1) if task.readout == "all" else [end]
        )
        text = [step - lag for step in steps for lag in task.lag]
        inside = [0 <= place < length for place in text]
        if any(inside) if padded or task.readout == "all" else all(inside):
            starts.append(end - task.time_steps + 1)
    if (
        padded and task.readout == "last"
    ):  # a forecast beyond the sequence, or a lag of before it, is not known
        starts = [start for start in starts if start + task.time_steps - 1 - min(task.lag) < length]
    if fit.sampling == "stream":
        starts = [task.reach - task.time_steps]
    starts = starts[len(starts) % batch :]
    told = iter(demand(task, fit).targets)
    states: list[set[int]] = [set() for _ in range(batch)]
    for sample, start in enumerate(starts):
        inputs = set(range(max(start, 0), start + task.time_steps))
        state = set(range(-99, start)) if fit.sampling == "stream" else states[sample % batch]
        for step, lag in product(range(task.time_steps), task.lag):
            target = start + step - lag
            if task.readout == "last" and (
                step != task.time_steps - 1 or not (target >= 0 or fit.sampling == "stream")
            ):
                continue
            within = start <= target < start + task.time_steps and target >= 0 and start + step >= 0
            if task.readout == "all" and not within and fit.sampling != "stream":
                continue
            targets = "window" if target in inputs and target <= start + step else "none"
            targets = (
                "state" if targets == "none" and target in state and target < start else targets
            )
            value = next(told)
            assert (value.sample, value.lag, value.input_step, value.target_step) == (
                sample,
                lag,
                step - lag,
                step,
            )
            assert (value.path, value.gradient) == (targets, targets == "window")
        if fit.stateful:
            states[sample % batch] |= inputs
    assert next(told, None) is None


@given(st.integers(1, 8), st.data())
def test_held_by_counting(window: int, data: st.DataObject) -> None:
    lag = data.draw(st.integers(0, window - 1))
    task = Echo(window=window, lag=(lag,), readout="all")
    text = [(step - lag, step) for step in range(lag, window)]
    most = max(sum(inputs <= moment < step for inputs, step in text) for moment in range(window))
    assert demand(task, TrainingConfig(batch_size=1)).held == most


def test_answers_without_a_path_are_said_beside_those_of_the_state() -> None:
    experiment = preset("lag", lag=9)
    sentence = demand(experiment.task, experiment.training).sentences()[1]
    assert sentence.startswith("10 of 15 targets lie before the window")
    assert sentence.endswith("5 more can arrive by no path.")


@pytest.mark.parametrize(
    ("settings", "sentences"),
    [
        (
            {"lag": -1},
            [
                "20 of 20 targets have not been read yet when they must be predicted; nobody can"
                " forecast random integers. The accuracy will be chance (0.01), however long it"
                " trains."
            ],
        ),
        (
            {"missing": 0.1},
            [
                "1 symbol has to be held at once: 1 x log2(100) = 6.64 bits.",
                (
                    "Every target lies inside its own window, so the network reads it and training"
                    " can follow it."
                ),
                (
                    "A masked gap leaves no trace of its step, so the network cannot count how far"
                    " back a symbol lies: marked gaps tell it."
                ),
            ],
        ),
        (
            {"readout": "all", "sampling": "stream", "lag": 2},
            [
                "2 symbols have to be held at once: 2 x log2(100) = 13.29 bits.",
                (
                    "3 of 5 targets lie inside their own window, so the network reads them and"
                    " training can follow; 2 by carried state only."
                ),
            ],
        ),
        (
            {"readout": "all", "sampling": "stream", "lag": 4},
            [
                "4 symbols have to be held at once: 4 x log2(100) = 26.58 bits.",
                (
                    "4 of 5 targets lie before the window and can arrive only through carried"
                    " state, across which no gradient flows; the other 1 lie inside it and teach"
                    " the network to keep them."
                ),
            ],
        ),
        (
            {"lag": (1, -1)},
            [
                "1 symbol has to be held at once: 1 x log2(100) = 6.64 bits.",
                (
                    "20 of 40 targets lie inside their own window, so the network reads them and"
                    " training can follow; 20 by no path."
                ),
            ],
        ),
    ],
)
def test_sentences(settings: dict, sentences: list[str]) -> None:
    experiment = preset("lag", **settings)
    assert demand(experiment.task, experiment.training).sentences() == sentences


def test_own_integers_may_be_forecast() -> None:
    forecast = preset("lag", lag=-1)
    assert demand(forecast.task, forecast.training).sentences(user_data=True) == [
        "20 of 20 targets have not been read yet when they must be predicted: only a rule that your"
        " integers follow can help."
    ]


FLIPPED = [
    preset(
        "lag",
        **{"model": model, "units": 7, "vocab_size": 9, "length": 12, "window": 4, "batch_size": 3}
        | settings,
    )
    for model, settings in [
        ("lstm", {}),
        ("lstm", {"lag": 6}),
        ("gru", {"lag": (1, 7), "stateful": False}),
        ("rnn", {"lag": (0, 5, -1)}),
        ("lstm", {"readout": "all", "lag": 2}),
        ("gru", {"readout": "all", "lag": 0, "layers": 2}),
        ("lstm", {"edges": "padded", "lag": (1, 3)}),
        ("rnn", {"edges": "padded", "window": None, "lag": 1, "batch_size": 1}),
        ("gru", {"edges": "padded", "gaps": "marked", "lag": 1, "stateful": False}),
        ("encoder-decoder", {"lag": (3, 2)}),
        ("encoder-decoder", {"lag": (0, 1, 2, 3), "bidirectional": True, "stateful": False}),
        ("encoder-decoder", {"lag": (5, 1), "batch_size": 1}),
        ("mlp", {"lag": (2, 5), "stateful": False}),
        ("lstm", {"bidirectional": True, "stateful": False, "encoding": "bits"}),
        ("rnn", {"encoding": "scalar", "lag": 6}),
    ]
]


@pytest.mark.parametrize(
    "experiment", FLIPPED, ids=lambda experiment: f"{experiment.model}-{experiment.id[:4]}"
)
def test_what_demand_says_of_a_path_is_what_flipping_a_symbol_does(experiment: Experiment) -> None:
    """Flip each integer of a sequence in turn, and see which predicts of an untrained network
    change.
    """
    task = experiment.task
    model, sizes = model_of(experiment)
    weights = jax.tree.map(jnp.asarray, first_weights(experiment))
    plan = batch_plan(experiment)

    @jax.jit
    def text(sequence: Any) -> Any:
        batch, state, result = framed(sequence[None], plan), None, []
        for inputs in batch.inputs:
            values, after = applied(model, weights, state, inputs, sizes)
            state = after if experiment.training.stateful else None
            result.append(values)
        return jnp.concatenate(result)

    sequence = np.random.default_rng(1).integers(0, 9, task.length)
    before = np.asarray(text(jnp.asarray(sequence)))
    changes = []
    for place in range(task.length):
        other = sequence.copy()
        other[place] = (other[place] + 1) % 9
        changes.append((np.asarray(text(jnp.asarray(other))) != before).any(axis=-1))
    starts = frame(task, batch_size=experiment.training.batch_size).inputs[:, 0]
    mask = demand(task, experiment.training).targets
    assert mask
    for target in mask:
        place = target.target_step if task.readout == "all" else task.lag.index(target.lag)
        arrives = changes[starts[target.sample] + target.input_step][target.sample, place]
        assert arrives == (target.path != "none"), target


def counted_one_by_one(task: Echo, fit: TrainingConfig) -> tuple[list[Target], int, int]:
    """Every answer of every sample, looked at by itself, and the most symbols held at once."""
    batch = fit.batch_size if fit.sampling == "sequence" else 1
    if fit.sampling == "sequence" or task.edges == "padded":
        framed = frame(task, batch_size=batch)
    else:
        framed = task.frame_at(np.array([task.reach - 1 - task.ahead]))
    result = []
    for sample, mask in enumerate(framed.mask):
        for place in range(task.target_count):
            step = place if task.readout == "all" else task.time_steps - 1
            lag = task.lag[0] if task.readout == "all" else task.lag[place]
            inputs = step - lag
            if not mask[place] and fit.sampling != "stream":
                continue
            path = "window" if 0 <= inputs <= step else "none"
            if inputs < 0 and inputs <= step and fit.sampling == "stream":
                path = "state"
            elif inputs < 0 and inputs <= step and fit.stateful:
                rows = -(inputs // fit.batch_size)
                reaches = inputs + rows * fit.batch_size < task.time_steps
                path = "state" if reaches and sample >= rows * fit.batch_size else "none"
            result.append(Target(sample, lag, inputs, step, path, path == "window"))
    last = [item for item in result if item.sample == result[-1].sample]
    moments = range(-task.reach - task.time_steps, task.reach + task.time_steps)
    held = max(sum(item.input_step <= now < item.target_step for item in last) for now in moments)
    return result, held, len(framed.mask)


@given(st.data())
def test_demand_counts_by_kind_what_is_counted_one_by_one(data: st.DataObject) -> None:
    def one_of(*values: Any) -> Any:
        return data.draw(st.sampled_from(values))

    settings = {
        "window": one_of(1, 2, 3, 5, None),
        "length": one_of(1, 4, 9, 13),
        "lag": one_of(0, 1, 2, 4, 7, -1, -2, (1, 0), (4, -1), (6, 2, 0)),
        "readout": one_of("last", "all"),
        "edges": one_of("dropped", "padded"),
        "batch_size": one_of(1, 2, 3, 5),
        "stateful": one_of(True, False),
        "sampling": one_of("sequence", "windows", "stream"),
        "missing": one_of(0, 0.1),
    }
    try:
        experiment = preset("lag", **settings)
    except SettingError:
        return
    task, fit = experiment.task, experiment.training
    targets, held, samples = counted_one_by_one(task, fit)
    mask = demand(task, fit)
    assert mask.targets == tuple(targets)
    assert list(mask.paths.items()) == Counter(item.path for item in targets).most_common()
    assert (mask.target_count, mask.held, mask.samples) == (len(targets), held, samples)


@pytest.mark.parametrize(
    "settings",
    [
        {"length": 1_000_000},
        {"length": 1_000_000, "window": 1, "lag": (4, 3)},
        {"length": 1_000_000, "window": None, "edges": "padded"},
        {"length": 1_000_000, "window": None, "readout": "all", "batch_size": 1},
        {"length": 1_000_000, "window": 500_000, "lag": 400_000},
    ],
)
def test_a_million_integers_are_explained_without_framing_them(
    settings: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    most = []
    framed = Echo.frame_at
    monkeypatch.setattr(
        Echo, "frame_at", lambda task, ends: most.append(len(ends)) or framed(task, ends)
    )
    flags = [flag_of(name, value) for name, value in settings.items()]
    assert status(["explain", "lag", *flags]) == 0
    assert max(most) == 1
    assert capsys.readouterr().out.count("=>") >= 1


def flag_of(name: str, value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"--{name.replace('_', '-')}={text}"
