"""A baseline as a layer behind a door, so that what measures a layer measures it too."""

from echoscope.measure.baselines.models import SYMBOLS, layer
from echoscope.measure.doors.open import open_layer
from echoscope.measure.layer.base import Layer
from echoscope.measure.layer.options import LayerOptions


def opened(name: str, units: int = 32, input_size: int = SYMBOLS) -> Layer:
    """The baseline of a name, of so many units.

    >>> opened("lru-blocks", 8).width
    8
    """
    layer(name)  # from then on a model of its name
    return open_layer(name, LayerOptions(units=units), input_size)
