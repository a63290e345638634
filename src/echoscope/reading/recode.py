"""Symbols 0..n-1 for the values of a column, and the recoding that says them in values again."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from echoscope.column_recodings import ColumnRecodings
from echoscope.errors import IntegerError, SettingError, many, shown
from echoscope.experiment.user_data import UserData
from echoscope.integers import EXACT, GAP, MOST_VOCAB_SIZE
from echoscope.reading.column import Column
from echoscope.reading.columns import Columns
from echoscope.recoding import UNKNOWN, Recoding, Value, bin_edges, valued
from echoscope.settings import choice, whole

MOST_VALUES = 1000  # different values of a sequence, unless more are allowed
EQUAL = ("width", "count")
MOST_WRITTEN = 1e16  # numbers below it are written without an exponent
WRITTEN = 17  # digits that tell any two numbers apart


def recode(
    column: Column | Columns,
    missing_values: Sequence[object] = (),
    bins: int | None = None,
    equal: str = "width",
    unknown: bool = False,
    max_values: int = MOST_VALUES,
) -> UserData:
    """Symbols for a column: its numbers by size, its names by their letters, or `bins` of its
    numbers, of equal width or equal count. Of several columns each has symbols of its own, and
    those of names have no bins.

    What is missing, and every one of `missing_values`, is a gap (-1). `unknown` adds a symbol for
    values that are read later and are none of these. Raises `IntegerError` for what is no column,
    for numbers and names in one, and for more than `max_values` different values.

    >>> from echoscope.reading import read
    >>> data = recode(read(["view", "login", None, "view"]))
    >>> data.integers.tolist(), data.recoding.values
    ([1, 0, -1, 1], ('login', 'view'))
    """
    if isinstance(column, Columns):
        return _side_by_side(column, missing_values, bins, (equal, unknown, max_values))
    if not isinstance(column, Column):
        raise IntegerError(
            f"Symbols are made for what read gives, not for {shown(column)}: say"
            " recode(read(values))."
        )
    gaps = gap_values(column, missing_values)
    kept = [value for value in column.values if value not in gaps]
    bins = None if bins is None else whole("bins", bins, 2, MOST_VOCAB_SIZE)
    max_values = whole("max_values", max_values, 1, MOST_VOCAB_SIZE)
    choice("equal", equal, EQUAL)
    if unknown and UNKNOWN in kept:
        raise IntegerError(
            f"{column.name} has a value {UNKNOWN!r}, which is how a value that is not known is"
            " said: leave unknown out, or change that name."
        )
    _of_one_kind(column, kept)
    if not kept:
        raise IntegerError(f"{column.name} has no value that is not missing: give another column.")
    if bins is not None:
        recoding = _bins(column, kept, bins, equal, unknown, gaps)
    elif len(kept) > max_values:
        raise IntegerError(_too_many(column, kept, max_values))
    else:
        _exact(column, kept)
        recoding = Recoding(tuple(sorted(kept, key=_order)), (), unknown, gaps)
    symbols = column.mapped(lambda value: recoding.symbol(value, "", gaps=True))
    kept_recoding = None if recoding.identity and not gaps else recoding
    return UserData(symbols, kept_recoding, column.starts)


def _side_by_side(
    columns: Columns,
    missing_values: Sequence[object],
    bins: int | None,
    others: tuple[str, bool, int],
) -> UserData:
    """Symbols [time, columns] for several columns, each recoded on its own."""
    for raw in missing_values:
        if not any(known_values(column, [raw]) for column in columns.columns):
            gap_values(columns.columns[0], [raw])  # which says that it is no value
    numeric = [not any(isinstance(value, str) for value in part.values) for part in columns.columns]
    if bins is not None and not any(numeric):
        raise IntegerError(
            f"{columns.name} has names, and only numbers are binned: leave bins out."
        )
    parts = [
        recode(column, known_values(column, missing_values), bins if binned else None, *others)
        for column, binned in zip(columns.columns, numeric, strict=True)
    ]
    return _joined(columns, parts)


def _joined(columns: Columns, parts: Sequence[UserData]) -> UserData:
    symbols = np.stack([part.integers for part in parts], axis=1)
    recodings = tuple(_recoding_of(part) for part in parts)
    return UserData(symbols, ColumnRecodings(columns.names, recodings), columns.starts)


def _recoding_of(data: UserData) -> Recoding:
    """The recoding of one column, also where each symbol stands for itself."""
    if isinstance(data.recoding, Recoding):
        return data.recoding
    return Recoding(tuple(range(data.range[1] + 1)))


def known_values(column: Column, missing_values: Sequence[object]) -> tuple[str, ...]:
    """Those of the values for what is missing that stand in a column."""
    texts = tuple(map(str, missing_values))
    return tuple(
        text for text in texts if valued(text) in column.values or text.strip() in column.values
    )


def as_integers(
    column: Column,
    vocab_size: int,
    missing_values: Sequence[object] = (),
    remedy: str = "",
) -> UserData:
    """A column of integers from 0 to vocab_size-1 as it is, each its own symbol; an `IntegerError`
    about the first that is none, which ends in a `remedy`.
    """
    gaps = gap_values(column, missing_values)
    outside = [
        value for value in column.values if value not in gaps and not _fits(value, vocab_size)
    ]
    if outside:
        position = column.first_of(outside)
        value = column.value(position)
        hint = f", or say missing_value={value} where it marks what is missing"
        raise IntegerError(
            f"{column.where(position)} is {shown(value)}, no integer from 0 to {vocab_size - 1}:"
            f" {remedy or f'leave out vocab_size={vocab_size} to have every value recoded'}"
            f"{hint if value == GAP else ''}."
        )
    kept = Recoding(tuple(range(vocab_size)), (), False, gaps) if gaps else None
    symbols = column.mapped(lambda value: GAP if value in gaps else int(value))
    return UserData(symbols, kept, column.starts)


def _fits(value: Value, vocab_size: int) -> bool:
    return isinstance(value, int) and 0 <= value < vocab_size


def _order(value: Value) -> tuple[float, str]:
    return (0.0, value) if isinstance(value, str) else (value, "")


def gap_values(column: Column, missing_values: object) -> tuple[Value, ...]:
    """The values that say that one is missing, which must be among those of the column."""
    if isinstance(missing_values, str) or not isinstance(missing_values, Sequence):
        return (_missing_value(column, missing_values),)
    return tuple(_missing_value(column, part) for part in missing_values)


def _missing_value(column: Column, raw: object) -> Value:
    value = valued(raw)
    if value is None:
        raise SettingError(
            f"missing_value {shown(raw)} says that a value is missing already: leave it out."
        )
    for known in (value, str(raw).strip()):
        if known in column.values:
            return known
    raise SettingError(f"missing_value {shown(raw)} is no value of {column.name}: leave it out.")


def _of_one_kind(column: Column, kept: Sequence[Value]) -> None:
    names = [value for value in kept if isinstance(value, str)]
    if not names or len(names) == len(kept):
        return
    counts = np.bincount(column.codes[column.codes != GAP], minlength=len(column.values))
    sizes, among = {True: 0, False: 0}, set(kept)
    for value, count in zip(column.values, counts.tolist(), strict=True):
        sizes[isinstance(value, str)] += count if value in among else 0
    rare = sizes[True] <= sizes[False]
    odd = [value for value in kept if isinstance(value, str) == rare]
    position = column.first_of(odd)
    kinds = ("name", "number") if rare else ("number", "name")
    value = shown(column.value(position), 30)
    marks = f", say missing_value={value} where it marks what is missing" * (len(odd) == 1)
    raise IntegerError(
        f"{column.where(position)} is {shown(column.value(position))}, a {kinds[0]} in a column of"
        f" {many(sizes[not rare], kinds[1])}: remove it{marks}, or say categories=True to take"
        " every value as a name."
    )


def _exact(column: Column, kept: Sequence[Value]) -> None:
    """Refuse floats that may stand for several whole numbers each, as of identifiers."""
    large = [value for value in kept if isinstance(value, float) and abs(value) >= EXACT]
    if large:
        position = column.first_of(large)
        raise IntegerError(
            f"{column.where(position)} is {column.value(position)}, a float so large that whole"
            " numbers near it are the same: save the column as integers or texts, or say bins=20."
        )


def _too_many(column: Column, kept: Sequence[Value], most: int) -> str:
    numeric = not isinstance(kept[0], str)
    remedy = f"say max_values={len(kept)}"
    if numeric and len(kept) > MOST_VOCAB_SIZE:
        remedy = "say bins=20 to sort them into twenty"
    elif numeric:
        remedy = f"say bins=20 to sort them into twenty, or {remedy} to keep them all"
    else:
        remedy += " to keep them all, or choose another column"
    what = f"{column.name}, column {column.column}," if column.column else column.name
    return (
        f"{what} has {len(kept):,} different {'numbers' if numeric else 'names'} among"
        f" {len(column):,} values, and a symbol for each is more than the {most:,} that are usual:"
        f" {remedy}."
    )


def _bins(
    column: Column,
    kept: Sequence[Value],
    bins: int,
    equal: str,
    unknown: bool,
    gaps: tuple[Value, ...],
) -> Recoding:
    numbers = [value for value in kept if not isinstance(value, str)]
    if len(numbers) < len(kept):
        raise IntegerError(f"{column.name} has names, and only numbers are binned: leave bins out.")
    counts = np.bincount(column.codes[column.codes != GAP], minlength=len(column.values))
    among = set(kept)
    weights = [count for value, count in zip(column.values, counts, strict=True) if value in among]
    try:
        edges = bin_edges(np.repeat(np.array(numbers, float), weights), bins, equal)
    except OverflowError:
        edges = (np.inf,)
    if not np.isfinite(edges).all():
        raise IntegerError(f"{column.name} has numbers too large to be binned: leave bins out.")
    if equal == "count" and len(edges) <= len(EQUAL) and len(set(kept)) > 1:
        raise IntegerError(
            f"{column.name} has one number so often that a single bin of equal count is left: say"
            " equal=width, or more bins."
        )
    return Recoding(_names(edges), edges, unknown, gaps)


def _names(edges: Sequence[float]) -> tuple[str, ...]:
    """A name for each bin: its ends, the upper one excluded but the last, with as many digits as
    tell them apart.
    """
    digits = 4
    while digits < WRITTEN and len({_text(edge, digits) for edge in edges}) < len(set(edges)):
        digits += 1
    *most, (low, high) = pairwise(_text(edge, digits) for edge in edges)
    return (*(f"[{low}, {high})" for low, high in most), f"[{low}, {high}]")


def _text(number: float, digits: int) -> str:
    """A number of so many digits, without an exponent where it is no longer for it."""
    text = f"{number:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text and abs(number) < MOST_WRITTEN else text
