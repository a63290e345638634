"""An axis: one word of a study and the values it takes, from a flag's text, a study file or
Python.
"""

import numbers
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from echoscope.errors import WordError, shown
from echoscope.settings import as_float

MOST_CELLS = 1_000_000
LEAST_RUN = 4  # integers in even steps that are said as a range, at least

NUMBER = r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?"
RANGE = re.compile(rf"({NUMBER})\.\.({NUMBER})(?:([+*])({NUMBER}))?")


def values_of(word: str, given: object) -> tuple[Any, ...]:
    """The values that a text, a number, or a list of them gives to `word`, in the order they were
    said.

    >>> values_of("units", "8..64*2"), values_of("lag", "1..3,4+3")
    ((8, 16, 32, 64), ((1,), (2,), (3,), (4, 3)))
    >>> values_of("stop", ["none", 0.99])
    (None, 0.99)

    A text is values joined by commas: a number, a name, none, or a range with both its ends
    (`1..16`, in even steps `1..16+3`, by a factor `8..64*2`). Where there is a `..`, a `+` is a
    step; where there is none, it joins lags that are asked at once. In a list, lags asked at once
    are a list of their own.

    Raises `WordError` for what is no value, for no value at all, and for more than a study can
    hold.
    """
    found = tuple(islice(_several(word, given), MOST_CELLS + 1))
    if not found:
        raise WordError(
            f"{word} must have at least one value, not none of them: give one, or leave {word} out."
        )
    if len(found) > MOST_CELLS:
        raise WordError(
            f"{word} must have at most {MOST_CELLS} values, not more: use fewer, or larger steps."
        )
    return (
        tuple(one if isinstance(one, tuple) else (one,) for one in found)
        if word == "lag"
        else found
    )


def bare(value: Any) -> Any:
    """A value as it is said: a lag alone is its number.

    >>> bare((1,)), bare((4, 3)), bare("gru")
    (1, (4, 3), 'gru')
    """
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def text_of(values: tuple[Any, ...]) -> str:
    """The shortest text that `values_of` reads as these values.

    >>> text_of((1, 2, 3, 4)), text_of(((1,), (4, 3))), text_of((None, 5))
    ('1..4', '1,4+3', 'none,5')
    """
    step = even_step(values)
    if step:
        return f"{bare(values[0])}..{bare(values[-1])}" + (f"+{step}" if step > 1 else "")
    return ",".join(map(one_text, values))


def even_step(values: tuple[Any, ...]) -> int | None:
    """The step between integers that rise evenly, four of them at least; None for any other values.

    >>> even_step((1, 4, 7, 10)), even_step((8, 16, 32, 64))
    (3, None)
    """
    said = [bare(value) for value in values]
    if len(said) < LEAST_RUN or not all(type(value) is int for value in said):
        return None
    step = said[1] - said[0]
    return step if step > 0 and said == list(range(said[0], said[-1] + 1, step)) else None


def one_text(value: Any) -> str:
    """One value as a text: none, a number with every digit, a name, or several lags joined by `+`.

    >>> one_text((4, 3)), one_text(0.001), one_text(None)
    ('4+3', '0.001', 'none')
    """
    if value is None:
        return "none"
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)


def value_of(text: str) -> Any:
    """What one value's text says: none, an integer, a number, or the text itself. The word's own
    rule judges it.

    >>> value_of("none"), value_of("8"), value_of("1e-3"), value_of("gru")
    (None, 8, 0.001, 'gru')
    """
    if text.lower() == "none":
        return None
    for kind in (int, float) if text.isascii() and "_" not in text else ():
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _several(word: str, given: object) -> Iterator[Any]:
    if isinstance(given, str):
        for item in given.split(","):
            yield from _item(word, item.strip(), given)
    elif isinstance(given, list | tuple | range):
        for one in given:
            if isinstance(one, str):
                yield from _several(word, one)
            elif word == "lag" and isinstance(one, list | tuple):
                yield tuple(_plain(word, lag) for lag in one)
            else:
                yield _plain(word, one)
    else:
        yield _plain(word, given)


def _item(word: str, item: str, whole: str) -> Iterator[Any]:
    if not item:
        raise WordError(
            f"{word} must be values joined by commas, not {whole!r}: say one at each place."
        )
    if ".." in item:
        yield from _range(word, item)
    elif word == "lag" and re.fullmatch(r"-?[0-9]{1,30}(?:\+-?[0-9]{1,30})+", item):
        yield tuple(map(int, item.split("+")))
    else:
        yield value_of(item)


def _range(word: str, item: str) -> Iterator[int | float]:
    """Both ends included where they fit; integers stay integers, and other numbers are counted in
    decimals.
    """
    found = RANGE.fullmatch(item)
    if not found:
        raise WordError(f"{word} {item!r} is not a range: write one as 1..16, 1..16+3 or 8..64*2.")
    first, last, sign, by = found[1], found[2], found[3] or "+", found[4] or "1"
    exact = all(re.fullmatch("[+-]?[0-9]+", text) for text in (first, last, by))
    start, end, change = (int(text) if exact else Decimal(text) for text in (first, last, by))
    if start > end:
        raise WordError(
            f"{word} must go up in a range, not as {item!r}: put the smaller end first."
        )
    if sign == "*" and (start <= 0 or change <= 1):
        raise WordError(
            f"{word} must go up from above 0 by a factor above 1, not as {item!r}: use even steps."
        )
    if change <= 0:
        raise WordError(f"{word} must go up in steps above 0, not as {item!r}: use a larger step.")
    count, value = 0, start
    while value <= end:
        yield int(value) if exact else float(value)
        count += 1
        value = value * change if sign == "*" else start + count * change


def _plain(word: str, given: object) -> Any:
    if isinstance(given, bool) or given is None:
        return given
    if isinstance(given, numbers.Integral):
        return int(given)
    if isinstance(given, numbers.Real):
        return as_float(given)
    raise WordError(f"{word} must be a text, a number, or a list of them, not {shown(given)}.")
