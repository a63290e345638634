"""What of a network in Keras would give other predictions here, and is refused."""

from pathlib import Path
from types import ModuleType

from echoscope.formats.keras.chain import KINDS, Chain, kind_of
from echoscope.formats.keras.levels import MERGES
from echoscope.formats.keras.loader import SET, Layer, refuse

Option = tuple[Layer, str, tuple[object, ...]]  # a layer, its option, and what that may be
SIMILAR = "replace it by a layer of the kind of the others, train a little further, and save it"
REBUILD = (
    "build the network again with that option, give it these weights with"
    " new.set_weights(model.get_weights()), and save it"
)
TRAIN = (
    "build the network again with that option, give its layers the weights that fit with"
    " set_weights, train a little further, and save it"
)
REMEDIES = {  # of an option; another can be set in Keras as it is
    **dict.fromkeys(("compute_dtype", "stateful", "zero_output_for_mask", "return_state"), REBUILD),
    **dict.fromkeys(("reset_after", "go_backwards", "return_sequences", "units"), TRAIN),
    "merge_mode": TRAIN,
}


def check_options(path: Path, keras: ModuleType, chain: Chain) -> None:
    """Refuse options under which the same weights would give other predictions here."""
    known = keras.activations
    rules: list[Option] = []
    first: Layer = next(iter(chain.recurrent.values()), None)
    masked = chain.masking is not None or chain.masked_table
    for name, layer in chain.recurrent.items():
        if kind_of(layer) != kind_of(first):
            refuse(path, f"layer {layer.name}", kind_of(first), kind_of(layer), SIMILAR)
        back = name.endswith("_back")
        rules += [
            (layer, "activation", (known.tanh,)),
            (layer, "go_backwards", (back,)),
            (layer, "stateful", (first.stateful and not chain.both,)),
            (layer, "return_state", (False,)),
        ]
        if kind_of(layer) != "SimpleRNN":
            rules.append((layer, "recurrent_activation", (known.sigmoid,)))
        if kind_of(layer) == "GRU":
            rules.append((layer, "reset_after", (first.reset_after,)))
        if masked and not chain.both:
            rules.append((layer, "zero_output_for_mask", (False,)))
    rules += _sequences(path, chain)
    for layer in chain.layers:
        if kind_of(layer) == "Bidirectional":
            rules.append((layer, "merge_mode", MERGES))
            rules.append((layer.backward_layer, "units", (layer.forward_layer.units,)))
    if chain.hidden is not None:
        after = chain.rectified
        rules.append((chain.hidden, "activation", (known.relu if after is None else known.linear,)))
        rules += [] if after is None else [(after, "activation", (known.relu,))]
    layers = [chain.embedding, *chain.recurrent.values(), chain.hidden, chain.readout]
    rules += [(layer, "compute_dtype", ("float32",)) for layer in layers if layer is not None]
    for layer, option, rule in rules:
        _check(path, layer, option, rule)


def _sequences(path: Path, chain: Chain) -> list[Option]:
    """All recurrent layers but the uppermost hand on every step; a code that is repeated is one of
    the last.
    """
    rules: list[Option] = [(layer, "return_sequences", (True,)) for layer in chain.layers[:-1]]
    if chain.decoder is not None:
        if kind_of(chain.decoder) != "LSTM":
            refuse(path, f"layer {chain.decoder.name}", "LSTM", kind_of(chain.decoder), SIMILAR)
        rules += [
            (chain.layers[-1], "return_sequences", (False,)),
            (chain.decoder, "return_sequences", (True,)),
        ]
    elif chain.repeat is not None:
        refuse(
            path,
            f"layer {chain.repeat.name}",
            "followed by an LSTM",
            "by Dense",
            "leave it and TimeDistributed out, which keeps the weights, and save that",
        )
    return rules


def _check(path: Path, layer: Layer, option: str, rule: tuple[object, ...]) -> None:
    got = getattr(layer, option, False)
    if got not in rule:
        wanted = " or ".join(str(getattr(value, "__name__", value)) for value in rule)
        refuse(
            path,
            f"{option} of layer {layer.name}",
            wanted,
            getattr(got, "__name__", got),
            REMEDIES.get(option, SET),
        )


def model_name(chain: Chain) -> str:
    """Which of our models a chain is."""
    if chain.hidden is not None:
        return "mlp"
    if chain.decoder is not None:
        return "encoder-decoder"
    first = next(iter(chain.recurrent.values()))
    return "gru-before" if not getattr(first, "reset_after", True) else KINDS[kind_of(first)]
