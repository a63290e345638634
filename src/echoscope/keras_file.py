"""Keras files: a trained network out to a `.keras` file of the tutorials' own layers, and such a file back in.

This is the only file that imports Keras, and only when one of its functions is called.
"""

import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from echoscope.errors import ExtraError, RecordError
from echoscope.experiment import Experiment

WRITTEN = ("lstm", "encoder-decoder")
CONTAINERS = ("Sequential", "Functional")
LAYERS = ("InputLayer", "LSTM", "Dense", "TimeDistributed", "RepeatVector")
PARTS = ("keras.initializers", "keras.regularizers", "keras.constraints")  # what only matters while training


@dataclass(frozen=True)
class KerasModel:
    """What a Keras file holds: the words of its network, and its weights under the names that a record gives them.

    `window` is None where the file leaves the time axis open, `batch` where it leaves the batch open. `answers` are
    those said after one window, or 1 at each step, as `models.Sizes` counts them. Weights are float32 in Keras'
    layout (gates side by side as input, forget, cell, output): `heard.kernel` [symbols, 4 units], `heard.recurrent`
    [units, 4 units], `heard.bias` [4 units], the same for `decoded` where there is a decoder (its kernel is
    [units, 4 units]), `said.kernel` [units, symbols] and `said.bias` [symbols].
    """

    model: str
    when: str
    symbols: int
    units: int
    window: int | None
    answers: int
    batch: int | None
    state: str
    weights: dict[str, np.ndarray]


def write_keras(experiment: Experiment, weights: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the network as a `.keras` file, whole or not at all; a file of that name is replaced.

    The file hears one-hot [batch, window, symbols] and says probabilities: [batch, symbols] after the window, or
    [batch, answers, symbols] from the encoder-decoder and at each step. A window of none leaves the time axis open;
    the batch is fixed when the fit carries its state, because Keras asks that of a stateful layer. Keras 3.15 on JAX
    carries that state when the model is called, and starts from rest in every batch of `fit` and `predict`.

    Raises `RecordError` if the path cannot be written or the weights are not this experiment's, and `ExtraError`
    without Keras. Source: the layers are those of the tutorials.
    """
    path = _keras_path(path)
    if not path.parent.exists():
        raise RecordError(f"The folder {path.parent} does not exist, so {path.name} cannot be written there: "
                          "make it, or choose another.")  # fmt: skip
    if not path.parent.is_dir():
        raise RecordError(f"{path.parent} is not a folder, so {path.name} cannot be written there: "
                          "choose a folder.")  # fmt: skip
    _check_written(experiment)
    model = _build(_keras(), experiment)
    for name, variable in _variables(model.layers).items():
        given, wanted = weights.get(name), tuple(variable.shape)
        if given is None or np.shape(given) != wanted:
            got = "missing" if given is None else f"of shape {np.shape(given)}"
            raise RecordError(f"The weights {name} must be of shape {wanted} for this experiment, but are {got}: "
                              "give the weights that it trained.")  # fmt: skip
        variable.assign(np.asarray(given, np.float32))
    temporary = path.with_name(f".{secrets.token_hex(4)}.keras")
    try:
        model.save(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise RecordError(f"{path} could not be written ({error.strerror or type(error).__name__}): "
                          "make room there, or choose another path.") from error  # fmt: skip
    finally:
        temporary.unlink(missing_ok=True)


def _check_written(experiment: Experiment) -> None:
    """Refuse what has no layers in the tutorials."""
    kept = "its weights are in the record's safetensors file."
    if experiment.model not in WRITTEN or (experiment.model == "lstm" and len(experiment.task.lag) > 1):
        raise RecordError("A .keras file is written of model lstm with one answer or of model encoder-decoder, not of "
                          f"model {experiment.model} with {len(experiment.task.lag)}: {kept}")  # fmt: skip
    for words, names in ((experiment, ("encoding", "layers", "direction")), (experiment.task, ("missing", "edges"))):
        for name in names:
            if name in words.said():
                raise RecordError(f"A .keras file is written of the tutorials' own layers, not with {name} "
                                  f"{getattr(words, name)}: {kept}")  # fmt: skip


def read_keras(path: str | os.PathLike[str]) -> KerasModel:
    """The words and weights of a `.keras` file made of an LSTM and a dense layer, or of the encoder-decoder.

    Nothing in the file is run: its layers are checked by name before Keras sees it, and any but Keras' own five are
    refused. Raises `RecordError` for what is not such a file or not such a network, `ExtraError` without Keras.
    """
    path = _keras_path(path)
    _check_classes(path, _config(path))
    keras = _keras()
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever a damaged config or weights file runs it into
        raise RecordError(f"{path} is damaged or of another version: Keras {keras.__version__} cannot load it "
                          f"({type(error).__name__}); save the model again.") from error  # fmt: skip
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    name, when, answers = _structure(path, keras, model, layers)
    _check_options(path, keras, layers)
    batch, window, symbols = model.inputs[0].shape
    lstms = _lstms(layers)
    dense = _dense(layers)
    if dense.units != symbols:
        _refuse(path, "Dense layer", f"as wide as its input, {symbols}", dense.units)
    # `.value`, because NumPy 2 warns of the way in which Keras 3.15 turns a variable itself into an array.
    values = {name: keras.ops.convert_to_numpy(variable.value) for name, variable in _variables(layers).items()}
    weights = {name: np.array(value, np.float32) for name, value in values.items()}
    state = "carried" if lstms[0].stateful else "reset"
    return KerasModel(name, when, symbols, lstms[0].units, window, answers, batch, state, weights)


def _keras() -> Any:
    """Keras itself, on JAX unless its own setting says another."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        import keras
    except ImportError as error:
        if error.name and error.name.partition(".")[0] != "keras":
            raise ExtraError(f"Keras needs {error.name}, which is not installed: "
                             "install it, or set KERAS_BACKEND to jax.") from error  # fmt: skip
        raise ExtraError("Reading and writing .keras files needs Keras: "
                         "install it with pip install 'echoscope[keras]'.") from error  # fmt: skip
    return keras


def _keras_path(given: str | os.PathLike[str]) -> Path:
    path = Path(given)
    if path.suffix != ".keras":
        raise RecordError(f"{path} does not end in .keras, as Keras asks of its files: use a name that does.")
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise RecordError(f"{path} cannot be reached ({error.strerror}): name another.") from error
    if is_folder:
        raise RecordError(f"{path} is a folder, not a .keras file: name a file.")
    return path


def _refuse(path: Path, what: str, rule: str, got: object) -> NoReturn:
    raise RecordError(f"{path} cannot be read, because its {what} must be {rule}, not {got}: "
                      "change the model and save it again.")  # fmt: skip


def _build(keras: Any, experiment: Experiment) -> Any:
    """The tutorials' layers. Their type is said, so that a global policy of Keras cannot round the weights."""
    task, carried = experiment.task, experiment.fit.state == "carried"

    def lstm(name: str, every: bool) -> Any:
        return keras.layers.LSTM(experiment.units, stateful=carried, return_sequences=every, dtype="float32", name=name)

    shape = (experiment.fit.batch if carried else None, task.window, task.symbols)
    said = keras.layers.Dense(task.symbols, activation="softmax", dtype="float32", name="said")
    layers = [keras.Input(batch_shape=shape), lstm("heard", task.when == "each")]
    if experiment.model == "encoder-decoder":
        layers += [keras.layers.RepeatVector(task.answers), lstm("decoded", True)]
    if len(layers) > 2 or task.when == "each":
        said = keras.layers.TimeDistributed(said)
    return keras.Sequential([*layers, said])


def _lstms(layers: Sequence[Any]) -> list[Any]:
    return [layer for layer in layers if type(layer).__name__ == "LSTM"]


def _dense(layers: Sequence[Any]) -> Any:
    """The last layer, taken out of TimeDistributed where it is in one."""
    return getattr(layers[-1], "layer", layers[-1])


def _variables(layers: Sequence[Any]) -> dict[str, Any]:
    """Keras' variables by the names that a record gives them."""
    variables = {}
    for name, layer in zip(("heard", "decoded"), _lstms(layers), strict=False):
        cell = layer.cell
        parts = {"kernel": cell.kernel, "recurrent": cell.recurrent_kernel, "bias": cell.bias}
        variables |= {f"{name}.{part}": variable for part, variable in parts.items()}
    dense = _dense(layers)
    return variables | {"said.kernel": dense.kernel, "said.bias": dense.bias}


def _config(path: Path) -> dict[str, Any]:
    """The words that Keras would build the model from, unread by Keras."""
    if not path.exists():
        raise RecordError(f"{path} does not exist: name a .keras file that does.")
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
    except OSError as error:
        raise RecordError(f"{path} could not be read ({error.strerror or type(error).__name__}): "
                          "make it readable, or name another.") from error  # fmt: skip
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError) as error:
        raise RecordError(f"{path} is not a Keras file, which is a zip archive with a config.json in it: "
                          "write it with model.save of Keras 3.") from error  # fmt: skip
    if not isinstance(config, dict):
        _refuse(path, "config.json", "a JSON object", type(config).__name__)
    return config


def _check_classes(path: Path, config: dict[str, Any]) -> None:
    """Refuse, before Keras builds anything, whatever is not one of its own five layers or a part of them."""
    if not _is_known(config, CONTAINERS):
        _refuse(path, "model", "a Sequential or Functional of Keras", _class_of(config))
    # How the model was compiled is not loaded, so an optimizer or loss of any class may stand there.
    for part in _classes([value for key, value in config.items() if key != "compile_config"]):
        if not _is_known(part, (*LAYERS, "DTypePolicy")):
            _refuse(path, "layers", f"{', '.join(LAYERS[:-1])} and {LAYERS[-1]} of Keras alone", _class_of(part))


def _classes(config: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object that names a class, at any depth."""
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
            if "class_name" in node:
                yield node
        elif isinstance(node, list):
            waiting += node


def _is_known(part: dict[str, Any], names: tuple[str, ...]) -> bool:
    """Whether a part is Keras' own class of one of these names, a tensor between layers, or a part for training."""
    name, module = str(part.get("class_name")), str(part.get("module"))
    if part.get("registered_name") not in (None, name):
        return False
    if module in PARTS:
        return name[:1].isupper()  # a class: Keras would also look up functions there
    is_keras = module == "keras" or module.startswith("keras.")
    return name == "__keras_tensor__" or (is_keras and name in names)


def _class_of(part: dict[str, Any]) -> str:
    return f"{part.get('module') or 'unknown'}.{part.get('class_name') or 'unknown'}"


def _structure(path: Path, keras: Any, model: Any, layers: Sequence[Any]) -> tuple[str, str, int]:
    """Which model the layers are, when it answers, and how many answers it says after one window (or each step)."""
    if not model.built:
        _refuse(path, "input shape", "known", "left open")
    if not isinstance(model, keras.Sequential) and not _is_chain(model, layers):
        _refuse(path, "layers", "one chain from one input to one output", "a graph that branches")
    kinds = [type(_dense([layer])).__name__ for layer in layers]
    every = [layer.return_sequences for layer in _lstms(layers)]
    if kinds == ["LSTM", "Dense"]:
        return "lstm", "each" if every[0] else "after", 1
    if kinds == ["LSTM", "RepeatVector", "LSTM", "Dense"] and every == [False, True]:
        return "encoder-decoder", "after", layers[1].n
    said = [f"{kind} (return_sequences={getattr(layer, 'return_sequences', '')})" if kind == "LSTM" else kind
            for kind, layer in zip(kinds, layers, strict=True)]  # fmt: skip
    _refuse(path, "layers", "LSTM and Dense, or LSTM, RepeatVector, LSTM (return_sequences=True) and Dense",
            ", ".join(said) or "none")  # fmt: skip


def _is_chain(model: Any, layers: Sequence[Any]) -> bool:
    """Whether each layer hears the one before it and nothing else, once."""
    try:
        heard = [layer.input for layer in layers]
        said = [layer.output for layer in layers]
    except (AttributeError, ValueError):  # how Keras says that a layer is used more than once
        return False
    before, after = [*model.inputs, *said], [*heard, *model.outputs]
    return len(before) == len(after) and all(one is other for one, other in zip(before, after, strict=True))


def _check_options(path: Path, keras: Any, layers: Sequence[Any]) -> None:
    """Refuse options under which the same weights would give other answers here."""
    known, lstms, dense = keras.activations, _lstms(layers), _dense(layers)
    wanted = [(layer, option, (value,)) for layer in lstms for option, value in
              {"activation": known.tanh, "recurrent_activation": known.sigmoid, "use_bias": True,
               "go_backwards": False, "units": lstms[0].units, "stateful": lstms[0].stateful}.items()]  # fmt: skip
    wanted += [(dense, "activation", (known.softmax, known.linear)), (dense, "use_bias", (True,))]
    wanted += [(layer, "compute_dtype", ("float32",)) for layer in (*lstms, dense)]
    for layer, option, rule in wanted:
        got = getattr(layer, option)
        if got not in rule:
            said = " or ".join(str(getattr(value, "__name__", value)) for value in rule)
            _refuse(path, f"{option} of layer {layer.name}", said, getattr(got, "__name__", got))
