"""With what a run was made, and when."""

import os
import platform
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version


def now() -> str:
    """The time, in UTC, as runs say it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def versions() -> dict[str, str]:
    """Everything whose version can change a number, and the compiler's flags, if any, which change
    last digits.
    """
    names, flags = ("echoscope", "jax", "jaxlib", "numpy"), os.environ.get("XLA_FLAGS", "").strip()
    result = {name: _version(name) for name in names} | {"python": platform.python_version()}
    return result | ({"XLA_FLAGS": flags} if flags else {})


@cache
def _version(name: str) -> str:
    return version(name)  # it reads a file, which for every run of a study would be felt
