"""The layers of a config of Keras 2 or 3, in the order in which data goes through them: read as
data, before anything is built.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, NoReturn

from echoscope.formats.keras.loader import refuse
from echoscope.settings import Json, JsonValue

MASKS = ("NotEqual", "Any")  # the steps that Keras 3 draws for the mask of a Masking or Embedding
CUT = (
    "cut one chain out of it with keras.Model(inputs, outputs), which keeps the weights, and save"
    " that"
)


class Piece(NamedTuple):
    """One layer of a config: its `kind`, the class, and its settings."""

    name: str
    kind: str
    settings: Json


class Call(NamedTuple):
    """How a layer is called: on the outputs of the layers `sources`, and with these options."""

    sources: tuple[str, ...]
    options: Json


def pieces_of(path: Path, config: Json) -> list[Piece]:
    """The layers of a model, each after the one that it reads; of a graph, the only way through it.

    Raises `StoreError` for a graph that branches, and for a layer that trains while it is used.
    """
    settings = config.get("config")
    layers = settings if isinstance(settings, list) else _dict(settings).get("layers")
    listed = [layer for layer in _list(layers) if isinstance(layer, dict)]
    pieces = {piece.name: piece for piece in map(_piece, listed)}
    if config.get("class_name") == "Sequential":
        return [piece for piece in map(_piece, listed) if piece.kind not in MASKS]
    calls = {_piece(layer).name: list(_calls(layer.get("inbound_nodes"))) for layer in listed}
    begin, end = (_ends(_dict(settings).get(key)) for key in ("input_layers", "output_layers"))
    if len(begin) != 1 or len(end) != 1:
        what = "inputs" if len(begin) != 1 else "outputs"
        _branches(path, what, f"{len(begin if what == 'inputs' else end)}")
    way, here = [pieces[begin[0]]] if begin[0] in pieces else [], begin[0]
    while here != end[0]:
        here = _next(path, here, pieces, calls)
        _check_call(path, here, calls, pieces)
        way.append(pieces[here])
    _check_masks(path, listed, way)
    return way


def _next(path: Path, here: str, pieces: dict[str, Piece], calls: dict[str, list[Call]]) -> str:
    """The only layer that reads the outputs of this one."""
    readers = [
        name
        for name, times in calls.items()
        for call in times
        if here in call.sources and pieces[name].kind not in MASKS
    ]
    if len(readers) != 1:
        _branches(path, f"outputs of layer {here}", f"{len(readers)} times")
    return readers[0]


def _check_call(
    path: Path, name: str, calls: dict[str, list[Call]], pieces: dict[str, Piece]
) -> None:
    """Refuse a call on several inputs, with a state or another's mask, or while training."""
    (call, *more) = calls[name]
    if more or len(call.sources) != 1:
        times, inputs = len(more) + 1, len(call.sources)
        _branches(path, f"layer {name}", f"{times} times" if more else f"of {inputs} inputs")
    if call.options.get("training") is True:
        refuse(
            path,
            f"layer {name}",
            "called as it is used",
            "with training=True",
            "call it without, in a new model of the same layers, which keeps the weights",
        )
    for option, value in call.options.items():
        if option in ("training", "mask") and (not value or _mask(value, pieces)):
            continue
        if value not in (None, False, [], {}):
            _branches(path, f"layer {name}", f"called with {option}")


def _check_masks(path: Path, layers: list[Json], way: list[Piece]) -> None:
    """Refuse a mask that is not the one of a Masking or Embedding of the chain: of the same inputs,
    and of the same value.
    """
    masks: list[tuple[str | None, JsonValue]] = []
    for before, piece in pairwise(way):
        if piece.kind == "Masking":
            masks.append((before.name, piece.settings.get("mask_value")))
        if piece.kind == "Embedding" and piece.settings.get("mask_zero"):
            masks.append((before.name, 0))
    for layer in layers:
        if layer.get("class_name") != MASKS[0]:
            continue
        for node in _list(layer.get("inbound_nodes")):
            args = _list(_dict(node).get("args"))
            if len(args) != 2 or (next(_sources(args[:1]), None), args[1]) not in masks:
                _branches(path, "a mask", "of its own")


def _mask(value: JsonValue, pieces: dict[str, Piece]) -> bool:
    """Whether a mask is one that Keras itself draws, for its Masking or Embedding."""
    return all(name in pieces and pieces[name].kind in MASKS for name in _sources(value))


def _branches(path: Path, what: str, got: str) -> NoReturn:
    refuse(path, "layers", "one chain from one input to one output", f"{what} {got}", CUT)


def _piece(layer: Json) -> Piece:
    settings = _dict(layer.get("config"))
    name = layer.get("name", settings.get("name"))
    return Piece(str(name), str(layer.get("class_name")), settings)


def _calls(nodes: JsonValue) -> Iterator[Call]:
    """How often a layer is called, and on what: in Keras 3 with args and kwargs, in Keras 2 as
    lists of [layer, node, tensor, options].
    """
    for node in _list(nodes):
        if isinstance(node, dict):
            yield Call(tuple(_sources(node.get("args"))), _dict(node.get("kwargs")))
        elif isinstance(node, list):
            parts = [part for part in node if isinstance(part, list) and part]
            options = [part[3] for part in parts if len(part) > 3 and isinstance(part[3], dict)]
            yield Call(tuple(str(part[0]) for part in parts), options[0] if options else {})


def _sources(value: JsonValue) -> Iterator[str]:
    """The layers whose outputs stand anywhere in a value, by their name."""
    if isinstance(value, list):
        for part in value:
            yield from _sources(part)
    elif isinstance(value, dict):
        history = _dict(value.get("config")).get("keras_history")
        if isinstance(history, list) and history:
            yield str(history[0])
        else:
            yield from _sources(list(value.values()))


def _ends(value: JsonValue) -> list[str]:
    """The names of a model's inputs or outputs: [name, 0, 0], or a list of such."""
    if not isinstance(value, list) or not value:
        return []
    return [str(part[0]) for part in ([value] if isinstance(value[0], str) else value) if part]


def _dict(value: JsonValue) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
