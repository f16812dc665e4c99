"""Visitors without a script: they open pages, fill in forms and read what comes."""

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.steps import PASSWORD

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def token_on(page: TestResponse) -> str:
    """The CSRF token of the first form on a page."""
    found = TOKEN.search(page.text)
    if found is None:
        raise LookupError(f"no form on {page.request.path}: {page.status}")
    return found[1]


def send(client: FlaskClient, path: str, *, page: str | None = None, **fields: str) -> TestResponse:
    """Open the page (or another one), fill in its form and send it to `path`."""
    opened = client.get(page or path)
    return client.post(path, data={"csrf_token": token_on(opened), **fields})


def sign_in(client: FlaskClient, identifier: str, password: str = PASSWORD, **fields: str) -> TestResponse:
    """Both steps; the answer of the second."""
    send(client, "/login", identifier=identifier, **fields)
    return send(client, "/login/password", identifier=identifier, password=password, **fields)


def words_on(page: TestResponse) -> str:
    """What a person reads: no markup, no space that nobody sees."""
    body = re.sub(r"<(script|style|head).*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def cookie(page: TestResponse, name: str) -> str | None:
    """The `Set-Cookie` line for this cookie, if the answer has one."""
    lines = page.headers.getlist("Set-Cookie")
    return next((line for line in lines if line.startswith(f"{name}=")), None)


def without_chance(text: str) -> str:
    """A page without what differs by design from one answer to the next: nonces, tokens, references."""
    return re.sub(r'nonce-[\w-]+|nonce="[^"]+"|value="[^"]{40,}"|req_\w+', "*", text)
