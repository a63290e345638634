"""What the lab refuses, in which words, and that it serves on after a hundred of each."""

import asyncio
import base64
import hashlib
import json
import logging
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from echoscope import SettingError
from echoscope.lab.guard import Guard, bodies
from echoscope.lab.guard.policies import PAGE
from echoscope.lab.guard.refusal import FAILED, NO_TOKEN, Refusal
from echoscope.lab.guard.rules import MOST_ADDRESS, MOST_HEADERS

TOKEN = "the-token-of-this-lab"
PORT = 8765
HERE = f"http://127.0.0.1:{PORT}"
KNOWN = {"Cookie": f"echoscope-{PORT}={TOKEN}"}
SENT = {**KNOWN, "Origin": HERE, "Content-Type": "application/json"}
PIECES = threading.Semaphore(0)  # a stream sends a piece for each


async def _page(request: Request) -> Response:
    return PlainTextResponse("the page")


async def _echo(request: Request) -> Response:
    return JSONResponse({"bytes": len(await request.body())})


async def _events(request: Request) -> Response:
    async def pieces() -> AsyncIterator[str]:
        for number in range(3):
            while not PIECES.acquire(blocking=False):
                await asyncio.sleep(0.002)
            yield f"data: {number}\n\n"

    return StreamingResponse(pieces(), media_type="text/event-stream")


async def _broken(request: Request) -> Response:
    raise KeyError("the secret of line 12")


async def _half(request: Request) -> Response:
    async def pieces() -> AsyncIterator[str]:
        yield "the first half"
        raise KeyError("the secret of line 13")

    return StreamingResponse(pieces())


async def _refused(request: Request) -> Response:
    raise SettingError("Units are 1 or more, not 0: set more.")


async def _refused_oddly(request: Request) -> Response:
    raise SettingError("'\ud800' is no number.")


async def _says_500(request: Request) -> Response:
    return PlainTextResponse("Traceback (most recent call last)", 500)


ROUTES = [
    Route("/", _page),
    Route("/report/lag", _page),
    Route("/api/echo", _echo, methods=["POST"]),
    Route("/api/files", _echo, methods=["POST"]),
    Route("/api/events", _events),
    Route("/api/broken", _broken, methods=["GET", "POST"]),
    Route("/api/half", _half),
    Route("/api/refused", _refused),
    Route("/api/refused-oddly", _refused_oddly),
    Route("/api/says-500", _says_500),
]


def lab(port: int = PORT, *, debug: bool = False) -> Guard:
    return Guard(Starlette(debug=debug, routes=ROUTES), token=TOKEN, port=port)


@dataclass(frozen=True)
class Kind:
    """A kind of bad request, its status and a part of its sentence."""

    status: int
    sentence: str
    method: str = "GET"
    path: str = "/"
    headers: dict[str, str] = field(default_factory=partial(dict, KNOWN))
    body: bytes | None = None


FOREIGN = "may not use the lab: open the address that `echoscope lab` printed."
KINDS = {
    "host": Kind(421, "not at 'evil.example': open", headers={**KNOWN, "Host": "evil.example"}),
    "host-port": Kind(421, "not at '127.0.0.1:1'", headers={**KNOWN, "Host": "127.0.0.1:1"}),
    "host-end": Kind(
        421, "not at '127.0.0.1:8765.evil", headers={**KNOWN, "Host": f"127.0.0.1:{PORT}.evil.me"}
    ),
    "origin": Kind(
        403,
        f"A page of 'http://evil.example' {FOREIGN}",
        headers={**KNOWN, "Origin": "http://evil.example"},
    ),
    "origin-null": Kind(403, f"A page of 'null' {FOREIGN}", headers={**KNOWN, "Origin": "null"}),
    "origin-port": Kind(
        403, f"'http://127.0.0.1:1' {FOREIGN}", headers={**KNOWN, "Origin": "http://127.0.0.1:1"}
    ),
    "origin-post": Kind(
        403,
        FOREIGN,
        "POST",
        "/api/echo",
        headers={**SENT, "Origin": "https://127.0.0.1:8765"},
        body=b"{}",
    ),
    "script-of-another-port": Kind(
        403,
        f"A page of another site {FOREIGN}",
        path="/api/x",
        headers={**KNOWN, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    ),
    "preflight": Kind(
        405, "GET, HEAD and POST, not 'OPTIONS'", "OPTIONS", headers={**KNOWN, "Origin": HERE}
    ),
    "method": Kind(405, "not 'DELETE': use those.", "DELETE"),
    "post-from-nowhere": Kind(
        403,
        "with the header Origin: http://127.0.0.1:8765, and this has none",
        "POST",
        "/api/echo",
        headers={**KNOWN, "Content-Type": "application/json"},
        body=b"{}",
    ),
    "form": Kind(
        415,
        "'/api/echo' has the Content-Type application/json, not 'text/plain': send it so.",
        "POST",
        "/api/echo",
        headers={**SENT, "Content-Type": "text/plain"},
        body=b"{}",
    ),
    "octets-elsewhere": Kind(
        415,
        "not 'application/octet-stream'",
        "POST",
        "/api/echo",
        headers={**SENT, "Content-Type": "application/octet-stream"},
        body=b"{}",
    ),
    "no-token": Kind(403, NO_TOKEN, path="/api/x", headers={}),
    "no-token-post": Kind(
        403,
        NO_TOKEN,
        "POST",
        "/api/echo",
        headers={"Origin": HERE, "Content-Type": "application/json"},
        body=b"{}",
    ),
    "no-token-page": Kind(403, "echoscope lab", headers={}),
    "wrong-cookie": Kind(
        403, NO_TOKEN, path="/api/x", headers={"Cookie": f"echoscope-{PORT}={TOKEN}x"}
    ),
    "cookie-of-another-port": Kind(
        403, NO_TOKEN, path="/api/x", headers={"Cookie": f"echoscope-1={TOKEN}"}
    ),
    "odd-header": Kind(403, NO_TOKEN, path="/api/x", headers={"X-Echoscope-Token": "caf\xe9"}),
    "wrong-token": Kind(403, "echoscope lab", path="/?token=wrong", headers={}),
    "empty-token": Kind(403, "echoscope lab", path="/?token=", headers={}),
    "odd-token": Kind(403, "echoscope lab", path="/?token=%ff%00%ed%a0%80", headers={}),
    "token-of-no-entrance": Kind(403, NO_TOKEN, path=f"/api/x?token={TOKEN}", headers={}),
    "token-by-head": Kind(403, NO_TOKEN, "HEAD", f"/?token={TOKEN}", headers={}),
    "address": Kind(414, "at most 8,192 bytes, this one has 8,193", path=f"/{'a' * MOST_ADDRESS}"),
    "query": Kind(414, "An address has at most", path=f"/?{'a' * MOST_ADDRESS}"),
    "headers": Kind(
        431, "Headers have at most 32,768 bytes", headers={**KNOWN, "X-Long": "a" * MOST_HEADERS}
    ),
    "length": Kind(
        413,
        "What is sent here has at most 2 MiB, this is more: send less.",
        "POST",
        "/api/echo",
        headers={**SENT, "Content-Length": str(bodies.MOST_BODY + 1)},
        body=b"{}",
    ),
    "length-of-many-digits": Kind(
        413, "2 MiB", "POST", "/api/echo", {**SENT, "Content-Length": "9" * 5000}, b"{}"
    ),
    "length-odd": Kind(413, "2 MiB", "POST", "/api/echo", {**SENT, "Content-Length": "-1"}, b"{}"),
    "length-of-file": Kind(
        413,
        "at most 32 MiB",
        "POST",
        "/api/files",
        headers={**SENT, "Content-Length": str(bodies.MOST_FILE + 1)},
        body=b"{}",
    ),
    "app-refuses": Kind(400, "Units are 1 or more, not 0: set more.", path="/api/refused"),
    "app-fails": Kind(500, FAILED, path="/api/broken"),
    "app-fails-post": Kind(500, FAILED, "POST", "/api/broken", SENT, b"{}"),
    "app-says-500": Kind(500, FAILED, path="/api/says-500"),
}


async def ask(client: httpx.AsyncClient, kind: Kind) -> httpx.Response:
    request = client.build_request(
        kind.method,
        kind.path,
        headers=[(name, value.encode("latin-1")) for name, value in kind.headers.items()],
        content=kind.body,
    )
    return await client.send(request)


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE, trust_env=False)


def asked(kind: Kind, *, debug: bool = False) -> httpx.Response:
    async def answer() -> httpx.Response:
        async with client_of(lab(debug=debug)) as client:
            return await ask(client, kind)

    return asyncio.run(answer())


def sentence(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/json"
    text = json.loads(answer.text)["error"]
    assert text.endswith(".")
    return text


@pytest.mark.parametrize("name", KINDS)
def test_a_hundred_bad_requests_of_a_kind_leave_it_serving(name: str) -> None:
    kind = KINDS[name]
    logging.getLogger("echoscope.lab").disabled = True

    async def answers() -> tuple[list[httpx.Response], httpx.Response]:
        async with client_of(lab(debug=True)) as client:
            bad = [await ask(client, kind) for _ in range(100)]
            return bad, await ask(client, GOOD)

    try:
        bad, good = asyncio.run(answers())
    finally:
        logging.getLogger("echoscope.lab").disabled = False
    assert {answer.status_code for answer in bad} == {kind.status}
    assert all("Traceback" not in answer.text for answer in bad)
    assert all("secret" not in answer.text for answer in bad)
    if bad[0].headers["content-type"] == "application/json" and kind.method != "HEAD":
        assert kind.sentence in sentence(bad[0])
    elif kind.method != "HEAD":
        assert kind.sentence in bad[0].text
    assert "script-src 'self';" in bad[0].headers["content-security-policy"]
    assert (good.status_code, good.text) == (200, "the page")


GOOD = Kind(200, "the page")


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"LocalHost:{PORT}"])
@pytest.mark.parametrize("origin", [None, HERE, f"http://localhost:{PORT}"])
def test_its_own_page_is_answered(host: str, origin: str | None) -> None:
    headers = {**KNOWN, "Host": host} | ({"Origin": origin} if origin else {})
    assert asked(Kind(200, "", headers=headers)).text == "the page"


def test_a_page_is_opened_by_a_link_of_another_site_and_no_host_is_none() -> None:
    link = {**KNOWN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert asked(Kind(200, "", headers=link)).status_code == 200

    async def without_host(headers: list[tuple[bytes, bytes]]) -> int:
        sent = []
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
        await lab()({**scope, "headers": headers}, nothing, collecting(sent))
        return sent[0]["status"]

    token = (b"x-echoscope-token", TOKEN.encode())
    host = (b"host", f"127.0.0.1:{PORT}".encode())
    assert asyncio.run(without_host([token])) == 421
    assert asyncio.run(without_host([token, host, host])) == 421
    assert asyncio.run(without_host([token, host])) == 200


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def collecting(sent: list[Message]) -> Send:
    async def send(message: Message) -> None:
        sent.append(message)

    return send


def test_what_is_posted_arrives_whole() -> None:
    for path, headers in (
        ("/api/echo", SENT),
        ("/api/echo", {**SENT, "Content-Type": "Application/JSON; charset=utf-8"}),
        ("/api/files", {**SENT, "Content-Type": "application/octet-stream"}),
        ("/api/echo", {**{k: v for k, v in SENT.items() if k != "Origin"}, **SAME}),
    ):
        answer = asked(Kind(200, "", "POST", path, headers, b"1" * bodies.MOST_BODY))
        assert answer.json() == {"bytes": bodies.MOST_BODY}, answer.text
    beyond = asked(Kind(200, "", "POST", "/api/files", SENT, b"1" * (bodies.MOST_BODY + 1)))
    assert beyond.json() == {"bytes": bodies.MOST_BODY + 1}


SAME = {"Sec-Fetch-Site": "same-origin"}


def test_the_printed_address_gives_the_cookie_that_opens_the_rest() -> None:
    async def walk() -> None:
        async with client_of(lab()) as client:
            entered = await client.get(f"/?token={TOKEN}")
            assert (entered.status_code, entered.headers["location"]) == (303, "/")
            assert entered.headers["cache-control"] == "no-store"
            name, *rest = entered.headers["set-cookie"].split("; ")
            assert name == f"echoscope-{PORT}={TOKEN}"
            assert sorted(rest) == ["HttpOnly", "Path=/", "SameSite=strict"]
            assert (await client.get("/")).text == "the page"
            client.cookies.clear()
            assert (await client.get("/")).status_code == 403
            header = {"X-Echoscope-Token": TOKEN}
            assert (await client.get("/", headers=header)).text == "the page"

    asyncio.run(walk())


def test_without_its_token_a_person_gets_a_page_and_a_program_a_sentence() -> None:
    page = asked(Kind(403, "", headers={}))
    assert page.headers["content-type"].startswith("text/html")
    assert "<code>echoscope lab</code> printed" in page.text
    assert sentence(asked(Kind(403, "", path="/api/x", headers={}))) == NO_TOKEN


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "none"])
def test_after_a_link_of_another_page_the_lab_is_asked_once_more(site: str) -> None:
    """Its cookie is not sent with what another page led to, and so no loop begins."""
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    page = asked(Kind(403, "", headers=link))
    assert page.status_code == 403
    again = '<meta http-equiv="refresh" content="0; url=/">' in page.text
    assert again == (site in {"cross-site", "same-site"})
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-" if again else PAGE)
    if again:  # nothing else runs there
        (script,) = re.findall("<script>(.*)</script>", page.text)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert policy == f"default-src 'none'; script-src 'sha256-{digest}'"


@pytest.mark.parametrize("token", ["", "short", "a b c d e f g h i j", "0123456789abcdef\n"])
def test_a_token_that_is_none_guards_nothing(token: str) -> None:
    with pytest.raises(ValueError, match="16 letters"):
        Guard(Starlette(), token=token, port=PORT)


def test_policies_of_pages_reports_and_answers() -> None:
    page = asked(GOOD).headers
    assert page["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
        " connect-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    )
    assert (page["x-frame-options"], page["cross-origin-opener-policy"]) == ("DENY", "same-origin")
    report = asked(Kind(200, "", path="/report/lag")).headers
    rules = dict(part.split(" ", 1) for part in report["content-security-policy"].split("; "))
    assert rules["sandbox"] == "allow-scripts"
    assert (rules["connect-src"], rules["frame-ancestors"]) == ("'none'", "'self'")
    assert report["x-frame-options"] == "SAMEORIGIN"
    assert "cross-origin-opener-policy" not in report
    answer = asked(Kind(200, "", "POST", "/api/echo", SENT, b"{}")).headers
    assert (answer["cache-control"], page.get("cache-control")) == ("no-store", None)
    for headers in (page, report, answer, asked(KINDS["host"]).headers):
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"


def test_half_a_character_can_be_said() -> None:
    answer = asked(Kind(400, "", path="/api/refused-oddly"))
    assert (answer.status_code, sentence(answer)) == (400, "'\ud800' is no number.")


def test_the_traceback_of_a_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert sentence(asked(KINDS["app-fails"], debug=True)) == FAILED
    assert "The lab failed at GET '/api/broken'." in caplog.text
    assert "the secret of line 12" in caplog.text


def test_web_sockets_are_closed_and_the_beginning_and_end_pass() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    sent: list[Message] = []
    guard = Guard(app, token=TOKEN, port=PORT)
    asyncio.run(guard({"type": "websocket"}, nothing, collecting(sent)))
    asyncio.run(guard({"type": "lifespan"}, nothing, collecting(sent)))
    assert (seen, sent) == (["lifespan"], [{"type": "websocket.close", "code": 1008}])


def test_who_goes_away_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ClientDisconnect

    sent: list[Message] = []
    names = {**SENT, "Host": f"127.0.0.1:{PORT}"}
    headers = [(name.lower().encode(), value.encode()) for name, value in names.items()]
    scope = {"type": "http", "method": "POST", "path": "/api/echo", "query_string": b""}
    asyncio.run(lab()({**scope, "headers": headers}, gone, collecting(sent)))
    guard = Guard(app, token=TOKEN, port=PORT)
    asyncio.run(guard({**scope, "headers": headers}, nothing, collecting(sent)))
    assert (sent, caplog.records) == ([], [])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A served lab."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        number = listening.getsockname()[1]
        config = uvicorn.Config(
            lab(number, debug=True),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield number
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        yield connection


def beginning(port: int, *lines: str, path: str = "/api/echo", token: str = TOKEN) -> bytes:
    host = f"127.0.0.1:{port}"
    known = (f"Host: {host}", f"Origin: http://{host}", f"Cookie: echoscope-{port}={token}")
    kind = "Content-Type: application/json"
    return "\r\n".join((f"POST {path} HTTP/1.1", *known, kind, *lines, "", "")).encode()


def read_all(connection: socket.socket) -> str:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts).decode()


def raw(port: int, *parts: bytes) -> str:
    """What is answered to bytes, until the server ends the connection."""
    with connected(port) as connection:
        for part in parts:
            connection.sendall(part)
        return read_all(connection)


def serves(port: int) -> bool:
    headers = {"X-Echoscope-Token": TOKEN}
    answer = httpx.get(f"http://localhost:{port}/", headers=headers, trust_env=False)
    return answer.text == "the page"


CHUNK = b"10000\r\n" + b"1" * 65536 + b"\r\n"
RAW = {
    "no-http": (400, (b"\x16\x03\x01\x02\x00\x01\x00 hello\r\n\r\n",)),
    "half-a-line": (400, (b"GET /\r\n\r\n",)),
    "endless-header": (400, (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000,)),
    "two-lengths": (400, (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",)),
    "no-host": (421, (b"GET / HTTP/1.0\r\n\r\n",)),
    "web-socket": (
        421,
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",),
    ),
}


@pytest.mark.parametrize("name", RAW)
def test_a_hundred_connections_that_say_nonsense_leave_it_serving(port: int, name: str) -> None:
    status, parts = RAW[name]
    answers = {raw(port, *parts).split(" ")[1] for _ in range(100)}
    assert answers == {str(status)}
    assert serves(port)


def test_a_body_that_grows_beyond_what_it_may_be_is_answered(port: int) -> None:
    """The answer reaches who sends on, up to a bound."""
    chunked = beginning(port, "Transfer-Encoding: chunked")
    answer = raw(port, chunked, *[CHUNK] * 100, b"0\r\n\r\n")
    assert answer.startswith("HTTP/1.1 413 ")
    assert "at most 2 MiB" in answer
    declared = beginning(port, f"Content-Length: {3 * 2**20}")
    assert raw(port, declared, b"1" * 3 * 2**20).startswith("HTTP/1.1 413 ")
    assert serves(port)


def test_a_refusal_is_not_kept_waiting_by_a_body(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "UNREAD_SECONDS", 0.1)
    for line in ("Content-Length: 9", "Content-Length: 9\r\nExpect: 100-continue"):
        answer = raw(port, beginning(port, line, token="another-token-than-it"))
        assert answer.startswith("HTTP/1.1 403 ")
    asked_first = raw(port, beginning(port, f"Content-Length: {2**30}", "Expect: 100-continue"))
    assert asked_first.startswith("HTTP/1.1 413 ")


async def never() -> Message:
    await asyncio.sleep(60)
    raise AssertionError


def test_no_body_is_waited_for_longer_than_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(bodies, "UNREAD_SECONDS", 0.05)

    async def both() -> Refusal | bytes | None:
        async with asyncio.timeout(3):
            await bodies.read_rest(never)
            return await bodies.read_body(never, 1)

    assert asyncio.run(both()) == Refusal(
        408, "What was sent had not all come after 0.05 s: send it again."
    )


def test_of_a_refused_body_no_more_is_read_than_a_bound() -> None:
    pieces: list[int] = []

    async def endless() -> Message:
        pieces.append(2**20)
        return {"type": "http.request", "body": b"1" * 2**20, "more_body": True}

    asyncio.run(bodies.read_rest(endless))
    assert sum(pieces) == bodies.MOST_UNREAD


def test_a_slow_body_ends(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.3)
    connections = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(100)]
    for connection in connections:
        connection.sendall(beginning(port, "Content-Length: 9") + b"{")
    assert serves(port)  # meanwhile, too
    for connection in connections:
        answer = read_all(connection)
        connection.close()
        assert answer.startswith("HTTP/1.1 408 ")
        assert "had not all come after 0.3 s: send it again." in answer
    assert serves(port)


def test_clients_that_go_away_leave_it_serving(port: int, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(100):
        with connected(port) as connection:
            connection.sendall(beginning(port, "Content-Length: 9") + b"{")
        with connected(port) as connection:
            connection.sendall(beginning(port, path="/api/events").replace(b"POST", b"GET"))
    assert serves(port)
    assert "Traceback" not in caplog.text


def test_events_come_piece_by_piece(port: int) -> None:
    url, headers = f"http://127.0.0.1:{port}/api/events", {"X-Echoscope-Token": TOKEN}
    with httpx.stream("GET", url, headers=headers, trust_env=False) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        pieces = answer.iter_text()
        for number in range(3):
            PIECES.release()  # no sooner is the next one made
            assert next(pieces) == f"data: {number}\n\n"
        assert list(pieces) == []


def test_an_answer_that_fails_half_way_is_cut_off(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    url, headers = f"http://127.0.0.1:{port}/api/half", {"X-Echoscope-Token": TOKEN}
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        httpx.get(url, headers=headers, trust_env=False)
    assert serves(port)
    assert "The lab failed at GET '/api/half'." in caplog.text
    assert "RuntimeError" not in caplog.text  # no second answer is begun
