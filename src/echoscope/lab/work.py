"""Work that the page began: each in a thread of its own, watched by whoever asks, and stopped."""

import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from echoscope.errors import EchoscopeError, SettingError, shown
from echoscope.settings import Json, json_value

MOST_AT_ONCE = 2  # that go on at a time
MOST_LEFT = 4  # that were stopped and have not ended yet
GRACE = 1.0  # seconds after a stop, for what is being done; then others may begin
MOST_KNOWN = 40  # that are remembered
MOST_BYTES = 64 << 20  # of what all have told, about: beyond it the oldest are forgotten
WAIT = 10.0  # seconds for what is stopped to end
BEGUN, ENDED, FAILED = "under way", "ended", "failed"


@dataclass
class Work:
    """One piece of work. Its own thread alone writes it: `tell` adds an item to what is told of it,
    and what `do` gives is its result.
    """

    name: str
    kind: str
    asked: Json
    do: "Do"
    about: Json = field(default_factory=dict)  # what is known of it beforehand
    state: str = BEGUN
    items: list[Json | None] = field(default_factory=list)  # None: a later one says it all
    kept: list[object] = field(default_factory=list)  # what it made that is asked for apart
    result: Json = field(default_factory=dict)
    error: str = ""
    bytes: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    stopped: float = math.inf  # when, of `time.monotonic`
    thread: threading.Thread | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state != BEGUN

    @property
    def left(self) -> bool:
        """Whether it was stopped so long ago that nothing waits for it."""
        return time.monotonic() - self.stopped > GRACE

    def stop(self) -> None:
        """Have it end at its next slice."""
        self.stopped = min(self.stopped, time.monotonic())
        self.stopping.set()

    def tell(self, item: Json, size: int = 400, alone: bool = False) -> None:
        """Add what is new; `size` is about how many bytes it has. `alone`: those before it are not
        told any more.
        """
        if alone:
            self.items[:] = [None] * len(self.items)
            self.bytes = 0
        self.items.append(json_value(item))
        self.bytes += size

    def since(self, items: int = 0) -> Json:
        """What is known of it: the items after so many."""
        state, told = self.state, list(self.items)  # in this order: over is told with all items
        return {
            "id": self.name,
            "kind": self.kind,
            "asked": self.asked,
            "about": self.about,
            "state": state,
            "over": state != BEGUN,
            "told": len(told),
            "items": [item for item in told[items:] if item is not None],
            "result": self.result,
            "error": self.error,
        }

    def run(self) -> None:
        """Do it, and say what became of it."""
        try:
            self.result = json_value(self.do(self))
            self.state = ENDED
        except EchoscopeError as error:
            self.error, self.state = str(error), FAILED
        except Exception as error:
            self.error, self.state = f"It failed: {type(error).__name__}: {error}", FAILED


Do = Callable[[Work], Json]


class Works:
    """All of it by name, the newest last."""

    def __init__(self) -> None:
        self._works: dict[str, Work] = {}
        self._lock = threading.Lock()
        self.leaving = threading.Event()  # the server goes: nobody is told any more
        self._count = itertools.count(int(1000 * time.time()))  # no name comes twice

    def begin(self, kind: str, asked: Json, do: Do, about: Json | None = None) -> Work:
        """Do it in a thread. Raises `SettingError` where as much as goes at a time is under way."""
        with self._lock:
            going = [work for work in self._works.values() if not work.over]
            busy = [work.kind for work in going if not work.left]
            if len(going) - len(busy) >= MOST_LEFT:
                raise SettingError(
                    f"{MOST_LEFT} that were stopped have not come to the end of a slice yet: wait"
                    " for one of them."
                )
            if len(busy) >= MOST_AT_ONCE:
                raise SettingError(
                    f"{MOST_AT_ONCE} are under way ({' and '.join(busy)}), as many as go at a time:"
                    " wait for one, or stop it."
                )
            work = Work(str(next(self._count)), kind, asked, do, about or {})
            self._works[work.name] = work
            self._forget()
        work.thread = threading.Thread(target=work.run, daemon=True)
        work.thread.start()
        return work

    def _forget(self) -> None:
        """The oldest, where there are too many or they have told too much."""
        for name, work in list(self._works.items())[:-1]:
            told = sum(each.bytes for each in self._works.values())
            if work.over and (len(self._works) > MOST_KNOWN or told > MOST_BYTES):
                del self._works[name]

    def find(self, name: str) -> Work:
        """One by its name. Raises `SettingError` for another."""
        work = self._works.get(name)
        if work is None:
            raise SettingError(f"there is no work {shown(name)} here: begin it again.")
        return work

    def all(self) -> list[Work]:
        """All that is remembered."""
        return list(self._works.values())

    def stop(self) -> None:
        """Stop what is under way at its next slice, and wait for it."""
        for work in self.all():
            work.stop()
        ends = time.monotonic() + WAIT
        for work in self.all():
            if work.thread:
                work.thread.join(max(0.0, ends - time.monotonic()))
