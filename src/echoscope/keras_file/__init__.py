"""Keras files: a trained network out to a `.keras` file of Keras' own layers, and such a file back
in.
"""

from echoscope.keras_file.read import KerasModel, read_keras
from echoscope.keras_file.write import write_keras

__all__ = ["KerasModel", "read_keras", "write_keras"]
