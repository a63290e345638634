"""The door for PyTorch: what comes in gives what it gives by itself, trains, and hands its state
on; what cannot come in is told why.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is an extra of its own; CI installs it")

from echoscope.errors import SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.training_config import TrainingConfig
from echoscope.measure.doors.open import open_layer
from echoscope.measure.in_torch.batches import Batches
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.xray import xray
from echoscope.tasks.associative_recall import AssociativeRecall
from echoscope.tasks.base import Task
from echoscope.tasks.draws import NumpyDraws
from echoscope.tasks.echo import Echo
from echoscope.tasks.hold import Hold
from echoscope.training import optimizer
from echoscope.training.batches import TRAINED, batch_plan, framed
from echoscope.training.setup import Setup

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "layers"
nn = torch.nn
X = np.random.default_rng(0).normal(size=(9, 4, 10)).astype(np.float32)


def ladder(**settings: Any) -> Experiment:
    task = Echo(vocab_size=10, window=8, length=16, lag=(1, 2, 3), readout="all")
    return experiment(task, **settings)


def experiment(task: Task, seed: int = 0, **settings: Any) -> Experiment:
    usual = {"epochs": 150, "learning_rate": 0.02, "batch_size": 16} | settings
    return Experiment(
        task=task, seed=seed, training=TrainingConfig(stateful=False, sampling="windows", **usual)
    )


def opened(kind: Any, **options: Any) -> Any:
    return open_layer(kind, LayerOptions(units=6, **options))


def own(kind: Any, layer: Any, weights: dict[str, Any], **arguments: Any) -> Any:
    """PyTorch's module itself, with the layer's weights."""
    module = kind(10, 6, **arguments)
    module.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    return module.eval()


def by_hand(cell: Any, inputs: Any, output: Any) -> Any:
    state, outputs = None, []
    for part in torch.tensor(inputs):
        state = cell(part, state)
        outputs.append(output(state))
    return torch.stack(outputs).detach().numpy()


class Leaky(nn.Module):
    """A cell by needing a state; of one tensor."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.read = nn.Linear(input_size, hidden_size)

    def forward(self, x: Any, h: Any) -> Any:
        return 0.5 * h + torch.tanh(self.read(x))


class PairCell(nn.Module):
    """A cell that gives a pair, the output second, and is made of it whole."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(input_size, hidden_size)

    def forward(self, x: Any, state: Any = None) -> Any:
        h, c = self.cell(x, None if state is None else state[::-1])
        return c, h


class Sequence(nn.Module):
    """Reads whole sequences, and does not say in which order; outputs alone."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.inner = nn.GRU(input_size, hidden_size)

    def forward(self, x: Any) -> Any:
        return self.inner(x)[0]


class BatchFirst(Sequence):
    """The same, batch first, with a state."""

    batch_first = True

    def forward(self, x: Any, hidden: Any = None) -> Any:
        outputs, after = self.inner(x.transpose(0, 1), hidden)
        return outputs.transpose(0, 1), after


class Stepped(nn.Module):
    """A whole form, and a step beside it that is another by half."""

    batch_first = True

    def __init__(self, input_size: int, hidden_size: int, step_off: float = 0.0) -> None:
        super().__init__()
        self.read, self.off = nn.Linear(input_size, hidden_size), step_off

    def initial_state(self, batch_size: int) -> Any:
        return torch.zeros(batch_size, self.read.out_features)

    def step(self, x: Any, state: Any) -> Any:
        state = state + self.read(x)
        return state + self.off, state

    def forward(self, x: Any) -> Any:
        return torch.cumsum(self.read(x), dim=1)


class Keeping(nn.Module):
    """Goes on from where its last call ended."""

    batch_first = False

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.inner = nn.GRU(input_size, hidden_size)
        self.kept = None

    def forward(self, x: Any) -> Any:
        outputs, self.kept = self.inner(x, self.kept)
        return outputs


@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_a_sequence_module_gives_what_it_gives_by_itself(name: str, batch_first: bool) -> None:
    arguments = {"batch_first": batch_first, "num_layers": 2}
    layer = opened(f"torch.nn:{name}", arguments=arguments)
    weights = layer.init(3)
    module = own(getattr(nn, name), layer, weights, **arguments)
    read = torch.tensor(X.swapaxes(0, 1) if batch_first else X)
    with torch.no_grad():
        outputs, state = module(read)
    expected = outputs.numpy()
    passed = layer.run(weights, X)
    assert np.array_equal(passed.outputs, expected.swapaxes(0, 1) if batch_first else expected)
    leaves = state if name == "LSTM" else (state,)
    for mine, theirs in zip(layer.leaves(passed.state), leaves, strict=True):
        assert np.array_equal(mine, theirs.numpy())
    assert (layer.width, layer.input_size, layer.identity.door) == (
        6,
        10,
        "PyTorch sequence module",
    )


@pytest.mark.parametrize("name", ["LSTMCell", "GRUCell", "RNNCell"])
def test_a_cell_gives_what_it_gives_by_itself(name: str) -> None:
    layer = opened(getattr(nn, name))
    weights = layer.init(3)
    cell = own(getattr(nn, name), layer, weights)
    expected = by_hand(cell, X, lambda state: state[0] if name == "LSTMCell" else state)
    assert np.array_equal(layer.run(weights, X).outputs, expected)
    assert len(layer.leaves(layer.run(weights, X).state)) == (2 if name == "LSTMCell" else 1)
    assert layer.identity.door == "PyTorch cell"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (nn.LSTM, {}),
        (nn.GRUCell, {}),
        (Leaky, {}),
        (PairCell, {"carry": "ch"}),
        (BatchFirst, {}),
        (Stepped, {}),
    ],
)
def test_a_state_goes_on_where_it_was_handed_over(kind: Any, options: dict[str, Any]) -> None:
    layer = opened(kind, **options)
    weights = layer.init(1)
    whole, begun = layer.run(weights, X), layer.run(weights, X[:4])
    rest = layer.run(weights, X[4:], layer.filled(begun.state, layer.leaves(begun.state)))
    assert np.allclose(np.concatenate([begun.outputs, rest.outputs]), whole.outputs, atol=1e-6)
    cotangent = np.random.default_rng(1).normal(size=whole.outputs.shape).astype(np.float32)
    at_once = layer.gradients(weights, [X], cotangent)
    in_parts = layer.gradients(weights, [X[:4], X[4:]], cotangent)
    assert np.allclose(at_once.inputs, in_parts.inputs, atol=1e-5)
    assert at_once.weights.keys() == weights.keys()
    for name, gradient in at_once.weights.items():
        assert np.allclose(gradient, in_parts.weights[name], atol=1e-4)
    assert np.abs(at_once.inputs).max() > 0


def test_gradients_are_those_of_finite_differences() -> None:
    layer = opened(nn.GRU)
    weights = layer.init(1)
    cotangent = np.ones((9, 4, 6), np.float32)
    gradient = layer.gradients(weights, [X], cotangent)
    nudged = X.copy()
    nudged[2, 1, 3] += 0.01
    change = (layer.run(weights, nudged).outputs - layer.run(weights, X).outputs).sum() / 0.01
    assert change == pytest.approx(gradient.inputs[2, 1, 3], rel=0.05)
    bias = {**weights, "bias_ih_l0": weights["bias_ih_l0"] + np.eye(1, 18, dtype=np.float32) * 0.01}
    bias["bias_ih_l0"] = bias["bias_ih_l0"][0]
    change = (layer.run(bias, X).outputs - layer.run(weights, X).outputs).sum() / 0.01
    assert change == pytest.approx(gradient.weights["bias_ih_l0"][0], rel=0.05)


def test_a_pair_is_taken_as_it_is_said() -> None:
    layer = opened(PairCell, carry="ch")
    weights = layer.init(0)
    module = PairCell(10, 6)
    module.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    assert np.array_equal(layer.run(weights, X).outputs, by_hand(module, X, lambda pair: pair[1]))
    assert ("carry", "ch") in layer.identity.told
    with pytest.raises(SettingError, match="nothing says which part is the output: say carry=hc"):
        opened(PairCell)


def test_a_step_that_differs_from_its_whole_is_seen() -> None:
    layer = opened(Stepped, arguments={"step_off": 0.5})
    weights = layer.init(0)
    rest = layer.run(weights, X[4:], layer.run(weights, X[:4]).state)
    assert np.abs(rest.outputs - layer.run(weights, X).outputs[4:]).min() == pytest.approx(
        0.5, abs=1e-4
    )


def test_a_kept_state_shows_in_the_second_call_and_nowhere_else() -> None:
    layer = opened(Keeping)
    weights = layer.init(0)
    first, second = layer.twice(weights, X)
    assert np.abs(first - second).max() > 0.01
    assert not layer.hands_state
    assert np.array_equal(layer.run(weights, X).outputs, layer.run(weights, X).outputs)
    assert np.array_equal(*opened(nn.GRU).twice(opened(nn.GRU).init(0), X))
    outcome = train(layer, ladder(epochs=20))
    symbols = np.zeros((5, 2), int)
    again = [layer.values(outcome, symbols)[1] for _ in range(2)]
    assert np.array_equal(*again)


def test_dropout_works_in_training_mode_only() -> None:
    layer = opened(nn.LSTM, arguments={"dropout": 0.5, "num_layers": 2})
    weights = layer.init(0)
    still = layer.run(weights, X).outputs
    moved, again, other = (layer.run(weights, X, training=seed).outputs for seed in (1, 1, 2))
    assert np.array_equal(still, layer.run(weights, X).outputs)
    assert np.array_equal(moved, again)
    assert not np.allclose(moved, still)
    assert not np.allclose(moved, other)


@pytest.mark.parametrize("batch_first", [False, True])
def test_rows_end_where_they_are_said_to(batch_first: bool) -> None:
    layer = opened(nn.LSTM, arguments={"batch_first": batch_first})
    weights, lengths = layer.init(0), [9, 3, 1, 5]
    filled = X.copy()
    for row, length in enumerate(lengths):
        filled[length:, row] = np.nan
    passed = layer.run(weights, filled, lengths=lengths)
    for row, length in enumerate(lengths):
        alone = layer.run(weights, X[:length, row : row + 1])
        assert np.allclose(passed.outputs[:length, row], alone.outputs[:, 0], atol=1e-6)
        assert np.allclose(
            layer.leaves(passed.state)[0][:, row], layer.leaves(alone.state)[0][:, 0], atol=1e-6
        )
    begun = layer.run(weights, X).state
    passed = layer.run(weights, X, begun, lengths=[0, 2, 0, 3])
    alone = layer.run(weights, X[:3], begun)
    assert np.allclose(passed.outputs[:3, 3], alone.outputs[:, 3], atol=1e-6)
    for mine, before, last in zip(
        *map(layer.leaves, (passed.state, begun, alone.state)), strict=True
    ):
        assert np.array_equal(mine[:, [0, 2]], before[:, [0, 2]])
        assert np.allclose(mine[:, 3], last[:, 3], atol=1e-6)
    assert not opened(nn.GRUCell).takes_lengths


def train(layer: Any, setting: Experiment) -> Any:
    training = layer.trainer([layer.experiment(setting)])
    for _ in training:
        pass
    return training.outcomes()[0]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (nn.LSTM, {}),
        (nn.GRUCell, {}),
        (Sequence, {"layout": "time_first"}),
        (Stepped, {}),
        (Keeping, {}),
    ],
)
def test_it_learns_and_is_scored_as_every_other_layer(kind: Any, options: dict[str, Any]) -> None:
    layer = opened(kind, **options)
    outcome = train(layer, ladder(epochs=200))
    assert outcome.outcome == "done"
    assert [row[0] for row in outcome.by_target] == [1, 2, 3]
    assert outcome.accuracy.target_count >= 10_000
    assert outcome.accuracy.value > 0.25
    assert outcome.by_target[0][2] > 0.35
    shares, losses = ([row[place] for row in outcome.by_target] for place in (2, 5))
    counts = [row[1] for row in outcome.by_target]
    assert np.average(shares, weights=counts) == pytest.approx(outcome.accuracy.value)
    assert np.average(losses, weights=counts) == pytest.approx(outcome.loss, rel=1e-4)
    steps = [point.step for point in outcome.curve]
    assert steps == list(range(4, 201, 4))
    assert outcome.curve[-1].loss < outcome.curve[0].loss
    assert outcome.placed[0].sum() == outcome.accuracy.target_count
    assert outcome.steps == 200
    assert outcome.seconds_train > 0


def test_training_is_that_of_the_compiled_engine() -> None:
    """By hand: the same first weights and batches, PyTorch's gradients, and the engine's Adam."""
    setting = ladder(epochs=3, learning_rate=0.05)
    layer = opened(nn.GRU)
    setting = layer.experiment(setting)
    outcome = train(layer, setting)
    weights = {n: np.array(w) for n, w in Setup.of(setting).first_weights(0).items()}
    moments = optimizer.zeros(weights)
    batches = Batches(setting)
    block = batches.block(TRAINED, 0)
    losses = []
    for place in range(3):
        module = nn.GRU(10, 6)
        inner = {n.removeprefix("layer1."): w for n, w in weights.items() if "layer1" in n}
        module.load_state_dict({n: torch.tensor(w) for n, w in inner.items()})
        ends = {n: torch.tensor(weights[n], requires_grad=True) for n in weights if "readout" in n}
        outputs = module(torch.eye(10)[block.inputs[place]])[0]
        values = outputs @ ends["readout.kernel"] + ends["readout.bias"]
        logits = values.view(8, 16, 3, 10).permute(1, 0, 2, 3).reshape(-1, 10)
        target = torch.tensor(block.wanted[place]).reshape(-1)
        asked = torch.tensor(np.array(block.asked[place])).reshape(-1)
        loss = nn.functional.cross_entropy(logits[asked], target[asked])
        loss.backward()
        losses.append(loss.item())
        gradient = {f"layer1.{n}": p.grad.numpy() for n, p in module.named_parameters()}
        gradient |= {n: p.grad.numpy() for n, p in ends.items()}
        weights, moments = optimizer.step(weights, moments, gradient, jnp.float32(0.05))
        weights = {n: np.asarray(w) for n, w in weights.items()}
    assert [point.loss for point in outcome.curve] == pytest.approx(losses, rel=1e-4)
    assert outcome.weights.keys() == weights.keys()
    for name, array in weights.items():
        assert np.allclose(outcome.weights[name], array, atol=2e-5), name


@pytest.mark.parametrize(
    "task",
    [
        Echo(vocab_size=10, window=8, length=16, lag=(1, 2, 3), readout="all"),
        Echo(vocab_size=10, window=8, length=16, lag=2, readout="last"),
        Echo(vocab_size=4, window=8, length=16, lag=2, missing=0.3, gaps="marked", readout="all"),
        Hold(vocab_size=4, delay=3),
        AssociativeRecall(vocab_size=16, pairs=2, queries=2),
    ],
    ids=["ladder", "last", "marked", "hold", "recall"],
)
def test_batches_are_framed_by_the_one_function(task: Task) -> None:
    """Several at once, each what it is alone."""
    setting = experiment(task, batch_size=4)
    batches = Batches(setting)
    block = batches.block(TRAINED, 2, every=True)
    plan = batch_plan(setting)
    for place in (0, 5):
        batch = framed(block.drawn[place], plan, xp=np)
        assert np.array_equal(block.inputs[place].numpy(), batch.inputs[0].T)
        steps = len(batches.all_steps)
        target = np.where(batch.mask, batch.target, -100).reshape(4, steps, task.heads)
        assert np.array_equal(
            block.target[place].numpy(), target.transpose(2, 1, 0).reshape(task.heads, -1)
        )
    assert task.oracle(block.inputs[0].numpy().T).shape[0] == 4
    layer = opened(nn.GRU)
    outcome = train(layer, experiment(task, batch_size=16, epochs=30))
    assert outcome.accuracy.value > 0.3 * task.chance
    assert outcome.predictions.shape == (1, 16, task.target_count)


def test_runs_stop_where_they_solve_their_task_or_diverge() -> None:
    layer = opened(nn.GRU)
    easy = Echo(vocab_size=4, window=6, length=12, lag=(0,), readout="all")
    settings = [
        experiment(easy, seed=1, epochs=1000, target_accuracy=0.95),
        experiment(easy, seed=2, epochs=100, learning_rate=0.001),
    ]
    training = layer.trainer([layer.experiment(setting) for setting in settings])
    progress = list(training)
    solved, done = training.outcomes()
    assert (solved.outcome, done.outcome) == ("solved", "done")
    assert solved.epochs < 1000
    assert done.epochs == 100
    assert solved.accuracy.value > 0.95 > done.accuracy.value
    assert progress[0].epochs == 1000
    assert not np.array_equal(solved.weights["readout.kernel"], done.weights["readout.kernel"])

    class Bursting(Leaky):
        def forward(self, x: Any, h: Any) -> Any:
            return 1e6 * (h + self.read(x)) ** 3

    assert train(opened(Bursting), ladder(epochs=20)).outcome == "diverged"
    unfinished = layer.trainer([layer.experiment(ladder(epochs=100))])
    next(unfinished)
    assert unfinished.outcomes()[0].outcome == "interrupted"


def test_a_training_that_is_to_stop_stops_within_a_slice() -> None:
    layer, asked = opened(nn.GRU), []

    def over() -> bool:
        asked.append(None)
        return len(asked) > 5

    training = layer.trainer([layer.experiment(ladder(epochs=5000))], over)
    assert not list(training)
    assert len(asked) == 7
    assert training.outcomes()[0].outcome == "interrupted"


def test_a_seed_decides_everything_and_slices_nothing() -> None:
    layer = opened(nn.GRU)
    same = [train(layer, ladder(epochs=40)).weights for _ in range(2)]
    longer = train(layer, ladder(epochs=41)).weights
    other = train(layer, ladder(epochs=40, seed=1)).weights
    for name, array in same[0].items():
        assert np.array_equal(array, same[1][name])
        assert not np.array_equal(array, longer[name])
        assert not np.array_equal(array, other[name])


def test_trainings_side_by_side_are_what_each_is_alone() -> None:
    """With dropout too, though PyTorch draws from one generator for all threads."""
    for kind, arguments in ((nn.LSTM, {}), (nn.LSTM, {"dropout": 0.5, "num_layers": 2})):
        layer = opened(kind, arguments=arguments)
        settings = [ladder(epochs=50, seed=seed) for seed in range(4)]
        alone = [train(layer, setting) for setting in settings]
        with ThreadPoolExecutor(2) as pool:
            beside = list(pool.map(train, [layer] * len(settings), settings))
        for left, right in zip(alone, beside, strict=True):
            for name, array in left.weights.items():
                assert np.array_equal(array, right.weights[name]), name


def test_two_instances_of_one_class_are_two_layers() -> None:
    narrow, wide = (opened(nn.GRU(10, units)) for units in (6, 7))
    asked = [layer.experiment(ladder(epochs=3)) for layer in (narrow, wide)]
    assert asked[0].model != asked[1].model
    assert [narrow.experiment(ladder()).model, wide.model] == [item.model for item in asked]
    for layer, item in zip((narrow, wide), asked, strict=True):
        training = layer.trainer([item])
        for _ in training:
            pass
        (outcome,) = training.outcomes()
        units = layer.width
        assert outcome.weights["layer1.weight_hh_l0"].shape == (3 * units, units)


def test_an_instance_keeps_its_weights() -> None:
    module = nn.GRU(7, 5)
    layer = open_layer(module)
    assert layer.input_size == layer.fixed == 7
    for seed in (0, 1):
        assert np.array_equal(layer.init(seed)["weight_hh_l0"], module.weight_hh_l0.detach())
    assert ("weights", "as they are, for every seed") in layer.identity.told
    before = module.weight_hh_l0.detach().numpy().copy()
    outcome = train(layer, ladder(epochs=10))
    assert outcome.weights["layer1.input.kernel"].shape == (10, 7)
    assert np.array_equal(before, module.weight_hh_l0.detach().numpy())
    assert not np.array_equal(outcome.weights["layer1.weight_hh_l0"], before)
    kinds = [open_layer(nn.GRU).init(seed)["weight_hh_l0"] for seed in (0, 1)]
    assert not np.array_equal(*kinds)


def test_values_are_those_that_were_scored_and_a_state_can_be_disturbed() -> None:
    layer = opened(nn.GRU)
    outcome = train(layer, ladder(epochs=200))
    symbols = outcome.drawn[:, :8].T
    outputs, logits, state = layer.values(outcome, symbols)
    assert outputs.shape == (8, 16, 6)
    assert logits.shape == (8, 16, 3, 10)
    predicted = logits.argmax(-1).transpose(1, 0, 2).reshape(1, 16, -1)
    assert np.array_equal(predicted, outcome.predictions)
    begun = layer.values(outcome, symbols[:3])
    rest = layer.values(outcome, symbols[3:], begun[2])
    assert np.allclose(rest[0], outputs[3:], atol=1e-6)
    assert np.allclose(layer.leaves(rest[2])[0], layer.leaves(state)[0], atol=1e-6)
    fine, coarse, noisy, again, other = (
        layer.values(outcome, symbols, **options)[0]
        for options in (
            {"bits": 16},
            {"bits": 1},
            {"noise": 0.5},
            {"noise": 0.5},
            {"noise": 0.5, "seed": 1},
        )
    )
    assert np.abs(fine - outputs).max() < 1e-3
    assert np.abs(coarse - outputs).max() > 0.1
    assert np.array_equal(noisy, again)
    assert not np.array_equal(noisy, other)
    handed = layer.leaves(layer.values(outcome, symbols, bits=2)[2])[0]
    assert all(len(np.unique(handed[..., unit])) <= 4 for unit in range(6))
    deaf = opened(Sequence, layout="time_first")
    outcome = train(deaf, ladder(epochs=5))
    with pytest.raises(SettingError, match="hands over no state"):
        deaf.values(outcome, symbols, bits=4)


class Needy(nn.Module):
    """Needs a kernel that only a GPU has."""

    batch_first = True

    def __init__(self, input_size: int) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        raise RuntimeError("Pointer argument cannot be accessed from Triton (cpu tensor?)")


class LastOnly(nn.Module):
    """Gives the last step only."""

    batch_first = True

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.inner = nn.GRU(input_size, hidden_size, batch_first=True)

    def forward(self, x: Any) -> Any:
        return self.inner(x)[0][:, -1]


class NoForward(nn.Module):
    """Is not finished."""

    def __init__(self, input_size: int) -> None:
        super().__init__()


class Forgets(NoForward):
    """Has no return."""

    def forward(self, x: Any, h: Any = None) -> Any:
        x.cumsum(0)


class Indices(LastOnly):
    """Gives whole numbers."""

    def forward(self, x: Any) -> Any:
        return self.inner(x)[0].argmax(-1, keepdim=True)


class Follows(NoForward):
    """Its outputs are as wide as its inputs."""

    batch_first = True

    def forward(self, x: Any) -> Any:
        return x.cumsum(1)


class Normed(nn.Module):
    """A GRU with a norm over the batch behind it."""

    batch_first = True

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.inner = nn.GRU(input_size, hidden_size, batch_first=True)
        self.norm = nn.BatchNorm1d(hidden_size)

    def forward(self, x: Any) -> Any:
        return self.norm(self.inner(x)[0].transpose(1, 2)).transpose(1, 2)


class Looked(nn.Module):
    """Attention that hands its keys and values over; a bias of keys changes nothing."""

    batch_first = True

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.d_model = d_model
        self.query, self.key, self.value = (nn.Linear(d_model, d_model) for _ in range(3))

    def forward(self, x: Any, cache: Any = None) -> Any:
        key, value = self.key(x), self.value(x)
        if cache is not None:
            key, value = (torch.cat(pair, 1) for pair in zip(cache, (key, value), strict=True))
        steps, seen = x.shape[1], key.shape[1]
        later = torch.arange(seen) > torch.arange(seen - steps, seen)[:, None]
        scores = (self.query(x) @ key.transpose(1, 2)).masked_fill(later, -1e9)
        return scores.softmax(-1) @ value, (key, value)


def test_batch_statistics_are_the_only_fault_of_a_norm_over_the_batch() -> None:
    assert [fault.name for fault in xray(opened(Normed)).faults] == ["evaluation_mode"]


def test_a_gradient_that_is_nothing_is_no_state_cut_off() -> None:
    assert xray(opened(Looked)).faults == ()


def test_a_module_whose_outputs_are_as_wide_as_its_inputs_is_trained_on_other_symbols() -> None:
    layer = opened(Follows)
    assert layer.fixed is None
    assert (layer.width, layer.width_at(16)) == (10, 16)
    task = AssociativeRecall(vocab_size=16, pairs=2, queries=2)
    assert train(layer, experiment(task, epochs=3)).outcome == "done"


@pytest.mark.parametrize(
    ("kind", "options", "sentence"),
    [
        (Sequence, {}, "may read batch or time first, which Sequence does not say: say it with"),
        (Needy, {}, "needs a GPU kernel (RuntimeError: Pointer argument"),
        (LastOnly, {}, "gives outputs of shape (3, 6) for inputs of shape (3, 4, 10)"),
        (Leaky, {"carry": "hc"}, "cannot be run on float32 inputs 10 wide (TypeError: can't multi"),
        (nn.GRUCell, {"carry": "hc"}, "gives a Tensor and no pair, which carry=hc needs"),
        (nn.GRU, {"arguments": {"widht": 3}}, "has no argument widht"),
        (nn.LSTM(3, 4), {"layout": "step"}, "gives a tuple, and nothing says which part"),
        (NoForward, {}, "has no forward: give NoForward one"),
        (Forgets, {"layout": "step"}, "gives nothing back: let it return its outputs"),
        (Forgets, {"layout": "batch_first"}, "gives nothing back: let it return its outputs"),
        (Indices, {}, "must give outputs of real numbers, not int64: let it give them as float32"),
        (nn.RNN(10, 6, dtype=torch.float64), {}, "on float32 inputs 10 wide (ValueError: RNN"),
    ],
)
def test_what_cannot_come_in_is_told_why(kind: Any, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError, match=re.escape(sentence)) as refused:
        opened(kind, **options)
    text = str(refused.value)
    assert text.count(". ") == 0
    assert text.endswith(".")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"sampling": "sequence"}, "is not trained with sampling sequence: use sampling windows"),
        ({"encoding": "embedding"}, "is not trained with encoding embedding"),
        ({"missing": 0.2}, "is not trained with gaps that state passes over: use gaps marked"),
    ],
)
def test_what_is_not_trained_is_told(setting: dict[str, Any], sentence: str) -> None:
    layer = opened(nn.GRU)
    base = ladder(batch_size=2).change(**setting)
    with pytest.raises(SettingError, match=sentence):
        layer.trainer([layer.experiment(base)])


@pytest.mark.parametrize("name", ["torch_cell.py:LeakyCell", "torch_sequence.py:Averages"])
def test_the_examples_come_in_untouched(name: str) -> None:
    layer = opened(f"{EXAMPLES}/{name}")
    weights = layer.init(0)
    rest = layer.run(weights, X[4:], layer.run(weights, X[:4]).state)
    assert np.allclose(rest.outputs, layer.run(weights, X).outputs[4:], atol=1e-5)
    assert train(layer, ladder(epochs=100)).by_target[0][2] > 0.3


def test_the_page_runs() -> None:
    page = (ROOT / "docs" / "measure" / "torch.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(blocks) == 2
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert names["pair"].hands_state


def test_draws_are_numpy_draws() -> None:
    """The tasks' own sample, of a seed, a stream and a place."""
    setting = ladder(batch_size=4)
    block = Batches(setting).block(TRAINED, 3)
    seed = np.random.SeedSequence([0, TRAINED, 3]).generate_state(1, np.uint64)[0]
    drawn = setting.task.sample(NumpyDraws(int(seed)), 64)
    assert np.array_equal(block.drawn.reshape(64, -1), drawn)
