"""What brings one-hot symbols to the width that a layer reads, where it reads only one."""

from echoscope.measure.layer.base import Weights
from echoscope.models.base import Generator
from echoscope.models.initializers import glorot

LIFT = "input.kernel"


def lift(rng: Generator, input_size: int, fixed: int | None, tried: bool) -> Weights:
    """First weights by name of a matrix [input_size, fixed]. None where a layer takes any width;
    nor where its width was `tried`, as nothing says it, and symbols as many as that are read as
    they are.
    """
    if fixed is None or (tried and fixed == input_size):
        return {}
    return {LIFT: glorot(rng, input_size, fixed)}
