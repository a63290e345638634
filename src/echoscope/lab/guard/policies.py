"""What a browser may do with the lab's answers: run and show what the lab itself sent, ask nobody
else, and be framed by nobody else.
"""

from starlette.datastructures import MutableHeaders

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
# A stored report has its scripts inline, and Vega builds functions from its charts' formulas. Its
# sandbox takes the lab's origin from it, and with that the lab's cookie.
REPORT = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval';"
    " style-src 'unsafe-inline'; img-src data: blob:; font-src data:; connect-src 'none';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
EVERY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def add_policies(headers: MutableHeaders, path: str) -> None:
    """Set the policies of an answer, by the path that was asked for; a stricter one of its own it
    keeps.

    >>> headers = MutableHeaders()
    >>> add_policies(headers, "/report/lag")
    >>> headers["Content-Security-Policy"].split(";")[0], headers["X-Frame-Options"]
    ('sandbox allow-scripts', 'SAMEORIGIN')
    """
    report = path.startswith("/report/")
    headers.update(EVERY)
    headers.setdefault("Content-Security-Policy", REPORT if report else PAGE)
    headers["X-Frame-Options"] = "SAMEORIGIN" if report else "DENY"
    if not report:  # browsers refuse to open a page in a tab that has this and a sandbox
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if path == "/api" or path.startswith("/api/"):
        headers["Cache-Control"] = "no-store"
