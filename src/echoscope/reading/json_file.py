"""JSON: a list of values, or objects on lines or in a list, or one object of lists, of which a
column is one key.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from echoscope.errors import IntegerError, plain
from echoscope.reading.column import Column, Distinct, chosen
from echoscope.reading.source import Source


def from_json(source: Source, column: str | int | None, categories: bool = False) -> Column:
    """The values of a list, as one pastes it, or of one key of the objects on its lines or in its
    list, or of an object that has a list for each column, as pandas writes a frame.
    """
    parts = list(_values(source))
    if not parts:
        raise IntegerError(f"{source.name} is an empty list: it must hold values.")
    title = ""
    objects = [part for part in parts if isinstance(part, dict)]
    if len(objects) == len(parts):
        names = _keys(objects)
        if not names:
            raise IntegerError(f"{source.name} has objects without a key: give each a value.")
        title = names[chosen(source.name, column, names, len(names))]
        cells = objects[0].get(title)
        if len(parts) == 1 and isinstance(cells, list | dict):
            parts = list(cells.values() if isinstance(cells, dict) else cells)
        else:
            parts = [part.get(title) for part in objects]
    elif column:
        raise IntegerError(
            f"{source.name} is a list of values and has no columns: leave column out."
        )
    for position, part in enumerate(parts, 1):
        if isinstance(part, list | dict):
            raise IntegerError(
                f"value {position} of {source.name} is a {type(part).__name__} and not a number or"
                " a name: give values in one list, or objects with a key for each column."
            )
    shown = plain(title, 30)
    where = f", column {shown}," if shown else ""
    distinct = Distinct(f"{source.name}{where}", categories)
    return Column(
        distinct.coded(parts),
        distinct.values,
        source.name,
        "json",
        lambda position: f"value {position + 1} of {source.name}{where}",
        column=shown,
        encoding="utf-8",
        packed=source.packed,
    )


def keys_of(source: Source) -> list[str]:
    """The keys of objects, as columns; of a list of values one without a name."""
    return _keys([part for part in _values(source) if isinstance(part, dict)]) or [""]


def _keys(objects: Iterable[dict[Any, Any]]) -> list[str]:
    return list(dict.fromkeys(str(key) for part in objects for key in part))


def _values(source: Source) -> Iterator[object]:
    """The values of a list, or of a line each."""
    with source.open() as file:
        content = file.read()
    try:
        text = content.decode("utf-8-sig")
        try:
            whole = json.loads(text)
        except json.JSONDecodeError as error:
            if text.lstrip()[:1] == "[" and not error.msg.startswith("Extra data"):
                raise
        else:
            yield from whole if isinstance(whole, list) else [whole]
            return
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield _line(source, number, line)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError):
            raise IntegerError(
                f"{source.name} is no whole JSON (line {error.lineno}: {error.msg}): close what it"
                " opens."
            ) from None
        raise IntegerError(f"{source.name} is no JSON in UTF-8: write it again.") from None


def _line(source: Source, number: int, line: str) -> object:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise IntegerError(
            f"line {number} of {source.name} is no whole JSON ({error.msg}): give an object a line."
        ) from None
