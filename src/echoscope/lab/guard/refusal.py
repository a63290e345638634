"""What the lab answers to a request that it does not carry out: a status of HTTP and a sentence."""

import base64
import hashlib
import json
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

REMEDY = "open the address that `echoscope lab` printed."
NO_TOKEN = f"This request has not the token of this lab: {REMEDY}"
FAILED = "The lab failed at this request, and its terminal says why: reload the page and try again."
PAGE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="color-scheme" content="light dark">\n<title>Echoscope: no token</title>\n'
    "{again}</head>\n<body>\n<main>\n<h1>This page needs its token</h1>\n<p>Open the address that"
    " <code>echoscope lab</code> printed: it has the token of this lab.</p>\n"
    "</main>\n</body>\n</html>\n"
)
# Where a link of another page led here, a browser sends no strict cookie, and does when this page
# asks itself. What the link says behind its # comes along: another query, as else the page would
# only be moved in.
AGAIN_SCRIPT = 'location.replace("/?again" + location.hash)'
AGAIN = (
    f"<script>{AGAIN_SCRIPT}</script>\n"
    '<noscript><meta http-equiv="refresh" content="0; url=/"></noscript>\n'
)
HASH = base64.b64encode(hashlib.sha256(AGAIN_SCRIPT.encode()).digest()).decode()
ONLY_THAT = {"Content-Security-Policy": f"default-src 'none'; script-src 'sha256-{HASH}'"}


@dataclass(frozen=True)
class Refusal:
    """Why a request is not carried out."""

    status: int
    sentence: str


def answer_of(refusal: Refusal, scope: Scope) -> Response:
    """A refusal as JSON, `{"error": sentence}`; as a page where a person opened `/` without its
    token. The connection ends with it, for what else comes in it is not read.

    >>> answer_of(Refusal(400, "Units are 1 or more."), {"method": "GET", "path": "/api"}).body
    b'{"error": "Units are 1 or more."}'
    """
    headers = {"Cache-Control": "no-store", "Connection": "close"}
    if refusal.status == 405:
        headers["Allow"] = "GET, HEAD, POST"
    if refusal.sentence == NO_TOKEN and (scope["method"], scope["path"]) == ("GET", "/"):
        link = Headers(scope=scope).get("sec-fetch-site") in ("cross-site", "same-site")
        headers |= ONLY_THAT if link else {}
        return HTMLResponse(PAGE.format(again=AGAIN if link else ""), refusal.status, headers)
    text = json.dumps({"error": refusal.sentence})  # in ASCII: half a character, too, can be said
    return Response(text, refusal.status, headers, "application/json")
