"""A Dask cluster as an executor: its scheduler is elsewhere, its workers may come and go."""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from echoscope.errors import EchoError, ExtraError

PATIENCE = 20  # seconds to wait for a scheduler
WAITING = 8  # pieces handed out where no worker is there yet, so that a cluster which grows on demand grows


def dask_cluster(address: str) -> tuple[Executor, Callable[[], int]]:
    """The executor of the cluster whose scheduler is at `address`, and how many pieces it should have at a time.

    That is two a thread, so that no worker waits for its next one. Raises `ExtraError` without Dask, and `EchoError`
    where no scheduler answers. Source: `distributed.Client.get_executor`.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ExtraError("--dask needs Dask's distributed, which is not installed: pip install 'echoscope[dask]'."
                         ) from None  # fmt: skip
    try:
        client: Any = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise EchoError(f"No Dask scheduler answers at {address} ({error or 'no answer'}): start one with dask "
                        "scheduler, and give the address that it says.") from None  # fmt: skip

    def at_once() -> int:
        return 2 * sum(client.nthreads().values()) or WAITING

    return client.get_executor(pure=False), at_once
