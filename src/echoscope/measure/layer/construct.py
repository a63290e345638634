"""Making a layer of a class: its sizes are handed to the arguments that stand for them, by name."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from echoscope.errors import ExtraError, SettingError, alternatives, listed, plain
from echoscope.measure.layer.failures import failure
from echoscope.measure.layer.identity import Identity
from echoscope.measure.layer.options import LayerOptions
from echoscope.measure.layer.source import Named, Thing, public_name

# What constructors call the width of what is read, and of what is kept.
READS = (
    "input_size",
    "in_features",
    "input_dim",
    "d_input",
    "in_dim",
    "in_channels",
    "n_inputs",
    "d_in",
)
UNITS = (
    "hidden_size",
    "units",
    "hidden_features",
    "features",
    "hidden_dim",
    "d_hidden",
    "num_units",
    "n_units",
    "size",
    "recurrent_size",
    "out_features",
    "output_size",
    "output_dim",
    "out_dim",
)
BOTH = (
    "d_model",
    "dim",
    "embed_dim",
    "model_dim",
    "hidden",
    "width",
    "channels",
    "n_embd",
)  # one width for all
STATES = (
    "state",
    "states",
    "carry",
    "hidden",
    "hidden_state",
    "initial_state",
    "initial_carry",
    "initial_states",
    "hx",
    "h",
    "h0",
    "h_0",
    "prev_hidden",
    "prev_state",
    "memory",
    "cache",
)  # what modules call the state that they go on from
KEYS = ("key", "rngs")  # what a constructor draws its first weights from


class Made(NamedTuple):
    """A layer that was made, and the only width that it reads; None where it takes any."""

    layer: Thing
    fixed: int | None


def is_factory(thing: object) -> bool:
    """Whether it is a function that makes layers."""
    return inspect.isroutine(thing) or isinstance(thing, partial)


def parameters_of(function: Callable[..., Thing]) -> dict[str, inspect.Parameter]:
    """The arguments of a function by name; of a class that hands others on by `**kwargs`, with
    those of its ancestors.
    """
    if not inspect.isclass(function):
        return dict(inspect.signature(function).parameters)
    known: dict[str, inspect.Parameter] = {}
    sizes, rest = {*READS, *UNITS, *BOTH}, {}
    for base in function.__mro__[:-1]:  # a metaclass may hide the signature of the class
        if "__init__" not in vars(base):
            continue
        _, *named = inspect.signature(base.__init__).parameters.items()
        rest = {name: p for name, p in named if p.kind is p.VAR_KEYWORD}
        taken = {*known, *(sizes if sizes & set(known) else ())}  # an ancestor's are handed by it
        more = {name: p for name, p in named if name not in (*taken, *rest)}
        if known:
            more = {name: p.replace(default=None) for name, p in more.items() if _by_name(p)}
        known |= more
        if not rest:
            break
    return known | rest


def _by_name(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)


@contextmanager
def explained(what: str, remedy: str) -> Iterator[None]:
    """Whatever fails in the code of a person's layer becomes one sentence."""
    try:
        yield
    except (SettingError, ExtraError):
        raise
    except Exception as error:
        raise SettingError(f"{what} ({failure(error)}): {remedy}.") from error


def call(what: str, function: Callable[..., Thing], **known: Any) -> Thing:
    """Call it with those of the `known` arguments that its signature names.

    Raises `SettingError` in one sentence where an argument without a default is not known, or
    where it fails.
    """
    parameters = parameters_of(function)
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    free = {p.name for p in parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    missing = [name for name in parameters if name in free - set(known)]
    missing = [name for name in missing if parameters[name].default is inspect.Parameter.empty]
    if missing:
        raise SettingError(
            f"{what} needs {listed(missing)}, which a measurement does not know: say it in the"
            " layer's arguments, give it a default, or name a function that makes the layer."
        )
    with explained(f"{what} could not be made", "mend it, or say more in the layer's arguments"):
        more = known.pop("arguments", {}) if open_ended else {}
        return function(**{name: value for name, value in known.items() if name in free} | more)


def made(
    source: str,
    kind: Callable[..., Thing],
    units: int,
    input_size: int,
    arguments: Mapping[str, Any],
    **more: Any,
) -> Made:
    """A layer of a class or factory: of `units`, reading `input_size` if it has an argument for
    that, with further `arguments` and those of the framework (`more`, such as a key).

    >>> made("a.py:f", lambda input_size, units: (input_size, units), 32, 10, {})
    Made(layer=(10, 32), fixed=None)
    >>> made("a.py:f", lambda dim: dim, 32, 10, {})
    Made(layer=32, fixed=32)
    """
    parameters = parameters_of(kind)
    names = [name for name, p in parameters.items() if p.kind not in (p.VAR_KEYWORD,)]
    unknown = [name for name in arguments if name not in names]
    if unknown and len(names) == len(parameters):
        raise SettingError(
            f"{source} has no argument {plain(unknown[0], 60)}:"
            f" {alternatives(unknown[0], names) if names else 'it takes none.'}"
        )
    reads = [name for name in READS if name in names]
    both = [name for name in BOTH if name in names]
    known = dict.fromkeys(reads, input_size)
    known |= {name: units for name in (*UNITS, *both) if name in names}
    layer = call(source, kind, **known | more | dict(arguments), arguments=dict(arguments))
    if reads:
        return Made(layer, arguments.get(reads[0]))
    return Made(layer, width_of(layer) or (known | dict(arguments)).get(both[0]) if both else None)


def width_of(layer: Thing) -> int | None:
    """The width that a module says it reads, itself or by its cell; None where it does not say."""
    for part in (layer, getattr(layer, "cell", None)):
        widths = [getattr(part, name, None) for name in READS]
        for width in widths:
            if isinstance(width, int) and not isinstance(width, bool):
                return width
    return None


class Maker(NamedTuple):
    """How a layer comes about: `make(input_size, **keys)`. `fresh` says that other keys give other
    weights.
    """

    make: Callable[..., Made]
    fresh: bool


def maker(known: Named, options: LayerOptions) -> Maker:
    """Of a class or a factory, which make a new layer each time, or of a layer that is there, which
    stays as it is.
    """
    thing, source = known.thing, known.source
    if not (inspect.isclass(thing) or is_factory(thing)):
        if options.arguments:
            raise SettingError(
                f"{source} is made already, so that {next(iter(options.arguments))} cannot be said"
                " of it: leave its arguments out, or name its class."
            )
        return Maker(lambda input_size, **keys: Made(thing, width_of(thing)), False)
    reads = set(READS) & set(parameters_of(thing))

    def make(input_size: int, **keys: Any) -> Made:
        result = made(source, thing, options.units, input_size, options.arguments, **keys)
        return result if reads or result.fixed else Made(result.layer, width_of(result.layer))

    return Maker(make, bool(set(KEYS) & set(parameters_of(thing))))


def identity_of(
    known: Named, options: LayerOptions, kind: object, framework: str, door: str, fresh: bool
) -> Identity:
    """Which layer it is; where every seed begins from the same weights, that is said."""
    fixed = () if fresh else (("weights", "as they are, for every seed"),)
    return Identity(
        source=known.source,
        kind=public_name(kind),
        framework=framework,
        door=door,
        told=(*options.told, *fixed),
        hash=known.hash,
    )
