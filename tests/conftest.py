"""Shapes are checked in every test: beartype reads the axis words of the signatures."""

from hypothesis import settings
from jaxtyping import install_import_hook

settings.register_profile("echoscope", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("echoscope")

SHAPED = ("adam", "batch", "endurance", "models", "prediction", "program", "run", "training")
install_import_hook([f"echoscope.{module}" for module in SHAPED], "beartype.beartype")
