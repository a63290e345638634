"""A Dask cluster as an executor: its scheduler is elsewhere, its workers may come and go."""

import pickle
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any

from echoscope.errors import EchoscopeError, ExtraError
from echoscope.runs.versions import versions
from echoscope.studies.worker_pool import Given, Told

PATIENCE = 20  # seconds to wait for a scheduler
# pieces handed out where no worker is there yet, so that a cluster which grows on demand grows
WAITING = 8


class DaskCluster(Executor):
    """The cluster whose scheduler is at `address`.

    Raises `ExtraError` without Dask, and `EchoscopeError` where no scheduler answers. Source:
    `Client.get_executor` of Dask.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ExtraError(
                "A Dask cluster needs Dask's distributed, which is not installed: pip install"
                " 'echoscope[dask]'."
            ) from None
        self._address, client = address, Client.__new__(Client)
        try:
            client.__init__(address, timeout=PATIENCE, set_as_default=False)
        except Exception as error:  # what listens there may be no scheduler, and say anything
            client.status = "closed"  # else it waits, when it is tidied away, to say goodbye
            raise EchoscopeError(
                f"No Dask scheduler answers at {address} ({error or 'no answer'}): start one with"
                " dask scheduler, and give the address that it says."
            ) from None
        self._client: Any = client
        self._executor: Executor = client.get_executor(pure=False)

    @property
    def workers(self) -> int:
        """Threads of all workers that are there: each trains one piece at a time."""
        try:
            return sum(self._client.nthreads().values())
        except (OSError, CancelledError):
            raise EchoscopeError(
                f"The Dask scheduler at {self._address} is gone: start one again, and say the same"
                " settings; a study goes on where it ended."
            ) from None

    @property
    def at_once(self) -> int:
        """How many pieces it should have at a time: two a thread, so that no worker waits for its
        next one.
        """
        return 2 * self.workers or WAITING

    def submit(
        self, fn: Callable[Told, Given], /, *args: Told.args, **kwargs: Told.kwargs
    ) -> Future[Given]:
        """Have a worker call `fn`, which must be known there by its name."""
        return self._executor.submit(
            _sent(), versions()["echoscope"], pickle.dumps((fn, args, kwargs))
        )

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work, and leave the cluster to itself."""
        self._executor.shutdown(wait and not cancel_futures)
        self._client.close()


def _sent() -> Callable[[str, bytes], Any]:
    """What a worker runs for a piece of work. A function inside of another goes to it as it stands.

    One sent by its name would end a worker that does not have it, and the next, and nobody would be
    told.
    """

    def on_worker(version: str, piece: bytes) -> Any:
        import pickle

        from distributed import get_worker

        from echoscope.process import xla
        from echoscope.runs.versions import versions

        here = versions()["echoscope"]
        if here != version:
            raise ImportError(f"it has {here}, the command {version}")
        xla.start(get_worker().state.nthreads)  # two workers on one core would be half as fast
        fn, args, kwargs = pickle.loads(piece)
        return fn(*args, **kwargs)

    return on_worker
