"""Keras files: a trained network out to a `.keras` file of Keras' own layers, and such a file back
in.
"""

from echoscope.formats.keras.read import KerasModel, read_keras
from echoscope.formats.keras.write import write_keras

__all__ = ["KerasModel", "read_keras", "write_keras"]
