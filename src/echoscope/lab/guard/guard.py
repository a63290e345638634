"""What stands before every route of the lab: who may ask, how much may be sent, and what is
answered where something fails.
"""

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from echoscope.errors import EchoscopeError, shown
from echoscope.lab.guard.bodies import most_of, read_body, read_rest, repeat
from echoscope.lab.guard.policies import add_policies
from echoscope.lab.guard.refusal import FAILED, Refusal, answer_of
from echoscope.lab.guard.rules import Rules

logger = logging.getLogger("echoscope.lab")


class Guard:
    """An ASGI application that passes on to another what the lab's own page sends, and refuses the
    rest. A body comes whole, an answer goes as it is made: what streams, streams.

    An `EchoscopeError` of the other is answered by its sentence, any other exception by a sentence
    that says nothing of it. A `ValueError` for a `token` that is none (`Rules`).

    >>> guard = Guard(Response("the page"), token="0123456789abcdef", port=8765)
    >>> guard.rules.cookie
    'echoscope-8765'
    """

    def __init__(self, app: ASGIApp, *, token: str, port: int) -> None:
        self.app = app
        self.rules = Rules(token, port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as ASGI has it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        else:
            sending = _Sending(scope["path"], send)
            response = await self._respond(scope, receive, sending)
            if response is not None and not sending.begun:
                await response(scope, receive, sending.send)

    async def _respond(
        self, scope: Scope, receive: Receive, sending: "_Sending"
    ) -> Response | None:
        """What the guard itself answers; `None` where the application does, or nobody waits."""
        refusal = self.rules.refusal(scope)
        if refusal is not None:
            if "expect" not in Headers(scope=scope):  # else the client waits before it sends
                await read_rest(receive)
            return answer_of(refusal, scope)
        if self.rules.enters(scope):
            return self._entrance()
        body = await read_body(receive, most_of(scope["path"]))
        if isinstance(body, bytes):
            refusal = await self._pass_on(scope, repeat(body, receive), sending)
        else:
            refusal = body
        return None if refusal is None else answer_of(refusal, scope)

    async def _pass_on(self, scope: Scope, receive: Receive, sending: "_Sending") -> Refusal | None:
        try:
            await self.app(scope, receive, sending.send_unless_failed)
        except ClientDisconnect:
            return None
        except EchoscopeError as error:
            return Refusal(400, str(error))
        except Exception:
            logger.exception("The lab failed at %s %s.", scope["method"], shown(scope["path"]))
            return Refusal(500, FAILED)
        return Refusal(500, FAILED) if sending.failed else None

    def _entrance(self) -> Response:
        """To the page, with the token in a cookie: a browser keeps what stands behind the #."""
        response = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
        response.set_cookie(
            self.rules.cookie, self.rules.token, path="/", httponly=True, samesite="strict"
        )
        return response


class _Sending:
    """An answer on its way, with the policies of its path."""

    def __init__(self, path: str, send: Send) -> None:
        self.path = path
        self.begun = False
        self.failed = False
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            message.setdefault("headers", [])
            add_policies(MutableHeaders(scope=message), self.path)
        await self._send(message)

    async def send_unless_failed(self, message: Message) -> None:
        """Send nothing of an answer of status 500, in which Starlette may show a traceback."""
        if message["type"] == "http.response.start":
            self.failed = message["status"] == 500
        if not self.failed:
            await self.send(message)
