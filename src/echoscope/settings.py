"""The grammar that every word shares: one sentence a field, one rule a field, JSON there and
back.
"""

import dataclasses
import math
import numbers
import types
from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast

from echoscope.errors import WordError, alternatives, shown
from echoscope.synonyms import named


def word(says: str, default: Any, **rule: Any) -> Any:
    """A field whose sentence and rule stand beside it; flags, help, errors and the reference read
    them from here.
    """
    return dataclasses.field(default=default, metadata={"says": says, **rule})


def is_flag(field: dataclasses.Field[Any]) -> bool:
    """Whether a word is said by a flag of its name; others are said by what is given, such as a
    file.
    """
    return field.metadata.get("flag", True)


def whole(name: str, given: object, least: int, most: int | None = None) -> int:
    """`given` as an int of at least `least` (and at most `most`), or a sentence saying why not."""
    is_whole = isinstance(given, numbers.Integral) and not isinstance(given, bool)
    if is_whole and cast(int, given) >= least and (most is None or cast(int, given) <= most):
        return int(cast(int, given))
    rule = (
        f"an integer of at least {least}" if most is None else f"an integer from {least} to {most}"
    )
    raise WordError(f"{name} must be {rule}, not {shown(given)}.")


def positive(name: str, given: object, most: float) -> float:
    """`given` as a float above 0 and at most `most`, or a sentence saying why not."""
    if (
        isinstance(given, numbers.Real)
        and not isinstance(given, bool)
        and 0 < as_float(given) <= most
    ):
        return as_float(given)
    raise WordError(f"{name} must be a number above 0 and at most {most:g}, not {shown(given)}.")


def share(name: str, given: object) -> float:
    """`given` as a float of at least 0 and below 1, or a sentence saying why not."""
    if isinstance(given, numbers.Real) and not isinstance(given, bool) and 0 <= as_float(given) < 1:
        return as_float(given)
    raise WordError(f"{name} must be a number of at least 0 and below 1, not {shown(given)}.")


def as_float(given: Any) -> float:
    """A real number as a float; one too large for it is infinite, which no word allows.

    >>> as_float(1), as_float(10**400)
    (1.0, inf)
    """
    try:
        return float(given)
    except OverflowError:
        return math.inf if given > 0 else -math.inf


def choice(name: str, given: object, known: tuple[str, ...]) -> str:
    """`given` if it is one of `known`, or a sentence saying why not."""
    if isinstance(given, str) and given in known:
        return given
    raise WordError(
        f"{name} {shown(given)} is not known:"
        f" {alternatives(given if isinstance(given, str) else shown(given), known)}"
    )


@dataclasses.dataclass(frozen=True)
class Words:
    """Frozen, validated, JSON-able: what `Task`, `Fit` and `Experiment` have in common."""

    noun: ClassVar[str]

    def __new__(cls, *_: Any, **words: Any) -> Self:
        """Refuse a word that there is not before Python does, in a sentence."""
        cls._known(words)
        return super().__new__(cls)

    @classmethod
    def _known(cls, words: Mapping[Any, object]) -> None:
        if not words.keys() <= cls.__dataclass_fields__.keys():
            fields = cls.fields()
            key = next(key for key in words if key not in fields)
            raise WordError(f"{cls.noun} has no word {key!r}: {named(str(key), fields)}")

    @classmethod
    def fields(cls) -> dict[str, dataclasses.Field[Any]]:
        """The fields by name, in the order they are said."""
        return {field.name: field for field in dataclasses.fields(cls)}

    def __repr__(self) -> str:
        """The words that differ from their default, as they are written in Python."""
        values = {
            name: getattr(self, name)
            for name, field in self.fields().items()
            if getattr(self, name) != field.default
        }
        said = ", ".join(f"{name}={value!r}" for name, value in values.items())
        return f"{type(self).__name__}({said})"

    @classmethod
    def from_json(cls, words: object) -> Self:
        """The words that `to_json` gave. Unknown keys are refused, missing ones take their
        default.
        """
        if not isinstance(words, dict):
            raise WordError(f"{cls.noun} must be a JSON object, not {shown(words)}.")
        cls._known(words)
        fields = cls.fields()
        return cls(**{key: _said(fields[key], value) for key, value in words.items()})

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, every field said."""
        return {name: _plain(getattr(self, name)) for name in self.fields()}

    def said(self) -> dict[str, Any]:
        """Plain JSON values of the fields that differ from their default: what an identity is made
        of.

        A word added later with a default that keeps today's meaning changes no identity.
        """
        changed = {}
        for name, field in self.fields().items():
            value = getattr(self, name)
            if isinstance(value, Words):
                if value.said():
                    changed[name] = value.said()
            elif value != field.default:
                changed[name] = _plain(value)
        return changed

    def with_words(self, **words: Any) -> Self:
        """A copy with some words changed and all rules checked again."""
        return dataclasses.replace(self, **words)

    def _settle(self, **values: Any) -> None:
        """Put validated values in place; only for `__post_init__`."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


def _plain(value: Any) -> Any:
    if isinstance(value, Words):
        return value.to_json()
    return list(value) if isinstance(value, tuple) else value


def _said(field: dataclasses.Field[Any], value: object) -> object:
    kind = field.type
    if (
        isinstance(kind, type)
        and not isinstance(kind, types.GenericAlias)
        and issubclass(kind, Words)
    ):
        return kind.from_json(value)
    return value
