"""private_key_jwt (RFC 7523): what an assertion must say, whom it must be by, and that it comes once.

CONFORMANCE section 5 (oidcc-server, -ensure-client-assertion-with-iss-aud-succeeds, -registration-jwks-uri,
-refresh-token-rp-key-rotation) and section 7.4 (every module about client assertions).
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.clients.rules.switches import Switches
from tests.oauth.conftest import RegisterApp, audit_of
from tests.oauth.forgeries import forgeries
from tests.oauth.proving import (
    ASSERTION,
    TOKEN,
    SigningApp,
    ask_by,
    assertion_claims,
    is_refused,
    signing_app,
)
from tests.oauth.steps import ISSUER, tokens_for
from tests.support.signing import OwnKey, key_set, rsa_key

EXACT = Switches(assertion_audience="issuer").document()


@pytest.fixture
def service(register_app: RegisterApp) -> SigningApp:
    return signing_app(register_app, "service", grant_types=["client_credentials"])


@pytest.fixture
def exact(register_app: RegisterApp) -> SigningApp:
    """A client of the FAPI 2.0 profile."""
    return signing_app(register_app, "fapi2", switches=EXACT, grant_types=["client_credentials"])


# --------------------------------------------------------------------------------------------------------- what does


def test_every_algorithm_that_is_advertised_works(program: FlaskClient, register_app: RegisterApp) -> None:
    document = program.get("/.well-known/openid-configuration").get_json()
    algorithms = document["token_endpoint_auth_signing_alg_values_supported"]
    for name in ("token", "introspection", "revocation"):
        assert "private_key_jwt" in document[f"{name}_endpoint_auth_methods_supported"]
        assert document[f"{name}_endpoint_auth_signing_alg_values_supported"] == algorithms
    assert set(algorithms) == {"RS256", "PS256", "ES256", "EdDSA"}
    for algorithm in algorithms:
        key = rsa_key(algorithm) if algorithm in {"RS256", "PS256"} else OwnKey(algorithm)
        app = signing_app(register_app, "service", key)
        assert ask_by(program, app.assertion()).status_code == 200, algorithm


def test_a_person_signs_in_to_an_app_that_signs(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """oidcc-server, as a private_key_jwt client; and every endpoint that clients ask."""
    app = signing_app(register_app, "web")
    tokens = tokens_for(visitor, app)
    assert app.refresh(program, tokens["refresh_token"]).status_code == 200
    facts = app.post(program, "/oauth2/introspect", token=tokens["access_token"])
    assert facts.get_json()["active"] is True
    assert app.post(program, "/oauth2/revoke", token=tokens["access_token"]).status_code == 200
    facts = app.post(program, "/oauth2/introspect", token=tokens["access_token"])
    assert facts.get_json() == {"active": False}


def test_an_assertion_may_say(program: FlaskClient, service: SigningApp) -> None:
    """oidcc-ensure-client-assertion-with-iss-aud-succeeds, nbf-8-seconds-in-the-future-is-accepted."""
    now = time.time()
    fine: tuple[dict[str, Any], ...] = (
        {"aud": f"{ISSUER}{TOKEN}"},
        {"aud": [ISSUER]},
        {"aud": ["https://other.example", f"{ISSUER}{TOKEN}"]},
        {"iat": None},
        {"nbf": now + 8},
        {"iat": now + 10},
        {"iat": now - 3000.5},
        {"exp": now + 580},
        {"exp": now - 10, "iat": now - 100},
        {"more": "claims", "nested": {"claims": []}},
    )
    refused = [
        changes for changes in fine if ask_by(program, service.assertion(**changes)).status_code != 200
    ]
    assert refused == []


def test_the_endpoint_that_is_asked_may_be_the_audience(program: FlaskClient, service: SigningApp) -> None:
    """RFC 9126 section 2 for PAR; the same everywhere."""
    for path in ("/oauth2/introspect", "/oauth2/revoke"):
        assert ask_by(program, service.assertion(aud=f"{ISSUER}{path}"), path=path).status_code == 200
        assert is_refused(ask_by(program, service.assertion(aud=f"{ISSUER}/oauth2/other"), path=path))
    assert is_refused(ask_by(program, service.assertion(aud=f"{ISSUER}/oauth2/introspect")))


def test_types_that_assertions_may_have(program: FlaskClient, service: SigningApp) -> None:
    assert service.key is not None
    for typ in (None, "JWT", "jwt", "application/JWT", "client-authentication+jwt"):
        token = service.key.sign(assertion_claims(service.client_id), typ=typ)
        assert ask_by(program, token).status_code == 200, typ
    for other in ("at+jwt", "dpop+jwt", "oauth-authz-req+jwt", "logout+jwt", "x/JWT"):
        token = service.key.sign(assertion_claims(service.client_id), typ=other)
        assert is_refused(ask_by(program, token)), other


# --------------------------------------------------------------------------------------------------- what does not


def test_an_assertion_must_say(program: FlaskClient, service: SigningApp) -> None:
    """exp-is-5-minutes-in-past, wrong-aud, no-sub, nbf-over-60-seconds-in-the-future; CVE-2024-53861."""
    now = time.time()
    wrong: tuple[dict[str, Any], ...] = (
        *({"aud": aud} for aud in (None, "https://other.example", f"{ISSUER}/", ISSUER.upper())),
        *({"aud": aud} for aud in ([], [[ISSUER]], {"x": ISSUER}, ["https://other.example"], 1)),
        *({"iss": iss} for iss in (None, "other", ["x"], service.client_id.swapcase())),
        *({"sub": sub} for sub in (None, 1, "nobody", "\x00", "", [service.client_id])),
        *({"jti": jti} for jti in (None, "", 1, "x" * 501)),
        *({"exp": exp} for exp in (None, now - 300, now + 3600, "soon", True, 10**400, now * 1000)),
        *({"nbf": nbf} for nbf in (now + 62, "x")),
        *({"iat": iat} for iat in (now + 62, "x")),
    )
    taken = [changes for changes in wrong if not is_refused(ask_by(program, service.assertion(**changes)))]
    assert taken == []


def test_a_client_that_is_held_to_it_names_the_issuer_alone(program: FlaskClient, exact: SigningApp) -> None:
    """par-test-array-as-audience-fails, -par-endpoint-url-as-audience-fails, -token-endpoint-url-as-audience-fails."""
    assert ask_by(program, exact.assertion()).status_code == 200
    for audience in ([ISSUER], [ISSUER, "https://other.example"], f"{ISSUER}{TOKEN}", f"{ISSUER}/oauth2/par"):
        assert is_refused(ask_by(program, exact.assertion(aud=audience))), audience


def test_algorithms_that_a_client_is_not_registered_for(
    program: FlaskClient, register_app: RegisterApp
) -> None:
    """signed-client-assertion-with-RS256-fails; token_endpoint_auth_signing_alg."""
    rsa = rsa_key("PS256")
    bare = {"keys": [rsa.bare]}
    profile = {"jwks": bare, "switches": EXACT, "grant_types": ["client_credentials"]}
    fapi = signing_app(register_app, "fapi2", rsa, **profile)
    assert ask_by(program, rsa.sign(assertion_claims(fapi.client_id))).status_code == 200
    assert is_refused(ask_by(program, rsa.sign(assertion_claims(fapi.client_id), algorithm="RS256")))
    only = Switches(token_endpoint_auth_signing_alg="RS256").document()
    old = signing_app(register_app, "service", rsa, jwks=bare, switches=only)
    assert is_refused(ask_by(program, rsa.sign(assertion_claims(old.client_id))))
    assert ask_by(program, rsa.sign(assertion_claims(old.client_id), algorithm="RS256")).status_code == 200


def test_forged_assertions_are_refused(program: FlaskClient, service: SigningApp, portal: Portal) -> None:
    """SECURITY C-4 at the place where clients prove themselves."""
    assert service.key is not None
    jwks = key_set(service.key, rsa_key("RS256"))
    answers = {name: ask_by(program, text) for name, text in forgeries(service.assertion(), jwks)}
    names = [name for name, told in answers.items() if not (is_refused(told) or told.status_code == 413)]
    assert names == []
    assert ask_by(program, service.assertion()).status_code == 200


def test_whose_key_and_whose_name(program: FlaskClient, register_app: RegisterApp) -> None:
    """ensure-client-id-in-token-endpoint: client 2's id with client 1's key."""
    one, two = (signing_app(register_app, "service") for _ in range(2))
    assert one.key is not None
    assert is_refused(ask_by(program, one.key.sign(assertion_claims(two.client_id))))
    assert is_refused(ask_by(program, one.assertion(), {"client_id": two.client_id}))
    assert ask_by(program, one.assertion(), {"client_id": one.client_id}).status_code == 200


def test_one_method_at_once_and_the_registered_one(program: FlaskClient, register_app: RegisterApp) -> None:
    app, with_secret = signing_app(register_app, "service"), register_app("service")
    assert app.key is not None
    both = ask_by(program, app.assertion(), {"client_secret": "x"})
    assert (both.status_code, both.get_json()["error"]) == (400, "invalid_request")
    headers, _ = with_secret.credentials()
    form = {"grant_type": "client_credentials", "client_assertion": app.assertion()}
    header = program.post(TOKEN, data={**form, "client_assertion_type": ASSERTION}, headers=headers)
    assert (header.status_code, header.get_json()["error"]) == (400, "invalid_request")
    assert is_refused(ask_by(program, app.key.sign(assertion_claims(with_secret.client_id))))
    assert is_refused(program.post(TOKEN, data=form)), "without a type"
    assert is_refused(program.post(TOKEN, data={**form, "client_assertion_type": "urn:x"}))
    assert is_refused(program.post(TOKEN, data={"client_assertion_type": ASSERTION}))
    assert is_refused(program.post(TOKEN, data={"client_id": app.client_id})), "without an assertion"


def test_a_refusal_is_told_and_remembered_without_the_assertion(
    portal: Portal, program: FlaskClient, service: SigningApp
) -> None:
    assertion = service.assertion(exp=int(time.time()) - 300)
    answer = ask_by(program, assertion)
    assert answer.get_json()["error_description"] == "The client_assertion has expired."
    entry = audit_of(portal, "client.refused")[0]
    assert entry.details == {"client_id": service.client_id, "method": "private_key_jwt"}
    assert assertion not in answer.text
