"""Which layer was measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """Which layer it is: as it was named, its class, framework with version, the door that it came
    in by, what had to be said so that it could, and the first 12 digits of its source's hash.
    """

    source: str
    kind: str
    framework: str
    door: str
    told: tuple[tuple[str, str], ...] = ()
    hash: str = ""
