"""With what a record was made, and when."""

import platform
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version


def now() -> str:
    """The time, in UTC, as records say it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def versions() -> dict[str, str]:
    """Everything whose version can change a number."""
    names = ("echoscope", "jax", "jaxlib", "numpy")
    return {name: _version(name) for name in names} | {"python": platform.python_version()}


@cache
def _version(name: str) -> str:
    return version(name)  # it reads a file, which for every record of a study would be felt
