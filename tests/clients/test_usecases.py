"""What administrators do with apps: what is stored, what is refused, and what the audit log then knows."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.clients.errors import ClientNotFound, UnknownRole
from portal.clients.models import ClientSecret
from portal.clients.repository import Clients, ClientSecrets
from portal.clients.rules import KINDS
from portal.clients.schemas import ClientAccess
from portal.clients.usecases import (
    delete_client,
    disable_client,
    edit_client,
    enable_client,
    set_client_access,
)
from portal.infra.actor import CLI
from portal.infra.crypto.digests import TokenKind, parse
from portal.infra.errors import Invalid
from portal.infra.ids import new_id
from tests.clients.steps import act, edit, edited, entries, registered, role_id

if TYPE_CHECKING:
    from portal.bootstrap import Portal


def test_a_new_app_is_closed_and_has_what_its_kind_needs(portal: "Portal") -> None:
    new = registered(portal)
    with portal.reading() as session:
        client = Clients(session).get(new.client.id)
        assert Clients(session).by_client_id(new.client.client_id) is client
        assert not Clients(session).audience_of(client.id)
    assert client.everyone_may_use is False
    assert client.redirect_uris == ["https://ci.example.org/callback"]
    assert client.grant_types == ["authorization_code", "refresh_token"]
    assert (client.token_endpoint_auth_method, client.require_pkce) == ("client_secret_basic", True)
    assert client.scope == "openid profile email offline_access"


@pytest.mark.parametrize("kind", KINDS)
def test_only_apps_that_prove_themselves_by_a_secret_get_one(portal: "Portal", kind: str) -> None:
    redirect_uris = [] if kind == "service" else ["https://ci.example.org/callback"]
    new = registered(portal, kind=kind, redirect_uris=redirect_uris, post_logout_redirect_uris=[])
    with portal.reading() as session:
        stored = ClientSecrets(session).live_of(new.client.id, at=portal.ports.clock.now())
    if kind in {"spa", "native", "fapi2"}:
        assert (new.secret, stored) == (None, [])
        return
    assert new.secret is not None
    parsed = parse(TokenKind.CLIENT_SECRET, new.secret)
    assert parsed is not None
    assert [(secret.id, secret.digest) for secret in stored] == [(parsed.id, parsed.digest)]


def test_who_may_use_it_is_chosen_at_registration(portal: "Portal") -> None:
    auditor = role_id(portal, "auditor")
    new = registered(portal, role_ids=[auditor])
    everyone = registered(portal, audience="everyone", role_ids=[auditor])
    with portal.reading() as session:
        assert [role.id for role in Clients(session).audience_of(new.client.id).roles] == [auditor]
        assert not Clients(session).audience_of(everyone.client.id)
    assert (new.client.everyone_may_use, everyone.client.everyone_may_use) == (False, True)
    assert [
        entry.after_state["roles"] for entry in entries(portal, "client.registered") if entry.after_state
    ] == [
        ["auditor"],
        [],
    ]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"redirect_uris": []}, "redirect_uris", "Give the address"),
        ({"redirect_uris": ["http://ci.example.org/cb"]}, "redirect_uris", "Use https"),
        ({"redirect_uris": ["https://a.example/", "com.example:/x"]}, "redirect_uris", "Line 2: Begin with"),
        (
            {"post_logout_redirect_uris": ["https://a.example/#x"]},
            "post_logout_redirect_uris",
            "Leave out the #",
        ),
        ({"kind": "service"}, "redirect_uris", "A service signs nobody in"),
    ],
)
def test_an_address_that_cannot_stay_is_named(
    portal: "Portal", changes: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        registered(portal, **changes)
    assert refused.value.fields[0].field == field
    assert refused.value.fields[0].message.startswith(words)
    assert entries(portal, "client.registered") == []


def test_a_role_that_is_gone_is_refused(portal: "Portal") -> None:
    with pytest.raises(UnknownRole):
        registered(portal, role_ids=[new_id()])


def test_an_edit_is_remembered_with_what_was_before(portal: "Portal") -> None:
    new = registered(portal)
    wish = edited(
        client_name="Kestrel", scopes=["roles", "openid"], policy_uri="https://ci.example.org/privacy#top"
    )
    act(portal, lambda uow: edit_client(uow, new.client.id, wish))
    (entry,) = entries(portal, "client.edited")
    assert entry.before_state == {
        "client_name": "Kestrel CI",
        "scope": "openid profile email offline_access",
        "policy_uri": None,
    }
    assert entry.after_state == {
        "client_name": "Kestrel",
        "scope": "openid roles",
        "policy_uri": "https://ci.example.org/privacy#top",
    }


def test_an_edit_that_changes_nothing_says_nothing(portal: "Portal") -> None:
    new = registered(portal)
    act(portal, lambda uow: edit_client(uow, new.client.id, edited()))
    assert entries(portal, "client.edited") == []


def test_contradictions_are_refused(portal: "Portal") -> None:
    spa = registered(portal, kind="spa").client.id
    service = registered(portal, kind="service", redirect_uris=[], post_logout_redirect_uris=[]).client.id
    for pk, wish, field in (
        (spa, edited(token_endpoint_auth_method="client_secret_basic"), "token_endpoint_auth_method"),
        (spa, edited(token_endpoint_auth_method="none", require_pkce=False), "require_pkce"),
        (service, edited(redirect_uris=[], post_logout_redirect_uris=[]), "scopes"),
    ):
        with pytest.raises(Invalid) as refused:
            edit(portal, pk, wish)
        assert refused.value.field == field


def test_an_app_with_a_secret_may_be_let_off_pkce(portal: "Portal") -> None:
    new = registered(portal)
    assert not act(
        portal, lambda uow: edit_client(uow, new.client.id, edited(require_pkce=False))
    ).require_pkce


def test_access_changes_name_the_roles_that_came_and_went(portal: "Portal") -> None:
    auditor, user = role_id(portal, "auditor"), role_id(portal, "user")
    new = registered(portal, role_ids=[auditor])
    wish = ClientAccess(audience="roles", role_ids=[user])
    act(portal, lambda uow: set_client_access(uow, new.client.id, wish))
    act(portal, lambda uow: set_client_access(uow, new.client.id, ClientAccess(audience="everyone")))
    act(portal, lambda uow: set_client_access(uow, new.client.id, ClientAccess(audience="everyone")))
    told = [(entry.before_state, entry.after_state) for entry in entries(portal, "client.access_changed")]
    assert told == [
        ({"roles": ["auditor"]}, {"roles": ["user"]}),
        ({"everyone_may_use": False, "roles": ["user"]}, {"everyone_may_use": True, "roles": []}),
    ]


def test_nobody_is_let_into_a_service(portal: "Portal") -> None:
    service = registered(portal, kind="service", redirect_uris=[], post_logout_redirect_uris=[])
    with pytest.raises(Invalid):
        act(portal, lambda uow: set_client_access(uow, service.client.id, ClientAccess(audience="everyone")))


def test_disabling_and_enabling_are_told_once_each(portal: "Portal") -> None:
    new = registered(portal)
    for step in (disable_client, disable_client, enable_client, enable_client):
        with portal.unit_of_work(CLI) as uow:
            step(uow, new.client.id)
    assert [len(entries(portal, f"client.{word}")) for word in ("disabled", "enabled")] == [1, 1]


def test_a_deleted_app_takes_its_secrets_with_it_and_leaves_its_history(portal: "Portal") -> None:
    new = registered(portal, role_ids=[role_id(portal, "user")])
    act(portal, lambda uow: delete_client(uow, new.client.id))
    with portal.reading() as session:
        assert Clients(session).find(new.client.id) is None
        assert session.scalars(select(ClientSecret)).all() == []
    (entry,) = entries(portal, "client.deleted")
    assert entry.resource_label == "Kestrel CI"
    assert entry.before_state is not None
    assert entry.before_state["redirect_uris"] == ["https://ci.example.org/callback"]


@pytest.mark.parametrize("step", [delete_client, disable_client, enable_client])
def test_an_app_that_is_not_there_is_not_found(portal: "Portal", step: Callable[..., object]) -> None:
    with pytest.raises(ClientNotFound):
        act(portal, lambda uow: step(uow, new_id()))
