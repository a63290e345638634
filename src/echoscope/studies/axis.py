"""An axis: one setting of a study and the values it takes, from a flag's text, a study file or
Python.
"""

import numbers
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, islice

from echoscope.errors import SettingError, shown
from echoscope.experiment.fields import is_several
from echoscope.settings import ByName, Value, as_float

MOST_CELLS = 1_000_000
NAMED: dict[str, bool | None] = {"none": None, "true": True, "false": False}
MOST_LISTED = 8  # values that are listed one by one, at most
LEAST_RUN = 4  # integers in even steps that are said as a range, at least

NUMBER = r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?"
RANGE = re.compile(rf"({NUMBER})\.\.({NUMBER})(?:([+*])({NUMBER}))?")


def values_of(setting: str, raw: object) -> tuple[Value, ...]:
    """The values that a text, a number, or a list of them gives to `setting`, in the order they
    were said.

    >>> values_of("units", "8..64*2"), values_of("lag", "1..3,4+3")
    ((8, 16, 32, 64), ((1,), (2,), (3,), (4, 3)))
    >>> values_of("target_accuracy", ["none", 0.99])
    (None, 0.99)

    A text is values joined by commas: a number, a name, none, or a range with both its ends
    (`1..16`, in even steps `1..16+3`, by a factor `8..64*2`). Where there is a `..`, a `+` is a
    step; where there is none, it joins lags that are asked at once, or columns. In a list, lags
    asked at once are a list of their own.

    Raises `SettingError` for what is no value, for no value at all, and for more than a study can
    hold.
    """
    result = tuple(islice(_several(setting, raw), MOST_CELLS + 1))
    if not result:
        raise SettingError(
            f"{setting} must have at least one value, not none of them: give one, or leave"
            f" {setting} out."
        )
    if len(result) > MOST_CELLS:
        raise SettingError(
            f"{setting} must have at most {MOST_CELLS} values, not more: use fewer, or larger"
            " steps."
        )
    if not is_several(setting):
        return result
    return tuple(item if item is None or isinstance(item, tuple) else (item,) for item in result)


def settings_of(texts: Mapping[str, str]) -> ByName:
    """What texts say as settings of one experiment; where a setting has several values at once,
    with commas between.

    >>> settings_of({"lag": "4,3", "units": "8", "window": "none"})
    {'lag': (4, 3), 'units': 8, 'window': None}
    """
    return {
        name: tuple(chain(*values_of(name, text)))
        if is_several(name) and value_of(text) is not None
        else value_of(text)
        for name, text in texts.items()
    }


def bare(value: Value) -> Value:
    """A value as it is said: a lag alone is its number.

    >>> bare((1,)), bare((4, 3)), bare("gru")
    (1, (4, 3), 'gru')
    """
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def text_of(values: tuple[Value, ...]) -> str:
    """The shortest text that `values_of` reads as these values.

    >>> text_of((1, 2, 3, 4)), text_of(((1,), (4, 3))), text_of((None, 5))
    ('1..4', '1,4+3', 'none,5')
    """
    step = even_step(values)
    if step:
        return f"{bare(values[0])}..{bare(values[-1])}" + (f"+{step}" if step > 1 else "")
    return ",".join(map(one_text, values))


def listed_values(values: Sequence[Value]) -> str:
    """The values of an axis in a few words, in their order.

    >>> listed_values((4, 8, 16)), listed_values((1, 4, 7, 10)), listed_values(range(0, 99, 9))
    ('4, 8, 16', '1 to 10 by 3', '0 to 90 by 9')
    """
    step, texts = even_step(values), [one_text(value) for value in values]
    if step:
        return f"{texts[0]} to {texts[-1]}" + (f" by {step}" if step > 1 else "")
    if len(texts) <= MOST_LISTED:
        return ", ".join(texts)
    return f"{len(texts)} values from {texts[0]} to {texts[-1]}"


def even_step(values: Sequence[Value]) -> int | None:
    """The step between integers that rise evenly, four of them at least; None for any other values.

    >>> even_step((1, 4, 7, 10)), even_step((8, 16, 32, 64))
    (3, None)
    """
    plain = [bare(value) for value in values]
    if len(plain) < LEAST_RUN or not all(type(value) is int for value in plain):
        return None
    step = plain[1] - plain[0]
    return step if step > 0 and plain == list(range(plain[0], plain[-1] + 1, step)) else None


def one_text(value: Value) -> str:
    """One value as a text: none, a number with every digit, a name, or several lags joined by `+`.

    >>> one_text((4, 3)), one_text(0.001), one_text(None)
    ('4+3', '0.001', 'none')
    """
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)


def value_of(text: str) -> Value:
    """What one value's text says: none, true, false, an integer, a number, or the text itself. The
    setting's own rule judges it.

    >>> value_of("none"), value_of("8"), value_of("1e-3"), value_of("gru")
    (None, 8, 0.001, 'gru')
    """
    if text.lower() in NAMED:
        return NAMED[text.lower()]
    for kind in (int, float) if text.isascii() and "_" not in text else ():
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _several(setting: str, value: object) -> Iterator[Value]:
    if isinstance(value, str):
        for item in value.split(","):
            yield from _item(setting, item.strip(), value)
    elif isinstance(value, list | tuple | range):
        for entry in value:
            if isinstance(entry, str):
                yield from _several(setting, entry)
            elif is_several(setting) and isinstance(entry, list | tuple):
                yield tuple(_plain(setting, lag) for lag in entry)
            else:
                yield _plain(setting, entry)
    else:
        yield _plain(setting, value)


def _item(setting: str, item: str, whole: str) -> Iterator[Value]:
    if not item:
        raise SettingError(
            f"{setting} must be values joined by commas, not {whole!r}: say one at each place."
        )
    if ".." in item:
        yield from _range(setting, item)
    elif is_several(setting) and re.fullmatch(r"-?[0-9]{1,30}(?:\+-?[0-9]{1,30})+", item):
        yield tuple(map(int, item.split("+")))
    else:
        yield value_of(item)


def _range(setting: str, item: str) -> Iterator[int | float]:
    """Both ends included where they fit; integers stay integers, and other numbers are counted in
    decimals.
    """
    result = RANGE.fullmatch(item)
    if not result:
        raise SettingError(
            f"{setting} {item!r} is not a range: write one as 1..16, 1..16+3 or 8..64*2."
        )
    first, last, sign, by = result[1], result[2], result[3] or "+", result[4] or "1"
    exact = all(re.fullmatch("[+-]?[0-9]+", text) for text in (first, last, by))
    start, end, change = (int(text) if exact else Decimal(text) for text in (first, last, by))
    if start > end:
        raise SettingError(
            f"{setting} must go up in a range, not as {item!r}: put the smaller end first."
        )
    if sign == "*" and (start <= 0 or change <= 1):
        raise SettingError(
            f"{setting} must go up from above 0 by a factor above 1, not as {item!r}: use even"
            " steps."
        )
    if change <= 0:
        raise SettingError(
            f"{setting} must go up in steps above 0, not as {item!r}: use a larger step."
        )
    count, value = 0, start
    while value <= end:
        yield int(value) if exact else float(value)
        count += 1
        value = value * change if sign == "*" else start + count * change


def _plain(setting: str, value: object) -> int | float | bool | None:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return as_float(value)
    raise SettingError(
        f"{setting} must be a text, a number, or a list of them, not {shown(value)}."
    )
