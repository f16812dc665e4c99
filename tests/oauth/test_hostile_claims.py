"""Signed by whoever sends it, and full of what no clock, no column and no encoding holds: refused, never a fault.

Whatever a client signs is read before anybody knows who signed it, and a DPoP proof brings its own key along: so
everybody can send these.
"""

from __future__ import annotations

import json
import secrets
import time
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from portal.grants.rules.token_forms import form_of
from tests.oauth.proving import TOKEN, USERINFO, SigningApp, ask_by, proof, signing_app
from tests.oauth.steps import ISSUER, payload_of, tokens_for
from tests.support.signing import OwnKey, raw_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.oauth.conftest import RegisterApp
    from tests.oauth.steps import App

LONE = '"\\ud800"'
"""Half of a character: JSON can say it, and neither UTF-8 nor a database can keep it."""
NUL = '"a\\u0000b"'
HUGE = "1" + "0" * 400
"""More than any float, and short enough for a token."""
ENDLESS = "1e999"
TEXTS = (LONE, NUL)
NUMBERS = (HUGE, f"-{HUGE}", ENDLESS, f"-{ENDLESS}", "NaN")

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def signed(key: OwnKey, typ: str, claims: dict[str, Any], name: str, value: str, **header: object) -> str:
    """A token with one member of its body, or `kid` of its head, written as given."""
    head = {"alg": key.algorithm, "typ": typ, "kid": key.kid, **header}
    head = {one: what for one, what in head.items() if what is not None}
    if name == "kid":
        return raw_token(key, _written(head, name, value), json.dumps(claims))
    return raw_token(key, json.dumps(head), _written(claims, name, value))


def _written(members: dict[str, Any], name: str, value: str) -> str:
    others = json.dumps({one: what for one, what in members.items() if one != name})[1:-1]
    return f'{{"{name}": {value}, {others}}}'


def hostile(texts: Iterable[str], numbers: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Members, and what is written there."""
    yield from product(texts, TEXTS)
    yield from product(numbers, NUMBERS)


@pytest.fixture
def machine(register_app: RegisterApp) -> SigningApp:
    grants = ["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
    return signing_app(register_app, "service", grant_types=grants)


def claims_of(app: App, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any claim
    now = int(time.time())
    usual = {"iss": app.client_id, "sub": app.client_id, "aud": ISSUER, "jti": secrets.token_hex(8)}
    return {**usual, "iat": now, "exp": now + 60, **changes}


def claims_of_proof(key: OwnKey, path: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return payload_of(proof(key, path, **changes))


def refused(answer: TestResponse) -> str:
    assert answer.status_code in {400, 401}, answer.text
    body = answer.get_json()
    assert body["error_description"]
    return str(body["error"])


def test_an_assertion_of_what_nobody_can_keep(program: FlaskClient, machine: SigningApp) -> None:
    assert machine.key is not None
    for name, value in hostile(("sub", "iss", "jti", "kid"), ("exp", "iat", "nbf")):
        text = signed(machine.key, "JWT", claims_of(machine), name, value)
        assert refused(ask_by(program, text)) == "invalid_client", (name, value)
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": text}
        assert refused(program.post(TOKEN, data=grant)) == "invalid_grant", (name, value)


@on_one_database
@pytest.mark.settings(dpop_nonces=True)
def test_a_proof_of_what_nobody_can_keep(visitor: FlaskClient, program: FlaskClient, web_app: App) -> None:
    key, token = OwnKey(), tokens_for(visitor, web_app)["access_token"]
    headers, fields = web_app.credentials()
    form = {**fields, "grant_type": "refresh_token", "refresh_token": "x"}
    asking, showing = (
        claims_of_proof(key, TOKEN),
        claims_of_proof(key, USERINFO, htm="GET", access_token=token),
    )
    for name, value in hostile(("jti", "nonce", "ath", "kid"), ("iat", "exp", "nbf")):
        bad, worse = (
            signed(key, "dpop+jwt", usual, name, value, jwk=key.bare) for usual in (asking, showing)
        )
        asked = program.post(TOKEN, data=form, headers={**headers, "DPoP": bad})
        assert refused(asked) == "invalid_dpop_proof", (name, value)
        shown = program.get(USERINFO, headers={"Authorization": f"DPoP {token}", "DPoP": worse})
        assert shown.status_code == 401, (name, value)


@on_one_database
def test_a_request_object_of_what_nobody_can_keep(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = signing_app(register_app)
    assert app.key is not None
    now = int(time.time())
    inner = {**app.request(), "aud": ISSUER, "iss": app.client_id, "exp": now + 60, "nbf": now}
    for name, value in hostile(("state", "nonce", "client_id", "claims", "kid"), ("exp", "nbf", "max_age")):
        text = signed(app.key, "oauth-authz-req+jwt", inner, name, value)
        pushed = app.post(program, "/oauth2/par", request=text)
        assert refused(pushed) == "invalid_request_object", (name, value)
        page = visitor.get("/oauth2/authorize", query_string={"client_id": app.client_id, "request": text})
        assert page.status_code == 400, (name, value)


def test_a_pasted_token_of_what_nobody_can_keep() -> None:
    """The inspector looks up key and app, whatever they are called, and finds nothing to look up."""
    for name, value in hostile(("kid", "iss", "aud", "sid"), ("exp", "kid")):
        form = form_of(signed(OwnKey(), "JWT", {"iss": ISSUER, "sub": "maya"}, name, value), issuer=ISSUER)
        assert not (form.header if name == "kid" else form.claims), (name, value)
