"""Introspection and revocation: what a client may ask about its own tokens, and give back."""

from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.bootstrap import Portal
from portal.clients.schemas import ClientAccess
from portal.clients.usecases import set_client_access
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, audit_of, client_row
from tests.oauth.steps import ISSUER, App, tokens_for, userinfo
from tests.support.portals import MovableClock

NOT_ACTIVE = {"active": False}


def test_a_client_learns_what_its_tokens_are_worth(
    visitor: FlaskClient, program: FlaskClient, web_app: App, maya: User
) -> None:
    tokens = tokens_for(visitor, web_app)
    access = web_app.post(program, "/oauth2/introspect", token=tokens["access_token"])
    assert access.headers["Cache-Control"] == "no-store"
    about = access.get_json()
    assert about["active"] is True
    assert (about["sub"], about["username"]) == (str(maya.id), "maya")
    assert (about["iss"], about["aud"], about["client_id"]) == (ISSUER, ISSUER, web_app.client_id)
    assert about["scope"] == tokens["scope"]
    assert about["exp"] - about["iat"] == 3600
    refresh = web_app.post(
        program, "/oauth2/introspect", token=tokens["refresh_token"], token_type_hint="x"
    ).get_json()
    assert (refresh["active"], refresh["token_type"], refresh["sub"]) == (True, "refresh_token", str(maya.id))


def test_everything_else_is_not_active_and_nothing_more(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp, clock: MovableClock
) -> None:
    owner, other = register_app("web"), register_app("web", name="Heron")
    tokens = tokens_for(visitor, owner)
    used = tokens["refresh_token"]
    owner.refresh(program, used)
    for app, token in (
        (other, tokens["access_token"]),
        (owner, used),
        (owner, tokens["id_token"]),
        (owner, "x"),
        (owner, "x" * 20_000),
    ):
        assert app.post(program, "/oauth2/introspect", token=token).get_json() == NOT_ACTIVE
    fresh = tokens_for(visitor, owner)["access_token"]
    clock.advance(hours=2)
    assert owner.post(program, "/oauth2/introspect", token=fresh).get_json() == NOT_ACTIVE


def test_a_service_introspects_its_own_token(program: FlaskClient, register_app: RegisterApp) -> None:
    service = register_app("service")
    token = service.post(program, "/oauth2/token", grant_type="client_credentials").get_json()["access_token"]
    about = service.post(program, "/oauth2/introspect", token=token).get_json()
    assert (about["active"], about["sub"]) == (True, service.client_id)
    assert "username" not in about
    assert service.post(program, "/oauth2/revoke", token=token).status_code == 200
    assert service.post(program, "/oauth2/introspect", token=token).get_json() == NOT_ACTIVE


def test_only_clients_with_a_secret_may_introspect(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("spa")
    token = tokens_for(visitor, app)["access_token"]
    assert app.post(program, "/oauth2/introspect", token=token).status_code == 401
    assert program.post("/oauth2/introspect", data={"token": token}).status_code == 401


def test_a_missing_token_is_an_invalid_request(program: FlaskClient, web_app: App) -> None:
    for path in ("/oauth2/introspect", "/oauth2/revoke"):
        answer = web_app.post(program, path)
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
        assert program.get(path).status_code == 405


def test_a_refresh_token_given_back_ends_everything_of_its_chain(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    tokens = tokens_for(visitor, web_app)
    assert web_app.post(program, "/oauth2/revoke", token=tokens["refresh_token"]).status_code == 200
    assert userinfo(program, tokens["access_token"]).status_code == 401
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 400
    assert len(audit_of(portal, "tokens.revoked")) == 1


def test_an_access_token_given_back_ends_alone(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    for kind in ("web", "spa"):
        app = register_app(kind)
        tokens = tokens_for(visitor, app)
        for _ in range(2):
            answer = app.post(
                program, "/oauth2/revoke", token=tokens["access_token"], token_type_hint="refresh_token"
            )
            assert (answer.status_code, answer.get_json()) == (200, {})
        assert userinfo(program, tokens["access_token"]).status_code == 401
        assert app.refresh(program, tokens["refresh_token"]).status_code == 200


def test_nobody_gives_back_what_is_anothers(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    """The answer is the same as for a token that never was (RFC 7009 section 2.2)."""
    owner, other = register_app("web"), register_app("web", name="Heron")
    tokens = tokens_for(visitor, owner)
    for token in (tokens["access_token"], tokens["refresh_token"], "never was"):
        assert other.post(program, "/oauth2/revoke", token=token).status_code == 200
    assert userinfo(program, tokens["access_token"]).status_code == 200
    assert owner.refresh(program, tokens["refresh_token"]).status_code == 200


def test_what_is_given_back_while_it_rests_stays_dead(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    """The app is closed to the person for a moment; a token that it gives back then does not wake up again."""
    tokens, client = tokens_for(visitor, web_app), client_row(portal, web_app).id
    everyone = ClientAccess(audience="everyone")
    with portal.unit_of_work(SYSTEM) as uow:
        set_client_access(uow, client, ClientAccess(audience="roles", role_ids=[]))
    assert web_app.post(program, "/oauth2/revoke", token=tokens["access_token"]).status_code == 200
    with portal.unit_of_work(SYSTEM) as uow:
        set_client_access(uow, client, everyone)
    assert userinfo(program, tokens["access_token"]).status_code == 401
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 200
