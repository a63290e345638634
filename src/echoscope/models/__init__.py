"""Models: an encoder, a sequence layer, a readout; each said once for all of the others."""

from echoscope.models.model import model_of

__all__ = ["model_of"]
