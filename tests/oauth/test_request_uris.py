"""Signed requests that the portal fetches from the app (Core 6.2); CONFORMANCE 5, SECURITY C-9."""

import socket

import pytest
from flask.testing import FlaskClient

from portal.clients.rules import Switches
from tests.infra.listeners import Listen, listen, says
from tests.oauth.conftest import RegisterApp
from tests.oauth.signing_requests import signed
from tests.oauth.steps import answer_consent, authorize, returned
from tests.support.signing import key_set, rsa_key

__all__ = ["listen"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LOOPBACK = pytest.mark.settings(fetch_loopback=True)


@LOOPBACK
def test_request_urisigned(visitor: FlaskClient, register_app: RegisterApp, listen: Listen) -> None:
    """oidcc-request-uri-signed-rs256: registered with a fragment, fetched without it, and once."""
    body: dict[str, bytes] = {}

    def answer(connection: socket.socket) -> None:
        says(body["now"], kind="application/jwt")(connection)

    server = listen(answer)
    uri = f"http://localhost:{server.port}/request"
    switches = Switches(request_uris=(f"{uri}#registered",), request_object_signing_alg="RS256")
    key = rsa_key("RS256")
    app = register_app("web", jwks=key_set(key), switches=switches.document())
    body["now"] = signed(app, key=key, state="inner", typ=None).encode()
    outer = {"client_id": app.client_id, "response_type": "code", "scope": "openid"}
    for fragment in ("#abc", "#abc"):
        page = authorize(visitor, {**outer, "request_uri": f"{uri}{fragment}"})
        assert returned(answer_consent(visitor, page, "deny"))["state"] == "inner"
    assert server.connections == 1
    assert b"#" not in server.requests[0]
    body["now"] = b"nothing of the kind"
    refused = visitor.get("/oauth2/authorize", query_string={**outer, "request_uri": f"{uri}#other"})
    assert "invalid_request_object" in refused.text, "another fragment is another document"


@LOOPBACK
def test_request_uri_of_nobody(visitor: FlaskClient, register_app: RegisterApp, listen: Listen) -> None:
    """CVE-2020-10770 and its like: only registered addresses are fetched, and only request objects taken."""
    server = listen(says(b"{}", kind="application/json"))
    uri = f"http://localhost:{server.port}/request"
    app = register_app("web", switches=Switches(request_uris=(uri,)).document())
    for wrong in (
        f"{uri}/",
        f"{uri}?x=1",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "urn:x",
        "data:,x",
    ):
        back = returned(authorize(visitor, app.request(request_uri=wrong)))
        assert back["error"] == "invalid_request_uri", wrong
    assert server.connections == 0
    for _ in range(3):
        assert returned(authorize(visitor, app.request(request_uri=uri)))["error"] == "invalid_request_uri"
    assert server.connections == 1, "that there is none is remembered too"


def test_no_registration_leads_into_the_house(
    visitor: FlaskClient, register_app: RegisterApp, listen: Listen
) -> None:
    """CVE-2020-10770: without the setting for trials an address of this machine is not fetched, registered or not."""
    server = listen(says(b"x", kind="application/jwt"))
    for host in ("localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433"):
        uri = f"https://{host}:{server.port}/request"
        app = register_app("web", switches=Switches(request_uris=(uri,)).document())
        assert returned(authorize(visitor, app.request(request_uri=uri)))["error"] == "invalid_request_uri"
    assert server.connections == 0
