"""Every door of JAX gives a layer as its framework has it: outputs, state, gradients, training."""

import subprocess
import sys
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from flax import linen, nnx

import layer_files
from echoscope.errors import ExtraError, SettingError
from echoscope.experiment.experiment import Experiment
from echoscope.experiment.training_config import TrainingConfig
from echoscope.measure.doors.open import open_layer
from echoscope.measure.in_jax.layer import JaxLayer
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.xray import xray
from echoscope.tasks.echo import Echo

ROOT = Path(__file__).parent.parent
HERE = str(Path(__file__).parent / "layer_files.py")
EXAMPLES = str(ROOT / "examples" / "layers")
UNITS, TIME, BATCH = 8, 7, 3


def opened(source: object, **options) -> JaxLayer:
    layer = open_layer(source, LayerOptions(**{"units": UNITS, **options}))
    assert isinstance(layer, JaxLayer)
    return layer


def drawn(layer: JaxLayer, time: int = TIME) -> np.ndarray:
    shape = (time, BATCH, layer.input_size)
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def nested(weights: dict) -> dict:
    tree: dict = {}
    for name, array in weights.items():
        *parents, last = name.split(".")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = array
    return tree


# Each framework's own read of [time, batch, features], by the same weights.


def by_nnx(cell):
    def read(weights, inputs):
        module = cell(inputs.shape[-1], UNITS, rngs=nnx.Rngs(5))
        nnx.update(module, nnx.State(nested(weights)))
        return nnx.RNN(module)(jnp.swapaxes(inputs, 0, 1)).swapaxes(0, 1)

    return read


def by_linen(cell):
    def read(weights, inputs):
        variables = {"params": {"cell": nested(weights)}}
        return linen.RNN(cell(UNITS), time_major=True).apply(variables, inputs)

    return read


def by_equinox(cell, state):
    def read(weights, inputs):
        module = cell(inputs.shape[-1], UNITS, key=jax.random.key(5))
        names = list(weights)
        module = eqx.tree_at(
            lambda module: [getattr(module, name) for name in names],
            module,
            [weights[name] for name in names],
        )
        rows = []
        for row in range(inputs.shape[1]):
            carried, outputs = state, []
            for at in range(len(inputs)):
                carried = module(inputs[at, row], carried)
                outputs.append(carried[0] if isinstance(carried, tuple) else carried)
            rows.append(jnp.stack(outputs))
        return jnp.stack(rows, axis=1)

    return read


def by_keras(layer):
    def read(weights, inputs):
        itself = layer()
        itself.build((None, None, inputs.shape[-1]))
        ordered = [weights[v.name] for v in itself.trainable_variables]
        rest = [v.value for v in itself.non_trainable_variables]
        outputs, _ = itself.stateless_call(ordered, rest, jnp.swapaxes(inputs, 0, 1))
        return jnp.swapaxes(outputs, 0, 1)

    return read


def keras_rnn(cell):
    return lambda: keras.layers.RNN(cell(UNITS), return_sequences=True)


zeros = jnp.zeros(UNITS)
OWN = {
    "flax.nnx:GRUCell": by_nnx(nnx.GRUCell),
    "flax.nnx:LSTMCell": by_nnx(nnx.LSTMCell),
    "flax.nnx:OptimizedLSTMCell": by_nnx(nnx.OptimizedLSTMCell),
    "flax.linen:OptimizedLSTMCell": by_linen(linen.OptimizedLSTMCell),
    "flax.linen:GRUCell": by_linen(linen.GRUCell),
    "equinox.nn:GRUCell": by_equinox(eqx.nn.GRUCell, zeros),
    "equinox.nn:LSTMCell": by_equinox(eqx.nn.LSTMCell, (zeros, zeros)),
    f"{HERE}:Permuted": by_equinox(layer_files.Permuted, zeros),
    f"{HERE}:Pair": by_equinox(layer_files.Pair, (zeros, zeros)),
    "keras.layers:LSTM": by_keras(lambda: keras.layers.LSTM(UNITS, return_sequences=True)),
    "keras.layers:SimpleRNN": by_keras(
        lambda: keras.layers.SimpleRNN(UNITS, return_sequences=True)
    ),
    "keras.layers:GRUCell": by_keras(keras_rnn(keras.layers.GRUCell)),
}


@pytest.mark.parametrize("source", OWN, ids=lambda source: source.rpartition("/")[2])
def test_a_layer_reads_as_its_framework_reads_whole_and_in_chunks(source: str) -> None:
    layer, own = opened(source), jax.jit(OWN[source])
    weights, inputs = layer.init(2), drawn(layer)
    expected = own(weights, inputs)
    whole = layer.run(weights, inputs)
    np.testing.assert_allclose(whole.outputs, expected, atol=2e-6)
    state, parts = None, []
    for chunk in np.split(inputs, [3]):
        read = layer.run(weights, chunk, state)
        parts.append(read.outputs)
        state = read.state
    np.testing.assert_allclose(np.concatenate(parts), expected, atol=2e-6)
    for last, leaf in zip(layer.leaves(state), layer.leaves(whole.state), strict=True):
        np.testing.assert_allclose(last, leaf, atol=2e-6)
    assert layer.width == UNITS
    assert {leaf.shape for leaf in layer.leaves(state)} == {(BATCH, UNITS)}


@pytest.mark.parametrize(
    "source",
    ["flax.nnx:LSTMCell", "flax.linen:GRUCell", "equinox.nn:LSTMCell", "keras.layers:GRUCell"],
)
def test_gradients_are_those_of_the_framework_in_chunks_too(source: str) -> None:
    layer, own = opened(source), OWN[source]
    weights, inputs = layer.init(2), drawn(layer)
    cotangent = np.random.default_rng(2).normal(size=(TIME, BATCH, UNITS)).astype(np.float32)
    expected = jax.jit(jax.grad(lambda *read: jnp.sum(own(*read) * cotangent), argnums=(0, 1)))(
        weights, inputs
    )
    for parts in ([inputs], np.split(inputs, [3])):
        gradients = layer.gradients(weights, parts, cotangent)
        np.testing.assert_allclose(gradients.inputs, expected[1], atol=1e-4)
        assert gradients.weights.keys() == expected[0].keys()
        for name, gradient in gradients.weights.items():
            np.testing.assert_allclose(gradient, expected[0][name], atol=1e-4)


FRESH = ["flax.nnx:GRUCell", "flax.linen:GRUCell", "equinox.nn:GRUCell", "keras.layers:GRU"]


@pytest.mark.parametrize("source", [*FRESH, f"{EXAMPLES}/pure.py:Cell", f"{HERE}:keras_made"])
def test_another_seed_draws_other_first_weights_and_the_same_the_same(source: str) -> None:
    layer = opened(source)
    first, again, other = (layer.init(seed) for seed in (0, 0, 1))
    assert all((first[name] == again[name]).all() for name in first)
    assert any((first[name] != other[name]).any() for name in first)
    assert ("weights", "as they are, for every seed") not in layer.identity.told


@pytest.mark.parametrize("name", ["nnx_made", "nnx_there"])
def test_a_layer_with_weights_of_its_own_keeps_them_and_says_so(name: str) -> None:
    layer = opened(f"{HERE}:{name}")
    assert layer.input_size == layer.fixed == 7
    assert ("weights", "as they are, for every seed") in layer.identity.told
    first, other = layer.init(0), layer.init(1)
    assert all((first[part] == other[part]).all() for part in first)
    if name == "nnx_there":
        inputs = drawn(layer)
        expected = layer_files.nnx_there(inputs.swapaxes(0, 1)).swapaxes(0, 1)
        np.testing.assert_allclose(layer.run(first, inputs).outputs, expected, atol=2e-6)


IDENTITIES = [
    ("flax.nnx:GRUCell", "flax.nnx.GRUCell", "flax ", "Flax NNX cell"),
    (f"{HERE}:nnx_rnn", "flax.nnx.RNN", "flax ", "Flax NNX RNN"),
    (f"{HERE}:linen_rnn", "flax.linen.RNN", "flax ", "Flax Linen RNN"),
    ("equinox.nn:LSTMCell", "equinox.nn.LSTMCell", "equinox ", "Equinox cell"),
    (f"{EXAMPLES}/equinox_module.py:Cell", "equinox_module.Cell", "equinox ", "Equinox module"),
    ("keras.layers:LSTM", "keras.layers.LSTM", "keras ", "Keras layer, through its cell"),
    ("keras.layers:GRUCell", "keras.layers.GRUCell", "keras ", "Keras cell"),
    (f"{EXAMPLES}/pure.py:Cell", "pure.Cell", "jax ", "init and step"),
]


@pytest.mark.parametrize(("source", "kind", "framework", "door"), IDENTITIES)
def test_it_is_said_which_class_came_in_by_which_door(
    source: str, kind: str, framework: str, door: str
) -> None:
    identity = opened(source).identity
    assert (identity.source, identity.kind, identity.door) == (source, kind, door)
    assert identity.framework.startswith(framework)
    assert len(identity.hash) == 12


TRAINED = [
    "flax.nnx:GRUCell",
    f"{HERE}:nnx_there",
    f"{HERE}:linen_rnn",
    f"{HERE}:Permuted",
    "keras.layers:GRU",
    *(f"{EXAMPLES}/{name}.py:Cell" for name in ("pure", "equinox_module")),
]


@pytest.mark.parametrize("source", TRAINED, ids=lambda source: source.rpartition("/")[2])
def test_a_layer_trains_in_the_compiled_engine(source: str) -> None:
    layer = opened(source)
    experiment = layer.experiment(
        Experiment(
            task=Echo(vocab_size=4, window=3, length=12, lag=1, readout="all"),
            training=TrainingConfig(
                batch_size=4, stateful=False, sampling="windows", epochs=120, learning_rate=0.02
            ),
        )
    )
    training = layer.trainer([experiment])
    for _ in training:
        pass
    (outcome,) = training.outcomes()
    assert outcome.loss < 0.9 * np.log(4), outcome.loss
    trained = {
        name.removeprefix("layer1."): array
        for name, array in outcome.weights.items()
        if name.startswith("layer1.") and name != "layer1.input.kernel"
    }
    assert trained.keys() == layer.form.flat(layer.form.template).keys()


def test_two_layers_of_one_name_are_trained_as_two() -> None:
    plain, other = (
        opened("equinox.nn:GRUCell", arguments=arguments) for arguments in ({}, {"use_bias": False})
    )
    assert plain.model != other.model
    assert plain.model == plain.model
    assert set(plain.init(0)) - set(other.init(0)) == {"bias", "bias_n"}


class Named(eqx.Module):
    """A module that calls a part of its own what a layer behind its door calls its name."""

    cell: eqx.nn.GRUCell
    identity: eqx.nn.Identity

    def __init__(self, *, key):
        self.cell, self.identity = eqx.nn.GRUCell(10, UNITS, key=key), eqx.nn.Identity()

    def __call__(self, inputs, state):
        return self.identity(self.cell(inputs, state))

    def initial_state(self):
        return jnp.zeros(UNITS)


def test_what_is_behind_its_door_is_given_back_and_nothing_else_is_taken_for_it() -> None:
    layer = opened(Named(key=jax.random.key(0)))
    assert open_layer(layer) is layer
    assert xray(Named(key=jax.random.key(0))).faults == ()


def test_a_measured_layer_refuses_a_training_that_hands_state_on() -> None:
    layer = opened(f"{EXAMPLES}/pure.py:Cell")
    with pytest.raises(SettingError, match="stateful=False"):
        layer.experiment(Experiment(task=Echo(), training=TrainingConfig(stateful=True)))


def radius(matrices) -> float:
    return float(np.mean([abs(np.linalg.eigvals(matrix)).max() for matrix in matrices]))


def test_flax_cells_start_as_the_facts_say() -> None:
    joined = open_layer("flax.nnx:OptimizedLSTMCell", LayerOptions(units=64)).init(0)
    assert radius(np.split(joined["dense_h.kernel"], 4, axis=1)) == pytest.approx(0.52, abs=0.03)
    apart = open_layer("flax.nnx:LSTMCell", LayerOptions(units=64)).init(0)
    assert radius(apart[f"{gate}.kernel"] for gate in ("hi", "hf", "hg", "ho")) == pytest.approx(
        1.0, abs=1e-4
    )
    gru = opened("flax.nnx:GRUCell").init(0)
    assert [name for name in gru if "bias" in name] == ["dense_i.bias"]


def test_whole_numbers_and_functions_among_the_leaves_are_no_weights_and_stay() -> None:
    assert set(opened(f"{HERE}:Permuted").init(0)) == {"read", "keep"}
    pure = opened(f"{HERE}:Pure")
    weights, inputs = pure.init(0), np.ones((1, 1, 10), np.float32)
    assert set(weights) == {"read"}
    expected = inputs[0] @ weights["read"] * 0.9 ** np.arange(UNITS)
    np.testing.assert_allclose(pure.run(weights, inputs).outputs[0], expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["CountsInNnx", "CountsInKeras"])
def test_what_a_module_keeps_to_itself_is_no_weight_and_is_seen_by_calling_twice(name: str) -> None:
    layer = opened(f"{HERE}:{name}")
    weights, inputs = layer.init(0), drawn(layer)
    assert not any("steps" in part for part in weights)
    first, second = layer.twice(weights, inputs)
    np.testing.assert_allclose(first, layer.run(weights, inputs).outputs, atol=1e-6)
    np.testing.assert_allclose(second - first, 0.1 * TIME, atol=1e-5)


@pytest.mark.parametrize("source", ["flax.nnx:GRUCell", "equinox.nn:GRUCell", "keras.layers:GRU"])
def test_a_layer_without_a_state_to_itself_gives_the_same_twice(source: str) -> None:
    layer = opened(source)
    first, second = layer.twice(layer.init(0), drawn(layer))
    assert (first == second).all()


DROPS = ["CountsInNnx", "LinenDrops", "EquinoxDrops", "keras_made"]


@pytest.mark.parametrize("name", DROPS)
def test_training_mode_drops_by_its_seed_and_evaluation_does_not(name: str) -> None:
    layer = opened(f"{HERE}:{name}")
    weights, inputs = layer.init(0), drawn(layer)
    evaluated = layer.run(weights, inputs).outputs
    trained = [layer.run(weights, inputs, training=seed).outputs for seed in (1, 1, 2)]
    assert layer.has_modes
    assert (trained[0] == trained[1]).all()
    assert (trained[0] != trained[2]).any()
    assert (trained[0] != evaluated).any()
    assert not opened("equinox.nn:GRUCell").has_modes


@pytest.mark.parametrize("source", [f"{HERE}:nnx_rnn", f"{HERE}:linen_rnn", "keras.layers:LSTM"])
def test_a_layer_that_is_told_lengths_ends_each_row_where_it_ends(source: str) -> None:
    layer = opened(source)
    weights, inputs = layer.init(0), drawn(layer)
    assert layer.takes_lengths
    lengths = [TIME, 4, 1]
    state = layer.run(weights, inputs, lengths=lengths).state
    for row, length in enumerate(lengths):
        alone = layer.run(weights, inputs[:length, row : row + 1]).state
        for leaf, expected in zip(layer.leaves(state), layer.leaves(alone), strict=True):
            np.testing.assert_allclose(leaf[row], expected[0], atol=2e-6)
    assert not opened("flax.nnx:GRUCell").takes_lengths


def test_a_recurrent_keras_layer_is_measured_through_its_cell() -> None:
    layer = opened(f"{HERE}:keras_made")
    assert layer.identity.door == "Keras layer, through its cell"
    assert layer.width == 6
    stacked = opened(f"{HERE}:keras_stacked")
    state = stacked.run(stacked.init(0), drawn(stacked)).state
    assert [leaf.shape[1] for leaf in stacked.leaves(state)] == [5, 6, 6]
    both = opened(f"{HERE}:bidirectional")
    assert (both.identity.door, both.width, both.hands_state) == ("Keras layer", 16, False)


def test_a_module_of_sequences_goes_on_from_its_state_once_its_order_is_said() -> None:
    with pytest.raises(SettingError, match="say carry=output_state or carry=state_output"):
        opened(f"{HERE}:Carries")
    layer = opened(f"{HERE}:Carries", carry="output_state")
    assert layer.hands_state
    weights, inputs = layer.init(0), drawn(layer)
    first = layer.run(weights, inputs[:3])
    rest = layer.run(weights, inputs[3:], first.state)
    expected = np.cumsum(inputs @ weights["read"].T, axis=0)
    np.testing.assert_allclose(layer.run(weights, inputs).outputs, expected, atol=1e-4)
    np.testing.assert_allclose(rest.outputs, expected[3:], atol=1e-4)


def test_a_cell_that_gives_outputs_and_state_is_told_by_carry() -> None:
    layer = opened(f"{HERE}:OutputFirst", carry="output_state")
    assert (layer.width, layer.identity.told) == (3, (("carry", "output_state"),))
    plain = opened(f"{HERE}:Permuted")
    weights, inputs = layer.init(0), drawn(layer)
    expected = 2 * plain.run(weights, inputs).outputs[..., :3]
    np.testing.assert_allclose(layer.run(weights, inputs).outputs, expected, atol=1e-6)


def test_arguments_reach_the_constructor() -> None:
    layer = opened("equinox.nn:GRUCell", arguments={"use_bias": False})
    assert ("use_bias", "False") in layer.identity.told
    assert set(layer.init(0)) == {"weight_hh", "weight_ih"}


def test_a_layer_of_another_width_is_read_at_that() -> None:
    layer = open_layer("flax.nnx:GRUCell", LayerOptions(units=UNITS), input_size=4)
    assert layer.run(layer.init(0), np.zeros((2, 1, 4), np.float32)).outputs.shape == (2, 1, UNITS)


def test_programs_are_compiled_once(caplog: pytest.LogCaptureFixture) -> None:
    layer = opened(f"{HERE}:CountsInNnx")
    weights, inputs = layer.init(0), drawn(layer)

    def every() -> None:
        state = layer.run(weights, inputs).state
        layer.run(weights, inputs, state)
        layer.run(weights, inputs, training=3)
        layer.twice(weights, inputs)
        layer.gradients(weights, [inputs], np.ones((TIME, BATCH, UNITS), np.float32))

    every()
    with jax.log_compiles(), caplog.at_level("WARNING"):
        every()
    assert not [record for record in caplog.messages if "program" in record]


REFUSED = [
    ("nowhere.py:Cell", "nowhere.py is not there"),
    ("flax.nnx:GRUCel", "did you mean GRUCell?"),
    ("nowhere_at_all:Cell", "cannot be loaded"),
    ("json", "a module without the functions init and step"),
    ("json:JSONDecoder", "no layer that can be measured"),
    ("flax.nnx:RNN", "needs a cell"),
    ("flax.linen:RNN", "needs a cell"),
    ("keras.layers:RNN", "needs cell"),
    (f"{HERE}:NoCarry", "has no initial_state"),
    (f"{HERE}:Unsaid", "does not say how its state begins"),
    (f"{HERE}:Grows", "gives back another state than it takes"),
    (f"{HERE}:OneThing", r"must give \(state, outputs\)"),
    (f"{HERE}:OnlyLast", "must give outputs of shape"),
    (f"{HERE}:Imaginary", "real numbers, not complex64"),
    (f"{HERE}:Fails", "cannot read inputs of shape"),
    (f"{HERE}:NeedsMore", "needs dilation"),
    (f"{HERE}:OnGpu", "does not run on CPU"),
    (f"{HERE}:keras_backwards", "reads its inputs from the end"),
    ("keras.layers:MultiHeadAttention", "needs num_heads and key_dim"),
]


@pytest.mark.parametrize(("source", "why"), REFUSED, ids=lambda text: text.rpartition(":")[2])
def test_what_cannot_be_measured_is_refused_in_one_sentence(source: str, why: str) -> None:
    with pytest.raises(SettingError, match=why) as refusal:
        opened(source)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith((".", "?"))


def test_an_argument_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingError, match="has no argument hiden_size: did you mean"):
        opened("equinox.nn:GRUCell", arguments={"hiden_size": 3})
    with pytest.raises(SettingError, match="is made already"):
        opened(f"{HERE}:nnx_there", arguments={"units": 3})


@pytest.mark.parametrize("framework", ["flax", "equinox", "keras"])
def test_a_framework_that_is_not_installed_is_named_with_its_extra(
    framework: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in [*(name for name in sys.modules if name.startswith(f"{framework}.")), framework]:
        monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "mine.py").write_text(f"import {framework}\n")
    for source in (f"{framework}.nn:Cell", f"{tmp_path / 'mine.py'}:Cell"):
        with pytest.raises(ExtraError, match=rf"pip install 'echoscope\[{framework}\]'"):
            open_layer(source)


def test_keras_on_another_backend_is_refused() -> None:
    code = (
        "from echoscope.measure.doors.open import open_layer\n"
        "try:\n open_layer('keras.layers:LSTM')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    environment = {"KERAS_BACKEND": "numpy", "PATH": "", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("SettingError Keras layers are measured on JAX"), done
    assert "set KERAS_BACKEND to jax" in done.stdout


def test_files_of_two_folders_have_neighbours_of_their_own(tmp_path: Path) -> None:
    for folder, decay in (("before", 0.5), ("after", 0.25)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "decay.py").write_text(f"DECAY = {decay}\n")
        (tmp_path / folder / "cell.py").write_text(
            "from decay import DECAY\nimport jax.numpy as jnp\n"
            "def init(key, input_size, units):\n    return {'w': jnp.ones((input_size, units))}\n"
            "def initial_state(batch_size, units):\n    return jnp.zeros((batch_size, units))\n"
            "def step(weights, state, inputs):\n"
            "    state = DECAY * state + inputs @ weights['w']\n    return state, state\n"
        )
    inputs = np.zeros((2, 1, 10), np.float32)
    inputs[0, 0, 0] = 1
    for folder, decay in (("before", 0.5), ("after", 0.25)):
        layer = opened(str(tmp_path / folder / "cell.py"))
        assert layer.run(layer.init(0), inputs).outputs[1, 0, 0] == decay
