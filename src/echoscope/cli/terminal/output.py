"""Standard output and error that may close or fill up at any moment: printing then ends, and the
work goes on.
"""

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, TextIO

from echoscope.cli.terminal.write import say

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

NAMES = ("stdin", "stdout", "stderr")
# the exit status where standard output could not take what was to be printed, as on a full disk
UNPRINTED = 1
CLOSED = "was closed"

_kept: list[str] = []  # what a command has kept so far


class _Sink(io.RawIOBase):
    """A descriptor that takes what is written as long as it can, and afterwards lets it go."""

    def __init__(self, descriptor: int, lost: str) -> None:
        self._descriptor, self.lost = descriptor, lost

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, content: "ReadableBuffer", /) -> int:
        view = memoryview(content).cast("B")
        while not self.lost:
            try:
                return os.write(self._descriptor, view)
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            except BrokenPipeError:
                self.lost = CLOSED
            except OSError as error:
                self.lost = f"cannot be written ({error.strerror})"
        return len(view)


def guard() -> None:
    """From now on nothing that is printed can fail; for the process of the command itself."""
    for number, name in enumerate(NAMES):
        lost = getattr(sys, name) is None
        if lost:
            _occupy(number)
        if number:
            setattr(sys, name, _guarded(number, getattr(sys, name), CLOSED if lost else ""))
        elif lost:
            sys.stdin = io.TextIOWrapper(io.FileIO(number))


@contextmanager
def aside() -> Iterator[None]:
    """What is printed in here, by a program that it begins too, goes to standard error: it is not
    what the command says.
    """
    sys.stdout.flush()
    before = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(before, 1)
        os.close(before)


def kept(sentence: str) -> None:
    """Note what the command has kept, to be said on standard error should standard output take no
    more.
    """
    _kept.append(sentence)


def lost() -> str:
    """Why standard output takes no more; empty as long as it does."""
    sink = _sink(sys.stdout)
    return sink.lost if sink else ""


def end(status: int) -> int:
    """Print what is left; the exit status, which is 1 where printing has failed but nothing else.

    A pipe that was closed, or an output that there never was, is nobody's failure: the reader has
    had enough.
    """
    sys.stdout.flush()
    why, there = lost(), "; ".join(_kept)
    _kept.clear()
    if why and (there or why != CLOSED):
        say(f"echoscope: standard output {why}; {there or 'nothing was to be kept'}.", err=True)
    return status if status or why in ("", CLOSED) else UNPRINTED


def _guarded(number: int, stream: TextIO | None, lost: str) -> TextIO:
    sink = io.BufferedWriter(_Sink(number, lost))
    if not isinstance(stream, io.TextIOWrapper):
        return io.TextIOWrapper(sink, encoding="utf-8")
    stream.flush()
    return io.TextIOWrapper(
        sink,
        stream.encoding,
        stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _sink(stream: object) -> _Sink | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw if isinstance(raw, _Sink) else None


def _occupy(number: int) -> None:
    """Put the null device where a descriptor was closed, or the next file opened would be taken for
    it.
    """
    try:
        os.fstat(number)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        if null != number:
            os.dup2(null, number)
            os.close(null)
        os.set_inheritable(number, True)
