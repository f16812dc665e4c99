"""An app's part of the protocol, step by step: what a client library does, in the open."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ISSUER = "http://localhost"
CALLBACK = "https://kestrel.example/callback"
LEFT = "https://kestrel.example/left"
SCOPE = "openid profile email offline_access"


@dataclass(frozen=True, kw_only=True)
class App:
    """A registered client, from its own side."""

    client_id: str
    secret: str | None = field(repr=False)
    auth_method: str
    redirect_uri: str = CALLBACK

    def request(self, **changes: str | None) -> dict[str, str]:
        """Parameters of a usual authorization request; None leaves one out."""
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPE,
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and form fields that prove who speaks."""
        if self.auth_method == "client_secret_basic":
            pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}, {}
        if self.auth_method == "client_secret_post":
            return {}, {"client_id": self.client_id, "client_secret": self.secret or ""}
        return {}, {"client_id": self.client_id}

    def post(self, program: FlaskClient, path: str, **form: str | None) -> TestResponse:
        """A posted form with this app's credentials."""
        headers, fields = self.credentials()
        given = {name: value for name, value in form.items() if value is not None}
        return program.post(path, data={**fields, **given}, headers=headers)

    def redemption(self, code: str) -> dict[str, str]:
        """Parameters of a usual token request for a code."""
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        }

    def redeem(self, program: FlaskClient, code: str, **changes: str | None) -> TestResponse:
        return self.post(program, "/oauth2/token", **{**self.redemption(code), **changes})

    def refresh(self, program: FlaskClient, refresh_token: str, **changes: str | None) -> TestResponse:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        return self.post(program, "/oauth2/token", **form)


VERIFIER = secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """S256, by our own arithmetic (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorize(visitor: FlaskClient, parameters: Mapping[str, str]) -> TestResponse:
    """What the browser gets for an authorization request, up to the first page or the way back to the app."""
    return follow(visitor, visitor.get("/oauth2/authorize", query_string=dict(parameters)))


def follow(visitor: FlaskClient, answer: TestResponse) -> TestResponse:
    """Follow redirects within the portal; one that leaves it is left standing."""
    for _ in range(5):
        location = answer.headers.get("Location", "")
        if answer.status_code != 303 or not location.startswith("/"):
            return answer
        answer = visitor.get(location)
    raise AssertionError(f"too many redirects, the last to {answer.headers['Location']}")


def hidden_fields(page: TestResponse, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes to this path."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page.text, re.DOTALL)
    if form is None:
        raise AssertionError(f"no form for {action} on the page:\n{page.text}")
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in inputs}


def answer_consent(
    visitor: FlaskClient, page: TestResponse, decision: str = "allow", scopes: tuple[str, ...] = ()
) -> TestResponse:
    """Press a button of the consent page, with these optional scopes ticked."""
    form: dict[str, Any] = hidden_fields(page, "/oauth2/consent")
    return follow(
        visitor, visitor.post("/oauth2/consent", data={**form, "decision": decision, "scope": list(scopes)})
    )


def returned(answer: TestResponse) -> dict[str, str]:
    """The parameters with which the browser is sent back to the app."""
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query, keep_blank_values=True))


def sign_in_to(visitor: FlaskClient, app: App, **changes: str | None) -> dict[str, str]:
    """The whole way of a signed-in person who says yes; what the app gets back."""
    answer = authorize(visitor, app.request(**changes))
    if answer.status_code == 200:
        answer = answer_consent(visitor, answer, scopes=("roles", "groups", "permissions"))
    return returned(answer)


def tokens_for(visitor: FlaskClient, app: App, **changes: str | None) -> dict[str, Any]:
    """The same, and the code redeemed."""
    answer = app.redeem(visitor, sign_in_to(visitor, app, **changes)["code"])
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.get_json()
    return tokens


def userinfo(program: FlaskClient, access_token: str) -> TestResponse:
    return program.get("/oauth2/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def payload_of(token: str) -> dict[str, Any]:
    """The claims inside a JWT, unverified."""
    return part_of(token, 1)


def part_of(token: str, index: int) -> dict[str, Any]:
    text = token.split(".")[index]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return decoded
