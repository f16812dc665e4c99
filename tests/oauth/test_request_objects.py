"""Requests that the app has signed (RFC 9101, Core 6); CONFORMANCE 2, 5 and 8, SECURITY C-1 and C-4."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.clients.rules import Switches
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.forgeries import forgeries
from tests.oauth.handing_in import push
from tests.oauth.signing_requests import KEY, outer_of, signed
from tests.oauth.steps import CALLBACK, ISSUER, App, answer_consent, authorize, payload_of, returned
from tests.oauth.vectors import REDIRECTS
from tests.support.signing import OwnKey, key_set, rsa_key

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def signing(register_app: RegisterApp) -> App:
    """An app that may sign its requests."""
    return register_app("web", jwks=key_set(KEY, rsa_key("RS256")))


@pytest.fixture
def strict(register_app: RegisterApp) -> App:
    """An app that has to (FAPI 2.0 Message Signing)."""
    switches = Switches(require_signed_request_object=True)
    return register_app("web", jwks=key_set(KEY, rsa_key("RS256")), switches=switches.document())


def _pushed_error(program: FlaskClient, app: App, text: str) -> str:
    answer = app.post(program, "/oauth2/par", request=text)
    assert answer.status_code == 400, answer.text
    error: str = answer.get_json()["error"]
    return error


def test_what_is_inside_counts(visitor: FlaskClient, program: FlaskClient, signing: App) -> None:
    """State and nonce stand inside only, and others differ outside."""
    text = signed(signing, state="inner", nonce="inner", claims={"id_token": {"name": {"essential": True}}})
    more = {"response_type": "code", "scope": "openid", "redirect_uri": f"{CALLBACK}/bad", "state": "outer"}
    page = authorize(visitor, outer_of(signing, text, **more))
    back = returned(answer_consent(visitor, page))
    assert back["state"] == "inner"
    tokens = signing.redeem(program, back["code"]).get_json()
    told = payload_of(tokens["id_token"])
    assert (told["nonce"], told["name"]) == ("inner", "Maya Okafor")
    assert "email" in tokens["scope"]


def test_what_is_silent_inside_is_filled_in_from_outside(visitor: FlaskClient, signing: App) -> None:
    """Core 6.1, for an app that need not sign."""
    text = KEY.sign({"iss": signing.client_id, "aud": ISSUER, "state": "inner"}, typ=None)
    page = authorize(visitor, {**signing.request(), "request": text})
    assert returned(answer_consent(visitor, page, "deny"))["state"] == "inner"


def test_who_has_to_sign_is_asked_for_nothing_outside(visitor: FlaskClient, strict: App) -> None:
    text = signed(strict, state=None, prompt="none")
    back = returned(authorize(visitor, {**strict.request(prompt="login"), "request": text}))
    assert back["error"] == "consent_required"
    assert "state" not in back


def test_response_types_must_agree(visitor: FlaskClient, signing: App) -> None:
    text = signed(signing, response_type="code")
    back = returned(authorize(visitor, {**signing.request(response_type="none"), "request": text}))
    assert back["error"] == "invalid_request_object"


def test_a_signed_request_can_be_pushed(visitor: FlaskClient, program: FlaskClient, strict: App) -> None:
    text = signed(strict, aud=["https://other.example", ISSUER], nbf=int(time.time()) + 8)
    answer = strict.post(program, "/oauth2/par", request=text, state="outer", client_id=strict.client_id)
    assert answer.status_code == 201, answer.text
    link = {"client_id": strict.client_id, "request_uri": answer.get_json()["request_uri"]}
    back = returned(answer_consent(visitor, authorize(visitor, link)))
    assert back["state"] == "state-1"


UNFIT: list[dict[str, Any]] = [
    {"exp": None},
    {"nbf": None},
    {"aud": None},
    {"exp": -60},
    {"exp": 70 * 60},
    {"nbf": -70 * 60},
    {"aud": "https://other.example"},
    {"request_uri": "urn:ietf:params:oauth:request_uri:x"},
    {"client_id": "heron"},
    {"iss": "heron"},
    {"state": 7},
    {"state": "a\x00b"},
]


def test_ensure_request_object_is_refused_at_par(program: FlaskClient, strict: App) -> None:
    """The error that FAPI 2.0 Message Signing asks for, by each of its negative modules."""
    now = int(time.time())
    for changes in UNFIT:
        moved: dict[str, Any] = {
            name: now + value if name in {"exp", "nbf"} and isinstance(value, int) else value
            for name, value in changes.items()
        }
        text = signed(strict, **moved)
        assert _pushed_error(program, strict, text) == "invalid_request_object", changes
    foreign = signed(strict, key=OwnKey(kid="own"))
    assert _pushed_error(program, strict, foreign) == "invalid_request_object"
    for typ in ("at+jwt", "dpop+jwt", "logout+jwt"):
        assert _pushed_error(program, strict, signed(strict, typ=typ)) == "invalid_request_object"


def test_ensure_unsigned_request_at_par_endpoint_fails(
    program: FlaskClient, visitor: FlaskClient, strict: App
) -> None:
    answer = push(program, strict)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
    assert returned(authorize(visitor, strict.request()))["error"] == "invalid_request"


def test_no_forged_request_object_is_taken(program: FlaskClient, signing: App) -> None:
    """C-4: every vector, against the keys that the app has registered."""
    genuine = signed(signing)
    assert signing.post(program, "/oauth2/par", request=genuine).status_code == 201
    taken = [
        name
        for name, text in forgeries(genuine, key_set(KEY, rsa_key("RS256")))
        if len(text) < 60_000 and signing.post(program, "/oauth2/par", request=text).status_code != 400
    ]
    assert taken == []


def test_an_app_signs_as_it_is_registered_to(
    portal: Portal, program: FlaskClient, register_app: RegisterApp
) -> None:
    keys = key_set(KEY, rsa_key("RS256"))
    switches = Switches(request_object_signing_alg="ES256").document()
    app = register_app("web", jwks=keys, switches=switches)
    assert app.post(program, "/oauth2/par", request=signed(app)).status_code == 201
    assert _pushed_error(program, app, signed(app, key=rsa_key("RS256"))) == "invalid_request_object"
    fapi = register_app("web", jwks=keys)
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.merge(client_row(portal, fapi)).kind = "fapi2"
    assert _pushed_error(program, fapi, signed(fapi, key=rsa_key("RS256"))) == "invalid_request_object"


def test_an_app_without_keys_signs_nothing(program: FlaskClient, web_app: App) -> None:
    assert _pushed_error(program, web_app, signed(web_app)) == "invalid_request_object"


def test_a_bad_object_sends_nobody_to_an_address_that_only_it_names(
    visitor: FlaskClient, signing: App
) -> None:
    bad = signed(signing, key=OwnKey(kid="own"))
    outside = visitor.get("/oauth2/authorize", query_string=outer_of(signing, bad))
    assert outside.status_code == 400
    assert "Location" not in outside.headers
    assert "invalid_request_object" in outside.text
    back = returned(authorize(visitor, {**signing.request(), "request": bad}))
    assert back["error"] == "invalid_request_object"


def test_no_unregistered_address_passes_inside(
    visitor: FlaskClient, program: FlaskClient, signing: App
) -> None:
    """C-1 through request objects: a signature makes no address right."""
    for uri in REDIRECTS:
        text = signed(signing, redirect_uri=uri)
        if len(text) < 6000:
            answer = visitor.get("/oauth2/authorize", query_string=outer_of(signing, text))
            assert answer.status_code == 400, uri
            assert "Location" not in answer.headers
        assert _pushed_error(program, signing, text) == "invalid_request", uri


def test_one_object_at_most(visitor: FlaskClient, signing: App) -> None:
    both = {**signing.request(request_uri="https://kestrel.example/r"), "request": signed(signing)}
    assert returned(authorize(visitor, both))["error"] == "invalid_request"
