"""openid-client, on Node, registers itself and then does all at once whatever a current library can."""

import json
from collections.abc import Iterator

import pytest

from portal.infra.ids import new_id
from tests.relying_parties.running import RelyingParty, node_command, running_program, same_portal
from tests.relying_parties.visiting import Visitor
from tests.support.live import LivePortal
from tests.support.people import add_person
from tests.support.processes import free_port

pytestmark = pytest.mark.foreign

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EVERYTHING = {
    "client_name": "Osprey Ledger",
    "scope": "openid profile email offline_access",
    "grant_types": ["authorization_code", "refresh_token", "client_credentials", DEVICE],
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "ES256",
    "require_pushed_authorization_requests": True,
    "require_signed_request_object": True,
    "request_object_signing_alg": "ES256",
    "authorization_signed_response_alg": "PS256",
    "dpop_bound_access_tokens": True,
    "id_token_signed_response_alg": "EdDSA",
    "id_token_encrypted_response_alg": "ECDH-ES",
    "id_token_encrypted_response_enc": "A256GCM",
    "userinfo_signed_response_alg": "ES256",
    "introspection_signed_response_alg": "PS256",
}


@pytest.fixture(scope="module")
def app(trial_portal: LivePortal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelyingParty]:
    """It comes by itself, with a token that the operator has made at the host."""
    made = json.loads(trial_portal.command("registration", "token", "create", "Osprey", "--json"))
    folder, port = tmp_path_factory.mktemp("osprey"), free_port()
    url = f"http://127.0.0.1:{port}"
    wish = {**EVERYTHING, "redirect_uris": [f"{url}/callback"], "post_logout_redirect_uris": [f"{url}/left"]}
    words = {
        "ISSUER": trial_portal.url,
        "INITIAL_ACCESS_TOKEN": made["token"],
        "REGISTRATION": json.dumps(wish),
    }
    email = f"maya-{new_id().hex[-8:]}@meridian.example"
    with same_portal(trial_portal) as portal:
        person = add_person(portal, email, name="Maya Okafor")
    with running_program(node_command(folder), folder, port=port, words=words) as log:
        yield RelyingParty(
            url=url,
            portal_url=trial_portal.url,
            email=email,
            subject=str(person.id),
            client_id="",
            group="",
            log=log,
        )


def test_it_is_registered_as_it_asked(visitor: Visitor, app: RelyingParty) -> None:
    told = visitor.open(f"{app.url}/client").json()
    assert {name: told[name] for name in EVERYTHING} == EVERYTHING
    assert "client_secret" not in told


def test_a_person_signs_in_by_requests_and_answers_that_are_pushed_signed_and_encrypted(
    visitor: Visitor, app: RelyingParty
) -> None:
    done = visitor.journey(app)
    assert done.status_code == 200, app.log.read_text()
    assert done.json()["claims"]["sub"] == app.subject, app.log.read_text()
    assert visitor.open(f"{app.url}/tokens").json() == {"type": "dpop", "encrypted": True}
    claims = visitor.open(f"{app.url}/userinfo").json()
    assert (claims["sub"], claims["name"], claims["email"]) == (app.subject, "Maya Okafor", app.email)
    token = visitor.open(f"{app.url}/introspect").json()
    assert (token["active"], token["sub"], set(token["cnf"])) == (True, app.subject, {"jkt"})
    assert visitor.open(f"{app.url}/refresh").json() == {"scope": EVERYTHING["scope"], "is_new": True}
    assert visitor.open(f"{app.url}/userinfo").json()["sub"] == app.subject
    assert visitor.open(f"{app.url}/revoke").json() == {"active": False}
    left = visitor.open(f"{app.url}/logout")
    assert left.json() == {"left": True}
    assert visitor.open(f"{app.url}/login?prompt=none").json()["error"] == "login_required"


def test_a_person_allows_a_device(visitor: Visitor, app: RelyingParty) -> None:
    begun = visitor.open(f"{app.url}/device").json()
    page = visitor.sign_in(visitor.open(begun["verification_uri_complete"]), app.email)
    review = visitor.press(page, user_code=begun["user_code"])
    allowed = visitor.press(review, "decision=allow")
    assert "device-allowed" in allowed.text
    told = visitor.open(f"{app.url}/device/finish").json()
    assert (told["type"], told["claims"]["sub"]) == ("dpop", app.subject)
    assert visitor.open(f"{app.url}/userinfo").json()["sub"] == app.subject


def test_the_app_acts_for_itself(visitor: Visitor, app: RelyingParty) -> None:
    token = visitor.open(f"{app.url}/machine").json()
    assert (token["active"], token["client_id"]) == (
        True,
        visitor.open(f"{app.url}/client").json()["client_id"],
    )
    assert "jkt" in token["cnf"]
