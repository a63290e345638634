"""What every result is made of: it says itself in JSON, and a number in it has an interval and a
method.
"""

from dataclasses import dataclass
from math import isnan

from echoscope.html_repr import HtmlRepr
from echoscope.settings import Json, JsonValue
from echoscope.stats.intervals import Floats


@dataclass(frozen=True)
class Result(HtmlRepr, shown_by="findings"):
    """What every result can do: say itself in JSON, and in a notebook."""

    def to_json(self) -> Json:
        """Plain JSON values, every field said."""
        return {name: _plain(value) for name, value in self.parts().items()}

    def parts(self) -> Json:
        """What is said in JSON, of which values may themselves be results."""
        return self.__dict__


@dataclass(frozen=True)
class Estimate(Result):
    """A number with its 95 % interval and the method it was made by.

    Each of the three is None where the runs do not say it: a median that half of the runs never
    reach, a spread of one seed.
    """

    value: float | None
    low: float | None
    high: float | None
    method: str


def estimates(value: Floats, low: Floats, high: Floats, method: str) -> list[Estimate]:
    """Estimates by one method, nan as None. Shapes: (estimates,) all."""
    parts = (
        [None if isnan(item) else item for item in part.tolist()] for part in (value, low, high)
    )
    return [Estimate(item, least, most, method) for item, least, most in zip(*parts, strict=True)]


def _plain(value: object) -> JsonValue:
    if isinstance(value, Result):
        return value.to_json()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return list(map(_plain, value)) if isinstance(value, list | tuple) else value
