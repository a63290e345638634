"""How long a measurement may take, and what of that each part may have."""

import re
from dataclasses import dataclass

from echoscope.errors import SettingError, shown

LEAST, MOST = 5.0, 3600.0  # seconds
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
RESERVED = 2.5  # seconds that the page itself may take
# Of the time, when each part is done; the axes later where no baselines follow.
ENDS = {"xray": 0.3, "bits": 0.4, "axes": 0.78, "all": 1.0, "drift": 0.03}
LONG = 150.0  # seconds: a budget from which baselines are measured on every axis


@dataclass(frozen=True)
class Budget:
    """So many seconds in all.

    >>> Budget.of("1m").seconds, Budget.of("30s").trainings, Budget.of("10m").trainings
    (60.0, 2, 10)
    """

    seconds: float = 60.0

    @classmethod
    def of(cls, text: object) -> "Budget":
        """From `30s`, `1m`, `10m` or a number of seconds. Raises `SettingError` for another."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", str(text).strip().lower())
        seconds = float(match[1]) * SECONDS[match[2]] if match else 0.0
        if not LEAST <= seconds <= MOST:
            raise SettingError(
                f"budget must be a time from {LEAST:g}s to {MOST / 60:g}m, as 30s, 1m or 10m, not"
                f" {shown(text)}."
            )
        return cls(seconds)

    @property
    def trainings(self) -> int:
        """Trainings of the ladder."""
        return min(10, max(2, round(self.seconds / 20)))

    @property
    def certified(self) -> int:
        """Trainings of the best single lag."""
        return min(10, max(2, round(self.seconds / 30)))

    @property
    def probed(self) -> int:
        """Trainings whose states are probed."""
        return min(5, max(1, round(self.seconds / 45)))

    @property
    def searched(self) -> int:
        """Trainings of one search, at most."""
        return min(200, max(20, round(self.seconds / 1.5)))

    @property
    def long(self) -> bool:
        """Whether baselines are measured on every axis, at rates of their own."""
        return self.seconds >= LONG

    def at(self, part: str, followed: bool = True) -> float:
        """Seconds after the beginning when a part is to be done."""
        share = ENDS[part] if followed else ENDS["all"]
        return share * max(self.seconds - RESERVED, 0.5 * self.seconds)
