"""From a request as it lies on the wire to the portal's answer, without a client library that would mend it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import session as state_cookie
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from tests.fuzz.hostile import Sent

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Browser:
    """What a browser brings along: its cookies, and the token of the forms that it was shown."""

    cookies: Mapping[str, str]
    csrf_token: str

    @classmethod
    def of(cls, client: "FlaskClient") -> "Browser":
        """The one that this test client plays, after it has been shown a form."""
        app: Flask = client.application
        with client.session_transaction() as state, app.test_request_context():
            token = generate_csrf()
            state.update(state_cookie)
        cookies = {cookie.key: cookie.value for cookie in (client._cookies or {}).values()}
        return cls(cookies, token)


def send(app: "Flask", sent: Sent, browser: Browser) -> Answer:
    """The answer. An exception that gets out of the application is a failure of the test."""
    chunks, status, headers = run_wsgi_app(app.wsgi_app, _environ(sent, browser), buffered=True)
    return Answer(int(status.partition(" ")[0]), headers, b"".join(chunks))


def _environ(sent: Sent, browser: Browser) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    given = {
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": f"{sent.cookies}; {cookies}" if sent.cookies else cookies,
        "CONTENT_TYPE": sent.content_type,
        "CONTENT_LENGTH": str(len(sent.body)),
        **_csrf(sent, browser),
        **{_variable(name): value for name, value in sent.headers},
    }
    return {
        "REQUEST_METHOD": sent.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": sent.path_bytes,
        "QUERY_STRING": sent.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(sent.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **given,
    }


def _variable(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"


def _csrf(sent: Sent, browser: Browser) -> dict[str, str]:
    tokens = {"right": browser.csrf_token, "wrong": f"{browser.csrf_token}x"}
    return {"HTTP_X_CSRFTOKEN": tokens[sent.csrf]} if sent.csrf in tokens else {}
