"""Each app's own registration: read, replaced, deleted, and by nobody else (RFC 7592)."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.clients.usecases import disable_client
from portal.clients.usecases.vouching import vouch_for_client
from portal.grants.usecases.strangers import forget_unused_strangers
from portal.infra.actor import CLI, SYSTEM
from tests.clients.keys import ec_key, jwks
from tests.oauth.conftest import audit_of, client_row
from tests.oauth.registering import PATH, Registered, bearer, refusal, registered, usual
from tests.oauth.steps import CALLBACK, App, sign_in_to
from tests.support.portals import MovableClock

pytestmark = pytest.mark.settings(client_registration="open")

METHODS = ("get", "put", "delete")


@pytest.fixture
def own(program: FlaskClient) -> Registered:
    return registered(program)


def test_an_app_reads_what_is_registered(program: FlaskClient, own: Registered) -> None:
    answer = own.read(program)
    assert answer.status_code == 200
    secret = {"client_secret", "client_secret_expires_at"}
    assert answer.get_json() == {name: value for name, value in own.metadata.items() if name not in secret}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_replacement_replaces_everything(portal: Portal, program: FlaskClient, own: Registered) -> None:
    first = own.replace(
        program, client_name="Second", default_max_age=60, tos_uri="https://kestrel.example/tos"
    )
    assert first.status_code == 200
    assert first.get_json()["default_max_age"] == 60
    second = own.replace(program, client_name="Third", redirect_uris=[f"{CALLBACK}/3"]).get_json()
    assert second["client_name"] == "Third"
    assert second["redirect_uris"] == [f"{CALLBACK}/3"]
    assert not {"default_max_age", "tos_uri", "client_secret"} & set(second)
    assert second["registration_access_token"] == own.token
    entry = audit_of(portal, "client.metadata_changed")[0]
    assert (entry.before_state or {})["default_max_age"] == 60
    assert entry.actor_kind == "client"


def test_a_replacement_that_is_wrong_changes_nothing(program: FlaskClient, own: Registered) -> None:
    assert refusal(own.replace(program, redirect_uris=["javascript:alert(1)"])) == "invalid_redirect_uri"
    assert refusal(own.replace(program, client_id="other")) == "invalid_client_metadata"
    assert refusal(own.replace(program, client_id=None)) == "invalid_client_metadata"
    kept = own.read(program).get_json()
    assert kept["redirect_uris"] == [CALLBACK]


def test_a_secret_ends_with_the_method_that_needs_it(program: FlaskClient, own: Registered) -> None:
    by_key = own.replace(
        program, token_endpoint_auth_method="private_key_jwt", jwks=jwks(ec_key())
    ).get_json()
    assert "client_secret" not in by_key
    again = own.replace(program).get_json()
    assert again["client_secret_expires_at"] == 0
    assert again["client_secret"] != own.metadata["client_secret"]
    old = own.app.post(program, "/oauth2/introspect", token="x")
    assert old.status_code == 401
    new = App(client_id=own.app.client_id, secret=again["client_secret"], auth_method="client_secret_basic")
    assert new.post(program, "/oauth2/introspect", token="x").status_code == 200


def test_nobody_chooses_a_secret(program: FlaskClient, own: Registered) -> None:
    """Its own may come back with everything else (RFC 7592 section 2.2); any other is refused, not passed over."""
    assert own.read(program).status_code == 200
    secret = own.metadata["client_secret"]
    assert own.replace(program, client_secret=secret, client_name="Kestrel").status_code == 200
    for wrong in ("mine", f"{secret}x", "", 5, ["x"], registered(program).metadata["client_secret"]):
        answer = own.replace(program, client_secret=wrong, client_name="Other")
        assert answer.status_code == (200 if wrong == "" else 400), wrong
    assert own.app.post(program, "/oauth2/introspect", token="x").status_code == 200


def test_a_deleted_app_is_gone_and_its_token_with_it(
    portal: Portal, program: FlaskClient, own: Registered
) -> None:
    answer = own.delete(program)
    assert (answer.status_code, answer.data) == (204, b"")
    assert own.read(program).status_code == 401
    assert own.app.post(program, "/oauth2/introspect", token="x").status_code == 401
    assert [entry.action for entry in audit_of(portal, "client.deleted")] == ["client.deleted"]


@pytest.mark.parametrize("method", METHODS)
def test_CVE_2026_116672_the_token_of_one_app_opens_nothing_of_another(  # noqa: N802
    portal: Portal, program: FlaskClient, own: Registered, method: str
) -> None:
    other = registered(program, client_name="Other")
    body = usual(client_id=own.metadata["client_id"], client_name="Taken over")
    answer = program.open(own.path, method=method.upper(), json=body, headers=bearer(other.token))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert client_row(portal, own.app).client_name == "Kestrel CI"
    entry = audit_of(portal, "client.refused")[0]
    assert entry.details["method"] == "registration_access_token"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("wrong", ["", "x", "secret", "swapped"])
def test_nothing_else_opens_a_registration(
    program: FlaskClient, own: Registered, method: str, wrong: str
) -> None:
    tokens = {
        "secret": own.metadata["client_secret"],
        "swapped": own.token.replace("reg_", "sec_"),
    }
    body = usual(client_id=own.metadata["client_id"])
    headers = bearer(tokens.get(wrong, wrong))
    assert program.open(own.path, method=method.upper(), json=body, headers=headers).status_code == 401
    assert own.read(program).status_code == 200


def test_an_app_that_an_administrator_made_has_no_address_of_its_own(
    program: FlaskClient, web_app: App, own: Registered
) -> None:
    answers = [
        program.get(f"{PATH}/{client_id}", headers=bearer(own.token))
        for client_id in (web_app.client_id, "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].data == answers[1].data


def test_a_disabled_app_can_not_turn_itself_on_or_away(
    portal: Portal, program: FlaskClient, own: Registered
) -> None:
    with portal.unit_of_work(CLI) as uow:
        disable_client(uow, client_row(portal, own.app).id)
    codes = [own.read(program), own.replace(program), own.delete(program)]
    assert [answer.status_code for answer in codes] == [403, 403, 403]


def test_who_was_vouched_for_is_so_no_longer_under_another_name(
    portal: Portal, program: FlaskClient, own: Registered
) -> None:
    row = client_row(portal, own.app)
    with portal.unit_of_work(CLI) as uow:
        vouch_for_client(uow, row.id)
    own.replace(program, default_max_age=60)
    assert client_row(portal, own.app).is_vouched
    own.replace(program, client_name="Your bank")
    assert not client_row(portal, own.app).is_vouched


def test_what_an_administrator_has_set_stays(portal: Portal, program: FlaskClient, own: Registered) -> None:
    with portal.unit_of_work(CLI) as uow:
        row = uow.session.merge(client_row(portal, own.app))
        row.switches = {**row.switches, "access_token_seconds": 60}
        row.scope = f"{row.scope} roles"
    assert own.replace(program).get_json()["scope"].endswith(" roles")
    assert client_row(portal, own.app).switches["access_token_seconds"] == 60


@pytest.mark.parametrize("grant", ["client_credentials", "urn:ietf:params:oauth:grant-type:device_code"])
def test_a_replacement_gives_no_more_than_a_registration(
    program: FlaskClient, own: Registered, grant: str
) -> None:
    answer = own.replace(program, grant_types=["authorization_code", grant], response_types=["code"])
    assert refusal(answer) == "invalid_client_metadata"
    assert own.replace(program, scope="openid roles").get_json()["scope"] == "openid"


def test_scripts_of_every_site_may_register(program: FlaskClient, own: Registered) -> None:
    asked = program.options(own.path, headers={"Origin": "https://new.example"})
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, PUT, DELETE"
    assert "Access-Control-Allow-Credentials" not in asked.headers


def test_an_app_that_nobody_uses_is_forgotten_after_a_month(
    portal: Portal,
    program: FlaskClient,
    clock: MovableClock,
    web_app: App,
    maya: User,
    visitor_as: Callable[[User], FlaskClient],
) -> None:
    names = ("unused", "known", "signed in to", "calling")
    apps = {name: registered(program, client_name=name) for name in names}
    clock.advance(days=20)
    with portal.unit_of_work(CLI) as uow:
        vouch_for_client(uow, client_row(portal, apps["known"].app).id)
    sign_in_to(visitor_as(maya), apps["signed in to"].app)
    apps["calling"].app.post(program, "/oauth2/introspect", token="x")
    clock.advance(days=9)
    keep_house(portal)
    assert audit_of(portal, "client.deleted") == []
    clock.advance(days=2)
    keep_house(portal)
    with portal.reading() as session:
        left = {client.client_name for client in Clients(session).page().items}
    assert left == {"known", "signed in to", "calling", client_row(portal, web_app).client_name}
    entry = audit_of(portal, "client.deleted")[0]
    assert (entry.reason, entry.actor_kind) == ("unused", "system")


def keep_house(portal: Portal) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        forget_unused_strangers(uow)
