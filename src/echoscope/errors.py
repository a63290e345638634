"""What can go wrong, as a tree: bad settings, bad integers, bad runs; each message is one whole
sentence.
"""

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import UnionType

INTERRUPTED = 130  # the exit status that shells give to what Ctrl-C has ended
UNWRITTEN = "echoscope: interrupted; nothing was written."


class EchoscopeError(Exception):
    """Any refusal by Echoscope. Its text names the thing, the rule, what was given, and what to
    do.
    """


class SettingError(EchoscopeError):
    """A setting of a task, fit or experiment that breaks its rule."""


class IntegerError(EchoscopeError):
    """Integers that the task cannot read: not integers, outside the symbols, or too few for one
    window.
    """


class StoreError(EchoscopeError):
    """A run that is missing, ambiguous, damaged, or of another kind than the one asked for."""


class InsufficientMemoryError(EchoscopeError):
    """A training that the free memory cannot hold."""


class ExtraError(EchoscopeError):
    """A part of Echoscope that needs a package which is not installed."""


def shown(value: object, most: int = 60) -> str:
    r"""A value as a sentence says it: in quotes where it is text, nothing in it that a terminal
    obeys, and not long.

    >>> shown("a\x1b[2J"), shown("7" * 100, most=9)
    ("'a\\x1b[2J'", "'7777 ...'")
    """
    try:
        text = repr(value[: most + 1] if isinstance(value, str | bytes) else value)
    except ValueError:
        text = (
            "a number of too many digits to show"
            if isinstance(value, int)
            else type(value).__name__
        )
    text = " ".join(text.split()) if not isinstance(value, str | bytes) else text
    return (
        text
        if len(text) <= most
        else f"{text[: most - 4]} ...{text[-1] if isinstance(value, str | bytes) else ''}"
    )


def check_kind(value: object, kind: type | UnionType, needs: str) -> None:
    """Refuse a value of another kind: `needs` says who needs what, and how one comes by it.

    >>> check_kind(3, str, "A name must be text, as 'lag'")
    Traceback (most recent call last):
    echoscope.errors.SettingError: A name must be text, as 'lag', not 3.
    """
    if not isinstance(value, kind):
        raise SettingError(f"{needs}, not {shown(value)}.")


def plain(text: str, most: int | None = None) -> str:
    r"""A text from a file, a store or the command line as it may be shown: nothing in it that a
    terminal obeys.

    >>> plain("spots\x1b[2J"), plain("spots", most=4)
    ('spots\\x1b[2J', 'spot...')
    """
    result = text
    if not text.replace("\n", "").isprintable():
        result = "".join(
            letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1]
            for letter in text
        )
    return result if most is None or len(result) <= most else f"{result[:most]}..."


def alternatives(value: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the likely one, or all of them.

    >>> alternatives("lagg", ["lag", "window"])
    "did you mean 'lag'?"
    >>> alternatives("zebra", ["lag", "window"])
    'use lag or window.'
    """
    names = list(known)
    close = get_close_matches(value.lower(), names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    *most, last = names
    return f"use {', '.join(most)} or {last}." if most else f"use {last}."


def ending_of(path: str, kinds: Sequence[str], thing: str) -> str:
    """The ending that says of which kind a file is to be; a `StoreError` for another one.

    >>> ending_of("study/lag.SVG", (".svg", ".html"), "A picture")
    '.svg'
    """
    kind = Path(path).suffix.lower()
    if kind not in kinds:
        *most, last = kinds
        ends = f"{', '.join(most)} or {last}" if most else last
        raise StoreError(f"{thing} must end in {ends}, not {path!r}: {alternatives(kind, kinds)}")
    return kind


def check_place(path: str, kinds: Sequence[str], thing: str) -> str:
    """The ending that says of which kind a file is to be; a `StoreError` for another one, and for a
    place where no file can be.
    """
    kind, folder = ending_of(path, kinds, thing), Path(path).parent
    if not folder.is_dir():
        raise StoreError(
            f"{path} cannot be written, for {folder} is not a folder: name one that is there."
        )
    if Path(path).is_dir():
        raise StoreError(f"{path} cannot be written, for it is a folder: name a file.")
    return kind


def listed(names: Collection[str]) -> str:
    """Names as a sentence says them.

    >>> listed(["lag", "units", "learning_rate"])
    'lag, units and learning_rate'
    """
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def many(count: int, noun: str) -> str:
    """A count with its noun.

    >>> many(1, "run"), many(2000, "run")
    ('1 run', '2,000 runs')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
