"""Shapes are checked in every test: beartype reads the axis names of the signatures."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

from echoscope.process.leaving import LEAVABLE
from echoscope.process.xla import FASTER
from quick import QUICK

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_FLAGS", f"{FASTER} {QUICK}")

# Commands of all tests share what they compile, and leave nothing in the user's own folder. The
# processes that run tests have it from the one that began them.
if "ECHOSCOPE_COMPILE_CACHE" not in os.environ:
    programs = tempfile.TemporaryDirectory(prefix="echoscope-tests-")
    os.environ["ECHOSCOPE_COMPILE_CACHE"] = programs.name

# Each of the some hundred commands that tests begin would compile the package's source anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell that runs the tests in the background has them ignore Ctrl-C, or `nohup` a hangup, and so
# would the commands that they begin.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

settings.register_profile("echoscope", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("echoscope")

SHAPED = ("models", "training", "evaluation")
install_import_hook([f"echoscope.{module}" for module in SHAPED], "beartype.beartype")


@pytest.fixture(autouse=True)
def _nothing_left_at_work() -> Iterator[None]:
    """What a measurement has left to itself ends before the next test: it may draw at random."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith(LEAVABLE):
            thread.join(60)
