"""What every look shares: a layer with first weights, inputs of one shape, and its outputs on them.

All looks read arrays of `STEPS` time steps and `ROWS` rows, so that a layer which is compiled is
compiled once: cuts, rows and spans are other values, not other shapes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from echoscope.errors import SettingError
from echoscope.measure.layer.base import Gradients, Inputs, Layer, Outputs, Passed, State, Weights
from echoscope.measure.layer.failures import failure

# Numbers that are no layer's usual width, so that no axis is taken for another.
STEPS, ROWS = 37, 36
FIRST = 1  # time steps of the first piece of a read in pieces, from the initial state
PIECES = (1, 2, 4)
UNEVEN = (4, 1, 2, 4, 4, 2, 1, 1, 4)
EVERY_LIMIT = 1e-5  # of the outputs' size, for what must stay as it was
STEP_LIMIT, GRADIENT_LIMIT = 1e-4, 1e-3  # for what another order of sums may change


@dataclass(frozen=True)
class Probe:
    """A layer as it is looked at. `inputs` and `others` are unlike everywhere, `whole` is what the
    layer gave for `inputs`, and `size` the largest of those outputs.
    """

    layer: Layer
    seed: int
    weights: Weights
    inputs: Inputs
    others: Inputs
    whole: Passed

    @classmethod
    def of(cls, layer: Layer, seed: int) -> "Probe":
        """Read once. Raises `SettingError` where the layer cannot read what it was made for."""
        rng = np.random.default_rng(seed)
        shape = (STEPS, ROWS, layer.input_size)
        inputs, others = (rng.standard_normal(shape, np.float32) for _ in range(2))
        try:
            weights = layer.init(seed)
            whole = layer.run(weights, inputs)
        except SettingError:
            raise
        except Exception as error:
            raise SettingError(
                f"{layer.identity.source} cannot read {STEPS} time steps of {ROWS} rows and"
                f" {layer.input_size} features ({failure(error)}): see that it takes any number of"
                " steps and rows, on this machine."
            ) from error
        outputs = np.asarray(whole.outputs)
        if outputs.ndim != 3 or outputs.shape[:2] != shape[:2]:
            raise SettingError(
                f"{layer.identity.source} gives outputs of the shape {outputs.shape} for inputs of"
                f" {shape}: an output for every time step and row is needed, [time, batch, width]."
            )
        return cls(layer, seed, weights, inputs, others, whole)

    @property
    def width(self) -> int:
        """That of its outputs."""
        return self.whole.outputs.shape[-1]

    @cached_property
    def size(self) -> float:
        """What differences are measured in: the largest output that is finite."""
        outputs = np.abs(self.whole.outputs)
        return float(np.max(outputs, initial=0, where=np.isfinite(outputs))) or 1.0

    @cached_property
    def again(self) -> float:
        """How far a second call on the same inputs is off."""
        return self.off(self.outputs(self.inputs), self.whole.outputs)

    @property
    def repeats(self) -> bool:
        """Whether two calls on the same inputs agree, so that others can be compared."""
        return self.again <= EVERY_LIMIT

    def outputs(self, inputs: Inputs) -> Outputs:
        """Its outputs from the initial state."""
        return self.layer.run(self.weights, inputs).outputs

    def off(self, outputs: Outputs, usual: Outputs) -> float:
        """The largest difference, in sizes of the outputs; infinite where a number is lacking that
        there was.
        """
        return largest(apart(outputs, usual)) / self.size

    @cached_property
    def by_steps(self) -> tuple[Outputs, list[State]]:
        """Read step by step: the outputs, and the state after every step."""
        return self.in_pieces([1] * (STEPS - FIRST))

    def in_pieces(self, sizes: Sequence[int]) -> tuple[Outputs, list[State]]:
        """Read in pieces after the first, each from the state that the one before left."""
        outputs, states = [], []
        state, begin = None, 0
        for length in (FIRST, *sizes):
            piece = self.inputs[begin : begin + length]
            read, state = self.layer.run(self.weights, piece, state)
            outputs.append(read)
            states.append(state)
            begin += length
        return np.concatenate(outputs), states

    @cached_property
    def cotangent(self) -> Outputs:
        """A number for every output, at random."""
        rng = np.random.default_rng(self.seed + 1)
        return rng.standard_normal(self.whole.outputs.shape).astype(np.float32)

    @cached_property
    def gradients(self) -> Gradients:
        """Those of the whole."""
        return self.layer.gradients(self.weights, [self.inputs], self.cotangent)


def apart(left: np.ndarray, right: np.ndarray) -> Float[np.ndarray, "..."]:
    """How far each number is from the other; 0 where both are lacking, infinite where one is."""
    with np.errstate(invalid="ignore"):
        difference = np.abs(np.asarray(left, np.complex128) - np.asarray(right, np.complex128))
    same = (np.isnan(left) & np.isnan(right)) | (left == right)
    return np.where(same, 0.0, np.where(np.isnan(difference), np.inf, difference))


def largest(differences: np.ndarray) -> float:
    """The largest of some differences, 0 of none."""
    return float(np.max(differences, initial=0.0))


def in_size(number: float) -> str:
    """A difference as a sentence says it.

    >>> in_size(0.3641), in_size(1e-7), in_size(np.inf)
    ('0.364', '1e-07', 'not a number')
    """
    return f"{number:.3g}" if np.isfinite(number) else "not a number"
