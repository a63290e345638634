"""Which requests are the lab's own page's: by their Host, Origin, method, sizes and token."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from secrets import compare_digest
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from echoscope.errors import shown
from echoscope.lab.guard.bodies import most_of, refuse_length, takes_files
from echoscope.lab.guard.refusal import NO_TOKEN, REMEDY, Refusal

METHODS = ("GET", "HEAD", "POST")
KINDS = ("application/json", "application/octet-stream")
MOST_ADDRESS = 8192  # bytes of a path and its query
MOST_HEADERS = 32_768  # bytes: the cookies of all ports of this computer come along


@dataclass(frozen=True)
class Rules:
    """What a lab with this token at this port takes. A token has 16 letters, digits, `-` and `_` or
    more; a `ValueError` otherwise.

    >>> rules = Rules(token="0123456789abcdef", port=8765)
    >>> rules.cookie, rules.hosts
    ('echoscope-8765', ('127.0.0.1:8765', 'localhost:8765'))
    """

    token: str
    port: int

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,}", self.token):
            raise ValueError("A token has 16 letters, digits, - and _ or more.")

    @cached_property
    def cookie(self) -> str:
        """The name of the cookie that has the token: cookies are of all ports."""
        return f"echoscope-{self.port}"

    @cached_property
    def hosts(self) -> tuple[str, str]:
        """Where the lab is, as a browser says it."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    @cached_property
    def origins(self) -> tuple[str, ...]:
        """What a browser calls the lab's own pages."""
        return tuple(f"http://{host}" for host in self.hosts)

    def refusal(self, scope: Scope) -> Refusal | None:
        """The first reason not to read a request's body, or none."""
        headers = Headers(scope=scope)
        checks = (self._sizes, self._host, self._origin, self._token, self._content)
        return next((reason for check in checks for reason in check(scope, headers)), None)

    def enters(self, scope: Scope) -> bool:
        """Whether a request opens the printed address, `/?token=...`."""
        if (scope["method"], scope["path"]) != ("GET", "/"):
            return False
        query = parse_qs(scope["query_string"].decode("latin-1"))
        return self._right(query.get("token", [""])[0])

    def _right(self, token: str) -> bool:
        return compare_digest(token.encode(), self.token.encode())

    def _sizes(self, scope: Scope, headers: Headers) -> Iterator[Refusal]:
        address = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
        if address > MOST_ADDRESS:
            yield Refusal(
                414,
                f"An address has at most {MOST_ADDRESS:,} bytes, this one has {address:,}: send"
                " less in it.",
            )
        size = sum(len(name) + len(value) for name, value in headers.raw)
        if size > MOST_HEADERS:
            yield Refusal(
                431,
                f"Headers have at most {MOST_HEADERS:,} bytes, these have {size:,}: remove the"
                " browser's cookies of 127.0.0.1 and localhost.",
            )

    def _host(self, scope: Scope, headers: Headers) -> Iterator[Refusal]:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            yield Refusal(
                421,
                f"The lab answers at {self.hosts[0]} and {self.hosts[1]}, not at"
                f" {shown(', '.join(hosts))}: {REMEDY}",
            )

    def _origin(self, scope: Scope, headers: Headers) -> Iterator[Refusal]:
        origins, site = headers.getlist("origin"), headers.get("sec-fetch-site", "")
        if len(origins) > 1 or not set(origins) <= set(self.origins):
            yield Refusal(
                403, f"A page of {shown(', '.join(origins))} may not use the lab: {REMEDY}"
            )
        # A browser sends no Origin with what it gets for a page, such as a picture or a script.
        if site not in ("", "same-origin", "none") and headers.get("sec-fetch-mode") != "navigate":
            yield Refusal(403, f"A page of another site may not use the lab: {REMEDY}")
        if scope["method"] not in METHODS:
            yield Refusal(
                405, f"The lab answers GET, HEAD and POST, not {shown(scope['method'])}: use those."
            )
        if scope["method"] == "POST" and not origins and site != "same-origin":
            yield Refusal(
                403,
                "What is sent to the lab comes from its own page, with the header Origin:"
                f" {self.origins[0]}, and this has none: {REMEDY}",
            )

    def _token(self, scope: Scope, headers: Headers) -> Iterator[Refusal]:
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        tokens = (headers.get("x-echoscope-token", ""), cookies.get(self.cookie, ""))
        if not (any(map(self._right, tokens)) or self.enters(scope)):
            yield Refusal(403, NO_TOKEN)

    def _content(self, scope: Scope, headers: Headers) -> Iterator[Refusal]:
        path = scope["path"]
        kinds = KINDS if takes_files(path) else KINDS[:1]
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] == "POST" and kind not in kinds:
            yield Refusal(
                415,
                f"What is sent to {shown(path)} has the Content-Type {' or '.join(kinds)}, not"
                f" {shown(kind)}: send it so.",
            )
        refusal = refuse_length(headers.get("content-length"), most_of(path))
        if refusal is not None:
            yield refusal
