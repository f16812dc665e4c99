"""Whoever names an address as a client id decides what we read there: anything, and always there is an answer."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.test_protocol import EXAMPLES, JSON_VALUES, MEMBERS, assert_clear
from tests.fuzz.test_routes import PHASES
from tests.infra.listeners import Listen, listen, says
from tests.oauth.conftest import program
from tests.oauth.steps import CALLBACK, App
from tests.support.signing import OwnKey, key_set

if TYPE_CHECKING:
    import socket

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.infra.listeners import Listener

__all__ = ["listen", "program"]

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(client_id_documents=True, fetch_loopback=True),
]


class Shelf:
    """A server of documents that are each asked for once, by visitors of whom each asks once."""

    def __init__(self, listen: Listen, program: FlaskClient) -> None:
        self.program, self.numbers, self.body = program, count(), b""
        self.head: dict[str, str] = {}
        self.server: Listener = listen(self._answer)

    def _answer(self, connection: socket.socket) -> None:
        says(self.body, **self.head)(connection)

    def address(self) -> str:
        self.number = next(self.numbers)
        return f"http://localhost:{self.server.port}/{self.number}/client.json"

    def ask(self, address: str, body: bytes, **head: str) -> list[TestResponse]:
        """As a browser that is sent here, and as an app that pushes its request first."""
        self.body, self.head = body, head
        app = App(client_id=address, secret=None, auth_method="none")
        where = {"REMOTE_ADDR": f"198.18.{self.number // 250}.{self.number % 250 + 1}"}
        page = self.program.get("/oauth2/authorize", query_string=app.request(), environ_overrides=where)
        pushed = self.program.post("/oauth2/par", data=app.request(), environ_overrides=where)
        return [page, pushed]


@pytest.fixture
def shelf(listen: Listen, program: FlaskClient) -> Shelf:
    return Shelf(listen, program)


def assert_answered(answers: list[TestResponse]) -> bool:
    """The same at both doors; whether the document makes an app."""
    page, pushed = answers
    assert_clear(pushed)
    is_app = pushed.status_code == 201
    if page.status_code == 400:
        assert not is_app
        assert "The app&#39;s description can&#39;t be used" in page.text
        assert "Why" in page.text
    else:
        assert page.status_code == 303, page.text
        assert page.headers["Location"].startswith(("/login?", CALLBACK))
    return is_app


@settings(max_examples=EXAMPLES * 2, deadline=None, phases=PHASES)
@given(data=st.data())
def test_whatever_a_document_says_is_answered(shelf: Shelf, data: st.DataObject) -> None:
    address = shelf.address()
    good: dict[str, Any] = {"client_id": address, "redirect_uris": [CALLBACK], "client_name": "Kestrel"}
    wish = good | data.draw(st.dictionaries(st.sampled_from(MEMBERS), JSON_VALUES, max_size=3))
    body = json.dumps(wish, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
    assert_answered(shelf.ask(address, body))


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES)
@given(
    body=st.binary(max_size=60)
    | st.text(max_size=20).map(str.encode)
    | JSON_VALUES.map(json.dumps).map(str.encode)
)
def test_whatever_else_is_there_is_no_app(shelf: Shelf, body: bytes) -> None:
    assert not assert_answered(shelf.ask(shelf.address(), body))


def test_documents_of_strange_sizes_and_forms(shelf: Shelf) -> None:
    """Towers, walls, two of one name, other encodings, numbers without end, and keys that are none."""
    own = '{{"client_id": "{}", "redirect_uris": ["{}"], {}}}'
    for more in (
        '"x": ' + "[" * 2000 + "]" * 2000,
        '"x": ' + '{"a":' * 200 + "1" + "}" * 200,
        f'"contacts": {json.dumps([str(number) for number in range(600)])}',
        '"redirect_uris": [' + ",".join([f'"{CALLBACK}"'] * 100) + ', "javascript:alert(1)"]',
        '"client_id": "https://other.example/x"',
        '"default_max_age": ' + "9" * 400,
        '"default_max_age": 1e999',
        '"default_max_age": NaN',
        '"client_name": "\\ud800"',
        '"client_name": "a\\u0000b"',
        '"jwks": {"keys": [{"kty": "RSA", "n": "AQAB", "e": "' + "A" * 1400 + '"}]}',
        '"jwks": {"keys": ' + json.dumps([key_set(OwnKey())["keys"][0]] * 21) + "}",
        '"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}]}',
    ):
        address = shelf.address()
        assert not assert_answered(shelf.ask(address, own.format(address, CALLBACK, more).encode())), more[
            :60
        ]
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        address = shelf.address()
        body = own.format(address, CALLBACK, '"client_name": "Kestrel"').encode(encoding)
        assert not assert_answered(shelf.ask(address, body)), encoding
    for size in (5 * 1024 + 1, 70_000, 1_000_000):
        assert not assert_answered(shelf.ask(shelf.address(), b" " * size))


HEADS: Final[tuple[dict[str, str], ...]] = (
    *({"status": f"{code} Elsewhere", "more": "Location: {own}\r\n"} for code in (301, 302, 303, 307, 308)),
    {"kind": "application/octet-stream"},
    {"status": "204 No Content"},
    {"status": "500 Oops"},
    {"more": "Content-Encoding: gzip\r\n"},
    {"more": "Content-Length: 3\r\n"},
    {"more": "X: " + "y" * 200_000 + "\r\n"},
    {"status": "999999999999 ?"},
    {"status": "\x00"},
)


def test_servers_that_say_something_else(shelf: Shelf) -> None:
    """A good document behind a redirect, or in a wrapping that nobody asked for."""
    for number, head in enumerate(HEADS, 1):
        address = shelf.address()
        body = json.dumps({"client_id": address, "redirect_uris": [CALLBACK]}).encode()
        sent = {name: value.replace("{own}", address) for name, value in head.items()}
        assert not assert_answered(shelf.ask(address, body, **sent)), head
        assert shelf.server.connections == number, (
            "no redirect is followed, and nothing is asked again at once"
        )
