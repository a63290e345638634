"""The name that a measured layer is trained by: a model's, of which it is the middle part."""

from echoscope.models.base import SequenceLayer
from echoscope.registry import LAYERS, register_layer


def registered(source: str, layer: SequenceLayer) -> str:
    """The name, which no other layer has: two instances of one class are two layers."""
    name = plain_name = f"measured:{source}"
    count = 1
    while name in LAYERS:
        count += 1
        name = f"{plain_name}#{count}"
    register_layer(name, layer, listed=False)
    return name
