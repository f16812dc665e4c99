"""Secrets rotated and revoked; apps shut out and removed; and what is no app at all."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from markupsafe import escape

from portal.clients.repository import Clients, ClientSecrets
from portal.clients.usecases import note_secret_use
from portal.infra.actor import CLI
from portal.infra.ids import new_id
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.admin.test_clients import register, stored
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal


def test_a_new_secret_overlaps_with_the_old_one(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    maya.page(f"{path}/connect")
    answer = maya.send(f"{path}/secret", {"overlap_seconds": "3600"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/connect")
    assert re.search(r"sec_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}", maya.page(f"{path}/connect"))
    page = shown(maya.page(path))
    assert "Ends in 1 hour" in page or "Ends in 60 minutes" in page
    assert "maya made a new secret for Kestrel CI" in page
    assert maya.send(f"{path}/secret", {"overlap_seconds": "5"}).status_code == 422


def test_a_secret_is_revoked_after_a_question(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    client = stored(portal, path)
    with portal.reading() as session:
        (secret,) = ClientSecrets(session).live_of(client.id, at=portal.ports.clock.now())
    revoke = f"{path}/secrets/{secret.id}/revoke"
    assert "It is the only secret of this app" in maya.page(revoke)
    assert maya.send(revoke).status_code == 303
    assert "No working secret" in maya.page(path)
    assert maya.send(revoke).status_code == 404


def test_an_app_is_disabled_and_enabled(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    maya.send(f"{path}/disable", seen_on=path)
    assert not stored(portal, path).is_active
    assert "This app is disabled" in maya.page(path)
    assert "Kestrel CI" in maya.page("/admin/apps?state=disabled")
    assert "Kestrel CI" not in shown(maya.page("/admin/apps?state=active"))
    maya.send(f"{path}/enable", seen_on=path)
    assert stored(portal, path).is_active


def test_an_app_is_removed_after_its_page_said_what_goes(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    client = stored(portal, path)
    page = shown(maya.page(f"{path}/delete"))
    assert client.client_id in page
    assert "its 1 working secret" in page
    assert "its 2 redirect URIs" in page
    answer = maya.send(f"{path}/delete")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/apps")
    assert "Kestrel CI is removed" in maya.page("/admin/apps")
    with portal.reading() as session:
        assert Clients(session).find(client.id) is None
    assert maya.get(path).status_code == 404
    assert "maya removed the app Kestrel CI" in shown(maya.page("/admin/audit"))


PARTS = ("", "/connect", "/settings", "/access", "/secret", "/delete", "/first-sign-in")


def test_no_app_is_not_found(maya: Operator) -> None:
    for app in (new_id(), "0", "%00", "..", "new%2F", "x" * 300):
        for part in PARTS:
            assert maya.get(f"/admin/apps/{app}{part}").status_code == 404, (app, part)


def test_hostile_names_are_only_text(maya: Operator) -> None:
    for name in HOSTILE:
        path = register(maya, client_name=name)
        assert str(escape(name)) in maya.page(path)
        for page in ("/admin/apps", *(path + part for part in PARTS), "/admin/audit", "/admin"):
            text = maya.page(page)
            assert "<script>alert" not in text
            assert "<img src=x>" not in text
            assert "' onload='" not in text
            assert "</pre><b>" not in text


def test_an_auditor_reads_and_changes_nothing(maya: Operator, audrey: Operator) -> None:
    path = register(maya)
    page = audrey.page(path).split("<main")[1]
    assert 'method="post"' not in page
    assert "/settings" not in page
    assert "/delete" not in page
    for part in ("/settings", "/access", "/secret", "/delete"):
        assert audrey.get(path + part).status_code == 403
    assert audrey.get("/admin/apps/new").status_code == 403
    assert "Register an app" not in audrey.page("/admin/apps")


def test_people_without_a_role_are_refused_and_strangers_asked_to_sign_in(
    maya: Operator, devon: Operator
) -> None:
    path = register(maya)
    assert devon.get(path).status_code == 403
    assert "client:read" in devon.get(path).text
    devon.browser.delete_cookie("portal_session")
    answer = devon.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")


def test_pages_cost_few_statements(maya: Operator) -> None:
    path = register(maya)
    maya.page(f"{path}/connect")
    for part, most in (("", 11), ("/connect", 7), ("/settings", 6), ("/access", 9)):
        maya.portal.ports.cache.delete_prefix("admin:")
        with statements(maya.portal.engine) as asked:
            maya.page(path + part)
        assert len(asked) <= most, part


def test_the_list_costs_the_same_however_long_it_is(maya: Operator) -> None:
    for number in range(12):
        register(maya, client_name=f"App {number}")
    maya.portal.ports.cache.delete_prefix("admin:")
    with statements(maya.portal.engine) as asked:
        maya.page("/admin/apps")
    assert len(asked) <= 6


def test_a_secret_that_nobody_uses_is_pointed_out(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    warning = "A secret has not been used for 90 days"
    assert warning not in shown(maya.page(path))
    with portal.unit_of_work(CLI) as uow:
        (secret,) = ClientSecrets(uow.session).live_of(UUID(path.rpartition("/")[2]), at=uow.now)
        secret.created_at = uow.now - timedelta(days=91)
    assert warning in shown(maya.page(path))
    with portal.unit_of_work(CLI) as uow:
        note_secret_use(uow, secret.id)
    page = shown(maya.page(path))
    assert warning not in page
    assert "last used" in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_app_that_proves_itself_by_keys_has_no_secret_and_says_what_is_missing(
    portal: Portal, maya: Operator
) -> None:
    path = register(maya, kind="fapi2")
    with portal.reading() as session:
        assert ClientSecrets(session).live_of(stored(portal, path).id, at=portal.ports.clock.now()) == []
    for page in (maya.page(path), maya.page(f"{path}/connect")):
        assert "It can't prove itself yet" in shown(page)
        assert f'href="{path}/settings/proof"' in page
        assert "Secrets" not in shown(page)
        assert "OIDC_CLIENT_SECRET" not in page
    assert "Assertion under its own key" in shown(maya.page(path))
    assert "requests pushed first (PAR)" in shown(maya.page(f"{path}/connect"))
    with portal.unit_of_work(CLI) as uow:
        client = Clients(uow.session).get_to_change(stored(portal, path).id)
        client.jwks_uri = "https://ci.example.org/jwks"
        client.updated_at = uow.now
    assert "It can't prove itself yet" not in shown(maya.page(path))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_secrets_that_open_nothing_any_more_are_pointed_out(portal: Portal, maya: Operator) -> None:
    path = register(maya)
    with portal.unit_of_work(CLI) as uow:
        client = Clients(uow.session).get_to_change(stored(portal, path).id)
        client.token_endpoint_auth_method = "tls_client_auth"
        client.updated_at = uow.now
    page = shown(maya.page(path))
    assert "These secrets open nothing" in page
    assert "neither the subject nor a name" in page
    assert "so a secret opens nothing until that is changed" in shown(maya.page(f"{path}/secret"))
