"""How a PyTorch module is called: what is known of its class, and what must be said.

Nothing here looks at the shapes of what a module gives: a GRU's output and state have one shape.
"""

# pyright: reportMissingImports=false
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from echoscope.errors import SettingError
from echoscope.measure.layer.base import State
from echoscope.measure.layer.construct import STATES
from echoscope.measure.layer.given import no_outputs
from echoscope.measure.layer.options import BATCH_FIRST, STEP, TIME_FIRST, LayerOptions

# What a call gives: outputs alone; a state that is the output too; a pair that is handed on whole,
# of which the first or the last is the output; an output and what is handed on, or the reverse.
OUTPUTS, ITSELF = "outputs", "itself"
HC, CH, OUTPUT_STATE, STATE_OUTPUT = "hc", "ch", "output_state", "state_output"

SECOND = "say with carry=state_output that they come second, or let it return (outputs, state)"
Foreign = Any  # a module with attributes that only its own class knows
Start = Callable[[Foreign, int], State]


@dataclass(frozen=True)
class Convention:
    """How a module is called.

    `layout` is batch_first, time_first or step, `gives` one of the words above, `passes` the
    argument that takes a state, None where none does; with `spread` a state of several tensors is
    that many arguments. `asks` are said in every call. `start` makes the initial state of a batch
    where the module cannot begin without one; with `steps` the module reads a whole in one call and
    hands its state on in another, its `step`.
    """

    layout: str
    gives: str = OUTPUTS
    passes: str | None = None
    spread: bool = False
    asks: Mapping[str, object] = field(default_factory=dict)
    start: Start | None = None
    steps: bool = False

    @property
    def hands_state(self) -> bool:
        """Whether it gives back its state and takes it again."""
        return self.steps or (self.passes is not None and self.gives != OUTPUTS)


def _mamba(module: Foreign, batch_size: int) -> State:
    config = module.config if hasattr(module, "config") else module.mixer.config
    scanned = torch.zeros(batch_size, config.d_inner, config.d_state)
    return scanned, torch.zeros(batch_size, config.d_inner, config.d_conv - 1)


_MAMBA = Convention(BATCH_FIRST, start=_mamba, steps=True)
_MIN_GRU = Convention(
    BATCH_FIRST, OUTPUT_STATE, "prev_hidden", asks={"return_next_prev_hidden": True}
)
_SPIKING = Convention(STEP, OUTPUT_STATE, "mem", spread=True)
# Of packages that could be read, by a class that stands among a layer's ancestors.
KNOWN: dict[str, Convention] = {
    "torch.nn.modules.rnn:LSTMCell": Convention(STEP, HC, "hx"),
    "torch.nn.modules.rnn:RNNCell": Convention(STEP, ITSELF, "hx"),
    "torch.nn.modules.rnn:GRUCell": Convention(STEP, ITSELF, "hx"),
    "torchrecurrent.base:SingleStateCellBase": Convention(STEP, ITSELF, "state"),
    "torchrecurrent.base:DoubleStateCellBase": Convention(STEP, HC, "state"),
    "torchrecurrent.base:DecoupledSingleStateCellBase": Convention(STEP, OUTPUT_STATE, "state"),
    "torchrecurrent.base:DecoupledDoubleStateCellBase": Convention(STEP, OUTPUT_STATE, "state"),
    "ncps.torch.cfc_cell:CfCCell": Convention(STEP, OUTPUT_STATE, "hx", asks={"ts": 1.0}),
    "minGRU_pytorch.minGRU:minGRU": _MIN_GRU,
    "minGRU_pytorch.minLSTM:minLSTM": _MIN_GRU,
    "mambapy.mamba:MambaBlock": _MAMBA,
    "mambapy.mamba:ResidualBlock": _MAMBA,
    "mambapy.mamba:Mamba": Convention(BATCH_FIRST),
    "snntorch._neurons.neurons:SpikingNeuron": _SPIKING,
}
# The only width that those read which do not say it themselves.
WIDTHS: dict[str, Callable[[Foreign], int]] = {
    "minGRU_pytorch.minGRU:minGRU": lambda module: module.to_hidden_and_gate.in_features,
    "minGRU_pytorch.minLSTM:minLSTM": lambda module: module.to_hidden_and_f_i_gate.in_features,
    "mambapy.mamba:MambaBlock": lambda module: module.config.d_model,
    "mambapy.mamba:ResidualBlock": lambda module: module.mixer.config.d_model,
    "mambapy.mamba:Mamba": lambda module: module.config.d_model,
}


def ancestors(module: nn.Module) -> list[str]:
    """The names of a module's class and those above it, as `package.module:Class`."""
    return [f"{base.__module__}:{base.__qualname__}" for base in type(module).__mro__]


def convention_of(source: str, module: nn.Module, options: LayerOptions) -> Convention:
    """How this module is called. Raises `SettingError` where neither its class nor a person says
    whether it reads batch or time first, or one time step at a time.
    """
    known = next((KNOWN[name] for name in ancestors(module) if name in KNOWN), None)
    if known is _SPIKING and getattr(module, "init_hidden", False):
        return Convention(STEP)
    arguments = list(inspect.signature(module.forward).parameters.values())
    if known:
        layout = options.layout or known.layout
        return replace(known, layout=layout, gives=options.carry or known.gives)
    named = [argument.name for argument in arguments[1:] if argument.name in STATES]
    passes = named[0] if named else None
    layout = options.layout or _layout(module, arguments)
    kind = type(module).__name__
    if type(module).forward is nn.Module.forward:
        raise SettingError(f"{source} has no forward: give {kind} one, which reads its inputs.")
    if layout is None:
        raise SettingError(
            f"{source} may read batch or time first, which {kind} does not say: say it with"
            " layout=batch_first or layout=time_first, or layout=step for a cell that reads"
            " one time step at a time."
        )
    if layout == STEP and passes is None and len(arguments) > 1:
        passes = arguments[1].name
    gives = options.carry or (ITSELF if layout == STEP else OUTPUT_STATE)
    if layout != STEP and gives in (HC, CH):
        gives = OUTPUT_STATE if gives == HC else STATE_OUTPUT
    if passes is None:
        return _without_state(module, layout)
    needs = (
        next(part for part in arguments if part.name == passes).default is inspect.Parameter.empty
    )
    begins = callable(getattr(module, "initial_state", None))
    start = _own_start if begins else _zeros(gives, options.units) if needs else None
    return Convention(layout, gives, passes, start=start)


def _layout(module: nn.Module, arguments: list[inspect.Parameter]) -> str | None:
    """What a class says: by `batch_first`, by its name as a cell, or by needing a state."""
    if hasattr(module, "batch_first"):
        return BATCH_FIRST if module.batch_first else TIME_FIRST
    needs = len(arguments) > 1 and arguments[1].default is inspect.Parameter.empty
    ordinary = needs and arguments[1].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    return STEP if ordinary or type(module).__name__.endswith("Cell") else None


def _without_state(module: nn.Module, layout: str) -> Convention:
    """Of a module that takes no state, unless it has `step` and `initial_state` beside."""
    parts = (getattr(module, name, None) for name in ("step", "initial_state"))
    if layout != STEP and all(map(callable, parts)):
        return Convention(layout, start=_own_start, steps=True)
    return Convention(layout)


def _own_start(module: Foreign, batch_size: int) -> State:
    return module.initial_state(batch_size)


def _zeros(gives: str, units: int) -> Start:
    """Zeros, as PyTorch's own cells begin: of as many units as the cell says, or it was made of."""

    def start(module: Foreign, batch_size: int) -> State:
        width = getattr(module, "hidden_size", units)
        zeros = torch.zeros(batch_size, width)
        return (zeros, zeros.clone()) if gives in (HC, CH) else zeros

    return start


class Call:
    """A convention at work: `read` reads inputs [time, batch, features] from a state."""

    def __init__(self, source: str, convention: Convention) -> None:
        self.source, self.convention = source, convention
        self.reads = self._steps if convention.layout == STEP else self._whole

    def read(
        self, module: nn.Module, inputs: Tensor, state: State = None, hand_on: bool = True
    ) -> tuple[Tensor, State]:
        """Outputs [time, batch, width] and the state after the last; without `hand_on` that is not
        needed.
        """
        convention = self.convention
        if convention.steps:
            if state is None and not hand_on:
                return self._whole(module, inputs, None)[0], None
            begin = self._begin(module, inputs) if state is None else state
            outputs, after = self._by_step(module, inputs, begin)
            return (self._whole(module, inputs, None)[0] if state is None else outputs), after
        if state is None and convention.start:
            state = self._begin(module, inputs)
        outputs, after = self.reads(module, inputs, state)
        return outputs, after if convention.hands_state else None

    def _begin(self, module: nn.Module, inputs: Tensor) -> State:
        assert self.convention.start
        return self.convention.start(module, inputs.shape[1])

    def _by_step(self, module: Foreign, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        outputs = []
        for part in inputs:
            output, state = module.step(part, state)
            outputs.append(output)
        return torch.stack(outputs), state

    def _called(self, module: nn.Module, inputs: Tensor, state: State) -> object:
        convention = self.convention
        if state is None or convention.passes is None:
            return module(inputs, **convention.asks)
        if convention.spread:
            return module(inputs, *state, **convention.asks)
        return module(inputs, **{convention.passes: state}, **convention.asks)

    def _whole(self, module: nn.Module, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        batch_first = self.convention.layout == BATCH_FIRST
        result = self._called(module, inputs.transpose(0, 1) if batch_first else inputs, state)
        after = None
        if isinstance(result, tuple | list):
            outputs, after = result[0], result[-1] if len(result) > 1 else None
            if self.convention.gives == STATE_OUTPUT:
                outputs, after = after, outputs
        else:
            outputs = result
        if not isinstance(outputs, Tensor):
            raise no_outputs(self.source, outputs, SECOND if isinstance(result, tuple) else "")
        return cast(Tensor, outputs).transpose(0, 1) if batch_first else outputs, after

    def _steps(self, module: nn.Module, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        outputs = []
        for part in inputs:
            output, state = self._parted(self._called(module, part, state))
            outputs.append(output)
        return torch.stack(outputs), state

    def _parted(self, result: object) -> tuple[Tensor, State]:
        """Output and state of what one step gave."""
        gives = self.convention.gives
        if gives == OUTPUTS:
            return cast(Tensor, result[0] if isinstance(result, tuple) else result), None
        if gives == ITSELF:
            if isinstance(result, Tensor):
                return result, result
            if not isinstance(result, tuple | list):
                raise no_outputs(self.source, result)
            raise SettingError(
                f"{self.source} gives a {type(result).__name__}, and nothing says which part is"
                " the output: say carry=hc or carry=ch for a pair that is handed on whole, of"
                " which h is the output, or carry=output_state or carry=state_output."
            )
        if result is None:
            raise no_outputs(self.source, result)
        if not (isinstance(result, tuple | list) and len(result) > 1):
            raise SettingError(
                f"{self.source} gives a {type(result).__name__} and no pair, which carry={gives}"
                " needs: leave carry out."
            )
        if self.convention.spread:
            return result[0], tuple(result[1:])
        match gives:
            case "hc":
                return result[0], tuple(result)
            case "ch":
                return result[-1], tuple(result)
            case "state_output":
                return result[1], result[0]
        return result[0], result[1]
