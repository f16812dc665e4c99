"""Apps that prove themselves by keys: what a client library signs for each request, in the open."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.oauth.steps import ISSUER, App
from tests.support.signing import OwnKey, key_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.oauth.conftest import RegisterApp

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN = "/oauth2/token"
USERINFO = "/oauth2/userinfo"


@dataclass(frozen=True, kw_only=True)
class SigningApp(App):
    """An app that signs: its assertions with `key`, if it is registered for that, its proofs with `dpop`."""

    key: OwnKey | None = field(default=None, repr=False)
    dpop: OwnKey | None = field(default=None, repr=False)

    def assertion(self, **changes: Any) -> str:  # noqa: ANN401 - any claim; None leaves one out
        assert self.key is not None
        return self.key.sign(assertion_claims(self.client_id, **changes))

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        if self.key is None:
            return super().credentials()
        return {}, {"client_assertion_type": ASSERTION, "client_assertion": self.assertion()}

    def post(self, program: FlaskClient, path: str, **form: str | None) -> TestResponse:
        headers, fields = self.credentials()
        if self.dpop is not None:
            headers["DPoP"] = proof(self.dpop, path)
        given = {name: value for name, value in form.items() if value is not None}
        return program.post(path, data={**fields, **given}, headers=headers)

    def userinfo(self, program: FlaskClient, access_token: str) -> TestResponse:
        assert self.dpop is not None
        headers = {
            "Authorization": f"DPoP {access_token}",
            "DPoP": proof(self.dpop, USERINFO, htm="GET", access_token=access_token),
        }
        return program.get(USERINFO, headers=headers)

    def with_dpop(self, key: OwnKey | None) -> SigningApp:
        return replace(self, dpop=key)


def signing_app(
    register_app: RegisterApp, kind: str = "web", key: OwnKey | None = None, **columns: object
) -> SigningApp:
    """A registered app that signs its assertions."""
    key = key or OwnKey()
    method = {"token_endpoint_auth_method": "private_key_jwt", "jwks": key_set(key)}
    app = register_app(kind, **{**method, **columns})
    return SigningApp(**{**vars(app), "key": key})


def proving_app(app: App, dpop: OwnKey | None = None) -> SigningApp:
    """The same app, with a DPoP key."""
    return SigningApp(**{**vars(app), "dpop": dpop or OwnKey()})


def assertion_claims(client_id: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    now = int(time.time())
    usual = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "jti": secrets.token_hex(8),
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def proof(
    key: OwnKey,
    path: str,
    *,
    access_token: str | None = None,
    header: dict[str, Any] | None = None,
    **changes: Any,  # noqa: ANN401 - any claim; None leaves one out
) -> str:
    """A DPoP proof for a POST to this path of ours."""
    usual: dict[str, Any] = {
        "jti": secrets.token_hex(8),
        "htm": "POST",
        "htu": f"{ISSUER}{path}",
        "iat": int(time.time()),
        "ath": hash_of(access_token) if access_token else None,
    }
    claims = {name: value for name, value in {**usual, **changes}.items() if value is not None}
    return key.sign(claims, **{"typ": "dpop+jwt", "jwk": key.bare, "kid": None, **(header or {})})


def hash_of(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def ask_by(
    program: FlaskClient, assertion: str, form: Mapping[str, str] | None = None, path: str = TOKEN
) -> TestResponse:
    usual = {
        "grant_type": "client_credentials",
        "token": "x",
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion,
    }
    return program.post(path, data={**usual, **(form or {})})


def is_refused(answer: TestResponse) -> bool:
    return answer.status_code == 401 and answer.get_json()["error"] == "invalid_client"
