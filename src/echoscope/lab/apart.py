"""A measurement in a process of its own: a layer is a stranger's program, which may never come
back, and a process can be ended where a thread cannot.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from echoscope.errors import EchoscopeError
from echoscope.measure.budget import Budget
from echoscope.measure.layer.options import LayerOptions
from echoscope.settings import Json

GRACE = 1.5  # seconds from a stop to the end of the process, in which it tells what it knows
POLL = 0.1
ITEM, FAULT, END = "item", "fault", "end"


@dataclass(frozen=True)
class Measured:
    """What is measured: a layer by its name, within a budget, and the recipe that does the same."""

    source: str
    options: LayerOptions
    budget: Budget
    recipe: Json


def items(measured: Measured, over: Callable[[], bool]) -> Iterator[Json]:
    """What is known of a layer, as often as there is more; once it is `over`, what comes within
    `GRACE` seconds. Raises `EchoscopeError` for a layer that cannot be measured, or whose process
    ends by itself.
    """
    context = get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=_measure, args=(measured, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield from _told(mine, process, over)
    finally:
        process.kill()
        process.join()
        mine.close()


def _told(mine: Connection, process: BaseProcess, over: Callable[[], bool]) -> Iterator[Json]:
    since = None
    while since is None or time.monotonic() - since < GRACE:
        if since is None and over():
            since = time.monotonic()
            with suppress(OSError):  # it has ended
                mine.send(END)
        if not mine.poll(POLL):
            continue
        try:
            kind, value = mine.recv()
        except (EOFError, OSError):
            process.join(GRACE)
            raise EchoscopeError(
                f"The layer's process ended by itself (status {process.exitcode}); what was known"
                " before is kept: see the lab's terminal, or ask for fewer units."
            ) from None
        if kind == FAULT:
            raise EchoscopeError(value)
        if kind == END:
            return
        yield value


def _measure(measured: Measured, theirs: Connection) -> None:
    """All of it, in the process; it ends with the one that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the lab's terminal: the lab says when
    os.dup2(2, 1)  # what a layer prints is not what the command says
    try:
        for item in _items(measured, theirs):
            theirs.send((ITEM, item))
        theirs.send((END, None))
    except EchoscopeError as error:
        theirs.send((FAULT, str(error)))
    except Exception as error:
        theirs.send((FAULT, f"It failed: {type(error).__name__}: {error}"))
    os._exit(0)  # a training that was left goes on in a thread


def _items(measured: Measured, theirs: Connection) -> Iterator[Json]:
    from echoscope.measure.doors.open import open_layer
    from echoscope.measure.measuring import Measurement
    from echoscope.measure.report.json_form import to_json
    from echoscope.measure.report.words import headline, looked_at

    stops: list[Callable[[], None]] = []
    threading.Thread(target=_listen, args=(theirs, stops), daemon=True).start()
    layer, recipe = open_layer(measured.source, measured.options), measured.recipe
    measuring = Measurement(layer, measured.budget, command=str(recipe["command"]))
    stops.append(measuring.stop)
    for report, doing in measuring:
        says = {
            "headline": headline(report),
            "looked_at": looked_at(report),
            "doing": doing,
            "recipe": recipe,
        }
        yield says | to_json(report)


def _listen(theirs: Connection, stops: list[Callable[[], None]]) -> None:
    """Stop when that is said; end where nobody is there any more to say it."""
    try:
        theirs.recv()
    except (EOFError, OSError):
        os._exit(1)
    for stop in stops:
        stop()
    with suppress(EOFError, OSError):
        theirs.recv()
    os._exit(1)
