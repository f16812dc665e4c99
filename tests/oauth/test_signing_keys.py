"""Signing keys as apps meet them: a revoked one ends its tokens, and a signer that fails ends nothing halfway."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from portal.bootstrap import Portal
from portal.grants.models import AuthorizationCode, RefreshToken, TokenFamily
from portal.grants.repository import SigningKeys
from portal.grants.usecases.keys import drop_old_keys, revoke_signing_key, rotate_signing_key
from portal.infra.actor import SYSTEM
from portal.infra.crypto.jose import Algorithm, new_key
from portal.infra.settings import Settings
from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import App, part_of, sign_in_to, tokens_for, userinfo
from tests.support.key_service import TOKEN, KeyService, key_service
from tests.support.portals import MovableClock, open_portal


@pytest.fixture
def service(tmp_path: Path) -> Iterator[KeyService]:
    with key_service(tmp_path) as running:
        yield running


@pytest.fixture
def portal(settings: Settings, clock: MovableClock, service: KeyService) -> Iterator[Portal]:
    """A portal beside whose database there is a signer outside; what is in the database signs at first."""
    outside = {"key_signer": service.address, "key_signer_token": TOKEN, "key_signer_seconds": 0.3}
    with open_portal(settings.model_copy(update=outside), clock) as opened:
        yield opened
        opened.ports.signers.close()


def rotate(portal: Portal, algorithm: Algorithm = "ES256", *, times: int = 2) -> None:
    """Twice, and the key that signs was made outside."""
    for _ in range(times):
        with portal.unit_of_work(SYSTEM) as uow:
            rotate_signing_key(uow, portal.ports.signers.make(algorithm))


def issued(portal: Portal) -> dict[str, int]:
    tables = {"families": TokenFamily.id, "refresh": RefreshToken.id}
    with portal.reading() as session:
        found = {name: session.scalar(select(func.count(column))) or 0 for name, column in tables.items()}
        unused = select(func.count(AuthorizationCode.id)).where(AuthorizationCode.redeemed_at.is_(None))
        return {**found, "unused codes": session.scalar(unused) or 0}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_apps_notice_nothing_of_who_signs(
    portal: Portal, service: KeyService, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    before = tokens_for(visitor, web_app)
    asked = len(service.asked)
    rotate(portal)
    after = tokens_for(visitor, web_app)
    assert service.asked[asked:].count("sign") >= 3
    assert part_of(before["access_token"], 0)["kid"] != part_of(after["access_token"], 0)["kid"]
    for tokens in (before, after):
        assert userinfo(program, tokens["access_token"]).status_code == 200


@pytest.mark.parametrize("mood", ["away", "hanging"])
def test_a_signer_that_fails_gives_503_and_the_code_is_still_good(
    portal: Portal, service: KeyService, visitor: FlaskClient, program: FlaskClient, web_app: App, mood: str
) -> None:
    rotate(portal)
    code = sign_in_to(visitor, web_app)["code"]
    before = issued(portal)
    service.mood = mood  # type: ignore[assignment]
    with capture_logs() as logs:
        refused = web_app.redeem(program, code)
    assert (refused.status_code, refused.get_json()["error"]) == (503, "temporarily_unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert "signer_failed" in {line["event"] for line in logs}
    assert issued(portal) == before, "nothing half-issued"
    service.mood = "good"
    tokens = web_app.redeem(program, code).get_json()
    assert userinfo(program, tokens["access_token"]).status_code == 200


def test_a_refresh_that_could_not_be_signed_has_not_happened(
    portal: Portal, service: KeyService, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    rotate(portal)
    tokens = tokens_for(visitor, web_app)
    before = issued(portal)
    service.mood = "wrong"
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 503
    assert issued(portal) == before
    service.mood = "good"
    assert web_app.refresh(program, tokens["refresh_token"]).status_code == 200, "it was not used up"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tokens_of_before_are_checked_while_the_signer_is_away(
    portal: Portal, service: KeyService, visitor: FlaskClient, program: FlaskClient, web_app: App
) -> None:
    rotate(portal)
    tokens = tokens_for(visitor, web_app)
    service.mood = "away"
    assert userinfo(program, tokens["access_token"]).status_code == 200
    assert program.get("/oauth2/jwks").status_code == 200


def test_a_revoked_key_ends_access_tokens_and_neither_sessions_nor_chains(
    portal: Portal, visitor: FlaskClient, program: FlaskClient, web_app: App, register_app: RegisterApp
) -> None:
    service_app = register_app("service")
    tokens = tokens_for(visitor, web_app)
    own = service_app.post(program, "/oauth2/token", grant_type="client_credentials").get_json()
    with portal.reading() as session:
        key = SigningKeys(session).in_state("ES256", "active")
    assert key is not None
    with portal.unit_of_work(SYSTEM) as uow:
        revoke_signing_key(uow, key.kid, reason="leaked", replacement=new_key("ES256"))
    assert userinfo(program, tokens["access_token"]).status_code == 401
    told = service_app.post(program, "/oauth2/introspect", token=own["access_token"]).get_json()
    assert told == {"active": False}
    assert key.kid not in {one["kid"] for one in program.get("/oauth2/jwks").get_json()["keys"]}
    fresh = web_app.refresh(program, tokens["refresh_token"]).get_json()
    assert userinfo(program, fresh["access_token"]).status_code == 200


def test_a_chain_that_was_promised_more_than_the_settings_give_now_keeps_its_key(
    portal: Portal, clock: MovableClock, visitor: FlaskClient, web_app: App
) -> None:
    tokens_for(visitor, web_app)
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(TokenFamily).values(expires_at=clock.now() + timedelta(days=200)))
    rotate(portal, times=1)
    clock.advance(days=60)
    with portal.unit_of_work(SYSTEM) as uow:
        assert drop_old_keys(uow) == 0
    clock.advance(days=141)
    with portal.unit_of_work(SYSTEM) as uow:
        assert drop_old_keys(uow) == 1
