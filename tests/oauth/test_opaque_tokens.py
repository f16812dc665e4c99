"""Access tokens that say nothing by themselves: read by us alone, and dead with everything else."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.bootstrap import Portal
from portal.grants.models import OpaqueToken
from portal.grants.usecases.sweeping import forget_expired
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import App, payload_of, tokens_for, userinfo
from tests.support.portals import MovableClock
from tests.support.statements import statements


@pytest.fixture
def opaque_app(register_app: RegisterApp) -> App:
    return register_app("web", switches={"access_token_format": "opaque"})


def test_an_opaque_token_works_wherever_a_signed_one_does(
    visitor: FlaskClient, program: FlaskClient, opaque_app: App
) -> None:
    tokens = tokens_for(visitor, opaque_app)
    token = tokens["access_token"]
    assert token.startswith("atk_")
    assert "." not in token
    assert payload_of(tokens["id_token"])["at_hash"], "bound to the token as it was sent"
    assert userinfo(program, token).get_json()["email"] == "maya@meridian.example"
    facts = opaque_app.post(program, "/oauth2/introspect", token=token).get_json()
    assert (facts["active"], facts["scope"]) == (True, tokens["scope"])
    assert opaque_app.post(program, "/oauth2/revoke", token=token).status_code == 200
    assert userinfo(program, token).status_code == 401
    assert opaque_app.refresh(program, tokens["refresh_token"]).status_code == 200, "only the one is revoked"


def test_it_dies_with_its_family_and_with_its_time(
    visitor: FlaskClient, program: FlaskClient, opaque_app: App, clock: MovableClock
) -> None:
    revoked, old = tokens_for(visitor, opaque_app), tokens_for(visitor, opaque_app)
    opaque_app.post(program, "/oauth2/revoke", token=revoked["refresh_token"])
    assert userinfo(program, revoked["access_token"]).status_code == 401
    clock.advance(seconds=3631)
    assert userinfo(program, old["access_token"]).status_code == 401


def test_nobody_else_reads_it_and_no_other_text_is_it(
    visitor: FlaskClient, program: FlaskClient, opaque_app: App, register_app: RegisterApp
) -> None:
    token = tokens_for(visitor, opaque_app)["access_token"]
    other = register_app("web", name="Heron")
    assert other.post(program, "/oauth2/introspect", token=token).get_json() == {"active": False}
    wrong = [token[:-1], token + "A", token.swapcase(), "atk_" + "0" * 66, token[:30] + "0" * 40]
    assert [text for text in wrong if userinfo(program, text).status_code != 401] == []


def test_a_service_may_have_them_too(program: FlaskClient, register_app: RegisterApp) -> None:
    service = register_app("service", switches={"access_token_format": "opaque"})
    token = service.post(program, "/oauth2/token", grant_type="client_credentials").get_json()["access_token"]
    facts = service.post(program, "/oauth2/introspect", token=token).get_json()
    assert (facts["active"], facts["sub"]) == (True, service.client_id)


def test_it_costs_one_statement_more(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, opaque_app: App, web_app: App
) -> None:
    def cost(act: Callable[[], object]) -> int:
        act()
        with statements(portal.engine) as asked:
            act()
        return len(asked)

    opaque, signed = (tokens_for(visitor, app)["access_token"] for app in (opaque_app, web_app))
    assert cost(lambda: userinfo(program, opaque)) == cost(lambda: userinfo(program, signed)) + 1
    assert (
        cost(lambda: opaque_app.post(program, "/oauth2/introspect", token=opaque))
        == cost(lambda: web_app.post(program, "/oauth2/introspect", token=signed)) + 1
    )


def test_no_usable_token_is_stored_and_old_ones_are_forgotten(
    portal: Portal, visitor: FlaskClient, opaque_app: App, clock: MovableClock
) -> None:
    token = tokens_for(visitor, opaque_app)["access_token"]
    with portal.reading() as session:
        row = session.scalars(select(OpaqueToken)).one()
    assert token[-43:] not in f"{row.digest!r} {row.claims!r}"
    clock.advance(days=1)
    with portal.unit_of_work(SYSTEM) as uow:
        forget_expired(uow)
    with portal.reading() as session:
        assert session.scalar(select(func.count(OpaqueToken.id))) == 0
