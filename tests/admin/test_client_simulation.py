"""A rehearsed sign-in tells what would happen, and leaves nothing behind but that somebody looked."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from portal.access.services import assign_role
from portal.bootstrap import TABLES
from portal.clients.repository import Clients, ClientSecrets
from portal.infra.actor import CLI
from tests.admin.conftest import Operator, entries_of, is_active, shown
from tests.admin.test_clients import register, role_id, stored
from tests.oauth.steps import App, payload_of, tokens_for, userinfo

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from portal.bootstrap import Portal

OF_THE_LOG = ("audit_logs", "audit_subjects", "audit_unsealed", "audit_person_keys")


def contents(portal: Portal) -> dict[str, list[Any]]:
    """Every row of every table but those of the audit log."""
    with portal.engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(select(table)).all()))
            for name, table in TABLES.tables.items()
            if name not in OF_THE_LOG
        }


def simulate(operator: Operator, path: str, **fields: object) -> str:
    answer = operator.send(f"{path}/simulation", {"acr": "1", **fields})
    assert answer.status_code == 200, shown(answer.text)
    return answer.text


def papers(page: str) -> list[dict[str, Any]]:
    """The claims on the page: of ID token, userinfo and access token."""
    blocks = re.findall(r'<code id="paper-\d">(.*?)</code>', page, re.DOTALL)
    texts = [unescape(re.sub(r"<[^>]*>", "", block)) for block in blocks]
    return [json.loads(text) for text in texts]


@pytest.fixture
def path(maya: Operator) -> str:
    """An app that everyone may use."""
    return register(maya, audience="everyone", redirect_uris="https://kestrel.example/callback")


def test_nothing_is_issued_sent_or_stored(portal: Portal, maya: Operator, devon: Operator, path: str) -> None:
    maya.page(f"{path}/simulation")
    before = contents(portal)
    page = simulate(maya, path, who="devon@example.org", prompts=["login", "consent", "select_account"])
    assert "The app gets what it asks for" in page
    assert contents(portal) == before
    (entry,) = entries_of(portal, "client.sign_in_simulated")
    assert entry.actor_label == "maya"
    assert [subject.resource_type for subject in entry.subjects] == ["client", "user"]
    for action in ("user.signed_in", "consent.granted", "client.signed_in", "tokens.issued"):
        assert all(
            entry.actor_id != devon.person.id or entry.session_id for entry in entries_of(portal, action)
        )
    assert entries_of(portal, "tokens.issued") == []
    assert "maya simulated a sign-in of devon to Kestrel CI" in shown(maya.page("/admin/audit"))


def test_what_it_says_is_what_a_real_sign_in_brings(
    portal: Portal, maya: Operator, devon: Operator, path: str, app: Flask
) -> None:
    with portal.unit_of_work(CLI) as uow:
        assign_role(uow, "auditor", to=devon.person.ref)
        client = Clients(uow.session).get_to_change(stored(portal, path).id)
        client.scope, client.access_claims = "openid profile email offline_access roles", ["roles"]
        client.updated_at = uow.now
    secret = re.search(r"sec_\w+", maya.page(f"{path}/connect"))
    assert secret is not None
    relying = App(client_id=client.client_id, secret=secret[0], auth_method="client_secret_basic")
    id_token, told, access = papers(simulate(maya, path, who="devon"))
    real = tokens_for(devon.browser, relying, scope="openid profile email offline_access roles")
    program = app.test_client(use_cookies=False)
    moments = {"iat", "exp", "auth_time", "jti", "nonce", "sid", "at_hash", "family", "txn"}
    for simulated, issued in (
        (id_token, payload_of(real["id_token"])),
        (access, payload_of(real["access_token"])),
        (told, userinfo(program, real["access_token"]).get_json()),
    ):
        assert simulated.keys() == issued.keys()
        assert {k: v for k, v in simulated.items() if k not in moments} == {
            k: v for k, v in issued.items() if k not in moments
        }
    assert told["roles"] == ["auditor", "user"]


def test_no_token_on_the_page_is_signed(maya: Operator, devon: Operator, path: str) -> None:
    page = simulate(maya, path, who=devon.person.username)
    assert not re.search(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", page)
    assert not re.search(r"(cod|rft|atk)_[0-9A-Za-z]{22}_", page)


def test_the_rule_that_lets_somebody_in_or_keeps_them_out_is_named(
    portal: Portal, maya: Operator, devon: Operator
) -> None:
    closed = register(maya)
    page = shown(simulate(maya, closed, who="devon"))
    assert "The app gets nothing" in page
    assert "No role and no group is chosen, so it is closed to everybody." in page
    maya.send(f"{closed}/access", {"audience": "roles", "role_ids": [str(role_id(portal, "auditor"))]})
    assert "It is open to holders of a role: auditor." in shown(simulate(maya, closed, who="devon"))
    with portal.unit_of_work(CLI) as uow:
        assign_role(uow, "auditor", to=devon.person.ref)
    page = shown(simulate(maya, closed, who="devon"))
    assert "They hold the role auditor." in page
    assert "The app gets what it asks for" in page


def test_the_consent_that_would_be_asked_is_shown(maya: Operator, devon: Operator, path: str) -> None:
    page = shown(simulate(maya, path, who="devon", scope="openid email"))
    assert "They have not allowed the app anything yet." in page
    assert "openid new email new" in page
    again = shown(simulate(maya, path, who="devon", scope="openid", prompts=["consent", "login"]))
    assert "The request says prompt=consent, so they are asked again." in again
    assert "The request says prompt=login" in again


def test_what_the_request_asks_for_in_vain_is_said(maya: Operator, devon: Operator, path: str) -> None:
    page = shown(simulate(maya, path, who="devon", scope="openid groups secrets"))
    assert "Left out, because the app is not registered for it: groups secrets." in page
    assert "invalid_scope" in shown(simulate(maya, path, who="devon", scope="groups"))
    essential = '{"id_token": {"acr": {"essential": true, "values": ["9"]}}}'
    assert "unmet_authentication_requirements" in shown(simulate(maya, path, who="devon", claims=essential))


def test_disabled_people_and_apps_end_it_early(
    portal: Portal, maya: Operator, devon: Operator, path: str
) -> None:
    maya.send(f"/admin/users/{devon.person.id}/disable", {"reason": "Left"})
    assert not is_active(portal, devon.person.id)
    assert "The account is disabled" in shown(simulate(maya, path, who="devon"))
    maya.send(f"{path}/disable", seen_on=path)
    assert "The app is disabled" in shown(simulate(maya, path, who="maya"))


@pytest.mark.parametrize("kind", ["web", "fapi2"])
def test_an_app_that_can_not_prove_who_it_is_gets_nothing(
    portal: Portal, maya: Operator, devon: Operator, kind: str
) -> None:
    """Its only secret is revoked, or nobody has registered its keys yet."""
    path = register(maya, kind=kind, audience="everyone", redirect_uris="https://kestrel.example/callback")
    row = stored(portal, path)
    with portal.unit_of_work(CLI) as uow:
        for secret in ClientSecrets(uow.session).live_of(row.id, at=uow.now):
            secret.revoke(at=uow.now)
    portal.clients.forget(row.id)
    page = shown(simulate(maya, path, who="devon@example.org"))
    assert "The app gets nothing" in page
    assert "The app has nothing by which it could prove who it is" in page


def test_a_slip_of_the_pen_is_told_at_the_field(maya: Operator, path: str) -> None:
    for fields in (
        {"who": "nobody"},
        {"who": "maya", "claims": "{"},
        {"who": "maya", "max_age": "soon"},
        {"who": "maya", "scope": 'a\\b"'},
        {"who": ""},
    ):
        answer = maya.send(f"{path}/simulation", {"acr": "1", **fields})
        assert answer.status_code == 422, fields


def test_who_may_not_see_people_may_not_simulate_them(
    maya: Operator, devon: Operator, path: str, app: Flask
) -> None:
    stranger: FlaskClient = app.test_client()
    assert devon.get(f"{path}/simulation").status_code == 403
    assert stranger.get(f"{path}/simulation").status_code == 303
    assert maya.get("/admin/apps/nothing/simulation").status_code == 404
