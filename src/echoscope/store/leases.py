"""Who is doing which cell: a lease is a row, and ends with its run, its release, or the life of
its worker.
"""

import json
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from socket import gethostname

LEASE = 600.0  # seconds without a heartbeat after which a worker of another host counts as gone
SIGNALS = os.name == "posix"  # elsewhere asking for a process by a signal would end it

Worker = tuple[str, int, str, float]  # host, process, when that began, last heartbeat


def lease(
    connection: sqlite3.Connection, ids: Sequence[str], worker: str, again: Sequence[str]
) -> list[str]:
    """Those of `ids` that are free, now leased by `worker`, in their order; inside a
    transaction.
    """
    wanted = json.dumps(list(ids))
    among = "id IN (SELECT value FROM json_each(?))"
    ended = connection.execute(f"SELECT id, outcome FROM runs WHERE {among}", [wanted])
    taken = {identity for identity, outcome in ended if outcome not in again}
    held = connection.execute(
        f"SELECT id, host, pid, born, heartbeat FROM leases WHERE {among}", [wanted]
    )
    taken |= {
        identity for identity, *other in held if living((other[0], other[1], other[2], other[3]))
    }
    free = [identity for identity in dict.fromkeys(ids) if identity not in taken]
    mine = (worker, gethostname(), os.getpid(), _born(os.getpid()), time.time())
    connection.executemany(
        "INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?)",
        [(identity, *mine) for identity in free],
    )
    return free


def heartbeat(connection: sqlite3.Connection, worker: str) -> int:
    """A sign of life; gives how many cells `worker` still leases."""
    return connection.execute(
        "UPDATE leases SET heartbeat = ? WHERE worker = ?", [time.time(), worker]
    ).rowcount


def release(connection: sqlite3.Connection, worker: str) -> None:
    """End every lease of `worker`."""
    connection.execute("DELETE FROM leases WHERE worker = ?", [worker])


def living(worker: Worker) -> bool:
    """Whether a worker is there: on this host its very process, on another a heartbeat
    within the lease.
    """
    host, process, born, heartbeat = worker
    if host != gethostname() or not SIGNALS:
        return time.time() - heartbeat < LEASE
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is someone else's, and there
    return _born(process) == born


def _born(process: int) -> str:
    """When a process began, where the system says so: a number that is used again is not the same
    process.

    A zombie, which has ended and is only waiting to be noticed by its parent, did not begin at any
    time.
    """
    try:
        state, *_, born = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:20]
    except OSError:
        return ""
    return "" if state == "Z" else born
