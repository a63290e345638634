"""The grammar that every setting shares: one sentence a field, one rule a field, JSON there and
back.
"""

import dataclasses
import math
import numbers
import types
from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast

from echoscope.errors import SettingError, alternatives, shown
from echoscope.synonyms import named

Value = Any  # of a setting: an int, float, text, bool, None, or a tuple of these
ByName = dict[str, Value]  # settings by name
JsonValue = Any  # what JSON says: a number, text, true, false, null, or a list or object of these
Json = dict[str, JsonValue]  # a JSON object
SettingField = dataclasses.Field[Any]  # what a class of settings says of one


def json_value(value: object) -> JsonValue:
    """A value as JSON says it: tuples are lists, and what is no finite number is null.

    >>> json_value({"row": (1, math.inf)})
    {'row': [1, None]}
    """
    if isinstance(value, dict):
        return {str(name): json_value(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def setting(says: str, default: object, **rule: object) -> Any:
    """A field whose sentence and rule stand beside it; flags, help, errors and the reference read
    them from here.
    """
    return dataclasses.field(default=default, metadata={"says": says, **rule})


def is_flag(field: SettingField) -> bool:
    """Whether a setting is said by a flag of its name; others are said by what is given, such as a
    file.
    """
    return field.metadata.get("flag", True)


def whole(name: str, value: object, least: int, most: int | None = None) -> int:
    """`value` as an int of at least `least` (and at most `most`), or a sentence saying why not."""
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if is_whole and cast(int, value) >= least and (most is None or cast(int, value) <= most):
        return int(cast(int, value))
    rule = (
        f"an integer of at least {least}" if most is None else f"an integer from {least} to {most}"
    )
    raise SettingError(f"{name} must be {rule}, not {shown(value)}.")


def positive(name: str, value: object, most: float) -> float:
    """`value` as a float above 0 and at most `most`, or a sentence saying why not."""
    if (
        isinstance(value, numbers.Real)
        and not isinstance(value, bool)
        and 0 < as_float(value) <= most
    ):
        return as_float(value)
    raise SettingError(f"{name} must be a number above 0 and at most {most:g}, not {shown(value)}.")


def share(name: str, value: object) -> float:
    """`value` as a float of at least 0 and below 1, or a sentence saying why not."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and 0 <= as_float(value) < 1:
        return as_float(value)
    raise SettingError(f"{name} must be a number of at least 0 and below 1, not {shown(value)}.")


def truth(name: str, value: object) -> bool:
    """`value` as a bool, or a sentence saying why not."""
    if isinstance(value, bool):
        return value
    raise SettingError(f"{name} must be true or false, not {shown(value)}.")


def as_float(value: Any) -> float:
    """A real number as a float; one too large for it is infinite, which no setting allows.

    >>> as_float(1), as_float(10**400)
    (1.0, inf)
    """
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def choice(name: str, value: object, known: tuple[str, ...]) -> str:
    """`value` if it is one of `known`, or a sentence saying why not."""
    if isinstance(value, str) and value in known:
        return value
    raise SettingError(
        f"{name} {shown(value)} is not known:"
        f" {alternatives(value if isinstance(value, str) else shown(value), known)}"
    )


@dataclasses.dataclass(frozen=True)
class Settings:
    """Frozen, validated, JSON-able: the base of `Task`, `TrainingConfig` and `Experiment`."""

    noun: ClassVar[str]

    def __new__(cls, *_: object, **settings: Value) -> Self:
        """Refuse a setting that there is not before Python does, in a sentence."""
        cls._known(settings)
        return super().__new__(cls)

    @classmethod
    def _known(cls, settings: Mapping[str, object]) -> None:
        fields = cls.fields()
        if not settings.keys() <= fields.keys():
            key = next(key for key in settings if key not in fields)
            raise SettingError(f"{cls.noun} has no setting {key!r}: {named(str(key), fields)}")

    @classmethod
    def fields(cls) -> dict[str, SettingField]:
        """The fields by name, in the order they are said."""
        return {field.name: field for field in dataclasses.fields(cls)}

    def __repr__(self) -> str:
        """The settings that differ from their default, as they are written in Python."""
        values = {
            name: getattr(self, name)
            for name, field in self.fields().items()
            if getattr(self, name) != field.default
        }
        text = ", ".join(f"{name}={value!r}" for name, value in values.items())
        return f"{type(self).__name__}({text})"

    @classmethod
    def from_json(cls, settings: object) -> Self:
        """The settings that `to_json` gave. Unknown keys are refused, missing ones take their
        default.
        """
        if not isinstance(settings, dict):
            raise SettingError(f"{cls.noun} must be a JSON object, not {shown(settings)}.")
        cls._known(settings)
        fields = cls.fields()
        return cls(**{key: _from_json(fields[key], value) for key, value in settings.items()})

    def to_json(self) -> Json:
        """Plain JSON values, every field said."""
        return {name: _plain(getattr(self, name)) for name in self.fields()}

    def changed(self) -> Json:
        """Plain JSON values of the fields that differ from their default: what an identity is made
        of.

        A setting added later with a default that keeps today's meaning changes no identity.
        """
        changed = {}
        for name, field in self.fields().items():
            value = getattr(self, name)
            if isinstance(value, Settings):
                if value.changed():
                    changed[name] = value.changed()
            elif value != field.default:
                changed[name] = _plain(value)
        return changed

    def with_settings(self, **settings: Value) -> Self:
        """A copy with some settings changed and all rules checked again."""
        return dataclasses.replace(self, **settings)

    def _settle(self, **values: object) -> None:
        """Put validated values in place; only for `__post_init__`."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


def _plain(value: object) -> JsonValue:
    if isinstance(value, Settings):
        return value.to_json()
    return list(value) if isinstance(value, tuple) else value


def _from_json(field: SettingField, value: object) -> object:
    kind = field.type
    if (
        isinstance(kind, type)
        and not isinstance(kind, types.GenericAlias)
        and issubclass(kind, Settings)
    ):
        return kind.from_json(value)
    return value
