"""Every place that reads a token refuses every forgery of one: UserInfo, introspection, hints."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.grants.services.tokens import ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE
from portal.infra.crypto.jose import MAX_TOKEN_CHARACTERS
from tests.oauth.forgeries import forgeries
from tests.oauth.steps import ISSUER, LEFT, App, authorize, payload_of, returned, tokens_for

NOT_ACTIVE = {"active": False}


@pytest.fixture
def tokens(visitor: FlaskClient, web_app: App) -> dict[str, Any]:
    return tokens_for(visitor, web_app)


def _is_taken(program: FlaskClient, app: App, text: str) -> bool:
    posted = program.post("/oauth2/userinfo", data={"access_token": text}) if len(text) < 60_000 else None
    introspected = app.post(program, "/oauth2/introspect", token=text) if len(text) < 60_000 else None
    by_header = program.get("/oauth2/userinfo", headers={"Authorization": f"Bearer {text}"})
    assert by_header.status_code < 500
    return (
        by_header.status_code == 200
        or (posted is not None and posted.status_code == 200)
        or (introspected is not None and introspected.get_json() != NOT_ACTIVE)
    )


def _is_taken_as_hint(visitor: FlaskClient, app: App, text: str) -> bool:
    query = {"id_token_hint": text, "post_logout_redirect_uri": LEFT}
    back = returned(authorize(visitor, app.request(prompt="none", id_token_hint=text)))
    return (
        back.get("error") != "invalid_request"
        or visitor.get("/oauth2/logout", query_string=query).status_code == 303
    )


def test_no_forged_access_token_is_taken(program: FlaskClient, web_app: App, tokens: dict[str, Any]) -> None:
    jwks = program.get("/oauth2/jwks").get_json()
    assert _is_taken(program, web_app, tokens["access_token"]), "the genuine one is"
    taken = [
        name for name, text in forgeries(tokens["access_token"], jwks) if _is_taken(program, web_app, text)
    ]
    assert taken == []


def test_no_forged_id_token_is_taken_as_a_hint(
    visitor: FlaskClient, web_app: App, tokens: dict[str, Any]
) -> None:
    jwks = visitor.get("/oauth2/jwks").get_json()
    taken = [
        name
        for name, text in forgeries(tokens["id_token"], jwks)
        if _is_taken_as_hint(visitor, web_app, text)
    ]
    assert taken == []
    assert _is_taken_as_hint(visitor, web_app, tokens["id_token"]), "the genuine one is"


def test_one_kind_of_token_is_never_taken_for_another(
    visitor: FlaskClient, program: FlaskClient, web_app: App, tokens: dict[str, Any]
) -> None:
    assert not _is_taken(program, web_app, tokens["id_token"])
    assert not _is_taken_as_hint(visitor, web_app, tokens["access_token"])


def test_claims_that_do_not_fit_are_refused_although_we_signed_them(
    portal: Portal, program: FlaskClient, web_app: App, tokens: dict[str, Any]
) -> None:
    """Issuer, audience, times, and what the token stands for: each has to be exactly right (CVE-2024-53861)."""
    now = int(time.time())
    genuine = payload_of(tokens["access_token"])
    changes: list[dict[str, Any]] = [
        {"iss": ISSUER + "/"},
        {"iss": ISSUER.upper()},
        {"iss": "http://local"},
        {"iss": [ISSUER]},
        {"iss": None},
        {"aud": web_app.client_id},
        {"aud": None},
        {"aud": []},
        {"exp": now - 60},
        {"exp": None},
        {"exp": str(now + 60)},
        {"nbf": now + 600},
        {"iat": now + 600},
        {"iat": None},
        {"sub": "00000000-0000-0000-0000-000000000000"},
        {"sub": None},
        {"family": "00000000-0000-0000-0000-000000000000"},
        {"family": "x"},
        {"family": 7},
        {"family": None, "grant_type": "client_credentials"},
        {"jti": None},
        {"scope": ["openid"]},
    ]
    taken = []
    for change in changes:
        claims = {name: value for name, value in {**genuine, **change}.items() if value is not None}
        text = portal.issuer.keys.sign(claims, algorithm="ES256", typ=ACCESS_TOKEN_TYPE)
        if program.get("/oauth2/userinfo", headers={"Authorization": f"Bearer {text}"}).status_code == 200:
            taken.append(change)
    assert taken == []
    same = portal.issuer.keys.sign(genuine, algorithm="ES256", typ=ACCESS_TOKEN_TYPE)
    assert _is_taken(program, web_app, same), "only the changes were wrong"
    other_type = portal.issuer.keys.sign(genuine, algorithm="ES256", typ=ID_TOKEN_TYPE)
    assert not _is_taken(program, web_app, other_type)


def test_a_huge_token_is_refused_before_it_is_read(portal: Portal) -> None:
    text = "a" * MAX_TOKEN_CHARACTERS + ".b.c"
    started = time.perf_counter()
    for _ in range(100):
        with pytest.raises(Exception, match="form"):
            portal.issuer.read_access_token(text, at=portal.ports.clock.now())
    assert time.perf_counter() - started < 0.5
