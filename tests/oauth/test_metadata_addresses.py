"""Every advertised address answers, none is kept quiet, and of all that is advertised nothing was left untried."""

import json
import socket
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from tests.infra.listeners import Listen, listen, says
from tests.oauth import test_metadata_registered, test_metadata_requests
from tests.oauth.advertised import EVERYTHING, USED, metadata, path_of, uses
from tests.oauth.leaving import Listening, calls, listening, receiver
from tests.oauth.steps import (
    CALLBACK,
    ISSUER,
    App,
    answer_consent,
    authorize,
    payload_of,
    returned,
    tokens_for,
)

__all__ = [
    "listen",
    "listening",
    "metadata",
    "receiver",
    "test_metadata_registered",
    "test_metadata_requests",
]

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(**EVERYTHING, fetch_loopback=True),
]


@uses(
    "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "introspection_endpoint",
    "revocation_endpoint", "device_authorization_endpoint", "end_session_endpoint", "registration_endpoint",
    "pushed_authorization_request_endpoint",
)  # fmt: skip
def test_every_address_answers_in_its_own_words(program: FlaskClient, metadata: dict[str, Any]) -> None:
    """Without credentials: a page where people come by, a challenge or a clear error where programs call."""
    assert metadata["issuer"] == ISSUER
    expected = {
        "authorization_endpoint": (400, "text/html"),
        "token_endpoint": (401, "application/json"),
        "userinfo_endpoint": (401, "application/json"),
        "jwks_uri": (200, "application/json"),
        "introspection_endpoint": (401, "application/json"),
        "revocation_endpoint": (401, "application/json"),
        "device_authorization_endpoint": (401, "application/json"),
        "end_session_endpoint": (303, "text/html"),
        "registration_endpoint": (400, "application/json"),
        "pushed_authorization_request_endpoint": (401, "application/json"),
    }
    found = {}
    for member in metadata:
        if member.endswith(("_endpoint", "_uri")):
            is_read = member in {
                "authorization_endpoint",
                "jwks_uri",
                "end_session_endpoint",
                "userinfo_endpoint",
            }
            answer = (program.get if is_read else program.post)(path_of(metadata, member))
            found[member] = (answer.status_code, answer.mimetype)
    assert found == expected


def test_no_address_of_the_protocol_is_kept_quiet(app: Flask, metadata: dict[str, Any]) -> None:
    told = {value.removeprefix(ISSUER) for value in metadata.values() if isinstance(value, str)}
    quiet = {
        rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("oauth.", "oauth_pages."))
    }
    assert quiet - told == {
        "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server",
        "/device", "/device/done", "/device/qr.svg", "/device/review", "/oauth2/apps/<uuid:client_pk>/logo",
        "/oauth2/authorize/account", "/oauth2/authorize/resume", "/oauth2/consent", "/oauth2/logout/confirm",
        "/oauth2/register/<client_id>", "/oauth2/signed-out",
    }  # fmt: skip


@uses("client_id_metadata_document_supported")
def test_an_app_is_known_by_its_document(
    visitor: FlaskClient, listen: Listen, metadata: dict[str, Any]
) -> None:
    document: dict[str, Any] = {"client_name": "Kestrel", "redirect_uris": [CALLBACK]}

    def answer(connection: socket.socket) -> None:
        says(json.dumps(document).encode(), kind="application/json")(connection)

    document["client_id"] = f"http://localhost:{listen(answer).port}/client.json"
    app = App(client_id=document["client_id"], secret=None, auth_method="none")
    assert "code" in returned(answer_consent(visitor, authorize(visitor, app.request(scope="openid"))))
    assert metadata["client_id_metadata_document_supported"] is True


@uses(
    "backchannel_logout_supported", "backchannel_logout_session_supported", "frontchannel_logout_supported",
    "frontchannel_logout_session_supported", "end_session_endpoint",
)  # fmt: skip
def test_apps_are_told_of_the_end_in_both_ways(
    portal: Portal, visitor: FlaskClient, listening: Listening, metadata: dict[str, Any]
) -> None:
    app = listening(
        frontchannel_logout_uri="https://kestrel.example/gone", frontchannel_logout_session_required=True
    )
    sid = payload_of(tokens_for(visitor, app)["id_token"])["sid"]
    page = visitor.get(
        "/oauth2/logout", query_string={"id_token_hint": _hint(visitor, app)}, follow_redirects=True
    )
    assert f"sid={sid}" in page.text
    assert len(calls(portal)) == 1
    flags = {name: value for name, value in metadata.items() if "channel_logout" in name}
    assert set(flags.values()) == {True}


def _hint(visitor: FlaskClient, app: App) -> str:
    return str(tokens_for(visitor, app, prompt="none")["id_token"])


def test_nothing_that_is_advertised_was_left_out(metadata: dict[str, Any]) -> None:
    assert set(metadata) == USED
