"""The lab's server: the routes behind their guard, on this machine alone."""

import secrets
import socket
from collections.abc import Callable, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from echoscope.errors import SettingError
from echoscope.lab.guard import Guard
from echoscope.lab.routes import Lab
from echoscope.lab.work import Works
from echoscope.store import Store

HERE = "127.0.0.1"
TOKEN_BYTES = 24
MOST_CONNECTIONS = 200


def bound(port: int) -> socket.socket:
    """A socket of this machine alone, at this port, or at any that is free (0). Raises
    `SettingError` where another program has it.
    """
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((HERE, port))
    except OSError as error:
        place.close()
        raise SettingError(
            f"port {port} cannot be had ({error.strerror}): name another, or leave port out for"
            " one that is free."
        ) from None
    return place


def app_of(
    store: Store, token: str, port: int, works: Works, layers: Sequence[str] = ()
) -> ASGIApp:
    """The lab as an ASGI app."""
    inner = Starlette(routes=Lab(store, works, layers).routes)
    return Guard(inner, token=token, port=port)


class Serving(uvicorn.Server):
    """A server that says when it is there and when it goes, and leaves signals to who began it."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], leaving: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._leaving = leaving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and then say so."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so, so that streams of events end by themselves, and then as uvicorn's."""
        self._leaving()
        await super().shutdown(sockets)


def serve(
    store: Store,
    place: socket.socket,
    ready: Callable[[str], None],
    layers: Sequence[str] = (),
) -> None:
    """Serve until Ctrl-C; `ready` is told the address with its token. What is under way is stopped
    then and kept.
    """
    token, port = secrets.token_urlsafe(TOKEN_BYTES), place.getsockname()[1]
    works = Works()
    config = uvicorn.Config(
        app_of(store, token, port, works, layers),
        http="h11",
        ws="none",
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    address = f"http://{HERE}:{port}/?token={token}"
    try:
        Serving(config, lambda: ready(address), works.leaving.set).run([place])
    except KeyboardInterrupt:
        pass
    finally:
        works.stop()
