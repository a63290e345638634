"""What of a network in Keras would give other predictions here, and is refused."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from echoscope.formats.keras.chain import KINDS, Chain, kind_of
from echoscope.formats.keras.loader import Layer, refuse

Option = tuple[Layer, str, tuple[object, ...]]  # a layer, its option, and what that may be


def check_chain(path: Path, keras: ModuleType, model: Layer, layers: Sequence[Layer]) -> None:
    """Refuse a network whose layers do not each read the one before, and nothing else."""
    if not isinstance(model, keras.Sequential) and not _follow(model, layers):
        refuse(path, "layers", "one chain from one input to one output", "a graph that branches")


def _follow(model: Layer, layers: Sequence[Layer]) -> bool:
    try:
        inputs = [layer.input for layer in layers]
        inner = [layer.output for layer in layers]
    except (AttributeError, ValueError):  # how Keras says that a layer is used more than once
        return False
    before, after = [*model.inputs, *inner], [*inputs, *model.outputs]
    return len(before) == len(after) and all(
        item is other for item, other in zip(before, after, strict=True)
    )


def check_options(path: Path, keras: ModuleType, chain: Chain) -> None:
    """Refuse options under which the same weights would give other predictions here."""
    known = keras.activations
    rules: list[Option] = []
    first: Layer = next(iter(chain.recurrent.values()), None)
    for name, layer in chain.recurrent.items():
        if kind_of(layer) != kind_of(first):
            refuse(
                path, "recurrent layers", "of one kind", f"{kind_of(first)} and {kind_of(layer)}"
            )
        back = chain.both and name.endswith("_back")
        rules += [
            (layer, "activation", (known.tanh,)),
            (layer, "use_bias", (True,)),
            (layer, "go_backwards", (back,)),
            (layer, "units", (first.units,)),
            (layer, "stateful", (first.stateful,)),
        ]
        rules += (
            [(layer, "recurrent_activation", (known.sigmoid,))]
            if kind_of(layer) != "SimpleRNN"
            else []
        )
        rules += [(layer, "reset_after", (True,))] if kind_of(layer) == "GRU" else []
        rules += (
            [(layer, "zero_output_for_mask", (False,))] if chain.masking and not chain.both else []
        )
    rules += _sequences(path, chain)
    rules += [
        (layer, "merge_mode", ("concat",))
        for layer in chain.layers
        if kind_of(layer) == "Bidirectional"
    ]
    if chain.embedding is not None:
        wide = first.units if first is not None else chain.hidden.units
        rules += [
            (chain.embedding, "mask_zero", (False,)),
            (chain.embedding, "output_dim", (wide,)),
        ]
    if chain.hidden is not None:
        rules.append((chain.hidden, "activation", (known.relu,)))
    rules += [
        (layer, "use_bias", (True,)) for layer in (chain.hidden, chain.readout) if layer is not None
    ]
    layers = [chain.embedding, *chain.recurrent.values(), chain.hidden, chain.readout]
    rules += [(layer, "compute_dtype", ("float32",)) for layer in layers if layer is not None]
    for layer, option, rule in rules:
        _check(path, layer, option, rule)


def _sequences(path: Path, chain: Chain) -> list[Option]:
    """All recurrent layers but the uppermost hand on every step; a code that is repeated is one of
    the last.
    """
    if chain.both and len({kind_of(layer) == "Bidirectional" for layer in chain.layers}) > 1:
        refuse(path, "recurrent layers", "all Bidirectional or none", "some of them")
    rules: list[Option] = [(layer, "return_sequences", (True,)) for layer in chain.layers[:-1]]
    if chain.decoder is not None:
        if kind_of(chain.decoder) != "LSTM":
            refuse(path, "layer after RepeatVector", "LSTM", kind_of(chain.decoder))
        rules += [
            (chain.layers[-1], "return_sequences", (False,)),
            (chain.decoder, "return_sequences", (True,)),
        ]
    elif chain.repeat is not None:
        refuse(path, "RepeatVector", "followed by an LSTM", "by Dense")
    return rules


def _check(path: Path, layer: Layer, option: str, rule: tuple[object, ...]) -> None:
    got = getattr(layer, option)
    if got not in rule:
        wanted = " or ".join(str(getattr(value, "__name__", value)) for value in rule)
        refuse(path, f"{option} of layer {layer.name}", wanted, getattr(got, "__name__", got))


def model_name(chain: Chain) -> str:
    """Which of our models a chain is."""
    if chain.hidden is not None:
        return "mlp"
    if chain.decoder is not None:
        return "encoder-decoder"
    return KINDS[kind_of(next(iter(chain.recurrent.values())))]
