"""What each field of a run may be, where it is read from a text that anyone may have written."""

from collections.abc import Callable

from echoscope.errors import StoreError, shown
from echoscope.settings import Json, JsonValue

MOST = 2**53  # a number that every reader of JSON and the database can hold
Check = Callable[[JsonValue], bool]
Rule = tuple[str, Check]


def _number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -MOST < value < MOST


def _integer(value: JsonValue) -> bool:
    return isinstance(value, int) and _number(value)


def _count(value: JsonValue) -> bool:
    return _integer(value) and value >= 0


def _share(value: JsonValue) -> bool:
    return _number(value) and 0 <= value <= 1 + 1e-6


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _texts(value: JsonValue) -> bool:
    return isinstance(value, dict) and all(
        isinstance(part, str) for pair in value.items() for part in pair
    )


def _rows(*checks: Check) -> Check:
    def row(value: JsonValue) -> bool:
        return (
            isinstance(value, list | tuple)
            and len(value) == len(checks)
            and all(check(part) for check, part in zip(checks, value, strict=True))
        )

    return lambda value: isinstance(value, list | tuple) and all(map(row, value))


def _value(value: JsonValue) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _entries(value: JsonValue, depth: int = 3) -> bool:
    """Values in lists, at most so deep: windows, their time steps, and the columns of one."""
    return isinstance(value, list) and all(
        depth > 1 and _entries(entry, depth - 1) if isinstance(entry, list) else _entry(entry)
        for entry in value
    )


def _entry(value: JsonValue) -> bool:
    return value is None or _value(value)


def _recoding(value: JsonValue) -> bool:
    """One of a column, or those of several by the columns' names."""
    if isinstance(value, dict) and value.keys() == {"names", "columns"}:
        names, columns = value["names"], value["columns"]
        return (
            isinstance(names, list)
            and isinstance(columns, list)
            and len(names) == len(columns) > 1
            and all(isinstance(name, str) for name in names)
            and all(map(_one_recoding, columns))
        )
    return _one_recoding(value)


def _one_recoding(value: JsonValue) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"values", "edges", "unknown", "missing_values"}
        and all(isinstance(value[name], list) for name in value if name != "unknown")
        and isinstance(value["unknown"], bool)
        and all(map(_value, (*value["values"], *value["missing_values"])))
        and all(map(_number, value["edges"]))
        and len(value["edges"]) in (0, len(value["values"]) + 1)
        and bool(value["values"])
    )


COUNT: Rule = "an integer of at least 0", _count
SHARE: Rule = "a number from 0 to 1", _share
PERHAPS: Rule = "a number from 0 to 1, or null", _or_none(_share)
SIZE: Rule = "an integer of at least 0, or null", _or_none(_count)
NUMBER: Rule = "a number, or null", _or_none(_number)
TEXT: Rule = "a text", lambda value: isinstance(value, str)
SAMPLE: Rule = "a list of numbers or names, or of lists of them", _entries
CURVE: Rule = (
    "rows of a step, a loss and an accuracy",
    _rows(_count, _or_none(_number), _or_none(_share)),
)
BY_TARGET: Rule = (
    "rows of an integer, a count, three numbers from 0 to 1, and a number",
    _rows(_integer, _count, _share, _share, _share, _or_none(_number)),
)
RULES: dict[str, Rule] = {
    "outcome": TEXT,
    "accuracy": PERHAPS,
    "accuracy_low": PERHAPS,
    "accuracy_high": PERHAPS,
    "target_count": COUNT,
    "loss": NUMBER,
    "epochs": COUNT,
    "steps": COUNT,
    "side_by_side": COUNT,
    "inputs": SAMPLE,
    "targets": SAMPLE,
    "predictions": SAMPLE,
    "curve": CURVE,
    "held_out": CURVE,
    "seconds": (
        "numbers of at least 0, by name",
        lambda value: (
            isinstance(value, dict) and all(_number(part) and part >= 0 for part in value.values())
        ),
    ),
    "versions": ("texts, by name", _texts),
    "device": TEXT,
    "created": TEXT,
    "chance": SHARE,
    "rule": TEXT,
    "chance_low": PERHAPS,
    "chance_high": PERHAPS,
    "mean_absolute_error": NUMBER,
    "ceiling": PERHAPS,
    "state_size": SIZE,
    "positions": (
        "rows of four integers",
        _rows(*[_integer] * 4),
    ),
    "by_target": BY_TARGET,
    "by_column": BY_TARGET,
    "parameters": SIZE,
    "source": TEXT,
    "reason": TEXT,
    "recoding": ("the value of each symbol, or null", _or_none(_recoding)),
    "weights": (
        "the name of a file beside it",
        lambda value: isinstance(value, str) and "/" not in value,
    ),
}


def check(values: Json, where: str) -> None:
    """Raise a `StoreError` for the first field that is not what it must be."""
    for name, (says, correct) in RULES.items():
        if name in values and not correct(values[name]):
            raise StoreError(
                f"{where} is damaged: {name} must be {says}, not {shown(values[name])}; run the "
                "experiment again."
            )
