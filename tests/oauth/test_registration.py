"""Apps that register themselves: RFC 7591 and OpenID Connect Registration 1.0."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.clients.schemas import MakeInitialAccessToken
from portal.clients.usecases.initial_access import make_initial_access_token, revoke_initial_access_token
from portal.clients.usecases.self_registration import STRANGERS_A_DAY
from portal.infra.actor import CLI
from portal.infra.rate_limit import REGISTER_APP
from tests.oauth.conftest import audit_of, client_row
from tests.oauth.registering import PATH, refusal, register, registered, usual
from tests.oauth.steps import ISSUER, App, answer_consent, authorize, returned
from tests.support.portals import MovableClock

opened = pytest.mark.settings(client_registration="open")
with_token = pytest.mark.settings(client_registration="token")


def made_token(portal: Portal, **changes: int) -> str:
    with portal.unit_of_work(CLI) as uow:
        return make_initial_access_token(uow, MakeInitialAccessToken(label="CI", **changes)).text


# ---------------------------------------------------------------------------------------------------- who may


def test_a_closed_portal_registers_nobody_and_says_so(program: FlaskClient) -> None:
    answer = register(program)
    assert answer.status_code == 403
    assert answer.get_json()["error"] == "access_denied"
    assert "registration_endpoint" not in program.get("/.well-known/openid-configuration").get_json()


@opened
def test_an_open_portal_says_where(program: FlaskClient) -> None:
    assert (
        program.get("/.well-known/openid-configuration").get_json()["registration_endpoint"] == ISSUER + PATH
    )


@with_token
def test_without_an_initial_access_token_nobody_registers(program: FlaskClient) -> None:
    answer = register(program)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@with_token
def test_an_initial_access_token_is_worth_so_many_apps(portal: Portal, program: FlaskClient) -> None:
    token = made_token(portal, uses=2)
    assert register(program, token, response_types=["token"]).status_code == 400
    assert [register(program, token).status_code for _ in range(3)] == [201, 201, 401]
    [entry, *_] = audit_of(portal, "client.registered")
    assert {subject.resource_type for subject in entry.subjects} == {"client", "initial_access_token"}


@with_token
def test_an_initial_access_token_ends(portal: Portal, program: FlaskClient, clock: MovableClock) -> None:
    token = made_token(portal, uses=5, days=1)
    assert register(program, token).status_code == 201
    clock.advance(days=1)
    answer = register(program, token)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@opened
def test_a_revoked_token_is_refused_even_where_none_is_needed(portal: Portal, program: FlaskClient) -> None:
    with portal.unit_of_work(CLI) as uow:
        made = make_initial_access_token(uow, MakeInitialAccessToken(label="CI"))
    with portal.unit_of_work(CLI) as uow:
        revoke_initial_access_token(uow, made.token.id)
    assert register(program, made.text).status_code == 401
    assert register(program, "x" * 500).status_code == 401


# -------------------------------------------------------------------------------------------------- what it gets


@opened
def test_the_answer_says_everything_that_was_accepted(portal: Portal, program: FlaskClient) -> None:
    answer = register(
        program, logo_uri="https://kestrel.example/logo.png", unheard_of="x", scope="openid email custom"
    )
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    said = answer.get_json()
    assert (
        said.items()
        >= {
            **usual(),
            "logo_uri": "https://kestrel.example/logo.png",
            "scope": "openid email",
            "token_endpoint_auth_method": "client_secret_basic",
            "id_token_signed_response_alg": "RS256",
            "application_type": "web",
            "subject_type": "public",
            "client_secret_expires_at": 0,
            "registration_client_uri": f"{ISSUER}{PATH}/{said['client_id']}",
        }.items()
    )
    assert {"client_secret", "registration_access_token"} <= set(said)
    assert not {"unheard_of", "error", "access_token_format", "refresh_rotation"} & set(said)
    assert abs(said["client_id_issued_at"] - portal.ports.clock.now().timestamp()) < 5


@opened
def test_null_and_the_empty_text_are_not_said(program: FlaskClient) -> None:
    said = register(program, tos_uri="", jwks_uri=None, default_max_age=None).get_json()
    assert not {"tos_uri", "jwks_uri", "default_max_age"} & set(said)


@opened
def test_a_registered_app_signs_people_in_at_once(program: FlaskClient, visitor: FlaskClient) -> None:
    app = registered(program).app
    page = authorize(visitor, app.request(code_challenge=None, code_challenge_method=None, scope="openid"))
    code = returned(answer_consent(visitor, page))["code"]
    assert app.redeem(program, code, code_verifier=None).get_json()["id_token"]


@opened
def test_its_defaults_are_those_of_the_specifications(program: FlaskClient) -> None:
    said = register(program, grant_types=None, response_types=None, client_name=None).get_json()
    assert said["grant_types"] == ["authorization_code"]
    assert said["response_types"] == ["code"]
    assert said["client_name"] == "kestrel.example"
    assert said["scope"] == "openid profile email address phone offline_access"


@opened
@pytest.mark.parametrize(
    ("sent", "kind", "method"),
    [
        ({}, "web", "client_secret_basic"),
        ({"token_endpoint_auth_method": "none"}, "spa", "none"),
        ({"application_type": "native", "redirect_uris": ["com.example.app:/cb"]}, "native", "none"),
        ({"redirect_uris": ["com.example.app:/cb"]}, "native", "none"),
        ({"redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none"}, "native", "none"),
        ({"redirect_uris": ["http://localhost:3000/cb"]}, "web", "client_secret_basic"),
        (
            {"application_type": "native", "token_endpoint_auth_method": "client_secret_post"},
            "native",
            "client_secret_post",
        ),
    ],
)
def test_what_it_says_of_itself_makes_its_kind(
    portal: Portal, program: FlaskClient, sent: dict[str, Any], kind: str, method: str
) -> None:
    made = registered(program, **sent)
    row = client_row(portal, made.app)
    assert (row.kind, row.token_endpoint_auth_method, row.registered_by) == (kind, method, "dynamic")
    assert row.require_pkce == (method == "none")
    assert ("client_secret" in made.metadata) == (method != "none")
    assert made.metadata["application_type"] == ("native" if kind == "native" else "web")
    assert not row.is_vouched


@with_token
def test_a_program_with_a_token_may_register_a_service(portal: Portal, program: FlaskClient) -> None:
    flows = {"grant_types": ["client_credentials"], "response_types": [], "redirect_uris": None}
    made = registered(program, made_token(portal), **flows)
    assert client_row(portal, made_app(made.metadata)).kind == "service"
    assert made.metadata["response_types"] == []


def made_app(metadata: dict[str, Any]) -> App:
    return App(
        client_id=metadata["client_id"], secret=metadata["client_secret"], auth_method="client_secret_basic"
    )


@opened
def test_nobody_comes_from_the_street_as_a_service(program: FlaskClient) -> None:
    flows: dict[str, Any] = {"grant_types": ["client_credentials"], "response_types": []}
    assert refusal(register(program, **flows)) == "invalid_client_metadata"


# ------------------------------------------------------------------------------------------------------- limits


@opened
@pytest.mark.settings(throttles=True, client_registration="open")
def test_one_address_registers_so_many_apps_an_hour(portal: Portal, program: FlaskClient) -> None:
    for _ in range(REGISTER_APP.amount):
        portal.ports.limiter.hit("register_app", "127.0.0.1", REGISTER_APP)
    assert register(program).status_code == 429
    assert register(program, made_token(portal)).status_code == 201


@opened
def test_strangers_are_so_many_a_day(portal: Portal, program: FlaskClient, clock: MovableClock) -> None:
    first = registered(program)
    with portal.unit_of_work(CLI) as uow:
        known = Clients(uow.session).by_client_id(first.metadata["client_id"])
        assert known is not None
        for number in range(STRANGERS_A_DAY - 1):
            uow.session.add(copy_of(known, number))
    answer = register(program)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3600"
    assert register(program, made_token(portal)).status_code == 201
    clock.advance(days=1)
    assert register(program).status_code == 201


def copy_of(client: Client, number: int) -> Client:
    return Client(
        client_id=f"stranger-{number}",
        client_name="Stranger",
        kind="web",
        token_endpoint_auth_method="none",
        is_vouched=False,
        registered_by="dynamic",
        created_at=client.created_at,
        updated_at=client.created_at,
    )
