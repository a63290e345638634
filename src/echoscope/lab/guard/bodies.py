"""What is sent to the lab: how much it may be, how long it may take, what becomes of the rest."""

import asyncio
from contextlib import suppress

from starlette.types import Message, Receive

from echoscope.lab.guard.refusal import Refusal

MIB = 2**20
MOST_BODY = 2 * MIB
MOST_FILE = 32 * MIB  # of a body sent below FILES
FILES = "/api/files"
BODY_SECONDS = 20.0
MOST_UNREAD = 64 * MIB  # of a refused body: a refusal reaches no client that is cut off
UNREAD_SECONDS = 1.0


def takes_files(path: str) -> bool:
    """Whether a path takes whole files.

    >>> takes_files("/api/files/own.csv"), takes_files("/api/filesystem")
    (True, False)
    """
    return path == FILES or path.startswith(f"{FILES}/")


def most_of(path: str) -> int:
    """The most bytes that may be sent to a path.

    >>> most_of("/api/train"), most_of("/api/files")
    (2097152, 33554432)
    """
    return MOST_FILE if takes_files(path) else MOST_BODY


def refuse_length(declared: str | None, most: int) -> Refusal | None:
    """Why a body of a declared Content-Length is not read, if so.

    >>> refuse_length("2097153", most_of("/api/train")).status
    413
    """
    if declared is None:
        return None
    right = declared.isascii() and declared.isdecimal()
    if right and len(declared.lstrip("0")) < 19 and int(declared) <= most:
        return None
    return too_much(most)


def too_much(most: int) -> Refusal:
    """The refusal of a body of more than `most` bytes."""
    return Refusal(
        413, f"What is sent here has at most {most // MIB} MiB, this is more: send less."
    )


async def read_body(receive: Receive, most: int) -> bytes | Refusal | None:
    """A whole body, or why it is none; `None` where the client has gone."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                more = message.get("more_body", False)
                if size > most:
                    break
                if not more:
                    return b"".join(parts)
    except TimeoutError:
        return Refusal(
            408, f"What was sent had not all come after {BODY_SECONDS:g} s: send it again."
        )
    parts.clear()
    if more:
        await read_rest(receive)
    return too_much(most)


async def read_rest(receive: Receive) -> None:
    """Read on what is refused, and keep nothing of it, until its end or there is too much."""
    left = MOST_UNREAD
    with suppress(TimeoutError):
        async with asyncio.timeout(UNREAD_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def repeat(body: bytes, receive: Receive) -> Receive:
    """What an application receives after its body was read: the body, then what else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
