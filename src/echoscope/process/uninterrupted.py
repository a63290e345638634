"""Work that a signal may not part: what has been begun must be known to who ends it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from echoscope.process.supervisor import FORWARDED


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals that end a command come after what is in here. Where the system's own way is set for
    one, and outside the main thread, all is as it is.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    numbers = [
        getattr(signal, name) for name in FORWARDED if in_main_thread and hasattr(signal, name)
    ]
    known = {number: signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in known.items() if callable(handler)}
    came: list[int] = []
    for number in before:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)
