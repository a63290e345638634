"""The X-ray: what can be known of a layer in seconds, before any training."""

from echoscope.measure.xray.examine import NAMES, xray

__all__ = ["NAMES", "xray"]
