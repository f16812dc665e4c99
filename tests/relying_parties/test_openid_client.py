"""openid-client, on Node, registers itself and then does all at once whatever a current library can."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
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


# hybrid, as it was done before PKCE
OLD = {
    "client_name": "Heron Archive",
    "application_type": "native",  # a web app would need https for this
    "scope": "openid email",
    "grant_types": ["authorization_code", "implicit"],
    "response_types": ["code id_token"],
    "token_endpoint_auth_method": "private_key_jwt",
}


@pytest.fixture(scope="module")
def initial_access(trial_portal: LivePortal) -> str:
    """What the operator has made at the host."""
    words = ("registration", "token", "create", "Osprey", "--uses", "2", "--json")
    token: str = json.loads(trial_portal.command(*words))["token"]
    return token


@pytest.fixture(scope="module")
def app(
    trial_portal: LivePortal, initial_access: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RelyingParty]:
    with _registering(trial_portal, initial_access, tmp_path_factory.mktemp("osprey"), EVERYTHING) as running:
        yield running


@pytest.fixture
def old_app(trial_portal: LivePortal, initial_access: str, tmp_path: Path) -> Iterator[RelyingParty]:
    with _registering(trial_portal, initial_access, tmp_path, OLD) as running:
        yield running


@contextmanager
def _registering(
    live: LivePortal, initial_access: str, folder: Path, metadata: Mapping[str, object]
) -> Iterator[RelyingParty]:
    """The app comes by itself, before it answers for the first time."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    wish = {**metadata, "redirect_uris": [f"{url}/callback"], "post_logout_redirect_uris": [f"{url}/left"]}
    words = {"ISSUER": live.url, "INITIAL_ACCESS_TOKEN": initial_access, "REGISTRATION": json.dumps(wish)}
    email = f"maya-{new_id().hex[-8:]}@meridian.example"
    with same_portal(live) as portal:
        person = add_person(portal, email, name="Maya Okafor")
    with running_program(node_command(folder), folder, port=port, words=words) as log:
        client_id = httpx.get(f"{url}/client", trust_env=False).json()["client_id"]
        yield RelyingParty(
            url=url,
            portal_url=live.url,
            email=email,
            subject=str(person.id),
            client_id=client_id,
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
    assert (token["active"], token["client_id"]) == (True, app.client_id)
    assert "jkt" in token["cnf"]


def test_an_old_app_has_its_answer_posted_with_an_id_token_in_it(
    visitor: Visitor, old_app: RelyingParty
) -> None:
    form = visitor.journey(old_app, "?response_mode=form_post")
    done = visitor.press(form)
    assert done.status_code == 200, old_app.log.read_text()
    assert done.json()["claims"]["sub"] == old_app.subject, (
        "the library has verified both ID tokens, and the code"
    )
    assert visitor.open(f"{old_app.url}/userinfo").json()["email"] == old_app.email
