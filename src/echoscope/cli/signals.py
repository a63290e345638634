"""What ends the command from outside: Ctrl-C, and the signals of systems that shut down or hang up,
all in one way.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from echoscope.cli.terminal.write import say
from echoscope.errors import INTERRUPTED

ENDS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
SOON = 0.02  # seconds
COMMAND = "echoscope.cli"  # the module that runs a command
IMPORTING = "<frozen importlib._bootstrap>"  # the file of the frames that import
SHELL = 128  # shells give 128 + N to what signal N has ended


class EndedError(KeyboardInterrupt):
    """A signal asks the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def status_of(ended: BaseException) -> int:
    """The exit status of what has ended so; click raises an exception of its own from it."""
    for error in (ended, ended.__cause__):
        if isinstance(error, EndedError):
            return SHELL + error.number
    return INTERRUPTED


@contextmanager
def signals_end() -> Iterator[None]:
    """Each of these signals ends what is in here as Ctrl-C does, so that nothing half written is
    left behind.
    """
    with _handled(_end), _heard_again():
        yield


@contextmanager
def first_signal_waits(
    sentence: str, then: Callable[[], None] = lambda: None
) -> Iterator[list[int]]:
    """The first of them is noted, said, and calls `then`; the second ends at once. Gives the
    numbers noted.
    """
    noted: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if noted:
            _end(number, frame)
            return
        noted.append(number)
        then()
        say(f"\nechoscope: {sentence}", err=True)

    with _handled(note):
        yield noted


def _end(number: int, frame: FrameType | None) -> None:
    """End what is at work. A module that is being loaded is waited for: a native one, as JAX has,
    may crash on an exception that it did not raise.
    """
    if _loads(frame):
        _again(number)
    else:
        raise EndedError(number)


def _loads(frame: FrameType | None) -> bool:
    """Whether the command imports something there."""
    while frame and frame.f_globals.get("__name__") != COMMAND:
        if frame.f_code.co_filename == IMPORTING:
            return True
        frame = frame.f_back
    return False


def _again(number: int) -> None:
    threading.Timer(SOON, os.kill, (os.getpid(), number)).start()


@contextmanager
def _heard_again() -> Iterator[None]:
    """A signal that comes while an object is being tidied away, where Python swallows exceptions,
    comes once more.
    """
    before = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, EndedError):
            _again(unraisable.exc_value.number)
        else:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """With this handler of all of them that are not ignored, as nohup has them ignored."""
    before = {number: signal.getsignal(number) for number in ENDS}
    before = {
        number: known for number, known in before.items() if known not in (signal.SIG_IGN, None)
    }
    for number in before:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, known in before.items():
            signal.signal(number, known)
